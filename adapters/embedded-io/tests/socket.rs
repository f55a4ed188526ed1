//! Both adapters, driven with what browsers sent and by an independent library.

#[allow(dead_code, reason = "its main is not called")]
#[path = "../examples/device_echo.rs"]
mod echo;

use core::convert::Infallible;
use core::num::NonZeroUsize;
use core::time::Duration;
use embedded_io::ErrorType;
use std::future::{Future, poll_fn};
use std::net::{TcpListener, TcpStream};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use wsparse::handshake::{Accept, Key, Offer, Refusal, Uri};
use wsparse::{
    ClientOpening, CloseCode, Due, Failure, Limits, Message, OpeningError, Rule, SendError,
    Timeouts,
};
use wsparse_embedded_io::{Error, WebSocket, blocking};

/// A stream that arrives in pieces, with a stop before each read and write.
struct Pipe<'a> {
    input: &'a [u8],
    output: &'a mut Vec<u8>,
    piece: usize,
    is_stopped: bool,
}

fn pipe<'a>(input: &'a [u8], output: &'a mut Vec<u8>, piece: usize) -> Pipe<'a> {
    Pipe { input, output, piece, is_stopped: false }
}

impl ErrorType for Pipe<'_> {
    type Error = Infallible;
}

impl Pipe<'_> {
    /// Is pending at every other call, also if the future was dropped in between.
    async fn stop(&mut self) {
        poll_fn(|_| {
            self.is_stopped = !self.is_stopped;
            if self.is_stopped { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }
}

impl embedded_io_async::Read for Pipe<'_> {
    async fn read(&mut self, space: &mut [u8]) -> Result<usize, Infallible> {
        self.stop().await;
        embedded_io::Read::read(self, space)
    }
}

impl embedded_io_async::Write for Pipe<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.stop().await;
        embedded_io::Write::write(self, bytes)
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        self.stop().await;
        Ok(())
    }
}

impl embedded_io::Read for Pipe<'_> {
    fn read(&mut self, space: &mut [u8]) -> Result<usize, Infallible> {
        assert!(!space.is_empty(), "an empty read would look like the end");
        let len = self.piece.min(space.len()).min(self.input.len());
        let (now, later) = self.input.split_at(len);
        space[..len].copy_from_slice(now);
        self.input = later;
        Ok(len)
    }
}

impl embedded_io::Write for Pipe<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        let len = self.piece.min(bytes.len());
        self.output.extend_from_slice(&bytes[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

const REQUEST: &[u8] = b"GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Version: 13\r\n\r\n";

/// A frame of a client, which is masked with zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    assert!(payload.len() <= 125);
    [&[first, 0x80 | payload.len() as u8, 0, 0, 0, 0][..], payload].concat()
}

fn after_head(stream: &[u8]) -> &[u8] {
    let head = stream.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    &stream[head.expect("an HTTP head") + 4..]
}

/// Runs `serve` of the example over this input; returns what it wrote.
fn serve(input: &[u8], piece: usize) -> (Vec<u8>, Result<(), Error<Infallible>>) {
    let mut output = Vec::new();
    let result = echo::desktop::run(echo::serve(pipe(input, &mut output, piece)));
    (output, result)
}

#[test]
fn what_chromium_sent() {
    let request_and_frames = include_bytes!("../../../tests/data/chromium-plain.client");
    // What another server sent to Chromium: a Ping, then the same messages.
    let echoed = after_head(include_bytes!("../../../tests/data/chromium-plain.server"));
    let echoed = echoed.strip_prefix(b"\x89\x0eare you there?").expect("a Ping");
    let short: usize = [12, 0, 41, 125].iter().map(|len| 2 + len).sum::<usize>() + 4 + 126 + 2 + 65;
    for piece in [64, 1, 7, 1_000, usize::MAX] {
        let (output, result) = serve(request_and_frames, piece);
        assert!(output.starts_with(b"HTTP/1.1 101 "));
        let frames = after_head(&output);
        assert_eq!(frames[..short], echoed[..short]);
        // The next message has 65 535 bytes.
        assert_eq!(frames[short], 0x88);
        assert_eq!(frames[short + 2..][..2], 1009_u16.to_be_bytes());
        let Err(Error::Failure(Failure::Rule(error))) = result else { panic!("{result:?}") };
        assert_eq!(error.rule(), Rule::MessageTooBig);
    }
}

#[test]
fn what_python_sent() {
    let request_and_frames = include_bytes!("../../../tests/data/python-websockets-plain.client");
    let (output, result) = serve(request_and_frames, 64);
    let text = "fragment one, 片段二，fragment three 🌍";
    let expected = [b"\x81\x05hello\x81", &[text.len() as u8][..], text.as_bytes()].concat();
    assert!(after_head(&output).starts_with(&expected));
    assert!(matches!(result, Err(Error::Failure(Failure::Rule(_)))), "70 000 bytes do not fit");
}

#[test]
fn the_end() {
    let close = frame(0x88, b"\x03\xe8");
    let hello = frame(0x81, b"Hello");
    // Closed by the client, which then waits for the server to end the stream.
    let (output, result) = serve(&[REQUEST, &hello, &close].concat(), 10);
    assert_eq!((after_head(&output), result), (&b"\x81\x05Hello\x88\x02\x03\xe8"[..], Ok(())));
    // Cut, after a message that is still answered.
    let (output, result) = serve(&[REQUEST, &hello].concat(), usize::MAX);
    assert_eq!(after_head(&output), b"\x81\x05Hello");
    assert_eq!(result, Err(Failure::Cut.into()));
    let (output, result) = serve(&REQUEST[..40], 10);
    assert_eq!((&output[..], result), (&b""[..], Err(OpeningError::Cut.into())));
    // No request of a WebSocket.
    let (output, result) = serve(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 10);
    assert!(output.starts_with(b"HTTP/1.1 426 "));
    assert!(matches!(result, Err(Error::Opening(OpeningError::Handshake(_)))));
}

#[test]
fn the_request_may_be_refused() {
    let mut output = Vec::new();
    let pipe = pipe(REQUEST, &mut output, 10);
    let result =
        blocking::WebSocket::accept_with(pipe, [0; 500], [0; 131], Limits::DEFAULT, |request| {
            match request.path() {
                "/" => Ok(Accept::default()),
                _ => Err(Refusal::new(404)),
            }
        });
    assert_eq!(result.err(), Some(OpeningError::Refused { status: 404 }.into()));
    assert!(output.starts_with(b"HTTP/1.1 404 "));
}

/// A `next` that is dropped at every point where it waits loses nothing.
#[test]
fn next_may_be_dropped() {
    let mut input = REQUEST.to_vec();
    let mut expected = Vec::new();
    for i in 0..100 {
        let payload = [b'a' + i % 26; 125];
        let payload = &payload[..usize::from(i)];
        input.extend(frame(0x82, payload));
        input.extend(frame(0x89, b"p"));
        expected.extend([&[0x82, i][..], payload, b"\x8a\x01p"].concat());
    }
    input.extend(frame(0x88, b""));
    expected.extend(b"\x88\x00");
    for piece in [1, 3, 64, 1_000] {
        let mut output = Vec::new();
        let pipe = pipe(&input, &mut output, piece);
        let accepting = WebSocket::accept(pipe, [0; 500], [0; 131], Limits::DEFAULT);
        let mut socket = echo::desktop::run(accepting).unwrap();
        let mut drops = 0;
        loop {
            // A stream that is pending is left at once.
            let mut context = Context::from_waker(Waker::noop());
            let polled = pin!(socket.next()).poll(&mut context).map(|next| next.unwrap().is_some());
            match polled {
                Poll::Pending => drops += 1,
                Poll::Ready(true) => {
                    socket.reply(|message, sender| sender.send(message)).unwrap();
                }
                Poll::Ready(false) => break,
            }
        }
        assert!(drops > 200);
        assert_eq!(after_head(&output), expected);
    }
}

/// The same over functions that block.
#[test]
fn blocking() {
    let mut output = Vec::new();
    let input = [REQUEST, &frame(0x81, b"Hello"), &frame(0x88, b"\x03\xe9")].concat();
    let stream = pipe(&input, &mut output, 5);
    let mut socket =
        blocking::WebSocket::accept(stream, [0; 500], [0; 131], Limits::DEFAULT).unwrap();
    assert_eq!(socket.next(), Ok(Some(Message::Text("Hello"))));
    socket.send(Message::Binary(&[7; 100])).unwrap();
    // Longer than the output; the first was written, so the second starts an empty output.
    let needed = 204;
    assert_eq!(socket.send(Message::Binary(&[7; 200])), Err(SendError::NoRoom { needed }.into()));
    for fragment in Message::Text("in fragments").fragments(NonZeroUsize::new(5).unwrap()) {
        socket.send(fragment).unwrap();
    }
    let start = Duration::ZERO;
    let Due::Wait { until } = socket.tick(start, &Timeouts::DEFAULT) else { panic!("idle") };
    assert_eq!(socket.tick(until, &Timeouts::DEFAULT), Due::Ping);
    assert_eq!(socket.next(), Ok(None));
    assert_eq!(socket.endpoint().close_code(), Some(1001));
    assert_eq!(socket.next(), Ok(None));
    assert_eq!(socket.send("late"), Err(SendError::Closed.into()));
    let binary = [&[0x82, 100][..], &[7; 100]].concat();
    let fragments = b"\x01\x05in fr\x00\x05agmen\x80\x02ts";
    let expected = [&binary[..], fragments, b"\x89\x00\x88\x02\x03\xe9"].concat();
    assert_eq!(after_head(&output), expected);
}

/// A stream that takes no more bytes.
#[test]
fn a_stream_that_is_full() {
    let mut output = Vec::new();
    let mut stream = pipe(REQUEST, &mut output, 1_000);
    let mut socket =
        blocking::WebSocket::accept(&mut stream, [0; 500], [0; 131], Limits::DEFAULT).unwrap();
    socket.send("a").unwrap();
    let (stream, endpoint) = socket.into_parts();
    stream.piece = 0;
    let mut socket = blocking::WebSocket::new(stream, endpoint);
    assert_eq!(socket.send("b"), Err(Failure::Cut.into()));
}

/// tungstenite as the client of the example.
#[test]
fn served_to_tungstenite() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        echo::desktop::run(echo::serve(echo::desktop::Socket(stream)))
    });
    let (mut client, response) = tungstenite::connect(format!("ws://{address}/")).unwrap();
    assert_eq!(response.status(), 101);
    for len in [0, 1, 125, 126, 252] {
        let text = tungstenite::Message::text("é".repeat(len / 2));
        client.send(text.clone()).unwrap();
        assert_eq!(client.read().unwrap(), text);
        let binary = tungstenite::Message::binary(vec![0xFF; len]);
        client.send(binary.clone()).unwrap();
        assert_eq!(client.read().unwrap(), binary);
    }
    client.send(tungstenite::Message::Ping(b"ping"[..].into())).unwrap();
    assert_eq!(client.read().unwrap(), tungstenite::Message::Pong(b"ping"[..].into()));
    client.close(None).unwrap();
    assert!(client.read().unwrap().is_close());
    assert!(matches!(client.read(), Err(tungstenite::Error::ConnectionClosed)));
    server.join().unwrap().unwrap();
}

/// tungstenite as the server of a client.
#[test]
fn connected_to_tungstenite() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut server = tungstenite::accept(stream).unwrap();
        loop {
            match server.read() {
                Ok(message) if message.is_text() || message.is_binary() => {
                    server.send(message).unwrap();
                }
                Ok(_) => {}
                Err(error) => return error,
            }
        }
    });
    let uri = format!("ws://{address}/");
    let offer = Offer::new(Uri::parse(&uri).unwrap());
    let opening = ClientOpening::new(&offer, Key::new([7; 16]), [0; 512]);
    let stream = echo::desktop::Socket(TcpStream::connect(address).unwrap());
    // A test needs no unpredictable keys.
    let keys = || [1, 2, 3, 4];
    echo::desktop::run(async {
        let connecting = WebSocket::connect(stream, opening, [0; 200], Limits::DEFAULT, keys);
        let mut socket = connecting.await.unwrap();
        socket.send("Hello").await.unwrap();
        assert_eq!(socket.next().await.unwrap(), Some(Message::Text("Hello")));
        socket.send(&[0xFF; 100][..]).await.unwrap();
        assert_eq!(socket.next().await.unwrap(), Some(Message::Binary(&[0xFF; 100])));
        socket.close(CloseCode::NORMAL, "done").await.unwrap();
        assert_eq!(socket.endpoint().close_code(), Some(1000));
    });
    assert!(matches!(server.join().unwrap(), tungstenite::Error::ConnectionClosed));
}
