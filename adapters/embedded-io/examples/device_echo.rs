//! An echo server with 1 KiB of buffers for each connection: `cargo run --example device_echo [ADDRESS]`.
//!
//! On a device, `serve` is all that is needed, with a TCP socket of the network stack.

#[path = "support/desktop.rs"]
pub mod desktop;

use desktop::Socket;
use embedded_io_async::{Read, Write};
use std::{env::args, io, net::TcpListener, thread};
use wsparse::Limits;
use wsparse_embedded_io::{Error, WebSocket};

/// The request of a browser fits into the input, and each message that fits into the output.
const INPUT: usize = 768;
const OUTPUT: usize = 256;
const LIMITS: Limits = Limits { max_message: OUTPUT as u64 - 4, ..Limits::DEFAULT };

/// Sends every message back until the peer closes the connection.
pub async fn serve<S: Read + Write>(stream: S) -> Result<(), Error<S::Error>> {
    let mut socket = WebSocket::accept(stream, [0; INPUT], [0; OUTPUT], LIMITS).await?;
    while socket.next().await?.is_some() {
        socket.reply(|message, sender| sender.send(message))?;
    }
    Ok(())
}

fn main() -> io::Result<()> {
    let listener = TcpListener::bind(args().nth(1).as_deref().unwrap_or("127.0.0.1:9001"))?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, peer) = listener.accept()?;
        thread::spawn(move || println!("{peer}: {:?}", desktop::run(serve(Socket(stream)))));
    }
}
