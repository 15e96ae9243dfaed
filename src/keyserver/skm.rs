//! The SKM API, by which Intertrust's `ExpressPlay` and the open server `SKeyMa` store keys. The key is drawn here and
//! sent under a key-encryption key that stays here, so that the server never has it in the clear.

use serde_json::{Map, Value};
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use super::secret::{Secret, percent_encoded};
use super::service::{Address, Field, Help, KeyService, Kind, TOKEN};
use super::settings::hex_array;
use super::{Ask, Outcome, Request, Response, Service};
use crate::cenc::key_wrap;
use crate::cpix::{KeySet, TrackKey};
use crate::error::{Code, Error, Result};
use crate::keys::{ContentKey, KeyId, KeyPair, hex, parse_hex};

/// What is known of the service. Other servers want another parameter than `ExpressPlay`'s for the token, or none.
pub(super) const ABOUT: KeyService = KeyService {
    name: "skm",
    title: "ExpressPlay (SKM API)",
    address: Address::Published("https://api.service.expressplay.com/keystore/keys"),
    takes: &[],
    fields: &[AUTHENTICATOR, KEK, KEK_ID, KID, INFO, MODE],
    make: |fields| {
        let kek = fields.get(&KEK).map(|text| hex_array(text, KEK.name)).transpose()?.map(Zeroizing::new);
        let text = |field: &Field| fields.get(field).map(|text| text.expose().to_owned());
        let kid = text(&KID).map(|kid| key_id(&kid)).transpose()?;
        let mode = if fields.choice(&MODE)? == "get" { Mode::Get } else { Mode::Auto };
        let url = with_token(fields.url()?.expose(), fields.get(&AUTHENTICATOR));
        Ok(Box::new(Skm { url, kek, kek_id: text(&KEK_ID), kid, info: text(&INFO), mode }))
    },
};

const AUTHENTICATOR: Field = Field {
    label: "Customer authenticator",
    help: Help::of(
        "The customer authenticator (API key); it goes where {token} stands in the address, or into its query.",
    ),
    ..TOKEN.optional()
};
const KEK: Field = Field::text(
    "kek",
    "Key-encryption key",
    "The key that keys are stored under, 32 hexadecimal digits. It is not sent; without it the server must give keys in the clear.",
)
.secret();
const KEK_ID: Field = Field {
    flag: Some("skm-kek-id"),
    ..Field::text("kekId", "Id of the key-encryption key", "What the server calls that key; by default made of it.")
};
const KID: Field = Field {
    flag: Some("skm-kid"),
    ..Field::text("kid", "Key id", "The key id, or ^ and a text that it is made of; by default the content id's.")
};
const INFO: Field = Field {
    flag: Some("skm-info"),
    ..Field::text("info", "Note", "A note that the server keeps beside a key that it hasn't yet.")
};
const MODE: Field = Field {
    kind: Kind::Choice(&["auto", "get"]),
    default: Some("auto"),
    flag: Some("skm-mode"),
    ..Field::text("mode", "Mode", "Whether a key that the server hasn't is stored there (auto), or missed (get).")
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// `POST`: the key that the server has, or else a new one.
    Auto,
    /// `GET`: the key that the server has.
    Get,
}

struct Skm {
    url: Secret,
    kek: Option<Zeroizing<[u8; 16]>>,
    kek_id: Option<String>,
    kid: Option<KeyId>,
    info: Option<String>,
    mode: Mode,
}

impl Service for Skm {
    fn request(&self, ask: &Ask) -> Result<Option<Request>> {
        let kid = self.kid(ask).to_hex();
        if self.mode == Mode::Get {
            let (path, query) = split(self.url.expose());
            return Ok(Some(Request::get(format!("{}/{kid}{query}", path.trim_end_matches('/')))));
        }
        let mut body = Map::new();
        body.insert("kid".to_owned(), kid.into());
        body.insert("contentId".to_owned(), ask.content_id.clone().into());
        body.extend(self.info.as_ref().map(|info| ("info".to_owned(), info.clone().into())));
        if let Some(kek) = &self.kek {
            let kek_id = self.kek_id.clone().unwrap_or_else(|| kek_id(kek));
            body.insert("ek".to_owned(), hex(&key_wrap::wrap(kek, &drawn_key(ask))).into());
            body.insert("kekId".to_owned(), kek_id.into());
        }
        let body = Value::Object(body).to_string().into_bytes();
        Ok(Some(Request::post(self.url.expose().to_owned(), "application/json", body)))
    }

    fn response(&self, ask: &Ask, response: &Response) -> Result<Outcome> {
        let json = response.json()?;
        let text = |name: &str| json.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
        let asked = self.kid(ask);
        let kid = text("kid").and_then(|kid| KeyId::parse(kid).ok());
        let Some(kid) = kid else { return Err(refused(response)) };
        if kid != asked {
            let message =
                message!("it has the key {other}, not {asked}", other = kid.to_uuid(), asked = asked.to_uuid());
            return Err(response.invalid(message));
        }
        // What is under the key-encryption key is known to be whole, and comes first.
        let key = match (text("ek"), text("k"), &self.kek) {
            (Some(wrapped), _, Some(kek)) => {
                let wrapped: Option<[u8; key_wrap::WRAPPED_BYTES]> =
                    parse_hex(wrapped).and_then(|all| all.try_into().ok());
                let wrapped =
                    wrapped.ok_or_else(|| response.invalid(message!("its wrapped key is not 24 bytes long")))?;
                key_wrap::unwrap(kek, &wrapped)
                    .ok_or_else(|| response.invalid(message!("its key is under another key-encryption key")))?
            }
            (_, Some(key), _) => {
                let key = Zeroizing::new(parse_hex(key).unwrap_or_default());
                let key = key.as_slice().try_into();
                Zeroizing::new(key.map_err(|_| response.invalid(message!("its key is not 16 bytes long")))?)
            }
            (Some(_), None, None) => {
                let message = message!("{host} gives the key under its key-encryption key only", host = response.host);
                return Err(Error::new(Code::OptionMissing, message).option(KEK.name));
            }
            (None, None, _) => return Err(refused(response)),
        };
        let pair = KeyPair { kid, key: ContentKey::new(*key) };
        let keys = vec![TrackKey { scheme: ask.scheme.clone(), ..TrackKey::of_all_tracks(pair) }];
        Ok(Outcome::Keys(KeySet { content_id: Some(ask.content_id.clone()), keys, systems: Vec::new() }))
    }
}

impl Skm {
    /// By default a title has one key, as the API's `^` has it of a text.
    fn kid(&self, ask: &Ask) -> KeyId {
        self.kid.unwrap_or_else(|| KeyId(first_half(Sha1::digest(&ask.content_id))))
    }
}

/// The key of a title that the server hasn't; the host draws another seed for each exchange.
fn drawn_key(ask: &Ask) -> Zeroizing<[u8; 16]> {
    Zeroizing::new(ask.seed.draw(b"skm  key", 0))
}

/// An answer without a key: the server's error, if it says one with status 200.
fn refused(response: &Response) -> Error {
    response.refused().unwrap_or_else(|| response.invalid(message!("it has no key in it")))
}

/// The `^` of the API: the first 16 bytes of the text's SHA-1.
fn key_id(text: &str) -> Result<KeyId> {
    match text.strip_prefix('^') {
        Some(text) => Ok(KeyId(first_half(Sha1::digest(text)))),
        None => KeyId::parse(text).map_err(|error| error.option(KID.name)),
    }
}

/// What servers call a key-encryption key that isn't named: made of its digits, as in the API's examples. (Bento4's
/// client makes it of the bytes; the name is for people to tell keys by.)
fn kek_id(kek: &[u8; 16]) -> String {
    let digest = Sha1::new().chain_update("KEKID_1").chain_update(Zeroizing::new(hex(kek)).as_bytes()).finalize();
    format!("#1.{}", hex(&first_half(digest)))
}

fn first_half(digest: impl AsRef<[u8]>) -> [u8; 16] {
    digest.as_ref()[..16].try_into().expect("SHA-1 has 20 bytes")
}

/// The address with the token, where there is one, as `ExpressPlay` has it unless the address says where it goes.
fn with_token(url: &str, token: Option<&Secret>) -> Secret {
    let Some(token) = token.map(|token| percent_encoded(token.expose().trim())) else {
        return Secret::new(url.to_owned());
    };
    if url.contains("{token}") {
        return Secret::new(url.replace("{token}", &token));
    }
    let mark = if url.contains('?') { '&' } else { '?' };
    Secret::new(format!("{url}{mark}customerAuthenticator={token}"))
}

/// The address up to its query, and the query with its mark.
fn split(url: &str) -> (&str, &str) {
    url.find('?').map_or((url, ""), |at| url.split_at(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    /// The examples of the SKM API's documentation.
    const EXAMPLE_KEK: [u8; 16] = hex!("000102030405060708090a0b0c0d0e0f");
    const EXAMPLE_KID: &str = "4e2df6b45e8257e187b2802b22ae7418";
    const EXAMPLE_KEY: [u8; 16] = hex!("a9b9033df0b9ca5447839e3d074817a0");

    fn skm(mode: Mode, kek: Option<[u8; 16]>, kid: Option<&str>) -> Skm {
        Skm {
            url: with_token("https://keys.example/keys/", Some(&Secret::new("12,ab".into()))),
            kek: kek.map(Zeroizing::new),
            kek_id: None,
            kid: kid.map(|kid| key_id(kid).unwrap()),
            info: None,
            mode,
        }
    }

    fn answered(skm: &Skm, body: &str) -> Result<ContentKey> {
        let body = Zeroizing::new(body.as_bytes().to_vec());
        let response = Response { host: "keys.example".into(), status: 200, body, ..Response::default() };
        match skm.response(&Ask::of("film", &[]), &response)? {
            Outcome::Keys(set) => Ok(set.keys[0].pair.key.clone()),
            Outcome::ContentId(_) | Outcome::Document(_) => panic!("keys"),
        }
    }

    #[test]
    fn a_key_is_sent_wrapped_and_its_kek_by_an_id_alone() {
        let request =
            skm(Mode::Auto, Some(EXAMPLE_KEK), Some("^kid1")).request(&Ask::of("film", &[])).unwrap().unwrap();
        assert_eq!(request.url.as_str(), "https://keys.example/keys/?customerAuthenticator=12%2Cab");
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        // The API's own examples of both.
        assert_eq!(body["kid"], "80ea8bc8a58f990ad1f76bc665b30bfa");
        assert_eq!(body["kekId"], "#1.afe008a381bdac03b412a92d54b92ddf");
        assert_eq!(body["contentId"], "film");
        let ek = parse_hex(body["ek"].as_str().unwrap()).unwrap().try_into().unwrap();
        assert_eq!(key_wrap::unwrap(&EXAMPLE_KEK, &ek).as_deref(), Some(&*drawn_key(&Ask::of("film", &[]))));
        let text = String::from_utf8(request.body.to_vec()).unwrap();
        assert!(!text.contains(&hex(&EXAMPLE_KEK)) && !text.contains(&hex(&*drawn_key(&Ask::of("film", &[])))));
    }

    #[test]
    fn a_key_is_got_by_its_id_before_the_query() {
        let request = skm(Mode::Get, None, Some(EXAMPLE_KID)).request(&Ask::of("film", &[])).unwrap().unwrap();
        let url = format!("https://keys.example/keys/{EXAMPLE_KID}?customerAuthenticator=12%2Cab");
        assert_eq!((request.method, request.url.as_str(), request.body.len()), ("GET", url.as_str(), 0));
        let own = with_token("https://keys.example/v1?apiKey={token}", Some(&Secret::new("a b".into())));
        assert_eq!(own.expose(), "https://keys.example/v1?apiKey=a%20b");
        assert_eq!(with_token("https://keys.example/keys", None).expose(), "https://keys.example/keys");
    }

    #[test]
    fn the_servers_key_counts_wrapped_or_in_the_clear() {
        let wrapped = format!(r#"{{"kid":"{EXAMPLE_KID}","ek":"5dbd06c0056b42fe0b8cf406679620c31bd619732730433d"}}"#);
        let clear = format!(r#"{{"kid":"{EXAMPLE_KID}","k":"A9B9033DF0B9CA5447839E3D074817A0"}}"#);
        let with_kek = skm(Mode::Auto, Some(EXAMPLE_KEK), Some(EXAMPLE_KID));
        let without = skm(Mode::Get, None, Some(EXAMPLE_KID));
        assert_eq!(answered(&with_kek, &wrapped).unwrap().expose(), &EXAMPLE_KEY);
        assert_eq!(answered(&with_kek, &clear).unwrap().expose(), &EXAMPLE_KEY);
        assert_eq!(answered(&without, &clear).unwrap().expose(), &EXAMPLE_KEY);
        let error = answered(&without, &wrapped).unwrap_err();
        assert_eq!((error.code, error.place.option.as_deref()), (Code::OptionMissing, Some("kek")));
    }

    #[test]
    fn an_answer_that_is_none_is_refused_without_its_key() {
        let skm = skm(Mode::Auto, Some([9; 16]), Some(EXAMPLE_KID));
        let ek = "5dbd06c0056b42fe0b8cf406679620c31bd619732730433d";
        for (body, code, said) in [
            (
                format!(r#"{{"kid":"{EXAMPLE_KID}","ek":"{ek}"}}"#),
                Code::KeyServerAnswerInvalid,
                "another key-encryption",
            ),
            (format!(r#"{{"kid":"{EXAMPLE_KID}","ek":"{}"}}"#, &ek[2..]), Code::KeyServerAnswerInvalid, "not 24 bytes"),
            (format!(r#"{{"kid":"{EXAMPLE_KID}","k":"{}"}}"#, &ek[..30]), Code::KeyServerAnswerInvalid, "not 16 bytes"),
            (format!(r#"{{"kid":"{}","k":"{}"}}"#, &ek[..32], &ek[..32]), Code::KeyServerAnswerInvalid, "not 4e2df6b4"),
            (r#"{"code":5,"message":"incorrect KEK"}"#.to_owned(), Code::KeyServerError, "5 incorrect KEK"),
            ("[]".to_owned(), Code::KeyServerAnswerInvalid, "isn't JSON"),
        ] {
            let error = answered(&skm, &body).unwrap_err();
            assert_eq!(error.code, code, "{body}");
            let text = error.message.text();
            assert!(text.contains(said) && !text.contains(&ek[..30]) && !text.contains(&ek[2..32]), "{body}: {text}");
        }
    }
}
