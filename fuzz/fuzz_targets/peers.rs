//! Any bytes as what a peer sends: tungstenite receives the same messages, and soketto reads the same
//! headers. Where they differ, the RFC decides:
//!
//! - §5.2: a length that is not in its shortest form, or has its top bit set, is an error. tungstenite
//!   and soketto accept the first, also in control frames, where the longer forms are always wrong (§5.5).
//!   The second is an error for them only if it exceeds a limit.
//! - §7.4: a Close whose status code is reserved is an error. tungstenite reports it as a Close.
//! - §8.1 for text, §5.2 and §5.5 for headers: an error is found as early as the bytes show it. The others
//!   may wait for the rest of the frame.
#![no_main]

use libfuzzer_sys::fuzz_target;
use soketto::Parsing;
use soketto::base::Codec;
use std::io::{self, Cursor, Read, Write};
use tungstenite::error::ProtocolError;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{WebSocket, protocol};
use wsparse::{
    Assembler, HeaderView, Input, Limits, Message, Messages, OwnedMessage, Received, Role, Rule,
    Status,
};

/// The longest message, in bytes.
const LONGEST: u64 = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let Some((flags, stream)) = data.split_first() else { return };
    compare_messages(stream, if flags & 1 == 1 { Role::Server } else { Role::Client });
    for end in 0..=stream.len().min(14) {
        compare_header(&stream[..end]);
    }
});

#[derive(Debug, PartialEq)]
enum Item {
    Message(OwnedMessage),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
}

#[derive(Debug)]
enum End {
    Close,
    Error(Option<Rule>),
    NoMoreBytes,
}

fn compare_messages(stream: &[u8], role: Role) {
    let (ours, our_end) = wsparse(stream, role);
    let (theirs, their_end) = tungstenite(stream, role);
    if let End::Error(Some(Rule::NonMinimalLength | Rule::LengthTopBit | Rule::ControlTooLong)) =
        our_end
    {
        assert_eq!(ours, theirs[..ours.len()]);
        return;
    }
    assert_eq!(ours, theirs);
    match (&our_end, &their_end) {
        (End::Close, End::Close)
        | (End::Error(_), End::Error(_) | End::NoMoreBytes)
        | (End::Error(Some(Rule::ReservedCloseCode)), End::Close)
        | (End::NoMoreBytes, End::NoMoreBytes) => {}
        _ => panic!("{our_end:?}, not {their_end:?}"),
    }
}

fn wsparse(stream: &[u8], role: Role) -> (Vec<Item>, End) {
    let limits = Limits {
        max_frame: LONGEST,
        max_message: LONGEST,
        max_fragments: u32::MAX,
        max_control_rate: u32::MAX,
        ..Limits::DEFAULT
    };
    let mut messages = Messages::new(role, limits);
    let (mut stream, mut assembler) = (stream.to_vec(), Assembler::new(Vec::new()));
    let mut input = Input::new(&mut stream);
    let mut items = Vec::new();
    loop {
        items.push(match messages.next(&mut input, &mut assembler) {
            Ok(Some(Received::Message(message))) => Item::Message(message.into()),
            Ok(Some(Received::Ping(payload))) => Item::Ping(payload.to_vec()),
            Ok(Some(Received::Pong(payload))) => Item::Pong(payload.to_vec()),
            Ok(Some(Received::Close(_))) => return (items, End::Close),
            Ok(None) => return (items, End::NoMoreBytes),
            Err(error) => return (items, End::Error(Some(error.rule()))),
        });
    }
}

/// A stream to read from, which ignores what is written.
struct Wire<'a>(Cursor<&'a [u8]>);

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn tungstenite(stream: &[u8], role: Role) -> (Vec<Item>, End) {
    let role = match role {
        Role::Server => protocol::Role::Server,
        Role::Client => protocol::Role::Client,
    };
    let config = WebSocketConfig::default()
        .read_buffer_size(1024)
        .max_frame_size(Some(LONGEST as usize))
        .max_message_size(Some(LONGEST as usize));
    let wire = Wire(Cursor::new(stream));
    let mut socket = WebSocket::from_raw_socket(wire, role, Some(config));
    let mut items = Vec::new();
    loop {
        items.push(match socket.read() {
            Ok(tungstenite::Message::Text(text)) => Item::Message(Message::Text(&text).into()),
            Ok(tungstenite::Message::Binary(bytes)) => {
                Item::Message(Message::Binary(&bytes).into())
            }
            Ok(tungstenite::Message::Ping(payload)) => Item::Ping(payload.to_vec()),
            Ok(tungstenite::Message::Pong(payload)) => Item::Pong(payload.to_vec()),
            Ok(tungstenite::Message::Close(_)) => return (items, End::Close),
            Ok(tungstenite::Message::Frame(_)) => unreachable!("it is for sending"),
            Err(tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => {
                return (items, End::NoMoreBytes);
            }
            Err(_) => return (items, End::Error(None)),
        });
    }
}

fn compare_header(bytes: &[u8]) {
    let mut codec = Codec::new();
    codec.set_max_data_size(usize::MAX);
    match (HeaderView::parse(bytes), codec.decode_header(bytes)) {
        (Ok(Status::Complete(ours)), Ok(Parsing::Done { value: theirs, offset })) => {
            assert_eq!(ours.header_len(), offset);
            assert_eq!(ours.fin(), theirs.is_fin());
            assert_eq!(ours.opcode().get(), u8::from(theirs.opcode()));
            assert_eq!(ours.payload_len(), theirs.payload_len() as u64);
            assert_eq!(ours.masked(), theirs.is_masked());
            let masking_key = theirs.is_masked().then(|| theirs.mask().to_be_bytes());
            assert_eq!(ours.masking_key(), masking_key);
        }
        (Ok(Status::Incomplete { missing }), Ok(Parsing::NeedMore(theirs))) => {
            assert!(missing >= theirs as u64);
        }
        (Err(_), Err(_) | Ok(Parsing::NeedMore(_))) => {}
        (Err(error), Ok(Parsing::Done { value: theirs, .. })) => match error.rule() {
            Rule::NonMinimalLength | Rule::LengthTopBit => {}
            Rule::ControlTooLong => assert!(theirs.payload_len() <= 125),
            rule => panic!("{rule:?}, but soketto accepts {theirs:?}"),
        },
        (ours, _) => panic!("{ours:?}"),
    }
}
