//! What messages are made of, and made into.

use wsparse::{Encoder, Message, OutgoingFrame};

#[test]
fn a_message_knows_its_type_and_its_length() {
    let table = [
        (Message::Text("Grüße"), Some("Grüße"), 7),
        (Message::Text(""), Some(""), 0),
        (Message::Binary(b"UTF-8"), None, 5),
        (Message::Binary(b""), None, 0),
    ];
    for (message, text, len) in table {
        assert_eq!(message.as_text(), text);
        assert_eq!((message.is_text(), message.is_binary()), (text.is_some(), text.is_none()));
        assert_eq!((message.len(), message.is_empty()), (len, len == 0));
        assert_eq!(message.as_bytes().len(), len);
    }
}

/// Text is what has the type of text, all else is binary.
#[test]
fn what_converts_into_a_message() {
    let bytes = [1, 2, 3];
    let table: [(Message<'_>, OutgoingFrame<'_>, Message<'_>); 3] = [
        ("text".into(), "text".into(), Message::Text("text")),
        (b"array".into(), b"array".into(), Message::Binary(b"array")),
        (bytes[1..].into(), bytes[1..].into(), Message::Binary(&[2, 3])),
    ];
    for (message, frame, expected) in table {
        assert_eq!((message, frame), (expected, expected.into()));
    }
    let mut output = [0; 16];
    assert_eq!(Encoder::server().encode("a", &mut output).unwrap(), b"\x81\x01a");
    assert_eq!(Encoder::server().encode(b"a", &mut output).unwrap(), b"\x82\x01a");
}

#[cfg(feature = "alloc")]
#[test]
fn owned_messages() {
    use wsparse::OwnedMessage;

    let (text, bytes) = (String::from("Grüße"), vec![0xFF, 0]);
    for message in [Message::from(&text), Message::from(&bytes), "".into(), b"".into()] {
        let owned = OwnedMessage::from(message);
        assert_eq!(message.into_owned(), owned);
        assert_eq!((owned.as_message(), Message::from(&owned)), (message, message));
        assert_eq!(OutgoingFrame::from(&owned), message.into());
        assert_eq!(owned.into_bytes(), message.as_bytes());
    }
    assert_eq!(Message::from(&text), Message::Text("Grüße"));
    assert_eq!(Message::from(&bytes), Message::Binary(&[0xFF, 0]));
    assert_eq!(OutgoingFrame::from(&text), OutgoingFrame::text("Grüße"));
    assert_eq!(OutgoingFrame::from(&bytes), OutgoingFrame::binary(&[0xFF, 0]));
    assert_eq!(OwnedMessage::from(text), OwnedMessage::Text("Grüße".into()));
    assert_eq!(OwnedMessage::from(bytes), OwnedMessage::Binary(vec![0xFF, 0]));
}
