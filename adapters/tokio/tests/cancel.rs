//! Futures that are dropped at every await, over a stream that is pending before each byte.

mod support;

use futures_util::FutureExt;
use std::pin::pin;
use support::{Trickle, frame};
use tokio::task::yield_now;
use wsparse_tokio::wsparse::{CloseCode, Message};
use wsparse_tokio::{Config, Error, WebSocket};

/// A server after its opening handshake.
fn server(stream: Trickle) -> WebSocket<Trickle> {
    Config::DEFAULT.upgraded(stream, Vec::new())
}

/// Calls `next` and drops the future after each poll, until it is ready.
async fn next(socket: &mut WebSocket<Trickle>) -> Result<Option<String>, Error> {
    loop {
        if let Some(ready) = socket.next().now_or_never() {
            return ready.map(|message| message.map(|message| format!("{message:?}")));
        }
        yield_now().await;
    }
}

#[tokio::test]
async fn next_dropped_at_every_await_loses_nothing() {
    let input = [
        frame(0x81, b"one"),
        frame(0x02, b"tw"),
        frame(0x89, b"ping"),
        frame(0x80, b"o"),
        frame(0x81, "Grüße".as_bytes()),
        frame(0x88, &[0x0f, 0xa0]),
    ]
    .concat();
    let stream = Trickle::new(&input);
    let mut socket = server(stream.clone());
    for expected in ["Text(\"one\")", "Binary([116, 119, 111])", "Text(\"Grüße\")"] {
        assert_eq!(next(&mut socket).await.unwrap().as_deref(), Some(expected));
    }
    assert_eq!(next(&mut socket).await.unwrap(), None);
    assert_eq!(socket.reader.close_code(), CloseCode::new(4000));
    assert_eq!(stream.written(), b"\x8a\x04ping\x88\x02\x0f\xa0");
}

#[tokio::test]
async fn accepting_loses_no_frames_that_came_with_the_request() {
    let request = b"GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Version: 13\r\n\r\n";
    let input = [request.as_slice(), &frame(0x81, b"early"), &frame(0x88, b"")].concat();
    let stream = Trickle::new(&input);
    let mut socket = Config::DEFAULT.accept(stream.clone()).await.unwrap();
    assert_eq!(next(&mut socket).await.unwrap().as_deref(), Some("Text(\"early\")"));
    assert_eq!(next(&mut socket).await.unwrap(), None);
    assert!(stream.written().ends_with(b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x88\x00"));
}

/// Polls a send `polls` times and drops it, then receives. Everything must be written once.
async fn drop_send_after(polls: usize, payload: &[u8]) -> bool {
    let input = [frame(0x89, b"ping"), frame(0x81, b"hello"), frame(0x88, b"")].concat();
    let stream = Trickle::new(&input);
    let mut socket = server(stream.clone());
    let mut is_complete = false;
    {
        let mut send = pin!(socket.writer.send(payload));
        let mut receive = pin!(socket.reader.next());
        let mut is_receiving = true;
        for _ in 0..polls {
            // The Ping arrives while the message is being sent.
            is_receiving = is_receiving && receive.as_mut().now_or_never().is_none();
            is_complete = send.as_mut().now_or_never().is_some();
            if is_complete {
                break;
            }
            yield_now().await;
        }
    }
    while next(&mut socket).await.unwrap().is_some() {}

    let written = stream.written();
    let header = [&[0x82, 127][..], &(payload.len() as u64).to_be_bytes()].concat();
    let [pong, close] = [&b"\x8a\x04ping"[..], b"\x88\x00"];
    let rest = match polls {
        0 => written.strip_prefix(pong).unwrap(),
        _ => {
            let rest = written.strip_prefix(&*header).expect("the header");
            let rest = rest.strip_prefix(payload).expect("the payload");
            rest.strip_prefix(pong).expect("the Pong after the payload")
        }
    };
    assert_eq!(rest, close);
    is_complete
}

#[tokio::test]
async fn send_dropped_half_way_leaves_the_stream_intact() {
    let payload: Vec<u8> = (0..70_000_u32).map(|at| at.to_le_bytes()[0] ^ 0x5a).collect();
    let mut polls = 0;
    while !drop_send_after(polls, &payload).await {
        polls += 1;
        assert!(polls < 10_000);
    }
    assert!(polls > 100, "{polls}");
}

#[tokio::test]
async fn what_is_queued_is_written_before_the_reader_waits() {
    let stream = Trickle::new(&frame(0x88, b""));
    let mut socket = server(stream.clone());
    socket.writer.queue("one").unwrap();
    socket.writer.queue(Message::Binary(b"two")).unwrap();
    assert_eq!(next(&mut socket).await.unwrap(), None);
    assert_eq!(stream.written(), b"\x81\x03one\x82\x03two\x88\x00");
}
