//! From what the user sets to a client.

use base64ct::{Base64, Encoding};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::cid::{Form, IssuePage};
use super::secret::Secret;
use super::service::{Address, Field, Fields, KeyService, Kind, Takes, forbidden, invalid};
use super::{Ask, Client, Service, State};
use crate::drm::{IDENTITY_KEYS, System};
use crate::error::{Code, Error, Result};
use crate::keys::{KeyId, parse_hex, parse_uuid};
use crate::limits;
use crate::options::read::{self, Reader};
use crate::options::{At, Value, near};
use crate::random::Seed;

/// The option of a job that they are.
pub(super) const OPTION: &str = "keyServer";

/// The settings that all services have, beside `service` itself and the fields of each.
pub const SHARED: &[&Field] = &[&CONTENT_ID, &CONTENT_ID_PAGE, &TRACKS, &SCHEME, &SYSTEMS, &PERIODS, &FIRST_PERIOD];

/// The settings that the host keeps to itself: how requests are carried.
pub const HOST: &[&Field] = &[&PROXY, &TIMEOUT, &RETRIES];

const PROXY: Field = Field::text(
    "proxy",
    "Proxy",
    "A proxy whose address takes the server's, escaped, at {url} or at its end. It sees what the server sees.",
);
const TIMEOUT: Field = Field {
    kind: Kind::Number(1, 600),
    default: Some("30"),
    flag: Some("key-server-timeout"),
    ..Field::text("timeout", "Seconds to wait", "Seconds for everything, retries included.")
};
const RETRIES: Field = Field {
    kind: Kind::Number(0, 100),
    default: Some("2"),
    ..Field::text("retries", "Retries", "How often a request is repeated after 429, 5xx or a failure of the network.")
};

const CONTENT_ID: Field = Field {
    flag: Some("content-id"),
    ..Field::text(
        "contentId",
        "Content id",
        "The content id; {name}, {index} and {date} in it stand for the input's name, its number and the day.",
    )
};
const CONTENT_ID_PAGE: Field = Field {
    kind: Kind::Group(&[PAGE_URL, SITE_KEY, PAGE_FORM, FILE_NAME, FILE_PATH]),
    ..Field::text(
        "contentIdPage",
        "CID issue page",
        "A content provider's page that issues content ids (packaging callback), which is asked for the content id.",
    )
};
const PAGE_URL: Field =
    Field { flag: Some("cid-page"), ..Field::text("url", "CID issue page", "The page's address.").required() };
const SITE_KEY: Field =
    Field::text("siteKey", "Site key", "The site key, 32 characters, which messages are encrypted with.")
        .secret()
        .required();
const PAGE_FORM: Field = Field {
    kind: Kind::Choice(&["json", "xml"]),
    default: Some("json"),
    flag: Some("cid-page-form"),
    ..Field::text("form", "Form of the issue page", "The form of the messages; xml is that of 2014.")
};
const FILE_NAME: Field =
    Field::text("fileName", "File name", "The name that the page is told; by default the input's.");
const FILE_PATH: Field = Field::text("filePath", "File path", "The path that the page is told.");
const TRACKS: Field = Field {
    kind: Kind::List,
    flag: Some("tracks"),
    ..Field::text(
        "tracks",
        "Tracks",
        "A key for each of these track types, as SD, HD, UHD1, UHD2, AUDIO; by default one for all.",
    )
};
const SCHEME: Field = Field {
    kind: Kind::Choice(&["cenc", "cens", "cbc1", "cbcs"]),
    ..Field::text("scheme", "Scheme", "The scheme that the keys are for; by default the job's.")
};
const SYSTEMS: Field = Field {
    kind: Kind::List,
    flag: Some("systems"),
    ..Field::text(
        "systems",
        "DRM systems",
        "The DRM systems that the server is asked about, by their names or UUIDs; also hls-ncg-aes, hls-ncg-sample-aes, clear-aes and clear-sample-aes.",
    )
};
const PERIODS: Field = Field {
    kind: Kind::Number(1, limits::KEY_PERIODS),
    flag: Some("periods"),
    ..Field::text(
        "periods",
        "Crypto periods",
        "How many crypto periods there are keys for; it goes with the crypto periods of the job.",
    )
};
const FIRST_PERIOD: Field = Field {
    kind: Kind::Number(0, u32::MAX),
    default: Some("0"),
    flag: Some("first-period"),
    ..Field::text("firstPeriod", "First crypto period", "The number of the first crypto period.")
};

/// A delivery certificate, DER in base64: the façade takes it out of its `deliveryKey`.
const CERTIFICATE: Field = Field::text("certificate", "Certificate", "The certificate that keys are encrypted for.");
/// 32 random bytes in hexadecimal digits, for placeholder key ids and the nonce. The façade draws them.
const SEED: Field = Field::text("seed", "Seed", "What is drawn from.");
const SERVICE: Field = Field::text("service", "Key server", "The kind of the server.");

/// The systems that a server is asked about where none is named, as far as they decrypt the scheme.
const USUAL_SYSTEMS: [System; 3] = [System::Widevine, System::PlayReady, System::FairPlay];

/// What a user sets for a key server, by names: `service` says which fields there are beside [`SHARED`]. `Debug` shows
/// no value.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Settings(Value);

impl Settings {
    /// The members.
    fn members(self) -> Result<Members> {
        match self.0 {
            Value::Object(members) => Ok(Members { members, within: None }),
            _ => Err(invalid(message!("the settings of a key server are not an object"), OPTION)),
        }
    }
}

/// Settings that aren't read yet, of all or of a group.
struct Members {
    members: Vec<(String, Value)>,
    within: Option<&'static str>,
}

impl Members {
    fn take(&mut self, field: &Field) -> Option<Value> {
        let at = self.members.iter().position(|(name, _)| name == field.name)?;
        Some(self.members.swap_remove(at).1).filter(|value| *value != Value::Nothing)
    }

    fn read<R: Reader>(&mut self, field: &Field, reader: R) -> Result<R::Out> {
        let root = At::ROOT;
        let within = self.within.map_or(root, |group| root.member(group));
        let at = within.member(field.name);
        match self.take(field) {
            Some(value) => reader.read(&value, at),
            None => reader.absent(at),
        }
    }

    /// The name of one of them as errors have it.
    fn place(&self, name: &str) -> String {
        self.within.map_or_else(|| name.to_owned(), |group| format!("{group}.{name}"))
    }

    /// Text that is set and isn't empty.
    fn text(&mut self, field: &Field) -> Result<Option<Secret>> {
        let text = self.read(field, read::secret("", "", |text| Ok(Secret::new(text.to_owned()))).optional())?;
        Ok(text.filter(|text| !text.expose().is_empty()))
    }

    fn word(&mut self, field: &Field) -> Result<Option<String>> {
        Ok(self.text(field)?.map(|text| text.expose().to_owned()))
    }

    fn number(&mut self, field: &Field) -> Result<Option<u32>> {
        let Kind::Number(least, most) = field.kind else { return Ok(None) };
        self.read(field, read::whole(least, most).optional())
    }

    fn list(&mut self, field: &Field) -> Result<Option<Vec<String>>> {
        self.read(field, read::list(read::text()).optional())
    }

    fn group(&mut self, field: &Field) -> Result<Option<Self>> {
        let Some(value) = self.take(field) else { return Ok(None) };
        match value {
            Value::Object(members) => Ok(Some(Self { members, within: Some(field.name) })),
            other => {
                let message = message!("an object is expected, not {given}", given = other.what());
                Err(invalid(message, field.name))
            }
        }
    }

    /// What is left are the fields of a service.
    fn fields(mut self, service: &'static KeyService) -> Result<Fields> {
        let mut values = Vec::new();
        for field in service.all_fields() {
            values.extend(self.text(&field)?.map(|value| (field.name, value)));
        }
        match self.stray() {
            None => Fields::new(service, values),
            Some(stray) => {
                let own = || service.all_fields().map(|field| field.name);
                let (title, known) = (service.title, own().collect::<Vec<_>>().join(", "));
                let shared = SHARED.iter().chain(HOST).map(|field| field.name);
                let message = match near(&stray, own().chain(shared)) {
                    Some(meant) => message!(
                        "{service} takes no {stray}; did you mean {meant}? It takes {known}",
                        service = title,
                        stray,
                        meant,
                        known
                    ),
                    None => message!("{service} takes no {stray}: it takes {known}", service = title, stray, known),
                };
                Err(Error::new(Code::OptionInvalid, message).option(stray))
            }
        }
    }

    /// The name of a setting that nobody took.
    fn stray(&self) -> Option<String> {
        self.members.iter().find(|(_, value)| *value != Value::Nothing).map(|(name, _)| name.clone())
    }
}

/// The parts of a client.
pub(super) fn client(settings: Settings) -> Result<Client> {
    let mut settings = settings.members()?;
    let service = KeyService::parse(&settings.word(&SERVICE)?.unwrap_or_default())?;
    let seed = seed(&settings.text(&SEED)?.ok_or_else(|| invalid(message!("a seed is missing"), SEED.name))?)?;
    let page = settings.group(&CONTENT_ID_PAGE)?;
    let content_id = match settings.word(&CONTENT_ID)? {
        Some(id) => content_id(&id)?,
        None if service.address == Address::None || page.is_some() => String::new(),
        None => {
            let message = message!("{service} needs a content id", service = service.title);
            return Err(Error::new(Code::OptionMissing, message).option(CONTENT_ID.name));
        }
    };
    let tracks = settings.list(&TRACKS)?.unwrap_or_default();
    let scheme = settings.word(&SCHEME)?;
    let systems = systems(settings.list(&SYSTEMS)?, scheme.as_deref())?;
    let periods = settings.number(&PERIODS)?;
    let first_period = settings.number(&FIRST_PERIOD)?.unwrap_or(0);
    let certificate = settings.text(&CERTIFICATE)?.map(|text| certificate(&text)).transpose()?;
    let fields = settings.fields(service)?;
    let mut secrets = fields.secrets();
    let page = page.map(|page| issue_page(page, &seed, &mut secrets)).transpose()?;

    let about = service;
    let service = (about.make)(&fields)?;
    let labels = service.labels().map_or(tracks, <[String]>::to_vec);
    let rotation = periods.map(|count| (u64::from(first_period), count));
    check_request(about, &labels, rotation.is_some(), certificate.is_some())?;
    let kids = labels.len().max(1) as u64 * u64::from(periods.unwrap_or(1));
    let mut ask = Ask { content_id, labels, scheme, systems, rotation, kids: Vec::new(), certificate, seed };
    ask.kids = (0..kids).map(|index| random_uuid(ask.seed.draw(b"cpix kid", index))).collect();
    let state = if page.is_some() { State::ContentId } else { State::Keys };
    Ok(Client { service, page, ask, secrets, host: String::new(), state })
}

/// Refuses what a service doesn't take.
fn check_request(service: &KeyService, labels: &[String], rotates: bool, is_sealed: bool) -> Result<()> {
    if labels.iter().enumerate().any(|(at, label)| labels[..at].contains(label)) {
        return Err(invalid(message!("a track type is named twice"), TRACKS.name));
    }
    let (title, takes) = (service.title, |what| service.takes.contains(&what));
    if labels.len() > 1 && !takes(Takes::Tracks) {
        return Err(forbidden(message!("{title} gives one key a title: leave the tracks out", title)));
    }
    if rotates && !takes(Takes::Rotation) {
        return Err(forbidden(message!("{title} gives no keys by crypto period: leave the periods out", title)));
    }
    if is_sealed && !takes(Takes::Delivery) {
        return Err(forbidden(message!("{title} delivers no encrypted keys: leave the certificate out", title)));
    }
    Ok(())
}

fn systems(names: Option<Vec<String>>, scheme: Option<&str>) -> Result<Vec<[u8; 16]>> {
    let Some(names) = names else {
        let decrypts = |system: &System| {
            scheme.is_none_or(|scheme| system.about().schemes.iter().any(|known| known.as_str() == scheme))
        };
        return Ok(USUAL_SYSTEMS.into_iter().filter(decrypts).map(|system| system.about().id()).collect());
    };
    let read = |name: &String| {
        let of_system = System::parse(name).ok().map(|system| system.about().id());
        let of_keys = || IDENTITY_KEYS.iter().find(|keys| keys.name == name).map(|keys| keys.id);
        of_system.or_else(of_keys).or_else(|| parse_uuid(name)).ok_or_else(|| {
            let message = match name.as_str() {
                "ncg" => message!("there is no DRM system \"ncg\": the format of .ncg files is not published"),
                _ => message!("there is no DRM system {name:?}", name),
            };
            invalid(message, SYSTEMS.name)
        })
    };
    names.iter().map(read).collect()
}

fn certificate(text: &Secret) -> Result<Vec<u8>> {
    Base64::decode_vec(text.expose().trim())
        .map_err(|_| Error::new(Code::DeliveryKeyInvalid, message!("the delivery certificate isn't DER in base64")))
}

fn issue_page(mut page: Members, seed: &Seed, secrets: &mut Vec<Secret>) -> Result<Box<dyn Service>> {
    let (url, site_key) = (needed(&mut page, &PAGE_URL)?, needed(&mut page, &SITE_KEY)?);
    let form = match page.word(&PAGE_FORM)?.as_deref() {
        None | Some("json") => Form::Json,
        Some("xml") => Form::Xml,
        Some(other) => {
            let message = message!("there is no form {other:?}: json or xml", other);
            return Err(Error::new(Code::OptionInvalid, message).option(page.place(PAGE_FORM.name)));
        }
    };
    let key = site_key.expose().trim().as_bytes().try_into();
    let key = key.map_err(|_| {
        let message = message!("a site key has 32 characters");
        Error::new(Code::OptionInvalid, message).option(page.place(SITE_KEY.name))
    })?;
    secrets.push(site_key);
    let nonce = u64::from_be_bytes(seed.draw(b"nonce   ", 0)[..8].try_into().expect("8 of 16 bytes"));
    let (file_name, file_path) = (page.word(&FILE_NAME)?.unwrap_or_default(), page.word(&FILE_PATH)?);
    if let Some(stray) = page.stray() {
        let names = [PAGE_URL, SITE_KEY, PAGE_FORM, FILE_NAME, FILE_PATH].map(|field| field.name);
        let message = match near(&stray, names) {
            Some(meant) => message!("an issue page takes no {stray}; did you mean {meant}?", stray, meant),
            None => message!("an issue page takes no {stray}", stray),
        };
        return Err(Error::new(Code::OptionInvalid, message).option(page.place(&stray)));
    }
    Ok(Box::new(IssuePage {
        url,
        key: Zeroizing::new(key),
        form,
        file_name,
        file_path: file_path.unwrap_or_default(),
        nonce: nonce.to_string(),
    }))
}

/// A setting of an issue page that must be there.
fn needed(page: &mut Members, field: &Field) -> Result<Secret> {
    page.text(field)?.ok_or_else(|| {
        let message = message!("an issue page needs {field}", field = field.name);
        Error::new(Code::OptionMissing, message).option(page.place(field.name))
    })
}

/// A content id that services take: it stands in licenses, tokens and file names.
pub(super) fn content_id(text: &str) -> Result<String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if text.is_empty() || text.len() > limits::CONTENT_ID_BYTES || !text.bytes().all(allowed) {
        let (text, most) = (text.chars().take(40).collect::<String>(), limits::CONTENT_ID_BYTES);
        let message = message!("the content id {text:?} isn't 1 to {most} letters, digits, -, _ and .", text, most);
        return Err(Error::new(Code::ContentIdInvalid, message).option("contentId"));
    }
    Ok(text.to_owned())
}

/// Version 4 of RFC 9562.
fn random_uuid(mut bytes: [u8; 16]) -> KeyId {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    KeyId(bytes)
}

fn seed(text: &Secret) -> Result<Seed> {
    hex_array(text, SEED.name).map(Seed::new)
}

pub(super) fn hex_array<const N: usize>(text: &Secret, option: &'static str) -> Result<[u8; N]> {
    let bytes = Zeroizing::new(parse_hex(text.expose().trim()).unwrap_or_default());
    let wrong = |_| invalid(message!("{option} is not {digits} hexadecimal digits", option, digits = 2 * N), option);
    bytes.as_slice().try_into().map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyserver::{Request, Response, SERVICES};

    /// Settings as they cross from JavaScript.
    fn new(json: &str) -> Result<Client> {
        let seed = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
        let json = json.replacen('{', &format!("{{\"seed\":\"{seed}\","), 1);
        Client::new(serde_json::from_str(&json).unwrap())
    }

    fn first(json: &str) -> Request {
        new(json).unwrap().request().unwrap().unwrap()
    }

    #[test]
    fn both_forms_of_the_kms_path_take_the_token_escaped() {
        let kms = |url: &str| {
            let url = if url.is_empty() { String::new() } else { format!(",\"url\":\"{url}\"") };
            first(&format!("{{\"service\":\"doverunner\",\"contentId\":\"a-1\",\"token\":\"to/k+en=\"{url}}}"))
                .url
                .to_string()
        };
        assert_eq!(kms(""), "https://drm-kms.doverunner.com/v2/cpix/doverunner/getKey/to%2Fk%2Ben%3D");
        assert_eq!(
            kms("https://kms.pallycon.com/v1/cpix/pallycon/getKey"),
            "https://kms.pallycon.com/v1/cpix/pallycon/getKey/to%2Fk%2Ben%3D"
        );
        assert_eq!(
            kms("https://kms.pallycon.com/cpix/getKey?enc-token="),
            "https://kms.pallycon.com/cpix/getKey?enc-token=to%2Fk%2Ben%3D"
        );
    }

    #[test]
    fn rotation_is_asked_for_with_a_key_a_track_and_period() {
        let request = first(
            r#"{"service":"doverunner","contentId":"a","token":"token","tracks":["SD","AUDIO"],"periods":3,"firstPeriod":1}"#,
        );
        assert!(request.url.ends_with("?key-rotation=true"));
        let document = crate::cpix::Document::read(&request.body).unwrap();
        assert_eq!((document.keys.len(), document.periods.len(), document.rules.len()), (6, 3, 6));
        assert_eq!(document.periods[0].index, Some(1));
    }

    #[test]
    fn a_servers_echo_of_the_token_is_removed() {
        let mut client = new(r#"{"service":"doverunner","contentId":"a","token":"s3cret-token"}"#).unwrap();
        client.request().unwrap();
        let body = Zeroizing::new(br#"{"code":1,"message":"bad token s3cret-token"}"#.to_vec());
        let response = Response { host: "kms".into(), status: 200, body, ..Response::default() };
        let error = client.response(&response).unwrap_err();
        assert_eq!(error.message.text(), "kms answered with an error: 1 bad token …");
    }

    #[test]
    fn wrong_settings_are_named() {
        let option = |json: &str| match new(json) {
            Err(error) => {
                let place = error.place.option.as_deref().unwrap_or("none");
                place.strip_prefix("keyServer.").expect("the place of an option of a job").to_owned()
            }
            Ok(_) => "accepted".to_owned(),
        };
        assert_eq!(option(r#"{"service":"doverunner","contentId":"a"}"#), "token");
        assert_eq!(option(r#"{"service":"doverunner","token":"abcd"}"#), "contentId");
        assert_eq!(option(r#"{"service":"doverunner","token":"abcd","contentId":"a b"}"#), "contentId");
        assert_eq!(option(r#"{"service":"pigeon","contentId":"a"}"#), "service");
        assert_eq!(option(r#"{"service":"speke","contentId":"a"}"#), "url");
        assert_eq!(option(r#"{"service":"doverunner","contentId":"a","token":"t","tracks":["HD","HD"]}"#), "tracks");
        assert_eq!(option(r#"{"service":"doverunner","contentId":"a","token":"t","systems":["ncg"]}"#), "systems");
        assert_eq!(
            option(r#"{"service":"widevine","contentId":"a","signer":"x","signingKey":"00","signingIv":"00"}"#),
            "signingKey"
        );
        assert_eq!(option(r#"{"service":"doverunner","contentId":"a","token":"t","periods":0}"#), "periods");
        assert_eq!(option(r#"{"service":"doverunner","contentId":"a","token":"t","tracks":"HD"}"#), "tracks");
        assert_eq!(
            option(r#"{"service":"doverunner","token":"t","contentIdPage":{"url":"https://a.example"}}"#),
            "contentIdPage.siteKey"
        );
        assert_eq!(option(r#"{"service":"doverunner","token":"t","contentIdPage":7}"#), "contentIdPage");
    }

    #[test]
    fn a_document_needs_no_request() {
        let document = "<CPIX xmlns='urn:dashif:org:cpix' contentId='x'/>";
        let mut client = new(&format!("{{\"service\":\"cpix\",\"document\":\"{document}\"}}")).unwrap();
        assert!(client.request().unwrap().is_none());
        assert_eq!(client.keys().unwrap_err().code, Code::CpixKeyMissing);
    }

    #[test]
    fn a_field_of_another_service_and_one_of_none_are_refused_by_name() {
        let message = |json: &str| new(json).err().unwrap().into_details().message.text();
        let ezdrm = r#"{"service":"ezdrm","contentId":"a","keyId":"k","user":"u","password":"p","token":"s3cret"}"#;
        assert_eq!(message(ezdrm), "EZDRM takes no token: it takes url, keyId, user, password");
        let stray = r#"{"service":"keyos","contentId":"a","token":"s3cret","tokn":"s3cret"}"#;
        assert_eq!(message(stray), "BuyDRM KeyOS takes no tokn; did you mean token? It takes url, token");
        // Misspelt on purpose. cspell:ignore timout doverruner
        let timout = r#"{"service":"keyos","contentId":"a","token":"s3cret","timout":3}"#;
        assert_eq!(message(timout), "BuyDRM KeyOS takes no timout; did you mean timeout? It takes url, token");
        let page = r#"{"service":"keyos","token":"s3cret","contentIdPage":{"url":"a","siteKey":"01234567890123456789012345678901","fileNam":"x"}}"#;
        assert_eq!(message(page), "an issue page takes no fileNam; did you mean fileName?");
        let slip = r#"{"service":"doverruner"}"#;
        assert!(message(slip).starts_with("there is no key server \"doverruner\"; did you mean doverunner? Known are"));
        let known = SERVICES.iter().map(|service| service.name).collect::<Vec<_>>().join(", ");
        let expected = format!("there is no key server \"pigeon\"; known are {known}");
        assert_eq!(message(r#"{"service":"pigeon"}"#), expected);
    }

    #[test]
    fn each_service_says_what_it_needs() {
        for service in SERVICES {
            let all: Vec<_> = service
                .all_fields()
                .filter(|field| field.is_required)
                .map(|field| (field.name, Secret::new("00".to_owned())))
                .collect();
            for (name, _) in &all {
                let others = all.iter().filter(|(other, _)| other != name).cloned().collect();
                let error = Fields::new(service, others).err().unwrap();
                assert_eq!(
                    (error.code, error.place.option.as_deref()),
                    (Code::OptionMissing, Some(*name)),
                    "{}",
                    service.name
                );
            }
            assert!(Fields::new(service, all).is_ok(), "{}", service.name);
        }
    }

    #[test]
    fn a_service_is_asked_only_for_what_it_takes() {
        let with = |service: &str, more: &str| {
            let fields = r#""user":"u","password":"p""#;
            let json =
                format!(r#"{{"service":"{service}","url":"https://k.example","contentId":"a",{fields},{more}}}"#);
            new(&json).err().map(|error| error.code)
        };
        assert_eq!(with("speke", r#""tracks":["SD","HD"]"#), Some(Code::KeyRequestInvalid));
        assert_eq!(with("speke", r#""periods":2"#), Some(Code::KeyRequestInvalid));
        assert_eq!(with("speke", r#""certificate":"AA==""#), None);
        assert_eq!(with("speke2", r#""tracks":["SD","HD"],"periods":2,"certificate":"AA==""#), None);
        assert_eq!(with("ezdrm", r#""keyId":"k","certificate":"AA==""#), Some(Code::KeyRequestInvalid));
    }
}
