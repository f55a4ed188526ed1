//! An echo server over `std::net`, with a thread for each connection:
//! `cargo run --release --example blocking [ADDRESS [IDLE_SECONDS]]`.
//!
//! Each connection allocates its buffers once, and no message allocates. A message that arrived in
//! one read is echoed straight from the read buffer. The text "bye" is answered with a Close.
//!
//! There is no opening handshake: clients send frames from the first byte.

use std::error::Error;
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};
use wsparse::{
    Assembler, CloseCode, Connection, Due, Header, Input, Limits, Message, Phase, Received,
    Timeouts,
};

const ADDRESS: &str = "127.0.0.1:9001";

/// The size of the buffers for reading and for writing.
const BUFFER: usize = 16 << 10;

/// For messages that arrive in pieces. Memory that no message has reached costs nothing.
const MESSAGE: usize = 4 << 20;

fn main() -> ExitCode {
    match listen() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("blocking: {error}");
            ExitCode::FAILURE
        }
    }
}

fn listen() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| ADDRESS.to_owned());
    let mut timeouts = Timeouts::default();
    if let Some(seconds) = arguments.next() {
        let idle = Duration::try_from_secs_f64(seconds.parse()?)?;
        timeouts = Timeouts { idle, answer: idle, ..timeouts };
    }

    let listener = TcpListener::bind(&address).map_err(|error| format!("{address}: {error}"))?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, peer) = match listener.accept() {
            Ok(accepted) => accepted,
            Err(error) => {
                eprintln!("cannot accept: {error}");
                thread::sleep(Duration::from_millis(100)); // until a file may be free
                continue;
            }
        };
        let handle = move || match serve(&stream, &timeouts) {
            Ok(ending) => eprintln!("{peer}: {ending}"),
            Err(error) => eprintln!("{peer}: {error}"),
        };
        if let Err(error) = thread::Builder::new().spawn(handle) {
            eprintln!("{peer}: cannot start a thread: {error}");
        }
    }
}

/// Serves a connection, after its opening handshake, until it ends. Describes how it ended.
pub(crate) fn serve(stream: &TcpStream, timeouts: &Timeouts) -> Result<String, Box<dyn Error>> {
    stream.set_nodelay(true)?; // `output` gathers small frames
    stream.set_write_timeout(Some(timeouts.answer))?;
    let clock = Instant::now();
    let mut input = vec![0; BUFFER];
    let mut memory = vec![0; MESSAGE];
    let mut assembler = Assembler::new(memory.as_mut_slice());
    let mut output = BufWriter::with_capacity(BUFFER, stream);
    let mut connection = Connection::server(Limits::DEFAULT);

    loop {
        output.write_all(connection.transmit(&mut [0; Connection::MAX_TRANSMIT])?)?;
        output.flush()?;
        if connection.should_close() {
            // §7.1.1: dropping a socket with unread bytes may lose the Close.
            _ = stream.shutdown(Shutdown::Write);
        }

        let now = clock.elapsed();
        match connection.tick(now, timeouts) {
            Due::Wait { until } => stream.set_read_timeout(until.checked_sub(now))?,
            Due::Ping => continue,
            Due::GiveUp => return Ok(format!("gave up: {}", ending(&connection))),
        }
        let mut reader = stream;
        match reader.read(&mut input) {
            Ok(0) => {
                connection.handle_eof();
                return Ok(ending(&connection));
            }
            Ok(len) => {
                let read = Input::new(input.get_mut(..len).unwrap_or_default());
                echo(&mut connection, read, &mut assembler, &mut output)?;
            }
            Err(error) if is_time_out(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Decodes the bytes of one read, and echoes the messages in them.
fn echo(
    connection: &mut Connection,
    mut input: Input<'_>,
    assembler: &mut Assembler<&mut [u8]>,
    output: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    // After an error, the Close that reports it is waiting in `transmit`.
    while let Ok(Some(received)) = connection.next(&mut input, assembler) {
        let message = match received {
            Received::Message(message) => message,
            Received::Ping(payload) => {
                let mut pong = [0; Connection::MAX_TRANSMIT];
                output.write_all(connection.pong(payload, &mut pong)?)?;
                continue;
            }
            _ => continue,
        };
        // §5.5.1: no message may be sent after this side's Close.
        if connection.phase() != Phase::Open {
            continue;
        }
        if message == Message::Text("bye") {
            let mut close = [0; Connection::MAX_TRANSMIT];
            output.write_all(connection.close(CloseCode::NORMAL, "bye", &mut close)?)?;
        } else {
            // `BufWriter` gathers small messages, and writes large ones without copying them.
            output.write_all(connection.encode_header(message, &mut [0; Header::MAX_LEN])?)?;
            output.write_all(message.as_bytes())?;
        }
    }
    Ok(())
}

fn is_time_out(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

fn ending(connection: &Connection) -> String {
    match (connection.phase(), connection.close_code()) {
        (Phase::Failed(error), _) => format!("the peer broke a rule: {error}"),
        (Phase::Closed(side), Some(code)) => format!("closed by {side:?}: {code}"),
        _ => "ended without a Close".to_owned(),
    }
}
