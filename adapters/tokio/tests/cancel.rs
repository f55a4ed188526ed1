//! Futures that are dropped at every await, over a stream that is pending before each byte.

mod support;

use futures_util::FutureExt;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use support::{Trickle, frame};
use tokio::io::duplex;
use tokio::task::yield_now;
use tokio::{join, spawn};
use wsparse_tokio::wsparse::handshake::{Offer, Uri};
use wsparse_tokio::wsparse::{CloseCode, Message, OutgoingFrame};
use wsparse_tokio::{Config, Error, Reader, WebSocket, Writer};

/// A server after its opening handshake.
fn server(stream: Trickle) -> WebSocket {
    Config::DEFAULT.upgraded(stream, Vec::new(), None)
}

/// Calls `next` and drops the future after each poll, until it is ready.
async fn next(socket: &mut WebSocket) -> Result<Option<String>, Error> {
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
async fn what_is_fed_is_written_before_the_reader_waits() {
    let stream = Trickle::new(&frame(0x88, b""));
    let mut socket = server(stream.clone());
    socket.writer.feed("one").await.unwrap();
    socket.writer.feed(b"two").await.unwrap();
    assert_eq!(next(&mut socket).await.unwrap(), None);
    assert_eq!(stream.written(), b"\x81\x03one\x82\x03two\x88\x00");
}

/// A generator of Lehmer, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0 * 48_271 % 0x7fff_ffff;
        self.0 % end
    }
}

/// Polls a future some times, and returns what it returned unless it was dropped before.
async fn some_polls<T>(random: &mut Random, future: impl Future<Output = T>) -> Option<T> {
    let (mut future, mut left) = (pin!(future), random.below(6));
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await
}

const MESSAGES: u32 = 60;

/// A message of up to 100 KB, which starts with its number.
fn numbered(number: u32) -> Vec<u8> {
    let len = [4, 100, 1_000, 20_000, 100_000][number as usize * 7 % 5];
    let mut message = number.to_be_bytes().to_vec();
    message.extend((4..len).map(|at: u32| at.to_be_bytes()[3] ^ number.to_be_bytes()[3]));
    message
}

/// Sends all messages and some Pings, and drops many of the futures. Returns the numbers of the
/// messages whose futures were ready.
async fn send(mut writer: Writer, mut random: Random) -> Vec<u32> {
    let mut sent = Vec::new();
    for number in 0..MESSAGES {
        if random.below(3) == 0 {
            let ping = OutgoingFrame::ping(b"ping").unwrap();
            _ = some_polls(&mut random, writer.send(ping)).await;
        }
        let message = numbered(number);
        match random.below(4) {
            0 => {
                writer.feed(&message).await.unwrap();
                sent.push(number);
            }
            1 => {
                writer.send(&message).await.unwrap();
                sent.push(number);
            }
            _ => sent.extend(some_polls(&mut random, writer.send(&message)).await.map(|ready| {
                ready.unwrap();
                number
            })),
        }
    }
    writer.close(CloseCode::NORMAL, "").await.unwrap();
    sent
}

/// Receives until the end, and drops many of the futures. Returns the numbers of the messages.
async fn receive(mut reader: Reader, mut random: Random) -> Vec<u32> {
    let mut received = Vec::new();
    loop {
        match some_polls(&mut random, reader.next()).await {
            None => yield_now().await,
            Some(Ok(Some(message))) => {
                let number = u32::from_be_bytes(*message.as_bytes().first_chunk().unwrap());
                assert!(message == Message::Binary(&numbered(number)), "{number}");
                received.push(number);
            }
            Some(Ok(None)) => return received,
            Some(Err(error)) => panic!("{error:?}"),
        }
    }
}

/// With the feature `deflate`, messages are compressed in some runs.
#[cfg(feature = "deflate")]
fn config(seed: u64) -> Config {
    use wsparse_tokio::wsparse::deflate::{Direction, Policy};
    let direction = match seed {
        1 | 2 => Direction::WITHOUT_CONTEXT,
        3 | 4 => Direction::WITH_CONTEXT,
        _ => return Config::DEFAULT,
    };
    let policy = Policy { outgoing: direction, incoming: direction, ..Policy::DEFAULT };
    Config { deflate: Some(policy), ..Config::DEFAULT }
}

#[cfg(not(feature = "deflate"))]
fn config(_: u64) -> Config {
    Config::DEFAULT
}

/// One side sends, and both receive, in tasks of their own on several threads.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn halves_whose_futures_are_dropped_at_random() {
    for seed in 1..=20 {
        let (client, server) = duplex([100, 1_000, 50_000][seed as usize % 3]);
        let offer = Offer::new(Uri::parse("ws://example.com/").unwrap());
        let config = config(seed);
        let (client, server) = join!(config.client(client, &offer), config.accept(server));
        let (client, server) = (client.unwrap().split(), server.unwrap().split());
        let (random, other) = (Random(seed), Random(seed + 1_000));
        let ((reader, writer), (other_reader, other_writer)) =
            if seed % 2 == 0 { (client, server) } else { (server, client) };
        let sending = spawn(send(other_writer, random));
        let receiving = spawn(receive(reader, other));
        // It answers the Close, and the Pings of the other side.
        let idle = spawn(receive(other_reader, Random(seed + 2_000)));
        let (sent, received) = (sending.await.unwrap(), receiving.await.unwrap());
        assert!(idle.await.unwrap().is_empty());
        drop(writer);
        assert!(received.is_sorted_by(|a, b| a < b), "seed {seed}: {received:?}");
        let lost: Vec<_> = sent.iter().filter(|number| !received.contains(number)).collect();
        assert!(lost.is_empty(), "seed {seed}: {lost:?}");
    }
}
