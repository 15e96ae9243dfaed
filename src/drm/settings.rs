//! Which systems are signalled, and how.

use super::{Content, GivenPssh, Options, Placement, ServerSignal, System, SystemSignal, given_pssh};
use crate::error::{Code, Error, Result};

/// Which systems are signalled, and how. By default ClearKey.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The systems that are chosen, and where their boxes go.
    pub options: Options,
    given: Vec<GivenPssh>,
    told: Vec<ServerSignal>,
}

impl Settings {
    /// Of what a caller chose.
    pub fn new(mut options: Options) -> Result<Self> {
        let (given, told) = (std::mem::take(&mut options.pssh), std::mem::take(&mut options.signals));
        let own = |system: &System| options.chosen(*system).map(|chosen| chosen.pssh().to_vec());
        let own: Vec<Vec<GivenPssh>> = System::ALL.iter().filter_map(own).collect();
        let mut settings = Self { options, ..Self::default() };
        given.into_iter().for_each(|given| settings.give(given));
        told.into_iter().try_for_each(|told| settings.tell(told))?;
        own.into_iter().for_each(|own| settings.give(own));
        Ok(settings)
    }

    /// Takes over `pssh` boxes. They stand first, in this order, and their systems are chosen with them;
    /// what would be made for those systems is not, as far as the given boxes serve a track's keys.
    pub fn give(&mut self, pssh: Vec<GivenPssh>) {
        for given in pssh {
            if let Some(system) = System::of_id(given.system_id()) {
                self.options.choose(system);
            }
            if !self.given.contains(&given) {
                self.given.push(given);
            }
        }
    }

    /// Takes over what a key server says of a key. Its system is chosen with it.
    pub fn tell(&mut self, told: ServerSignal) -> Result<()> {
        let has_box = |given: &GivenPssh| given.system_id() == told.system_id() && told.has(given);
        if !self.given.iter().any(has_box) {
            self.give(told.boxes()?);
        }
        if let Some(system) = told.chosen() {
            self.options.choose(system);
        }
        self.told.push(told);
        Ok(())
    }

    fn has(&self, system: System, content: &Content<'_>) -> bool {
        match system {
            System::ClearKey => self.options.clearkey.is_some() || self.is_silent(content),
            // "Should be in all new content" ("cenc" Initialization Data Format, clause 4).
            System::Common => true,
            _ => self.options.chosen(system).is_some(),
        }
    }

    /// Whether no system was chosen.
    fn is_silent(&self, content: &Content<'_>) -> bool {
        self.given.is_empty()
            && !self.told.iter().any(|told| told.serves(content))
            && System::ALL.iter().all(|system| self.options.chosen(*system).is_none())
    }

    /// What clients of all systems are told of these keys: systems whose data was given in front.
    pub fn signals(&self, content: &Content<'_>) -> Result<Vec<SystemSignal>> {
        let kids = content.kids();
        let given: Vec<&GivenPssh> = self.given.iter().filter(|given| given.serves(&kids)).collect();
        // What was given tells the order; a system has one place, whichever of its ids a box has.
        let mut places: Vec<Place> = given.iter().map(|given| Place::of(given.system_id())).collect();
        let told: Vec<&ServerSignal> = self.told.iter().filter(|told| told.serves(content)).collect();
        let is_told = |system: &System| told.iter().any(|told| Place::of(told.system_id()) == Place::Known(*system));
        let others = told.iter().map(|told| Place::of(told.system_id()));
        places.extend(others.filter(|place| matches!(place, Place::Other(_))));
        let known = System::ALL.iter().copied().filter(|system| self.has(*system, content) || is_told(system));
        places.extend(known.map(Place::Known));
        let has_identity = told.iter().any(|told| told.is_identity());

        let mut signals = Vec::new();
        for (index, place) in places.iter().enumerate() {
            if places[..index].contains(place) {
                continue;
            }
            let own: Vec<&GivenPssh> =
                given.iter().copied().filter(|given| Place::of(given.system_id()) == *place).collect();
            let signal = match place {
                Place::Known(system) => self.signal(*system, &own, content)?,
                Place::Other(_) if own.is_empty() => Some(SystemSignal::default()),
                Place::Other(id) => Some(given_pssh::signal(*id, &own)),
            };
            let Some(mut signal) = signal else { continue };
            let of_place: Vec<&ServerSignal> =
                told.iter().copied().filter(|told| Place::of(told.system_id()) == *place).collect();
            if !of_place.is_empty() {
                ServerSignal::replace(&of_place, &mut signal, content);
            }
            if has_identity && *place == Place::Known(System::ClearKey) {
                signal.hls_key = None; // the server has one
            }
            signals.push(self.placed(signal));
        }
        Ok(signals)
    }

    fn signal(&self, system: System, given: &[&GivenPssh], content: &Content<'_>) -> Result<Option<SystemSignal>> {
        let about = system.about();
        if !about.schemes.contains(&content.scheme) {
            // Of a system whose clients read playlists, an MPD may say nothing.
            if about.key_format.is_some() && !content.in_hls {
                return Ok(None);
            }
            let known: Vec<&str> = about.schemes.iter().map(|scheme| scheme.as_str()).collect();
            let message = message!(
                "{system} decrypts {known} only, and the HLS playlists would be of {scheme}",
                system = about.title,
                known = known.join(" and "),
                scheme = content.scheme
            );
            return Err(Error::new(Code::DrmSchemeConflict, message).option(system.option()));
        }
        if about.needs_data && given.is_empty() {
            let message = message!("{system}'s data is not given", system = about.title);
            return Err(Error::new(Code::DrmDataMissing, message).option(system.option()));
        }
        let settings = self.options.or_default(system);
        let mut signal = settings.signal(self.options.content_id.as_deref(), given, content)?;
        if system == System::Common && !self.names_common(content) {
            signal.descriptor = None;
        }
        Ok(Some(signal))
    }

    /// Whether an MPD names the common system: where it is of use, since DASH-IF IOP part 6 says that it names none.
    fn names_common(&self, content: &Content<'_>) -> bool {
        let is_of_use = self.options.common.is_some() || self.has(System::ClearKey, content);
        is_of_use && self.options.placement != Placement::Moov
    }

    /// Leaves out what stands elsewhere.
    fn placed(&self, mut signal: SystemSignal) -> SystemSignal {
        if self.options.placement == Placement::Mpd {
            signal.pssh.clear();
        }
        if self.options.placement == Placement::Moov
            && let Some(descriptor) = &mut signal.descriptor
        {
            descriptor.elements.retain(|element| !element.is_data());
        }
        signal
    }
}

/// Where a signal stands among the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Known(System),
    Other([u8; 16]),
}

impl Place {
    fn of(id: &[u8; 16]) -> Self {
        System::of_id(id).map_or(Self::Other(*id), Self::Known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cenc::Scheme;
    use crate::drm::{
        Element, clearkey, common, fairplay, irdeto, marlin, playready, primetime, published_key, widevine, wiseplay,
    };
    use crate::keys::{KeyPair, hex};
    use crate::mp4::pssh::Pssh;
    use crate::options::{At, Shape};

    fn other_key() -> KeyPair {
        KeyPair::parse("00112233445566778899aabbccddeeff:0123456789abcdef0123456789abcdef").unwrap()
    }

    fn signals(settings: &Settings, scheme: Scheme, keys: &[KeyPair]) -> Vec<SystemSignal> {
        let content = Content { scheme, keys, all_keys: keys, crypto_period_index: None, in_hls: true };
        settings.signals(&content).unwrap()
    }

    fn chosen(systems: &[System]) -> Settings {
        let mut settings = Settings::default();
        systems.iter().for_each(|system| settings.options.choose(*system));
        settings
    }

    /// The systems of the boxes for `moov`.
    fn boxes(signals: &[SystemSignal]) -> Vec<[u8; 16]> {
        signals.iter().flat_map(|signal| &signal.pssh).map(|pssh| *pssh[12..].first_chunk().unwrap()).collect()
    }

    fn descriptors(signals: &[SystemSignal]) -> Vec<[u8; 16]> {
        signals.iter().filter_map(|signal| signal.descriptor.as_ref()).map(|found| found.system_id).collect()
    }

    fn key_formats(signals: &[SystemSignal]) -> Vec<&'static str> {
        signals.iter().filter_map(|signal| signal.hls_key.as_ref()).map(|key| key.key_format).collect()
    }

    #[test]
    fn by_default_it_is_clear_key_with_the_common_box() {
        let signals = signals(&Settings::default(), Scheme::Cbcs, &[published_key()]);
        assert_eq!(boxes(&signals), [common::ID]);
        assert_eq!(descriptors(&signals), [clearkey::ID, common::ID]);
        assert_eq!(key_formats(&signals), ["identity"]);
    }

    #[test]
    fn each_system_that_is_chosen_is_signalled_in_a_fixed_order() {
        let systems = [System::FairPlay, System::Marlin, System::WisePlay, System::PlayReady, System::Widevine];
        let signals = signals(&chosen(&systems), Scheme::Cbcs, &[published_key()]);
        assert_eq!(boxes(&signals), [widevine::ID, playready::ID, wiseplay::ID, common::ID]);
        assert_eq!(descriptors(&signals), [widevine::ID, playready::ID, fairplay::ID, wiseplay::ID, marlin::ID]);
        assert_eq!(
            key_formats(&signals),
            [
                "urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed",
                "com.microsoft.playready",
                "com.apple.streamingkeydelivery",
                "urn:uuid:3d5e6d35-9b9a-41e8-b843-dd3c6e72c42c",
            ]
        );
    }

    #[test]
    fn what_was_given_comes_first_and_wins() {
        let unknown = [0x77; 16];
        let given = |system_id, data: &[u8]| Pssh { system_id, kids: Vec::new(), data: data.to_vec() }.to_bytes();
        let object = playready::object("<WRMHEADER></WRMHEADER>");
        let (first, second) = (given(unknown, b"data"), given(playready::ID, &object));
        let mut settings = chosen(&[System::Widevine, System::PlayReady]);
        for pssh in [&first, &second] {
            settings.give(GivenPssh::parse(&hex(pssh), None).unwrap());
        }
        let signals = signals(&settings, Scheme::Cbcs, &[published_key()]);
        assert_eq!(boxes(&signals), [unknown, playready::ID, widevine::ID, common::ID]);
        assert_eq!((&signals[0].pssh, &signals[1].pssh), (&vec![first], &vec![second.clone()]));
        assert_eq!(
            signals[1].descriptor.as_ref().unwrap().elements,
            [Element::Pssh(second), playready::object_element(object)]
        );
    }

    #[test]
    fn a_given_box_serves_the_keys_that_it_names() {
        let given = common::pssh(&[published_key().kid]);
        let mut settings = Settings::default();
        settings.give(GivenPssh::parse(&hex(&given), None).unwrap());
        assert_eq!(signals(&settings, Scheme::Cenc, &[published_key()])[0].pssh, [given]);
        assert_eq!(signals(&settings, Scheme::Cenc, &[other_key()])[0].pssh, [common::pssh(&[other_key().kid])]);
    }

    #[test]
    fn a_box_stands_where_it_was_wanted() {
        let has_data = |signals: &[SystemSignal]| {
            let mut elements = signals.iter().filter_map(|signal| signal.descriptor.as_ref()).flat_map(|d| &d.elements);
            elements.any(Element::is_data)
        };
        for (placement, in_moov, in_mpd) in
            [(Placement::Moov, true, false), (Placement::Mpd, false, true), (Placement::Both, true, true)]
        {
            let mut settings = chosen(&[System::Widevine, System::PlayReady, System::ClearKey]);
            settings.options.placement = placement;
            let signals = signals(&settings, Scheme::Cenc, &[published_key()]);
            assert_eq!((!boxes(&signals).is_empty(), has_data(&signals)), (in_moov, in_mpd));
            assert_eq!(key_formats(&signals).len(), 3);
            // The common descriptor says nothing without its box.
            assert_eq!(descriptors(&signals).contains(&common::ID), in_mpd);
        }
    }

    #[test]
    fn the_session_key_of_playready_names_all_keys() {
        let all = [published_key(), other_key()];
        let uris = |settings: &Settings| {
            let signal = |key: &KeyPair| {
                let content = Content {
                    scheme: Scheme::Cenc,
                    keys: std::slice::from_ref(key),
                    all_keys: &all,
                    crypto_period_index: None,
                    in_hls: true,
                };
                let signal = settings.signals(&content).unwrap().remove(0);
                (signal.hls_key.unwrap().uri, signal.hls_session_key.unwrap().uri)
            };
            all.each_ref().map(signal)
        };
        let [(own_a, shared_a), (own_b, shared_b)] = uris(&chosen(&[System::PlayReady]));
        assert!(own_a != own_b && shared_a == shared_b && shared_a != own_a);
        // A header that has room for one key only: each its own.
        let header_version = Some(playready::HeaderVersion::V4_0);
        let mut narrow = Settings::default();
        narrow.options.playready = Some(playready::Settings { header_version, ..playready::Settings::default() });
        assert!(uris(&narrow).iter().all(|(own, shared)| own == shared));
    }

    fn read(json: &str) -> Result<Settings> {
        Settings::new(Options::read(&serde_json::from_str(json).unwrap(), At::ROOT.member("drm"))?)
    }

    #[test]
    fn a_system_that_is_named_is_chosen_with_what_it_is_told() {
        let json = r#"{"contentId":"film","widevine":{},"fairplay":{"uris":{"cbbc38b6b50dab53f8263e06b7382aa3":"skd://a"}},
            "playready":{"headerVersion":"4.3","pssh":"YWJj"},"psshPlacement":"mpd"}"#;
        let settings = read(json).unwrap();
        let found = signals(&settings, Scheme::Cbcs, &[published_key()]);
        assert_eq!(descriptors(&found), [playready::ID, widevine::ID, fairplay::ID]); // what was given comes first
        assert_eq!(found[2].hls_key.as_ref().unwrap().uri, "skd://a");
        let Options { content_id, placement, .. } = settings.options;
        assert_eq!((content_id.as_deref(), placement), (Some("film"), Placement::Mpd));
    }

    #[test]
    fn what_is_wrong_is_named_at_every_depth() {
        for (json, option) in [
            (r#"{"widewine":{}}"#, "drm.widewine"),
            (r#"{"widevine":{"licenceUrl":""}}"#, "drm.widevine.licenceUrl"),
            (r#"{"playready":{"headerVersion":"5.0"}}"#, "drm.playready.headerVersion"),
            (r#"{"fairplay":{"uris":{"none":"skd://a"}}}"#, "drm.fairplay.uris"),
            (r#"{"wiseplay":{"pssh":"?"}}"#, "drm.wiseplay.pssh"),
            (r#"{"pssh":["widevine:00",{"kid":"?","pssh":"00"}]}"#, "drm.pssh[1].kid"),
            (r#"{"signals":[{"systemId":"edef8ba979d64acea3c827dcd51d21ed"}]}"#, "drm.signals[0].kid"),
        ] {
            assert_eq!(read(json).unwrap_err().place.option.as_deref(), Some(option), "{json}");
        }
        assert_eq!(read(r#"{"wiseplay":{"pssh":"?"}}"#).unwrap_err().code, Code::PsshInvalid);
    }

    #[test]
    fn primetime_and_irdeto_need_data() {
        let keys = [published_key()];
        let content =
            Content { scheme: Scheme::Cenc, keys: &keys, all_keys: &keys, crypto_period_index: None, in_hls: false };
        for (system, data, id) in
            [(System::Primetime, "primetime:00ff", primetime::ID), (System::Irdeto, "irdeto:00ff", irdeto::ID)]
        {
            let mut settings = chosen(&[system]);
            assert_eq!(settings.signals(&content).unwrap_err().code, Code::DrmDataMissing);
            settings.give(GivenPssh::parse(data, None).unwrap());
            assert_eq!(boxes(&settings.signals(&content).unwrap()), [id, common::ID]);
        }
    }

    #[test]
    fn no_content_key_is_in_any_signal() {
        let keys = [published_key()];
        let mut settings = chosen(System::ALL);
        settings.give(GivenPssh::parse("primetime:00ff", None).unwrap());
        settings.give(GivenPssh::parse("irdeto:00ff", None).unwrap());
        settings.options.fairplay = Some(fairplay::Settings { pssh: true, ..fairplay::Settings::default() });
        let signals = signals(&settings, Scheme::Cbcs, &keys);
        let shown = format!("{signals:?}").to_lowercase();
        let key = keys[0].key.expose();
        let decimal = format!("{key:?}");
        assert!(!shown.contains(&hex(key)) && !shown.contains(decimal.trim_matches(['[', ']'])));
        assert_eq!(signals.len(), System::ALL.len());
    }
}
