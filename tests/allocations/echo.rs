//! The server of `echo`, its loop in this process.

#![allow(dead_code, reason = "the command line is not read here")]

#[path = "../../examples/echo/args.rs"]
pub mod args;
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
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

#[test]
fn messages_cost_no_allocations() {
    let (send, address) = mpsc::channel();
    thread::spawn(move || {
        let options = args::Options { addr: "127.0.0.1:0".into(), max_message: 64 << 20 };
        let server = server::Server::bind(&options).unwrap();
        send.send(server.address()).unwrap();
        COUNTER.set(Some(&ALLOCATIONS));
        server.run().unwrap();
    });
    let mut stream = TcpStream::connect(address.recv().unwrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(REQUEST).unwrap();
    assert_eq!(read(&mut stream, RESPONSE.len()), RESPONSE);

    // Short ones, those of more than one read, fragments, and Pings between them.
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
    assert!(first > 0, "it counts");
    // The way to the largest blocks may need a few more reads that fall otherwise; no message does.
    assert!(second - first <= 8, "{} for {} messages", second - first, 25 * 16);
}
