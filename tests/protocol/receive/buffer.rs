//! An `Assembler` with each kind of buffer, and with one that the crate does not know.

use wsparse::{
    Assembler, Buffer, CloseCode, Error, Input, Limits, Message, Messages, Received, Role, Rule,
};

/// Grows, and can be told to return other bytes than were stored in it.
struct Growing {
    bytes: Vec<u8>,
    most: usize,
    spoil: Option<u8>,
}

impl Buffer for Growing {
    fn max_len(&self) -> usize {
        self.most + 125
    }

    fn as_slice(&self) -> &[u8] {
        &self.bytes
    }

    fn grow(&mut self, len: usize) -> &mut [u8] {
        if let (Some(byte), Some(first)) = (self.spoil, self.bytes.first_mut()) {
            *first = byte;
        }
        self.bytes.resize(len.max(self.bytes.len()).min(self.most + 125), 0);
        &mut self.bytes
    }
}

/// "Grüße" in two fragments, the ü across them, as a server sends it.
const FRAGMENTS: &[u8] = b"\x01\x03Gr\xC3\x80\x04\xBC\xC3\x9Fe";

/// What comes of it, handed on to `check`.
fn receive(assembler: &mut Assembler<impl Buffer>, check: impl Fn(Message<'_>)) {
    let mut messages = Messages::new(Role::Client, Limits::DEFAULT);
    let mut read = FRAGMENTS.to_vec();
    let mut input = Input::new(&mut read);
    match messages.next(&mut input, assembler) {
        Ok(Some(Received::Message(message))) => check(message),
        other => unreachable!("{other:?}"),
    }
}

/// Owned or borrowed, of known size or not; those that do not grow keep 125 bytes free.
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
    let mut own = Growing { bytes: vec![], most: 30, spoil: None };
    fills(Assembler::new(&mut own), 30);
    // What was borrowed is where the message was put.
    assert_eq!([&array[..7], &slice[..7], &twice[..7], &named[..7]], ["Grüße".as_bytes(); 4]);
    assert_eq!(&own.bytes[..7], "Grüße".as_bytes());
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
    let own = Growing { bytes: vec![], most: 30, spoil: None };
    fills(Assembler::new(Box::new(own) as Box<dyn Buffer>), 30);
    assert_eq!([&vec[..], &full[..7]], ["Grüße".as_bytes(); 2]);
}

/// Checks that its longest message has `most` bytes, and that it assembles one.
fn fills(mut assembler: Assembler<impl Buffer>, most: usize) {
    assert_eq!(assembler.max_message(), most);
    receive(&mut assembler, |message| assert_eq!(message, Message::Text("Grüße")));
}

#[test]
fn memory_of_the_caller_grows_with_what_has_come() {
    let mut assembler = Assembler::new(Growing { bytes: vec![], most: 64 << 20, spoil: None });
    receive(&mut assembler, |message| assert_eq!(message, Message::Text("Grüße")));
    assert!(assembler.into_buffer().bytes.len() <= 7 + 125);
}

#[test]
fn a_message_is_as_long_as_the_buffer_allows() {
    for (most, fits) in [(7, true), (6, false)] {
        let mut assembler = Assembler::new(Growing { bytes: vec![], most, spoil: None });
        assert_eq!(assembler.max_message(), most);
        let mut messages = Messages::new(Role::Client, Limits::DEFAULT);
        let mut read = FRAGMENTS.to_vec();
        let mut input = Input::new(&mut read);
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
    let spoilt = |byte| Growing { bytes: vec![], most: 100, spoil: Some(byte) };
    // Another text is a text; what is no UTF-8 never becomes a `str`.
    receive(&mut Assembler::new(spoilt(b'T')), |message| {
        assert_eq!(message, Message::Text("Trüße"));
    });
    let is_binary = |message: Message<'_>| {
        assert_eq!(message, Message::Binary(b"\xFFr\xC3\xBC\xC3\x9Fe"));
    };
    receive(&mut Assembler::new(spoilt(0xFF)), is_binary);
    // The same borrowed, and boxed.
    let mut own = spoilt(0xFF);
    receive(&mut Assembler::new(&mut own), is_binary);
    receive(&mut Assembler::new(&mut &mut own), is_binary);
    receive(&mut Assembler::new(&mut own as &mut dyn Buffer), is_binary);
    #[cfg(feature = "alloc")]
    receive(&mut Assembler::new(Box::new(own)), is_binary);
}

/// Promises more than it has.
struct Exhausted {
    bytes: [u8; 8],
}

impl Buffer for Exhausted {
    fn max_len(&self) -> usize {
        usize::MAX
    }

    fn as_slice(&self) -> &[u8] {
        &self.bytes
    }

    fn grow(&mut self, _: usize) -> &mut [u8] {
        &mut self.bytes
    }
}

/// What is refused, and where: at the end of the fragment or byte that does not fit.
#[test]
fn s10_4_what_memory_lacks_for_is_too_big() {
    let nine = b"\x02\x05right\x80\x04long";
    let eight = b"\x02\x05right\x80\x03fit";
    let ping = b"\x02\x05right\x89\x04ping";
    let cases: [(&[u8], _, _); 3] = [
        (nine, Err((Rule::MessageTooBig, 13)), Err((Rule::MessageTooBig, 13))),
        (eight, Ok(Some(Received::Message(Message::Binary(b"rightfit")))), Ok(())),
        // A frame in one piece needs no memory.
        (ping, Ok(Some(Received::Ping(b"ping"))), Err((Rule::FrameTooBig, 13))),
    ];
    for (stream, in_one_read, by_bytes) in cases {
        let mut messages = Messages::new(Role::Client, Limits::DEFAULT);
        let mut assembler = Assembler::new(Exhausted { bytes: [0; 8] });
        let mut read = stream.to_vec();
        let received = messages.next(&mut Input::new(&mut read), &mut assembler).map_err(told);
        assert_eq!(received, in_one_read);

        let mut messages = Messages::new(Role::Client, Limits::DEFAULT);
        let mut assembler = Assembler::new(Exhausted { bytes: [0; 8] });
        let failed = stream
            .iter()
            .find_map(|byte| messages.next(&mut Input::new(&mut [*byte]), &mut assembler).err());
        assert_eq!(failed.map_or(Ok(()), |error| Err(told(error))), by_bytes);
    }

    fn told(error: Error) -> (Rule, u64) {
        assert_eq!(error.close_code(), CloseCode::MESSAGE_TOO_BIG);
        (error.rule(), error.offset())
    }
}
