//! An `Assembler` in memory of each kind, and in such as the crate does not know.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests fail by panicking"
)]

use wsparse::{
    Assembler, Buffer, CloseCode, Config, Error, Message, Messages, Received, Role, Rule,
};

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
fn receive(assembler: &mut Assembler<impl Buffer>, check: impl Fn(Message<'_>)) {
    let mut messages = Messages::new(Config::new(Role::Client));
    let mut read = FRAGMENTS.to_vec();
    let mut input = read.as_mut_slice();
    match messages.next(&mut input, assembler) {
        Ok(Some(Received::Message(message))) => check(message),
        other => unreachable!("{other:?}"),
    }
}

/// Owned or borrowed, of known size or not; those that do not grow keep 125 octets free.
#[test]
fn memory_of_each_kind() {
    let mut array = [0; 200];
    let mut slice = [0; 190];
    let mut twice = [0; 180];
    let mut named = [0; 170];
    fills(Assembler::new([0; 210]), 85);
    fills(Assembler::new(&mut array), 75);
    fills(Assembler::new(slice.as_mut_slice()), 65);
    fills(Assembler::new(&mut &mut twice), 55);
    fills(Assembler::new(&mut named as &mut dyn Buffer), 45);
    let mut own = Growing { octets: vec![], most: 30, spoil: None };
    fills(Assembler::new(&mut own), 30);
    // What was borrowed is where the message was put.
    assert_eq!([&array[..7], &slice[..7], &twice[..7], &named[..7]], ["Grüße".as_bytes(); 4]);
    assert_eq!(&own.octets[..7], "Grüße".as_bytes());
}

#[cfg(feature = "alloc")]
#[test]
fn memory_of_each_kind_on_the_heap() {
    let (mut vec, mut full) = (Vec::new(), vec![0xEE; 200]);
    let all = usize::MAX - 125;
    fills(Assembler::new(Vec::new()), all);
    fills(Assembler::new(&mut vec), all);
    fills(Assembler::new(full.as_mut_slice()), 75);
    fills(Assembler::new(vec![0; 190].into_boxed_slice()), 65);
    fills(Assembler::new(Box::new([0; 180])), 55);
    fills(Assembler::new(Box::new(Vec::new())), all);
    let own = Growing { octets: vec![], most: 30, spoil: None };
    fills(Assembler::new(Box::new(own) as Box<dyn Buffer>), 30);
    assert_eq!([&vec[..], &full[..7]], ["Grüße".as_bytes(); 2]);
}

/// It holds messages of so many octets, this one among them.
fn fills(mut assembler: Assembler<impl Buffer>, most: usize) {
    assert_eq!(assembler.max_message(), most);
    receive(&mut assembler, |message| assert_eq!(message, Message::Text("Grüße")));
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
    let is_binary = |message: Message<'_>| {
        assert_eq!(message, Message::Binary(b"\xFFr\xC3\xBC\xC3\x9Fe"));
    };
    receive(&mut Assembler::new(spoilt(0xFF)), is_binary);
    // Whoever borrows or boxes it knows no more of it.
    let mut own = spoilt(0xFF);
    receive(&mut Assembler::new(&mut own), is_binary);
    receive(&mut Assembler::new(&mut &mut own), is_binary);
    receive(&mut Assembler::new(&mut own as &mut dyn Buffer), is_binary);
    #[cfg(feature = "alloc")]
    receive(&mut Assembler::new(Box::new(own)), is_binary);
}

/// Promises more than it has.
struct Exhausted {
    octets: [u8; 8],
}

impl Buffer for Exhausted {
    fn most(&self) -> usize {
        usize::MAX
    }

    fn octets(&self) -> &[u8] {
        &self.octets
    }

    fn with_room_for(&mut self, _: usize) -> &mut [u8] {
        &mut self.octets
    }
}

/// What is refused, and where: at the end of what has no room, be that a fragment or an octet.
#[test]
fn s10_4_what_memory_lacks_for_is_too_big() {
    let nine = b"\x02\x05right\x80\x04long";
    let eight = b"\x02\x05right\x80\x03fit";
    let ping = b"\x02\x05right\x89\x04ping";
    let cases: [(&[u8], _, _); 3] = [
        (nine, Err((Rule::MessageTooBig, 13)), Err((Rule::MessageTooBig, 13))),
        (eight, Ok(Some(Received::Message(Message::Binary(b"rightfit")))), Ok(())),
        // In one piece it needs no room.
        (ping, Ok(Some(Received::Ping(b"ping"))), Err((Rule::FrameTooBig, 13))),
    ];
    for (stream, in_one_read, by_octets) in cases {
        let mut messages = Messages::new(Config::new(Role::Client));
        let mut assembler = Assembler::new(Exhausted { octets: [0; 8] });
        let mut read = stream.to_vec();
        let received = messages.next(&mut read.as_mut_slice(), &mut assembler).map_err(told);
        assert_eq!(received, in_one_read);

        let mut messages = Messages::new(Config::new(Role::Client));
        let mut assembler = Assembler::new(Exhausted { octets: [0; 8] });
        let failed = stream
            .iter()
            .find_map(|octet| messages.next(&mut [*octet].as_mut_slice(), &mut assembler).err());
        assert_eq!(failed.map_or(Ok(()), |error| Err(told(error))), by_octets);
    }

    fn told(error: Error) -> (Rule, u64) {
        assert_eq!(error.close_code(), CloseCode::MESSAGE_TOO_BIG);
        (error.rule(), error.offset())
    }
}
