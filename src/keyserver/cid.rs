//! The content id from a CID issue page, `PallyCon`'s packaging callback: the page is asked with the
//! file's name and a nonce, encrypted with the site key, and answers likewise.

use aes::Aes256;
use base64ct::{Base64, Encoding};
use cipher::block_padding::Pkcs7;
use cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use quick_xml::escape::escape;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::secret::{Secret, percent_encoded};
use super::{Ask, Outcome, Request, Response, Service, settings};
use crate::cpix;
use crate::error::{Code, Error, Result};

/// A content provider's page that issues content ids.
pub(super) struct IssuePage {
    pub(super) url: Secret,
    /// The site key: 32 characters, which are the AES-256 key.
    pub(super) key: Zeroizing<[u8; 32]>,
    pub(super) form: Form,
    pub(super) file_name: String,
    pub(super) file_path: String,
    pub(super) nonce: String,
}

/// The form of the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Today's.
    Json,
    /// That of 2014; its IV is another one.
    Xml,
}

impl Form {
    const fn iv(self) -> &'static [u8; 16] {
        match self {
            Self::Json => b"0123456789abcdef",
            Self::Xml => b"1234567890abcdef",
        }
    }
}

impl Service for IssuePage {
    fn request(&self, _: &Ask) -> Result<Option<Request>> {
        let message = match self.form {
            Form::Json => {
                json!({ "file_name": self.file_name, "file_path": self.file_path, "nonce": self.nonce }).to_string()
            }
            Form::Xml => format!(
                "<?xml version='1.0' encoding='UTF-8'?><RES><FILEPATH>{}</FILEPATH><FILENAME>{}</FILENAME><NONCE>{}</NONCE></RES>",
                escape(&self.file_path),
                escape(&self.file_name),
                self.nonce
            ),
        };
        let sealed = cbc::Encryptor::<Aes256>::new((&*self.key).into(), self.form.iv().into())
            .encrypt_padded_vec::<Pkcs7>(message.as_bytes());
        let body = format!("data={}", percent_encoded(&Base64::encode_string(&sealed)));
        let url = self.url.expose().to_owned();
        Ok(Some(Request::post(url, "application/x-www-form-urlencoded", body.into_bytes())))
    }

    fn response(&self, _: &Ask, response: &Response) -> Result<Outcome> {
        if let Some(error) = response.refused() {
            return Err(error);
        }
        let sealed = std::str::from_utf8(&response.body).ok().and_then(|text| Base64::decode_vec(text.trim()).ok());
        let opened = sealed.and_then(|sealed| {
            cbc::Decryptor::<Aes256>::new((&*self.key).into(), self.form.iv().into())
                .decrypt_padded_vec::<Pkcs7>(&sealed)
                .ok()
        });
        let opened = opened.ok_or_else(|| response.invalid(message!("it can't be decrypted with the site key")))?;
        let answer = match self.form {
            Form::Json => from_json(&opened),
            Form::Xml => from_xml(&opened),
        };
        let answer = answer
            .ok_or_else(|| response.invalid(message!("what it decrypts to is not an answer from an issue page")))?;
        if answer.error != "0000" {
            let message = message!(
                "{host} issued no content id: {said}",
                host = response.host,
                said = format!("{} {}", answer.error, answer.message).trim_end()
            );
            return Err(Error::new(Code::KeyServerError, message));
        }
        if answer.nonce != self.nonce {
            return Err(response.invalid(message!("its nonce is not that of the request, so it may be an old answer")));
        }
        settings::content_id(&answer.cid)
            .map(Outcome::ContentId)
            .map_err(|error| response.invalid(error.into_details().message))
    }
}

struct Answer {
    error: String,
    message: String,
    cid: String,
    nonce: String,
}

fn from_json(text: &[u8]) -> Option<Answer> {
    let json: Value = serde_json::from_slice(text).ok()?;
    let member = |name: &str| json.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    json.get("error_code")?;
    Some(Answer {
        error: member("error_code"),
        message: member("error_message"),
        cid: member("cid"),
        nonce: member("nonce"),
    })
}

fn from_xml(text: &[u8]) -> Option<Answer> {
    let root = cpix::Element::read(text).ok().filter(|root| root.is("", "RES"))?;
    let child = |name: &str| root.child("", name).map(|child| child.text().to_owned());
    let or_empty = |name: &str| child(name).unwrap_or_default();
    Some(Answer { error: child("ERROR")?, message: or_empty("ERRMSG"), cid: or_empty("CID"), nonce: or_empty("NONCE") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(form: Form) -> IssuePage {
        IssuePage {
            url: Secret::new("https://cp.example/cid".into()),
            key: Zeroizing::new([b'a'; 32]),
            form,
            file_name: "a & b.mp4".into(),
            file_path: "C:\\DATA".into(),
            nonce: "12345".into(),
        }
    }

    fn answered(form: Form, text: &str) -> Result<Outcome> {
        let sealed = cbc::Encryptor::<Aes256>::new(&[b'a'; 32].into(), form.iv().into())
            .encrypt_padded_vec::<Pkcs7>(text.as_bytes());
        let body = Zeroizing::new(Base64::encode_string(&sealed).into_bytes());
        let response = Response { host: "cp.example".into(), status: 200, body, ..Response::default() };
        let ask = Ask::of("", &[]);
        page(form).response(&ask, &response)
    }

    fn id(outcome: Result<Outcome>) -> String {
        match outcome {
            Ok(Outcome::ContentId(id)) => id,
            Ok(_) => panic!("a content id"),
            Err(error) => error.into_details().message.text(),
        }
    }

    #[test]
    fn both_forms_issue_an_id() {
        let json = r#"{"error_code":"0000","error_message":"success","cid":"title-1","nonce":"12345"}"#;
        assert_eq!(id(answered(Form::Json, json)), "title-1");
        let xml = "<?xml version='1.0'?><RES><ERROR>0000</ERROR><CID>idd_32_gee</CID><NONCE>12345</NONCE></RES>";
        assert_eq!(id(answered(Form::Xml, xml)), "idd_32_gee");
    }

    #[test]
    fn an_old_answer_an_error_and_a_strangers_answer_are_refused() {
        let old = r#"{"error_code":"0000","cid":"title-1","nonce":"54321"}"#;
        assert!(id(answered(Form::Json, old)).contains("nonce"));
        let error = "<RES><ERROR>0002</ERROR><ERRMSG>no title</ERRMSG></RES>";
        assert_eq!(id(answered(Form::Xml, error)), "cp.example issued no content id: 0002 no title");
        assert!(id(answered(Form::Json, "hello")).contains("is not an answer"));
    }

    #[test]
    fn a_request_is_a_form_that_the_site_key_opens() {
        let ask = Ask::of("", &[]);
        let request = page(Form::Xml).request(&ask).unwrap().unwrap();
        let text = String::from_utf8(request.body.to_vec()).unwrap();
        let encoded = text.strip_prefix("data=").unwrap();
        let base64 = encoded.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
        let opened = cbc::Decryptor::<Aes256>::new(&[b'a'; 32].into(), Form::Xml.iv().into())
            .decrypt_padded_vec::<Pkcs7>(&Base64::decode_vec(&base64).unwrap())
            .unwrap();
        assert!(String::from_utf8(opened).unwrap().contains("<FILENAME>a &amp; b.mp4</FILENAME><NONCE>12345</NONCE>"));
    }
}
