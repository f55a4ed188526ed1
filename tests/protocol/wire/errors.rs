//! The properties of an `Error`. The sections, close codes and texts of all rules are tested in
//! src/wire/error.rs.

use std::collections::HashSet;
use wsparse::{
    Assembler, Close, CloseCode, Decoder, Error, Found, HeaderView, Input, Limits, Messages,
    Opcode, Role, Rsv, Rule,
};

/// The shortest input that breaks the rule, the rule, its section, the code to close with.
const RULES: [(&[u8], Rule, &str, u16); 6] = [
    (b"\xC1", Rule::ReservedBit, "5.2", 1002),
    (b"\x83", Rule::ReservedOpcode, "5.2", 1002),
    (b"\x82\x7E\x00\x7D", Rule::NonMinimalLength, "5.2", 1002),
    (b"\x82\x7F\x80", Rule::LengthTopBit, "5.2", 1002),
    (b"\x09", Rule::FragmentedControl, "5.5", 1002),
    (b"\x89\x7E", Rule::ControlTooLong, "5.5", 1002),
];

#[test]
fn an_error_knows_its_section_and_close_code() {
    for (input, rule, section, code) in RULES {
        let error = HeaderView::parse(input).unwrap_err();
        assert_eq!(error.rule(), rule);
        assert_eq!(error.offset(), input.len() as u64 - 1);
        assert_eq!(rule.section(), section);
        assert_eq!(Some(rule.close_code()), CloseCode::new(code));
        assert_eq!(error.close_code(), rule.close_code());
    }
}

#[test]
fn messages_differ_and_name_section_and_offset() {
    let mut messages = HashSet::new();
    for (input, rule, section, _) in RULES {
        let error = HeaderView::parse(input).unwrap_err();
        let text = error.to_string();
        assert!(rule.to_string().ends_with(&format!(" (RFC 6455 section {section})")));
        let end = format!(" (RFC 6455 section {section}), at offset {}", input.len() - 1);
        assert!(text.starts_with(rule.description()) && text.ends_with(&end), "{text}");
        assert!(messages.insert(text));
    }
}

#[test]
fn an_error_is_a_small_plain_value() {
    fn is_plain<T: Copy + Eq + std::hash::Hash + Send + Sync + Unpin + 'static>() {}
    fn is_error<T: core::error::Error>() {}
    is_plain::<Error>();
    is_plain::<Rule>();
    is_plain::<CloseCode>();
    is_error::<Error>();
    assert!(size_of::<Error>() <= 16);
    is_plain::<Found>();

    // `?` into what applications use.
    fn parse(input: &[u8]) -> Result<(), Box<dyn core::error::Error + Send + Sync>> {
        HeaderView::parse(input)?;
        Ok(())
    }
    let error = parse(b"\x83").unwrap_err();
    let error = error.downcast_ref::<Error>().unwrap();
    assert_eq!(error.rule(), Rule::ReservedOpcode);
}

const LIMITS: Limits =
    Limits { max_frame: 99, max_message: 120, max_fragments: 2, ..Limits::DEFAULT };

/// What a server sends, how the error that it causes reads, and what was found.
const FOUND: [(&[u8], &str, Option<Found>); 17] = [
    (
        b"\x91",
        "a reserved bit is set that no extension uses: RSV3 (RFC 6455 section 5.2), at offset 0",
        Some(Found::Rsv(Rsv::RSV3)),
    ),
    (
        b"\xF1",
        "a reserved bit is set that no extension uses: RSV1 RSV2 RSV3 (RFC 6455 section 5.2), at offset 0",
        Some(Found::Rsv(Rsv::RSV1.union(Rsv::RSV2).union(Rsv::RSV3))),
    ),
    (
        b"\x81\x00\x83",
        "the opcode is reserved: opcode 0x3 (RFC 6455 section 5.2), at offset 2",
        Some(Found::Opcode(3)),
    ),
    (
        b"\x8F",
        "the opcode is reserved: opcode 0xF (RFC 6455 section 5.2), at offset 0",
        Some(Found::Opcode(15)),
    ),
    (
        b"\x0A",
        "a control frame is fragmented: opcode 0xA (RFC 6455 section 5.5), at offset 0",
        Some(Found::Opcode(10)),
    ),
    (
        b"\x88\x7E",
        "a control frame's payload is longer than 125 bytes: opcode 0x8 (RFC 6455 section 5.5), at offset 1",
        Some(Found::Opcode(8)),
    ),
    (
        b"\x01\x00\x82",
        "a new message inside one that has not ended: opcode 0x2 (RFC 6455 section 5.4), at offset 2",
        Some(Found::Opcode(2)),
    ),
    (
        b"\x88\x02\x03\xed",
        "a status code that must not be sent: code 1005 (RFC 6455 section 7.4), at offset 2",
        Some(Found::Code(1005)),
    ),
    (
        b"\x88\x03\x00\x00!",
        "a status code that must not be sent: code 0 (RFC 6455 section 7.4), at offset 2",
        Some(Found::Code(0)),
    ),
    (
        b"\x82\x64",
        "a frame is bigger than allowed: a payload of 100 bytes (RFC 6455 section 10.4), at offset 1",
        Some(Found::Length(100)),
    ),
    (
        b"\x82\x7F\x00\x00\x00\x01\x00\x00\x00\x00",
        "a frame is bigger than allowed: a payload of 4294967295 bytes (RFC 6455 section 10.4), at offset 9",
        Some(Found::Length(0xFFFF_FFFF)),
    ),
    (
        b"\x02\x1E012345678901234567890123456789\x80\x5B",
        "a message is bigger than allowed: a payload of 91 bytes (RFC 6455 section 10.4), at offset 33",
        Some(Found::Length(91)),
    ),
    (
        b"\x80",
        "a continuation frame outside a fragmented message (RFC 6455 section 5.4), at offset 0",
        None,
    ),
    (b"\x81\x80", "a server's frame is masked (RFC 6455 section 5.1), at offset 1", None),
    (b"\x88\x01!", "a Close payload of a single byte (RFC 6455 section 5.5.1), at offset 3", None),
    (b"\x81\x02a\xff", "text is not UTF-8 (RFC 6455 section 8.1), at offset 3", None),
    (
        b"\x82\x7E\x00\x05",
        "the payload length is not in its shortest form (RFC 6455 section 5.2), at offset 3",
        None,
    ),
];

#[test]
fn an_error_says_what_was_found() {
    for (stream, text, found) in FOUND {
        // In one read, and in reads of one byte.
        for size in [stream.len(), 1] {
            let mut decoder = Decoder::new(Role::Client, LIMITS);
            let mut messages = Messages::new(Role::Client, LIMITS);
            let mut assembler = Assembler::new([0; 245]);
            let decoded = by_reads(stream, size, |input| match decoder.next(input) {
                Ok(event) => Ok(event.is_some()),
                Err(error) => Err(error),
            });
            let assembled = by_reads(stream, size, |input| {
                messages.next(input, &mut assembler).map(|received| received.is_some())
            });
            for error in [decoded, assembled] {
                assert_eq!((error.to_string().as_str(), error.found()), (text, found));
                assert!(text.starts_with(error.rule().description()));
            }
            // It stays the same.
            assert_eq!(decoder.next(&mut Input::new(&mut [])), Err(decoded));
            assert_eq!(decoder.next(&mut Input::new(&mut [0x81])), Err(decoded));
        }
    }
}

fn by_reads(
    stream: &[u8],
    size: usize,
    mut next: impl FnMut(&mut Input<'_>) -> Result<bool, Error>,
) -> Error {
    let mut bytes = stream.to_vec();
    for read in bytes.chunks_mut(size) {
        let mut input = Input::new(read);
        loop {
            match next(&mut input) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => return error,
            }
        }
    }
    panic!("no rule is broken: {stream:02x?}")
}

#[test]
fn an_error_keeps_what_was_found() {
    let error = Close::parse(b"\x03\xee").unwrap_err();
    assert_eq!(error.offset_by(7).found(), Some(Found::Code(1006)));
    assert_eq!((error.offset(), error.offset_by(7).offset()), (0, 7));
}

#[cfg(feature = "std")]
#[test]
fn errors_of_std() {
    use std::io::{self, ErrorKind};

    for (input, ..) in RULES {
        let error = HeaderView::parse(input).unwrap_err();
        let converted = io::Error::from(error);
        assert_eq!(converted.kind(), ErrorKind::InvalidData);
        assert_eq!(converted.to_string(), error.to_string());
        assert_eq!(converted.downcast::<Error>().unwrap(), error);
    }
    // The caller's mistake, not the peer's.
    let mut messages = Messages::new(Role::Client, LIMITS);
    let mut read = |bytes: &mut [u8]| {
        messages.next(&mut Input::new(bytes), &mut Assembler::new([0; 245])).map(|_| ())
    };
    assert_eq!(read(&mut [0x01, 0x01, b'a']), Ok(()));
    let error = read(&mut [0x80, 0x01, b'b']).unwrap_err();
    assert_eq!(error.rule(), Rule::WrongAssembler);
    assert_eq!(io::Error::from(error).kind(), ErrorKind::InvalidInput);
}

#[cfg(all(feature = "deflate", feature = "std"))]
#[test]
fn a_missing_inflater_is_the_caller_s_mistake() {
    use std::io;

    let agreed = wsparse::deflate::Agreed::WITHOUT_CONTEXT;
    let mut connection = wsparse::Connection::client(LIMITS, || [0; 4]).with_deflate(Some(agreed));
    let mut read = *b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00";
    let error =
        connection.next(&mut Input::new(&mut read), &mut Assembler::new([0; 245])).unwrap_err();
    assert_eq!(error.rule(), Rule::NoInflater);
    assert_eq!(io::Error::from(error).kind(), io::ErrorKind::InvalidInput);
}

#[test]
fn numbers_and_names_can_be_displayed() {
    assert_eq!(format!("{:>5}", CloseCode::NORMAL), " 1000");
    let opcodes = [
        (Opcode::Continuation, "continuation"),
        (Opcode::Text, "text"),
        (Opcode::Binary, "binary"),
        (Opcode::Close, "close"),
        (Opcode::Ping, "ping"),
        (Opcode::Pong, "pong"),
    ];
    for (opcode, name) in opcodes {
        assert_eq!(format!("{opcode:12}|"), format!("{name:12}|"));
    }
}
