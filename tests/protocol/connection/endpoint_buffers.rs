//! What an `Endpoint` receives, from any reads, into buffers of any kind and size.

use crate::generate::{any_frames, configs, cuts, proptest_config, streams};
use crate::oracle::stream::Config;
use crate::support;
use crate::support::corpus::{Stream, TEXT, corpus};
use crate::support::messages::CONTROL;
use crate::support::sample;
use crate::support::steps::{assert_steps, endpoint, expected_steps};
use crate::support::stream::{config, frame, frames};
use proptest::collection::vec;
use proptest::prelude::*;

/// Checks with each kind of buffer.
fn of_each(mut check: impl FnMut(&Stream, &mut dyn FnMut(&[usize]))) {
    // A borrow of a long buffer takes Miri long.
    let is_long = !cfg!(miri);
    for stream in corpus().into_iter().step_by(if cfg!(miri) { 3 } else { 1 }) {
        let Stream { bytes, config, .. } = &stream;
        let in_array = expected_steps(bytes, *config, 0x800 - CONTROL);
        let in_slice = expected_steps(bytes, *config, 300 - CONTROL);
        #[cfg(feature = "alloc")]
        let in_vec = expected_steps(bytes, *config, usize::MAX);
        check(&stream, &mut |cuts| {
            let cuts = || cuts.iter().copied();
            assert_steps(bytes, *config, &mut [0xEE; 300][..], cuts(), &in_slice);
            if is_long {
                assert_steps(bytes, *config, [0xEE; 0x800], cuts(), &in_array);
                #[cfg(feature = "alloc")]
                assert_steps(bytes, *config, Vec::new(), cuts(), &in_vec);
            }
        });
    }
}

#[test]
fn one_read_and_every_two() {
    of_each(|stream, receive| {
        receive(&[]);
        let stride = if cfg!(miri) { 61 } else { 1 };
        for cut in (0..=stream.bytes.len()).step_by(stride) {
            receive(&[cut]);
        }
    });
}

#[test]
fn one_byte_in_each_read() {
    of_each(|stream, receive| {
        let step = if cfg!(miri) { 29 } else { 1 };
        let cuts: Vec<usize> = (1..stream.bytes.len().max(1)).step_by(step).collect();
        receive(&cuts);
    });
}

#[test]
fn random_splits() {
    let mut next = support::random();
    of_each(|stream, receive| {
        for _ in 0..if cfg!(miri) { 2 } else { 20 } {
            let len = stream.bytes.len();
            let most = if next().is_multiple_of(4) { len } else { 8 };
            let count = next() % (most + 1);
            let mut cuts: Vec<usize> = (0..count).map(|_| next() % (len + 1)).collect();
            cuts.sort_unstable();
            receive(&cuts);
        }
    });
}

/// An array of `n` bytes takes a message of `n - 125` bytes and not of one more, in one frame or in
/// fragments with the longest control frame between them, however it arrives.
#[test]
fn s10_4_the_longest_message() {
    for to_server in [true, false] {
        for len in (0..=if cfg!(miri) { 1 } else { 20_usize }).chain([200, 300]) {
            let payload = &sample(300)[..len];
            let (first, second) = payload.split_at(len / 2);
            let ping = sample(125);
            let streams = [
                frame(to_server, 0x82, payload),
                frames(to_server, &[(0x02, first), (0x89, &ping), (0x80, second)]),
                frames(to_server, &[(0x02, payload), (0x8A, &ping), (0x80, b""), (0x89, &ping)]),
                frames(to_server, &[(0x89, &ping), (0x82, payload), (0x82, payload)]),
            ];
            for stream in &streams {
                for size in [len + CONTROL, (len + CONTROL).saturating_sub(1).max(CONTROL)] {
                    let config = config(to_server);
                    let expected = expected_steps(stream, config, size - CONTROL);
                    let all = 1..stream.len();
                    for cuts in [0..0, len / 2..len / 2 + 1, all] {
                        let mut memory = vec![0xEE; size];
                        assert_steps(stream, config, &mut memory[..], cuts, &expected);
                    }
                }
            }
        }
    }
}

/// A buffer that is too small for control frames refuses what does not fit, and does not panic.
#[test]
fn buffers_that_are_too_small() {
    let stream = frames(true, &[(0x82, b""), (0x89, &sample(50)), (0x81, b"a")]);
    for size in (0..CONTROL).step_by(if cfg!(miri) { 41 } else { 1 }) {
        for read in [1, 7, usize::MAX] {
            let mut memory = vec![0; size];
            let mut endpoint = endpoint(config(true), memory.as_mut_slice(), [0; 131]);
            let mut rest = &stream[..];
            loop {
                match endpoint.advance() {
                    wsparse::Step::Read => {
                        let space = endpoint.space();
                        let len = rest.len().min(space.len()).min(read);
                        assert!(!space.is_empty());
                        space[..len].copy_from_slice(&rest[..len]);
                        rest = &rest[len..];
                        endpoint.filled(len);
                    }
                    wsparse::Step::Write => endpoint.wrote(1),
                    wsparse::Step::Done(outcome) => {
                        assert!(outcome.is_err());
                        break;
                    }
                    _ => {}
                }
            }
        }
    }
}

/// The memory of a `Vec` grows with the bytes received, not with a declared length.
#[test]
#[cfg(feature = "alloc")]
#[cfg_attr(miri, ignore = "the streams are long")]
fn a_vec_grows_with_what_arrives() {
    let message = sample(70_000);
    let (first, second) = message.split_at(message.len() / 3);
    let whole = frame(true, 0x82, &message);
    let parts = frames(true, &[(0x02, first), (0x89, b"ping"), (0x00, b""), (0x80, second)]);
    let small = frames(true, &[(0x81, &[b'x'; 100][..]); 500]);
    let config = Config { max_message: u64::MAX, max_frame: u64::MAX, ..config(true) };
    for stream in [whole, parts, small.clone()] {
        for len in (0..stream.len()).step_by(1_997) {
            let stream = &stream[..len];
            let expected = expected_steps(stream, config, usize::MAX);
            for read in [1_000, 1_448, 16_384] {
                let cuts = (0..len).step_by(read);
                let buffer = assert_steps(stream, config, Vec::new(), cuts, &expected);
                assert!(buffer.capacity() <= 2 * len + 4_096, "{} of {len}", buffer.capacity());
            }
        }
    }
    let expected = expected_steps(&small, config, usize::MAX);
    let buffer =
        assert_steps(&small, config, Vec::new(), (0..small.len()).step_by(1_448), &expected);
    assert_eq!(buffer.capacity(), 4_096, "small reads need no more");

    // "A message of 2^60 bytes begins."
    let huge = b"\x82\xff\x10\0\0\0\0\0\0\0abcd1234";
    let expected = expected_steps(huge, config, usize::MAX);
    let buffer = assert_steps(huge, config, Vec::new(), [], &expected);
    assert_eq!(buffer.capacity(), 4_096);
}

/// Text whose code points are divided between fragments, and those between reads.
#[test]
fn s8_1_divided_code_points() {
    let text = TEXT.as_bytes();
    for to_server in [true, false] {
        for len in 1..=if cfg!(miri) { 1 } else { 5 } {
            let mut parts: Vec<(u8, &[u8])> = text.chunks(len).map(|part| (0x00, part)).collect();
            parts[0].0 = 0x01;
            parts.insert(1, (0x89, b"\xff\xfe"));
            parts.push((0x80, b""));
            let stream = frames(to_server, &parts);
            let expected = expected_steps(&stream, config(to_server), 200 - CONTROL);
            for read in (1..20).step_by(if cfg!(miri) { 9 } else { 1 }) {
                let cuts = (0..stream.len()).step_by(read);
                assert_steps(&stream, config(to_server), [0xEE; 200], cuts.clone(), &expected);
                #[cfg(feature = "alloc")]
                {
                    let boxed = vec![0xEE; 200].into_boxed_slice();
                    assert_steps(&stream, config(to_server), boxed, cuts, &expected);
                }
            }
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "the captures are large")]
fn captured_streams() {
    macro_rules! capture {
        ($name:literal) => {
            [
                (&include_bytes!(concat!("../../data/", $name, ".client"))[..], true),
                (&include_bytes!(concat!("../../data/", $name, ".server"))[..], false),
            ]
        };
    }
    let captures = [
        capture!("chromium-plain"),
        capture!("chromium-deflate"),
        capture!("python-websockets-plain"),
    ];
    for (stream, to_server) in captures.into_iter().flatten() {
        let head = stream.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
        let stream = &stream[head + 4..];
        let config = Config { allowed_rsv: 0b100, ..config(to_server) };
        let expected = expected_steps(stream, config, usize::MAX);
        let mut next = support::random();
        let mut cuts: Vec<usize> = (0..100).map(|_| next() % stream.len()).collect();
        cuts.sort_unstable();
        let mut memory = vec![0; 70_202 + CONTROL];
        for read in [1, 64, 1_448, 4_096, usize::MAX] {
            let cuts = || (0..stream.len()).step_by(read);
            assert_steps(stream, config, &mut memory[..], cuts(), &expected);
            #[cfg(feature = "alloc")]
            assert_steps(stream, config, Vec::new(), cuts(), &expected);
        }
        assert_steps(stream, config, &mut memory[..], cuts, &expected);
    }
}

/// Any split, in buffers of any size.
fn assert_any_split(stream: &[u8], config: Config, size: usize, mut cuts: Vec<usize>) {
    cuts.iter_mut().for_each(|cut| *cut %= stream.len() + 1);
    cuts.sort_unstable();
    let mut memory = vec![0xEE; size];
    let expected = expected_steps(stream, config, size - CONTROL);
    assert_steps(stream, config, &mut memory[..], cuts.iter().copied(), &expected);
    if !cfg!(miri) {
        assert_steps(stream, config, &mut memory[..], [], &expected);
        assert_steps(stream, config, &mut memory[..], 1..stream.len().max(1), &expected);
    }
    #[cfg(feature = "alloc")]
    if !cfg!(miri) {
        let expected = expected_steps(stream, config, usize::MAX);
        let buffer = assert_steps(stream, config, Vec::new(), cuts, &expected);
        assert!(buffer.capacity() <= 2 * stream.len() + 4_096);
    }
}

proptest! {
    #![proptest_config(proptest_config())]

    #[test]
    fn any_bytes(
        bytes in vec(any::<u8>(), 0..200),
        config in configs(),
        size in CONTROL..400_usize,
        cuts in cuts(),
    ) {
        assert_any_split(&bytes, config, size, cuts);
    }

    #[test]
    fn frames_in_any_order(
        stream in any_frames(),
        config in configs(),
        size in CONTROL..400_usize,
        cuts in cuts(),
    ) {
        assert_any_split(&stream, config, size, cuts);
    }

    #[test]
    fn likely_streams(
        (config, stream) in configs().prop_flat_map(|c| (Just(c), streams(c.to_server))),
        size in CONTROL..400_usize,
        cuts in cuts(),
    ) {
        assert_any_split(&stream, config, size, cuts);
    }
}
