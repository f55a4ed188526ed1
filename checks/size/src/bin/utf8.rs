//! Unmasks and validates a part of a text.
#![no_std]
#![no_main]

use size::{input, sink};
use wsparse::Utf8;

#[unsafe(no_mangle)]
extern "C" fn _start() {
    let mut text = Utf8::new();
    sink(usize::from(text.unmask(input(), [1, 2, 3, 4], 0).is_ok()));
}
