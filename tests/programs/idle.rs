//! The memory of idle connections of the example `echo`. It is not run by default, because it needs
//! a release build and many file descriptors:
//!
//! ```text
//! ulimit -n 20000
//! cargo build --release --examples
//! cargo test --release --test programs idle -- --ignored --nocapture
//! ```
//!
//! With `--features deflate` in both commands, the connections also exchange a compressed message.

use crate::support::echo::{Echo, read};
use crate::support::program::memory;
use crate::support::{KEY, write_frame};
use std::io::Write;
use std::net::TcpStream;

const CONNECTIONS: usize = 8_000;
/// Resident memory for each connection, in bytes, as on x86-64 with glibc.
const MAX: usize = 270;

/// Opens connections that exchange one small message, and keeps them.
fn open(echo: &Echo, count: usize) -> Vec<TcpStream> {
    let exchange = |_| {
        #[cfg(not(feature = "deflate"))]
        let mut stream = echo.open();
        #[cfg(feature = "deflate")]
        let mut stream = open_compressed(echo);
        stream.write_all(&write_frame(0x81, Some(KEY), b"Hello")).unwrap();
        assert_eq!(read(&mut stream, 7), b"\x81\x05Hello");
        stream
    };
    (0..count).map(exchange).collect()
}

#[cfg(feature = "deflate")]
fn open_compressed(echo: &Echo) -> TcpStream {
    use wsparse::deflate::{Agreed, Deflater, Direction, Policy};

    let (mut stream, answer) = echo.open_with("permessage-deflate");
    assert!(answer.contains("server_no_context_takeover"));
    let alone = Direction::WITHOUT_CONTEXT;
    let agreed = Agreed { outgoing: alone, incoming: alone };
    let mut payload = Vec::new();
    assert!(Deflater::new(&Policy::DEFAULT, agreed).compress_to_vec(&[b'a'; 500], &mut payload));
    stream.write_all(&write_frame(0xC1, Some(KEY), &payload)).unwrap();
    let start = read(&mut stream, 2);
    assert_eq!(start[0], 0xC1);
    read(&mut stream, start[1].into());
    stream
}

#[test]
#[ignore = "needs a release build and many file descriptors"]
fn idle_connections_are_small() {
    let echo = Echo::start(&[]);
    // What the server needs once.
    drop(open(&echo, 1));
    let before = memory(echo.id(), "VmRSS:");
    let streams = open(&echo, CONNECTIONS);
    let more = memory(echo.id(), "VmRSS:").saturating_sub(before);
    drop(streams);
    let each = (more << 10) as usize / CONNECTIONS;
    println!("{each} bytes of resident memory for each of {CONNECTIONS} idle connections");
    assert!(each <= MAX, "more than {MAX}");
}
