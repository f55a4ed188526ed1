//! Parses a header and reads its fields.
#![no_std]
#![no_main]

use size::{input, sink};
use wsparse::{HeaderView, Status};

#[unsafe(no_mangle)]
extern "C" fn _start() {
    match HeaderView::parse(input()) {
        Ok(Status::Complete(header)) => {
            sink(header.payload_len() as usize);
            sink(header.opcode() as usize);
            if let Some(key) = header.masking_key() {
                sink(u32::from_le_bytes(key) as usize);
            }
        }
        Ok(Status::Incomplete { .. }) => sink(1),
        Err(error) => sink(error.rule() as usize),
    }
}
