//! A client for the terminal: `cargo run --release --example client ws://127.0.0.1:9999`.
//!
//! Lines of the standard input go out as text messages, what comes back is printed. `session.rs`
//! is where the library is used behind the opening handshake, `opening.rs` before.

mod opening;
mod session;

use std::io::{self, Write};
use std::process::ExitCode;
use wsparse::handshake::Uri;

const USAGE: &str = "\
Usage: client URI

Connects to a WebSocket (RFC 6455) at ws://host[:port][/path][?query], sends
each line of the standard input as a text message, and prints each message that
comes back as a line. At the end of the input it closes with 1000, and ends when
the server has.

  -h, --help  this text

Exit code: 0 when the connection was closed by this side, or by the server with
1000 or without a code; 1 when it could not be opened, was refused, broke, or
was closed otherwise; 2 when the command line is wrong.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let uri = match arguments.as_slice() {
        [option] if option == "-h" || option == "--help" => {
            _ = io::stdout().write_all(USAGE.as_bytes());
            return ExitCode::SUCCESS;
        }
        [uri] if !uri.starts_with('-') => uri,
        _ => {
            complain(USAGE.trim_end());
            return ExitCode::from(2);
        }
    };
    match run(uri) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            complain(&format!("client: {problem}"));
            ExitCode::FAILURE
        }
    }
}

/// The error says what has gone wrong, in words for the user.
fn run(uri: &str) -> Result<(), String> {
    let uri = Uri::parse(uri).map_err(|error| format!("{uri}: {error}"))?;
    if uri.secure() {
        return Err("wss:// needs TLS, which this client does not have".into());
    }
    let generator = session::generator()?;
    let opened = opening::open(uri, generator)?;
    session::run(opened)
}

/// Where nobody reads it, nothing more can be done.
fn complain(text: &str) {
    _ = io::stderr().write_all(format!("{text}\n").as_bytes());
}
