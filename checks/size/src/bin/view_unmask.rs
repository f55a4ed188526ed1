//! Parses a header and unmasks the payload after it.
#![no_std]
#![no_main]

use size::{input, sink};
use wsparse::{HeaderView, Status, unmask};

#[unsafe(no_mangle)]
extern "C" fn _start() {
    let input = input();
    match HeaderView::parse(input) {
        Ok(Status::Complete(header)) => {
            sink(header.payload_len() as usize);
            sink(header.opcode() as usize);
            if let Some(key) = header.masking_key() {
                let len = header.header_len();
                if let Some(payload) = input.get_mut(len..) {
                    unmask(payload, key);
                }
            }
        }
        Ok(Status::Incomplete { .. }) => sink(1),
        Err(error) => sink(error.rule() as usize),
    }
}
