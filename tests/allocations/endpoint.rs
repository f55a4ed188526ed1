//! An endpoint whose buffers are arrays, over a socket, its loop in this process.

use crate::COUNTER;
use crate::support::client::{Client, Got, noise};
use std::error::Error;
use std::hint::black_box;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use wsparse::{CloseCode, Endpoint, Limits, Message, OutgoingFrame, Step};

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

/// Sends every message back, and returns the status code of the peer's Close.
fn serve(mut stream: TcpStream) -> Result<Option<CloseCode>, Box<dyn Error + Send + Sync>> {
    let mut server = Endpoint::server([0; 60_000], [0; 60_000], Limits::DEFAULT);
    loop {
        match server.advance() {
            Step::Message => server.reply(|message, sender| sender.send(message))?,
            Step::Read => server.read_with(|space| stream.read(space))?,
            Step::Write => server.write_with(|output| stream.write(output))?,
            Step::Shutdown => stream.shutdown(Shutdown::Write)?,
            Step::Done(outcome) => return Ok(outcome?),
            Step::Ping | Step::Pong | Step::Close => {}
        }
    }
}

#[test]
fn nothing_allocates() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        COUNTER.set(Some(&ALLOCATIONS));
        // To see that they are counted.
        drop(black_box(Box::new(7)));
        let outcome = serve(stream);
        COUNTER.set(None);
        outcome
    });

    let mut client = Client::connect(&address);
    for len in (0..100).chain([10_000, 50_000]) {
        client.send(Message::Binary(&noise(len)));
        assert_eq!(client.receive(), Got::Binary(noise(len)));
        let text = "ß".repeat(len / 2);
        for fragment in Message::Text(&text).fragments(NonZeroUsize::new(1000).unwrap()) {
            client.send(fragment);
        }
        client.send(OutgoingFrame::ping(b"between").unwrap());
        assert_eq!(client.receive(), Got::Text(text));
        assert_eq!(client.receive(), Got::Pong(b"between".to_vec()));
    }
    client.close(CloseCode::NORMAL, "");
    assert_eq!(client.receive(), Got::Close(1000, String::new()));
    client.stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(server.join().unwrap().unwrap(), Some(CloseCode::NORMAL));
    assert_eq!(ALLOCATIONS.load(Ordering::Relaxed), 1);
}
