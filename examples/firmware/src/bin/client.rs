//! A client without an allocator, which connects to a recorded server:
//! `cargo run --release --bin client`.

#![no_std]
#![no_main]

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use wsparse::handshake::{Key, Offer, Uri};
use wsparse::{ClientOpening, CloseCode, Limits, OpeningError, Role, Step, masking_keys};
use wsparse_firmware::recording::Recording;
use wsparse_firmware::report::Report;
use wsparse_firmware::{entry, stack};

/// The longest message that the server sends.
const MAX_MESSAGE: usize = 70_000;

/// How many messages the server sends.
const MESSAGES: usize = 10;

/// The seed of the masking keys, and the nonce of the handshake. A device must take both from its
/// generator of random numbers. Here, each run is the same, and the nonce is that of the recorded browser.
const SEED: [u8; 32] = *b"unpredictable, except for a test";
const NONCE: &[u8] = b"GMyoZr+RAutuIsQgA1PhbA==";

#[entry]
fn main() -> ! {
    stack::paint();
    let (mut input, mut output) = ([0; MAX_MESSAGE + 125], [0; MAX_MESSAGE + 14]);
    let mut server = Recording::new(Role::Client);
    let report = run(&mut server, &mut input, &mut output).expect("the server accepts the offer");
    report.print(server.is_right(), input.len() + output.len())
}

/// Sends every message back, and closes the connection after the last one.
fn run(
    socket: &mut Recording,
    input: &mut [u8],
    output: &mut [u8],
) -> Result<Report, OpeningError> {
    let uri = Uri::parse("ws://127.0.0.1:9999/ws")?;
    let offer = Offer { subprotocols: &["chat"], ..Offer::new(uri) };
    let mut opening = ClientOpening::new(&offer, Key::parse(NONCE)?, input);
    socket.write_head(opening.request()?);
    while opening.wants_read() {
        let len = socket.read(opening.space());
        opening.filled(len);
    }

    let opening_size = size_of_val(&opening);
    let keys = masking_keys(ChaCha20Rng::from_seed(SEED));
    let mut client = opening.into_endpoint(output, Limits::DEFAULT, keys)?;
    let (mut messages, mut bytes, mut errors) = (0, 0, 0);
    let outcome = loop {
        match client.advance() {
            Step::Message => {
                messages += 1;
                bytes += client.message().as_bytes().len();
                if client.reply(|message, sender| sender.send(message)).is_err() {
                    errors += 1;
                }
                if messages == MESSAGES && client.close(CloseCode::NORMAL, "done").is_err() {
                    errors += 1;
                }
            }
            Step::Read => {
                let len = socket.read(client.space());
                client.filled(len);
            }
            Step::Write => {
                socket.write(client.output());
                client.wrote(client.output().len());
            }
            Step::Done(outcome) => break outcome,
            Step::Ping | Step::Pong | Step::Close | Step::Shutdown => {}
        }
    };
    Ok(Report { messages, bytes, errors, outcome, state: [opening_size, size_of_val(&client)] })
}
