//! Time-outs: a socket does what an `Endpoint` does that checks them after each arrival.

use std::io;
use std::mem;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex, split,
};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio::{join, select, spawn};
use wsparse_tokio::wsparse::{
    Close, CloseCode, Due, Endpoint, Failure, Limits, OutgoingFrame, Step, Timeouts,
};
use wsparse_tokio::{Config, Error, WebSocket};

#[path = "support/frame.rs"]
mod support;
use support::frame;

/// Bytes that were sent, and when, since the start of the connection.
type Bytes = Vec<(Duration, Vec<u8>)>;

/// Returns numbers below `end`: those of Knuth's MMIX, the low bits of which are not used.
fn random(state: &mut u64, end: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % end
}

/// What the peer sends: messages, parts of messages, Pings and Pongs.
fn script(state: &mut u64) -> Bytes {
    let mut rest = Vec::new();
    let mut at = Duration::ZERO;
    let mut arrival = || {
        // Never at the same time as a time-out.
        at += Duration::from_secs([0, 1, 1, 3, 7, 11][random(state, 6) as usize]);
        at += Duration::from_millis(7);
        let bytes = match random(state, 10) {
            _ if !rest.is_empty() => mem::take(&mut rest),
            0 => frame(0x89, b"ping"),
            1 => frame(0x8a, b""),
            kind @ (2 | 3) => {
                let mut part = frame(0x82, b"in two parts");
                rest = part.split_off(1 + random(state, 12) as usize);
                // At once, or after a message.
                if kind == 2 { part } else { [frame(0x82, b"message"), part].concat() }
            }
            _ => frame(0x82, b"message"),
        };
        (at, bytes)
    };
    (0..12).map(|_| arrival()).collect()
}

/// Returns what an endpoint sends, and when it gives up.
fn expected(script: &Bytes, timeouts: &Timeouts) -> (Bytes, Duration) {
    let mut endpoint = Endpoint::server(vec![0; 4096], vec![0; 4096], Limits::DEFAULT);
    let mut arrivals = script.iter().peekable();
    let (mut sent, mut now) = (Vec::new(), Duration::ZERO);
    loop {
        loop {
            match endpoint.advance() {
                Step::Read => break,
                Step::Write => {
                    sent.push((now, endpoint.output().to_vec()));
                    endpoint.wrote(endpoint.output().len());
                }
                _ => {}
            }
        }
        match endpoint.tick(now, timeouts) {
            Due::Ping => {}
            Due::GiveUp => return (sent, now),
            Due::Wait { until } => match arrivals.next_if(|(at, _)| *at <= until) {
                Some((at, bytes)) => {
                    now = *at;
                    endpoint.space()[..bytes.len()].copy_from_slice(bytes);
                    endpoint.filled(bytes.len());
                }
                None => now = until,
            },
        }
    }
}

/// Receives messages until the connection fails.
async fn failure(socket: &mut WebSocket) -> Error {
    loop {
        match socket.next().await {
            Ok(message) => assert!(message.is_some()),
            Err(error) => return error,
        }
    }
}

/// Returns what a socket sends, and when it gives up.
async fn actual(script: &Bytes, timeouts: Timeouts) -> (Bytes, Duration) {
    let (stream, peer) = duplex(4096);
    let (mut from, mut to) = split(peer);
    let mut socket = Config { timeouts, ..Config::DEFAULT }.upgraded(stream, [], None);
    let start = Instant::now();
    let mut sent = Vec::new();
    let write = async {
        for (at, bytes) in script {
            sleep_until(start + *at).await;
            to.write_all(bytes).await.unwrap();
        }
    };
    let read = async {
        let mut space = [0; 4096];
        while let Ok(len @ 1..) = from.read(&mut space).await {
            sent.push((start.elapsed(), space[..len].to_vec()));
        }
    };
    let error = select! {
        error = failure(&mut socket) => error,
        _ = async { join!(write, read) } => panic!("the socket has closed the stream"),
    };
    assert!(matches!(error, Error::Failure(_)), "{error:?}");
    (sent, start.elapsed())
}

#[tokio::test(start_paused = true)]
async fn the_time_outs_are_those_of_an_endpoint() {
    let mut state = 1;
    for _ in 0..1000 {
        let script = script(&mut state);
        let mut time = |of: [u64; 3]| Duration::from_secs(of[random(&mut state, 3) as usize]);
        let (idle, answer) = (time([2, 5, 20]), time([1, 5, 30]));
        let timeouts = Timeouts { idle, answer, message: time([6, 25, 1800]), ..Timeouts::DEFAULT };
        let expected = expected(&script, &timeouts);
        assert_eq!(actual(&script, timeouts).await, expected, "{script:?} {timeouts:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn pings_are_counted_if_a_message_follows_each() {
    let (stream, mut peer) = duplex(1 << 16);
    let limits = Limits { max_control_rate: 5, ..Limits::DEFAULT };
    let mut socket = Config { limits, ..Config::DEFAULT }.upgraded(stream, [], None);
    let start = Instant::now();
    let both = [frame(0x89, b"ping"), frame(0x82, b"message")].concat();
    let write = async {
        loop {
            peer.write_all(&both).await.unwrap();
            sleep(Duration::from_millis(100)).await;
        }
    };
    let error = select! {
        () = write => unreachable!(),
        error = failure(&mut socket) => error,
    };
    assert!(error.to_string().contains("control"), "{error}");
    // The end of the stream is waited for.
    assert!(start.elapsed() < Timeouts::DEFAULT.close + Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_ping_is_due_whatever_is_sent() {
    // So small that the writer has to wait, which wakes the reader too.
    let (stream, mut peer) = duplex(10);
    let timeouts = Timeouts { idle: Duration::from_secs(5), ..Timeouts::DEFAULT };
    let socket = Config { timeouts, ..Config::DEFAULT }.upgraded(stream, [], None);
    let start = Instant::now();
    let (mut reader, mut writer) = (socket.reader, socket.writer);
    let receive = async { while reader.next().await.unwrap().is_some() {} };
    let send = async {
        loop {
            writer.send("twenty bytes or more").await.unwrap();
            sleep(Duration::from_secs(1)).await;
        }
    };
    let converse = async {
        sleep(Duration::from_millis(1500)).await;
        peer.write_all(&frame(0x82, b"")).await.unwrap();
        while peer.read_u8().await.unwrap() != 0x89 {}
        assert_eq!(start.elapsed(), Duration::from_millis(6500));
    };
    select! {
        ((), ()) = async { join!(receive, send) } => unreachable!(),
        () = converse => {}
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_answer_a_close_is_given_up_after_the_time_for_it() {
    let (stream, mut peer) = duplex(1000);
    let mut socket = Config::DEFAULT.upgraded(stream, [], None);
    for _ in 0..2 {
        peer.write_all(&frame(0x82, b"message")).await.unwrap();
        assert!(socket.next().await.unwrap().is_some());
        assert!(timeout(Duration::from_secs(1), socket.next()).await.is_err());
    }
    let start = Instant::now();
    socket.close(CloseCode::NORMAL, "").await.unwrap_err();
    assert_eq!(start.elapsed(), Timeouts::DEFAULT.close);
}

#[tokio::test(start_paused = true)]
async fn the_time_outs_are_checked_without_a_wait_if_there_is_more_to_read() {
    let (stream, mut peer) = duplex(1000);
    let mut socket = Config::DEFAULT.upgraded(stream, [], None);
    // The alarm is set.
    assert!(timeout(Duration::from_secs(1), socket.next()).await.is_err());
    let start = Instant::now();
    let receive = async {
        for _ in 0..1000 {
            peer.write_all(&frame(0x82, b"message")).await.unwrap();
            assert!(socket.next().await.unwrap().is_some());
        }
    };
    timeout(Duration::from_secs(1), receive).await.unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
}

/// A stream that returns single bytes.
struct Bytewise(DuplexStream);

impl AsyncRead for Bytewise {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        space: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut byte = space.take(1);
        let read = Pin::new(&mut self.0).poll_read(cx, &mut byte);
        let len = byte.filled().len();
        space.advance(len);
        read
    }
}

/// When a task has used up its budget, tokio's streams and timers are pending whatever happens.
#[tokio::test(start_paused = true)]
async fn the_alarm_is_set_even_if_the_budget_of_the_task_is_spent() {
    for len in [1, 100, 120, 126, 127, 128, 129, 200, 1000] {
        let (stream, mut peer) = duplex(2000);
        peer.write_all(&[0x82, 0xfe, 0x0f, 0xff, 0, 0, 0, 0]).await.unwrap();
        peer.write_all(&vec![0; len]).await.unwrap();
        let stream = tokio::io::join(Bytewise(stream), tokio::io::sink());
        let mut socket = Config::DEFAULT.upgraded(stream, [], None);
        let start = Instant::now();
        let failed = timeout(Duration::from_secs(1000), failure(&mut socket)).await;
        assert!(matches!(failed, Ok(Error::Failure(_))), "{len}: {failed:?}");
        let Timeouts { idle, answer, .. } = Timeouts::DEFAULT;
        assert_eq!(start.elapsed(), idle + answer);
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_pings_is_answered_with_a_close_even_if_silence_follows() {
    let (stream, mut peer) = duplex(1000);
    let limits = Limits { max_control_rate: 5, ..Limits::DEFAULT };
    let mut socket = Config { limits, ..Config::DEFAULT }.upgraded(stream, [], None);
    peer.write_all(&frame(0x89, b"").repeat(6)).await.unwrap();
    let read = async {
        let mut received = [0; 6 * 2 + 4];
        peer.read_exact(&mut received).await.unwrap();
        let (pongs, close) = received.split_at(12);
        assert_eq!(pongs, b"\x8a\x00".repeat(6));
        assert_eq!((close[0], &close[2..]), (0x88, &1008_u16.to_be_bytes()[..]));
        Instant::now()
    };
    let start = Instant::now();
    let (error, closed) = join!(failure(&mut socket), read);
    assert!(matches!(error, Error::Failure(Failure::Rule(_))), "{error:?}");
    assert_eq!(closed, start);
}

/// A stream that cannot be written.
struct Broken;

impl AsyncWrite for Broken {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test(start_paused = true)]
async fn the_reader_does_not_wait_long_after_an_error_of_the_writer() {
    for is_fed in [false, true] {
        let (stream, _peer) = duplex(1000);
        let socket = Config::DEFAULT.upgraded(tokio::io::join(stream, Broken), [], None);
        let (mut reader, mut writer) = socket.split();
        let start = Instant::now();
        // In a task of its own, which the writer must wake.
        let receive = spawn(async move { reader.next().await.is_err() });
        sleep(Duration::from_secs(1)).await;
        let error = loop {
            // Writes only when much is waiting.
            let sent =
                if is_fed { writer.feed(&[0; 1000]).await } else { writer.send("text").await };
            if let Err(error) = sent {
                break error;
            }
        };
        assert!(matches!(error, Error::Io(_)), "{error:?}");
        assert!(receive.await.unwrap());
        assert_eq!(start.elapsed(), Duration::from_secs(1) + Timeouts::DEFAULT.close);
    }
}

#[tokio::test(start_paused = true)]
async fn after_an_error_of_the_writer_the_end_of_the_stream_is_noticed() {
    let (stream, peer) = duplex(1000);
    let mut socket = Config::DEFAULT.upgraded(tokio::io::join(stream, Broken), [], None);
    while socket.writer.feed(&[0; 1000]).await.is_ok() {}
    drop(peer);
    let start = Instant::now();
    socket.next().await.unwrap_err();
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_close_that_is_sent_like_a_message_starts_the_clock() {
    let (stream, _peer) = duplex(1000);
    let (mut reader, mut writer) = Config::DEFAULT.upgraded(stream, [], None).split();
    let start = Instant::now();
    let receive = spawn(async move { reader.next().await.is_err() });
    sleep(Duration::from_secs(1)).await;
    let close = Close { code: Some(CloseCode::NORMAL), reason: "" };
    writer.send(OutgoingFrame::close(close).unwrap()).await.unwrap();
    assert!(receive.await.unwrap());
    assert_eq!(start.elapsed(), Duration::from_secs(1) + Timeouts::DEFAULT.close);
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_does_not_go_on_does_not_delay_the_end_for_ever() {
    let (stream, mut peer) = duplex(10);
    let mut socket = Config::DEFAULT.upgraded(stream, [], None);
    let (reader, writer) = (&mut socket.reader, &mut socket.writer);
    let payload = vec![0; 100_000];
    let mut send = pin!(writer.send(&payload));
    assert!(timeout(Duration::ZERO, &mut send).await.is_err());
    let start = Instant::now();
    let close = async {
        peer.write_all(&frame(0x88, b"")).await.unwrap();
        peer.shutdown().await.unwrap();
    };
    let received =
        timeout(Duration::from_secs(1000), async { join!(reader.next(), close).0 }).await;
    assert_eq!(received.unwrap().unwrap(), None);
    assert_eq!(start.elapsed(), Timeouts::DEFAULT.close);
}
