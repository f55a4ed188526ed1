//! Shared by the integration tests: conversions from the library's types to the oracle's, and a
//! naive writer of frames.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod client;
pub mod corpus;
#[cfg(unix)]
pub mod echo;
pub mod endpoint;
pub mod messages;
pub mod program;
pub mod steps;
pub mod stream;
pub mod talk;

use crate::oracle::{self, Verdict};
use wsparse::{Error, Frame, Frames, HeaderView, Rsv, Rule, Status};

/// The masking key of the examples in §5.7.
pub const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// The set of RSV bits as the library has it, from three bits as they stand in the header.
pub fn rsv(bits: u8) -> Rsv {
    [(0b100, Rsv::RSV1), (0b010, Rsv::RSV2), (0b001, Rsv::RSV3)]
        .into_iter()
        .filter(|(bit, _)| bits & bit != 0)
        .fold(Rsv::NONE, |set, (_, rsv)| set | rsv)
}

pub fn rule(rule: Rule) -> oracle::Rule {
    match rule {
        Rule::ReservedBit => oracle::Rule::ReservedBit,
        Rule::ReservedOpcode => oracle::Rule::ReservedOpcode,
        Rule::NonMinimalLength => oracle::Rule::NonMinimalLength,
        Rule::LengthTopBit => oracle::Rule::LengthTopBit,
        Rule::FragmentedControl => oracle::Rule::FragmentedControl,
        Rule::ControlTooLong => oracle::Rule::ControlTooLong,
        other => panic!("a rule that no header breaks: {other:?}"),
    }
}

/// What every accessor of the view says.
pub fn fields(view: HeaderView<'_>) -> oracle::Fields {
    oracle::Fields {
        fin: view.fin(),
        rsv1: view.rsv().contains(Rsv::RSV1),
        rsv2: view.rsv().contains(Rsv::RSV2),
        rsv3: view.rsv().contains(Rsv::RSV3),
        opcode: view.opcode().get(),
        masked: view.masked(),
        payload_len: view.payload_len(),
        masking_key: view.masking_key(),
        header_len: view.as_bytes().len(),
    }
}

pub fn broken(error: Error) -> (oracle::Rule, usize) {
    let offset = usize::try_from(error.offset()).expect("the offset lies within the input");
    (rule(error.rule()), offset)
}

pub fn verdict(parsed: Result<Status<HeaderView<'_>>, Error>) -> Verdict {
    match parsed {
        Ok(Status::Complete(view)) => Verdict::Complete(fields(view)),
        Ok(Status::Incomplete { missing }) => Verdict::Incomplete { missing },
        Err(error) => {
            let (rule, offset) = broken(error);
            Verdict::Broken { rule, offset }
        }
    }
}

/// `Frames` and `Frame` return the frames that the oracle finds, and do not change other bytes.
pub fn assert_split(stream: &[u8], allowed_rsv: u8) {
    let mut expected = Vec::new();
    let end = oracle::split(stream, allowed_rsv, |frame| expected.push(frame));

    let mut input = stream.to_vec();
    let mut frames = Frames::with_rsv(&mut input, rsv(allowed_rsv));
    let (mut held, mut error) = (Vec::new(), None);
    for item in &mut frames {
        assert_eq!(error, None, "an error is the last item");
        match item {
            Ok(frame) => held.push(frame),
            Err(found) => error = Some(found),
        }
    }
    assert!(frames.next().is_none() && frames.next().is_none());
    assert_eq!(error.map(broken), end.broken);
    assert_eq!(frames.consumed(), end.consumed);
    assert_eq!(frames.missing(), end.missing);
    assert_eq!(frames.into_rest(), &stream[end.consumed..]);

    assert_eq!(held.len(), expected.len());
    for (frame, expected) in held.iter_mut().zip(&expected) {
        assert_frame(frame, expected);
    }

    let mut input = stream.to_vec();
    match (Frame::parse_with(&mut input, rsv(allowed_rsv)), expected.first()) {
        (Ok(Status::Complete((mut frame, rest))), Some(expected)) => {
            assert_frame(&mut frame, expected);
            let frame_len = expected.header.len() + expected.payload.len();
            assert_eq!(rest, &stream[frame_len..]);
        }
        (Ok(Status::Incomplete { missing }), None) => {
            assert_eq!((Some(missing), None), (end.missing.into(), end.broken));
            assert_eq!(input, stream);
        }
        (Err(error), None) => {
            assert_eq!(Some(broken(error)), end.broken);
            assert_eq!(input, stream);
        }
        (parsed, expected) => panic!("{parsed:?} where the oracle has {expected:?}"),
    }
}

/// Compares the two, then overwrites the payload, which must not show in any other frame.
fn assert_frame(frame: &mut Frame<'_>, expected: &oracle::Frame<'_>) {
    assert_eq!(fields(frame.header), expected.fields);
    assert_eq!(frame.header.as_bytes(), expected.header);
    let mut payload = expected.payload.to_vec();
    if let Some(key) = expected.fields.masking_key {
        oracle::unmask_from(&mut payload, key, 0);
    }
    assert_eq!(frame.payload, payload, "of the frame at {}", expected.start);
    frame.payload.fill(0xEE);
}

/// The frame with this first byte, the length in its shortest form.
pub fn write_frame(first: u8, masking_key: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let mask = if masking_key.is_some() { 0x80 } else { 0 };
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..=125 => frame.push(mask | length as u8),
        length @ 126..=0xFFFF => {
            frame.push(mask | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(mask | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    let start = frame.len() + if masking_key.is_some() { 4 } else { 0 };
    frame.extend(masking_key.into_iter().flatten());
    frame.extend(payload);
    if let Some(key) = masking_key {
        oracle::unmask_from(&mut frame[start..], key, 0);
    }
    frame
}

/// Bytes in which a shift or a loss shows: a random block, repeated at a prime distance, so that
/// no register's width hides it (and made with few steps, for Miri).
pub fn sample(len: usize) -> Vec<u8> {
    let mut state = 0x2545_F491_u32;
    let block: Vec<u8> = (0..len.min(251))
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect();
    let mut bytes = block.repeat(len.div_ceil(251));
    bytes.truncate(len);
    bytes
}

/// Numbers for tests that need many, the same in each run (xorshift).
pub fn random() -> impl FnMut() -> usize {
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 33) as usize
    }
}
