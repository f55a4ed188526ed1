//! The server of `blocking`, its loop in this process.

use crate::COUNTER;
use crate::blocking_example as blocking;
use crate::support::client::{Client, Got, noise};
use std::net::{Shutdown, TcpListener};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use wsparse::{CloseCode, Message, OutgoingFrame, Timeouts};

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

#[test]
fn no_message_allocates() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        COUNTER.set(Some(&ALLOCATIONS));
        let ending = blocking::serve(&stream, &Timeouts::default());
        COUNTER.set(None);
        ending.map_err(|error| error.to_string())
    });

    let mut client = Client::connect(&address);
    let mut round = |len: usize| {
        client.send(Message::Binary(&noise(len)));
        assert_eq!(client.receive(), Got::Binary(noise(len)));
        let text = "ß".repeat(len / 2);
        for fragment in Message::Text(&text).fragments(NonZeroUsize::new(1000).unwrap()) {
            client.send(fragment);
        }
        client.send(OutgoingFrame::ping(b"between").unwrap());
        assert_eq!(client.receive(), Got::Text(text));
        assert_eq!(client.receive(), Got::Pong(b"between".to_vec()));
    };
    round(1);
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    // Its buffers, at least.
    assert!(before >= 3, "{before} allocations");
    for len in (0..100).chain([10_000, 100_000]) {
        round(len);
    }
    assert_eq!(ALLOCATIONS.load(Ordering::Relaxed), before);

    client.close(CloseCode::NORMAL, "");
    assert_eq!(client.receive(), Got::Close(1000, String::new()));
    client.stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(server.join().unwrap().unwrap(), "closed, first Remote: 1000");
}
