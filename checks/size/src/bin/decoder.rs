//! Decodes a stream of frames, checks every rule, and validates text.
#![no_std]
#![no_main]

use size::{input, sink};
use wsparse::{Decoder, Event, Input, Limits, Role};

#[unsafe(no_mangle)]
extern "C" fn _start() {
    let mut decoder = Decoder::new(Role::Server, Limits::DEFAULT);
    loop {
        let mut input = Input::new(input());
        while let Ok(Some(event)) = decoder.next(&mut input) {
            match event {
                Event::Data(data) => {
                    sink(data.payload.len());
                    sink(data.boundary as usize);
                }
                Event::Control(opcode, payload) => {
                    sink(opcode as usize);
                    sink(payload.len());
                }
            }
        }
    }
}
