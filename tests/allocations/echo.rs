//! The server of `echo` allocates nothing for a message: its loop runs in this process, on a thread
//! whose allocations are counted.

#![allow(dead_code, reason = "the command line is not read here")]

#[path = "../../examples/echo/args.rs"]
pub mod args;
#[cfg_attr(feature = "deflate", path = "../../examples/echo/deflate.rs")]
#[cfg_attr(not(feature = "deflate"), path = "../../examples/echo/plain.rs")]
pub mod deflate;
#[path = "../../examples/echo/http.rs"]
pub mod http;
#[path = "../../examples/echo/log.rs"]
pub mod log;
#[path = "../../examples/echo/opening.rs"]
pub mod opening;
#[path = "../../examples/echo/output.rs"]
pub mod output;
#[path = "../../examples/echo/peer.rs"]
pub mod peer;
#[path = "../../examples/echo/server.rs"]
pub mod server;
#[path = "../../examples/echo/session.rs"]
pub mod session;
#[path = "../../examples/echo/stop.rs"]
pub mod stop;
#[path = "../../examples/echo/storage.rs"]
pub mod storage;

use crate::COUNTER;
use crate::support::echo::{PATIENCE, REQUEST, RESPONSE, read};
use crate::support::{KEY, sample, write_frame};
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

/// Starts the server on a thread whose allocations are counted.
fn serve(arguments: &[&str], allocations: &'static AtomicU64) -> SocketAddr {
    let arguments = [&["--addr", "127.0.0.1:0"], arguments].concat();
    let arguments = arguments.into_iter().map(str::to_owned);
    let Ok(args::Command::Serve(options)) = args::parse(arguments) else {
        panic!("the command line is wrong");
    };
    let (send, address) = mpsc::channel();
    thread::spawn(move || {
        let server = server::Server::bind(&options).unwrap();
        send.send(server.address()).unwrap();
        COUNTER.set(Some(allocations));
        server.run().unwrap();
    });
    address.recv().unwrap()
}

#[test]
fn messages_do_not_allocate() {
    static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
    let mut stream = TcpStream::connect(serve(&[], &ALLOCATIONS)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(REQUEST).unwrap();
    assert_eq!(read(&mut stream, RESPONSE.len()), RESPONSE);

    // Short messages, messages that take several reads, and fragments with Pings between them.
    let (mut sent, mut expected) = (Vec::new(), Vec::new());
    for len in [0, 5, 125, 126, 20_000, 65_536, 300_000, 1_000_000] {
        let payload = sample(len);
        sent.extend(write_frame(0x82, Some(KEY), &payload));
        sent.extend(write_frame(0x02, Some(KEY), &payload));
        sent.extend(write_frame(0x89, Some(KEY), b"between"));
        sent.extend(write_frame(0x80, Some(KEY), b"end"));
        expected.extend(write_frame(0x82, None, &payload));
        expected.extend(write_frame(0x8A, None, b"between"));
        expected.extend(write_frame(0x82, None, &[&payload, &b"end"[..]].concat()));
    }
    let mut reading = stream.try_clone().unwrap();
    let mut exchange = |rounds| {
        thread::scope(|scope| {
            scope.spawn(|| (0..rounds).for_each(|_| stream.write_all(&sent).unwrap()));
            (0..rounds).for_each(|_| assert!(read(&mut reading, expected.len()) == expected));
        });
        ALLOCATIONS.load(Ordering::Relaxed)
    };
    let first = exchange(5);
    let second = exchange(25);
    assert!(first > 0, "allocations are counted");
    // The largest blocks may still grow if the reads are split differently.
    assert!(second - first <= 8, "{} for {} messages", second - first, 25 * 16);
}

#[cfg(feature = "deflate")]
#[test]
fn compressed_messages_do_not_allocate() {
    use wsparse::deflate::{Agreed, Deflater, Direction, Policy};

    static SHARED: AtomicU64 = AtomicU64::new(0);
    static CONTEXT: AtomicU64 = AtomicU64::new(0);
    for (mode, allocations, direction, lens) in [
        ("shared", &SHARED, Direction::WITHOUT_CONTEXT, [300, 2_000, 50_000]),
        ("context", &CONTEXT, Direction::WITH_CONTEXT, [300, 1_000, 2_000]),
    ] {
        let mut stream = TcpStream::connect(serve(&["--deflate", mode], allocations)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let header = "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
        let request = str::from_utf8(REQUEST).unwrap().replace("\r\n\r\n", header);
        stream.write_all(request.as_bytes()).unwrap();
        let mut response = Vec::new();
        while !response.ends_with(b"\r\n\r\n") {
            response.extend(read(&mut stream, 1));
        }

        let agreed = Agreed { outgoing: direction, incoming: direction };
        let mut deflater = Deflater::new(&Policy::DEFAULT, agreed);
        let mut exchange = |rounds| {
            for len in lens.into_iter().cycle().take(rounds) {
                let mut payload = Vec::new();
                assert!(deflater.compress_to_vec(&sample(len), &mut payload));
                stream.write_all(&write_frame(0xC2, Some(KEY), &payload)).unwrap();
                let start = read(&mut stream, 2);
                assert_eq!(start[0], 0xC2, "the echo is compressed");
                let len = match start[1] {
                    126 => u16::from_be_bytes(read(&mut stream, 2).try_into().unwrap()),
                    len => len.into(),
                };
                read(&mut stream, len.into());
            }
            allocations.load(Ordering::Relaxed)
        };
        let first = exchange(15);
        let second = exchange(75);
        assert!(first > 0, "allocations are counted");
        assert!(second - first <= 2, "{mode}: {} for 75 messages", second - first);
    }
}
