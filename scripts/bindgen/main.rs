//! `bindgen WASM FOLDER`: writes the bindings of a compiled crate, as `wasm-bindgen --target web` does.

use std::env::args_os;
use std::error::Error;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<(), Box<dyn Error>> {
    let mut paths = args_os().skip(1);
    let (Some(wasm), Some(folder), None) = (paths.next(), paths.next(), paths.next()) else {
        return Err("usage: bindgen WASM FOLDER".into());
    };
    let mut bindgen = Bindgen::new();
    bindgen.input_path(wasm).web(true)?.typescript(true).generate(folder)?;
    Ok(())
}
