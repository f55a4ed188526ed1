//! Any split of the same octets gives the same events, and the same error at the same offset.
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

use oracle::stream::{Config, End, Reading, Rule};
use support::stream::{
    assert_reads, assert_reads_by_octets, assert_reads_cut_anywhere, assert_reads_cut_at, config,
    frame, frames,
};

/// What is read, and by whom.
struct Stream {
    name: String,
    octets: Vec<u8>,
    config: Config,
}

struct Corpus {
    config: Config,
    streams: Vec<Stream>,
}

impl Corpus {
    fn add(&mut self, name: &str, octets: Vec<u8>) {
        let Self { config, .. } = *self;
        let name = format!("{name}, to server: {}", config.to_server);
        self.streams.push(Stream { name, octets, config });
    }

    fn add_frames(&mut self, name: &str, parts: &[(u8, &[u8])]) {
        self.add(name, frames(self.config.to_server, parts));
    }
}

const TEXT: &str = "aé€🌍\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}z";

fn good(corpus: &mut Corpus) {
    let text = TEXT.as_bytes();
    corpus.add("nothing", Vec::new());
    corpus.add_frames("small messages", &[(0x81, b"Hello"), (0x82, b"\xff\0\xfe"), (0x81, text)]);
    corpus.add_frames("empty frames", &[(0x81, b""), (0x82, b""), (0x89, b""), (0x81, b"")]);
    corpus.add_frames("empty fragments", &[(0x01, b""), (0x00, b""), (0x00, b"a"), (0x80, b"")]);
    corpus.add_frames(
        "fragments with control frames between",
        &[
            (0x01, &text[..2]),
            (0x89, b"ping"),
            (0x00, &text[2..9]),
            (0x8A, b""),
            (0x89, b"\x80\xff"),
            (0x80, &text[9..]),
            (0x02, b"\xff"),
            (0x89, b"again"),
            (0x80, b"\xfe"),
        ],
    );
    for len in 1..=3 {
        let mut parts: Vec<(u8, &[u8])> = text.chunks(len).map(|part| (0x00, part)).collect();
        parts[0].0 = 0x01;
        parts.push((0x80, b""));
        corpus.add_frames(&format!("text in fragments of {len}"), &parts);
    }
    let longest = support::sample(125);
    corpus.add_frames(
        "control frames of 0 and 125 octets",
        &[(0x89, &longest), (0x8A, &longest), (0x89, b""), (0x8A, b""), (0x88, b"")],
    );
    let reason = [b"\x0f\xa1", "é".repeat(61).as_bytes(), b"!"].concat();
    corpus.add_frames("close", &[(0x88, &reason), (0x88, b"\x03\xe8"), (0x81, b"after")]);
    corpus.add_frames(
        "lengths around 126",
        &[
            (0x82, &support::sample(125)),
            (0x82, &support::sample(126)),
            (0x81, "é".repeat(64).as_bytes()),
        ],
    );
    let to_server = corpus.config.to_server;
    for phase in 0..4 {
        let mut octets = frame(to_server, 0x82, &support::sample(phase));
        octets.extend(frame(to_server, 0x81, &b"0123456789abcdefghi"[phase..]));
        octets.extend(frame(to_server, 0x82, &support::sample(65)[phase..]));
        corpus.add(&format!("unaligned by {phase}"), octets);
    }
    let mut unfinished = frame(to_server, 0x02, &support::sample(0x1_0000));
    unfinished.truncate(40);
    corpus.add("the start of a frame with a 64-bit length", unfinished);
}

/// Each ends with what is wrong, or with what cannot be looked at any more.
fn bad(corpus: &mut Corpus) {
    let to_server = corpus.config.to_server;
    let mask = if to_server { 0x80 } else { 0 };
    let open: &[(u8, &[u8])] = &[(0x89, b"p"), (0x01, b"a\xc3"), (0x8A, b"q"), (0x00, b"\xa9b")];
    let closed: &[(u8, &[u8])] = &[(0x81, b"whole"), (0x89, b"p")];
    let after: &[(u8, &[u8])] = &[(0x81, b"never seen")];
    let mut add = |name: &str, before: &[(u8, &[u8])], wrong: &[u8]| {
        let parts = [&frames(to_server, before), wrong, &frames(to_server, after)];
        corpus.add(name, parts.concat());
    };
    for (name, before) in [("open", open), ("closed", closed)] {
        let headers: [&[u8]; 14] = [
            &[0xC1, mask],
            &[0x90 | 0x9, mask],
            &[0x83, mask],
            &[0x0B, mask],
            &[0x09, mask],
            &[0x88, mask | 126, 0, 200],
            &[0x80, mask | 126, 0, 125],
            &[0x82, mask | 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF],
            &[0x82, mask | 127, 0x80],
            &[0x81, mask ^ 0x80 | 1, b'x'],
            &[0x00, mask ^ 0x80 | 1, b'x'],
            &[0x82, mask | 127, 0, 0, 0, 0, 0, 0x20, 0, 0],
            &[0x00, mask | 127, 0, 0, 0, 0, 0, 0x20, 0, 0],
            &[0x00, mask | 127, 0, 0, 0, 0, 0, 0x0F, 0xFF, 0xFF],
        ];
        for header in headers {
            add(&format!("{name}, {header:02x?}"), before, header);
        }
        for (first, payload) in [
            (0x88, &b"\x03"[..]),
            (0x88, b"\x03\xed"),
            (0x88, b"\x03\xe8reason\xff"),
            (0x88, b"\x03\xe8reason\xe2\x82"),
            (0x81, b"\xff"),
            (0x81, b"text, then \xf0\x8f and more"),
            (0x81, b"unfinished \xf0\x9f\x8c"),
            (0x80, b"\x80"),
            (0x00, b"\xe2"),
            (0x80, b"good \xe2\x82\xac, bad \xed\xbf\xbf"),
        ] {
            add(&format!("{name}, {payload:02x?}"), before, &frame(to_server, first, payload));
        }
    }
    add("unfinished at an empty FIN", &[(0x01, b"\xf0\x90")], &frame(to_server, 0x80, b""));
    add("begun again within", &[(0x01, b"\xf0\x90")], &frame(to_server, 0x80, b"\xc3\xa9"));
    add("too much", &[(0x02, &[0; 0x300])], &frame(to_server, 0x00, &[0; 0x101]));
}

fn corpus() -> Vec<Stream> {
    let mut streams = Vec::new();
    for to_server in [true, false] {
        let mut corpus = Corpus { config: config(to_server), streams };
        good(&mut corpus);
        bad(&mut corpus);
        corpus.config =
            Config { max_frame: 0x300, max_message: 0x400, max_fragments: 3, ..corpus.config };
        bad(&mut corpus);
        let five = [(0x01, &b"a"[..]), (0x89, b""), (0x00, b"b"), (0x00, b"c"), (0x80, b"d")];
        corpus.add_frames("too many fragments", &five);
        corpus.config = Config { allowed_rsv: 0b111, ..config(to_server) };
        good(&mut corpus);
        bad(&mut corpus);
        let compressed: [(u8, &[u8]); 4] =
            [(0x41, b"\xff"), (0xB9, b"p"), (0x80, b"\xff"), (0xC0, b"never")];
        corpus.add_frames("compressed", &compressed);
        streams = corpus.streams;
    }
    // Miri takes few of them.
    let stride = if cfg!(miri) { 67 } else { 1 };
    streams.into_iter().step_by(stride).collect()
}

fn of_each(mut check: impl FnMut(&Stream, &Reading)) {
    for stream in corpus() {
        let reading = assert_reads(&stream.octets, stream.config);
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
        Rule::Unmasked,
        Rule::Masked,
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
        for cut in (0..=stream.octets.len()).step_by(stride) {
            assert_reads_cut_at(&stream.octets, stream.config, cut, reading);
        }
    });
}

#[test]
fn an_octet_in_each_read() {
    of_each(|stream, reading| assert_reads_by_octets(&stream.octets, stream.config, reading));
}

/// Few and many reads, some of them empty.
#[test]
fn two_hundred_random_splits() {
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 33) as usize
    };
    of_each(|stream, reading| {
        for _ in 0..if cfg!(miri) { 2 } else { 200 } {
            let most = if next() % 4 == 0 { stream.octets.len() } else { 8 };
            let cuts: Vec<usize> = (0..next() % (most + 1)).map(|_| next()).collect();
            assert_reads_cut_anywhere(&stream.octets, stream.config, cuts, reading);
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
