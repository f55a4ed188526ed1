//! Two endpoints that talk as the input says, without and with bytes in between that are the
//! input's: everything arrives once and in order, or as the oracle predicts.
#![no_main]

#[path = "../../tests/oracle/mod.rs"]
mod oracle;
#[path = "../../tests/support/mod.rs"]
mod support;

use libfuzzer_sys::fuzz_target;
use support::talk::{assert_talk, assert_talk_with_noise};

fuzz_target!(|data: &[u8]| {
    match data.split_first() {
        Some((0..=127, script)) => assert_talk(script),
        Some((_, script)) => assert_talk_with_noise(script),
        None => {}
    }
});
