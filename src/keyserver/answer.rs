//! What crosses to the host, and what all services' answers have in common.

use serde_json::Value;
use zeroize::Zeroizing;

use super::secret::Secret;
use crate::cpix::Document;
use crate::error::{Code, Error, Message, Result};

/// A request for the host to carry. Without `Debug`: its URL, headers and body may hold credentials.
pub struct Request {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The address, with whatever credentials the service wants there.
    pub url: Zeroizing<String>,
    /// Names and values.
    pub headers: Vec<(String, Secret)>,
    /// The body; empty for none.
    pub body: Zeroizing<Vec<u8>>,
}

impl Request {
    pub(super) fn get(url: String) -> Self {
        Self { method: "GET", url: Zeroizing::new(url), headers: Vec::new(), body: Zeroizing::default() }
    }

    pub(super) fn post(url: String, content_type: &str, body: Vec<u8>) -> Self {
        let headers = vec![("Content-Type".to_owned(), Secret::new(content_type.to_owned()))];
        Self { method: "POST", url: Zeroizing::new(url), headers, body: Zeroizing::new(body) }
    }

    pub(super) fn header(mut self, name: &str, value: Secret) -> Self {
        self.headers.push((name.to_owned(), value));
        self
    }

    /// The server's name and port, without user, path and query.
    pub fn host(&self) -> String {
        host(&self.url)
    }
}

/// The server's name and port of a URL.
pub(super) fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default().to_owned()
}

/// A whole answer. Without `Debug`: it holds keys.
#[derive(Default)]
pub struct Response {
    /// The server that answered, as [`Request::host`] says it.
    pub host: String,
    /// The status code.
    pub status: u16,
    /// Names in lower case, and values; those that the browser lets be seen.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Zeroizing<Vec<u8>>,
}

impl Response {
    /// The error that the answer is, if it is one: by its status, or by JSON where XML should be, which
    /// some servers send with status 200.
    pub(super) fn refused(&self) -> Option<Error> {
        let json = serde_json::from_slice::<Value>(&self.body).ok().filter(Value::is_object);
        if self.status < 400 && json.is_none() {
            return None;
        }
        let said = match json {
            Some(json) => said_in(&json),
            None => self.header("x-axdrm-errormessage").map_or_else(|| self.plain_text(), str::to_owned),
        };
        let (host, status, said) = (&self.host, self.status, clipped(&said));
        let message = match (status < 400, said.is_empty()) {
            (true, true) => message!("{host} answered with an error", host),
            (true, false) => message!("{host} answered with an error: {said}", host, said),
            (false, true) => message!("{host} answered with an error with status {status}", host, status),
            (false, false) => {
                message!("{host} answered with an error with status {status}: {said}", host, status, said)
            }
        };
        Some(Error::new(Code::KeyServerError, message))
    }

    /// The JSON object in the body of a service that answers in JSON.
    pub(super) fn json(&self) -> Result<Value> {
        let json = serde_json::from_slice::<Value>(&self.body).ok().filter(Value::is_object);
        match json {
            Some(json) if self.status < 400 => Ok(json),
            _ if self.status >= 400 => Err(self.refused().unwrap_or_else(|| self.invalid(message!("it has no body")))),
            _ => Err(self.invalid(message!("it isn't JSON"))),
        }
    }

    /// The CPIX document in the body.
    pub(super) fn document(&self) -> Result<Box<Document>> {
        if let Some(error) = self.refused() {
            return Err(error);
        }
        Document::read(&self.body).map(Box::new).map_err(|error| self.invalid(error.into_details().message))
    }

    /// An answer that isn't what it should be.
    pub(super) fn invalid(&self, reason: Message) -> Error {
        Error::new(
            Code::KeyServerAnswerInvalid,
            message!("the answer of {host} can't be used: {reason}", host = self.host, reason),
        )
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body where it is a plain sentence; a page of HTML says nothing.
    fn plain_text(&self) -> String {
        let text = std::str::from_utf8(&self.body).unwrap_or_default().trim();
        if text.starts_with('<') || text.len() > 500 { String::new() } else { text.to_owned() }
    }
}

/// Code and message of an error in JSON, by the names that such servers use. Other members are left out:
/// nobody knows what they hold.
fn said_in(json: &Value) -> String {
    const CODES: [&str; 6] = ["errorCode", "error_code", "ERROR", "code", "status", "Code"];
    const MESSAGES: [&str; 6] = ["errorMessage", "error_message", "MESSAGE", "message", "Message", "status_message"];
    let member = |names: &[&str]| {
        names.iter().find_map(|name| match json.get(*name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    };
    [member(&CODES), member(&MESSAGES)].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// At most 200 characters, on one line.
pub(super) fn clipped(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match line.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, body: &str) -> Response {
        let body = Zeroizing::new(body.as_bytes().to_vec());
        Response { host: "kms.example".into(), status, headers: Vec::new(), body }
    }

    #[test]
    fn json_with_status_200_is_an_error_with_the_servers_words() {
        let error = response(200, r#"{"errorCode":"A1004","message":"no such site","x":{}}"#).document().unwrap_err();
        assert_eq!(error.code, Code::KeyServerError);
        assert_eq!(error.message.text(), "kms.example answered with an error: A1004 no such site");
    }

    #[test]
    fn a_status_says_what_the_body_or_axinoms_header_says() {
        let error = response(422, "Missing CPIX@contentId").document().unwrap_err();
        assert_eq!(error.message.text(), "kms.example answered with an error with status 422: Missing CPIX@contentId");
        let page = response(500, "<html>oops</html>").document().unwrap_err();
        assert_eq!(page.message.text(), "kms.example answered with an error with status 500");
        let mut axinom = response(400, "");
        axinom.headers.push(("x-axdrm-errormessage".into(), "No tenant".into()));
        assert!(axinom.document().unwrap_err().message.text().ends_with("status 400: No tenant"));
    }

    #[test]
    fn a_host_is_named_without_user_and_path() {
        assert_eq!(host("https://u:p@kms.example:8443/getKey/secret?x=1"), "kms.example:8443");
        assert_eq!(host("http://kms.example?k=secret"), "kms.example");
    }
}
