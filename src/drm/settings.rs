//! Which systems are signalled, and how.

use super::{
    Content, Element, GivenPssh, System, SystemSignal, Told, clearkey, common, fairplay, given, marlin, playready,
    primetime, told, widevine, wiseplay,
};
use crate::error::{Code, Error, Result};

/// Which systems are signalled, and how. By default ClearKey.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The content's name at the license service, in Widevine's and WisePlay's data and FairPlay's URI.
    pub content_id: Option<String>,
    /// Widevine.
    pub widevine: Option<widevine::Settings>,
    /// PlayReady.
    pub playready: Option<playready::Settings>,
    /// FairPlay.
    pub fairplay: Option<fairplay::Settings>,
    /// WisePlay.
    pub wiseplay: bool,
    /// Marlin.
    pub marlin: bool,
    /// Primetime, for which data must be [given](Settings::give).
    pub primetime: bool,
    /// ClearKey.
    pub clear_key: Option<clearkey::Settings>,
    /// The common system in the MPD. In files its box always stands.
    pub common: bool,
    /// Where `pssh` boxes go.
    pub placement: Placement,
    given: Vec<GivenPssh>,
    told: Vec<Told>,
}

/// Where `pssh` boxes go. HLS playlists hold them in any case: a key of a system is nothing without.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Placement {
    /// Into init segments only.
    Moov,
    /// Into the MPD only, as DASH-IF IOP part 6 recommends.
    Mpd,
    /// Into both, so that every player finds them.
    #[default]
    Both,
}

impl Placement {
    /// Reads `moov`, `mpd` or `both`.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "moov" => Ok(Self::Moov),
            "mpd" => Ok(Self::Mpd),
            "both" => Ok(Self::Both),
            _ => Err(Error::new(Code::OptionInvalid, format!("{text:?} is no place; known are moov, mpd and both"))
                .option("drm.psshPlacement")),
        }
    }
}

impl Settings {
    /// Chooses a system with its defaults, unless it is chosen already.
    pub fn choose(&mut self, system: System) {
        match system {
            System::Widevine => drop(self.widevine.get_or_insert_default()),
            System::PlayReady => drop(self.playready.get_or_insert_default()),
            System::FairPlay => drop(self.fairplay.get_or_insert_default()),
            System::WisePlay => self.wiseplay = true,
            System::Marlin => self.marlin = true,
            System::Primetime => self.primetime = true,
            System::ClearKey => drop(self.clear_key.get_or_insert_default()),
            System::Common => self.common = true,
        }
    }

    /// Takes over `pssh` boxes. They stand first, in this order, and their systems are chosen with them;
    /// what would be made for those systems is not, as far as the given boxes serve a track's keys.
    pub fn give(&mut self, pssh: Vec<GivenPssh>) {
        for given in pssh {
            if let Some(system) = System::of_id(given.system_id()) {
                self.choose(system);
            }
            if !self.given.contains(&given) {
                self.given.push(given);
            }
        }
    }

    /// Takes over what a key server says of a key. Its system is chosen with it.
    pub fn tell(&mut self, told: Told) -> Result<()> {
        let has_box = |given: &GivenPssh| given.system_id() == told.system_id() && told.has(given);
        if !self.given.iter().any(has_box) {
            self.give(told.boxes()?);
        }
        if let Some(system) = told::chosen(&told) {
            self.choose(system);
        }
        self.told.push(told);
        Ok(())
    }

    fn has(&self, system: System, content: &Content<'_>) -> bool {
        match system {
            System::Widevine => self.widevine.is_some(),
            System::PlayReady => self.playready.is_some(),
            System::FairPlay => self.fairplay.is_some(),
            System::WisePlay => self.wiseplay,
            System::Marlin => self.marlin,
            System::Primetime => self.primetime,
            System::ClearKey => self.clear_key.is_some() || self.is_silent(content),
            // "Should be in all new content" ("cenc" Initialization Data Format, clause 4).
            System::Common => true,
        }
    }

    /// Whether no system was chosen.
    fn is_silent(&self, content: &Content<'_>) -> bool {
        self.given.is_empty()
            && !self.told.iter().any(|told| told.serves(content))
            && self.widevine.is_none()
            && self.playready.is_none()
            && self.fairplay.is_none()
            && self.clear_key.is_none()
            && !(self.wiseplay || self.marlin || self.primetime || self.common)
    }

    /// What clients of all systems are told of these keys: systems whose data was given in front.
    pub fn signals(&self, content: &Content<'_>) -> Result<Vec<SystemSignal>> {
        let kids = content.kids();
        let given: Vec<&GivenPssh> = self.given.iter().filter(|given| given.serves(&kids)).collect();
        // What was given tells the order; a system has one place, whichever of its ids a box has.
        let mut places: Vec<Place> = given.iter().map(|given| Place::of(given.system_id())).collect();
        let told: Vec<&Told> = self.told.iter().filter(|told| told.serves(content)).collect();
        let is_told = |system: &System| told.iter().any(|told| Place::of(told.system_id()) == Place::Known(*system));
        let others = told.iter().map(|told| Place::of(told.system_id()));
        places.extend(others.filter(|place| matches!(place, Place::Other(_))));
        let known = System::ALL.into_iter().filter(|system| self.has(*system, content) || is_told(system));
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
                Place::Other(id) => Some(given::signal(*id, &own)),
            };
            let Some(mut signal) = signal else { continue };
            let of_place: Vec<&Told> =
                told.iter().copied().filter(|told| Place::of(told.system_id()) == *place).collect();
            if !of_place.is_empty() {
                Told::replace(&of_place, &mut signal, content);
            }
            if has_identity && *place == Place::Known(System::ClearKey) {
                signal.hls_key = None; // the server has one
            }
            signals.push(self.placed(signal));
        }
        Ok(signals)
    }

    fn signal(&self, system: System, given: &[&GivenPssh], content: &Content<'_>) -> Result<Option<SystemSignal>> {
        let content_id = self.content_id.as_deref();
        Ok(Some(match system {
            System::Widevine => {
                widevine::signal(&self.widevine.clone().unwrap_or_default(), content_id, given, content)
            }
            System::PlayReady => playready::signal(&self.playready.clone().unwrap_or_default(), given, content)?,
            System::FairPlay => {
                return fairplay::signal(&self.fairplay.clone().unwrap_or_default(), content_id, given, content);
            }
            System::WisePlay => wiseplay::signal(content_id, given, content),
            System::Marlin => marlin::signal(given, content),
            System::Primetime => primetime::signal(given)?,
            System::ClearKey => clearkey::signal(&self.clear_key.clone().unwrap_or_default(), content),
            System::Common => {
                let in_mpd = self.common || self.has(System::ClearKey, content);
                common::signal(in_mpd && self.placement != Placement::Moov, given, content)
            }
        }))
    }

    /// Leaves out what stands elsewhere.
    fn placed(&self, mut signal: SystemSignal) -> SystemSignal {
        if self.placement == Placement::Mpd {
            signal.pssh.clear();
        }
        if self.placement == Placement::Moov
            && let Some(descriptor) = &mut signal.descriptor
        {
            descriptor.elements.retain(|element| !matches!(element, Element::Pssh(_) | Element::PlayReadyObject(_)));
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
    use crate::drm::published_key;
    use crate::keys::{KeyPair, hex};
    use crate::mp4::pssh::Pssh;

    fn other_key() -> KeyPair {
        KeyPair::parse("00112233445566778899aabbccddeeff:0123456789abcdef0123456789abcdef").unwrap()
    }

    fn signals(settings: &Settings, scheme: Scheme, keys: &[KeyPair]) -> Vec<SystemSignal> {
        let content = Content { scheme, keys, all_keys: keys, crypto_period_index: None, in_hls: true };
        settings.signals(&content).unwrap()
    }

    fn chosen(systems: &[System]) -> Settings {
        let mut settings = Settings::default();
        systems.iter().for_each(|system| settings.choose(*system));
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
            [Element::Pssh(second), Element::PlayReadyObject(object)]
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
            elements.any(|element| matches!(element, Element::Pssh(_) | Element::PlayReadyObject(_)))
        };
        for (placement, in_moov, in_mpd) in
            [(Placement::Moov, true, false), (Placement::Mpd, false, true), (Placement::Both, true, true)]
        {
            let settings = Settings { placement, ..chosen(&[System::Widevine, System::PlayReady, System::ClearKey]) };
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
        let narrow = Settings {
            playready: Some(playready::Settings { header_version, ..playready::Settings::default() }),
            ..Settings::default()
        };
        assert!(uris(&narrow).iter().all(|(own, shared)| own == shared));
    }

    #[test]
    fn primetime_needs_data() {
        let keys = [published_key()];
        let content =
            Content { scheme: Scheme::Cenc, keys: &keys, all_keys: &keys, crypto_period_index: None, in_hls: false };
        let mut settings = chosen(&[System::Primetime]);
        assert_eq!(settings.signals(&content).unwrap_err().code, Code::DrmDataMissing);
        settings.give(GivenPssh::parse("primetime:00ff", None).unwrap());
        assert_eq!(boxes(&settings.signals(&content).unwrap()), [primetime::ID, common::ID]);
    }

    #[test]
    fn no_content_key_is_in_any_signal() {
        let keys = [published_key()];
        let mut settings = chosen(&System::ALL);
        settings.give(GivenPssh::parse("primetime:00ff", None).unwrap());
        settings.fairplay = Some(fairplay::Settings { pssh: true, ..fairplay::Settings::default() });
        let signals = signals(&settings, Scheme::Cbcs, &keys);
        let shown = format!("{signals:?}").to_lowercase();
        let key = keys[0].key.expose();
        let decimal = format!("{key:?}");
        assert!(!shown.contains(&hex(key)) && !shown.contains(decimal.trim_matches(['[', ']'])));
        assert_eq!(signals.len(), 8);
    }
}
