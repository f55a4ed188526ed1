//! The opening handshake as state machines: any split of a head has the same result, no frame is
//! lost, and the answers fit into the input buffer.

use std::io::Read;
use std::ops::Range;
use wsparse::deflate::{Agreed, Policy};
use wsparse::handshake::{
    Accept, HandshakeError, HeadLimits, HeadReader, Key, Offer, Refusal, Request, Uri,
};
use wsparse::{Buffer, ClientOpening, OpeningError, ServerOpening, Status};

/// The shortest opening handshake that is valid.
const SHORTEST: &str = "GET / HTTP/1.1\r\nHost:a\r\nUpgrade:websocket\r\nConnection:Upgrade\r\n\
    Sec-WebSocket-Key:dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version:13\r\n";
const ACCEPTED: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
const FRAMES: &[u8] = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\x82";

fn chromium() -> Vec<u8> {
    include_bytes!("../../data/chromium-plain.client").to_vec()
}

/// A request, frames after it, and the length of the request.
fn with_frames(request: &str) -> (Vec<u8>, usize) {
    let stream = [request.as_bytes(), b"\r\n", FRAMES].concat();
    (stream, request.len() + 2)
}

/// Passes the stream to an opening in reads of at most these lengths, again and again, until it
/// wants no more. Returns how many bytes it has taken.
fn feed(
    mut stream: &[u8],
    reads: &[usize],
    mut read_once: impl FnMut(&mut dyn FnMut(&mut [u8]) -> usize) -> bool,
) -> usize {
    let len = stream.len();
    let mut reads = reads.iter().cycle();
    let mut read = |space: &mut [u8]| {
        let len = space.len().min(*reads.next().unwrap()).min(stream.len());
        space[..len].copy_from_slice(&stream[..len]);
        stream = &stream[len..];
        len
    };
    while read_once(&mut read) {}
    len - stream.len()
}

fn feed_server(opening: &mut ServerOpening<impl Buffer>, stream: &[u8], reads: &[usize]) -> usize {
    feed(stream, reads, |read| {
        if opening.wants_read() {
            opening.read_with(|space| Ok::<_, ()>(read(space))).unwrap();
        }
        opening.wants_read()
    })
}

fn feed_client(
    opening: &mut ClientOpening<'_, impl Buffer>,
    stream: &[u8],
    reads: &[usize],
) -> usize {
    feed(stream, reads, |read| {
        if opening.wants_read() {
            opening.read_with(|space| Ok::<_, ()>(read(space))).unwrap();
        }
        opening.wants_read()
    })
}

/// All of these have the same result as one read.
const READS: [&[usize]; 6] = [&[usize::MAX], &[1], &[2], &[7, 1, 90], &[100], &[1000]];

fn parts<I: AsRef<[u8]>>(
    parts: Result<(I, Range<usize>), OpeningError>,
) -> Result<Vec<u8>, OpeningError> {
    parts.map(|(buffer, frames)| buffer.as_ref()[frames].to_vec())
}

fn whole_request(head: &[u8]) -> Request<'_> {
    let read = HeadReader::new(HeadLimits::default()).request(head);
    let Ok(Status::Complete(request)) = read else { panic!("{read:?}") };
    request
}

#[test]
fn every_split_of_a_request_has_the_same_result() {
    for request in [SHORTEST, "\r\nGET / HTTP/1.1\r\nHost: a\r\n", "GET /\r\n", "GET / HTTP/1.1\n"]
    {
        let (stream, head_len) = with_frames(request);
        let mut results = Vec::new();
        for split in 0..=stream.len() {
            let reads = [&[split.max(1), usize::MAX], READS[split % READS.len()]].concat();
            let mut opening = ServerOpening::new([0; 256]);
            let taken = feed_server(&mut opening, &stream, &reads);
            let target = opening.request().map(|request| request.target().to_owned());
            let answer = opening.accept(&Accept::default()).to_vec();
            let accepted = opening.into_parts();
            let frames = accepted.map(|(buffer, frames)| {
                assert_eq!(buffer[frames.clone()], stream[head_len..taken]);
                assert!(frames.start >= answer.len());
            });
            results.push((target, answer, frames));
        }
        results.dedup();
        assert_eq!(results.len(), 1, "{results:?}");
    }
}

#[test]
fn a_short_answer_fits_into_the_space_of_the_request() {
    let offers = [
        ("", ""),
        ("c", ""),
        ("chat.example.com", ""),
        ("", "e"),
        ("", "permessage-deflate"),
        ("chat", "permessage-deflate"),
    ];
    for (subprotocol, extensions) in offers {
        let mut request = SHORTEST.to_owned();
        let mut expected = ACCEPTED.to_owned();
        if !subprotocol.is_empty() {
            request += &format!("Sec-WebSocket-Protocol:{subprotocol}\r\n");
            expected += &format!("Sec-WebSocket-Protocol: {subprotocol}\r\n");
        }
        if !extensions.is_empty() {
            request += &format!("Sec-WebSocket-Extensions:{extensions}\r\n");
            expected += &format!("Sec-WebSocket-Extensions: {extensions}\r\n");
        }
        let accept = Accept {
            subprotocol: Some(subprotocol).filter(|name| !name.is_empty()),
            extensions,
            headers: &[],
            ..Accept::default()
        };
        let (stream, _) = with_frames(&request);
        // The frames have filled the buffer.
        let mut memory = stream.clone();
        let mut opening = ServerOpening::new(memory.as_mut_slice());
        feed_server(&mut opening, &stream, &[usize::MAX]);
        assert_eq!(str::from_utf8(opening.accept(&accept)).unwrap(), expected + "\r\n");
        assert_eq!(parts(opening.into_parts()).unwrap(), FRAMES);
    }
}

#[test]
fn a_long_answer_moves_the_frames_that_came_with_the_request() {
    let (stream, _) = with_frames(SHORTEST);
    let cookie = "c".repeat(300);
    let headers = [("Set-Cookie", cookie.as_str())];
    let accept = Accept { headers: &headers, ..Accept::default() };
    let expected = format!("{ACCEPTED}Set-Cookie: {cookie}\r\n\r\n");
    let needed = expected.len();

    let mut opening = ServerOpening::new(Vec::new());
    feed_server(&mut opening, &stream, &[1000]);
    assert_eq!(str::from_utf8(opening.accept(&accept)).unwrap(), expected);
    assert_eq!(parts(opening.into_parts()).unwrap(), FRAMES);

    for len in [needed + FRAMES.len() - 1, needed + FRAMES.len()] {
        let mut memory = vec![0; len];
        let mut opening = ServerOpening::new(memory.as_mut_slice());
        feed_server(&mut opening, &stream, &[1000]);
        let answer = opening.accept(&accept).to_vec();
        if len == needed + FRAMES.len() {
            assert_eq!(str::from_utf8(&answer).unwrap(), expected);
            assert_eq!(parts(opening.into_parts()).unwrap(), FRAMES);
        } else {
            assert!(answer.starts_with(b"HTTP/1.1 500 "));
            let error = HandshakeError::NoRoom { needed };
            assert_eq!(parts(opening.into_parts()), Err(error.into()));
        }
    }

    // In memory of its own, where the request remains as it was.
    let mut memory = stream.clone();
    let mut opening = ServerOpening::new(memory.as_mut_slice());
    feed_server(&mut opening, &stream, &[1000]);
    let mut out = [0; 500];
    let error = HandshakeError::NoRoom { needed };
    assert_eq!(opening.accept_into(&accept, &mut out[..needed - 1]), Err(error));
    assert_eq!(opening.accept_into(&accept, &mut out), Ok(expected.as_bytes()));
    assert_eq!(opening.accept_into(&accept, &mut out), Ok([].as_slice()));
    assert_eq!(opening.accept(&accept), b"");
    assert_eq!(opening.request(), Ok(whole_request(&stream)));
    assert_eq!(parts(opening.into_parts()).unwrap(), FRAMES);
}

/// The request of a browser in 1 KiB, with as many frames as fit after it.
#[test]
fn chromium_in_1_kib() {
    let stream = chromium();
    let head_len = whole_request(&stream).head_len();
    for reads in READS {
        let mut opening = ServerOpening::new([0; 1024]);
        let taken = feed_server(&mut opening, &stream, reads);
        let request = opening.request().unwrap();
        assert_eq!(request, whole_request(&stream));
        let upgrade = opening.upgrade().unwrap();
        assert_eq!((upgrade.path(), upgrade.origin()), ("/ws", Some("http://127.0.0.1:9997")));
        let accept = Accept { subprotocol: Some("superchat"), ..Accept::default() };
        let answer = opening.accept(&accept);
        assert!(answer.ends_with(b"\r\nSec-WebSocket-Protocol: superchat\r\n\r\n"));
        assert_eq!(parts(opening.into_parts()).unwrap(), &stream[head_len..taken]);
    }
}

#[test]
fn a_vec_grows_with_the_bytes_received() {
    let request = SHORTEST.to_owned() + &format!("Cookie: {}\r\n", "c".repeat(9000));
    let (stream, _) = with_frames(&request);
    let mut memory = Vec::new();
    let mut opening = ServerOpening::new(&mut memory);
    assert_eq!(opening.space().len(), 1024);
    opening.filled(5); // 5 zeros
    assert_eq!(
        opening.into_parts().err(),
        Some(OpeningError::Handshake(HandshakeError::StartLine))
    );
    assert_eq!(memory.len(), 1024);

    memory = vec![0; 10];
    let mut opening = ServerOpening::new(&mut memory);
    let mut received = 0;
    while opening.wants_read() {
        let space = opening.space();
        let len = space.len();
        assert!(received + len <= (2 * received).clamp(1024, 16 << 10), "{received}");
        let read = len.min(100).min(stream.len() - received);
        space[..read].copy_from_slice(&stream[received..][..read]);
        opening.filled(read);
        received += read;
    }
    assert!(opening.accept(&Accept::default()).starts_with(b"HTTP/1.1 101 "));
    assert!(opening.into_parts().is_ok());
    assert!(memory.len() <= 16 << 10);

    // A head without an end.
    let mut memory = Vec::new();
    let mut opening = ServerOpening::new(&mut memory);
    let endless = [b"GET /".as_slice(), &[b'a'; 1 << 16]].concat();
    assert_eq!(feed_server(&mut opening, &endless, &[999]), 16 << 10);
    assert_eq!(opening.request(), Err(HandshakeError::HeadTooLarge.into()));
    assert!(opening.accept(&Accept::default()).starts_with(b"HTTP/1.1 431 "));
    assert_eq!(opening.into_parts().err(), Some(HandshakeError::HeadTooLarge.into()));
    assert_eq!(memory.len(), 16 << 10);
}

/// A buffer that promises more than it has.
struct Stubborn;

impl Buffer for Stubborn {
    fn max_len(&self) -> usize {
        1000
    }

    fn as_slice(&self) -> &[u8] {
        &[]
    }

    fn grow(&mut self, _: usize) -> &mut [u8] {
        &mut []
    }
}

#[test]
fn a_buffer_that_is_too_small() {
    let (stream, head_len) = with_frames(SHORTEST);
    for len in 0..=head_len {
        let mut memory = vec![0; len];
        let mut opening = ServerOpening::new(memory.as_mut_slice());
        feed_server(&mut opening, &stream, &[3]);
        let accepted = opening.accept(&Accept::default()).starts_with(b"HTTP/1.1 101 ");
        assert_eq!(accepted, len == head_len);
        let error = OpeningError::Handshake(HandshakeError::HeadTooLarge);
        assert_eq!(opening.into_parts().err(), (len < head_len).then_some(error));
    }

    let mut opening = ServerOpening::new(Stubborn);
    feed_server(&mut opening, &stream, &[3]);
    assert_eq!(opening.into_parts().err(), Some(HandshakeError::HeadTooLarge.into()));
}

#[test]
fn limits() {
    let (stream, head_len) = with_frames(SHORTEST);
    let default = HeadLimits::default();
    for (limits, error) in [
        (HeadLimits { max_head: head_len - 1, ..default }, Some(HandshakeError::HeadTooLarge)),
        (HeadLimits { max_head: head_len, ..default }, None),
        (HeadLimits { max_headers: 4, ..default }, Some(HandshakeError::TooManyHeaders)),
        (HeadLimits { max_headers: 5, ..default }, None),
    ] {
        let mut opening = ServerOpening::with_limits(vec![0; 4096], limits);
        feed_server(&mut opening, &stream, &[50]);
        opening.accept(&Accept::default());
        assert_eq!(opening.into_parts().err(), error.map(OpeningError::from));
    }
}

/// Requests that are no valid handshakes, and what the server answers.
#[test]
fn refusals_by_rule() {
    let table: [(&[u8], &str, HandshakeError); 6] = [
        (b"\x16\x03\x01", "400 Bad Request", HandshakeError::StartLine),
        (b"GET / HTTP/1.1\nHost: a\n\n", "400 Bad Request", HandshakeError::LineEnding),
        (
            b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "426 Upgrade Required",
            HandshakeError::NotAnUpgrade,
        ),
        (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", "400 Bad Request", HandshakeError::Header),
        (
            b"POST / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
            "405 Method Not Allowed",
            HandshakeError::Method,
        ),
        (
            b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
            "400 Bad Request",
            HandshakeError::Connection,
        ),
    ];
    for (stream, status, error) in table {
        for reads in READS {
            let mut opening = ServerOpening::new(vec![0; 100]);
            feed_server(&mut opening, stream, reads);
            assert_eq!(opening.upgrade(), Err(error.into()));
            let answer = opening.accept(&Accept::default());
            assert_eq!(answer, error.answer());
            assert!(answer.starts_with(format!("HTTP/1.1 {status}\r\n").as_bytes()));
            // The same by the other way.
            let mut opening = ServerOpening::new(vec![0; 100]);
            feed_server(&mut opening, stream, reads);
            let answer = opening.accept_into(&Accept::default(), &mut []);
            assert_eq!(answer, Ok(error.answer()));
            assert_eq!(opening.into_parts().err(), Some(error.into()));
        }
    }
}

#[test]
fn refusals_by_the_application() {
    let (stream, _) = with_frames(SHORTEST);
    let refusal = Refusal { headers: &[("X", "y")], body: b"no", ..Refusal::new(403) };
    let expected = b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 2\r\n\
        X: y\r\n\r\nno";
    let mut opening = ServerOpening::new([0; 147]);
    feed_server(&mut opening, &stream, &[1000]);
    assert_eq!(opening.answer(), b"");
    assert_eq!(opening.refuse(&refusal), expected);
    // The first answer counts.
    assert_eq!(opening.answer(), expected);
    assert_eq!(opening.refuse(&Refusal::new(404)), expected);
    assert_eq!(opening.accept(&Accept::default()), expected);
    assert_eq!(opening.accept_into(&Accept::default(), &mut [0; 512]), Ok([].as_slice()));
    let error = OpeningError::Refused { status: 403 };
    assert_eq!(opening.request(), Err(error));
    assert_eq!(opening.into_parts().err(), Some(error));

    // A refusal after the acceptance has no effect.
    let mut opening = ServerOpening::new([0; 147]);
    feed_server(&mut opening, &stream, &[1000]);
    let answer = opening.accept(&Accept::default()).to_vec();
    assert!(answer.starts_with(b"HTTP/1.1 101 "));
    assert_eq!(opening.refuse(&refusal), answer);
    assert_eq!(opening.answer(), answer);
    assert_eq!(opening.request(), Err(OpeningError::Answered));
    assert_eq!(parts(opening.into_parts()).unwrap(), FRAMES);

    // A refusal that cannot be written.
    let body = [b'x'; 200];
    for (refusal, error) in [
        (Refusal { body: &body, ..refusal }, HandshakeError::NoRoom { needed: 272 }),
        (Refusal { status: 101, ..refusal }, HandshakeError::RefusalStatus { status: 101 }),
        (Refusal { headers: &[("X", "\n")], ..refusal }, HandshakeError::ExtraHeader),
    ] {
        let mut opening = ServerOpening::new([0; 147]);
        feed_server(&mut opening, &stream, &[1000]);
        assert_eq!(opening.refuse(&refusal), error.answer());
        assert_eq!(opening.answer(), error.answer());
        assert_eq!(opening.into_parts().err(), Some(error.into()));
    }

    // A malformed head has its own answer.
    let mut opening = ServerOpening::new([0; 147]);
    feed_server(&mut opening, b"GET\n", &[1]);
    assert_eq!(opening.refuse(&refusal), HandshakeError::LineEnding.answer());
    assert_eq!(opening.into_parts().err(), Some(HandshakeError::LineEnding.into()));
}

#[test]
fn the_stream_ends_inside_the_request() {
    let (stream, head_len) = with_frames(SHORTEST);
    for len in 0..head_len {
        let mut opening = ServerOpening::new([0; 1024]);
        feed_server(&mut opening, &stream[..len], &[9]);
        assert_eq!(opening.request(), Err(OpeningError::Cut));
        assert_eq!(opening.accept(&Accept::default()), b"");
        assert_eq!(opening.refuse(&Refusal::new(400)), b"");
        assert_eq!(opening.answer(), b"");
        assert_eq!(opening.into_parts().err(), Some(OpeningError::Cut));
    }
    // After the request it is the end of the frames.
    let mut opening = ServerOpening::new([0; 1024]);
    feed_server(&mut opening, &stream, &[1]);
    opening.filled(0);
    opening.accept(&Accept::default());
    assert_eq!(parts(opening.into_parts()).unwrap(), b"");
}

#[test]
fn calls_that_come_too_early() {
    let (stream, head_len) = with_frames(SHORTEST);
    let mut opening = ServerOpening::new([0; 1024]);
    opening.space()[..head_len - 1].copy_from_slice(&stream[..head_len - 1]);
    opening.filled(head_len - 1);
    assert!(opening.wants_read());
    assert_eq!(opening.request(), Err(OpeningError::Unfinished));
    assert_eq!(opening.accept(&Accept::default()), b"");
    assert_eq!(opening.refuse(&Refusal::new(403)), b"");
    opening.read_with(|space| (&stream[head_len - 1..]).read(space)).unwrap();
    assert!(!opening.wants_read());
    assert!(opening.accept(&Accept::default()).starts_with(b"HTTP/1.1 101 "));
    assert_eq!(parts(opening.into_parts()).unwrap(), FRAMES);

    let mut opening = ServerOpening::new([0; 1024]);
    feed_server(&mut opening, &stream, &[1]);
    assert_eq!(opening.into_parts().err(), Some(OpeningError::Unfinished));
    assert_eq!(ServerOpening::new([0; 9]).into_parts().err(), Some(OpeningError::Unfinished));
}

fn offer() -> Offer<'static> {
    Offer { subprotocols: &["chat"], ..Offer::new(Uri::parse("ws://example.com/").unwrap()) }
}

fn client<I: Buffer>(input: I) -> ClientOpening<'static, I> {
    ClientOpening::new(&offer(), Key::new(*b"the sample nonce"), input)
}

#[test]
fn every_split_of_a_response_has_the_same_result() {
    let early = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    for (head, error) in [
        (ACCEPTED.to_owned(), None),
        (ACCEPTED.to_owned() + "Sec-WebSocket-Protocol: chat\r\n", None),
        (early.to_owned() + ACCEPTED, None),
        (ACCEPTED.replace("s3p", "S3p"), Some(HandshakeError::Accept)),
        (
            "HTTP/1.1 302 Found\r\nLocation: /b\r\n".to_owned(),
            Some(HandshakeError::NotSwitching { status: 302 }),
        ),
        ("HTTP/1.1 101\n".to_owned(), Some(HandshakeError::LineEnding)),
        ("SSH-2.0\r\n".to_owned(), Some(HandshakeError::StartLine)),
    ] {
        let (stream, head_len) = with_frames(&head);
        for split in 0..=stream.len() {
            let reads = [&[split.max(1), usize::MAX], READS[split % READS.len()]].concat();
            let mut opening = client([0; 256]);
            let taken = feed_client(&mut opening, &stream, &reads);
            let accepted = opening.accepted().map(|accepted| accepted.subprotocol());
            let chat = head.contains("chat").then_some("chat");
            assert_eq!(accepted, error.map_or(Ok(chat), |error| Err(error.into())));
            if let Ok(response) = opening.response() {
                assert_eq!(response.status(), if head.contains(" 302 ") { 302 } else { 101 });
                assert_eq!(opening.rest(), &stream[head_len..taken]);
            } else {
                assert_eq!(opening.rest(), b"");
            }
            let expected = match error {
                None => Ok(stream[head_len..taken].to_vec()),
                Some(error) => Err(error.into()),
            };
            assert_eq!(parts(opening.into_parts()), expected);
        }
    }
}

#[test]
fn a_redirect_is_returned_as_it_is() {
    let mut opening = client([0; 256]);
    let stream = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\n\r\nlog in";
    feed_client(&mut opening, stream, &[usize::MAX]);
    let response = opening.response().unwrap();
    assert_eq!(response.status(), 401);
    assert!(response.header("www-authenticate").eq([b"Basic"]));
    assert_eq!(opening.rest(), b"log in");
}

#[test]
fn the_request_is_written_to_the_input_buffer() {
    let key = Key::new(*b"the sample nonce");
    let mut out = [0; 512];
    let expected = offer().write(key, &mut out).unwrap();
    assert_eq!(client(Vec::new()).request(), Ok(expected));
    assert_eq!(client([0; 512]).request(), Ok(expected));
    let needed = expected.len();
    let mut memory = vec![0; needed];
    assert_eq!(client(memory.as_mut_slice()).request(), Ok(expected));
    let error = HandshakeError::NoRoom { needed };
    assert_eq!(client(&mut memory[1..]).request(), Err(error));

    // It is not part of what is received.
    let mut opening = client([0; 512]);
    opening.request().unwrap();
    let (stream, _) = with_frames(ACCEPTED);
    feed_client(&mut opening, &stream, &[usize::MAX]);
    // A request that comes too late destroys nothing.
    assert_eq!(opening.request(), Ok(expected));
    assert_eq!(parts(opening.into_parts()).unwrap(), FRAMES);

    let offer = Offer { subprotocols: &["a", "a"], ..offer() };
    let mut opening = ClientOpening::new(&offer, key, [0; 512]);
    assert_eq!(opening.request(), Err(HandshakeError::Subprotocols));
}

#[test]
fn informational_responses_are_limited() {
    let endless = b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(1000);
    for reads in READS {
        let mut memory = Vec::new();
        let mut opening = client(&mut memory);
        let taken = feed_client(&mut opening, &endless, reads);
        assert!(taken <= 17 << 10, "{taken}");
        assert_eq!(opening.response(), Err(HandshakeError::HeadTooLarge.into()));
        assert_eq!(opening.into_parts().err(), Some(HandshakeError::HeadTooLarge.into()));
        assert!(memory.len() <= 16 << 10);
    }
}

#[test]
fn the_stream_ends_inside_the_response() {
    let (stream, head_len) = with_frames(ACCEPTED);
    for len in 0..head_len {
        let mut opening = client([0; 256]);
        opening.space()[..len].copy_from_slice(&stream[..len]);
        if len > 0 {
            opening.filled(len);
        }
        assert_eq!(opening.response(), Err(OpeningError::Unfinished));
        assert_eq!(opening.accepted(), Err(OpeningError::Unfinished));
        opening.filled(0);
        assert_eq!(opening.response(), Err(OpeningError::Cut));
        assert_eq!(opening.into_parts().err(), Some(OpeningError::Cut));
    }
    let mut opening = client([0; 100]);
    feed_client(&mut opening, &stream, &[8]);
    assert_eq!(opening.into_parts().err(), Some(HandshakeError::HeadTooLarge.into()));
}

#[test]
fn a_client_and_a_server() {
    let mut client = client(Vec::new());
    let mut server = ServerOpening::new([0; 256]);
    feed_server(&mut server, client.request().unwrap(), &[10]);
    let accept = Accept { subprotocol: Some("chat"), ..Accept::default() };
    feed_client(&mut client, server.accept(&accept), &[10]);
    assert_eq!(client.accepted().unwrap().subprotocol(), Some("chat"));
    assert_eq!(parts(client.into_parts()).unwrap(), b"");
    assert_eq!(parts(server.into_parts()).unwrap(), b"");
}

#[test]
fn each_error_has_words() {
    for (error, words) in [
        (HandshakeError::Accept.into(), "Sec-WebSocket-Accept"),
        (OpeningError::Cut, "ended inside"),
        (OpeningError::Refused { status: 403 }, "403"),
        (OpeningError::Unfinished, "not complete"),
        (OpeningError::Answered, "answered"),
    ] {
        assert!(error.to_string().contains(words), "{error}");
    }
    fn is_error<T: std::error::Error + Send + Sync + Copy + 'static>() {}
    is_error::<OpeningError>();
}

#[cfg(feature = "std")]
#[test]
fn errors_of_std() {
    use std::io::ErrorKind::*;

    for (error, kind) in [
        (HandshakeError::NotSwitching { status: 302 }.into(), ConnectionRefused),
        (HandshakeError::OriginNotAllowed.into(), PermissionDenied),
        (HandshakeError::UriScheme.into(), InvalidInput),
        (HandshakeError::OwnHeader.into(), InvalidInput),
        (HandshakeError::NoRoom { needed: 7 }.into(), WriteZero),
        (HandshakeError::Key.into(), InvalidData),
        (OpeningError::Cut, UnexpectedEof),
        (OpeningError::Refused { status: 404 }, PermissionDenied),
        (OpeningError::Unfinished, InvalidInput),
        (OpeningError::Answered, InvalidInput),
    ] {
        let converted = std::io::Error::from(error);
        assert_eq!(converted.kind(), kind, "{error:?}");
        assert_eq!(converted.to_string(), error.to_string());
    }
}

/// `Debug` shows no password.
#[test]
fn debug() {
    let mut opening = ServerOpening::new([0; 256]);
    assert!(format!("{opening:?}").contains("Reading"));
    feed_server(&mut opening, b"GET / HTTP/1.1\r\nCookie: secret\r\n\r\n", &[1000]);
    assert!(!format!("{opening:?}").contains("secret"));
    let offer = Offer { headers: &[("Cookie", "secret")], ..offer() };
    let opening = ClientOpening::new(&offer, Key::new([0; 16]), [0; 256]);
    assert!(!format!("{opening:?}").contains("secret"));
}

/// A request of a client that offers compression.
fn opening_with_deflate() -> ServerOpening<[u8; 512]> {
    let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x\r\n\r\n";
    let request = [SHORTEST, offer].concat();
    let mut opening = ServerOpening::new([0; 512]);
    opening.space()[..request.len()].copy_from_slice(request.as_bytes());
    opening.filled(request.len());
    opening
}

#[test]
fn compression_is_agreed_on_if_the_server_wants_it_and_has_no_extensions_of_its_own() {
    let policy = Some(Policy::DEFAULT);
    let own = Accept { extensions: "x", ..Accept::default() };
    let foreign = Accept { subprotocol: Some("not offered"), ..Accept::default() };
    for (policy, accept, agreed, answer) in [
        (
            policy,
            Accept::default(),
            Some(Agreed::WITHOUT_CONTEXT),
            "Extensions: permessage-deflate;",
        ),
        (policy, own, None, "Extensions: x\r\n"),
        (None, Accept::default(), None, "\r\n\r\n"),
        (policy, foreign, None, " 500 "),
    ] {
        let mut opening = opening_with_deflate();
        assert_eq!(opening.accept_deflate(&accept, policy), agreed);
        let first = opening.answer().to_vec();
        assert!(str::from_utf8(&first).unwrap().contains(answer), "{answer}");
        // The first call counts.
        assert_eq!(opening.accept_deflate(&Accept::default(), policy), None);
        assert_eq!(opening.answer(), first);
    }

    let mut opening = opening_with_deflate();
    opening.refuse(&Refusal::new(404));
    assert_eq!(opening.accept_deflate(&Accept::default(), policy), None);
}
