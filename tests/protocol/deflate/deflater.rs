//! Compression (RFC 7692 §7.2.1): round trips through the inflater and the oracle, splits, windows.

use crate::oracle::deflate::{Inflated, Stream};
use proptest::prelude::*;
use wsparse::deflate::{Agreed, Deflater, Direction, Inflater, NoRoom, Policy, Progress};

const fn agreed(window_bits: u8, context_takeover: bool) -> Agreed {
    let direction = Direction { window_bits, context_takeover };
    Agreed { outgoing: direction, incoming: direction }
}

fn policy(level: u8, memory_level: u8) -> Policy {
    Policy { level, memory_level, threshold: 0, ..Policy::DEFAULT }
}

/// Text that repeats itself at many distances, of any length.
fn text(seed: u64, len: usize) -> Vec<u8> {
    const WORDS: [&str; 8] =
        ["{\"id\":", "\"name\":\"", "wsparse", "true,", "null}", "123", "\u{fc}ber", ", "];
    let mut state = seed | 1;
    let mut text = String::new();
    while text.len() < len {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        text.push_str(WORDS[(state >> 60) as usize % 8]);
        text.push(char::from(b'a' + (state >> 40) as u8 % 26));
    }
    text.into_bytes()[..len].to_vec()
}

/// Bytes that cannot be compressed.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    core::iter::repeat_with(next).take(len).collect()
}

/// Compresses in parts of `input` bytes into pieces of `output` bytes.
fn in_pieces(deflater: &mut Deflater, message: &[u8], input: usize, output: usize) -> Vec<u8> {
    let mut payload = Vec::new();
    deflater.begin();
    let mut parts = message.chunks(input).peekable();
    loop {
        let mut part = parts.next().unwrap_or_default();
        let is_last = parts.peek().is_none();
        loop {
            assert!(!deflater.is_idle());
            let mut piece = vec![0; output];
            let Progress { written, is_done } =
                deflater.compress_part(&mut part, is_last, &mut piece);
            payload.extend(&piece[..written]);
            if is_done {
                assert!(part.is_empty());
                break;
            }
            assert_eq!(written, output);
        }
        if is_last {
            assert!(deflater.is_idle());
            return payload;
        }
    }
}

#[test]
fn the_examples() {
    let mut deflater = Deflater::new(&policy(6, 8), agreed(15, true));
    let mut payload = Vec::new();
    for expected in [b"\xf2\x48\xcd\xc9\xc9\x07\x00".as_slice(), b"\xf2\x00\x11\x00\x00"] {
        assert!(deflater.compress_to_vec(b"Hello", &mut payload));
        assert_eq!(payload, expected);
        payload.clear();
    }
    // Released: with an empty window again.
    deflater.release();
    assert!(deflater.compress_to_vec(b"Hello", &mut payload));
    assert_eq!(payload, b"\xf2\x48\xcd\xc9\xc9\x07\x00");
    // Empty messages, several in a row.
    for _ in 0..3 {
        payload.clear();
        assert!(deflater.compress_to_vec(b"", &mut payload));
        assert_eq!(payload, b"\x00");
        assert_eq!(in_pieces(&mut deflater, b"", 1, 1), b"\x00");
    }
    payload.clear();
    assert!(deflater.compress_to_vec(b"Hello", &mut payload));
    assert_eq!(payload, b"\xf2\x00\x11\x00\x00");
}

/// Every split of input and output has the same result as one call.
#[test]
fn every_split() {
    for level in [1, 2, 6, 9] {
        let message = text(level.into(), 60);
        let mut whole = Deflater::new(&policy(level, 1), agreed(9, false));
        let mut expected = Vec::new();
        assert!(whole.compress_to_vec(&message, &mut expected));
        let mut deflater = Deflater::new(&policy(level, 1), agreed(9, false));
        for input in [1, 2, 7, 59, 60] {
            for output in [1, 2, 3, 5, 6, 7, expected.len() - 1, expected.len(), 1000] {
                let payload = in_pieces(&mut deflater, &message, input, output);
                let mut inflater = Inflater::new(agreed(9, false));
                inflater.begin(false, 100);
                let mut inflated = Vec::new();
                inflater.inflate_to_vec(&payload, true, &mut inflated).unwrap();
                assert_eq!(inflated, message);
                if input >= 60 {
                    assert_eq!(payload, expected, "level {level}, output {output}");
                }
            }
        }
    }
}

/// Messages of many lengths, whole and in parts, read by the inflater and by the oracle.
#[track_caller]
fn round_trip(policy: Policy, agreed: Agreed, messages: &[Vec<u8>]) {
    let (mut deflater, mut inflater) = (Deflater::new(&policy, agreed), Inflater::new(agreed));
    let mut oracle = Stream::default();
    for (place, message) in messages.iter().enumerate() {
        let mut payload = Vec::new();
        match place % 4 {
            0 => payload = in_pieces(&mut deflater, message, 1 + place * 97, 1 + place * 31),
            1 => {
                let mut output = vec![0; Deflater::max_len(message.len())];
                let Some(len) = deflater.compress(message, &mut output).unwrap() else { continue };
                payload.extend(&output[..len]);
            }
            2 => {
                deflater.begin();
                deflater.compress_part_to_vec(message, true, &mut payload);
            }
            _ if !deflater.compress_to_vec(message, &mut payload) => continue,
            _ => {}
        }
        assert!(payload.len() <= Deflater::max_len(message.len()));
        inflater.begin(false, message.len() as u64);
        let mut inflated = Vec::new();
        inflater.inflate_to_vec(&payload, true, &mut inflated).unwrap();
        assert_eq!(inflated, *message);
        let mut alone = Stream::default();
        let stream = if agreed.outgoing.context_takeover { &mut oracle } else { &mut alone };
        assert_eq!(stream.inflate(&payload), Inflated::Whole(inflated));
        // What was promised.
        assert!(stream.farthest <= 1 << agreed.outgoing.window_bits);
        if agreed.outgoing.window_bits == 8 {
            assert_eq!(stream.farthest, 0);
        }
    }
}

#[test]
fn all_windows_and_memory_levels() {
    let lens = if cfg!(miri) { vec![10] } else { vec![700, 0, 3000, 1, 40, 64] };
    let mut messages: Vec<_> = lens.iter().map(|len| text(*len as u64, *len)).collect();
    messages.push(noise(300));
    messages.push(text(1, 500));
    for window_bits in 8..=15 {
        for memory_level in [0, 1, 4, 9, 255] {
            let level = (window_bits + memory_level % 10) % 10;
            for context_takeover in [false, true] {
                let agreed = agreed(window_bits, context_takeover);
                round_trip(policy(level, memory_level), agreed, &messages);
            }
        }
    }
}

/// More than the window, the codec's buffers and one growth of a `Vec`.
#[test]
#[cfg_attr(miri, ignore = "slow")]
fn long_messages() {
    let messages =
        [text(1, 80_000), noise(40_000), text(2, 40_000), noise(10_000), vec![0; 100_000]];
    for (level, window_bits) in [(1, 15), (6, 9), (0, 15)] {
        for context_takeover in [false, true] {
            round_trip(policy(level, 8), agreed(window_bits, context_takeover), &messages);
        }
    }
}

#[test]
fn messages_that_do_not_become_shorter() {
    let mut output = b"before".to_vec();
    // Each message stands alone: they are sent as they are.
    let mut deflater = Deflater::new(&policy(6, 8), agreed(15, false));
    for message in [b"".as_slice(), b"abc", &noise(500), &noise(70_000)] {
        assert!(!deflater.compress_to_vec(message, &mut output));
        assert_eq!(output, b"before");
        let mut buffer = vec![0; message.len() + 4];
        assert_eq!(deflater.compress(message, &mut buffer), Ok(None));
        assert!(deflater.is_idle());
        // It leaves no trace in the next message.
        assert!(deflater.compress_to_vec(&text(1, 300), &mut output));
        assert_eq!(Stream::default().inflate(&output[6..]), Inflated::Whole(text(1, 300)));
        output.truncate(6);
    }
    // With context takeover, they are in the window already.
    let mut deflater = Deflater::new(&policy(6, 8), agreed(15, true));
    assert!(deflater.compress_to_vec(&noise(500), &mut output));
    assert!((506..520).contains(&output.len()), "{}", output.len());
    output.truncate(6);
    assert!(deflater.compress_to_vec(&noise(500), &mut output));
    assert!(output.len() < 30, "{}", output.len());
}

#[test]
fn the_threshold_and_what_cannot_be_compressed() {
    let mut output = Vec::new();
    let policy = Policy { threshold: 100, ..Policy::DEFAULT };
    let mut deflater = Deflater::new(&policy, agreed(15, true));
    assert!(!deflater.compress_to_vec(&[0; 99], &mut output));
    assert_eq!(deflater.compress(&[0; 99], &mut []), Ok(None));
    assert!(!deflater.should_compress(99) && deflater.should_compress(100));
    assert!(deflater.compress_to_vec(&[0; 100], &mut output));
    // Level 0, and a window that zlib does not have.
    let mut level_0 = Deflater::new(&Policy { level: 0, ..policy }, agreed(15, true));
    let mut window_8 = Deflater::new(&policy, agreed(8, true));
    for deflater in [&mut level_0, &mut window_8] {
        assert!(!deflater.compress_to_vec(&[0; 1000], &mut output));
        assert_eq!(deflater.compress(&[0; 1000], &mut [0; 2000]), Ok(None));
        // In parts, it is only stored.
        assert!(in_pieces(deflater, &[0; 1000], 100, 100).len() > 1000);
    }
}

/// An output of any length is either enough, or reported as too short; the stream stays right.
#[test]
fn an_output_that_is_too_short() {
    let message = text(3, 400);
    for (level, context_takeover) in (1..=9).flat_map(|level| [(level, false), (level, true)]) {
        let agreed = agreed(15, context_takeover);
        let mut expected = Vec::new();
        assert!(Deflater::new(&policy(level, 8), agreed).compress_to_vec(&message, &mut expected));
        for len in 0..=expected.len() + 10 {
            let (mut deflater, mut inflater) =
                (Deflater::new(&policy(level, 8), agreed), Inflater::new(agreed));
            let mut output = vec![0; len];
            let result = deflater.compress(&message, &mut output);
            if len >= expected.len() + 5 {
                assert_eq!(result, Ok(Some(expected.len())));
                assert_eq!(output[..expected.len()], expected);
                continue;
            }
            assert_eq!(result, Err(NoRoom { needed: Deflater::max_len(400) }), "{len}");
            // The message was not sent, so the next one does not refer to it.
            let mut payload = Vec::new();
            assert!(deflater.compress_to_vec(&message, &mut payload));
            assert_eq!(payload, expected);
            inflater.begin(true, 400);
            inflater.inflate_to_vec(&payload, true, &mut Vec::new()).unwrap();
        }
    }
    assert!(NoRoom { needed: 7 }.to_string().contains("7 bytes"));
}

/// A message that was begun and not ended is not referred to.
#[test]
fn a_message_that_is_dropped() {
    let mut deflater = Deflater::new(&policy(6, 8), agreed(15, true));
    deflater.begin();
    let mut output = Vec::new();
    deflater.compress_part_to_vec(b"Hello", false, &mut output);
    deflater.release();
    assert!(!deflater.is_idle());
    let mut payload = Vec::new();
    assert!(deflater.compress_to_vec(b"Hello", &mut payload));
    assert_eq!(payload, b"\xf2\x48\xcd\xc9\xc9\x07\x00");
    // After any number of bytes in and out, with all levels.
    let message = text(7, 3000);
    for level in 0..=9 {
        for context_takeover in [false, true] {
            let agreed = agreed(9, context_takeover);
            let mut deflater = Deflater::new(&policy(level, 1), agreed);
            for len in (1..message.len()).step_by(if cfg!(miri) { 2500 } else { 370 }) {
                for (space, is_last) in [(1, false), (100, false), (1, true), (100, true)] {
                    deflater.begin();
                    let mut part = &message[..len];
                    _ = deflater.compress_part(&mut part, is_last, &mut vec![0; space]);
                    if deflater.is_idle() {
                        // It is whole, so the next may refer to it.
                        deflater = Deflater::new(&policy(level, 1), agreed);
                    }
                    payload.clear();
                    deflater.begin();
                    deflater.compress_part_to_vec(&message[..300], true, &mut payload);
                    let inflated = Stream::default().inflate(&payload);
                    let expected = Inflated::Whole(message[..300].to_vec());
                    assert!(
                        inflated == expected,
                        "{level} {context_takeover} {len} {space} {is_last}"
                    );
                }
            }
        }
    }
    // Outside of a message, nothing is compressed.
    let mut deflater = Deflater::new(&policy(6, 8), agreed(15, true));
    let progress = deflater.compress_part(&mut b"x".as_slice(), true, &mut [0; 9]);
    assert_eq!(progress, Progress { written: 0, is_done: true });
}

/// A reset alone would neither empty the buffer of the codec nor end its block.
#[test]
fn any_number_of_messages_that_are_dropped() {
    let (noise, text) = (noise(70_000), text(7, 300));
    for (level, context_takeover) in [(1, false), (1, true), (2, false), (6, false)] {
        let agreed = agreed(15, context_takeover);
        let mut deflater = Deflater::new(&policy(level, 1), agreed);
        let mut inflater = Inflater::new(agreed);
        let mut check = |deflater: &mut Deflater| {
            let mut output = [0; 500];
            let len = deflater.compress(&text, &mut output).unwrap().unwrap();
            let message = inflater.inflate_message(&output[..len], false, 300).unwrap();
            assert_eq!(message.as_bytes(), text, "level {level}");
        };
        // The sum is more than the buffer holds.
        for len in [100, 200, 500, 1000, 1000, 1000, 1000, 1000, 5_000, 70_000] {
            _ = deflater.compress(&noise[..len], &mut vec![0; len - 50]);
            check(&mut deflater);
            deflater.begin();
            deflater.compress_part(&mut &noise[..len], true, &mut [0; 20]);
            check(&mut deflater);
        }
    }
}

#[test]
fn codecs_can_be_sent_to_other_threads() {
    fn is_send<T: Send + Sync>() {}
    is_send::<Deflater>();
    is_send::<Inflater>();
    // Beside the connection, and small until they are used.
    assert!(size_of::<Deflater>() <= 96 && size_of::<Inflater>() <= 96);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 1 } else { 48 }))]

    #[test]
    fn round_trips(
        messages in prop::collection::vec(
            prop_oneof![
                (any::<u64>(), 0..3000_usize).prop_map(|(seed, len)| text(seed, len)),
                prop::collection::vec(any::<u8>(), 0..300),
                prop::collection::vec(0..4_u8, 0..3000),
            ],
            1..8,
        ),
        window_bits in 8..=15_u8,
        memory_level in 1..=9_u8,
        level in 0..=9_u8,
        context_takeover in any::<bool>(),
    ) {
        round_trip(policy(level, memory_level), agreed(window_bits, context_takeover), &messages);
    }
}
