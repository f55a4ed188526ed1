//! An echo server, one thread per connection: `cargo run --release --example hello [ADDRESS]`.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::{error::Error, thread, time::Duration};
use wsparse::handshake::{Accept, HeadLimits, HeadReader};
use wsparse::{Assembler, Connection, Input, Limits, Received, Status};

/// The memory for a message. 125 bytes of it are kept free for control frames.
const MEMORY: usize = 1 << 20;
const TIMEOUT: Duration = Duration::from_secs(60);

fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:9001".into());
    let listener = TcpListener::bind(address)?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, peer) = listener.accept()?;
        thread::spawn(move || println!("{peer}: {:?}", serve(stream)));
    }
}

fn serve(mut stream: TcpStream) -> Result<(), Box<dyn Error>> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let mut buffer = vec![0; 64 << 10];
    let (mut memory, mut output) = (vec![0; MEMORY], vec![0; MEMORY]);

    // The opening handshake. The first frames may arrive in the same read as the request.
    let (mut reader, mut filled) = (HeadReader::new(HeadLimits::default()), 0);
    let head_len = loop {
        match stream.read(&mut buffer[filled..])? {
            0 => return Ok(()),
            len => filled += len,
        }
        let accepted = match reader.request(&buffer[..filled]) {
            Ok(Status::Incomplete { .. }) => continue,
            Ok(Status::Complete(request)) => request.upgrade().and_then(|upgrade| {
                Ok((Accept::default().write(&upgrade, &mut output)?, request.head_len()))
            }),
            Err(error) => Err(error),
        };
        let (response, head_len) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => return Ok(stream.write_all(error.answer())?),
        };
        stream.write_all(response)?;
        break head_len;
    };

    let mut connection = Connection::server(Limits::DEFAULT);
    let mut assembler = Assembler::new(memory.as_mut_slice());
    let mut input = Input::new(&mut buffer[head_len..filled]);
    loop {
        // If the peer breaks a rule, `transmit` returns the Close that says so.
        while let Ok(Some(received)) = connection.next(&mut input, &mut assembler) {
            stream.write_all(match received {
                Received::Message(message) => connection.send(message, &mut output)?,
                Received::Ping(payload) => connection.pong(payload, &mut output)?,
                Received::Pong(_) | Received::Close(_) => continue,
            })?;
        }
        stream.write_all(connection.transmit(&mut output)?)?;
        if connection.should_close() {
            // Read on until the peer has closed too: dropping unread bytes may lose the Close.
            _ = stream.shutdown(Shutdown::Write);
        }
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            len => input = Input::new(&mut buffer[..len]),
        }
    }
}
