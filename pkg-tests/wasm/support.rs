//! What the tests of the bindings share: values of JavaScript, and a folder of the origin private file system.

use js_sys::{Array, Function, JSON, Object, Reflect, Uint8Array};
use tabpack::wasm::Engine;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, FileSystemDirectoryHandle, FileSystemGetDirectoryOptions};

/// Three seconds of H.264 without sound.
pub(crate) const VIDEO: &[u8] = include_bytes!("../fixtures/video-only.mp4");

/// Pictures of 1080p with sound.
pub(crate) const FILM: &[u8] = include_bytes!("../fixtures/bframes-1080p.mp4");

/// A key with its id, for tests alone.
pub(crate) const KEY: &str = "cbbc38b6b50dab53f8263e06b7382aa3:959dbd673980e1d1bdf2d36209495f4e";

/// A value written as JSON.
pub(crate) fn json(text: &str) -> JsValue {
    JSON::parse(text).expect("the test's JSON is right")
}

/// The value as JSON.
pub(crate) fn text_of(value: &JsValue) -> String {
    JSON::stringify(value).expect("a plain value").into()
}

/// A member of an object, or of one of its members: `place.option`.
pub(crate) fn member(value: &JsValue, path: &str) -> JsValue {
    path.split('.').fold(value.clone(), |value, name| {
        Reflect::get(&value, &name.into()).unwrap_or_else(|_| panic!("{path} of {value:?}"))
    })
}

/// A member that is a string.
pub(crate) fn word(value: &JsValue, path: &str) -> String {
    member(value, path).as_string().unwrap_or_else(|| panic!("{path} is no string in {}", text_of(value)))
}

/// A Blob of these bytes.
pub(crate) fn blob(bytes: &[u8]) -> Blob {
    Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes).into())).expect("a Blob")
}

/// A function of JavaScript.
pub(crate) fn function(arguments: &str, body: &str) -> Function {
    Function::new_with_args(arguments, body)
}

/// An object with these functions.
pub(crate) fn object(members: &[(&str, &Function)]) -> Object {
    let object = Object::new();
    for (name, function) in members {
        Reflect::set(&object, &(*name).into(), function).expect("a member can be set");
    }
    object
}

/// An empty folder of the origin private file system.
pub(crate) async fn folder(name: &str) -> FileSystemDirectoryHandle {
    let remove = function(
        "name",
        "return navigator.storage.getDirectory().then((root) => root.removeEntry(name, { recursive: true }))",
    );
    // A folder that isn't there can't be removed.
    let _ = JsFuture::from(js_sys::Promise::from(remove.call1(&JsValue::NULL, &name.into()).expect("a promise"))).await;
    let root = function("", "return navigator.storage.getDirectory()").call0(&JsValue::NULL).expect("a promise");
    let root: FileSystemDirectoryHandle =
        JsFuture::from(js_sys::Promise::from(root)).await.expect("a root").unchecked_into();
    let options = FileSystemGetDirectoryOptions::new();
    options.set_create(true);
    JsFuture::from(root.get_directory_handle_with_options(name, &options)).await.expect("a folder").unchecked_into()
}

/// The bytes of a file below a folder, read by the browser.
pub(crate) async fn stored(folder: &FileSystemDirectoryHandle, path: &str) -> Vec<u8> {
    let read = function(
        "folder, path",
        "return (async () => {
            const names = path.split('/');
            const name = names.pop();
            for (const part of names) folder = await folder.getDirectoryHandle(part);
            const file = await (await folder.getFileHandle(name)).getFile();
            return new Uint8Array(await file.arrayBuffer());
        })()",
    );
    let promise = read.call2(&JsValue::NULL, folder, &path.into()).expect("a promise");
    let bytes = JsFuture::from(js_sys::Promise::from(promise)).await.unwrap_or_else(|_| panic!("there is no {path}"));
    bytes.unchecked_into::<Uint8Array>().to_vec()
}

/// An engine into a folder, with the video as its input.
pub(crate) fn engine(folder: FileSystemDirectoryHandle) -> Engine {
    let mut engine = Engine::into_opfs(folder);
    engine.add_blob("video.mp4".to_owned(), blob(VIDEO)).expect("a Blob can be read");
    engine
}

/// Options with a fixed seed and key, and these members besides.
pub(crate) fn options(more: &str) -> JsValue {
    json(&format!(r#"{{ "seed": "01", "keys": ["{KEY}"]{more} }}"#))
}
