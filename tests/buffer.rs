//! An `Assembler` in memory that the crate does not know.

#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, reason = "tests fail by panicking")]

use wsparse::{Assembler, Buffer, Config, Message, Messages, Received, Role, Rule};

/// Grows, and can be told to give other octets than it was given.
struct Growing {
    octets: Vec<u8>,
    most: usize,
    spoil: Option<u8>,
}

impl Buffer for Growing {
    fn most(&self) -> usize {
        self.most + 125
    }

    fn octets(&self) -> &[u8] {
        &self.octets
    }

    fn with_room_for(&mut self, len: usize) -> &mut [u8] {
        if let (Some(octet), Some(first)) = (self.spoil, self.octets.first_mut()) {
            *first = octet;
        }
        self.octets.resize(len.max(self.octets.len()).min(self.most + 125), 0);
        &mut self.octets
    }
}

/// "Grüße" in two fragments, the ü across them, as a server sends it.
const FRAGMENTS: &[u8] = b"\x01\x03Gr\xC3\x80\x04\xBC\xC3\x9Fe";

/// What comes of it, handed on to `check`.
fn receive(assembler: &mut Assembler<Growing>, check: impl Fn(Message<'_>)) {
    let mut messages = Messages::new(Config::new(Role::Client));
    let mut read = FRAGMENTS.to_vec();
    let mut input = read.as_mut_slice();
    match messages.next(&mut input, assembler) {
        Ok(Some(Received::Message(message))) => check(message),
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn memory_of_the_caller_grows_with_what_has_come() {
    let mut assembler = Assembler::new(Growing { octets: vec![], most: 64 << 20, spoil: None });
    receive(&mut assembler, |message| assert_eq!(message, Message::Text("Grüße")));
    assert!(assembler.into_buffer().octets.len() <= 7 + 125);
}

#[test]
fn a_message_is_as_long_as_the_buffer_allows() {
    for (most, fits) in [(7, true), (6, false)] {
        let mut assembler = Assembler::new(Growing { octets: vec![], most, spoil: None });
        assert_eq!(assembler.max_message(), most);
        let mut messages = Messages::new(Config::new(Role::Client));
        let mut read = FRAGMENTS.to_vec();
        let mut input = read.as_mut_slice();
        let received = messages.next(&mut input, &mut assembler);
        assert_eq!(received.map_err(|error| error.rule()).is_ok(), fits);
        if !fits {
            let error = messages.next(&mut input, &mut assembler).unwrap_err();
            assert_eq!(error.rule(), Rule::MessageTooBig);
        }
    }
}

#[test]
fn text_that_a_buffer_has_not_kept_is_no_text() {
    let spoilt = |octet| Growing { octets: vec![], most: 100, spoil: Some(octet) };
    // Another text is a text; what is no UTF-8 never becomes a `str`.
    receive(&mut Assembler::new(spoilt(b'T')), |message| {
        assert_eq!(message, Message::Text("Trüße"));
    });
    receive(&mut Assembler::new(spoilt(0xFF)), |message| {
        assert_eq!(message, Message::Binary(b"\xFFr\xC3\xBC\xC3\x9Fe"));
    });
}
