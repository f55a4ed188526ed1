//! Frames in any order are passed to an `Encoder`. What it accepts, and nothing else, is what the
//! oracle and a `Decoder` of the other role read.

use crate::oracle::stream::{End, Item};
use crate::oracle::utf8;
use crate::support;
use crate::support::stream::{assert_reads, assert_reads_cut_anywhere, config};
use core::num::NonZeroUsize;
use proptest::prelude::*;
use proptest::{collection::vec, option, sample::Index, sample::select};
use std::cell::Cell;
use wsparse::{Close, CloseCode, Encoder, Header, KeySource, Message, OutgoingFrame, SendError};

/// A message of any bytes, or of text.
#[derive(Clone, Debug)]
enum Owned {
    Text(String),
    Binary(Vec<u8>),
}

impl Owned {
    fn borrow(&self) -> Message<'_> {
        match self {
            Self::Text(text) => Message::Text(text),
            Self::Binary(bytes) => Message::Binary(bytes),
        }
    }
}

/// Something that a caller does.
#[derive(Clone, Debug)]
enum Call {
    Message(Owned),
    /// One of the fragments of a message: the first, the last, or any.
    Fragment(Owned, NonZeroUsize, Index),
    /// All of them, as far as they are accepted.
    Fragments(Owned, NonZeroUsize),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<u16>, String),
    BinaryInPlace(Vec<u8>),
    TextInPlace(Vec<u8>),
}

fn text() -> impl Strategy<Value = String> {
    let characters = select(vec!["a", "é", "€", "🌍", "\u{7FF}", "\u{FFFF}", "0123456789abcdef"]);
    vec(characters, 0..12).prop_map(|characters| characters.concat())
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let few = vec(any::<u8>(), 0..24);
    prop_oneof![6 => few, 1 => (120..135_usize).prop_map(support::sample)]
}

fn message() -> impl Strategy<Value = Owned> {
    prop_oneof![text().prop_map(Owned::Text), bytes().prop_map(Owned::Binary)]
}

fn size() -> impl Strategy<Value = NonZeroUsize> {
    (1..20_usize).prop_map(|size| NonZeroUsize::new(size).unwrap())
}

fn call() -> impl Strategy<Value = Call> {
    let maybe_text = prop_oneof![text().prop_map(String::into_bytes), bytes()];
    let close = (option::of(990..5_010_u16), text());
    prop_oneof![
        4 => message().prop_map(Call::Message),
        8 => (message(), size(), any::<Index>())
            .prop_map(|(message, size, index)| Call::Fragment(message, size, index)),
        3 => (message(), size()).prop_map(|(message, size)| Call::Fragments(message, size)),
        2 => bytes().prop_map(Call::Ping),
        2 => bytes().prop_map(Call::Pong),
        1 => close.prop_map(|(code, reason)| Call::Close(code, reason)),
        2 => bytes().prop_map(Call::BinaryInPlace),
        2 => maybe_text.prop_map(Call::TextInPlace),
    ]
}

/// The bytes sent, and what they stand for: FIN and opcode, payload.
#[derive(Default)]
struct Sent {
    bytes: Vec<u8>,
    frames: Vec<(u8, Vec<u8>)>,
}

impl Sent {
    /// Encodes the frame into an output of any length, and returns whether it was sent.
    fn frame<K: KeySource>(
        &mut self,
        encoder: &mut Encoder<K>,
        frame: OutgoingFrame<'_>,
        payload: &[u8],
        room: usize,
    ) -> bool {
        let mut output = vec![0; room];
        let needed = encoder.encoded_len(frame);
        let first = if frame.fin() { 0x80 } else { 0 } | frame.opcode().get();
        match encoder.encode(frame, &mut output) {
            Ok(bytes) => {
                assert_eq!(bytes.len(), needed);
                self.bytes.extend_from_slice(bytes);
                self.frames.push((first, payload.to_vec()));
                true
            }
            Err(SendError::NoRoom { needed: told }) => {
                assert!(told == needed && room < needed);
                false
            }
            Err(_) => false,
        }
    }

    fn in_place(&mut self, first: u8, header: Result<&[u8], SendError>, was: Vec<u8>, is: &[u8]) {
        match header {
            Ok(header) => {
                self.bytes.extend_from_slice(header);
                self.bytes.extend_from_slice(is);
                self.frames.push((first, was));
            }
            Err(error) => {
                assert_eq!(was, is);
                let is_text = utf8::read(was) == utf8::Text::Complete;
                assert!(!matches!(error, SendError::InvalidUtf8 { .. }) || !is_text);
            }
        }
    }

    fn call<K: KeySource>(&mut self, encoder: &mut Encoder<K>, call: &Call, room: usize) {
        match call {
            Call::Message(message) => {
                let payload = message.borrow().as_bytes();
                self.frame(encoder, message.borrow().into(), payload, room);
            }
            Call::Fragment(message, size, index) => {
                let fragments: Vec<_> = message.borrow().fragments(*size).collect();
                let frame = fragments[index.index(fragments.len())];
                self.frame(encoder, frame, frame.payload(), room);
            }
            Call::Fragments(message, size) => {
                for frame in message.borrow().fragments(*size) {
                    if !self.frame(encoder, frame, frame.payload(), room) {
                        break;
                    }
                }
            }
            Call::Ping(payload) | Call::Pong(payload) => {
                let is_ping = matches!(call, Call::Ping(_));
                let make = if is_ping { OutgoingFrame::ping } else { OutgoingFrame::pong };
                if let Ok(frame) = make(payload) {
                    self.frame(encoder, frame, payload, room);
                }
            }
            Call::Close(code, reason) => {
                let payload = code.map(u16::to_be_bytes).into_iter().flatten();
                let payload: Vec<u8> = payload.chain(reason.bytes()).collect();
                let code = match code.map(CloseCode::new) {
                    Some(None) => return,
                    Some(code) => code,
                    None => None,
                };
                if let Ok(frame) = OutgoingFrame::close(Close { code, reason }) {
                    self.frame(encoder, frame, &payload, room);
                }
            }
            Call::BinaryInPlace(was) => {
                let (mut payload, mut header) = (was.clone(), [0; Header::MAX_LEN]);
                let header = encoder.mask_binary_in_place(&mut payload, &mut header);
                self.in_place(0x82, header, was.clone(), &payload);
            }
            Call::TextInPlace(was) => {
                let (mut payload, mut header) = (was.clone(), [0; Header::MAX_LEN]);
                let header = encoder.mask_text_in_place(&mut payload, &mut header);
                self.in_place(0x81, header, was.clone(), &payload);
            }
        }
    }

    fn assert_read(self, is_to_server: bool, cuts: Vec<usize>) {
        let reading = assert_reads(&self.bytes, config(is_to_server));
        assert_eq!(reading.end, End::Clean { pending: 0 });
        let read = reading.items.iter().map(|item| match item {
            Item::Data { fields, payload, .. } => {
                (if fields.fin { 0x80 } else { 0 } | fields.opcode, payload.clone())
            }
            Item::Control { opcode, payload } => (0x80 | opcode, payload.clone()),
        });
        assert_eq!(read.collect::<Vec<_>>(), self.frames);
        assert_reads_cut_anywhere(&self.bytes, config(is_to_server), cuts, &reading);
        // §5.5.1, §5.5.2: only Pongs after a Close; a decoder leaves them to its caller.
        let mut behind = self.frames.iter().skip_while(|(first, _)| *first != 0x88).skip(1);
        assert!(behind.all(|(first, _)| *first == 0x8A));
    }
}

fn proptest_config() -> ProptestConfig {
    ProptestConfig {
        cases: if cfg!(miri) { 8 } else { 2_000 },
        // Writes no file: Miri and wasm have none. A failure prints its input.
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(proptest_config())]

    #[test]
    fn what_is_accepted_is_read(
        calls in vec((call(), prop_oneof![6 => Just(1 << 10), 1 => 0..40_usize]), 0..24),
        cuts in vec(any::<usize>(), 0..6),
        key in any::<[u8; 4]>(),
    ) {
        let (mut server, mut sent) = (Encoder::server(), Sent::default());
        for (call, room) in &calls {
            sent.call(&mut server, call, *room);
        }
        sent.assert_read(false, cuts.clone());

        let drawn = Cell::new(0);
        let mut client = Encoder::client(|| {
            drawn.set(drawn.get() + 1);
            key.map(|byte| byte.wrapping_add(drawn.get() as u8))
        });
        let mut sent = Sent::default();
        for (call, room) in &calls {
            sent.call(&mut client, call, *room);
        }
        prop_assert_eq!(drawn.get(), sent.frames.len());
        sent.assert_read(true, cuts);
    }
}
