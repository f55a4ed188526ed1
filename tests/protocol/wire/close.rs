//! The payload of a Close: RFC 6455 §5.5.1 and §7.4.

use crate::oracle::stream::{End, close_fault, may_be_sent};
use crate::support::stream::{assert_reads, config, frame, rule};
use wsparse::{Close, CloseCode, Rule};

/// Checks it alone, and as a client and as a server sends it.
fn assert_close(payload: &[u8]) {
    let expected = close_fault(payload);
    let found = Close::parse(payload);
    match found {
        Ok(close) => {
            let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
            assert_eq!(close.code.map(CloseCode::get), code);
            assert_eq!(close.reason.as_bytes(), payload.get(2..).unwrap_or_default());
        }
        Err(error) => {
            let offset = usize::try_from(error.offset()).unwrap();
            assert_eq!(Some((rule(error.rule()), offset)), expected, "{payload:02x?}");
        }
    }
    assert_eq!(found.is_err(), expected.is_some(), "{payload:02x?}");
    if payload.len() <= 125 {
        for to_server in [true, false] {
            let stream = frame(to_server, 0x88, payload);
            let start = stream.len() - payload.len();
            let end = assert_reads(&stream, config(to_server)).end;
            assert_eq!(
                end,
                match expected {
                    Some((rule, offset)) => End::Broken { rule, offset: start + offset },
                    None => End::Clean { pending: 0 },
                }
            );
        }
    }
}

#[test]
fn all_codes() {
    let stride = if cfg!(miri) { 4_999 } else { 1 };
    let mut legal = 0;
    for code in (0..=u16::MAX).step_by(stride) {
        let payload = code.to_be_bytes();
        assert_close(&payload);
        assert_eq!(CloseCode::new(code).is_some(), may_be_sent(code.into()));
        let parsed = Close::parse(&payload);
        match CloseCode::new(code) {
            Some(code) => assert_eq!(parsed, Ok(Close { code: Some(code), reason: "" })),
            None => assert_eq!(
                parsed.map_err(|error| (error.rule(), error.offset(), error.close_code())),
                Err((Rule::ReservedCloseCode, 0, CloseCode::PROTOCOL_ERROR))
            ),
        }
        legal += u32::from(parsed.is_ok());
    }
    // 1000–1003, 1007–1014, 3000–4999.
    assert!(cfg!(miri) || legal == 4 + 8 + 2_000, "{legal}");
}

#[test]
fn nothing_says_nothing() {
    assert_eq!(Close::parse(b""), Ok(Close { code: None, reason: "" }));
    assert_close(b"");
}

#[test]
fn one_byte_is_half_a_code() {
    for byte in (0..=255).step_by(if cfg!(miri) { 85 } else { 1 }) {
        let error = Close::parse(&[byte]).unwrap_err();
        assert_eq!((error.rule(), error.offset()), (Rule::HalfCloseCode, 1));
        assert_eq!((error.close_code().get(), error.rule().section()), (1002, "5.5.1"));
        assert_close(&[byte]);
    }
}

#[test]
fn reasons() {
    let longest = "é".repeat(61);
    let good = ["a", "\0", "done", "é", "€", "🌍", "\u{FEFF}", "\u{10FFFF}", &longest];
    let codes: &[u16] = if cfg!(miri) { &[4999] } else { &[1000, 1014, 3000, 4999] };
    for (code, reason) in codes.iter().flat_map(|code| good.map(|reason| (*code, reason))) {
        let payload = [&u16::to_be_bytes(code), reason.as_bytes()].concat();
        let close = Close::parse(&payload).unwrap();
        assert_eq!((close.code.map(CloseCode::get), close.reason), (Some(code), reason));
        assert_close(&payload);
        // Cut within a character: what is wrong is the end.
        for len in (2..payload.len()).step_by(if cfg!(miri) { 41 } else { 1 }) {
            assert_close(&payload[..len]);
        }
    }
}

#[test]
fn reasons_that_are_not_utf_8() {
    let rows: [(&[u8], u64); 12] = [
        (b"\x80", 0),
        (b"\xff", 0),
        (b"bye\xff", 3),
        (b"\xc0\x80", 0),
        (b"\xe0\x80\x80", 1),
        (b"ok\xed\xa0\x80", 3),
        (b"\xf4\x90\x80\x80", 1),
        (b"\xe2\x82!", 2),
        (b"\xf0\x9f\x8c!", 3),
        (b"\xc3", 1),
        (b"\xe2\x82", 2),
        ("é\u{FFFD}\u{1F30D}".as_bytes().split_last().unwrap().1, 8),
    ];
    for (reason, offset) in rows {
        let payload = [b"\x03\xe8", reason].concat();
        let error = Close::parse(&payload).unwrap_err();
        let expected = (Rule::InvalidUtf8, offset + 2, CloseCode::INVALID_PAYLOAD);
        assert_eq!((error.rule(), error.offset(), error.close_code()), expected, "{reason:02x?}");
        assert_close(&payload);
        // A code that may not be sent comes before its reason.
        let error = Close::parse(&[b"\x03\xee", reason].concat()).unwrap_err();
        assert_eq!((error.rule(), error.offset()), (Rule::ReservedCloseCode, 0));
    }
}

/// `Close::parse` has no limit of its own: 125 bytes are the header's matter (§5.5).
#[test]
fn a_reason_of_any_length() {
    for len in [122, 123, 124, 1_000] {
        let payload = [&b"\x03\xe8"[..], &vec![b'r'; len]].concat();
        assert_close(&payload);
        let last = payload.len() - 1;
        let mut wrong = payload;
        wrong[last] = 0xC3;
        assert_close(&wrong);
    }
}
