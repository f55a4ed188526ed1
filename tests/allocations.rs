//! That the server of `echo` allocates nothing for a message: its loop in this process, on a thread
//! whose allocations are counted.

#![cfg(all(unix, not(miri), feature = "handshake"))]
#![allow(dead_code, reason = "the command line is not read here")]

#[path = "../examples/echo/args.rs"]
mod args;
#[path = "../examples/echo/http.rs"]
mod http;
#[path = "../examples/echo/log.rs"]
mod log;
#[path = "../examples/echo/opening.rs"]
mod opening;
mod oracle;
#[path = "../examples/echo/output.rs"]
mod output;
#[path = "../examples/echo/peer.rs"]
mod peer;
#[path = "../examples/echo/server.rs"]
mod server;
#[path = "../examples/echo/session.rs"]
mod session;
#[path = "../examples/echo/stop.rs"]
mod stop;
#[path = "../examples/echo/storage.rs"]
mod storage;
mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use support::echo::{PATIENCE, REQUEST, RESPONSE, read};
use support::{KEY, sample, write_frame};

thread_local! {
    static IS_COUNTED: Cell<bool> = const { Cell::new(false) };
}
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

#[expect(unsafe_code, reason = "there is no other way to count allocations")]
// SAFETY: all is left to `System`; what counts allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if IS_COUNTED.try_with(Cell::get).unwrap_or(false) {
            ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        }
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[test]
fn messages_cost_no_allocations() {
    let (send, address) = mpsc::channel();
    thread::spawn(move || {
        let options = args::Options { addr: "127.0.0.1:0".into(), max_message: 64 << 20 };
        let server = server::Server::bind(&options).unwrap();
        send.send(server.address()).unwrap();
        IS_COUNTED.set(true);
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
