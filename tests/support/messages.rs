//! A stream through `Messages`, in any number of reads, against what the oracle finds in it.

use super::stream::{limits, role, rule};
use crate::oracle::stream::{Config, End, Whole, read_whole};
use core::ops::Range;
use wsparse::{Assembler, Buffer, Error, Input, Message, Messages, Received};

/// What is kept free in a buffer that does not grow.
pub const CONTROL: usize = 125;

pub fn messages(config: Config) -> Messages {
    Messages::new(role(config), limits(config))
}

/// What all of a read is, or its start; it is right.
pub fn next<'a, 'b: 'a, B: Buffer>(
    messages: &mut Messages,
    input: &'b mut [u8],
    assembler: &'a mut Assembler<B>,
) -> Option<Received<'a>> {
    let mut input = Input::new(input);
    let received = messages.next(&mut input, assembler).expect("it is right");
    assert!(received.is_some() || input.is_empty());
    received
}

/// Converts what was received to the oracle's types.
pub fn whole(received: &Received<'_>) -> Whole {
    let control = |opcode, payload: &[u8]| Whole::Control { opcode, payload: payload.to_vec() };
    match received {
        Received::Message(message) => Whole::Message {
            is_text: matches!(message, Message::Text(_)),
            payload: message.as_bytes().to_vec(),
            at: None,
        },
        Received::Ping(payload) => control(9, payload),
        Received::Pong(payload) => control(10, payload),
        Received::Close(close) => {
            let code = close.code.map(|code| code.get().to_be_bytes());
            let payload = [code.as_slice().as_flattened(), close.reason.as_bytes()].concat();
            control(8, &payload)
        }
    }
}

/// As [`whole`], without where it was.
pub fn without_place(whole: &Whole) -> Whole {
    match whole.clone() {
        Whole::Message { is_text, payload, .. } => Whole::Message { is_text, payload, at: None },
        control => control,
    }
}

/// What the oracle finds where messages of more than `most` bytes are refused.
pub fn expected(stream: &[u8], config: Config, most: usize) -> (Vec<Whole>, End) {
    let max_message = config.max_message.min(most as u64);
    read_whole(stream, Config { max_message, ..config })
}

/// Receives the stream cut at these offsets, which ascend; finds what was expected, each message
/// that can be borrowed where the read has it, each other one elsewhere.
pub fn assert_receives<B: Buffer>(
    stream: &[u8],
    config: Config,
    assembler: &mut Assembler<B>,
    cuts: impl IntoIterator<Item = usize>,
    expected: &(Vec<Whole>, End),
) {
    let (expected, end_expected) = expected;
    let mut messages = messages(config);
    let (mut start, mut found) = (0, 0);
    for end in cuts.into_iter().chain([stream.len()]) {
        // Memory of its own, so that sanitizers and Miri detect reads past its end.
        let mut chunk = stream[start..end].to_vec();
        let addresses = chunk.as_ptr().addr()..chunk.as_ptr().addr() + chunk.len();
        let mut input = Input::new(&mut chunk);
        loop {
            match messages.next(&mut input, assembler) {
                Ok(Some(received)) => {
                    let expected = expected.get(found).expect("no more is received than was sent");
                    assert_eq!(whole(&received), without_place(expected));
                    if let (Received::Message(message), Whole::Message { at, .. }) =
                        (&received, expected)
                    {
                        assert_place(message.as_bytes(), *at, start..end, &addresses);
                    }
                    found += 1;
                }
                Ok(None) => break,
                Err(error) => {
                    let rest = input.into_rest();
                    assert_eq!(*rest, stream[end - rest.len()..end], "what is left is not touched");
                    assert_final(&mut messages, error, rest, assembler);
                    let offset = usize::try_from(error.offset()).expect("within the stream");
                    assert_eq!(End::Broken { rule: rule(error.rule()), offset }, *end_expected);
                    assert_eq!(found, expected.len());
                    return;
                }
            }
        }
        assert!(input.is_empty(), "all is taken");
        assert_eq!(messages.offset(), end as u64);
        start = end;
    }
    assert!(matches!(end_expected, End::Clean { .. }), "{end_expected:?}");
    assert_eq!(found, expected.len());
}

/// A message in one frame is borrowed from the read if its payload arrived in one read, and
/// otherwise not. An empty message may be anywhere, and so may one in several frames, because all
/// but one of them may be empty.
fn assert_place(message: &[u8], at: Option<usize>, read: Range<usize>, addresses: &Range<usize>) {
    if message.is_empty() {
        return;
    }
    let address = message.as_ptr().addr();
    match at {
        Some(at) if read.start <= at && at + message.len() <= read.end => {
            assert_eq!(address - addresses.start, at - read.start, "where it was received");
        }
        Some(_) => assert!(!addresses.contains(&address), "put together elsewhere"),
        None => {}
    }
}

/// §7.1.7: nothing is decoded any more.
fn assert_final<B: Buffer>(
    messages: &mut Messages,
    error: Error,
    rest: &mut [u8],
    assembler: &mut Assembler<B>,
) {
    assert_eq!(messages.offset(), error.offset());
    let mut legal = *b"\x81\x82\0\0\0\0ok\x81\x02ok";
    for further in [rest, &mut [], &mut legal, &mut [0xFF; 20]] {
        assert_eq!(messages.next(&mut Input::new(further), assembler), Err(error));
    }
    assert_eq!(messages.offset(), error.offset());
}
