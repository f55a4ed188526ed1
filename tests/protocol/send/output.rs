//! Output that grows, and output that is not initialised: the bytes of `encode`.

use super::encoder::{assert_order, close, encode, lengths};
use crate::support::{KEY, sample};
use std::mem::MaybeUninit;
use wsparse::{Encoder, KeySource, Message, OutgoingFrame, SendError};

fn uninit<K: KeySource>(
    encoder: &mut Encoder<K>,
    frame: OutgoingFrame<'_>,
) -> Result<Vec<u8>, SendError> {
    let mut output = vec![MaybeUninit::uninit(); encoder.encoded_len(frame) + 20];
    encoder.encode_uninit(frame, &mut output).map(|sent| sent.to_vec())
}

#[cfg(feature = "alloc")]
fn append<K: KeySource>(
    encoder: &mut Encoder<K>,
    frame: OutgoingFrame<'_>,
) -> Result<Vec<u8>, SendError> {
    let mut output = b"before".to_vec();
    let result = encoder.append(frame, &mut output);
    let appended = output.strip_prefix(b"before").unwrap().to_vec();
    match result {
        Ok(()) => Ok(appended),
        Err(error) => {
            assert!(appended.is_empty());
            Err(error)
        }
    }
}

type Send<K> = fn(&mut Encoder<K>, OutgoingFrame<'_>) -> Result<Vec<u8>, SendError>;

fn assert_all<K: KeySource>(send: Send<K>, new: impl Fn() -> Encoder<K>) {
    if !cfg!(miri) {
        assert_order(&new, |encoder, frame| send(encoder, frame));
    }
    let bytes = sample(if cfg!(miri) { 300 } else { 70_001 });
    let text = "0123456789".repeat(bytes.len().div_ceil(10));
    // For Miri: each way to copy, and each form of the length.
    let few = [0, 1, 15, 16, 33, 125, 126, 128, 129, 257];
    let lengths = lengths().filter(|len| !cfg!(miri) || few.contains(len));
    let messages = lengths
        .flat_map(|len| [OutgoingFrame::binary(&bytes[..len]), OutgoingFrame::text(&text[..len])]);
    let (first, second) = (Message::Text("é").first_fragment(), Message::Text("").last_fragment());
    let controls = [
        OutgoingFrame::ping(&bytes[..3]).unwrap(),
        OutgoingFrame::pong(&bytes[..125]).unwrap(),
        first,
        second,
        close(1000, &text[..123]),
    ];
    let (mut encoder, mut expected) = (new(), new());
    for frame in messages.chain(controls) {
        assert!(send(&mut encoder, frame) == encode(&mut expected, frame), "{frame:?}");
    }
    for frame in [close(1000, ""), OutgoingFrame::close(NO_CODE).unwrap(), close(4999, "bye")] {
        assert_eq!(send(&mut new(), frame), encode(&mut new(), frame));
    }
}

const NO_CODE: wsparse::Close<'_> = wsparse::Close { code: None, reason: "" };

/// Another key for each frame.
fn client() -> Encoder<impl FnMut() -> [u8; 4]> {
    let mut n = 0_u8;
    Encoder::client(move || {
        n = n.wrapping_add(1);
        [n, KEY[1], KEY[2] ^ n, KEY[3]]
    })
}

#[test]
fn uninitialised_output() {
    assert_all(uninit, Encoder::server);
    assert_all(uninit, client);
}

#[cfg(feature = "alloc")]
#[test]
fn growing_output() {
    assert_all(append, Encoder::server);
    assert_all(append, client);
}

#[test]
fn uninitialised_output_is_too_short() {
    let bytes = sample(300);
    for frame in [OutgoingFrame::binary(&bytes), close(1000, "done"), OutgoingFrame::text("")] {
        assert_no_room(Encoder::server, frame);
        assert_no_room(|| Encoder::client(|| panic!("no key is drawn")), frame);
    }
}

fn assert_no_room<K: KeySource>(new: impl Fn() -> Encoder<K>, frame: OutgoingFrame<'_>) {
    let mut encoder = new();
    let needed = encoder.encoded_len(frame);
    for len in 0..needed {
        let mut output = vec![MaybeUninit::uninit(); len];
        let refused = encoder.encode_uninit(frame, &mut output).map(|sent| sent.len());
        assert_eq!(refused, Err(SendError::NoRoom { needed }));
    }
    assert!(!encoder.is_closed());
}

/// Pieces of a long payload are masked as one, wherever in the output they start.
#[cfg(feature = "alloc")]
#[test]
fn frames_are_appended_to_one_another() {
    let bytes = sample(if cfg!(miri) { 9_000 } else { 100_003 });
    let (mut encoder, mut expected) = (client(), client());
    let (mut output, mut bytes_expected) = (Vec::new(), Vec::new());
    for len in [1, 8_191, 8_192, 8_193, 16_385, 3, 100_003] {
        let frame = OutgoingFrame::binary(&bytes[..len.min(bytes.len())]);
        encoder.append(frame, &mut output).unwrap();
        bytes_expected.extend(encode(&mut expected, frame).unwrap());
    }
    assert!(output == bytes_expected);
}
