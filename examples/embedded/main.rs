//! Runs the main loop of a small device over TCP, one connection at a time:
//! `cargo run --release --example embedded [ADDRESS]`.
//!
//! `firmware.rs` is the device, with 512 bytes of buffers and no allocation. It obeys the text
//! messages "led on" and "led off", and echoes binary ones. There is no opening handshake: clients
//! send frames from the first byte.

pub(crate) mod firmware;

use firmware::{Buffers, Stop, serve};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use wsparse::{Assembler, Connection, Timeouts};

const ADDRESS: &str = "127.0.0.1:9002";

fn main() -> ExitCode {
    let address = std::env::args().nth(1).unwrap_or_else(|| ADDRESS.to_owned());
    match run(&address) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("embedded: {address}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(address: &str) -> io::Result<()> {
    let listener = TcpListener::bind(address)?;
    println!(
        "RAM for a connection, in bytes: buffers {}, Connection {}, Assembler {}",
        size_of::<Buffers>(),
        size_of::<Connection>(),
        size_of::<Assembler<&mut [u8]>>(),
    );
    println!("listening on {}", listener.local_addr()?);
    let mut buffers = Buffers::new();
    loop {
        let (stream, peer) = listener.accept()?;
        match over_tcp(&mut buffers, &stream, &Timeouts::default()) {
            Ok(()) => {}
            Err(Stop::Transport(error)) => eprintln!("{peer}: {error}"),
            Err(Stop::Send(error)) => eprintln!("{peer}: {error}"),
            Err(Stop::TimeOut) => eprintln!("{peer}: timed out"),
        }
    }
}

pub(crate) fn over_tcp(
    buffers: &mut Buffers,
    stream: &TcpStream,
    timeouts: &Timeouts,
) -> Result<(), Stop<io::Error>> {
    let start = Instant::now();
    // So that the loop checks its time-outs now and then.
    stream.set_read_timeout(Some(Duration::from_millis(500))).map_err(Stop::Transport)?;
    stream.set_write_timeout(Some(timeouts.answer)).map_err(Stop::Transport)?;
    stream.set_nodelay(true).map_err(Stop::Transport)?;
    let (mut reader, mut writer) = (stream, stream);
    let phase = serve(
        buffers,
        timeouts,
        |input| match reader.read(input) {
            Ok(len) => Ok(Some(len)),
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => Ok(None),
                _ => Err(error),
            },
        },
        |output| writer.write_all(output),
        || _ = stream.shutdown(Shutdown::Write),
        || start.elapsed(),
        |on| println!("the led is {}", if on { "on" } else { "off" }),
    )?;
    eprintln!("{phase:?}");
    Ok(())
}
