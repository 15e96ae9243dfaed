//! Options: what is wrong with them is said, and where.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{engine, folder, json, member, options, text_of, word};

#[wasm_bindgen_test]
async fn an_option_out_of_its_range_is_named() {
    let mut engine = engine(folder("range").await);
    let failure = engine.plan(options(r#", "segmentDuration": 1000"#)).await.expect_err("it is too long");
    assert_eq!(word(&failure, "code"), "OPTION_INVALID");
    assert_eq!(word(&failure, "place.option"), "segmentDuration");
}

#[wasm_bindgen_test]
async fn an_option_of_the_wrong_type_is_refused() {
    for more in [r#", "singleFile": "yes""#, r#", "targets": "cmaf""#, r#", "clear": 3"#] {
        let mut engine = engine(folder("type").await);
        let failure = engine.plan(options(more)).await.expect_err("the type is wrong");
        assert_eq!(word(&failure, "code"), "OPTION_INVALID", "{more}");
    }
}

#[wasm_bindgen_test]
async fn a_plan_says_what_is_going_to_be_written() {
    let mut engine = engine(folder("plan").await);
    let plan = engine.plan(options(r#", "targets": ["dash"]"#)).await.expect("a plan");
    assert_eq!(word(&member(&plan, "tracks"), "0.id"), "video-1");
    assert_eq!(word(&plan, "schemes.dash"), "cenc");
    assert_eq!(word(&member(&plan, "manifests"), "0"), "dash/stream.mpd");
    assert_eq!(word(&member(&plan, "keys"), "0.kid.hex"), "cbbc38b6b50dab53f8263e06b7382aa3");
}

#[wasm_bindgen_test]
async fn the_same_seed_gives_the_same_plan_in_every_worker() {
    let mut plans = Vec::new();
    for _ in 0..2 {
        let mut engine = engine(folder("seed").await);
        plans.push(text_of(&engine.plan(json(r#"{ "seed": "0102" }"#)).await.expect("a plan")));
    }
    assert_eq!(plans[0], plans[1]);
}

#[wasm_bindgen_test]
async fn a_key_that_cannot_be_read_is_refused_without_repeating_it() {
    let mut engine = engine(folder("key").await);
    let failure = engine.plan(json(r#"{ "seed": "01", "keys": ["secret-looking-text"] }"#)).await.expect_err("no key");
    assert_eq!(word(&failure, "code"), "KEY_INVALID");
    assert!(!text_of(&failure).contains("secret-looking"), "{}", text_of(&failure));
}
