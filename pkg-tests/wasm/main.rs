//! The bindings' own tests, in a worker of a real browser: File and OPFS access, options in, errors out, and the fetch of
//! keys. What lies behind the bindings is tested natively; here it is what crosses.

#![cfg(target_arch = "wasm32")]

mod support;

mod files;
mod keys;
mod options;
mod outputs;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);
