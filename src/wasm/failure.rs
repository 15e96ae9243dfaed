//! Errors to JavaScript: a plain object that survives `postMessage`. The façade makes a `TabpackError` of it, with the
//! sentence and what its own table says of the code.

use js_sys::Reflect;
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

use super::to_js;
use crate::error::{Code, Error, Parameters};

#[derive(Serialize)]
struct Shape<'a> {
    tabpack: bool,
    code: &'static str,
    template: &'static str,
    parameters: Parameters<'a>,
    place: PlaceShape<'a>,
}

#[derive(Serialize)]
struct PlaceShape<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    boxes: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    option: Option<&'a str>,
}

/// The object that JavaScript sees.
pub(super) fn to_failure(error: Error) -> JsValue {
    let place = &error.place;
    to_js(&Shape {
        tabpack: true,
        code: error.code.as_str(),
        template: error.message.template(),
        parameters: Parameters(&error.message),
        place: PlaceShape {
            input: place.input.as_deref(),
            boxes: place.boxes.as_deref(),
            offset: place.offset,
            option: place.option.as_deref(),
        },
    })
}

impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        to_failure(error)
    }
}

/// What a read threw: errors that the host made on purpose (an abort, one of ours) pass through.
pub(super) fn read_failure(thrown: JsValue, name: &str, offset: u64) -> JsValue {
    pass_through(thrown, |what| {
        Error::new(Code::InputReadFailed, message!("reading the file failed: {what}", what)).input(name).at(offset)
    })
}

/// What a write threw: a full disk or quota has a code of its own.
pub(super) fn write_failure(thrown: JsValue, path: &str) -> JsValue {
    let full = text(&thrown, "name").is_some_and(|name| name == "QuotaExceededError")
        || text(&thrown, "code").is_some_and(|code| code == "ENOSPC" || code == "EDQUOT");
    let code = if full { Code::OutputNoSpace } else { Code::OutputWriteFailed };
    pass_through(thrown, |what| Error::new(code, message!("writing {path} failed: {what}", path, what)))
}

fn pass_through(thrown: JsValue, describe: impl FnOnce(&str) -> Error) -> JsValue {
    let ours = Reflect::get(&thrown, &"tabpack".into()).is_ok_and(|value| value.is_truthy());
    if ours || text(&thrown, "name").is_some_and(|name| name == "AbortError") {
        return thrown;
    }
    let name = text(&thrown, "name").unwrap_or_else(|| "an unknown error".into());
    let message = text(&thrown, "message").filter(|message| !message.is_empty());
    to_failure(describe(&message.map_or_else(|| name.clone(), |message| format!("{name}: {message}"))))
}

fn text(value: &JsValue, property: &str) -> Option<String> {
    value.is_object().then(|| Reflect::get(value.unchecked_ref(), &property.into()).ok()?.as_string())?
}
