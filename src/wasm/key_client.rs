//! Key servers: the client's steps for the façade, and a fetch whose answer has a limit.

use base64ct::{Base64, Encoding};
use js_sys::{Array, Object, Reflect, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, ReadableStream, ReadableStreamDefaultReader, ReferrerPolicy, RequestCache, RequestCredentials,
};
use zeroize::Zeroizing;

use super::failure::to_failure;
use super::to_js;
use crate::cpix::{Cipher, ContentProtection, KeySet, System, TrackKey};
use crate::error::{Code, Error};
use crate::keys::{hex, uuid};
use crate::keyserver::{Client, Response, Settings};

/// One exchange with a key server. The façade carries its requests.
#[wasm_bindgen]
pub struct KeyClient(Client);

#[wasm_bindgen]
impl KeyClient {
    /// Of the settings, as the façade's `KeyServer` has them.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: JsValue) -> Result<KeyClient, JsValue> {
        // The deserializer's own words may repeat a value.
        let settings: Settings = serde_wasm_bindgen::from_value(settings).map_err(|_| {
            let message = message!("the settings of a key server are no object, or one of them is of the wrong type");
            to_failure(Error::new(Code::OptionInvalid, message).option("keyServer"))
        })?;
        Client::new(settings).map(Self).map_err(to_failure)
    }

    /// The next request; `undefined` when all answers are there.
    pub fn request(&mut self) -> Result<JsValue, JsValue> {
        let Some(request) = self.0.request().map_err(to_failure)? else { return Ok(JsValue::UNDEFINED) };
        let headers: Array =
            request.headers.iter().map(|(name, value)| Array::of2(&name.into(), &value.expose().into())).collect();
        let shape = Object::new();
        for (name, value) in [
            ("method", request.method.into()),
            ("url", request.url.as_str().into()),
            ("host", request.host().into()),
            ("headers", headers.into()),
            ("body", Uint8Array::from(request.body.as_slice()).into()),
        ] {
            Reflect::set(&shape, &name.into(), &value)?;
        }
        Ok(shape.into())
    }

    /// Takes an answer; `headers` is a list of pairs.
    pub fn response(&mut self, host: String, status: u16, headers: JsValue, body: Vec<u8>) -> Result<(), JsValue> {
        let headers: Vec<(String, String)> = serde_wasm_bindgen::from_value(headers)?;
        self.0.response(&Response { host, status, headers, body: Zeroizing::new(body) }).map_err(to_failure)
    }

    /// What is to be decrypted, in base64; `undefined` for nothing.
    pub fn sealed(&self) -> Result<JsValue, JsValue> {
        let Some(sealed) = self.0.sealed().map_err(to_failure)? else { return Ok(JsValue::UNDEFINED) };
        let recipients = sealed.recipients.iter().map(|(document_key, mac_key)| RecipientShape {
            document_key: Base64::encode_string(&document_key.value),
            mac_key: Base64::encode_string(&mac_key.value),
        });
        let keys = sealed.keys.iter().map(CipherShape::of).collect();
        Ok(to_js(&SealedShape { recipients: recipients.collect(), keys }))
    }

    /// Takes the decrypted keys, 16 bytes each, one after the other.
    pub fn open(&mut self, keys: Vec<u8>) -> Result<(), JsValue> {
        let keys = Zeroizing::new(keys);
        let keys: Vec<_> = keys.chunks(16).map(|key| Zeroizing::new(key.to_vec())).collect();
        self.0.open(&keys).map_err(to_failure)
    }

    /// The keys with what DRM systems want: the façade's `ServerKeys`.
    pub fn keys(&self) -> Result<JsValue, JsValue> {
        self.0.keys().map(|keys| to_js(&KeySetShape::of(&keys))).map_err(to_failure)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SealedShape {
    recipients: Vec<RecipientShape>,
    keys: Vec<CipherShape>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RecipientShape {
    document_key: String,
    mac_key: String,
}

#[derive(Serialize)]
struct CipherShape {
    value: String,
    mac: Option<String>,
}

impl CipherShape {
    fn of(cipher: &Cipher) -> Self {
        Self {
            value: Base64::encode_string(&cipher.value),
            mac: cipher.mac.as_ref().map(|mac| Base64::encode_string(mac)),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeySetShape<'a> {
    content_id: Option<&'a str>,
    keys: Vec<KeyShape<'a>>,
    systems: Vec<SystemShape<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyShape<'a> {
    label: Option<&'a str>,
    period: usize,
    kid: String,
    key: String,
    iv: Option<String>,
    scheme: Option<&'a str>,
    pixels: Vec<BoundsShape>,
    channels: Vec<BoundsShape>,
    frame_rates: Vec<BoundsShape>,
    hdr: Option<bool>,
    wide_gamut: Option<bool>,
    bitrates: Vec<BoundsShape>,
    labels: &'a [String],
}

#[derive(Serialize)]
struct BoundsShape {
    min: Option<u64>,
    max: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SystemShape<'a> {
    system_id: String,
    kid: String,
    pssh: Option<String>,
    protection_xml: Option<&'a str>,
    protection_payload: Option<String>,
    hls_media: Option<&'a str>,
    hls_multivariant: Option<&'a str>,
    key_uri: Option<&'a str>,
    key_format: Option<&'a str>,
    key_format_versions: Option<&'a str>,
    smooth_header: Option<&'a str>,
}

impl<'a> KeySetShape<'a> {
    fn of(set: &'a KeySet) -> Self {
        Self {
            content_id: set.content_id.as_deref(),
            keys: set.keys.iter().map(KeyShape::of).collect(),
            systems: set.systems.iter().map(SystemShape::of).collect(),
        }
    }
}

impl<'a> KeyShape<'a> {
    fn of(key: &'a TrackKey) -> Self {
        Self {
            label: key.label.as_deref(),
            period: key.period,
            kid: key.pair.kid.to_hex(),
            key: hex(key.pair.key.expose()),
            iv: key.iv.as_ref().map(|iv| hex(iv)),
            scheme: key.scheme.as_deref(),
            pixels: key
                .video
                .iter()
                .map(|video| BoundsShape { min: video.min_pixels, max: video.max_pixels })
                .collect(),
            channels: key
                .audio
                .iter()
                .map(|audio| BoundsShape { min: audio.min_channels, max: audio.max_channels })
                .collect(),
            frame_rates: key
                .video
                .iter()
                .filter(|video| video.min_fps.is_some() || video.max_fps.is_some())
                .map(|video| BoundsShape { min: video.min_fps, max: video.max_fps })
                .collect(),
            hdr: key.video.first().and_then(|video| video.hdr),
            wide_gamut: key.video.first().and_then(|video| video.wcg),
            bitrates: key.bitrate.iter().map(|bitrate| BoundsShape { min: bitrate.min, max: bitrate.max }).collect(),
            labels: &key.labels,
        }
    }
}

impl<'a> SystemShape<'a> {
    fn of(system: &'a System) -> Self {
        let (xml, payload) = match &system.content_protection {
            Some(ContentProtection::Xml(xml)) => (Some(xml.as_str()), None),
            Some(ContentProtection::Payload(payload)) => (None, Some(Base64::encode_string(payload))),
            None => (None, None),
        };
        Self {
            system_id: uuid(&system.system_id),
            kid: system.kid.to_hex(),
            pssh: system.pssh.as_ref().map(|pssh| Base64::encode_string(pssh)),
            protection_xml: xml,
            protection_payload: payload,
            hls_media: system.hls_media.as_deref(),
            hls_multivariant: system.hls_multivariant.as_deref(),
            key_uri: system.key_uri.as_deref(),
            key_format: system.key_format.as_deref(),
            key_format_versions: system.key_format_versions.as_deref(),
            smooth_header: system.smooth_header.as_deref(),
        }
    }
}

/// Sends a request and reads the answer as far as `limit` bytes. Cookies stay at home, nothing is cached,
/// and the page's address isn't told. Throws what the platform says, or `tooLarge`.
#[wasm_bindgen(js_name = fetchBounded)]
pub async fn fetch_bounded(
    method: String,
    url: String,
    headers: Array,
    body: Uint8Array,
    limit: u32,
    signal: AbortSignal,
) -> Result<JsValue, JsValue> {
    let mut request =
        if method == "GET" { gloo_net::http::Request::get(&url) } else { gloo_net::http::Request::post(&url) }
            .cache(RequestCache::NoStore)
            .credentials(RequestCredentials::Omit)
            .referrer_policy(ReferrerPolicy::NoReferrer)
            .abort_signal(Some(&signal));
    for pair in headers.iter() {
        let pair: Array = pair.unchecked_into();
        let text = |index| pair.get(index).as_string().unwrap_or_default();
        request = request.header(&text(0), &text(1));
    }
    let response =
        if method == "GET" { request.send().await } else { request.body(body).map_err(thrown)?.send().await };
    let response = response.map_err(thrown)?;
    let content = match response.body() {
        Some(stream) => read(&stream, limit).await?,
        None => Uint8Array::new_with_length(0),
    };
    let headers: Array =
        response.headers().entries().map(|(name, value)| Array::of2(&name.into(), &value.into())).collect();
    let shape = Object::new();
    Reflect::set(&shape, &"status".into(), &response.status().into())?;
    Reflect::set(&shape, &"headers".into(), &headers)?;
    Reflect::set(&shape, &"body".into(), &content)?;
    Ok(shape.into())
}

async fn read(stream: &ReadableStream, limit: u32) -> Result<Uint8Array, JsValue> {
    let reader = ReadableStreamDefaultReader::new(stream)?;
    let mut bytes = Zeroizing::new(Vec::new());
    loop {
        let chunk = JsFuture::from(reader.read()).await?;
        if Reflect::get(&chunk, &"done".into())?.is_truthy() {
            return Ok(Uint8Array::from(bytes.as_slice()));
        }
        let chunk: Uint8Array = Reflect::get(&chunk, &"value".into())?.unchecked_into();
        if bytes.len() as u64 + u64::from(chunk.length()) > u64::from(limit) {
            // What the server sends on isn't wanted: whether the cancelling succeeds makes no difference.
            drop(reader.cancel());
            return Err("tooLarge".into());
        }
        bytes.extend_from_slice(&Zeroizing::new(chunk.to_vec()));
    }
}

/// The platform's error again, out of the crate's.
fn thrown(error: gloo_net::Error) -> JsValue {
    match error {
        gloo_net::Error::JsError(error) => {
            let thrown = js_sys::Error::new(&error.message);
            thrown.set_name(&error.name);
            thrown.into()
        }
        other => js_sys::Error::new(&other.to_string()).into(),
    }
}
