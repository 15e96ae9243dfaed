//! Widevine's Common Encryption API: signed JSON inside JSON.

use aes::Aes256;
use base64ct::{Base64, Encoding};
use cipher::block_padding::Pkcs7;
use cipher::{BlockModeEncrypt, KeyIvInit};
use serde_json::{Map, Value, json};
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use super::answer::clipped;
use super::secret::{Secret, percent_encoded};
use super::service::{Address, Field, KeyService, Takes, forbidden};
use super::settings::hex_array;
use super::{Ask, Outcome, Request, Response, Service};
use crate::cpix::{KeySet, System, TrackKey};
use crate::drm::{fairplay, playready, widevine};
use crate::error::{Code, Error, Message, Result};
use crate::keys::{ContentKey, KeyId, KeyPair};
use crate::mp4::pssh::Pssh;

/// What is known of the service. It has no encrypted delivery; the provider's name follows the address, which is that
/// of Widevine's test server.
pub(super) const ABOUT: KeyService = KeyService {
    name: "widevine",
    title: "Widevine Common Encryption API",
    address: Address::Published("https://license.uat.widevine.com/cenc/getcontentkey"),
    takes: &[Takes::Tracks, Takes::Rotation],
    fields: &[SIGNER, SIGNING_KEY, SIGNING_IV, POLICY],
    make: |fields| {
        let array_of = |field: &Field| fields.needed(field).map(|text| (text, field.name));
        let ((key, key_name), (iv, iv_name)) = (array_of(&SIGNING_KEY)?, array_of(&SIGNING_IV)?);
        Ok(Box::new(Widevine {
            url: fields.url()?,
            signer: fields.needed(&SIGNER)?.expose().to_owned(),
            signing: (Zeroizing::new(hex_array(&key, key_name)?), hex_array(&iv, iv_name)?),
            policy: fields.get(&POLICY).map(Secret::expose).unwrap_or_default().to_owned(),
        }))
    },
};

const SIGNER: Field =
    Field::text("signer", "Provider (signer)", "The provider's name, which requests are signed with.").required();
const SIGNING_KEY: Field =
    Field::text("signingKey", "Signing key", "The provider's AES signing key, 64 hexadecimal digits.")
        .secret()
        .required();
const SIGNING_IV: Field =
    Field::text("signingIv", "Signing IV", "The IV of the signing key, 32 hexadecimal digits.").secret().required();
const POLICY: Field = Field::text("policy", "Policy", "The policy that licenses of these keys have.");

/// A server of the Common Encryption API.
struct Widevine {
    url: Secret,
    /// The provider's name.
    signer: String,
    /// The AES-256 signing key and its IV.
    signing: (Zeroizing<[u8; 32]>, [u8; 16]),
    policy: String,
}

impl Service for Widevine {
    fn request(&self, ask: &Ask) -> Result<Option<Request>> {
        let request = inner(ask, &self.policy)?;
        let body = json!({
            "request": Base64::encode_string(request.as_bytes()),
            "signature": Base64::encode_string(&self.signature(request.as_bytes())),
            "signer": self.signer,
        });
        let url = format!("{}/{}", self.url.expose().trim_end_matches('/'), percent_encoded(&self.signer));
        Ok(Some(Request::post(url, "application/json", body.to_string().into_bytes())))
    }

    fn response(&self, ask: &Ask, response: &Response) -> Result<Outcome> {
        let outer = response.json()?;
        let text = outer.get("response").and_then(Value::as_str).and_then(|text| Base64::decode_vec(text).ok());
        let Some(text) = text.map(Zeroizing::new) else {
            return Err(response.refused().unwrap_or_else(|| response.invalid(message!("it has no response in it"))));
        };
        let inner: Value =
            serde_json::from_slice(&text).map_err(|_| response.invalid(message!("its response isn't JSON")))?;
        let status = inner.get("status").and_then(Value::as_str).unwrap_or("none");
        if status != "OK" {
            let message =
                message!("{host} answered with the status {status}", host = response.host, status = clipped(status));
            return Err(Error::new(Code::KeyServerError, message));
        }
        keys(ask, &inner).map(Outcome::Keys).map_err(|why| response.invalid(why))
    }
}

impl Widevine {
    /// AES-256-CBC over the SHA-1 of the request, padded to two blocks.
    fn signature(&self, request: &[u8]) -> Vec<u8> {
        let (key, iv) = &self.signing;
        let digest = Sha1::digest(request);
        cbc::Encryptor::<Aes256>::new((&**key).into(), iv.into()).encrypt_padded_vec::<Pkcs7>(&digest)
    }
}

/// The request that is signed. Its members stand in the order of Widevine's own tools.
fn inner(ask: &Ask, policy: &str) -> Result<String> {
    let all = ["HD".to_owned()];
    let labels = if ask.labels.is_empty() { &all[..] } else { &ask.labels[..] };
    if let Some(label) = labels.iter().find(|label| !["SD", "HD", "UHD1", "UHD2", "AUDIO"].contains(&label.as_str())) {
        return Err(forbidden(message!("Widevine's API knows no track type {label:?}", label)));
    }
    let tracks: Vec<_> = labels.iter().map(|label| format!("{{\"type\":\"{label}\"}}")).collect();
    let systems: Vec<_> = [(widevine::ID, "WIDEVINE"), (playready::ID, "PLAYREADY"), (fairplay::ID, "FAIRPLAY")]
        .iter()
        .filter(|(id, name)| ask.systems.contains(id) || (ask.systems.is_empty() && *name == "WIDEVINE"))
        .map(|(_, name)| format!("\"{name}\""))
        .collect();
    let mut request = format!(
        "{{\"content_id\":\"{}\",\"policy\":{},\"tracks\":[{}],\"drm_types\":[{}]",
        Base64::encode_string(ask.content_id.as_bytes()),
        Value::from(policy),
        tracks.join(","),
        systems.join(",")
    );
    if let Some(scheme) = &ask.scheme {
        let code = <[u8; 4]>::try_from(scheme.as_bytes())
            .map_err(|_| forbidden(message!("the scheme is not four letters long")))?;
        request.push_str(&format!(",\"protection_scheme\":{}", u32::from_be_bytes(code)));
    }
    if let Some((first, count)) = ask.rotation {
        request.push_str(&format!(",\"first_crypto_period_index\":{first},\"crypto_period_count\":{count}"));
    }
    request.push('}');
    Ok(request)
}

/// The keys of an answer whose status is `OK`.
fn keys(ask: &Ask, answer: &Value) -> std::result::Result<KeySet, Message> {
    let mut set = KeySet { content_id: Some(ask.content_id.clone()), ..KeySet::default() };
    let tracks = answer.get("tracks").and_then(Value::as_array).ok_or_else(|| message!("it has no tracks"))?;
    for track in tracks.iter().filter_map(Value::as_object) {
        let word = track.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let kid = KeyId(sixteen(track, "key_id")?);
        let pair = KeyPair { kid, key: ContentKey::new(sixteen(track, "key")?) };
        let period = match (ask.rotation, track.get("crypto_period_index").and_then(Value::as_u64)) {
            (Some((first, _)), Some(index)) => usize::try_from(index.saturating_sub(first)).unwrap_or(usize::MAX),
            _ => 0,
        };
        let label = (!ask.labels.is_empty()).then_some(word);
        if label.as_ref().is_some_and(|label| !ask.labels.contains(label)) {
            continue;
        }
        let iv = track.contains_key("iv").then(|| sixteen(track, "iv")).transpose()?;
        set.keys.push(TrackKey { label, period, iv, scheme: ask.scheme.clone(), ..TrackKey::of_all_tracks(pair) });
        for pssh in track.get("pssh").and_then(Value::as_array).into_iter().flatten() {
            set.systems.extend(system(kid, pssh)?);
        }
    }
    let wanted = ask.wanted();
    for label in wanted.labels.iter().map(Some).chain(wanted.labels.is_empty().then_some(None)) {
        let found = set.keys.iter().filter(|key| key.label.as_ref() == label).count();
        if found < wanted.periods {
            let periods = wanted.periods;
            return Err(match label {
                Some(label) => message!("it has {found} of {periods} keys for {label}", found, periods, label),
                None => message!("it has {found} of {periods} keys for all tracks", found, periods),
            });
        }
    }
    if wanted.labels.is_empty() {
        set.keys.truncate(wanted.periods);
    }
    Ok(set)
}

/// The `pssh` of a system: the whole box where the server sends it, else a box around its data.
fn system(kid: KeyId, pssh: &Value) -> std::result::Result<Option<System>, Message> {
    let system_id = match pssh.get("drm_type").and_then(Value::as_str) {
        Some("WIDEVINE") => widevine::ID,
        Some("PLAYREADY") => playready::ID,
        Some("FAIRPLAY") => fairplay::ID,
        _ => return Ok(None),
    };
    let bytes = |name: &str| match pssh.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()) {
        Some(text) => {
            Base64::decode_vec(text).map(Some).map_err(|_| message!("the {name} of a pssh is not base64", name))
        }
        None => Ok(None),
    };
    let boxed = match bytes("boxes")? {
        Some(boxes) => Some(boxes),
        None => bytes("data")?.map(|data| Pssh { system_id, kids: Vec::new(), data }.to_bytes()),
    };
    Ok(Some(System { system_id, kid, pssh: boxed, ..System::default() }))
}

fn sixteen(track: &Map<String, Value>, name: &str) -> std::result::Result<[u8; 16], Message> {
    let text = track.get(name).and_then(Value::as_str).ok_or_else(|| message!("a track has no {name}", name))?;
    let bytes = Zeroizing::new(Base64::decode_vec(text).unwrap_or_default());
    bytes.as_slice().try_into().map_err(|_| message!("the {name} of a track is not 16 bytes in base64", name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    fn test_server() -> Widevine {
        // The signing key of Widevine's public test provider `widevine_test`.
        Widevine {
            url: Secret::new("https://license.uat.widevine.com/cenc/getcontentkey".into()),
            signer: "widevine_test".into(),
            signing: (
                Zeroizing::new(hex!("1ae8ccd0e7985cc0b6203a55855a1034afc252980e970ca90e5202689f947ab9")),
                hex!("d58ce954203b7c9a9a9d467f59839249"),
            ),
            policy: String::new(),
        }
    }

    fn ask(labels: &[&str]) -> Ask {
        Ask { systems: vec![widevine::ID], ..Ask::of("demotest", labels) }
    }

    #[test]
    fn the_request_and_its_signature() {
        let request = inner(&ask(&["SD", "HD", "AUDIO"]), "").unwrap();
        assert_eq!(
            request,
            r#"{"content_id":"ZGVtb3Rlc3Q=","policy":"","tracks":[{"type":"SD"},{"type":"HD"},{"type":"AUDIO"}],"drm_types":["WIDEVINE"]}"#
        );
        // Computed apart with OpenSSL's sha1 and aes-256-cbc.
        let signature = Base64::encode_string(&test_server().signature(request.as_bytes()));
        assert_eq!(signature, "6YUJumtoX40lleszzvZd2OhRYIPs8si9vilhfphP7sc=");
    }

    fn answer(inner: &str) -> Response {
        let body = json!({ "response": Base64::encode_string(inner.as_bytes()) }).to_string();
        Response {
            host: "wv.example".into(),
            status: 200,
            body: Zeroizing::new(body.into_bytes()),
            ..Response::default()
        }
    }

    #[test]
    fn an_answer_with_a_key_a_track() {
        let inner = r#"{"status":"OK","tracks":[{"type":"HD","key_id":"y7w4trUNq1P4Jj4Gtzgqow==","key":"lZ29ZzmA4dG98tNiCUlfTg==",
            "pssh":[{"drm_type":"WIDEVINE","data":"CAESEMu8OLa1DatT+CY+Brc4KqMaDGlua2FlbnR3b3JrcyIIZGVtb3Rlc3Q="}]}]}"#;
        let Ok(Outcome::Keys(set)) = test_server().response(&ask(&["HD"]), &answer(inner)) else { panic!("keys") };
        assert_eq!(set.keys[0].pair.key.expose(), &hex!("959dbd673980e1d1bdf2d36209495f4e"));
        // The box of PallyCon's published example has this payload.
        assert_eq!(
            Base64::encode_string(set.systems[0].pssh.as_ref().unwrap()),
            "AAAATHBzc2gAAAAA7e+LqXnWSs6jyCfc1R0h7QAAACwIARIQy7w4trUNq1P4Jj4GtzgqoxoMaW5rYWVudHdvcmtzIghkZW1vdGVzdA=="
        );
        assert!(test_server().response(&ask(&["HD", "SD"]), &answer(inner)).is_err());
    }

    #[test]
    fn a_status_that_isnt_ok_is_named() {
        let Err(error) = test_server().response(&ask(&[]), &answer(r#"{"status":"SIGNATURE_FAILED"}"#)) else {
            panic!("an error")
        };
        assert_eq!((error.code, error.message.text().contains("SIGNATURE_FAILED")), (Code::KeyServerError, true));
    }
}
