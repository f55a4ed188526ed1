//! Shared by the tests of the handshake and its fuzz target: every split of a head has the same
//! result, and a head that was written is read back unchanged.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::fmt::Debug;
use wsparse::handshake::{
    Accept, HandshakeError, HeadLimits, HeadReader, Headers, Key, Offer, Request, Response, Uri,
};
use wsparse::{Buffer, ClientOpening, OpeningError, ServerOpening, Status};

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Request,
    Response,
}

/// The error for a byte that cannot start a request or response after these bytes.
fn start_error(kind: Kind, before: &[u8], byte: u8) -> Option<HandshakeError> {
    let legal = match kind {
        Kind::Response => before.len() >= 5 || b"HTTP/"[before.len()] == byte,
        Kind::Request if before == b"\r" => byte == b'\n',
        Kind::Request => {
            let method = before.strip_prefix(b"\r\n").unwrap_or(before);
            method.contains(&b' ')
                || byte.is_ascii_alphanumeric()
                || b"!#$%&'*+-.^_`|~".contains(&byte)
                || byte == b' ' && !method.is_empty()
                || byte == b'\r' && before.is_empty()
        }
    };
    (!legal).then_some(match byte {
        b'\n' => HandshakeError::LineEnding,
        _ => HandshakeError::StartLine,
    })
}

/// The rules of RFC 9112 §2.2 and the limits, applied byte by byte: the length of the head or the
/// error, and the number of bytes after which that is known.
pub fn head(
    stream: &[u8],
    limits: HeadLimits,
    kind: Kind,
) -> (Option<Result<usize, HandshakeError>>, usize) {
    let mut lines = 0;
    for at in 0..stream.len() {
        let len = at + 1;
        if len > limits.max_head {
            break;
        }
        if let Some(error) = start_error(kind, &stream[..at], stream[at]) {
            return (Some(Err(error)), len);
        }
        let is_ignored = kind == Kind::Request && stream[..len] == *b"\r\n";
        if stream[at] == b'\n' && !is_ignored {
            if at == 0 || stream[at - 1] != b'\r' {
                return (Some(Err(HandshakeError::LineEnding)), len);
            }
            if stream[..len].ends_with(b"\r\n\r\n") {
                return (Some(Ok(len)), len);
            }
            lines += 1;
            if lines - 1 > limits.max_headers.min(128) {
                return (Some(Err(HandshakeError::TooManyHeaders)), len);
            }
        }
        if len == limits.max_head {
            return (Some(Err(HandshakeError::HeadTooLarge)), len);
        }
    }
    match limits.max_head {
        0 => (Some(Err(HandshakeError::HeadTooLarge)), 0),
        _ => (None, stream.len()),
    }
}

/// Reads the stream up to each of `ends`, then all of it, and returns the result.
///
/// Checks that each byte is searched once.
fn read<'b, T: Copy + Debug + PartialEq>(
    stream: &'b [u8],
    limits: HeadLimits,
    ends: impl IntoIterator<Item = usize>,
    kind: Kind,
    parse: fn(&mut HeadReader, &'b [u8]) -> Result<Status<T>, HandshakeError>,
) -> Option<Result<T, HandshakeError>> {
    let (expected, decided) = head(stream, limits, kind);
    let mut reader = HeadReader::new(limits);
    let mut result = None;
    let mut ends: Vec<_> = ends.into_iter().map(|end| end.min(stream.len())).collect();
    ends.push(stream.len());
    ends.sort_unstable();
    for end in ends {
        let before = reader.searched();
        let found = parse(&mut reader, &stream[..end]);
        assert!(reader.searched() >= before && reader.searched() <= end.min(limits.max_head));
        match found {
            Ok(Status::Incomplete { missing }) => {
                assert!(expected.is_none() || end < decided, "known after {decided}");
                assert!(missing > 0 && missing <= 4);
                if let Some(Ok(head_len)) = expected {
                    assert!(end + missing as usize <= head_len);
                }
                assert_eq!(reader.searched(), end, "all of it has been searched");
            }
            Ok(Status::Complete(found)) => {
                assert!(end >= decided && matches!(expected, Some(Ok(_))));
                assert_eq!(*result.get_or_insert(Ok(found)), Ok(found));
            }
            Err(error) => {
                assert!(end >= decided, "not known before {decided}");
                if let Some(Err(expected)) = expected {
                    assert_eq!(error, expected);
                }
                assert_eq!(*result.get_or_insert(Err(error)), Err(error));
            }
        }
    }
    assert_eq!(result.is_some(), expected.is_some());
    result
}

/// Compares the headers of a valid head with what splitting its text returns.
fn assert_headers(headers: Headers<'_>, head: &[u8]) {
    let text: String = head.iter().copied().map(char::from).collect();
    let text = text.strip_prefix("\r\n").unwrap_or(&text);
    let mut lines = text.strip_suffix("\r\n\r\n").expect("an end").split("\r\n").skip(1);
    for header in headers {
        let (name, value) = lines.next().expect("a line").split_once(':').expect("a colon");
        assert_eq!(header.name, name);
        let bytes: String = header.value.iter().copied().map(char::from).collect();
        assert_eq!(bytes, value.trim_matches([' ', '\t']));
    }
    assert_eq!(lines.next(), None);
}

/// Reads the stream at once, byte by byte, and in reads that end at `ends`.
pub fn assert_requests<'b>(
    stream: &'b [u8],
    limits: HeadLimits,
    ends: &[usize],
) -> Option<Result<Request<'b>, HandshakeError>> {
    let (kind, parse) = (Kind::Request, HeadReader::request);
    let whole = read(stream, limits, [], kind, parse);
    assert_eq!(read(stream, limits, 0..stream.len(), kind, parse), whole);
    assert_eq!(read(stream, limits, ends.iter().copied(), kind, parse), whole);
    if let Some(Ok(request)) = whole {
        assert_headers(request.headers(), &stream[..request.head_len()]);
        if let Ok(upgrade) = request.upgrade() {
            let subprotocol = upgrade.subprotocols().last();
            let accept = Accept { subprotocol, ..Accept::default() };
            accept.write(&upgrade, &mut [0; 1 << 16]).expect("an offered subprotocol");
            let offered: Vec<_> = upgrade.subprotocols().collect();
            let different: std::collections::HashSet<_> = offered.iter().collect();
            assert!(offered.len() == different.len() && offered.len() <= 64);
            let path = upgrade.path();
            assert!(path.starts_with('/') && request.target().ends_with(upgrade.query()));
        }
    }
    whole
}

/// Reads the stream at once, byte by byte, and in reads that end at `ends`.
pub fn assert_responses<'b>(
    stream: &'b [u8],
    limits: HeadLimits,
    ends: &[usize],
) -> Option<Result<Response<'b>, HandshakeError>> {
    let (kind, parse) = (Kind::Response, HeadReader::response);
    let whole = read(stream, limits, [], kind, parse);
    assert_eq!(read(stream, limits, 0..stream.len(), kind, parse), whole);
    assert_eq!(read(stream, limits, ends.iter().copied(), kind, parse), whole);
    if let Some(Ok(response)) = whole {
        assert_headers(response.headers(), &stream[..response.head_len()]);
        let offer = Offer::new(Uri::parse("ws://example.com").expect("a URI"));
        if let Ok(accepted) = response.accepted(&offer, Key::new([0; 16])) {
            assert_eq!(accepted.subprotocol(), None);
            assert_eq!(accepted.extensions().count(), 0);
        }
    }
    whole
}

/// Passes the stream to an opening in reads that end at each of `ends`, and returns how many bytes
/// it has taken. Checks that it stops as soon as the result is known.
fn feed<O>(
    opening: &mut O,
    stream: &[u8],
    ends: &[usize],
    decided: Option<usize>,
    wants_read: fn(&O) -> bool,
    space: fn(&mut O) -> &mut [u8],
    filled: fn(&mut O, usize),
) -> usize {
    let mut taken = 0;
    while wants_read(opening) {
        assert!(decided.is_none_or(|decided| taken < decided || taken == 0));
        let end = ends.iter().copied().filter(|end| *end > taken).min().unwrap_or(usize::MAX);
        let space = space(opening);
        assert!(!space.is_empty());
        let len = space.len().min(end.min(stream.len()) - taken);
        space[..len].copy_from_slice(&stream[taken..][..len]);
        filled(opening, len);
        taken += len;
    }
    taken
}

/// Passes the stream to a server's opening, split at `ends`, and accepts the request. The result is
/// that of the reader.
pub fn assert_server_opening<I: Buffer + AsRef<[u8]>>(
    stream: &[u8],
    limits: HeadLimits,
    ends: &[usize],
    input: I,
    accept: &Accept<'_>,
) {
    let room = input.max_len();
    let limits = HeadLimits { max_head: limits.max_head.min(room), ..limits };
    let (known, decided) = head(stream, limits, Kind::Request);
    let read = HeadReader::new(limits).request(stream);
    let mut opening = ServerOpening::with_limits(input, limits);
    let taken = feed(
        &mut opening,
        stream,
        ends,
        known.is_some().then_some(decided),
        ServerOpening::wants_read,
        ServerOpening::space,
        ServerOpening::filled,
    );
    let (answer, error) = match read {
        Ok(Status::Incomplete { .. }) => (vec![], Some(OpeningError::Cut)),
        Err(error) => {
            assert_eq!(opening.request(), Err(error.into()));
            (error.answer().to_vec(), Some(error.into()))
        }
        Ok(Status::Complete(request)) => {
            assert_eq!(opening.request(), Ok(request));
            let mut out = vec![0; 1 << 16];
            let written = request.upgrade().and_then(|upgrade| accept.write(&upgrade, &mut out));
            let frames = taken - request.head_len();
            let written = written.and_then(|answer| match answer.len() {
                needed if needed.max(request.head_len()) + frames > room => {
                    Err(HandshakeError::NoRoom { needed })
                }
                _ => Ok(answer.to_vec()),
            });
            match written {
                Ok(answer) => (answer, None),
                Err(error) => (error.answer().to_vec(), Some(error.into())),
            }
        }
    };
    assert_eq!(opening.accept(accept), answer);
    match (opening.into_parts(), error) {
        (Ok((input, frames)), None) => {
            let Ok(Status::Complete(request)) = read else { unreachable!() };
            assert_eq!(input.as_ref()[frames], stream[request.head_len()..taken]);
        }
        (parts, error) => assert_eq!(parts.err(), error),
    }
}

/// Passes the stream to a client's opening, split at `ends`. The result is that of the reader, for
/// the first response that is not an informational one.
pub fn assert_client_opening<I: Buffer + AsRef<[u8]>>(
    stream: &[u8],
    limits: HeadLimits,
    ends: &[usize],
    input: I,
) {
    let limits = HeadLimits { max_head: limits.max_head.min(input.max_len()), ..limits };
    let (mut rest, mut rest_limits) = (stream, limits);
    let read = loop {
        let read = HeadReader::new(rest_limits).response(rest);
        match read {
            Ok(Status::Complete(response)) if matches!(response.status(), 100 | 102..200) => {
                rest = &rest[response.head_len()..];
                rest_limits.max_head -= response.head_len();
            }
            _ => break read,
        }
    };
    let offer = Offer::new(Uri::parse("ws://example.com").expect("a URI"));
    let key = Key::new([0; 16]);
    let mut opening = ClientOpening::with_limits(&offer, key, input, limits);
    let taken = feed(
        &mut opening,
        stream,
        ends,
        None,
        ClientOpening::wants_read,
        ClientOpening::space,
        ClientOpening::filled,
    );
    let head_len = match read {
        Ok(Status::Incomplete { .. }) => Err(OpeningError::Cut),
        Err(error) => Err(error.into()),
        Ok(Status::Complete(response)) => {
            assert_eq!(opening.response(), Ok(response));
            let accepted = response.accepted(&offer, key).map_err(OpeningError::from);
            assert_eq!(opening.accepted(), accepted);
            let skipped = stream.len() - rest.len();
            assert_eq!(opening.rest(), &rest[response.head_len()..taken - skipped]);
            accepted.map(|_| response.head_len() + skipped)
        }
    };
    match (opening.into_parts(), head_len) {
        (Ok((input, frames)), Ok(head_len)) => {
            assert_eq!(input.as_ref()[frames], stream[head_len..taken]);
        }
        (parts, head_len) => assert_eq!(parts.err(), head_len.err()),
    }
}

const LIMITS: HeadLimits = HeadLimits { max_head: usize::MAX, max_headers: usize::MAX };

fn request(head: &[u8]) -> Request<'_> {
    match HeadReader::new(LIMITS).request(head) {
        Ok(Status::Complete(request)) => request,
        other => panic!("{other:?} in {:?}", String::from_utf8_lossy(head)),
    }
}

fn response(head: &[u8]) -> Response<'_> {
    match HeadReader::new(LIMITS).response(head) {
        Ok(Status::Complete(response)) => response,
        other => panic!("{other:?} in {:?}", String::from_utf8_lossy(head)),
    }
}

/// Checks that the headers after the first `own` are exactly the additional ones.
fn assert_extra(headers: Headers<'_>, own: usize, extra: &[(&str, &str)]) {
    let found: Vec<_> = headers.skip(own).map(|header| (header.name, header.value)).collect();
    let expected: Vec<_> = extra
        .iter()
        .map(|(name, value)| (*name, value.trim_matches([' ', '\t']).as_bytes()))
        .collect();
    assert_eq!(found, expected);
}

/// Writes the offer, reads it back as a server, writes the response and reads that back as the
/// client. Each side either refuses to write its head, or the other side reads exactly what was
/// meant.
pub fn assert_round_trip(
    offer: &Offer<'_>,
    key: Key,
    accept: &Accept<'_>,
) -> Result<(), HandshakeError> {
    let mut out = vec![0; 1 << 16];
    let written = match offer.write(key, &mut out) {
        Err(HandshakeError::NoRoom { needed }) => {
            out.resize(needed, 0);
            offer.write(key, &mut out)?
        }
        result => result?,
    };
    assert_eq!(offer.write(key, &mut vec![0; written.len()]), Ok(written), "no more than needed");
    let needed = written.len();
    assert_eq!(offer.write(key, &mut vec![0; needed - 1]), Err(HandshakeError::NoRoom { needed }));

    if offer.headers.len() > 120 {
        return Ok(());
    }
    let request = request(written);
    let own =
        5 + usize::from(!offer.subprotocols.is_empty()) + usize::from(!offer.extensions.is_empty());
    assert_eq!(request.head_len(), needed);
    assert_extra(request.headers(), own, offer.headers);
    let upgrade = match request.upgrade() {
        Ok(upgrade) => upgrade,
        // `Origin` is an additional header, but the handshake has rules for it.
        Err(error @ (HandshakeError::Origin | HandshakeError::RepeatedHeader)) => {
            assert!(offer.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Origin")));
            return Err(error);
        }
        Err(error) => panic!("{error} in {:?}", String::from_utf8_lossy(written)),
    };
    assert_eq!(upgrade.key(), key);
    assert_eq!((upgrade.path(), upgrade.query()), (offer.uri.path(), offer.uri.query()));
    assert!(upgrade.host().contains(offer.uri.host()));
    assert!(upgrade.subprotocols().eq(offer.subprotocols.iter().copied()));

    let mut out = vec![0; 1 << 16];
    let written = match accept.write(&upgrade, &mut out) {
        Err(HandshakeError::UnofferedSubprotocol) => {
            assert!(!offer.subprotocols.contains(&accept.subprotocol.expect("one")));
            return Err(HandshakeError::UnofferedSubprotocol);
        }
        result => result?,
    };
    if accept.headers.len() > 120 {
        return Ok(());
    }
    let response = response(written);
    let own =
        3 + usize::from(accept.subprotocol.is_some()) + usize::from(!accept.extensions.is_empty());
    assert_eq!((response.status(), response.head_len()), (101, written.len()));
    assert_extra(response.headers(), own, accept.headers);
    let accepted = response.accepted(offer, key).expect("an answer to the offer");
    assert_eq!(accepted.subprotocol(), accept.subprotocol);
    let another = Key::new([0x5A; 16]);
    if key != another {
        assert_eq!(response.accepted(offer, another), Err(HandshakeError::Accept));
    }
    Ok(())
}
