//! The example `embedded`, run as a user would run it. `checks/no-panic` compiles its loop for a
//! Cortex-M4.

use crate::embedded_example as embedded;
use crate::embedded_example::firmware::{self, Buffers, Stop};
use crate::support::client::{Client, Got, noise, violations};
use crate::support::program::Server;
use crate::support::{KEY, write_frame};
use std::cell::Cell;
use std::io::{BufRead, ErrorKind, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::num::NonZeroUsize;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use wsparse::{CloseCode, Message, OutgoingFrame, Phase, Side, Timeouts};

fn start() -> Server {
    Server::start("embedded", &["127.0.0.1:0"])
}

fn text(text: &str) -> Got {
    Got::Text(text.to_owned())
}

#[test]
fn it_prints_how_much_memory_it_needs() {
    let server = start();
    let numbers: Vec<u32> = server.said[0]
        .split(|at: char| !at.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect();
    assert_eq!(numbers.len(), 3, "{:?}", server.said);
    assert_eq!(numbers[0], 512);
    // Less than 1 KiB together.
    assert!(numbers.iter().sum::<u32>() < 1024, "{:?}", server.said);
}

#[test]
fn commands_are_obeyed() {
    let mut server = start();
    let mut client = Client::connect(&server.address);
    for (command, reply) in [("led on", "the led is on"), ("led off", "the led is off")] {
        client.send(Message::Text(command));
        assert_eq!(client.receive(), text(reply));
        let mut line = String::new();
        server.stdout.read_line(&mut line).unwrap();
        assert_eq!(line.trim_end(), reply);
    }
    client.send(Message::Text("fly"));
    assert_eq!(client.receive(), text("the commands are: led on, led off"));
}

#[test]
fn the_longest_frames_fit_in_512_bytes() {
    let server = start();
    let mut client = Client::connect(&server.address);
    for len in 0..=125 {
        client.send(Message::Binary(&noise(len)));
        assert_eq!(client.receive(), Got::Binary(noise(len)), "{len}");
    }
    // A message in two fragments with the longest possible Ping between them, byte by byte.
    let bytes = noise(125);
    let mut fragments = Message::Binary(&bytes).fragments(NonZeroUsize::new(124).unwrap());
    let mut sent = client.encode(fragments.next().unwrap());
    sent.extend(client.encode(OutgoingFrame::ping(&bytes).unwrap()));
    sent.iter().for_each(|byte| client.write(&[*byte]));
    assert_eq!(client.receive(), Got::Pong(bytes.clone()));
    client.send(fragments.next().unwrap());
    assert_eq!(client.receive(), Got::Binary(bytes));
}

#[test]
fn many_commands_in_one_read() {
    let server = start();
    let mut client = Client::connect(&server.address);
    let command = client.encode(Message::Text("led on"));
    client.write(&command.repeat(100));
    for _ in 0..100 {
        assert_eq!(client.receive(), text("the led is on"));
    }
}

#[test]
fn the_client_closes_and_another_comes() {
    let server = start();
    for _ in 0..3 {
        let mut client = Client::connect(&server.address);
        client.send(Message::Text("led off"));
        assert_eq!(client.receive(), text("the led is off"));
        client.close(CloseCode::NORMAL, "");
        assert_eq!(client.receive(), Got::Close(1000, String::new()));
        assert_eq!(client.receive(), Got::End);
    }
    // One that leaves without a Close.
    drop(Client::connect(&server.address));
    let mut client = Client::connect(&server.address);
    client.send(Message::Binary(b"next"));
    assert_eq!(client.receive(), Got::Binary(b"next".to_vec()));
}

#[test]
fn violations_are_answered_with_their_code() {
    let server = start();
    for (name, bytes, code) in violations() {
        assert_eq!(Client::connect(&server.address).violate(&bytes), code, "{name}");
    }
    // One byte more than fits in the memory.
    let mut client = Client::connect(&server.address);
    let long = client.encode(Message::Binary(&noise(126)));
    assert_eq!(client.violate(&long), 1009);
}

/// The result of running the device on given reads, one per second.
struct Ran {
    result: Result<Phase, Stop<()>>,
    /// After how many seconds it ended.
    ended: u64,
    written: Vec<u8>,
    /// How many bytes it had written when it ended its half of the stream.
    shut: Option<usize>,
}

fn run(reads: impl IntoIterator<Item = Option<Vec<u8>>>) -> Ran {
    let (now, written, shut) = (Cell::new(0), Cell::new(Vec::new()), Cell::new(None));
    let mut reads = reads.into_iter();
    let result = firmware::serve(
        &mut Buffers::new(),
        &Timeouts::default(),
        |buffer| {
            now.set(now.get() + 1);
            let read = reads.next().expect("the device has not ended");
            Ok(read.map(|bytes| {
                buffer[..bytes.len()].copy_from_slice(&bytes);
                bytes.len()
            }))
        },
        |bytes| {
            assert_eq!(shut.get(), None);
            written.set([written.take(), bytes.to_vec()].concat());
            Ok(())
        },
        || {
            let so_far = written.take();
            shut.set(Some(so_far.len()));
            written.set(so_far);
        },
        || Duration::from_secs(now.get()),
        |_| {},
    );
    Ran { result, ended: now.get(), written: written.into_inner(), shut: shut.get() }
}

fn masked(first: u8, payload: &[u8]) -> Option<Vec<u8>> {
    Some(write_frame(first, Some(KEY), payload))
}

#[test]
fn a_silent_peer_is_pinged_then_given_up() {
    let silence = || std::iter::repeat_n(None, 100);
    let ran = run(silence());
    assert!(matches!(ran.result, Err(Stop::TimeOut)));
    assert_eq!((ran.written, ran.shut, ran.ended), (b"\x89\x00".to_vec(), None, 50));
    // Any Pong shows that the peer is alive.
    let reads = silence().take(40).chain([masked(0x8A, b"!")]).chain(silence());
    let ran = run(reads);
    assert!(matches!(ran.result, Err(Stop::TimeOut)));
    assert_eq!((ran.written, ran.ended), (b"\x89\x00\x89\x00".to_vec(), 41 + 50));
}

/// §7.1.1: after the Close the device waits until the peer ends the stream, but not for ever.
#[test]
fn a_peer_that_trickles_after_its_close_is_given_up() {
    let trickle = || std::iter::repeat_n(Some(vec![0x81]), 100);
    let table = [
        (masked(0x88, b"\x03\xe8"), &b"\x88\x02\x03\xe8"[..]),
        (Some(vec![0x01, 0x00]), b"\x88"), // unmasked
    ];
    for (first, answer) in table {
        let ran = run([first].into_iter().chain(trickle()));
        assert!(matches!(ran.result, Err(Stop::TimeOut)));
        assert!(ran.written.starts_with(answer));
        assert_eq!((ran.shut, ran.ended), (Some(ran.written.len()), 1 + 5));
    }
}

#[test]
fn it_reads_on_until_the_peer_has_ended_the_stream() {
    let close = || masked(0x88, b"");
    let ran = run([close(), None, Some(vec![7; 100]), None, Some(Vec::new())]);
    assert!(matches!(ran.result, Ok(Phase::Closed(Side::Remote))));
    assert_eq!((ran.written, ran.shut, ran.ended), (b"\x88\x00".to_vec(), Some(2), 5));
    let ran = run([Some(Vec::new())]);
    assert!(matches!(ran.result, Ok(Phase::Cut)));
    assert_eq!((ran.written, ran.shut), (Vec::new(), None));
}

#[test]
fn each_ping_of_a_read_is_answered() {
    let pings = [masked(0x89, b"1"), masked(0x89, b"2"), masked(0x82, b"m"), masked(0x89, b"")];
    let pings = pings.into_iter().flatten().flatten().collect();
    let ran = run([Some(pings), Some(Vec::new())]);
    assert_eq!(ran.written, b"\x8a\x011\x8a\x012\x82\x01m\x8a\x00");
}

/// Runs the program over TCP for one connection with these time-outs.
fn over_tcp(timeouts: Timeouts) -> (TcpStream, JoinHandle<Result<(), Stop<std::io::Error>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        embedded::over_tcp(&mut Buffers::new(), &stream, &timeouts)
    });
    (TcpStream::connect(address).unwrap(), server)
}

/// The device ends its half at once, and reads until the peer ends the other one.
#[test]
fn the_end_of_the_stream() {
    let timeouts = Timeouts { close: Duration::MAX, ..Timeouts::default() };
    let (stream, server) = over_tcp(timeouts);
    let mut client = Client::over(stream);
    client.close(CloseCode::NORMAL, "");
    assert_eq!(client.receive(), Got::Close(1000, String::new()));
    assert_eq!(client.receive(), Got::End);
    // This would fail if the device had dropped its socket.
    client.write(&vec![7; 16 << 20]);
    client.stream.shutdown(Shutdown::Write).unwrap();
    assert!(matches!(server.join().unwrap(), Ok(())));
}

#[test]
fn a_peer_that_does_not_read_is_given_up() {
    let answer = Duration::from_millis(100);
    let (mut stream, server) = over_tcp(Timeouts { answer, ..Timeouts::default() });
    stream.set_write_timeout(Some(Duration::from_secs(60))).unwrap();
    let messages = write_frame(0x82, Some(KEY), &[0; 125]).repeat(1_000);
    while stream.write_all(&messages).is_ok() {}
    drop(stream);
    let Err(Stop::Transport(error)) = server.join().unwrap() else { panic!("not a write error") };
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
}
