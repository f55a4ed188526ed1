//! Each function, at each length and place, against the oracle.

use crate::memory::{Memory, Place};
use crate::oracle::{self, utf8};
use wsparse::{
    Assembler, Buffer, Encoder, Frame, Header, HeaderView, Input, Limits, Message, Messages,
    Received, Role, Status, Utf8, copy_masked, unmask, unmask_from, unmask_text,
};

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
const LONGEST: usize = 600;

/// Makes all calls, and returns their number.
pub fn all() -> usize {
    let mut checks = Checks { from: Memory::new(), to: Memory::new(), calls: 0 };
    for place in Place::ALL {
        for payload in (0..=LONGEST).flat_map(payloads) {
            checks.masking(&payload, place);
            checks.text(&payload, place);
            checks.frames(&payload, place);
            checks.assembling(&payload, place);
        }
    }
    checks.calls
}

/// Returns payloads of this length: any bytes; ASCII; longer characters, which may be cut off at the
/// end; the same with a wrong byte at the end.
fn payloads(len: usize) -> [Vec<u8>; 4] {
    let characters: Vec<u8> = "é€🌍好".bytes().cycle().take(len).collect();
    let mut wrong = characters.clone();
    if let Some(last) = wrong.last_mut() {
        *last = 0xFF;
    }
    [(0..len).map(|i| (i * 7 + i / 256) as u8).collect(), vec![b'~'; len], characters, wrong]
}

fn masked(payload: &[u8], offset: u64) -> Vec<u8> {
    let mut masked = payload.to_vec();
    oracle::unmask_from(&mut masked, KEY, offset);
    masked
}

/// Returns what a validator returns for a part of a text that starts between two characters.
fn check_part(text: &[u8]) -> Result<(), usize> {
    match utf8::read(text.iter().copied()) {
        utf8::Text::Broken { offset } => Err(offset),
        utf8::Text::Complete | utf8::Text::Unfinished => Ok(()),
    }
}

fn check_whole(text: &[u8]) -> Result<(), usize> {
    match utf8::read(text.iter().copied()) {
        utf8::Text::Unfinished => Err(text.len()),
        _ => check_part(text),
    }
}

struct Checks {
    from: Memory,
    to: Memory,
    calls: usize,
}

impl Checks {
    fn masking(&mut self, payload: &[u8], place: Place) {
        let bytes = self.from.copy(&masked(payload, 0), place);
        unmask(bytes, KEY);
        assert_eq!(bytes, payload);
        for offset in 0..4 {
            let masked = masked(payload, offset);
            let bytes = self.from.copy(&masked, place);
            unmask_from(bytes, KEY, offset);
            assert_eq!(bytes, payload);

            let (from, to) = (self.from.copy(&masked, place), self.to.bytes(masked.len(), place));
            let copy = copy_masked(from, KEY, offset, Memory::as_output(to));
            assert_eq!(copy.as_deref(), Some(payload));
            self.calls += 2;
        }
        self.calls += 1;
    }

    fn text(&mut self, text: &[u8], place: Place) {
        let bytes = self.from.copy(&masked(text, 0), place);
        assert_eq!(unmask_text(bytes, KEY).map(|_| ()), check_whole(text), "{text:02x?}");
        assert_eq!(bytes, text);
        self.calls += 1;

        // The first bytes are a part of their own, so that the second part may start in a character.
        for first in 0..text.len().min(5) {
            let (start, rest) = text.split_at(first);
            let expected = check_part(text).map_err(|offset| offset.wrapping_sub(first));
            let mut plain = Utf8::new();
            if plain.check(start).is_err() {
                continue;
            }
            let mut utf8 = plain;
            assert_eq!(plain.check(self.from.copy(rest, place)), expected, "{text:02x?}");
            let bytes = self.from.copy(&masked(rest, first as u64), place);
            assert_eq!(utf8.unmask(bytes, KEY, first as u64), expected, "{text:02x?}");
            assert_eq!(bytes, rest);
            assert_eq!(plain.is_complete(), utf8.is_complete());
            self.calls += 2;
        }
    }

    /// A frame that is written to memory of exactly its length, read from such memory, and cut off
    /// there.
    fn frames(&mut self, payload: &[u8], place: Place) {
        let message = Message::Binary(payload);
        let header_len = match payload.len() {
            0..126 => 2,
            _ => 4,
        };
        let output = self.to.bytes(header_len + payload.len(), place);
        let frame = Encoder::server().encode(message, output).unwrap();
        assert!(frame.ends_with(payload));

        let output = self.to.bytes(header_len + 4 + payload.len(), place);
        let frame = Encoder::client(|| KEY).encode(message, output).unwrap();
        assert!(frame.ends_with(&masked(payload, 0)));
        let frame = frame.to_vec();
        let bytes = self.from.copy(&frame, place);
        let Ok(Status::Complete((found, rest))) = Frame::parse(bytes) else {
            panic!("{frame:02x?} is not a frame");
        };
        assert_eq!((&*found.payload, &*rest), (payload, &[][..]));

        for len in 0..Header::MAX_LEN.min(frame.len()) {
            let bytes = self.from.copy(&frame[..len], place);
            let is_complete = matches!(HeaderView::parse(bytes), Ok(Status::Complete(_)));
            assert_eq!(is_complete, len >= header_len + 4);
            assert!(matches!(Frame::parse(bytes), Ok(Status::Incomplete { .. })));
            self.calls += 2;
        }
        self.calls += 3;
    }

    /// A text in two fragments, which is assembled in memory of exactly its length.
    fn assembling(&mut self, text: &[u8], place: Place) {
        let split = text.len() / 3;
        let (first, second) = text.split_at(split);
        let mut stream = Vec::new();
        for (start, part) in [(0x01, first), (0x80, second)] {
            // The shortest form of a length (§5.2).
            match part.len() {
                len @ 0..126 => stream.extend([start, 0x80 | len as u8]),
                len => stream.extend([start, 0xFE, (len >> 8) as u8, len as u8]),
            }
            stream.extend(KEY);
            stream.extend(masked(part, 0));
        }
        let storage = Exact(self.to.bytes(text.len(), place));
        let mut assembler = Assembler::new(storage);
        let mut input = Input::new(self.from.copy(&stream, place));
        let mut messages = Messages::new(Role::Server, Limits::DEFAULT);
        let found = messages.next(&mut input, &mut assembler);
        match check_whole(text) {
            Ok(()) => {
                let text = str::from_utf8(text).unwrap();
                assert_eq!(found, Ok(Some(Received::Message(Message::Text(text)))));
            }
            Err(_) => assert!(found.is_err(), "{text:02x?}"),
        }
        self.calls += 1;
    }
}

/// A buffer that has no space for the control frame which may follow the message.
struct Exact<'a>(&'a mut [u8]);

impl Buffer for Exact<'_> {
    fn max_len(&self) -> usize {
        self.0.len() + 125
    }

    fn as_slice(&self) -> &[u8] {
        self.0
    }

    fn grow(&mut self, _: usize) -> &mut [u8] {
        self.0
    }
}
