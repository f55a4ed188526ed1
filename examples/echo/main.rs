//! An echo server: `cargo run --release --example echo`, then open the address that it prints.
//!
//! One thread asks the operating system which sockets are ready (mio), reads into one buffer, and
//! echoes each message straight from it. The library is used in three files: in `opening.rs` for the
//! opening handshake, in `session.rs` after it, and in `deflate.rs` for compression, which needs the
//! feature `deflate`. The rest deals with sockets.

#[cfg(any(unix, windows))]
mod args;
#[cfg(any(unix, windows))]
#[cfg_attr(not(feature = "deflate"), path = "plain.rs")]
mod deflate;
#[cfg(any(unix, windows))]
mod http;
#[cfg(any(unix, windows))]
mod log;
#[cfg(any(unix, windows))]
mod opening;
#[cfg(any(unix, windows))]
mod output;
#[cfg(any(unix, windows))]
mod peer;
#[cfg(any(unix, windows))]
mod server;
#[cfg(any(unix, windows))]
mod session;
#[cfg(any(unix, windows))]
mod stop;
#[cfg(any(unix, windows))]
mod storage;

use std::process::ExitCode;

#[cfg(any(unix, windows))]
fn main() -> ExitCode {
    use args::Command;
    use std::io::{self, Write};

    let options = match args::parse(std::env::args().skip(1)) {
        Ok(Command::Help) => {
            _ = io::stdout().write_all(args::USAGE.as_bytes());
            return ExitCode::SUCCESS;
        }
        Ok(Command::Serve(options)) => options,
        Err(problem) => {
            log::line(format_args!("echo: {problem}\n\n{}", args::USAGE.trim_end()));
            return ExitCode::from(2);
        }
    };
    let served = server::Server::bind(&options).and_then(|server| {
        let mut stdout = io::stdout();
        // If standard output is a pipe that has been closed, the server runs all the same.
        _ = writeln!(stdout, "listening on http://{}/", server.address());
        _ = stdout.flush();
        server.run()
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::line(format_args!("echo: {error}"));
            ExitCode::FAILURE
        }
    }
}

#[cfg(not(any(unix, windows)))]
fn main() -> ExitCode {
    eprintln!("echo: mio does not support sockets on this operating system");
    ExitCode::FAILURE
}
