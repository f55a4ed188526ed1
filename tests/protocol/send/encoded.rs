//! One message for many connections.

use super::encoder::{SENT, brought_to, encode, lengths};
use crate::support::{KEY, sample, write_frame};
use wsparse::SendError::{Closed, ExpectedContinuation as Expected, MustMask};
use wsparse::{EncodedMessage, Encoder, Message, SendError};

fn assert_sent<B: AsRef<[u8]>>(encoded: &EncodedMessage<B>, message: Message<'_>) {
    let first = if matches!(message, Message::Text(_)) { 0x81 } else { 0x82 };
    let unmasked = write_frame(first, None, message.as_bytes());
    let mut server = Encoder::server();
    assert!(server.send_encoded(encoded).unwrap() == unmasked);
    assert!(Encoder::<Option<fn() -> _>>::new(None).send_encoded(encoded).unwrap() == unmasked);
    assert!(encode(&mut server, encoded).unwrap() == unmasked);
    let masked = write_frame(first, Some(KEY), message.as_bytes());
    assert!(encode(&mut Encoder::client(|| KEY), encoded).unwrap() == masked);
}

#[test]
fn messages_of_all_lengths() {
    let bytes = sample(70_001);
    let text = "0123456789".repeat(7_001);
    let mut buffer = vec![0xEE; 70_100];
    for len in lengths() {
        for message in [Message::Binary(&bytes[..len]), Message::Text(&text[..len])] {
            assert_sent(&EncodedMessage::new(message, &mut buffer).unwrap(), message);
            #[cfg(feature = "alloc")]
            assert_sent(&EncodedMessage::shared(message), message);
        }
    }
}

#[test]
fn it_is_lent_not_copied() {
    let mut buffer = [0; 64];
    let range = buffer.as_ptr_range();
    let encoded = EncodedMessage::new("Hello", &mut buffer).unwrap();
    let (mut one, mut other) = (Encoder::server(), Encoder::server());
    let sent = [one.send_encoded(&encoded).unwrap(), other.send_encoded(&encoded).unwrap()];
    for sent in sent {
        assert_eq!(sent, b"\x81\x05Hello");
        assert_eq!(sent.as_ptr(), range.start);
    }
}

/// What may be sent next: a whole message only between two messages, and before a Close.
#[test]
fn order() {
    let mut buffer = [0; 64];
    for message in [Message::Text("whole"), Message::Binary(b"")] {
        let encoded = EncodedMessage::new(message, &mut buffer).unwrap();
        let server = |sent| brought_to(Encoder::server(), sent).send_encoded(&encoded).err();
        assert_eq!(SENT.map(server), [None, Some(Expected), Some(Expected), Some(Closed)]);
        let copied = |sent| encode(&mut brought_to(Encoder::server(), sent), &encoded).err();
        assert_eq!(SENT.map(copied), [None, Some(Expected), Some(Expected), Some(Closed)]);
        let masked = |sent| encode(&mut brought_to(Encoder::client(|| KEY), sent), &encoded).err();
        assert_eq!(SENT.map(masked), [None, Some(Expected), Some(Expected), Some(Closed)]);
        // The order comes first; the refusal changes nothing.
        let either = || Encoder::new(Some(|| KEY));
        let lent = |sent| brought_to(either(), sent).send_encoded(&encoded).err();
        assert_eq!(SENT.map(lent), [Some(MustMask), Some(Expected), Some(Expected), Some(Closed)]);
        assert_after_refusal(either(), &encoded);
    }
}

fn assert_after_refusal<F: FnMut() -> [u8; 4]>(
    mut client: Encoder<Option<F>>,
    encoded: &EncodedMessage<&[u8]>,
) {
    assert_eq!(client.send_encoded(encoded), Err(MustMask));
    assert!(encode(&mut client, encoded).is_ok());
}

#[test]
fn the_buffer_is_too_short() {
    let bytes = sample(300);
    for message in [Message::Binary(&bytes), Message::Text(""), Message::Text("Hello")] {
        let needed = Encoder::server().encoded_len(message);
        for len in 0..needed {
            let refused = EncodedMessage::new(message, &mut vec![0; len]).err();
            assert_eq!(refused, Some(SendError::NoRoom { needed }));
        }
        assert!(EncodedMessage::new(message, &mut vec![0; needed]).is_ok());
    }
}

/// It goes to other tasks, and a clone shares the memory.
#[cfg(feature = "alloc")]
#[test]
fn a_shared_message_is_cheap_to_clone() {
    fn is_shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let encoded = EncodedMessage::shared(Message::Binary(&[7; 1000]));
    is_shared(&encoded);
    let (mut server, clone) = (Encoder::server(), encoded.clone());
    let sent = server.send_encoded(&encoded).unwrap().as_ptr();
    assert_eq!(server.send_encoded(&clone).unwrap().as_ptr(), sent);
}
