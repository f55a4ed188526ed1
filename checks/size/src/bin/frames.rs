//! Parses and unmasks all frames of a read.
#![no_std]
#![no_main]

use size::{input, sink};
use wsparse::Frames;

#[unsafe(no_mangle)]
extern "C" fn _start() {
    for frame in Frames::new(input()) {
        match frame {
            Ok(frame) => {
                sink(frame.payload.len());
                sink(frame.header.opcode() as usize);
            }
            Err(error) => sink(error.rule() as usize),
        }
    }
}
