//! The ways in which a connection sends: each writes what `send` and `transmit` write, and refuses
//! what they refuse.

use crate::support::write_frame;
use core::mem::MaybeUninit;
use core::time::Duration;
use wsparse::{
    Assembler, CloseCode, Connection, EncodedMessage, Endpoint, Input, Limits, Message,
    OutgoingFrame, Rule, SendError, Timeouts,
};

type Keys = Option<fn() -> [u8; 4]>;

const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];
const ROLES: [Keys; 2] = [None, Some(|| KEY)];

/// What brings a connection to a state: the bytes of its peer, and the time of a second tick.
fn connection(keys: Keys, stream: &[u8], later: u64) -> Connection<Keys> {
    let mut connection = Connection::new(Limits::DEFAULT, keys);
    let mut stream = stream.to_vec();
    let mut assembler = Assembler::new([0; 256]);
    let mut input = Input::new(&mut stream);
    while let Ok(Some(_)) = connection.next(&mut input, &mut assembler) {}
    connection.tick(Duration::ZERO, &Timeouts::DEFAULT);
    connection.tick(Duration::from_secs(later), &Timeouts::DEFAULT);
    connection
}

#[test]
fn each_way_of_sending_writes_the_same() {
    let payload = vec![b'x'; 70_000];
    let text = str::from_utf8(&payload).unwrap();
    for keys in ROLES {
        for len in [0, 1, 125, 126, 65_535, 65_536, 70_000] {
            for frame in [
                OutgoingFrame::text(&text[..len]),
                OutgoingFrame::binary(&payload[..len]),
                OutgoingFrame::ping(&payload[..len.min(125)]).unwrap(),
            ] {
                let new = || connection(keys, b"", 0);
                let mut output = vec![0xEE; len + 14];
                let expected = new().send(frame, &mut output).unwrap().to_vec();
                let key = keys.map(|_| KEY);
                let first = 0x80 | frame.opcode().get();
                assert_eq!(expected, write_frame(first, key, frame.payload()));
                assert_eq!(new().encoded_len(frame), expected.len());

                let mut memory = vec![MaybeUninit::uninit(); expected.len()];
                assert_eq!(new().send_uninit(frame, &mut memory).unwrap(), expected);
                let needed = expected.len();
                let short = new().send_uninit(frame, &mut memory[1..]).map(|_| ());
                assert_eq!(short, Err(SendError::NoRoom { needed }));

                #[cfg(feature = "alloc")]
                {
                    let mut output = b"before".to_vec();
                    new().append(frame, &mut output).unwrap();
                    assert_eq!(output, [b"before", &expected[..]].concat());
                }
            }
        }
    }
}

#[test]
fn what_is_due_has_the_length_that_is_stated() {
    for keys in ROLES {
        // The peer of a server masks.
        let peer_key = keys.is_none().then_some(KEY);
        let frame = |first, payload: &[u8]| write_frame(first, peer_key, payload);
        let reports = [b"\x88\x03\xEA", Rule::ReservedBit.reason().as_bytes()].concat();
        let table: [(Vec<u8>, u64, &[u8]); 5] = [
            (vec![], 0, b""),
            (frame(0x81, b"message"), 0, b""),
            (vec![], 30, b"\x89"),
            (frame(0x88, b"\x03\xE8bye"), 0, b"\x88\x03\xE8"),
            (frame(0xC1, b""), 0, &reports),
        ];
        for (stream, later, expected) in table {
            let new = || connection(keys, &stream, later);
            let expected = expected.split_first().map_or_else(Vec::new, |(first, payload)| {
                write_frame(*first, keys.map(|_| KEY), payload)
            });
            let mut output = [0; Connection::MAX_TRANSMIT];
            assert_eq!(new().transmit(&mut output).unwrap(), expected);
            assert_eq!(new().transmit_len(), expected.len());
            #[cfg(feature = "alloc")]
            {
                let (mut connection, mut output) = (new(), b"before".to_vec());
                connection.append_transmit(&mut output).unwrap();
                assert_eq!(output, [b"before", &expected[..]].concat());
                // It is due once.
                connection.append_transmit(&mut output).unwrap();
                assert_eq!(output.len(), 6 + expected.len());
                assert_eq!(connection.transmit_len(), 0);
            }
        }
    }
}

#[test]
fn nothing_is_sent_after_a_close() {
    for keys in ROLES {
        let mut connection = connection(keys, b"", 0);
        let mut output = [0; 64];
        connection.close(CloseCode::NORMAL, "", &mut output).unwrap();
        let late = Message::Text("late");
        let mut memory = [MaybeUninit::uninit(); 64];
        assert_eq!(connection.send_uninit(late, &mut memory).map(|_| ()), Err(SendError::Closed));
        #[cfg(feature = "alloc")]
        {
            let mut output = b"before".to_vec();
            assert_eq!(connection.append(late, &mut output), Err(SendError::Closed));
            assert_eq!(output, b"before");
        }
        let late = EncodedMessage::new(late, &mut output).unwrap();
        assert_eq!(connection.send_encoded(&late), Err(SendError::Closed));
    }
}

#[test]
fn a_server_lends_an_encoded_message_and_a_client_must_mask_it() {
    let mut buffer = [0; 64];
    let news = EncodedMessage::new("news", &mut buffer).unwrap();
    let [mut server, mut client] = ROLES.map(|keys| connection(keys, b"", 0));
    assert_eq!(server.send_encoded(&news).unwrap(), b"\x81\x04news");
    assert_eq!(client.send_encoded(&news), Err(SendError::MustMask));
    let mut output = [0; 64];
    let sent = client.send(&news, &mut output).unwrap();
    assert_eq!(sent, write_frame(0x81, Some(KEY), b"news"));
    // Not inside a message in fragments (§5.4).
    server.send(Message::Text("a").first_fragment(), &mut output).unwrap();
    assert_eq!(server.send_encoded(&news), Err(SendError::ExpectedContinuation));
}

#[test]
fn an_idle_buffer_can_be_replaced() {
    let (mut one, mut other) = ([1; 256], [2; 256]);
    let (mut third, mut fourth) = ([3; 256], [4; 256]);
    let mut server = Endpoint::server(&mut one[..], &mut other[..], Limits::DEFAULT);
    server.send("Hello").unwrap();
    // Bytes wait in it: the new one comes back.
    let fourth = server.replace_output(&mut fourth[..]).unwrap_err();
    assert_eq!(fourth[0], 4);
    server.wrote(3);
    let fourth = server.replace_output(fourth).unwrap_err();
    server.wrote(4);
    assert_eq!(server.replace_output(fourth).unwrap()[..7], *b"\x81\x05Hello");
    server.send("again").unwrap();
    assert_eq!(server.output(), b"\x81\x05again");

    // The first bytes of a frame wait in the input.
    let ping = write_frame(0x89, Some(KEY), b"there?");
    server.space()[..3].copy_from_slice(&ping[..3]);
    server.filled(3);
    let third = server.replace_input(&mut third[..]).unwrap_err();
    assert_eq!(third[0], 3);
}
