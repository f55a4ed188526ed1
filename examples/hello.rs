//! An echo server, one thread per connection: `cargo run --release --example hello [ADDRESS]`.
//!
//! It waits forever for a silent client. `Endpoint::tick` adds time-outs.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::{env::args, error::Error, thread};
use wsparse::{Limits, ServerOpening, Step, handshake::Accept};

fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(args().nth(1).as_deref().unwrap_or("127.0.0.1:9001"))?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, peer) = listener.accept()?;
        thread::spawn(move || println!("{peer}: {:?}", serve(stream)));
    }
}

fn serve(mut stream: TcpStream) -> Result<(), Box<dyn Error>> {
    let mut opening = ServerOpening::new([0; 1 << 16]);
    while opening.wants_read() {
        opening.read_with(|space| stream.read(space))?;
    }
    stream.write_all(opening.accept(&Accept::default()))?;
    let mut server = opening.into_endpoint([0; 1 << 16], Limits::DEFAULT)?;
    loop {
        match server.advance() {
            Step::Message => server.reply(|message, sender| sender.send(message))?,
            Step::Read => server.read_with(|space| stream.read(space))?,
            Step::Write => server.write_with(|output| stream.write(output))?,
            Step::Shutdown => stream.shutdown(Shutdown::Write)?,
            Step::Done(outcome) => return Ok(outcome.map(drop)?),
            Step::Ping | Step::Pong | Step::Close => {}
        }
    }
}
