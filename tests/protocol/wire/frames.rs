//! Whole frames in one slice (RFC 6455 §5.2): `Frame::parse` and the iterator `Frames`.

use crate::oracle;
use crate::oracle::Rule::{self, *};
use crate::support::{KEY, assert_split, broken, sample, write_frame};
use wsparse::{Error, Frame, Frames, Rsv, Status};

/// Frames of all kinds in the 7- and 16-bit forms, masked and not.
fn small_frames() -> Vec<Vec<u8>> {
    vec![
        write_frame(0x81, Some(KEY), b"Hello"),
        write_frame(0x01, None, b"Hel"),
        write_frame(0x89, Some([0; 4]), b"are you there?"),
        write_frame(0x80, None, b"lo"),
        write_frame(0x82, Some([0xFF; 4]), &sample(126)),
        write_frame(0x8A, None, &sample(125)),
        write_frame(0x82, None, &sample(300)),
        write_frame(0x81, Some(KEY), b""),
        write_frame(0x82, None, b""),
        write_frame(0x88, Some(KEY), b"\x03\xE8bye"),
    ]
}

#[test]
fn every_truncation_of_a_stream_agrees_with_the_oracle() {
    let mut frames = small_frames();
    let small_len = frames.concat().len();
    // Miri would need minutes; there, rfc_examples.rs has the one frame in the 64-bit form.
    if !cfg!(miri) {
        frames.push(write_frame(0x82, Some(KEY), &sample(65_536)));
        frames.push(write_frame(0x02, None, &sample(65_537)));
    }
    frames.push(write_frame(0x80, Some(KEY), b"Hello"));
    let stream = frames.concat();

    let mut cuts = Vec::from_iter(0..small_len);
    // Inside a large payload nothing changes from byte to byte but the number of those missing.
    cuts.extend((small_len..stream.len()).step_by(4_093));
    let mut end = 0;
    for frame in &frames {
        end += frame.len();
        cuts.extend(end.saturating_sub(20)..(end + 20).min(stream.len() + 1));
    }
    let stride = if cfg!(miri) { 97 } else { 1 };
    for cut in cuts.into_iter().step_by(stride) {
        assert_split(&stream[..cut], 0b000);
    }
    assert_split(&stream, 0b000);
}

#[test]
fn payloads_are_held_at_once_and_disjoint() {
    let original = small_frames().concat();
    let mut input = original.clone();
    let frames: Vec<Frame<'_>> = Frames::new(&mut input).collect::<Result<_, Error>>().unwrap();
    assert_eq!(frames.len(), small_frames().len());
    for (index, frame) in frames.iter().enumerate() {
        assert_eq!(frame.payload.len() as u64, frame.header.payload_len(), "{index}");
    }
    // All of them are written to while all of them are held.
    let mut payloads: Vec<&mut [u8]> = frames.into_iter().map(|frame| frame.payload).collect();
    for (index, payload) in payloads.iter_mut().enumerate() {
        payload.fill(index as u8);
    }
    for (index, payload) in payloads.iter().enumerate() {
        assert!(payload.iter().all(|byte| *byte == index as u8));
    }

    // And nothing but payloads was written to.
    let mut expected = original.clone();
    let mut index = 0;
    oracle::split(&original, 0b000, |frame| {
        let payload = frame.start + frame.header.len();
        expected[payload..][..frame.payload.len()].fill(index);
        index += 1;
    });
    assert_eq!(input, expected);
}

/// What is missing is appended as it was announced, never more: so each frame is parsed a few times
/// before it is whole.
#[test]
fn parsing_is_retried_when_the_missing_bytes_have_been_appended() {
    for frame in small_frames() {
        let mut input = Vec::new();
        let payload = loop {
            let before = input.clone();
            match Frame::parse(&mut input).unwrap() {
                Status::Complete((frame, rest)) => {
                    assert!(rest.is_empty());
                    break frame.payload.to_vec();
                }
                Status::Incomplete { missing } => {
                    assert_eq!(input, before);
                    assert!(missing > 0);
                    let end = input.len() + missing as usize;
                    input.extend_from_slice(&frame[input.len()..end]);
                }
            }
        };
        oracle::split(&frame, 0b000, |expected| {
            let mut unmasked = expected.payload.to_vec();
            let key = expected.fields.masking_key.unwrap_or_default();
            oracle::unmask_from(&mut unmasked, key, 0);
            assert_eq!(payload, unmasked);
        });
    }
}

/// The caller's loop: read a little, take all whole frames, keep the rest.
#[test]
fn a_stream_read_in_small_pieces_gives_the_same_frames() {
    let stream = small_frames().concat();
    let mut whole = stream.clone();
    let expected: Vec<Vec<u8>> =
        Frames::new(&mut whole).map(|frame| frame.unwrap().payload.to_vec()).collect();
    for read_len in [1, 2, 3, 5, 7, 11, 64, 127, 500] {
        let (mut buffer, mut payloads) = (Vec::new(), Vec::new());
        for read in stream.chunks(read_len) {
            buffer.extend_from_slice(read);
            let mut frames = Frames::new(&mut buffer);
            for frame in &mut frames {
                payloads.push(frame.unwrap().payload.to_vec());
            }
            let consumed = frames.consumed();
            buffer.drain(..consumed);
        }
        assert_eq!(payloads, expected, "read {read_len} bytes at a time");
        assert!(buffer.is_empty());
    }
}

#[test]
fn an_error_comes_after_the_good_frames_and_is_the_last_item() {
    // Where the frame is broken: the rule, and the byte of the frame that shows it.
    let table: [(&[u8], Rule, usize); 7] = [
        (b"\xC1\x00", ReservedBit, 0),
        (b"\x83\x00", ReservedOpcode, 0),
        (b"\x09\x00", FragmentedControl, 0),
        (b"\x88\x7E\x00\x7E", ControlTooLong, 1),
        (b"\x82\x7F\x80\x00\x00\x00\x00\x00\x00\x00", LengthTopBit, 2),
        (b"\x82\xFE\x00\x05\x01\x02\x03\x04Hello", NonMinimalLength, 3),
        (b"\x82\x7F\x00\x00\x00\x00\x00\x00\xFF\xFF", NonMinimalLength, 7),
    ];
    let mut good = small_frames();
    good.truncate(if cfg!(miri) { 1 } else { good.len() });
    for (bad, rule, offset) in table {
        for count in [0, 1, good.len()] {
            let start = good[..count].concat().len();
            let stream = [&good[..count].concat(), bad, &good.concat()].concat();
            let mut input = stream.clone();
            let mut frames = Frames::new(&mut input);
            for index in 0..count {
                assert!(matches!(frames.next(), Some(Ok(_))), "{rule:?}, frame {index}");
                // A whole frame is next, or the broken one, of which nothing is missing.
                assert_eq!(frames.missing(), 0);
            }
            let error = frames.next().unwrap().unwrap_err();
            assert_eq!(broken(error), (rule, start + offset));
            for _ in 0..3 {
                assert!(frames.next().is_none(), "{rule:?}");
            }
            assert_eq!((frames.consumed(), frames.missing()), (start, 0), "{rule:?}");
            assert_eq!(frames.into_rest(), &stream[start..], "{rule:?}");
            // Every truncation of it too: refused at the same byte or not yet.
            for cut in start..=start + bad.len() {
                assert_split(&stream[..cut], 0b000);
            }
        }
    }
}

/// Lengths are compared as 64 bits: 2³² + 5 would be 5 to a 32-bit `usize`.
#[test]
fn a_frame_longer_than_memory_is_incomplete_by_exactly_what_it_lacks() {
    let lengths = [(1 << 32) - 1, 1 << 32, (1 << 32) + 5, (1 << 63) - 1_u64];
    for length in lengths {
        for (mask, key) in [(0x00, &[][..]), (0x80, &KEY[..])] {
            let header = [&[0x82, mask | 127], length.to_be_bytes().as_slice(), key].concat();
            for behind in [0, 1, 5, 300] {
                let stream = [header.clone(), sample(behind)].concat();
                let missing = length - behind as u64;

                let mut input = stream.clone();
                assert_eq!(Frame::parse(&mut input), Ok(Status::Incomplete { missing }));
                assert_eq!(input, stream);

                let mut frames = Frames::new(&mut input);
                assert!(frames.next().is_none());
                assert_eq!((frames.consumed(), frames.missing()), (0, missing));
                assert_eq!(frames.into_rest(), stream);
            }
        }
    }
}

#[test]
fn an_empty_input_lacks_a_header() {
    assert_eq!(Frame::parse(&mut []), Ok(Status::Incomplete { missing: 2 }));
    let mut frames = Frames::new(&mut []);
    assert!(frames.next().is_none());
    assert_eq!((frames.consumed(), frames.missing()), (0, 2));
    assert!(frames.into_rest().is_empty());
}

#[test]
fn each_rsv_bit_must_have_been_allowed() {
    let stream: Vec<u8> =
        (0b000..=0b111).flat_map(|rsv| write_frame(0x81 | rsv << 4, Some(KEY), b"Hello")).collect();
    for allowed_rsv in 0b000..=0b111 {
        assert_split(&stream, allowed_rsv);
    }
    let mut input = write_frame(0xC1, Some(KEY), b"Hello");
    assert_eq!(broken(Frame::parse(&mut input).unwrap_err()), (ReservedBit, 0));
    let allowed = Frame::parse_with(&mut input, Rsv::RSV1).unwrap();
    let Status::Complete((frame, _)) = allowed else {
        panic!("the frame is whole");
    };
    assert_eq!(frame.header.rsv(), Rsv::RSV1);
    assert_eq!(frame.payload, b"Hello");
}

/// The iterator unmasks a frame when it returns it, not before: the caller may stop anywhere.
#[test]
fn frames_not_taken_are_left_as_they_were() {
    let frames = small_frames();
    let stream = frames.concat();
    let mut taken_len = 0;
    for taken in 0..=frames.len() {
        let mut input = stream.clone();
        let mut iterator = Frames::new(&mut input);
        assert_eq!(iterator.by_ref().take(taken).count(), taken);
        assert_eq!(iterator.consumed(), taken_len);
        assert_eq!(iterator.missing(), if taken == frames.len() { 2 } else { 0 });
        assert_eq!(iterator.into_rest(), &stream[taken_len..]);
        taken_len += frames.get(taken).map_or(0, Vec::len);
    }
}
