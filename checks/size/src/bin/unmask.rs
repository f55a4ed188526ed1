//! Unmasks a payload.
#![no_std]
#![no_main]

use size::{input, sink};

#[unsafe(no_mangle)]
extern "C" fn _start() {
    wsparse::unmask(input(), [1, 2, 3, 4]);
    sink(1);
}
