//! Messages that are sent compressed: each way of sending, to every kind of connection.

use crate::support::{random, sample};
use wsparse::deflate::{Agreed, Deflater, Direction, Inflater, Policy};
use wsparse::{
    Assembler, CompressedMessage, Connection, EncodedMessage, Encoder, Endpoint, Input, KeySource,
    Limits, Message, Messages, OutgoingFrame, OwnedMessage, Received, Role, Rsv, SendError, Step,
    transfer,
};

const ALONE: Direction = Direction::WITHOUT_CONTEXT;
const WITH_CONTEXT: Direction = Direction::WITH_CONTEXT;
const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

type Keys = Option<fn() -> [u8; 4]>;

fn keys(role: Role) -> Keys {
    (role == Role::Client).then_some(|| KEY)
}

fn agreed(direction: Direction) -> Agreed {
    Agreed { outgoing: direction, incoming: direction }
}

fn deflater(direction: Direction) -> Deflater {
    Deflater::new(&Policy { threshold: 16, ..Policy::DEFAULT }, agreed(direction))
}

/// Messages that become shorter, and some that do not, or are too short.
fn messages() -> Vec<OwnedMessage> {
    let text = |len| Message::Text(&"Grüße, 世界! ".repeat(len)).into();
    let noise = |len| Message::Binary(&sample(len)).into();
    vec![
        text(0),
        text(1),
        text(2),
        text(8),
        text(9),
        text(200),
        text(4000),
        text(20_000),
        noise(0),
        noise(15),
        noise(16),
        noise(125),
        noise(126),
        noise(65_535),
        noise(65_536),
        Message::Binary(&[0; 125]).into(),
        Message::Binary(&[7; 100_000]).into(),
    ]
}

/// Decodes what was sent; also returns for each message whether its first frame has RSV1.
fn decode(sent: &[u8], from: Role, direction: Direction) -> Vec<(OwnedMessage, bool)> {
    let role = if from == Role::Client { Role::Server } else { Role::Client };
    let mut messages = Messages::new(role, Limits { allowed_rsv: Rsv::RSV1, ..Limits::DEFAULT });
    let mut inflater = Inflater::new(agreed(direction));
    let mut assembler = Assembler::new(Vec::new());
    let mut all = Vec::new();
    let (mut sent, mut starts) = (sent.to_vec(), sent.to_vec());
    let mut frames = Vec::new();
    for frame in wsparse::Frames::with_rsv(&mut starts, Rsv::RSV1) {
        let header = frame.unwrap().header;
        assert_eq!(header.masking_key(), (from == Role::Client).then_some(KEY));
        if header.opcode() != wsparse::Opcode::Continuation {
            frames.push(header.rsv() == Rsv::RSV1);
        }
    }
    let mut input = Input::new(&mut sent);
    while let Some(received) =
        messages.next_inflated(&mut input, &mut assembler, &mut inflater).unwrap()
    {
        let Received::Message(message) = received else { panic!("{received:?}") };
        all.push(message.into());
    }
    assert_eq!(all.len(), frames.len());
    all.into_iter().zip(frames).collect()
}

/// Sends all messages in each way, and returns what was written.
fn send_in_each_way(role: Role, negotiated: Option<Agreed>, compressor: Direction) -> Vec<Vec<u8>> {
    let messages = messages();
    let mut all = Vec::new();
    let mut output = vec![0; 1 << 20];

    let (mut sent, mut codec) = (Vec::new(), deflater(compressor));
    let mut encoder = Encoder::new(keys(role)).with_deflate(negotiated);
    for message in &messages {
        sent.extend(encoder.encode_deflated(message, &mut codec, &mut output).unwrap());
    }
    all.push(sent);

    let (mut sent, mut codec) = (Vec::new(), deflater(compressor));
    let mut encoder = Encoder::new(keys(role)).with_deflate(negotiated);
    for message in &messages {
        encoder.append_deflated(message, &mut codec, &mut sent).unwrap();
    }
    all.push(sent);

    let (mut sent, mut codec) = (Vec::new(), deflater(compressor));
    let mut connection = Connection::new(Limits::DEFAULT, keys(role)).with_deflate(negotiated);
    for message in &messages {
        sent.extend(connection.send_deflated(message, &mut codec, &mut output).unwrap());
    }
    all.push(sent);

    let (mut sent, mut codec) = (Vec::new(), deflater(compressor));
    let mut connection = Connection::new(Limits::DEFAULT, keys(role)).with_deflate(negotiated);
    for message in &messages {
        connection.append_deflated(message, &mut codec, &mut sent).unwrap();
    }
    all.push(sent);

    let mut codec = deflater(compressor);
    let endpoint = Endpoint::new(Vec::new(), Vec::new(), Limits::DEFAULT, keys(role));
    let mut endpoint = endpoint.with_deflate(negotiated);
    for message in &messages {
        endpoint.send_deflated(message, &mut codec).unwrap();
    }
    assert_eq!(endpoint.sent().messages, messages.len() as u64);
    assert_eq!(endpoint.sent().bytes, endpoint.output().len() as u64);
    all.push(endpoint.output().to_vec());
    all
}

#[test]
fn each_way_of_sending_writes_the_same() {
    for role in [Role::Server, Role::Client] {
        for direction in [ALONE, WITH_CONTEXT] {
            for (negotiated, compresses) in [(Some(agreed(direction)), true), (None, false)] {
                let mut codec = deflater(direction);
                let expected: Vec<_> = messages()
                    .into_iter()
                    .map(|message| {
                        let payload = message.as_message().as_bytes();
                        let shrinks = codec.compress_to_vec(payload, &mut Vec::new());
                        (message, compresses && shrinks)
                    })
                    .collect();
                assert!(!compresses || expected.iter().filter(|(_, is)| *is).count() > 7);
                for sent in send_in_each_way(role, negotiated, direction) {
                    assert_eq!(decode(&sent, role, direction), expected);
                }
            }
        }
    }
}

#[test]
fn a_compressor_that_was_made_for_another_agreement_is_not_used() {
    let small = Direction { window_bits: 10, ..ALONE };
    let eight = Direction { window_bits: 8, ..ALONE };
    for (negotiated, compressor, is_used) in [
        (ALONE, ALONE, true),
        (ALONE, small, true),
        (small, small, true),
        (small, ALONE, false),
        (eight, small, false),
        (ALONE, WITH_CONTEXT, false),
        (WITH_CONTEXT, ALONE, false),
        (WITH_CONTEXT, Direction { window_bits: 10, ..WITH_CONTEXT }, true),
    ] {
        let mut server = Encoder::server().with_deflate(Some(agreed(negotiated)));
        let mut sent = Vec::new();
        server.append_deflated(&"word ".repeat(50), &mut deflater(compressor), &mut sent).unwrap();
        assert_eq!(sent[0] == 0xC1, is_used, "{negotiated:?} {compressor:?}");
        assert_eq!(sent.len() < 100, is_used);

        // The same for one message to many, which must not refer to earlier messages.
        let news = EncodedMessage::shared_deflated(&"word ".repeat(50), &mut deflater(compressor));
        let mut server = Encoder::server().with_deflate(Some(agreed(negotiated)));
        let is_used = is_used && !compressor.context_takeover;
        assert_eq!(server.send_encoded(&news).unwrap()[0] == 0xC1, is_used);
    }
}

#[test]
fn what_is_not_a_whole_message_to_be_compressed_is_sent_as_it_is() {
    let text = "word ".repeat(50);
    let shared = EncodedMessage::shared(&text);
    let news = EncodedMessage::shared_deflated(&text, &mut deflater(ALONE));
    let compressed = OutgoingFrame::from(CompressedMessage::Text(b"\xf2\x48\xcd\xc9\xc9\x07\x00"));
    let payload = Message::Text(&text);
    let frames = [
        OutgoingFrame::text(&text).uncompressed(),
        OutgoingFrame::binary(text.as_bytes()).uncompressed(),
        (&shared).into(),
        (&news).into(),
        compressed,
        OutgoingFrame::ping(&text.as_bytes()[..125]).unwrap(),
        payload.first_fragment(),
        payload.next_fragment(),
        payload.last_fragment(),
    ];
    for role in [Role::Server, Role::Client] {
        for direction in [ALONE, WITH_CONTEXT] {
            let new = || Encoder::new(keys(role)).with_deflate(Some(agreed(direction)));
            let endpoint = Endpoint::new(Vec::new(), Vec::new(), Limits::DEFAULT, keys(role));
            let mut endpoint = endpoint.with_deflate(Some(agreed(direction)));
            let (mut plain, mut encoder, mut codec) = (new(), new(), deflater(direction));
            let (mut expected, mut sent, mut output) = (Vec::new(), vec![0; 0], [0; 512]);
            for frame in frames {
                assert!(!frame.is_compressible());
                plain.append(frame, &mut expected).unwrap();
                sent.extend(encoder.encode_deflated(frame, &mut codec, &mut output).unwrap());
                endpoint.send_deflated(frame, &mut codec).unwrap();
            }
            assert_eq!(sent, expected);
            assert_eq!(endpoint.output(), &expected[..]);
        }
    }
}

#[test]
fn in_an_output_that_is_too_short_it_is_sent_uncompressed_or_not_at_all() {
    for role in [Role::Server, Role::Client] {
        for direction in [ALONE, WITH_CONTEXT] {
            let text = "0123456789".repeat(20);
            let mut codec = deflater(direction);
            let mut sizes = [0; 3];
            for len in 0..300 {
                let endpoint = Endpoint::new(
                    [0; 0],
                    vec![0; len].into_boxed_slice(),
                    Limits::DEFAULT,
                    keys(role),
                );
                let mut endpoint = endpoint.with_deflate(Some(agreed(direction)));
                match endpoint.send_deflated(&text, &mut codec) {
                    Err(error) => {
                        let needed = endpoint.output().len()
                            + 4
                            + text.len()
                            + if role == Role::Client { 4 } else { 0 };
                        assert_eq!(error, SendError::NoRoom { needed });
                        assert!(endpoint.output().is_empty());
                        sizes[0] += 1;
                        continue;
                    }
                    Ok(()) => {
                        // With context, the peer must have received all messages.
                        let sent = endpoint.output().to_vec();
                        sizes[if sent[0] == 0xC1 { 1 } else { 2 }] += 1;
                        if sent[0] == 0xC1 {
                            assert!(sent.len() < 60);
                        } else {
                            assert_eq!(sent.len(), endpoint.sent().bytes as usize);
                        }
                    }
                }
                codec = deflater(direction);
            }
            let [too_short, compressed, plain] = sizes;
            assert!(too_short > 20 && compressed > 50, "{too_short} {compressed} {plain}");
        }
    }
}

#[test]
fn errors_of_the_encoder_come_before_compression() {
    let long = "word ".repeat(100);
    for direction in [ALONE, WITH_CONTEXT] {
        let (mut codec, mut fresh) = (deflater(direction), deflater(direction));
        let mut server = Encoder::server().with_deflate(Some(agreed(direction)));
        let mut output = [0; 1000];
        server.encode(Message::Text("a").first_fragment(), &mut output).unwrap();
        let refused = server.encode_deflated(&long, &mut codec, &mut output);
        assert_eq!(refused, Err(SendError::ExpectedContinuation));
        server.encode(Message::Text("b").last_fragment(), &mut output).unwrap();
        let sent = server.encode_deflated(&long, &mut codec, &mut output).unwrap().to_vec();
        let mut other = Encoder::server().with_deflate(Some(agreed(direction)));
        assert_eq!(other.encode_deflated(&long, &mut fresh, &mut output), Ok(&sent[..]));

        let endpoint = Endpoint::server([0; 256], [0; 2000], Limits::DEFAULT);
        let mut endpoint = endpoint.with_deflate(Some(agreed(direction)));
        endpoint.close(wsparse::CloseCode::NORMAL, "").unwrap();
        let waiting = endpoint.output().to_vec();
        assert_eq!(endpoint.send_deflated(&long, &mut codec), Err(SendError::Closed));
        assert_eq!(endpoint.output(), waiting);
    }
}

#[test]
fn compressed_frames_need_an_agreement() {
    let hello = CompressedMessage::Text(b"\xf2\x48\xcd\xc9\xc9\x07\x00");
    let mut output = [0; 64];
    let mut plain = Encoder::server();
    assert_eq!(plain.encode(hello, &mut output), Err(SendError::NotNegotiated));
    assert_eq!(
        SendError::NotNegotiated.to_string(),
        "compression was not negotiated (RFC 7692 section 6)",
    );
    let mut header = [0; 14];
    assert_eq!(plain.encode_header(hello, &mut header), Err(SendError::NotNegotiated));
    assert_eq!(plain.append(hello, &mut Vec::new()), Err(SendError::NotNegotiated));
    assert_eq!(plain.encode("ok", &mut output), Ok(&b"\x81\x02ok"[..]));

    let mut server = Encoder::server().with_deflate(Some(agreed(ALONE)));
    // RFC 7692 §7.2.3.1.
    assert_eq!(server.encode(hello, &mut output), Ok(&b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"[..]),);
    assert_eq!(server.encode_header(hello, &mut header), Ok(&b"\xc1\x07"[..]));
    // RSV1 is in the first fragment only, and the order is checked as always.
    let parts =
        [b"\xf2\x48".as_slice(), b"\xcd\xc9", b"\xc9\x07\x00"].map(CompressedMessage::Binary);
    let [first, next, last] = parts;
    let mut sent = Vec::new();
    server.append(first.first_fragment(), &mut sent).unwrap();
    let text = CompressedMessage::Text(b"").next_fragment();
    assert_eq!(server.append(text, &mut sent), Err(SendError::UnexpectedContinuation));
    assert_eq!(server.append(hello, &mut sent), Err(SendError::ExpectedContinuation));
    server.append(next.next_fragment(), &mut sent).unwrap();
    server.append(OutgoingFrame::ping(b"").unwrap(), &mut sent).unwrap();
    server.append(last.last_fragment(), &mut sent).unwrap();
    assert_eq!(sent, b"\x42\x02\xf2\x48\x00\x02\xcd\xc9\x89\x00\x80\x03\xc9\x07\x00");
}

#[test]
fn one_message_for_many() {
    let mut codec = deflater(ALONE);
    for message in messages() {
        let news = EncodedMessage::shared_deflated(&message, &mut codec);
        for role in [Role::Server, Role::Client] {
            for (negotiated, decoded) in [
                (None, ALONE),
                (Some(agreed(ALONE)), ALONE),
                (Some(agreed(WITH_CONTEXT)), WITH_CONTEXT),
            ] {
                let new = || Encoder::new(keys(role)).with_deflate(negotiated);
                let len = new().encoded_len(&news);
                let mut output = vec![0; len];
                let mut all = vec![new().encode(&news, &mut output).unwrap().to_vec()];
                // The exact length is enough, and one byte less is not.
                let short = new().encode(&news, &mut output[..len - 1]).map(<[u8]>::len);
                assert_eq!(short, Err(SendError::NoRoom { needed: len }));
                let mut appended = Vec::new();
                new().append(&news, &mut appended).unwrap();
                all.push(appended);
                let mut memory = vec![core::mem::MaybeUninit::uninit(); len];
                all.push(new().encode_uninit(&news, &mut memory).unwrap().to_vec());
                let endpoint = Endpoint::new([0; 0], Vec::new(), Limits::DEFAULT, keys(role));
                let mut endpoint = endpoint.with_deflate(negotiated);
                endpoint.send(&news).unwrap();
                all.push(endpoint.output().to_vec());
                match new().send_encoded(&news) {
                    Ok(sent) => all.push(sent.to_vec()),
                    Err(error) => assert_eq!((role, error), (Role::Client, SendError::MustMask)),
                }
                for sent in all {
                    let received = decode(&sent, role, decoded);
                    let may_compress = negotiated == Some(agreed(ALONE));
                    assert_eq!(received[0].0, message);
                    assert!(may_compress || !received[0].1);
                    let expected = may_compress && news != EncodedMessage::shared(&message);
                    assert_eq!(received[0].1, expected);
                }
                // Who writes the payload beside the header has the uncompressed one.
                if role == Role::Server {
                    let frame = OutgoingFrame::from(&news);
                    let mut header = [0; 14];
                    let header = new().encode_header(frame, &mut header).unwrap().to_vec();
                    let sent = [&header, frame.payload()].concat();
                    assert_eq!(decode(&sent, role, decoded), [(message.clone(), false)]);
                }
            }
        }
    }
}

/// Sends messages of random lengths both ways between two endpoints, in reads of random lengths.
fn dialog<K: KeySource, L: KeySource>(
    server: Endpoint<Vec<u8>, Vec<u8>, K>,
    client: Endpoint<Vec<u8>, Vec<u8>, L>,
    (to_client, to_server): (Direction, Direction),
    random: &mut impl FnMut() -> usize,
) {
    let of_server = Agreed { outgoing: to_client, incoming: to_server };
    let of_client = Agreed { outgoing: to_server, incoming: to_client };
    let (mut server, mut client) =
        (server.with_deflate(Some(of_server)), client.with_deflate(Some(of_client)));
    let policy = Policy { threshold: 32, ..Policy::DEFAULT };
    let new = |agreed| (Deflater::new(&policy, agreed), Inflater::new(agreed));
    let (mut server_codecs, mut client_codecs) = (new(of_server), new(of_client));
    let words = ["{\"id\": ", "\"name\"", "世界", "12345", "}, ", "[true]"];
    for _ in 0..12 {
        let text: String = (0..random() % 400).map(|_| words[random() % words.len()]).collect();
        server.send_deflated(&text, &mut server_codecs.0).unwrap();
        client.send_deflated(text.as_bytes(), &mut client_codecs.0).unwrap();
        if random().is_multiple_of(3) {
            // Between two messages, a compressor may be released.
            server_codecs.0.release();
            server_codecs.1.release();
        }
        let (mut at_client, mut at_server) = (0, 0);
        while at_client + at_server < 2 {
            transfer(&mut server, &mut client);
            transfer(&mut client, &mut server);
            while let step @ (Step::Message | Step::Ping) =
                server.advance_with(&mut server_codecs.1)
            {
                assert_eq!(step, Step::Message);
                assert_eq!(server.message(), Message::Binary(text.as_bytes()));
                at_server += 1;
            }
            while client.advance_with(&mut client_codecs.1) == Step::Message {
                assert_eq!(client.message(), Message::Text(&text));
                at_client += 1;
            }
        }
    }
}

#[test]
fn dialogs_with_all_windows() {
    let mut random = random();
    for context_takeover in [false, true] {
        for window_bits in 9..=15 {
            let one = Direction { window_bits, context_takeover };
            let other =
                Direction { window_bits: 24 - window_bits, context_takeover: !context_takeover };
            for directions in [(one, other), (other, one), (one, one)] {
                let (server, client) = wsparse::pair();
                dialog(server, client, directions, &mut random);
            }
        }
    }
}

#[test]
fn connections_share_codecs_and_memory() {
    let both = agreed(ALONE);
    let (mut inflater, mut codec) = (Inflater::new(both), deflater(ALONE));
    let mut pairs: Vec<_> = (0..4)
        .map(|_| {
            let (server, client) = wsparse::pair();
            (server.with_deflate(Some(both)), client.with_deflate(Some(both)))
        })
        .collect();
    let text = |index: usize| format!("number {index} ").repeat(50);
    for (index, (server, client)) in pairs.iter_mut().enumerate() {
        client.send_deflated(&text(index), &mut codec).unwrap();
        client.send_deflated("short", &mut codec).unwrap();
        transfer(client, server);
    }
    // All lend a message at the same time: none sees another's.
    for (server, _) in &mut pairs {
        assert_eq!(server.advance_with(&mut inflater), Step::Message);
    }
    for (index, (server, _)) in pairs.iter_mut().enumerate() {
        assert_eq!(server.message(), Message::Text(&text(index)));
        // An answer borrows it.
        server.reply(|message, sender| sender.send_deflated(message, &mut codec)).unwrap();
    }
    inflater.release();
    for (index, (server, client)) in pairs.iter_mut().enumerate() {
        assert_eq!(server.advance_with(&mut inflater), Step::Message);
        assert_eq!(server.message(), Message::Text("short"));
        assert_eq!(server.advance_with(&mut inflater), Step::Write);
        transfer(server, client);
        assert_eq!(client.advance_with(&mut inflater), Step::Message);
        assert_eq!(client.message(), Message::Text(&text(index)));
    }
}
