//! Computes the `Sec-WebSocket-Accept` of a key.
#![no_std]
#![no_main]

use size::{input, sink};
use wsparse::handshake::accept_key;

#[unsafe(no_mangle)]
extern "C" fn _start() {
    if let Ok(key) = accept_key(input()) {
        sink(key.as_str().len());
    }
}
