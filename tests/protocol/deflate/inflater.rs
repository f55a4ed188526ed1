//! Decompression (RFC 7692 §7.2.2): the RFC's examples, every split, limits, text, and the oracle.

use crate::oracle::deflate::{Inflated, Stream};
use wsparse::deflate::{Agreed, Deflater, Direction, Inflater, Policy, Progress};
use wsparse::{CloseCode, Error, Rule};

const WITH_CONTEXT: Agreed =
    Agreed { outgoing: Direction::WITH_CONTEXT, incoming: Direction::WITH_CONTEXT };
const WITHOUT_CONTEXT: Agreed =
    Agreed { outgoing: Direction::WITHOUT_CONTEXT, incoming: Direction::WITHOUT_CONTEXT };

const HELLO: &[u8] = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
const HELLO_AGAIN: &[u8] = b"\xf2\x00\x11\x00\x00";
const STORED: &[u8] = b"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00";
const FINAL: &[u8] = b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00";
const TWO_BLOCKS: &[u8] = b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00";
const EMPTY: &[u8] = b"\x00";

/// Inflates one message from parts of `input` bytes into pieces of `output` bytes.
fn in_pieces(
    inflater: &mut Inflater,
    payload: &[u8],
    (input, output): (usize, usize),
    (is_text, max_len): (bool, u64),
) -> (Vec<u8>, Result<(), Error>) {
    let mut message = Vec::new();
    inflater.begin(is_text, max_len);
    let mut parts = payload.chunks(input).peekable();
    loop {
        let mut part = parts.next().unwrap_or_default();
        let is_last = parts.peek().is_none();
        loop {
            let mut piece = vec![0xEE; output];
            let before = part.len();
            match inflater.inflate(&mut part, is_last, &mut piece) {
                Err(error) => {
                    // Errors are final.
                    assert_eq!(inflater.inflate(&mut part, is_last, &mut piece), Err(error));
                    return (message, Err(error));
                }
                Ok(Progress { written, is_done }) => {
                    assert!(written <= output && part.len() <= before);
                    assert!(piece[written..].iter().all(|b| *b == 0xEE) || !is_done || written > 0);
                    message.extend(&piece[..written]);
                    if is_done {
                        assert!(part.is_empty());
                        break;
                    }
                    // Not done means that the output is full.
                    assert_eq!(written, output);
                }
            }
        }
        if is_last {
            assert!(inflater.is_idle());
            return (message, Ok(()));
        }
        assert!(!inflater.is_idle());
    }
}

fn whole(inflater: &mut Inflater, payload: &[u8]) -> Result<Vec<u8>, Error> {
    let mut message = Vec::new();
    inflater.begin(false, u64::MAX);
    inflater.inflate_to_vec(payload, true, &mut message)?;
    Ok(message)
}

#[test]
fn the_examples_in_every_split() {
    for agreed in [WITH_CONTEXT, WITHOUT_CONTEXT] {
        for (payload, expected) in [
            (HELLO, "Hello"),
            (STORED, "Hello"),
            (FINAL, "Hello"),
            (TWO_BLOCKS, "Hello"),
            (EMPTY, ""),
        ] {
            for input in 1..=payload.len() {
                for output in 1..=6 {
                    let mut inflater = Inflater::new(agreed);
                    for _ in 0..3 {
                        let (message, result) =
                            in_pieces(&mut inflater, payload, (input, output), (true, 5));
                        assert_eq!((message.as_slice(), result), (expected.as_bytes(), Ok(())));
                    }
                    assert_eq!(whole(&mut inflater, payload).unwrap(), expected.as_bytes());
                }
            }
        }
    }
}

/// The frames of the RFC, decoded by a `Decoder`, with a Ping between two fragments.
#[test]
fn the_frames_of_the_examples() {
    use wsparse::{Decoder, Event, Input, Limits, Role, Rsv};
    let limits = Limits { allowed_rsv: Rsv::RSV1, ..Limits::DEFAULT };
    for frames in [
        b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00".as_slice(),
        b"\x41\x03\xf2\x48\xcd\x89\x01!\x80\x04\xc9\xc9\x07\x00",
        b"\xc1\x0b\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00",
        b"\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\x00\x00",
        b"\xc1\x0d\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00",
    ] {
        for split in 0..=frames.len() {
            let mut decoder = Decoder::new(Role::Client, limits);
            let mut inflater = Inflater::new(WITH_CONTEXT);
            let (mut message, mut is_complete) = (Vec::new(), false);
            let (start, rest) = frames.split_at(split);
            for mut read in [start.to_vec(), rest.to_vec()] {
                let mut input = Input::new(&mut read);
                while let Some(event) = decoder.next(&mut input).unwrap() {
                    let Event::Data(chunk) = event else { continue };
                    if chunk.header.is_some_and(|header| header.rsv.contains(Rsv::RSV1)) {
                        inflater.begin(true, 100);
                    }
                    is_complete = chunk.boundary == wsparse::Boundary::Message;
                    inflater.inflate_to_vec(chunk.payload, is_complete, &mut message).unwrap();
                }
            }
            assert!(is_complete);
            assert_eq!(message, b"Hello");
        }
    }
}

#[test]
fn a_message_may_refer_to_earlier_ones_only_with_context() {
    let mut inflater = Inflater::new(WITH_CONTEXT);
    assert_eq!(whole(&mut inflater, HELLO).unwrap(), b"Hello");
    for _ in 0..3 {
        assert_eq!(whole(&mut inflater, HELLO_AGAIN).unwrap(), b"Hello");
        assert_eq!(whole(&mut inflater, EMPTY).unwrap(), b"");
        // It has no effect: the next message may refer to this one.
        inflater.release();
    }
    // A block with BFINAL ends the window.
    assert_eq!(whole(&mut inflater, FINAL).unwrap(), b"Hello");
    let error = whole(&mut inflater, HELLO_AGAIN).unwrap_err();
    assert_eq!((error.rule(), error.offset()), (Rule::InvalidDeflate, 1));

    let mut inflater = Inflater::new(WITHOUT_CONTEXT);
    for _ in 0..2 {
        assert_eq!(whole(&mut inflater, HELLO).unwrap(), b"Hello");
        let error = whole(&mut inflater, HELLO_AGAIN).unwrap_err();
        assert_eq!((error.rule(), error.offset()), (Rule::InvalidDeflate, 1));
        inflater.release();
    }
}

/// One inflater serves many connections, even after one of them has broken a rule or gone away.
#[test]
fn one_inflater_for_many_connections() {
    let mut inflater = Inflater::new(WITHOUT_CONTEXT);
    for connection in 0..50 {
        match connection % 5 {
            0 => assert!(whole(&mut inflater, b"\xff\xff").is_err()),
            1 => {
                inflater.begin(true, 100);
                let progress =
                    inflater.inflate(&mut b"\xf2\x48\xcd".as_slice(), false, &mut [0; 1]);
                assert_eq!(progress, Ok(Progress { written: 1, is_done: false }));
                assert!(!inflater.is_idle());
                inflater.release();
            }
            2 => assert!(whole(&mut inflater, &HELLO[..3]).is_err()),
            3 => inflater.release(),
            _ => assert_eq!(whole(&mut inflater, TWO_BLOCKS).unwrap(), b"Hello"),
        }
        assert_eq!(whole(&mut inflater, HELLO).unwrap(), b"Hello");
    }
}

/// The tail completes an empty block with dynamic codes, which does not end with a byte.
const COMPLETED: &[u8] = b"\x04\xc0\xa7\x10\x00\x00\x00\x00\xc0\xef\xfe\x94";

/// The same after "Hi".
const COMPLETED_AFTER_HI: &[u8] =
    b"\xf2\xc8\x04\x10\x00\x9f\x42\x00\x00\x00\x00\x00\xbf\xf7\xee\xaf\x76";

#[test]
fn a_long_message_that_ends_inside_a_header() {
    let payload = [b"\x00\x2c\x01\xd3\xfe", &[b'a'; 300][..], COMPLETED].concat();
    let mut inflater = Inflater::new(WITH_CONTEXT);
    let error = whole(&mut inflater, &payload).unwrap_err();
    assert_eq!((error.rule(), error.offset()), (Rule::UnfinishedDeflate, 300));
}

/// Each rule, with its section, its code and the offset in the inflated message.
#[test]
fn errors() {
    let rows: &[(&[u8], bool, u64, Rule, u64)] = &[
        // A reserved block type, invalid lengths of a stored block, a reference to nothing.
        (b"\x06", false, 100, Rule::InvalidDeflate, 0),
        (b"\x00\x05\x00\xfa\xfe", false, 100, Rule::InvalidDeflate, 0),
        (b"\xf2\x00\x11\x00\x00", false, 100, Rule::InvalidDeflate, 1),
        (b"\xf2\x48\x05\x00\x00\x00\xff\xff\xff", false, 100, Rule::InvalidDeflate, 2),
        // Inside a block; inside the header of one; without the empty block at the end.
        (b"", false, 100, Rule::UnfinishedDeflate, 0),
        (b"\xf2\x48\xcd\xc9\xc9", false, 100, Rule::UnfinishedDeflate, 4),
        (b"\xf2\x48\xcd\xc9\xc9\x07", false, 100, Rule::UnfinishedDeflate, 5),
        (b"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f", false, 100, Rule::UnfinishedDeflate, 5),
        (b"\x00\x05\x00\xfa\xff\x48", false, 100, Rule::UnfinishedDeflate, 1),
        (b"\x00\x05\x00\xfa", false, 100, Rule::UnfinishedDeflate, 0),
        (b"\xf3\x48\xcd\xc9\xc9\x07\x00", false, 100, Rule::UnfinishedDeflate, 5),
        (COMPLETED, false, 100, Rule::UnfinishedDeflate, 0),
        (COMPLETED_AFTER_HI, false, 100, Rule::UnfinishedDeflate, 2),
        // A tail that was not removed.
        (b"\xf2\x48\xcd\xc9\xc9\x07\x00\x00\x00\xff\xff", false, 100, Rule::UnfinishedDeflate, 5),
        // Text: stored blocks with a byte that is never right, and half a character at the end.
        (b"\x00\x03\x00\xfc\xffHe\xff\x00", true, 100, Rule::InvalidUtf8, 2),
        (b"\x00\x03\x00\xfc\xffHe\xc3\x00", true, 100, Rule::InvalidUtf8, 3),
        // The first error in the message counts.
        (b"\x00\x03\x00\xfc\xffHe\xff\x06", true, 100, Rule::InvalidUtf8, 2),
        (b"\x00\x03\x00\xfc\xffHe\xff\x00", true, 2, Rule::MessageTooBig, 2),
        // Limits.
        (HELLO, true, 4, Rule::MessageTooBig, 4),
        (HELLO, true, 0, Rule::MessageTooBig, 0),
        (STORED, true, 4, Rule::MessageTooBig, 4),
        (TWO_BLOCKS, true, 2, Rule::MessageTooBig, 2),
        (b"\xf2\x48\xcd\xc9\xc9\x07", false, 4, Rule::MessageTooBig, 4),
    ];
    for &(payload, is_text, max_len, rule, offset) in rows {
        for input in 1..=payload.len().max(1) {
            for output in 1..=7 {
                let mut inflater = Inflater::new(WITH_CONTEXT);
                let pieces = (input, output);
                let (message, result) =
                    in_pieces(&mut inflater, payload, pieces, (is_text, max_len));
                let error = result.unwrap_err();
                assert_eq!(
                    (error.rule(), error.offset()),
                    (rule, offset),
                    "{payload:x?} {pieces:?}"
                );
                assert!(message.len() as u64 <= offset);
                assert_eq!(error.found(), None);
            }
        }
        let (mut inflater, mut message) = (Inflater::new(WITHOUT_CONTEXT), b"before".to_vec());
        inflater.begin(is_text, max_len);
        let error = inflater.inflate_to_vec(payload, true, &mut message).unwrap_err();
        assert_eq!((error.rule(), error.offset()), (rule, offset), "{payload:x?}");
        assert_eq!(message.len() as u64, 6 + offset);
        assert!(message.starts_with(b"before"));
    }
    for rule in [Rule::InvalidDeflate, Rule::UnfinishedDeflate] {
        assert_eq!((rule.rfc(), rule.close_code()), (7692, CloseCode::INVALID_PAYLOAD));
        assert!(rule.to_string().contains("(RFC 7692 section 7.2."), "{rule}");
    }
}

#[test]
fn nothing_is_inflated_outside_of_a_message() {
    let mut inflater = Inflater::new(WITH_CONTEXT);
    let mut part = HELLO;
    let progress = inflater.inflate(&mut part, true, &mut [0; 10]);
    assert_eq!(progress, Ok(Progress { written: 0, is_done: true }));
    let mut message = Vec::new();
    inflater.inflate_to_vec(HELLO, true, &mut message).unwrap();
    assert!(message.is_empty());
}

/// A message that fits exactly is accepted, whether or not there is space after it.
#[test]
fn the_output_may_have_exactly_the_length_of_the_message() {
    let mut inflater = Inflater::new(WITHOUT_CONTEXT);
    for payload in [HELLO, STORED, FINAL, TWO_BLOCKS] {
        inflater.begin(true, 5);
        let mut output = [0; 5];
        let progress = inflater.inflate(&mut { payload }, true, &mut output);
        assert_eq!(progress, Ok(Progress { written: 5, is_done: true }));
        assert_eq!(output, *b"Hello");
    }
    inflater.begin(true, 0);
    assert_eq!(
        inflater.inflate(&mut { EMPTY }, true, &mut []),
        Ok(Progress { written: 0, is_done: true })
    );
    // A full output of no bytes.
    inflater.begin(true, 5);
    let progress = inflater.inflate(&mut { HELLO }, true, &mut []);
    assert_eq!(progress, Ok(Progress { written: 0, is_done: false }));
}

/// Compares with the oracle: what is accepted, what comes out, and which rule is broken.
#[track_caller]
fn compare(payloads: &[&[u8]], pieces: (usize, usize)) {
    let mut inflater = Inflater::new(WITH_CONTEXT);
    let mut oracle = Stream::default();
    for payload in payloads {
        let expected = oracle.inflate(payload);
        let (message, result) = in_pieces(&mut inflater, payload, pieces, (false, u64::MAX));
        let (bytes, rule) = match &expected {
            Inflated::Whole(bytes) => (bytes, None),
            Inflated::Unfinished(bytes) => (bytes, Some(Rule::UnfinishedDeflate)),
            Inflated::Invalid(bytes) => (bytes, Some(Rule::InvalidDeflate)),
        };
        assert_eq!(result.err().map(Error::rule), rule, "{payload:x?}");
        match result {
            Ok(()) => assert_eq!(message, *bytes, "{payload:x?}"),
            Err(error) => {
                assert_eq!(error.offset(), bytes.len() as u64, "{payload:x?}");
                assert!(bytes.starts_with(&message));
                return;
            }
        }
    }
}

/// All messages of one byte, and some of two and three. (All of two bytes take minutes without
/// optimisation.)
#[test]
fn short_messages_like_the_oracle() {
    compare(&[b""], (1, 1));
    for first in 0..=255 {
        compare(&[&[first], HELLO_AGAIN], (1, 1));
        for second in (first % 31..=255).step_by(31) {
            compare(&[&[first, second], HELLO], (2, 3));
            compare(&[HELLO, &[first, second, second ^ first]], (3, 1000));
        }
    }
}

/// Data, and at most 15 bits after it. (All of them take five seconds without optimisation.)
#[test]
fn ends_of_messages_like_the_oracle() {
    for bits in 0..32 {
        for last in (bits % 8..=255).step_by(8) {
            let payload = [b"\xf2\x48\xcd\xc9\xc9", &[bits << 3 | 7, last][..]].concat();
            compare(&[&payload, HELLO], (100, 100));
        }
    }
}

/// Each bit of each example changed, and each of their prefixes.
#[test]
fn changed_messages_like_the_oracle() {
    // "aaaaaaaaaabbbbbbbbbbbb cacacaca ddd" with a dynamic block.
    let dynamic: &[u8] = b"\x04\xc0\x81\x08\x00\x00\x00\x00\x20\x7f\xeb\x0b\x00";
    for payload in [HELLO, STORED, FINAL, TWO_BLOCKS, dynamic] {
        for bit in 0..payload.len() * 8 {
            let mut changed = payload.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            compare(&[HELLO, &changed, HELLO_AGAIN], (1 + bit % 3, 1 + bit % 4));
            compare(&[HELLO, &changed, HELLO_AGAIN], (100, 100));
        }
        for len in 0..payload.len() {
            compare(&[HELLO, &payload[..len], HELLO_AGAIN], (1 + len % 3, 4));
            compare(&[HELLO, &payload[..len], HELLO_AGAIN], (100, 100));
        }
    }
}

/// The offset of an error, and what was inflated before it, in a message that needs more than one
/// output.
#[test]
fn errors_late_in_a_long_message() {
    const LEN: usize = 150_000;
    let policy = Policy { threshold: 0, ..Policy::DEFAULT };
    let compressed = |plain: &[u8]| {
        let mut payload = Vec::new();
        assert!(Deflater::new(&policy, WITHOUT_CONTEXT).compress_to_vec(plain, &mut payload));
        payload
    };
    let mut plain: Vec<u8> = (0..LEN as u64).map(|i| b'a' + (i * i / 7 % 26) as u8).collect();

    // A block with the reserved type (RFC 1951 §3.2.3) after all that.
    let payload = [&compressed(&plain)[..], b"\x00\x00\xff\xff\x07"].concat();
    let mut inflater = Inflater::new(WITHOUT_CONTEXT);
    let mut output = b"before".to_vec();
    inflater.begin(false, u64::MAX);
    let error = inflater.inflate_to_vec(&payload, true, &mut output).unwrap_err();
    assert_eq!((error.rule(), error.offset()), (Rule::InvalidDeflate, LEN as u64));
    assert!(output[..6] == *b"before" && output[6..] == plain);
    let error = inflater.inflate_message(&payload, false, u64::MAX).unwrap_err();
    assert_eq!((error.rule(), error.offset()), (Rule::InvalidDeflate, LEN as u64));

    for at in [LEN / 2, LEN - 1] {
        plain[at] = 0xFF;
        let payload = compressed(&plain);
        let error = inflater.inflate_message(&payload, true, u64::MAX).unwrap_err();
        assert_eq!((error.rule(), error.offset()), (Rule::InvalidUtf8, at as u64));
        plain[at] = b'a';
    }
    let max_len = LEN as u64 - 1;
    let error = inflater.inflate_message(&compressed(&plain), true, max_len).unwrap_err();
    assert_eq!((error.rule(), error.offset()), (Rule::MessageTooBig, max_len));
}
