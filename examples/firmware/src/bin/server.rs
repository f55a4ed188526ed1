//! An echo server without an allocator, to which a recorded Chromium connects:
//! `cargo run --release --bin server`.

#![no_std]
#![no_main]

use wsparse::handshake::Accept;
use wsparse::{Limits, OpeningError, OutgoingFrame, Role, ServerOpening, Step};
use wsparse_firmware::recording::Recording;
use wsparse_firmware::report::Report;
use wsparse_firmware::{entry, stack};

/// The longest message that Chromium sends.
const MAX_MESSAGE: usize = 70_000;

#[entry]
fn main() -> ! {
    stack::paint();
    let (mut input, mut output) = ([0; MAX_MESSAGE + 125], [0; MAX_MESSAGE + 14]);
    let mut chromium = Recording::new(Role::Server);
    let report = serve(&mut chromium, &mut input, &mut output).expect("the request is a valid one");
    report.print(chromium.is_right(), input.len() + output.len())
}

/// Sends every message back until the client closes the connection.
fn serve(
    socket: &mut Recording,
    input: &mut [u8],
    output: &mut [u8],
) -> Result<Report, OpeningError> {
    let mut opening = ServerOpening::new(input);
    while opening.wants_read() {
        let len = socket.read(opening.space());
        opening.filled(len);
    }
    let accept = Accept { subprotocol: Some("chat"), ..Accept::default() };
    socket.write_head(opening.accept(&accept));

    let opening_size = size_of_val(&opening);
    let mut server = opening.into_endpoint(output, Limits::DEFAULT)?;
    let (mut messages, mut bytes, mut errors) = (0, 0, 0);
    let ping = OutgoingFrame::ping(b"are you there?");
    if ping.and_then(|ping| server.send(ping)).is_err() {
        errors += 1;
    }
    let outcome = loop {
        match server.advance() {
            Step::Message => {
                messages += 1;
                bytes += server.message().as_bytes().len();
                if server.reply(|message, sender| sender.send(message)).is_err() {
                    errors += 1;
                }
            }
            Step::Read => {
                let len = socket.read(server.space());
                server.filled(len);
            }
            Step::Write => {
                socket.write(server.output());
                server.wrote(server.output().len());
            }
            Step::Done(outcome) => break outcome,
            Step::Ping | Step::Pong | Step::Close | Step::Shutdown => {}
        }
    };
    Ok(Report { messages, bytes, errors, outcome, state: [opening_size, size_of_val(&server)] })
}
