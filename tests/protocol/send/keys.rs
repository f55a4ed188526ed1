//! One encoder type for both roles, and the sources of masking keys.

use super::encoder::encode;
use crate::support::{KEY, sample, write_frame};
use wsparse::{
    ClientKeys, Close, CloseCode, Encoder, Header, KeySource, Message, NoKeys, OutgoingFrame,
    SendError, ServerKeys,
};

type EitherRole = Encoder<Option<fn() -> [u8; 4]>>;

const SERVER: EitherRole = Encoder::new(None);
const CLIENT: EitherRole = Encoder::new(Some(|| KEY));

#[test]
fn an_option_of_keys_is_either_role() {
    let payload = sample(70_000);
    for len in [0, 1, 125, 126, 300, 65_535, 65_536, 70_000] {
        let message = Message::Binary(&payload[..len]);
        let unmasked = write_frame(0x82, None, message.as_bytes());
        assert!(encode(&mut { SERVER }, message).unwrap() == unmasked);
        assert!(encode(&mut Encoder::new(NoKeys), message).unwrap() == unmasked);
        let masked = write_frame(0x82, Some(KEY), message.as_bytes());
        assert!(encode(&mut { CLIENT }, message).unwrap() == masked);
        assert!(encode(&mut Encoder::new(|| KEY), message).unwrap() == masked);
    }
}

#[test]
fn an_encoder_knows_its_role() {
    assert!(!Encoder::server().masks());
    assert!(Encoder::client(|| KEY).masks());
    assert!(!SERVER.masks());
    assert!(CLIENT.masks());
}

/// A frame of each kind, and the first byte of its header.
fn frames() -> [(OutgoingFrame<'static>, u8); 5] {
    let close = Close { code: Some(CloseCode::NORMAL), reason: "done" };
    [
        (OutgoingFrame::text("Hello"), 0x81),
        (Message::Binary(b"Hello").first_fragment(), 0x02),
        (Message::Binary(b"").last_fragment(), 0x80),
        (OutgoingFrame::ping(b"Hello").unwrap(), 0x89),
        (OutgoingFrame::close(close).unwrap(), 0x88),
    ]
}

#[test]
fn a_payload_is_sent_uncopied_by_a_server_only() {
    let (mut server, mut client) = (SERVER, CLIENT);
    for (frame, first) in frames() {
        let payload = match first {
            0x88 => [b"\x03\xe8", frame.payload()].concat(),
            _ => frame.payload().to_vec(),
        };
        let mut buffer = [0xEE; Header::MAX_LEN];
        assert_eq!(client.encode_header(frame, &mut buffer), Err(SendError::MustMask));
        assert_eq!(buffer, [0xEE; Header::MAX_LEN]);
        // The refusal has changed nothing: the frame may still be sent, masked.
        assert_eq!(encode(&mut client, frame).unwrap(), write_frame(first, Some(KEY), &payload));
        let header = server.encode_header(frame, &mut buffer).unwrap();
        assert_eq!([header, frame.payload()].concat(), write_frame(first, None, &payload));
    }
    // What must not be sent at all is refused as such.
    let mut buffer = [0; Header::MAX_LEN];
    let refused = client.encode_header(Message::Text(""), &mut buffer);
    assert_eq!(refused, Err(SendError::Closed));
}

#[test]
fn traits_tell_the_roles_apart() {
    fn is_any(_: impl KeySource) {}
    fn is_server(_: impl ServerKeys) {}
    fn is_client(_: impl ClientKeys) {}
    is_any(NoKeys);
    is_any(|| KEY);
    is_any(Some(|| KEY));
    is_server(NoKeys);
    is_server(None::<fn() -> [u8; 4]>);
    is_client(|| KEY);
}

#[cfg(feature = "rand")]
#[test]
fn keys_from_a_generator() {
    use rand::{RngExt, SeedableRng, rngs::StdRng};
    use std::collections::HashSet;
    use wsparse::{RandomKeys, masking_keys};

    struct Peers<'a> {
        owning: Encoder<RandomKeys<StdRng>>,
        borrowing: Encoder<RandomKeys<&'a mut StdRng>>,
        optional: Encoder<Option<RandomKeys<StdRng>>>,
    }

    let new = || StdRng::seed_from_u64(6455);
    let (mut expected, mut generator) = (new(), new());
    let mut peers = Peers {
        owning: Encoder::client(masking_keys(new())),
        borrowing: Encoder::client(masking_keys(&mut generator)),
        optional: Encoder::new(Some(masking_keys(new()))),
    };
    let mut keys = HashSet::new();
    for _ in 0..100 {
        let key: u32 = expected.random();
        let key = key.to_ne_bytes();
        let frame = write_frame(0x81, Some(key), b"Hello");
        assert_eq!(encode(&mut peers.owning, Message::Text("Hello")).unwrap(), frame);
        assert_eq!(encode(&mut peers.borrowing, Message::Text("Hello")).unwrap(), frame);
        assert_eq!(encode(&mut peers.optional, Message::Text("Hello")).unwrap(), frame);
        keys.insert(key);
    }
    assert_eq!(keys.len(), 100);
    // It may show keys to come.
    assert_eq!(format!("{:?}", masking_keys(new())), "RandomKeys { .. }");
}
