//! Any split of the same bytes yields the same events, and the same error at the same offset.

use crate::oracle;
use crate::oracle::stream::{End, Reading, Rule};
use crate::support;
use crate::support::corpus::{Stream, corpus};
use crate::support::stream::{
    assert_reads, assert_reads_by_bytes, assert_reads_cut_anywhere, assert_reads_cut_at, config,
    frame, frames,
};

fn of_each(mut check: impl FnMut(&Stream, &Reading)) {
    for stream in corpus() {
        let reading = assert_reads(&stream.bytes, stream.config);
        check(&stream, &reading);
    }
}

/// So that the corpus cannot shrink unnoticed.
#[test]
#[cfg_attr(miri, ignore = "it takes a part of the corpus")]
fn the_corpus_breaks_each_rule_and_is_legal_now_and_then() {
    let (mut clean, mut broken) = (0, Vec::new());
    of_each(|stream, reading| match reading.end {
        End::Broken { rule, .. } if broken.contains(&rule) => {}
        End::Broken { rule, .. } => broken.push(rule),
        End::Clean { pending: 0 } => clean += 1,
        End::Clean { pending } => panic!("{}: {pending} pending", stream.name),
    });
    assert!(clean >= 60, "{clean}");
    let all = [
        Rule::Header(oracle::Rule::ReservedBit),
        Rule::Header(oracle::Rule::ReservedOpcode),
        Rule::Header(oracle::Rule::NonMinimalLength),
        Rule::Header(oracle::Rule::LengthTopBit),
        Rule::Header(oracle::Rule::FragmentedControl),
        Rule::Header(oracle::Rule::ControlTooLong),
        Rule::UnmaskedByClient,
        Rule::MaskedByServer,
        Rule::UnexpectedContinuation,
        Rule::ExpectedContinuation,
        Rule::HalfCloseCode,
        Rule::ReservedCloseCode,
        Rule::InvalidUtf8,
        Rule::FrameTooBig,
        Rule::MessageTooBig,
        Rule::TooManyFragments,
    ];
    for rule in all {
        assert!(broken.contains(&rule), "{rule:?}");
    }
}

#[test]
fn every_two_reads() {
    of_each(|stream, reading| {
        let stride = if cfg!(miri) { 23 } else { 1 };
        for cut in (0..=stream.bytes.len()).step_by(stride) {
            assert_reads_cut_at(&stream.bytes, stream.config, cut, reading);
        }
    });
}

#[test]
fn one_byte_in_each_read() {
    of_each(|stream, reading| assert_reads_by_bytes(&stream.bytes, stream.config, reading));
}

/// Few and many reads, some of them empty.
#[test]
fn two_hundred_random_splits() {
    let mut next = support::random();
    of_each(|stream, reading| {
        for _ in 0..if cfg!(miri) { 2 } else { 200 } {
            let most = if next().is_multiple_of(4) { stream.bytes.len() } else { 8 };
            let cuts: Vec<usize> = (0..next() % (most + 1)).map(|_| next()).collect();
            assert_reads_cut_anywhere(&stream.bytes, stream.config, cuts, reading);
        }
    });
}

/// All that has a 64-bit length is too long for every cut: those near the ends of frames.
#[test]
#[cfg_attr(miri, ignore = "takes minutes")]
fn frames_with_64_bit_lengths_cut_near_their_ends() {
    for to_server in [true, false] {
        let text = "0é".repeat(21_846);
        let long: [(u8, &[u8]); 4] =
            [(0x82, &support::sample(0xFFFF)), (0x01, text.as_bytes()), (0x89, b"p"), (0x80, b"!")];
        let first = frame(to_server, long[0].0, long[0].1).len();
        let stream = frames(to_server, &long);
        let reading = assert_reads(&stream, config(to_server));
        assert_eq!((reading.end, reading.items.len()), (End::Clean { pending: 0 }, 4));
        let cuts = (0..20).chain(first - 2..first + 80).chain(stream.len() - 30..stream.len());
        for cut in cuts {
            assert_reads_cut_at(&stream, config(to_server), cut, &reading);
        }
        for read in [1, 7, 1_500, 0x4000] {
            let cuts = (0..stream.len()).step_by(read);
            assert_reads_cut_anywhere(&stream, config(to_server), cuts, &reading);
        }
    }
}
