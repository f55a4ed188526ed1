//! A client for the terminal: `cargo run --release --example client ws://127.0.0.1:9999`.
//!
//! Sends the lines of standard input as text messages, and prints the messages that it receives.
//! The library is used in three files: in `opening.rs` for the opening handshake, in `session.rs` after
//! it, and in `deflate.rs` for compression, which needs the feature `deflate`.

#[cfg_attr(not(feature = "deflate"), path = "plain.rs")]
mod deflate;
mod opening;
mod session;

use std::io::{self, Write};
use std::process::ExitCode;
use wsparse::handshake::Uri;

const USAGE: &str = "\
Usage: client URI

Connects to a WebSocket (RFC 6455) at ws://host[:port][/path][?query]. Sends each
line of standard input as a text message, and prints each message it receives as
a line. At the end of the input it closes the connection with 1000, prints the
messages that still arrive, and exits when the server has closed.

A build with the feature `deflate` offers compression (RFC 7692), and says on
standard error what was negotiated.

  -h, --help  print this text

Exit code: 0 if this side closed the connection, or the server did with 1000 or
without a code; 1 if the connection could not be opened, failed, or was closed
with another code; 2 if the command line is wrong.
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

/// The error is a message for the user.
fn run(uri: &str) -> Result<(), String> {
    let uri = Uri::parse(uri).map_err(|error| format!("{uri}: {error}"))?;
    if uri.secure() {
        return Err("wss:// needs TLS, which this client does not support".into());
    }
    let generator = session::generator()?;
    let opened = opening::open(uri, generator)?;
    if let Some(description) = opened.negotiated.description() {
        complain(&format!("client: {description}"));
    }
    session::run(opened)
}

/// Prints a line on standard error. If that is closed, there is nothing left to do.
fn complain(text: &str) {
    _ = io::stderr().write_all(format!("{text}\n").as_bytes());
}
