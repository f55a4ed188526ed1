//! Accepts an opening handshake, and echoes messages.
#![no_std]
#![no_main]

use size::{echo, input, output, sink};
use wsparse::Status;
use wsparse::handshake::{Accept, HeadLimits, HeadReader};

#[unsafe(no_mangle)]
extern "C" fn _start() {
    let mut reader = HeadReader::new(HeadLimits::default());
    loop {
        match reader.request(input()) {
            Ok(Status::Incomplete { .. }) => {}
            Ok(Status::Complete(request)) => match request.upgrade() {
                Ok(upgrade) => {
                    if let Ok(response) = Accept::default().write(&upgrade, output()) {
                        sink(response.len());
                    }
                    break;
                }
                Err(error) => sink(error.answer().len()),
            },
            Err(error) => sink(error.answer().len()),
        }
    }
    echo();
}
