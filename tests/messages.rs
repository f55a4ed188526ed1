//! Whole messages (RFC 6455 §5.4): borrowed or put together, in any reads, in memory of any size.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests fail by panicking"
)]

mod oracle;
mod support;

use oracle::stream::{Config, End, Whole};
use support::corpus::{Stream, TEXT, corpus};
use support::messages::{assert_receives, expected, messages, without_place};
use support::sample;
use support::stream::{config, frame, frames};
use wsparse::{Assembler, Buffer, Message, Messages, Received, Rule};

/// What is kept free in a buffer that does not grow.
const CONTROL: usize = 125;

/// Whether a client sends to a server; Miri takes that alone.
const ROLES: &[bool] = if cfg!(miri) { &[true] } else { &[true, false] };

/// How many octets an endpoint with this buffer takes in one message.
fn most(buffer: impl Buffer) -> usize {
    Assembler::new(buffer).max_message()
}

/// Checks with each kind of buffer, the same one for all streams: nothing of the last one shows.
fn of_each(mut check: impl FnMut(&Stream, &mut dyn FnMut(&[usize]))) {
    let mut array = Assembler::new([0xEE; 0x1000]);
    let mut memory = [0xEE; 0x900];
    let mut slice = Assembler::new(memory.as_mut_slice());
    #[cfg(feature = "alloc")]
    let mut vec = Assembler::new(Vec::new());
    for stream in corpus().into_iter().step_by(if cfg!(miri) { 3 } else { 1 }) {
        let Stream { octets, config, .. } = &stream;
        let in_array = expected(octets, *config, 0x1000 - CONTROL);
        let in_slice = expected(octets, *config, 0x900 - CONTROL);
        #[cfg(feature = "alloc")]
        let in_vec = expected(octets, *config, usize::MAX);
        check(&stream, &mut |cuts| {
            let cuts = || cuts.iter().copied();
            assert_receives(octets, *config, &mut array, cuts(), &in_array);
            assert_receives(octets, *config, &mut slice, cuts(), &in_slice);
            #[cfg(feature = "alloc")]
            assert_receives(octets, *config, &mut vec, cuts(), &in_vec);
        });
    }
}

#[test]
fn one_read_and_every_two() {
    of_each(|stream, receive| {
        receive(&[]);
        let stride = if cfg!(miri) { 23 } else { 1 };
        for cut in (0..=stream.octets.len()).step_by(stride) {
            receive(&[cut]);
        }
    });
}

#[test]
fn an_octet_in_each_read() {
    of_each(|stream, receive| {
        let cuts: Vec<usize> = (1..stream.octets.len().max(1)).collect();
        receive(&cuts);
    });
}

/// Few and many reads, some of them empty.
#[test]
fn a_hundred_random_splits() {
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 33) as usize
    };
    of_each(|stream, receive| {
        for _ in 0..if cfg!(miri) { 2 } else { 100 } {
            let len = stream.octets.len();
            let most = if next() % 4 == 0 { len } else { 8 };
            let count = next() % (most + 1);
            let mut cuts: Vec<usize> = (0..count).map(|_| next() % (len + 1)).collect();
            cuts.sort_unstable();
            receive(&cuts);
        }
    });
}

/// Long enough for all kernels, and for the pieces in which a message is copied.
#[test]
fn long_messages() {
    for &to_server in ROLES {
        let scale = if cfg!(miri) { 100 } else { 1 };
        let (octets, text) = (sample(70_001 / scale), "0é€".repeat(12_000 / scale));
        let (first, second) = octets.split_at(octets.len() / 3);
        let (start, rest) = text.as_bytes().split_at(4_097 / scale);
        let parts = [(0x82, &*octets), (0x02, first), (0x80, second), (0x01, start), (0x80, rest)];
        let stream = frames(to_server, &parts);
        let config = config(to_server);
        let mut memory = vec![0; 72_000 + CONTROL];
        let mut assembler = Assembler::new(memory.as_mut_slice());
        let found = expected(&stream, config, 72_000);
        assert_eq!((found.0.len(), found.1), (3, End::Clean { pending: 0 }));
        for read in [1_500, 0x4000, 0x1_0001, usize::MAX] {
            let cuts = (0..stream.len()).step_by(read);
            assert_receives(&stream, config, &mut assembler, cuts, &found);
        }
    }
}

/// What is accepted depends on the size of the buffer, not on how the reads fall.
#[test]
fn s10_4_a_message_of_more_than_the_buffer_is_refused_from_its_header() {
    for &to_server in ROLES {
        let mask = if to_server { 0x80 } else { 0 };
        for len in 0..=if cfg!(miri) { 2 } else { 20_usize } {
            let payload = &[b'x'; 20][..len];
            let half = len / 2;
            let fragments = [(0x01, &payload[..half]), (0x89, b"p"), (0x80, &payload[half..])];
            let streams = [
                frame(to_server, 0x81, payload),
                frame(to_server, 0x82, payload),
                frames(to_server, &fragments),
            ];
            let sizes = [0, 1, CONTROL - 1].into_iter().chain(CONTROL..=CONTROL + 21);
            let sizes =
                sizes.step_by(if cfg!(miri) { 4 } else { 1 }).take(if cfg!(miri) { 3 } else { 99 });
            for (stream, size) in sizes.flat_map(|size| streams.each_ref().map(|s| (s, size))) {
                let room = size.saturating_sub(CONTROL);
                let mut memory = vec![0; size];
                let mut assembler = Assembler::new(memory.as_mut_slice());
                assert_eq!(assembler.max_message(), room);
                let found = expected(stream, config(to_server), room);
                assert_eq!(found.1 == End::Clean { pending: 0 }, len <= room, "{len} in {size}");
                for cut in 0..=stream.len() {
                    assert_receives(stream, config(to_server), &mut assembler, [cut], &found);
                }
            }
        }
        // The error, in words: at the octet of the header that tells.
        for (stream, offset) in [
            (vec![0x81, mask | 11], 1),
            (vec![0x82, mask | 126, 0xFF, 0xFF], 3),
            (vec![0x82, mask | 127, 0, 0, 0, 0, 0, 1, 0, 0], 9),
            (
                [frame(to_server, 0x01, b"0123456789"), vec![0x80, mask | 1]].concat(),
                if to_server { 17 } else { 13 },
            ),
        ] {
            let mut messages = messages(config(to_server));
            let mut assembler = Assembler::new([0; CONTROL + 10]);
            let error = messages.next(&mut &mut stream.clone()[..], &mut assembler).unwrap_err();
            assert_eq!((error.rule(), error.offset()), (Rule::MessageTooBig, offset));
            assert_eq!(error.close_code().get(), 1009);
        }
    }
}

/// The message is as long as the buffer allows, so that the control frame has no octet to spare.
#[test]
fn s5_4_control_frames_of_each_length_within_a_message_that_fills_the_buffer() {
    for &to_server in ROLES {
        let lengths = (0..=CONTROL).step_by(if cfg!(miri) { 41 } else { 1 });
        for (len, opcode) in lengths.flat_map(|len| [(len, 0x89), (len, 0x8A)]) {
            let payload = sample(len);
            let parts: [(u8, &[u8]); 3] = [(0x01, b"a\xc3"), (opcode, &payload), (0x80, b"\xa9b")];
            let stream = frames(to_server, &parts);
            let config = config(to_server);
            let mut assembler = Assembler::new([0; 4 + CONTROL]);
            let found = expected(&stream, config, 4);
            assert_eq!(found.0.len(), 2);
            for cut in (0..=stream.len()).step_by(if cfg!(miri) { 19 } else { 1 }) {
                assert_receives(&stream, config, &mut assembler, [cut], &found);
            }
            assert_receives(&stream, config, &mut assembler, 1..stream.len(), &found);
        }
    }
}

/// Of less than 125 octets only what lies in one read is independent of the buffer.
#[test]
fn control_frames_that_are_longer_than_the_buffer() {
    for &to_server in ROLES {
        let config = config(to_server);
        for size in (0..CONTROL).step_by(if cfg!(miri) { 31 } else { 1 }) {
            for len in [size.saturating_sub(1), size, size + 1, CONTROL] {
                let payload = sample(len);
                let stream = frame(to_server, 0x89, &payload);
                let mut memory = vec![0; size];
                let mut assembler = Assembler::new(memory.as_mut_slice());
                let found = expected(&stream, config, 0);
                assert_eq!(found.0, [Whole::Control { opcode: 9, payload: payload.clone() }]);
                assert_receives(&stream, config, &mut assembler, [], &found);
                // The header by itself does not count as a piece.
                let header = stream.len() - len;
                assert_receives(&stream, config, &mut assembler, [header], &found);
                if len <= size {
                    assert_receives(&stream, config, &mut assembler, 1..stream.len(), &found);
                    continue;
                }
                let mut messages = messages(config);
                let mut octets = stream.clone();
                let error = octets.iter_mut().find_map(|octet| {
                    let mut input = core::slice::from_mut(octet);
                    messages.next(&mut input, &mut assembler).err()
                });
                match error {
                    Some(error) => {
                        assert_eq!(error.rule(), Rule::FrameTooBig);
                        assert_eq!(error.close_code().get(), 1009);
                        assert!((header..=stream.len()).contains(&(error.offset() as usize)));
                    }
                    // In reads of an octet, one octet is the whole payload.
                    None => assert_eq!(len, 1),
                }
            }
        }
    }
}

fn next<'a, 'b: 'a, B: Buffer>(
    messages: &mut Messages,
    mut input: &'b mut [u8],
    assembler: &'a mut Assembler<B>,
) -> Option<Received<'a>> {
    let received = messages.next(&mut input, assembler).expect("it is right");
    assert!(received.is_some() || input.is_empty());
    received
}

/// Each cut of the text into three fragments, and each of those into two reads.
#[test]
fn s8_1_text_is_what_was_sent() {
    let to_server = true;
    let text = if cfg!(miri) { "é€" } else { TEXT };
    let len = text.len();
    let mut assembler = Assembler::new([0; 64 + CONTROL]);
    for (a, b) in (0..=len).flat_map(|a| (a..=len).map(move |b| (a, b))) {
        let octets = text.as_bytes();
        let parts = [(0x01, &octets[..a]), (0x00, &octets[a..b]), (0x80, &octets[b..])];
        let stream = frames(to_server, &parts);
        for cut in (0..stream.len()).step_by(if cfg!(miri) { 7 } else { 1 }) {
            let mut messages = messages(config(to_server));
            let mut read = stream.clone();
            let (first, second) = read.split_at_mut(cut);
            assert_eq!(next(&mut messages, first, &mut assembler), None);
            let received = next(&mut messages, second, &mut assembler);
            assert_eq!(received, Some(Received::Message(Message::Text(text))));
        }
    }
}

/// Not only is nothing copied: the memory of the caller is not touched either.
#[test]
fn what_lies_in_one_read_needs_no_memory() {
    for &to_server in ROLES {
        let parts: [(u8, &[u8]); 4] =
            [(0x89, b"ping"), (0x8A, b"pong"), (0x88, b"\x03\xe8bye"), (0x82, b"")];
        let stream = frames(to_server, &parts);
        let found = expected(&stream, config(to_server), 0);
        assert_eq!(found.0.len(), 4);
        assert_receives(&stream, config(to_server), &mut Assembler::new([]), [], &found);

        let stream = frames(to_server, &[(0x81, TEXT.as_bytes()), (0x82, &[0xFF; 300])]);
        let found = expected(&stream, config(to_server), 300);
        let mut assembler = Assembler::new([0xEE; 300 + CONTROL]);
        assert_receives(&stream, config(to_server), &mut assembler, [], &found);
        assert_eq!(assembler.into_buffer(), [0xEE; 300 + CONTROL]);
    }
}

#[test]
fn each_message_is_put_where_the_last_one_was() {
    let mut memory = [0xEE; 16 + CONTROL];
    let place = memory.as_ptr();
    let mut assembler = Assembler::new(memory.as_mut_slice());
    let mut messages = messages(config(false));
    for payload in [&b"sixteen octets.."[..], b"less", b"ab", b"a little more"] {
        let half = payload.len() / 2;
        let parts = [(0x02, &payload[..half]), (0x89, b"p"), (0x80, &payload[half..])];
        let mut stream = frames(false, &parts);
        let mut input = stream.as_mut_slice();
        let ping = messages.next(&mut input, &mut assembler).unwrap();
        assert_eq!(ping, Some(Received::Ping(b"p")));
        let received = messages.next(&mut input, &mut assembler).unwrap();
        let Some(Received::Message(Message::Binary(octets))) = received else {
            panic!("{received:?}")
        };
        assert_eq!((octets, octets.as_ptr()), (payload, place));
    }
}

/// Compressed text is for whoever negotiated the extension (RFC 7692 §6): no `str` is made of it.
#[test]
fn compressed_text_is_octets() {
    let config = Config { allowed_rsv: 0b100, ..config(true) };
    for parts in [&[(0xC1, &b"\xff\xfe"[..])][..], &[(0x41, b"\xff"), (0x80, b"\xfe")]] {
        let mut stream = frames(true, parts);
        let mut assembler = Assembler::new([0; 2 + CONTROL]);
        let received = next(&mut messages(config), &mut stream, &mut assembler);
        assert_eq!(received, Some(Received::Message(Message::Binary(b"\xff\xfe"))));
    }
}

/// A mistake, which is noticed unless both have as many octets of a message of the same kind.
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
        let whole = streams.each_ref().map(|stream| expected(stream, config(true), 100).0);
        let stride = if cfg!(miri) { 10 } else { 1 };
        // In turns: so many octets of one, so many of the other.
        for sizes in (1..24_usize).step_by(stride).flat_map(|a| (1..24_usize).map(move |b| [a, b]))
        {
            let mut assembler = Assembler::new([0; 100 + CONTROL]);
            let mut ends = [messages(config(true)), messages(config(true))];
            let mut reads = streams.clone();
            let [left, right_] = reads.each_mut();
            let mut turns = [left.chunks_mut(sizes[0]), right_.chunks_mut(sizes[1])];
            for _ in 0..if cfg!(miri) { 12 } else { 64 } {
                for i in [0, 1] {
                    let mut input = turns[i].next().unwrap_or_default();
                    let result = loop {
                        let received = match ends[i].next(&mut input, &mut assembler) {
                            Ok(Some(received)) => received,
                            other => break other.map(|_| ()),
                        };
                        if let Received::Message(Message::Text(text)) = received {
                            assert!(str::from_utf8(text.as_bytes()).is_ok());
                        }
                        let received = support::messages::whole(&received);
                        let sent = || whole[i].iter().map(without_place);
                        let is_right = sent().any(|whole| whole == received);
                        *if is_right { &mut right } else { &mut mixed } += 1;
                        assert!(sent().any(|whole| likeness(&whole) == likeness(&received)));
                    };
                    // The peers are right: it is never said that they are not, but where text of
                    // one goes on in that of the other.
                    match result.map_err(|error| error.rule()) {
                        Ok(()) | Err(Rule::InvalidUtf8) => {}
                        Err(rule) => {
                            assert_eq!(rule, Rule::OtherAssembler);
                            refused += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(mixed > 0 && right > 0 && refused > 0, "{mixed} {right} {refused}");
}

/// What is right of a message even if other octets are in it: the kind and the length.
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

/// Octets of one peer do not come out of the connection with another.
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
                let mut octets = frames(true, rest);
                let mut input = octets.as_mut_slice();
                let received = messages.next(&mut input, &mut other);
                if (here, len) == (there, len_there) {
                    // It cannot be noticed that the octets are those of another message.
                    assert!(matches!(received, Ok(Some(Received::Message(_)))), "{what}");
                    continue;
                }
                let error = received.expect_err(&what);
                assert_eq!(error.rule(), Rule::OtherAssembler, "{what}");
                assert_eq!(error.close_code().get(), 1011);
                // Behind the first that did not fit: it was taken.
                let taken = frame(true, here, &PAYLOAD[..len]).len()
                    + frame(true, rest[0].0, rest[0].1).len();
                assert_eq!(error.offset(), taken as u64, "{what}");
                let mut legal = frame(true, 0x81, b"ok");
                assert_eq!(messages.next(&mut &mut legal[..], &mut other), Err(error));

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
    for (first, payload) in [(0x01, &b"\xf0\x9f"[..]), (0x02, b"12"), (0x01, b"")] {
        let used = || {
            let mut assembler = Assembler::new([0; 100 + CONTROL]);
            let mut stream = frames(true, &[(first, payload), (0x80, b"\x8c\x8d")]);
            _ = messages(config(true)).next(&mut &mut stream[..], &mut assembler);
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
        let mut rest = frame(true, 0x80, b"\x8c\x8d");
        let error = messages.next(&mut &mut rest[..], assembler).unwrap_err();
        assert_eq!(error.rule(), Rule::OtherAssembler);
        assert!(assembler.is_idle());
    }
}

/// The same for a control frame.
#[test]
fn a_control_frame_that_goes_on_in_another_assembler_is_refused() {
    for opcode in [0x88, 0x89, 0x8A] {
        let mut stream = frame(true, opcode, b"\x03\xe8abcd");
        let (first, mut second) = stream.split_at_mut(9);
        let mut messages = messages(config(true));
        let mut assembler = Assembler::new([0; CONTROL]);
        assert_eq!(next(&mut messages, first, &mut assembler), None);
        assert!(!assembler.is_idle());
        let error = messages.next(&mut second, &mut Assembler::new([0; 200])).unwrap_err();
        assert_eq!((error.rule(), error.offset()), (Rule::OtherAssembler, 12));
        assert_eq!(error.close_code().get(), 1011);
    }
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
        ("the same octet by octet", frames(true, &text(b"\xa9")), &[1, 2, 3, 4, 5, 6, 7, 9], true),
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
        let error = messages(config(true)).next(&mut &mut stream[..], &mut assembler).unwrap_err();
        assert_eq!((error.rule(), assembler.is_idle()), (Rule::InvalidUtf8, true));
    }
}

/// What a pool needs: a connection that failed or was cut leaves an assembler that can serve another,
/// with the memory that it had.
#[test]
fn a_cleared_assembler_is_as_good_as_new() {
    let started = frame(true, 0x01, b"a\xc3");
    let half_a_ping = [&started[..], &frame(true, 0x89, b"ping")[..8]].concat();
    let ends = [
        ("cut in a message", started.clone(), None),
        ("cut in a Ping", frame(true, 0x89, b"ping")[..8].to_vec(), None),
        ("cut in a Ping in a message", half_a_ping, None),
        ("failed", [&started[..], b"\x83"].concat(), Some(Rule::ReservedOpcode)),
        ("unmasked", [&started[..], b"\x80\x01"].concat(), Some(Rule::Unmasked)),
        ("too big", [&started[..], b"\x80\xFD"].concat(), Some(Rule::MessageTooBig)),
    ];
    let mut memory = [0; 10 + CONTROL];
    let place = memory.as_ptr();
    let mut assembler = Assembler::new(&mut memory);
    for (what, mut stream, rule) in ends {
        let result = messages(config(true)).next(&mut &mut stream[..], &mut assembler);
        assert_eq!(result.err().map(|error| error.rule()), rule, "{what}");
        assert!(!assembler.is_idle(), "{what}");
        assembler.clear();
        assert!(assembler.is_idle(), "{what}");
        assert_eq!(assembler.max_message(), 10);

        let mut stream = frames(true, &[(0x01, b"another"), (0x89, b"p"), (0x80, b" on")]);
        let mut messages = messages(config(true));
        for octet in &mut stream {
            match next(&mut messages, core::slice::from_mut(octet), &mut assembler) {
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

#[test]
fn the_longest_message_by_buffer() {
    for size in [0, 1, 124, 125, 126, 4096] {
        assert_eq!(most(vec![0; size].as_mut_slice()), size.saturating_sub(CONTROL));
    }
    assert_eq!((most([0; 0]), most([0; 125]), most([0; 1000])), (0, 0, 875));
    let assembler = Assembler::new([7; 3]);
    assert!(!format!("{assembler:?}").contains('7'), "no payload in a log: {assembler:?}");
    assert_eq!(assembler.into_buffer(), [7; 3]);
}

#[cfg(feature = "alloc")]
mod alloc {
    use super::*;

    /// The least that a `Vec` of octets holds if it holds any.
    const LEAST: usize = 8;

    /// CVE-2022-35922: whoever announces a lot makes nobody reserve it.
    #[test]
    fn s10_4_what_is_declared_is_not_reserved() {
        for &to_server in ROLES {
            let mask = if to_server { 0x80 } else { 0 };
            for declared in [1_u64 << 16, 1 << 30, (1 << 31) - 1, 1 << 32, 1 << 40, 1 << 62] {
                let mut limits = config(to_server);
                (limits.max_frame, limits.max_message) = (u64::MAX, u64::MAX);
                let mut stream = [&[0x02, mask | 127][..], &declared.to_be_bytes()].concat();
                stream.extend(if to_server { &[0; 4][..] } else { &[] });
                for received in [0, 1, 100, 300] {
                    let mut assembler = Assembler::new(Vec::new());
                    let mut messages = messages(limits);
                    // What no buffer of this machine can hold is refused.
                    let holds = most(Vec::new()) as u64;
                    let result = messages.next(&mut &mut stream[..], &mut assembler);
                    if declared > holds {
                        assert_eq!(result.unwrap_err().rule(), Rule::MessageTooBig);
                        continue;
                    }
                    assert_eq!(result, Ok(None));
                    for _ in 0..received {
                        assert_eq!(messages.next(&mut &mut [0xEE][..], &mut assembler), Ok(None));
                    }
                    assert_reserved(assembler, received);
                }
            }
        }
    }

    /// So many octets were put into this, and not much more was reserved.
    fn assert_reserved(assembler: Assembler<Vec<u8>>, received: usize) {
        let buffer = assembler.into_buffer();
        assert_eq!(buffer.len(), received);
        let most = if received == 0 { 0 } else { LEAST.max(2 * received) };
        assert!(buffer.capacity() <= most, "{} of {received}", buffer.capacity());
    }

    /// At each length of a message that comes in reads and fragments of any size.
    #[test]
    fn at_most_twice_what_has_arrived_is_reserved() {
        for (read, size) in [(1, 1), (1, 1000), (3, 7), (100, 9), (1000, 1000)] {
            let payload = sample(if cfg!(miri) { 100 } else { 1_000 });
            for len in (1..payload.len()).step_by(if cfg!(miri) { 49 } else { 7 }) {
                let mut stream = Vec::new();
                for (i, part) in payload[..len].chunks(size).enumerate() {
                    stream.extend(frame(true, if i == 0 { 0x02 } else { 0x00 }, part));
                }
                let mut assembler = Assembler::new(Vec::new());
                let mut messages = messages(config(true));
                for read in stream.chunks_mut(read) {
                    assert_eq!(next(&mut messages, read, &mut assembler), None);
                }
                assert_reserved(assembler, len);
            }
        }
    }

    #[test]
    fn a_vec_with_octets_in_it_keeps_its_memory() {
        let buffer = vec![0xEE; 1_000];
        let place = buffer.as_ptr();
        let mut assembler = Assembler::new(buffer);
        let mut stream = frames(true, &[(0x01, &[b'x'; 400]), (0x80, &[b'y'; 500])]);
        let mut messages = messages(config(true));
        let Some(Received::Message(Message::Text(text))) =
            next(&mut messages, &mut stream, &mut assembler)
        else {
            panic!("a text")
        };
        assert_eq!((text.len(), text.as_ptr()), (900, place));
        assert_eq!(assembler.into_buffer().len(), 1_000);
    }

    /// A control frame in pieces behind the longest message so far.
    #[test]
    fn control_frames_in_pieces() {
        for &to_server in ROLES {
            for before in [0, 1, 300] {
                let (octets, payload) = (vec![b'x'; before], sample(125));
                let parts = [(0x01, &*octets), (0x89, &*payload), (0x80, b"y"), (0x8A, &*payload)];
                let stream = frames(to_server, &parts);
                let found = expected(&stream, config(to_server), usize::MAX);
                assert_eq!(found.0.len(), 3);
                let mut assembler = Assembler::new(Vec::new());
                let cuts = 1..stream.len();
                assert_receives(&stream, config(to_server), &mut assembler, cuts, &found);
                // That of the longest message, and a control frame; a message that is all in its
                // last fragment lies where it was received.
                let message = if before == 0 { 0 } else { before + 1 };
                assert_eq!(assembler.into_buffer().len(), message + 125);
            }
        }
    }
}
