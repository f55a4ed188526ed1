//! Which stream an `Assembler` belongs to: one for several streams, several for one stream, idle
//! and cleared ones.

use crate::oracle::stream::Whole;
use crate::support::messages::{
    CONTROL, assert_receives, expected, messages, next, whole, without_place,
};
use crate::support::stream::{config, frame, frames};
use wsparse::{
    Assembler, Buffer, Connection, Input, Limits, Message, Messages, Phase, Received, Rule,
};

/// A mistake, which is noticed unless both have as many bytes of a message of the same kind.
/// Whatever is text is UTF-8 nevertheless, and nothing panics.
#[test]
fn one_assembler_for_two_streams_is_wrong_but_sound() {
    let a: [(u8, &[u8]); 4] = [(0x01, b"a\xc3"), (0x89, b"ping"), (0x00, b"\xa9b"), (0x80, b"c")];
    let b: [(u8, &[u8]); 3] = [(0x02, b"\xff\xfe"), (0x8A, b"pong"), (0x80, b"\xfd")];
    let c: [(u8, &[u8]); 2] = [(0x01, b"\xf0\x9f\x8c"), (0x80, b"\x8d")];
    let d: [(u8, &[u8]); 3] = [(0x01, b"12"), (0x00, b"34"), (0x80, b"5")];
    let (mut mixed, mut right, mut refused) = (0, 0, 0);
    for (one, other) in [(&a[..], &b[..]), (&a, &c), (&a, &a), (&c, &b), (&a, &d)] {
        let streams = [frames(true, one), frames(true, other)];
        let sent = streams.each_ref().map(|stream| expected(stream, config(true), 100).0);
        let stride = if cfg!(miri) { 10 } else { 1 };
        // In turns, some bytes of one and some of the other.
        for sizes in (1..24_usize).step_by(stride).flat_map(|a| (1..24_usize).map(move |b| [a, b]))
        {
            let mut assembler = Assembler::new([0; 100 + CONTROL]);
            let mut ends = [messages(config(true)), messages(config(true))];
            let mut reads = streams.clone();
            let [left, right_] = reads.each_mut();
            let mut turns = [left.chunks_mut(sizes[0]), right_.chunks_mut(sizes[1])];
            for _ in 0..if cfg!(miri) { 12 } else { 64 } {
                for i in [0, 1] {
                    let mut input = Input::new(turns[i].next().unwrap_or_default());
                    let result = loop {
                        let received = match ends[i].next(&mut input, &mut assembler) {
                            Ok(Some(received)) => received,
                            other => break other.map(|_| ()),
                        };
                        if let Received::Message(Message::Text(text)) = received {
                            assert!(str::from_utf8(text.as_bytes()).is_ok());
                        }
                        let received = whole(&received);
                        let sent = || sent[i].iter().map(without_place);
                        let is_right = sent().any(|whole| whole == received);
                        *if is_right { &mut right } else { &mut mixed } += 1;
                        assert!(sent().any(|whole| likeness(&whole) == likeness(&received)));
                    };
                    // The peers are right: it is never said that they are not, but where text of
                    // one goes on in that of the other.
                    match result.map_err(|error| error.rule()) {
                        Ok(()) | Err(Rule::InvalidUtf8) => {}
                        Err(rule) => {
                            assert_eq!(rule, Rule::WrongAssembler);
                            refused += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(mixed > 0 && right > 0 && refused > 0, "{mixed} {right} {refused}");
}

/// What is right of a message even if other bytes are in it: the kind and the length.
fn likeness(whole: &Whole) -> (u8, usize) {
    match whole {
        Whole::Message { is_text, payload, .. } => ((*is_text).into(), payload.len()),
        Whole::Control { opcode, payload } => (*opcode, payload.len()),
    }
}

/// An assembler in which there is the first fragment of this message, and who put it there.
fn begun(first: u8, payload: &[u8]) -> (Messages, Assembler<[u8; 10 + CONTROL]>) {
    let (mut messages, mut assembler) = (messages(config(true)), Assembler::new([0; _]));
    assert_eq!(next(&mut messages, &mut frame(true, first, payload), &mut assembler), None);
    assert!(!assembler.is_idle());
    (messages, assembler)
}

/// Bytes of one peer do not come out of the connection with another.
#[test]
fn a_message_that_goes_on_in_another_assembler_is_refused_and_harms_no_other() {
    const PAYLOAD: &[u8] = b"abcd";
    let kinds = [0x01, 0x02];
    for (here, there) in kinds.into_iter().flat_map(|here| kinds.map(|there| (here, there))) {
        for (len, len_there) in (0..4).flat_map(|len| (0..4).map(move |there| (len, there))) {
            for rest in [&[(0x80, &b""[..])][..], &[(0x80, b"xy")], &[(0x00, b"x"), (0x80, b"y")]] {
                let what = format!("{len} of {here}, {len_there} of {there}, {rest:?}");
                let (mut messages, _) = begun(here, &PAYLOAD[..len]);
                let (mut owner, mut other) = begun(there, &PAYLOAD[..len_there]);
                let mut bytes = frames(true, rest);
                let mut input = Input::new(&mut bytes);
                let received = messages.next(&mut input, &mut other);
                if (here, len) == (there, len_there) {
                    // It cannot be noticed that the bytes are those of another message.
                    assert!(matches!(received, Ok(Some(Received::Message(_)))), "{what}");
                    continue;
                }
                let error = received.expect_err(&what);
                assert_eq!(error.rule(), Rule::WrongAssembler, "{what}");
                assert_eq!(error.close_code().get(), 1011);
                // After the first frame that did not match: it was consumed.
                let taken = frame(true, here, &PAYLOAD[..len]).len()
                    + frame(true, rest[0].0, rest[0].1).len();
                assert_eq!(error.offset(), taken as u64, "{what}");
                let mut legal = frame(true, 0x81, b"ok");
                assert_eq!(messages.next(&mut Input::new(&mut legal[..]), &mut other), Err(error));

                let mut last = frame(true, 0x80, b"z");
                let received = next(&mut owner, &mut last, &mut other);
                let Some(Received::Message(message)) = received else { panic!("{received:?}") };
                assert_eq!(message.as_bytes(), [&PAYLOAD[..len_there], b"z"].concat(), "{what}");
            }
        }
    }
}

/// Not even a message of which nothing has come yet goes on where none was begun.
#[test]
fn a_message_that_goes_on_in_an_idle_assembler_is_refused() {
    for (first, payload) in [(0x01, &b"ab"[..]), (0x02, b"12"), (0x01, b"")] {
        // As many bytes, but of a message that has ended.
        let used = || {
            let mut assembler = Assembler::new([0; 100 + CONTROL]);
            let (start, rest) = payload.split_at(payload.len() / 2);
            let mut stream = frames(true, &[(first, start), (0x80, rest)]);
            _ = messages(config(true)).next(&mut Input::new(&mut stream[..]), &mut assembler);
            assembler
        };
        let mut cleared = begun(first, payload).1;
        cleared.clear();
        let fresh = || Assembler::new([0; 100 + CONTROL]);
        // The last is smaller than what the message was allowed to have at its start.
        assert_not_there(begun(first, payload).0, &mut fresh());
        assert_not_there(begun(first, payload).0, &mut used());
        assert_not_there(begun(first, payload).0, &mut cleared);
        assert_not_there(begun(first, payload).0, &mut Assembler::new([0; 49]));
    }

    fn assert_not_there<B: Buffer>(mut messages: Messages, assembler: &mut Assembler<B>) {
        assert!(assembler.is_idle());
        let mut rest = frame(true, 0x80, b"cd");
        let error = messages.next(&mut Input::new(&mut rest[..]), assembler).unwrap_err();
        assert_eq!(error.rule(), Rule::WrongAssembler);
        assert!(assembler.is_idle());
    }
}

/// The same for a control frame.
#[test]
fn a_control_frame_that_goes_on_in_another_assembler_is_refused() {
    for opcode in [0x88, 0x89, 0x8A] {
        let mut stream = frame(true, opcode, b"\x03\xe8abcd");
        let (first, second) = stream.split_at_mut(9);
        let mut messages = messages(config(true));
        let mut assembler = Assembler::new([0; CONTROL]);
        assert_eq!(next(&mut messages, first, &mut assembler), None);
        assert!(!assembler.is_idle());
        let error =
            messages.next(&mut Input::new(second), &mut Assembler::new([0; 200])).unwrap_err();
        assert_eq!((error.rule(), error.offset()), (Rule::WrongAssembler, 12));
        assert_eq!(error.close_code().get(), 1011);
    }
}

/// A peer that has broken no rule is not told that it has.
#[test]
fn s7_4_1_the_peer_is_told_that_the_mistake_is_here() {
    let mut server = Connection::server(Limits::DEFAULT);
    let [mut one, mut other] = [0; 2].map(|_| Assembler::new([0; 10 + CONTROL]));
    let (mut first, mut second) = (frame(true, 0x01, b"ab"), frame(true, 0x80, b"cd"));
    assert_eq!(server.next(&mut Input::new(&mut first[..]), &mut one), Ok(None));
    let error = server.next(&mut Input::new(&mut second[..]), &mut other).unwrap_err();
    assert_eq!(server.phase(), Phase::Failed(error));
    let mut output = [0; Connection::MAX_TRANSMIT];
    let sent = server.transmit(&mut output).unwrap();
    assert_eq!((sent[0], &sent[2..4]), (0x88, &1011_u16.to_be_bytes()[..]));
}

/// Idle: nothing of a message, nothing of a control frame waits for the rest.
#[test]
fn an_assembler_is_idle_between_messages() {
    let text = |second| [(0x01, &b"a\xc3"[..]), (0x80, second)];
    let cases: [(&str, Vec<u8>, &[usize], bool); 11] = [
        ("nothing", vec![], &[], true),
        ("half a header", vec![0x81], &[], true),
        ("a message in one read", frame(true, 0x81, b"abc"), &[], true),
        ("a message in two reads", frame(true, 0x81, b"abc"), &[7], true),
        ("a message in two fragments", frames(true, &text(b"\xa9")), &[], true),
        ("the same byte by byte", frames(true, &text(b"\xa9")), &[1, 2, 3, 4, 5, 6, 7, 9], true),
        ("all in the last fragment", frames(true, &[(0x01, b""), (0x80, b"abc")]), &[], true),
        ("a control frame in two reads", frame(true, 0x89, b"abc"), &[7], true),
        ("a fragment", frame(true, 0x01, b"abc"), &[], false),
        ("an empty fragment", frame(true, 0x01, b""), &[], false),
        ("a Ping within", frames(true, &[(0x01, b"ab"), (0x89, b"ping")]), &[16], false),
    ];
    for (what, stream, cuts, is_idle) in cases {
        let mut assembler = Assembler::new([0; 10 + CONTROL]);
        let found = expected(&stream, config(true), 10);
        assert_receives(&stream, config(true), &mut assembler, cuts.iter().copied(), &found);
        assert_eq!(assembler.is_idle(), is_idle, "{what}");
    }
    // What is no text is forgotten.
    for second in [&b"x"[..], b""] {
        let mut assembler = Assembler::new([0; 10 + CONTROL]);
        let mut stream = frames(true, &text(second));
        let error = messages(config(true))
            .next(&mut Input::new(&mut stream[..]), &mut assembler)
            .unwrap_err();
        assert_eq!((error.rule(), assembler.is_idle()), (Rule::InvalidUtf8, true));
    }
}

/// What a pool needs: a connection that failed or was cut leaves an assembler that can serve
/// another, with the memory that it had.
#[test]
fn a_cleared_assembler_is_as_good_as_new() {
    let started = frame(true, 0x01, b"a\xc3");
    let half_a_ping = [&started[..], &frame(true, 0x89, b"ping")[..8]].concat();
    let ends = [
        ("cut in a message", started.clone(), None),
        ("cut in a Ping", frame(true, 0x89, b"ping")[..8].to_vec(), None),
        ("cut in a Ping in a message", half_a_ping, None),
        ("failed", [&started[..], b"\x83"].concat(), Some(Rule::ReservedOpcode)),
        ("unmasked", [&started[..], b"\x80\x01"].concat(), Some(Rule::UnmaskedByClient)),
        ("too big", [&started[..], b"\x80\xFD"].concat(), Some(Rule::MessageTooBig)),
    ];
    let mut memory = [0; 10 + CONTROL];
    let place = memory.as_ptr();
    let mut assembler = Assembler::new(&mut memory);
    for (what, mut stream, rule) in ends {
        let result = messages(config(true)).next(&mut Input::new(&mut stream[..]), &mut assembler);
        assert_eq!(result.err().map(|error| error.rule()), rule, "{what}");
        assert!(!assembler.is_idle(), "{what}");
        assembler.clear();
        assert!(assembler.is_idle(), "{what}");
        assert_eq!(assembler.max_message(), 10);

        let mut stream = frames(true, &[(0x01, b"another"), (0x89, b"p"), (0x80, b" on")]);
        let mut messages = messages(config(true));
        for byte in &mut stream {
            match next(&mut messages, core::slice::from_mut(byte), &mut assembler) {
                None => {}
                Some(Received::Ping(payload)) => assert_eq!(payload, b"p"),
                Some(Received::Message(Message::Text(text))) => {
                    assert_eq!((text, text.as_ptr()), ("another on", place), "{what}");
                }
                other => panic!("{what}: {other:?}"),
            }
        }
        assert_eq!(messages.offset(), stream.len() as u64);
        assert!(assembler.is_idle(), "{what}");
    }
}
