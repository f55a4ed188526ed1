//! RSV1, which marks a compressed message (RFC 7692 §6), where it must not be.

use wsparse::{
    Assembler, CloseCode, Decoder, Endpoint, Error, Failure, Found, Input, Limits, Messages, Role,
    Rsv, Rule, Step,
};

/// Frames of a server, whether RSV1 was negotiated, and the offset of the byte that breaks the rule.
const BROKEN: &[(&[u8], bool, u64)] = &[
    // On a continuation, after a compressed message's first frame and after a plain one's.
    (b"\x41\x03\xf2\x48\xcd\xc0\x04\xc9\xc9\x07\x00", true, 5),
    (b"\x42\x00\x40\x00", true, 2),
    (b"\x01\x03Hel\xc0\x02lo", true, 5),
    // On control frames, between messages and inside one.
    (b"\xc9\x00", true, 0),
    (b"\xca\x00", true, 0),
    (b"\xc8\x00", true, 0),
    (b"\x41\x03\xf2\x48\xcd\xc9\x00", true, 5),
    // Not negotiated.
    (b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00", false, 0),
    (b"\xc2\x01\x00", false, 0),
    (b"\x41\x03\xf2\x48\xcd", false, 0),
    (b"\x81\x00\xc1\x00", false, 2),
];

fn assert_is_rsv1(error: Error, offset: u64, frames: &[u8]) {
    assert_eq!((error.rule(), error.offset()), (Rule::ReservedBit, offset), "{frames:x?}");
    assert_eq!(error.found(), Some(Found::Rsv(Rsv::RSV1)));
    assert_eq!((error.rule().rfc(), error.rule().section()), (6455, "5.2"));
    assert_eq!(error.close_code(), CloseCode::PROTOCOL_ERROR);
}

#[test]
fn rsv1_where_it_must_not_be() {
    for &(frames, negotiated, offset) in BROKEN {
        let allowed_rsv = if negotiated { Rsv::RSV1 } else { Rsv::NONE };
        let limits = Limits { allowed_rsv, ..Limits::DEFAULT };

        let (mut decoder, mut bytes) = (Decoder::new(Role::Client, limits), frames.to_vec());
        let mut input = Input::new(&mut bytes);
        let error = loop {
            match decoder.next(&mut input) {
                Ok(event) => assert!(event.is_some(), "{frames:x?}"),
                Err(error) => break error,
            }
        };
        assert_is_rsv1(error, offset, frames);
        // Errors are final.
        assert_eq!(decoder.next(&mut Input::new(&mut [0x81, 0])).err(), Some(error));

        let (mut messages, mut bytes) = (Messages::new(Role::Client, limits), frames.to_vec());
        let (mut input, mut assembler) = (Input::new(&mut bytes), Assembler::new([0; 256]));
        let error = loop {
            match messages.next(&mut input, &mut assembler) {
                Ok(received) => assert!(received.is_some(), "{frames:x?}"),
                Err(error) => break error,
            }
        };
        assert_is_rsv1(error, offset, frames);

        let mut client = Endpoint::client([0; 256], [0; 256], limits, || [0; 4]);
        client.space()[..frames.len()].copy_from_slice(frames);
        client.filled(frames.len());
        let mut written: Vec<u8> = Vec::new();
        let failure = loop {
            match client.advance() {
                Step::Done(outcome) => break outcome.unwrap_err(),
                Step::Write => {
                    written.extend(client.output());
                    client.wrote(client.output().len());
                }
                Step::Read => client.filled(0),
                _ => {}
            }
        };
        let Failure::Rule(error) = failure else { panic!("{failure:?}") };
        assert_is_rsv1(error, offset, frames);
        // The key is zero, so the code 1002 can be read.
        let code: &[u8] = b"\x03\xea";
        assert!(written.windows(2).any(|bytes| bytes == code), "{written:x?}");
    }
}
