//! Whole messages (RFC 6455 §5.4): borrowed or assembled, from any reads, in memory of any size.

use crate::oracle::stream::{Config, End, Whole};
use crate::support;
use crate::support::corpus::{Stream, TEXT, corpus};
use crate::support::messages::{CONTROL, assert_receives, expected, messages, next};
use crate::support::sample;
use crate::support::stream::{config, frame, frames};
use wsparse::{Assembler, Buffer, Input, Message, Received, Rule};

/// Whether a client sends to a server; Miri takes that alone.
const ROLES: &[bool] = if cfg!(miri) { &[true] } else { &[true, false] };

/// How many bytes an endpoint with this buffer takes in one message.
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
        let Stream { bytes, config, .. } = &stream;
        let in_array = expected(bytes, *config, 0x1000 - CONTROL);
        let in_slice = expected(bytes, *config, 0x900 - CONTROL);
        #[cfg(feature = "alloc")]
        let in_vec = expected(bytes, *config, usize::MAX);
        check(&stream, &mut |cuts| {
            let cuts = || cuts.iter().copied();
            assert_receives(bytes, *config, &mut array, cuts(), &in_array);
            assert_receives(bytes, *config, &mut slice, cuts(), &in_slice);
            #[cfg(feature = "alloc")]
            assert_receives(bytes, *config, &mut vec, cuts(), &in_vec);
        });
    }
}

#[test]
fn one_read_and_every_two() {
    of_each(|stream, receive| {
        receive(&[]);
        let stride = if cfg!(miri) { 23 } else { 1 };
        for cut in (0..=stream.bytes.len()).step_by(stride) {
            receive(&[cut]);
        }
    });
}

#[test]
fn one_byte_in_each_read() {
    of_each(|stream, receive| {
        let cuts: Vec<usize> = (1..stream.bytes.len().max(1)).collect();
        receive(&cuts);
    });
}

/// Few and many reads, some of them empty.
#[test]
fn a_hundred_random_splits() {
    let mut next = support::random();
    of_each(|stream, receive| {
        for _ in 0..if cfg!(miri) { 2 } else { 100 } {
            let len = stream.bytes.len();
            let most = if next().is_multiple_of(4) { len } else { 8 };
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
        let (bytes, text) = (sample(70_001 / scale), "0é€".repeat(12_000 / scale));
        let (first, second) = bytes.split_at(bytes.len() / 3);
        let (start, rest) = text.as_bytes().split_at(4_097 / scale);
        let parts = [(0x82, &*bytes), (0x02, first), (0x80, second), (0x01, start), (0x80, rest)];
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
        // The error is reported at the byte of the header that shows it.
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
            let error = messages
                .next(&mut Input::new(&mut stream.clone()[..]), &mut assembler)
                .unwrap_err();
            assert_eq!((error.rule(), error.offset()), (Rule::MessageTooBig, offset));
            assert_eq!(error.close_code().get(), 1009);
        }
    }
}

/// The message is as long as the buffer allows, so that the control frame has no byte to spare.
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

/// A buffer of less than 125 bytes accepts a longer control frame only if its payload arrives in one
/// read.
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
                // A read that ends after the header does not cut the payload.
                let header = stream.len() - len;
                assert_receives(&stream, config, &mut assembler, [header], &found);
                if len <= size {
                    assert_receives(&stream, config, &mut assembler, 1..stream.len(), &found);
                    continue;
                }
                let mut messages = messages(config);
                let mut bytes = stream.clone();
                let error = bytes.iter_mut().find_map(|byte| {
                    let mut input = Input::new(core::slice::from_mut(byte));
                    messages.next(&mut input, &mut assembler).err()
                });
                match error {
                    Some(error) => {
                        assert_eq!(error.rule(), Rule::FrameTooBig);
                        assert_eq!(error.close_code().get(), 1009);
                        assert!((header..=stream.len()).contains(&(error.offset() as usize)));
                    }
                    // In reads of a byte, one byte is the whole payload.
                    None => assert_eq!(len, 1),
                }
            }
        }
    }
}

/// Each cut of the text into three fragments, and each of those into two reads.
#[test]
fn s8_1_text_is_what_was_sent() {
    let to_server = true;
    let text = if cfg!(miri) { "é€" } else { TEXT };
    let len = text.len();
    let mut assembler = Assembler::new([0; 64 + CONTROL]);
    for (a, b) in (0..=len).flat_map(|a| (a..=len).map(move |b| (a, b))) {
        let bytes = text.as_bytes();
        let parts = [(0x01, &bytes[..a]), (0x00, &bytes[a..b]), (0x80, &bytes[b..])];
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
    for payload in [&b"sixteen bytes.."[..], b"less", b"ab", b"a little more"] {
        let half = payload.len() / 2;
        let parts = [(0x02, &payload[..half]), (0x89, b"p"), (0x80, &payload[half..])];
        let mut stream = frames(false, &parts);
        let mut input = Input::new(&mut stream);
        let ping = messages.next(&mut input, &mut assembler).unwrap();
        assert_eq!(ping, Some(Received::Ping(b"p")));
        let received = messages.next(&mut input, &mut assembler).unwrap();
        let Some(Received::Message(Message::Binary(bytes))) = received else {
            panic!("{received:?}")
        };
        assert_eq!((bytes, bytes.as_ptr()), (payload, place));
    }
}

/// Compressed text is for the extension to decode (RFC 7692 §6). It is never returned as a `str`.
#[test]
fn compressed_text_is_bytes() {
    let config = Config { allowed_rsv: 0b100, ..config(true) };
    for parts in [&[(0xC1, &b"\xff\xfe"[..])][..], &[(0x41, b"\xff"), (0x80, b"\xfe")]] {
        let mut stream = frames(true, parts);
        let mut assembler = Assembler::new([0; 2 + CONTROL]);
        let received = next(&mut messages(config), &mut stream, &mut assembler);
        assert_eq!(received, Some(Received::Message(Message::Binary(b"\xff\xfe"))));
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

    /// The least that a `Vec` of bytes holds if it holds any.
    const LEAST: usize = 8;

    /// CVE-2022-35922: a length that is only announced reserves no memory.
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
                    let result = messages.next(&mut Input::new(&mut stream[..]), &mut assembler);
                    if declared > holds {
                        assert_eq!(result.unwrap_err().rule(), Rule::MessageTooBig);
                        continue;
                    }
                    assert_eq!(result, Ok(None));
                    for _ in 0..received {
                        assert_eq!(
                            messages.next(&mut Input::new(&mut [0xEE]), &mut assembler),
                            Ok(None)
                        );
                    }
                    assert_reserved(assembler, received);
                }
            }
        }
    }

    /// Asserts that `received` bytes were stored, and not much more memory reserved.
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

    /// Nor is memory kept for a message that was discarded.
    #[test]
    fn a_cleared_vec_grows_no_more_than_a_new_one() {
        let mut assembler = Assembler::new(Vec::new());
        let mut fragment = frame(true, 0x02, &[0xEE; 300]);
        assert_eq!(next(&mut messages(config(true)), &mut fragment, &mut assembler), None);
        assembler.clear();
        let mut ping = frame(true, 0x89, &[0xEE; 125]);
        let (first, second) = ping.split_at_mut(50);
        let mut messages = messages(config(true));
        assert_eq!(next(&mut messages, first, &mut assembler), None);
        let received = next(&mut messages, second, &mut assembler);
        assert_eq!(received, Some(Received::Ping(&[0xEE; 125])));
        assert_eq!(assembler.into_buffer().len(), 300);
    }

    #[test]
    fn a_vec_with_bytes_in_it_keeps_its_memory() {
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

    /// A control frame in pieces is kept after the open message, and after nothing between two.
    #[test]
    fn control_frames_in_pieces() {
        for &to_server in ROLES {
            for before in [0, 1, 300] {
                let (bytes, payload) = (vec![b'x'; before], sample(125));
                let parts = [(0x01, &*bytes), (0x89, &*payload), (0x80, b"y"), (0x8A, &*payload)];
                let stream = frames(to_server, &parts);
                let found = expected(&stream, config(to_server), usize::MAX);
                assert_eq!(found.0.len(), 3);
                let mut assembler = Assembler::new(Vec::new());
                let cuts = 1..stream.len();
                assert_receives(&stream, config(to_server), &mut assembler, cuts, &found);
                assert_eq!(assembler.into_buffer().len(), before + 125);
            }
        }
    }

    /// A Ping that arrives in one piece is returned where it was read: it takes no memory on an idle
    /// connection, and does not double that of a long message, inside of it or after it.
    #[test]
    fn a_control_frame_in_one_piece_needs_no_memory() {
        for &to_server in ROLES {
            let mut assembler = Assembler::new(Vec::new());
            let mut messages = messages(config(to_server));
            let ping = frame(to_server, 0x89, &sample(125));
            let received = Some(Received::Ping(&sample(125)));
            let assert_ping = |messages: &mut _, assembler: &mut Assembler<Vec<u8>>| {
                assert_eq!(next(messages, &mut ping.clone(), assembler), received);
            };
            assert_ping(&mut messages, &mut assembler);
            let buffer = assembler.into_buffer();
            assert_eq!(buffer.capacity(), 0);

            let mut assembler = Assembler::new(buffer);
            let half = sample(100_000);
            let mut first = frame(to_server, 0x02, &half);
            assert_eq!(next(&mut messages, &mut first, &mut assembler), None);
            assert_ping(&mut messages, &mut assembler);
            let mut last = frame(to_server, 0x80, &half);
            assert!(next(&mut messages, &mut last, &mut assembler).is_some());
            assert_ping(&mut messages, &mut assembler);
            let buffer = assembler.into_buffer();
            assert_eq!((buffer.len(), buffer.capacity()), (200_000, 200_000));
        }
    }
}
