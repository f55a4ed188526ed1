//! The examples of RFC 6455 §5.7, byte for byte, read and written.

use crate::support::{KEY, assert_split, sample};
use wsparse::{Frame, Frames, Header, Opcode, Rsv, Status};

/// A frame of the examples: its bytes, and what they mean.
struct Example {
    bytes: Vec<u8>,
    fin: bool,
    opcode: Opcode,
    masking_key: Option<[u8; 4]>,
    payload: Vec<u8>,
}

fn example(
    bytes: &[u8],
    fin: bool,
    opcode: Opcode,
    masking_key: Option<[u8; 4]>,
    payload: &[u8],
) -> Example {
    Example { bytes: bytes.to_vec(), fin, opcode, masking_key, payload: payload.to_vec() }
}

fn examples() -> Vec<Example> {
    let (short, long) = (sample(256), sample(65_536));
    vec![
        // A single-frame unmasked text message
        example(&[0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f], true, Opcode::Text, None, b"Hello"),
        // A single-frame masked text message
        example(
            &[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58],
            true,
            Opcode::Text,
            Some(KEY),
            b"Hello",
        ),
        // A fragmented unmasked text message
        example(&[0x01, 0x03, 0x48, 0x65, 0x6c], false, Opcode::Text, None, b"Hel"),
        example(&[0x80, 0x02, 0x6c, 0x6f], true, Opcode::Continuation, None, b"lo"),
        // Unmasked Ping request and masked Ping response
        example(&[0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f], true, Opcode::Ping, None, b"Hello"),
        example(
            &[0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58],
            true,
            Opcode::Pong,
            Some(KEY),
            b"Hello",
        ),
        // 256 bytes binary message in a single unmasked frame
        example(
            &[&[0x82, 0x7E, 0x01, 0x00], short.as_slice()].concat(),
            true,
            Opcode::Binary,
            None,
            &short,
        ),
        // 64KiB binary message in a single unmasked frame
        example(
            &[&[0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0], long.as_slice()].concat(),
            true,
            Opcode::Binary,
            None,
            &long,
        ),
    ]
}

fn assert_is(frame: &Frame<'_>, example: &Example) {
    assert_eq!(frame.header.fin(), example.fin);
    assert_eq!(frame.header.rsv(), Rsv::NONE);
    assert_eq!(frame.header.opcode(), example.opcode);
    assert_eq!(frame.header.masked(), example.masking_key.is_some());
    assert_eq!(frame.header.masking_key(), example.masking_key);
    assert_eq!(frame.header.payload_len(), example.payload.len() as u64);
    assert_eq!(frame.payload, example.payload);
}

#[test]
fn each_example_is_read() {
    for example in examples() {
        let mut input = example.bytes.clone();
        let Ok(Status::Complete((frame, rest))) = Frame::parse(&mut input) else {
            panic!("not a whole frame: {:02x?}", example.bytes);
        };
        assert_is(&frame, &example);
        assert!(rest.is_empty());
        assert_split(&example.bytes, 0b000);
    }
}

#[test]
fn all_examples_are_read_as_one_stream() {
    let examples = examples();
    let bytes = examples.iter().map(|example| example.bytes.as_slice());
    let mut input = bytes.collect::<Vec<_>>().concat();
    let input_len = input.len();
    let mut frames = Frames::new(&mut input);
    for example in &examples {
        let frame = frames.next().expect("a frame for each example").unwrap();
        assert_is(&frame, example);
    }
    assert!(frames.next().is_none());
    assert_eq!((frames.consumed(), frames.missing()), (input_len, 2));
}

#[test]
fn each_example_is_written() {
    for example in examples() {
        let mut header = Header::new(example.opcode, example.payload.len() as u64).unwrap();
        if !example.fin {
            header = header.not_final().unwrap();
        }
        let mut payload = example.payload.clone();
        if let Some(key) = example.masking_key {
            header = header.with_masking_key(key);
            wsparse::unmask(&mut payload, key);
        }
        let mut buffer = [0; Header::MAX_LEN];
        let written = [header.encode(&mut buffer), &payload].concat();
        assert_eq!(written, example.bytes);
    }
}
