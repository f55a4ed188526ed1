//! Connections between a client and a server of this crate, over a stream in memory.

use futures_util::{SinkExt, StreamExt};
use std::io;
use std::mem;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufStream, DuplexStream, ReadBuf, duplex,
};
use tokio::time::{Instant, sleep, timeout};
use tokio::{join, spawn};
use wsparse_tokio::wsparse::handshake::{Accept, HandshakeError, Offer, Refusal, Uri};
use wsparse_tokio::wsparse::{
    CloseCode, EncodedMessage, Failure, Limits, Message, OpeningError, OutgoingFrame, SendError,
    Timeouts,
};
use wsparse_tokio::{Config, Drain, Error, SharedMessage, WebSocket};

type Socket = WebSocket;

/// So that a test that would hang fails instead.
const FOREVER: Duration = Duration::from_secs(20);

fn offer() -> Offer<'static> {
    Offer::new(Uri::parse("ws://example.com/chat").unwrap())
}

/// A client and a server, over a stream that holds this many bytes each way.
async fn pair_of(config: Config, capacity: usize) -> (Socket, Socket) {
    let (client, server) = duplex(capacity);
    let offer = offer();
    let (client, server) = join!(config.client(client, &offer), config.accept(server));
    (client.unwrap(), server.unwrap())
}

async fn pair() -> (Socket, Socket) {
    pair_of(Config::DEFAULT, 1000).await
}

fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|at| at.to_le_bytes()[0] ^ 0x5a).collect()
}

#[tokio::test]
async fn messages_pass_both_ways() {
    let (mut client, mut server) = pair_of(Config::DEFAULT, 1 << 22).await;
    for len in [0, 1, 125, 126, 16 << 10, 65_535, 65_536, 1 << 20] {
        let payload = bytes(len);
        for _ in 0..2 {
            client.send(&payload).await.unwrap();
            assert_eq!(server.next().await.unwrap(), Some(Message::Binary(&payload)));
            mem::swap(&mut client, &mut server);
        }
    }
    client.send("Grüße").await.unwrap();
    assert_eq!(server.next().await.unwrap(), Some(Message::Text("Grüße")));
    let encoded = EncodedMessage::shared("for all");
    for _ in 0..2 {
        client.send(&encoded).await.unwrap();
        assert_eq!(server.next().await.unwrap(), Some(Message::Text("for all")));
        mem::swap(&mut client, &mut server);
    }
    let (code, reason) = (CloseCode::new(4000).unwrap(), "done");
    let (closed, last) = join!(client.close(code, reason), server.next());
    assert_eq!(closed.unwrap(), Some(code));
    assert_eq!(last.unwrap(), None);
    assert_eq!(server.reader.close_code(), Some(code));
    let error = server.send("late").await.unwrap_err();
    assert!(matches!(error, Error::Send(SendError::Closed)), "{error:?}");
}

#[tokio::test]
async fn a_stream_that_buffers_is_flushed() {
    let (client, server) = duplex(1000);
    let (offer, config) = (offer(), Config::DEFAULT);
    let client = config.client(BufStream::new(client), &offer);
    let (client, server) = join!(client, config.accept(BufStream::new(server)));
    let (mut client, mut server) = (client.unwrap(), server.unwrap());
    let converse = async {
        for len in [0, 20, 100_000] {
            let payload = bytes(len);
            let answer = async {
                server.next().await.unwrap();
                server.writer.feed(&payload).await.unwrap();
                // What was fed is written before this waits.
                server.next().await
            };
            let ask = async {
                client.send(&payload).await.unwrap();
                assert_eq!(client.next().await.unwrap(), Some(Message::Binary(&payload)));
                client.send("more").await.unwrap();
            };
            let (more, ()) = join!(answer, ask);
            assert_eq!(more.unwrap(), Some(Message::Text("more")));
        }
    };
    timeout(FOREVER, converse).await.unwrap();
}

#[tokio::test]
async fn what_was_written_before_an_upgrade_is_flushed() {
    let (stream, mut peer) = duplex(1000);
    let mut stream = BufStream::new(stream);
    stream.write_all(b"HTTP/1.1 101").await.unwrap();
    let mut socket = Config::DEFAULT.upgraded(stream, [], None);
    let mut written = [0; 12];
    tokio::select! {
        message = socket.next() => panic!("{message:?}"),
        read = timeout(FOREVER, peer.read_exact(&mut written)) => assert_eq!(read.unwrap().unwrap(), 12),
    }
}

#[tokio::test]
async fn a_message_is_answered_while_it_is_lent() {
    let (client, mut server) = pair().await;
    let echo = async {
        while let Some(message) = server.reader.next().await? {
            server.writer.send(message).await?;
        }
        Ok::<_, Error>(())
    };
    let payload = bytes(100_000);
    let talk = async {
        let (mut reader, mut writer) = client.split();
        let (sent, received) = join!(writer.send(&payload), reader.next());
        sent.unwrap();
        assert_eq!(received.unwrap(), Some(Message::Binary(&payload)));
        writer.close(CloseCode::NORMAL, "").await.unwrap();
        assert_eq!(reader.next().await.unwrap(), None);
    };
    let (echoed, ()) = join!(echo, talk);
    echoed.unwrap();
}

/// Sends large messages and Pings from one task and receives in another, on both sides at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn halves_work_in_two_tasks_and_neither_side_waits_for_the_other() {
    const COUNT: usize = 50;
    let (client, server) = pair().await;
    let mut tasks = Vec::new();
    for socket in [client, server] {
        let (mut reader, mut writer) = socket.split();
        tasks.push(spawn(async move {
            for at in 0..COUNT {
                writer.send(OutgoingFrame::ping(&[at as u8]).unwrap()).await.unwrap();
                writer.send(&bytes(at * 3_000)).await.unwrap();
            }
        }));
        tasks.push(spawn(async move {
            for at in 0..COUNT {
                let message = reader.next().await.unwrap();
                assert!(message == Some(Message::Binary(&bytes(at * 3_000))), "{at}");
            }
            // Goes on answering Pings.
            _ = timeout(Duration::from_millis(200), reader.next()).await;
        }));
    }
    for task in tasks {
        timeout(FOREVER, task).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn pongs_are_sent_by_a_reader_alone() {
    let (stream, mut peer) = duplex(1000);
    let (mut reader, _) = Config::DEFAULT.upgraded(stream, [], None).split();
    spawn(async move { reader.next().await.map(|message| message.is_some()) });
    peer.write_all(b"\x89\x81\0\0\0\0p").await.unwrap();
    let mut pong = [0; 3];
    timeout(FOREVER, peer.read_exact(&mut pong)).await.unwrap().unwrap();
    assert_eq!(&pong, b"\x8a\x01p");
}

#[tokio::test]
async fn stream_and_sink() {
    let (client, server) = pair().await;
    let (reader, writer) = server.split();
    let echo = spawn(reader.into_stream().forward(writer));
    let (reader, mut writer) = client.split();
    let mut reader = pin!(reader.into_stream());
    for message in [SharedMessage::shared("text"), SharedMessage::shared(&bytes(50_000))] {
        let (sent, received) = join!(writer.send(&message), reader.next());
        sent.unwrap();
        assert_eq!(received.unwrap().unwrap(), message);
    }
    SinkExt::close(&mut writer).await.unwrap();
    assert!(reader.next().await.is_none());
    timeout(FOREVER, echo).await.unwrap().unwrap().unwrap();
}

/// A stream that counts how often something tries to write to it.
struct Counting(DuplexStream, Arc<AtomicUsize>);

impl AsyncRead for Counting {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        space: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, space)
    }
}

impl AsyncWrite for Counting {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.1.fetch_add(1, Ordering::Relaxed);
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Answers that are fed are written together, and nothing is written while there is nothing to write.
#[tokio::test]
async fn what_is_fed_is_written_at_once() {
    let (stream, mut peer) = duplex(1 << 20);
    let writes = Arc::new(AtomicUsize::new(0));
    let mut socket = Config::DEFAULT.upgraded(Counting(stream, writes.clone()), [], None);
    peer.write_all(&b"\x82\x81\0\0\0\0a".repeat(100)).await.unwrap();
    let mut received = 0;
    let echo = async {
        loop {
            let message = socket.reader.next().await.unwrap().unwrap();
            received += 1;
            socket.writer.feed(message).await.unwrap();
        }
    };
    assert!(timeout(Duration::from_millis(100), echo).await.is_err());
    assert_eq!((received, writes.swap(0, Ordering::Relaxed)), (100, 1));
    let mut answers = [0; 300];
    peer.read_exact(&mut answers).await.unwrap();
    assert_eq!(&answers[..], b"\x82\x01a".repeat(100));

    // Not by the writer alone.
    socket.writer.feed("one").await.unwrap();
    assert_eq!(writes.load(Ordering::Relaxed), 0);
    socket.writer.flush().await.unwrap();
    // A large payload does not wait in memory.
    socket.writer.feed(&bytes(32 << 10)).await.unwrap();
    assert_eq!(writes.load(Ordering::Relaxed), 3); // this stream cannot write two slices at once
}

#[tokio::test]
async fn feeding_waits_while_much_is_waiting() {
    let (stream, mut peer) = duplex(1000);
    let mut socket = Config::DEFAULT.upgraded(stream, [], None);
    let feed = async {
        for _ in 0..100 {
            socket.writer.feed(&bytes(1000)).await.unwrap();
        }
        socket.writer.flush().await.unwrap();
    };
    let mut feed = pin!(feed);
    assert!(timeout(Duration::from_millis(20), &mut feed).await.is_err());
    let mut received = vec![0; 100 * 1004];
    join!(feed, async { peer.read_exact(&mut received).await.unwrap() });
    assert!(received.chunks(1004).all(|frame| frame[4..] == bytes(1000)));
}

#[tokio::test]
async fn an_error_is_the_last_item_of_a_stream() {
    let (stream, mut peer) = duplex(1000);
    let (reader, _writer) =
        Config::DEFAULT.upgraded(stream, b"\x81\x80abcd".to_vec(), None).split();
    let mut reader = pin!(reader.into_stream());
    peer.write_all(b"\x81\x00").await.unwrap();
    drop(peer);
    assert_eq!(reader.next().await.unwrap().unwrap().as_message(), Message::Text(""));
    let error = reader.next().await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Failure(Failure::Rule(_))), "{error:?}");
    assert!(reader.next().await.is_none());
}

#[tokio::test]
async fn a_peer_that_breaks_a_rule_is_told_and_one_that_vanishes_is_an_error() {
    let (stream, mut peer) = duplex(1000);
    let mut socket = Config::DEFAULT.upgraded(stream, [], None);
    peer.write_all(b"\x81\x05Hello").await.unwrap();
    let read = async {
        let mut received = [0; 4];
        peer.read_exact(&mut received).await.unwrap();
        assert_eq!(received[2..], 1002_u16.to_be_bytes());
        // The server ends its stream.
        peer.read_to_end(&mut Vec::new()).await.unwrap();
        drop(peer);
    };
    let (error, ()) = join!(socket.next(), read);
    assert!(matches!(error, Err(Error::Failure(Failure::Rule(_)))), "{error:?}");

    let (mut client, server) = pair().await;
    drop(server);
    let error = client.next().await.unwrap_err();
    assert!(matches!(error, Error::Failure(Failure::Cut)), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_sent_a_ping_and_then_given_up() {
    let (stream, mut peer) = duplex(1000);
    let timeouts = Timeouts { idle: Duration::from_secs(20), ..Timeouts::DEFAULT };
    let mut socket = Config { timeouts, ..Config::DEFAULT }.upgraded(stream, [], None);
    let start = Instant::now();
    let read = async {
        let mut ping = [0; 2];
        peer.read_exact(&mut ping).await.unwrap();
        assert_eq!((ping, start.elapsed().as_secs()), (*b"\x89\x00", 20));
        // A Pong starts the time again.
        peer.write_all(b"\x8a\x80abcd").await.unwrap();
        peer.read_exact(&mut ping).await.unwrap();
        assert_eq!(start.elapsed().as_secs(), 40);
        peer
    };
    let (error, _peer) = join!(socket.next(), read);
    assert_eq!(start.elapsed().as_secs(), 60);
    assert!(matches!(error, Err(Error::Failure(Failure::TimedOut))), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_read_is_given_up() {
    let (stream, peer) = duplex(1000);
    let mut socket = Config::DEFAULT.upgraded(stream, [], None);
    let start = Instant::now();
    for _ in 0..2 {
        let error = socket.send(&[0; 100_000]).await.unwrap_err();
        let is_closed = matches!(error, Error::Send(SendError::Closed));
        assert!(is_closed || matches!(error, Error::Failure(Failure::TimedOut)), "{error:?}");
        assert_eq!(start.elapsed(), Timeouts::DEFAULT.answer);
    }
    let error = socket.next().await.unwrap_err();
    assert!(matches!(error, Error::Failure(Failure::TimedOut)), "{error:?}");
    drop(peer);
}

/// A stream that cannot be written any more, and from which nothing is read.
#[tokio::test(start_paused = true)]
async fn a_connection_that_cannot_write_ends_soon() {
    for is_drained in [false, true] {
        let (read, _peer) = duplex(1000);
        let (write, gone) = duplex(1000);
        drop(gone);
        let mut socket = Config::DEFAULT.upgraded(tokio::io::join(read, write), [], None);
        let (drain, start) = (Drain::default(), Instant::now());
        drain.add(&mut socket);
        if is_drained {
            assert_eq!(drain.close(CloseCode::GOING_AWAY, Duration::ZERO).await, 1);
        } else {
            let error = socket.send("Hello").await.unwrap_err();
            assert!(matches!(error, Error::Io(_)), "{error:?}");
            assert_eq!(drain.close(CloseCode::GOING_AWAY, Duration::ZERO).await, 1);
        }
        let error = timeout(FOREVER, socket.next()).await.unwrap().unwrap_err();
        let Error::Io(error) = error else { panic!("{error:?}") };
        assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
        assert_eq!(start.elapsed(), Timeouts::DEFAULT.close);
    }
}

/// A stream from which messages can always be read.
struct Flood(usize);

impl AsyncRead for Flood {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        space: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let message = [b"\x82\xfe\x03\xe8abcd".as_slice(), &[0; 1000]].concat();
        let rest = message.iter().cycle().skip(self.0).take(space.remaining());
        space.put_slice(&rest.copied().collect::<Vec<_>>());
        self.0 = (self.0 + space.filled().len()) % message.len();
        Poll::Ready(Ok(()))
    }
}

/// The other thread runs the clock.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_peer_that_never_stops_sending_does_not_evade_the_time_outs() {
    let timeouts = Timeouts { message: Duration::from_millis(100), ..Timeouts::DEFAULT };
    let stream = tokio::io::join(Flood(0), tokio::io::sink());
    let mut socket = Config { timeouts, ..Config::DEFAULT }.upgraded(stream, [], None);
    let start = Instant::now();
    let closed = tokio::task::unconstrained(socket.close(CloseCode::NORMAL, "")).await;
    assert!(matches!(closed, Err(Error::Failure(Failure::TimedOut))), "{closed:?}");
    assert!(start.elapsed() < FOREVER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_peer_that_never_stops_sending_does_not_evade_a_drain() {
    let timeouts = Timeouts { message: Duration::from_millis(100), ..Timeouts::DEFAULT };
    let stream = tokio::io::join(Flood(0), tokio::io::sink());
    let mut socket = Config { timeouts, ..Config::DEFAULT }.upgraded(stream, [], None);
    let drain = Drain::default();
    drain.close(CloseCode::NORMAL, Duration::ZERO).await;
    drain.add(&mut socket);
    let start = Instant::now();
    loop {
        match socket.next().await {
            Ok(message) => assert!(message.is_some()),
            Err(error) => {
                assert!(matches!(error, Error::Failure(Failure::TimedOut)), "{error:?}");
                return;
            }
        }
        assert!(start.elapsed() < FOREVER);
    }
}

/// The writer's future exists, but is not polled.
#[tokio::test(start_paused = true)]
async fn a_payload_that_its_sender_neglects_does_not_end_the_connection() {
    let (stream, mut peer) = duplex(1000);
    let mut socket = Config::DEFAULT.upgraded(stream, [], None);
    let payload = bytes(40_000);
    let mut send = pin!(socket.writer.send(&payload));
    assert!(timeout(Duration::ZERO, &mut send).await.is_err());
    let mut received = vec![0; 1000];
    peer.read_exact(&mut received).await.unwrap();
    let silent = Timeouts::DEFAULT.answer + Duration::from_secs(1);
    assert!(timeout(silent, socket.reader.next()).await.is_err());
    let read = async {
        received.resize(4 + payload.len(), 0);
        peer.read_exact(&mut received[1000..]).await.unwrap();
    };
    let (sent, ()) = join!(send, read);
    sent.unwrap();
    assert!(received[4..] == payload);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_close_is_given_up() {
    let (stream, _peer) = duplex(1000);
    let mut socket = Config::DEFAULT.upgraded(stream, [], None);
    let start = Instant::now();
    let error = socket.close(CloseCode::NORMAL, "").await.unwrap_err();
    assert!(matches!(error, Error::Failure(Failure::TimedOut)), "{error:?}");
    assert_eq!(start.elapsed(), Timeouts::DEFAULT.close);
    // The same if the Close is sent while another task receives.
    let (stream, _peer) = duplex(1000);
    let (mut reader, mut writer) = Config::DEFAULT.upgraded(stream, [], None).split();
    let receive = spawn(async move { reader.next().await.map(|message| message.is_some()) });
    sleep(Duration::from_secs(1)).await;
    let start = Instant::now();
    writer.close(CloseCode::NORMAL, "").await.unwrap();
    let error = receive.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Failure(Failure::TimedOut)), "{error:?}");
    assert_eq!(start.elapsed(), Timeouts::DEFAULT.close);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_closes_but_does_not_end_its_stream_is_waited_for_briefly() {
    let (stream, mut peer) = duplex(1000);
    let mut socket = Config::DEFAULT.upgraded(stream, [], None);
    peer.write_all(b"\x88\x80abcd").await.unwrap();
    let start = Instant::now();
    assert_eq!(socket.next().await.unwrap(), None);
    assert_eq!(start.elapsed(), Timeouts::DEFAULT.close);
}

#[tokio::test(start_paused = true)]
async fn opening_handshakes_take_no_longer_than_allowed() {
    let config = Config { opening: Duration::from_secs(7), ..Config::DEFAULT };
    let start = Instant::now();
    let (client, _server) = duplex(1000);
    let error = config.client(client, &offer()).await.unwrap_err();
    assert!(matches!(error, Error::Failure(Failure::TimedOut)), "{error:?}");
    let (_client, server) = duplex(1000);
    let error = config.accept(server).await.unwrap_err();
    assert!(matches!(error, Error::Failure(Failure::TimedOut)), "{error:?}");
    assert_eq!(start.elapsed().as_secs(), 14);
}

#[tokio::test]
async fn a_request_is_inspected_before_it_is_accepted() {
    let (client, server) = duplex(1000);
    let headers = [("Authorization", "Bearer 1"), ("Origin", "https://example.com")];
    let offer = Offer { subprotocols: &["a", "b"], headers: &headers, ..offer() };
    let serve = async {
        let accepting = Config::DEFAULT.read_request(server).await.unwrap();
        let request = accepting.request().unwrap();
        assert_eq!(request.target(), "/chat");
        assert_eq!(request.header("authorization").next(), Some(&b"Bearer 1"[..]));
        let upgrade = request.upgrade().unwrap();
        assert_eq!(upgrade.origin(), Some("https://example.com"));
        let subprotocol = upgrade.subprotocols().nth(1).map(str::to_owned);
        let accept = Accept { subprotocol: subprotocol.as_deref(), ..Accept::default() };
        accepting.accept(&accept).await.unwrap()
    };
    let (client, server) = join!(Config::DEFAULT.client(client, &offer), serve);
    assert_eq!(client.unwrap().subprotocol.as_deref(), Some("b"));
    assert_eq!(server.subprotocol.as_deref(), Some("b"));
}

#[tokio::test]
async fn a_request_is_refused_with_a_status_of_choice() {
    let (client, server) = duplex(1000);
    let refusal = Refusal {
        headers: &[("WWW-Authenticate", "Bearer")],
        body: b"log in first",
        ..Refusal::new(401)
    };
    let serve = async {
        let accepting = Config::DEFAULT.read_request(server).await.unwrap();
        accepting.refuse(&refusal).await.unwrap();
    };
    let offer = offer();
    let connect = async { Config::DEFAULT.client(client, &offer).await.unwrap_err() };
    let (error, ()) = join!(connect, serve);
    let Error::Response(response) = error else { panic!("{error:?}") };
    assert_eq!((response.status, response.header("www-authenticate")), (401, Some("Bearer")));
    assert_eq!(response.body, b"log in first");
}

#[tokio::test]
async fn a_redirect_is_returned_as_what_it_is() {
    let (client, mut server) = duplex(1000);
    server.write_all(b"HTTP/1.1 307 \r\nLocation: wss://example.com/\r\n\r\n").await.unwrap();
    let error = Config::DEFAULT.client(client, &offer()).await.unwrap_err();
    let Error::Response(response) = error else { panic!("{error:?}") };
    assert_eq!((response.status, response.header("location")), (307, Some("wss://example.com/")));
}

#[tokio::test]
async fn what_is_no_opening_handshake_is_refused() {
    for (request, answer, expected) in [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 426 ", HandshakeError::NotAnUpgrade),
        ("nonsense\r\n\r\n", "HTTP/1.1 400 ", HandshakeError::StartLine),
    ] {
        let (mut client, server) = duplex(1000);
        client.write_all(request.as_bytes()).await.unwrap();
        let read = async {
            let mut received = String::new();
            while !received.contains("\r\n\r\n") {
                let mut buffer = [0; 100];
                let len = client.read(&mut buffer).await.unwrap();
                received += str::from_utf8(&buffer[..len]).unwrap();
            }
            assert!(received.starts_with(answer), "{received}");
            drop(client);
        };
        let (error, ()) = join!(Config::DEFAULT.accept(server), read);
        let error = error.unwrap_err();
        let Error::Opening(OpeningError::Handshake(error)) = error else { panic!("{error:?}") };
        assert_eq!(error, expected);
    }
}

#[tokio::test]
async fn draining_closes_all_connections() {
    let (drain, mut clients) = (Drain::default(), Vec::new());
    for _ in 0..100 {
        let (client, mut server) = pair().await;
        drain.add(&mut server);
        spawn(async move { while server.next().await.is_ok_and(|message| message.is_some()) {} });
        clients.push(spawn(async move {
            let (mut reader, _writer) = client.split();
            assert_eq!(reader.next().await.unwrap(), None);
            reader.close_code()
        }));
    }
    // One that is sending a large message to a client that does not read.
    let (stuck, mut server) = pair().await;
    drain.add(&mut server);
    spawn(async move { server.send(&[0; 1 << 20]).await });
    tokio::task::yield_now().await;
    assert_eq!(drain.close(CloseCode::GOING_AWAY, Duration::from_millis(500)).await, 1);
    for client in clients {
        assert_eq!(client.await.unwrap(), Some(CloseCode::GOING_AWAY));
    }
    drop(stuck);

    // One that comes too late.
    let (mut client, mut server) = pair().await;
    drain.add(&mut server);
    let (received, last) = join!(client.next(), server.next());
    assert_eq!((received.unwrap(), last.unwrap()), (None, None));
    drop((client, server));
    assert_eq!(drain.close(CloseCode::GOING_AWAY, FOREVER).await, 0);
}

#[tokio::test]
async fn a_drain_waits_for_a_message_that_is_being_sent() {
    let (mut client, mut server) = pair().await;
    let drain = Drain::default();
    drain.add(&mut server);
    let serve = spawn(async move {
        server.send(&bytes(1 << 20)).await.unwrap();
        assert_eq!(server.next().await.unwrap(), None);
    });
    tokio::task::yield_now().await;
    let drained = spawn(async move { drain.close(CloseCode::GOING_AWAY, FOREVER).await });
    tokio::task::yield_now().await;
    assert!(client.next().await.unwrap() == Some(Message::Binary(&bytes(1 << 20))));
    assert_eq!(client.next().await.unwrap(), None);
    drop(client);
    serve.await.unwrap();
    assert_eq!(drained.await.unwrap(), 0);
}

/// The time for the answer to a Close begins after a payload that is being written before it.
#[tokio::test(start_paused = true)]
async fn a_drain_waits_for_a_slow_client() {
    let (stream, mut peer) = duplex(1000);
    let mut socket = Config::DEFAULT.upgraded(stream, [], None);
    let drain = Drain::default();
    drain.add(&mut socket);
    let (mut reader, mut writer) = socket.split();
    let receive = spawn(async move { reader.next().await.map(|message| message.is_some()) });
    let send = spawn(async move { writer.send(&bytes(40_000)).await });
    let drained = spawn(async move { drain.close(CloseCode::GOING_AWAY, FOREVER).await });
    let mut received = vec![0; 4 + 40_000 + 4];
    for part in received.chunks_mut(4000) {
        sleep(Duration::from_secs(1)).await;
        peer.read_exact(part).await.unwrap();
    }
    assert_eq!(received[4 + 40_000..], [0x88, 2, 0x03, 0xe9]);
    peer.write_all(b"\x88\x80abcd").await.unwrap();
    peer.shutdown().await.unwrap();
    send.await.unwrap().unwrap();
    assert!(!receive.await.unwrap().unwrap());
    assert_eq!(drained.await.unwrap(), 0);
}

/// The natural loop ends without an error, whichever side closes while messages still arrive.
#[tokio::test]
async fn an_echo_ends_without_an_error_if_it_is_drained_or_its_peer_closes() {
    for is_drained in [true, false] {
        let (mut client, mut server) = pair().await;
        let drain = Drain::default();
        drain.add(&mut server);
        let echo = spawn(async move {
            while let Some(message) = server.reader.next().await? {
                server.writer.send(message).await?;
            }
            Ok::<_, Error>(server)
        });
        client.send("before").await.unwrap();
        assert_eq!(client.next().await.unwrap(), Some(Message::Text("before")));
        // The client's messages cross the Close, and are not answered.
        let drained = spawn({
            let drain = drain.clone();
            async move { if is_drained { drain.close(CloseCode::GOING_AWAY, FOREVER).await } else { 0 } }
        });
        tokio::task::yield_now().await;
        for _ in 0..10 {
            client.writer.feed("crossing").await.unwrap();
        }
        if is_drained {
            assert_eq!(client.next().await.unwrap(), None);
            assert_eq!(client.reader.close_code(), Some(CloseCode::GOING_AWAY));
        } else {
            let code = client.close(CloseCode::NORMAL, "").await.unwrap();
            assert_eq!(code, Some(CloseCode::NORMAL));
        }
        let mut server = timeout(FOREVER, echo).await.unwrap().unwrap().unwrap();
        let error = server.send("late").await.unwrap_err();
        assert!(matches!(error, Error::Send(SendError::Closed)), "{error:?}");
        drop(server);
        assert_eq!(drained.await.unwrap(), 0);
    }
}

/// One half does not know yet that the peer has closed.
#[tokio::test]
async fn what_is_sent_after_the_peers_close_is_discarded_until_the_end_is_known() {
    let (stream, mut peer) = duplex(1000);
    let (mut reader, mut writer) = Config::DEFAULT.upgraded(stream, [], None).split();
    peer.write_all(b"\x88\x80abcd").await.unwrap();
    // The stream has not ended.
    assert!(timeout(Duration::from_millis(50), reader.next()).await.is_err());
    writer.send("discarded").await.unwrap();
    writer.send(&[0; 100_000]).await.unwrap();
    let mut received = Vec::new();
    let read = async {
        peer.shutdown().await.unwrap();
        peer.read_to_end(&mut received).await.unwrap()
    };
    let (end, _) = join!(reader.next(), read);
    assert_eq!(end.unwrap(), None);
    assert_eq!(received, b"\x88\x00");
    let error = writer.send("late").await.unwrap_err();
    assert!(matches!(error, Error::Send(SendError::Closed)), "{error:?}");
    // Closing again changes nothing.
    writer.close(CloseCode::NORMAL, "").await.unwrap();

    // After this side's own Close, it is an error at once.
    let (_client, server) = pair().await;
    let (_reader, mut writer) = server.split();
    writer.close(CloseCode::NORMAL, "").await.unwrap();
    let error = writer.send("late").await.unwrap_err();
    assert!(matches!(error, Error::Send(SendError::Closed)), "{error:?}");
}

#[tokio::test]
async fn the_payload_of_a_shared_message_is_used_as_bytes() {
    let message = SharedMessage::shared("Grüße");
    let bytes = bytes::Bytes::from_owner(message.clone());
    assert_eq!(bytes, "Grüße".as_bytes());
    let address = |bytes: &[u8]| bytes.as_ptr();
    assert_eq!(address(&bytes), address(message.as_ref()));
}

#[test]
fn all_types_can_be_moved_to_other_threads_and_printed() {
    fn check<T: Send + std::fmt::Debug>() {}
    check::<WebSocket>();
    check::<wsparse_tokio::Reader>();
    check::<wsparse_tokio::Writer>();
    check::<wsparse_tokio::Accepting>();
    check::<Drain>();
}

#[tokio::test]
async fn limits_apply() {
    let limits = Limits { max_message: 1000, ..Limits::DEFAULT };
    let (mut client, mut server) = pair_of(Config { limits, ..Config::DEFAULT }, 1 << 20).await;
    client.send(&bytes(1001)).await.unwrap();
    let (error, last) = join!(server.next(), client.next());
    let Err(Error::Failure(Failure::Rule(error))) = error else { panic!("{error:?}") };
    assert_eq!(error.close_code(), CloseCode::MESSAGE_TOO_BIG);
    assert_eq!(last.unwrap(), None);
    assert_eq!(client.reader.close_code(), Some(CloseCode::MESSAGE_TOO_BIG));
}

#[tokio::test]
async fn a_stream_is_taken_back_with_what_came_after_the_handshake() {
    let (stream, _peer) = duplex(1000);
    let socket = Config::DEFAULT.upgraded(stream, b"frames".to_vec(), None);
    assert_eq!(socket.into_stream().unwrap().1, b"frames");
    let (mut one, (two, _peer)) = (pair().await.0, pair().await);
    one.writer = two.writer;
    assert!(one.into_stream().is_none());
}
