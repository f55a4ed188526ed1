//! Streams that peers send, good and bad, of every kind that there is.

use super::sample;
use super::stream::{config, frame, frames};
use crate::oracle::stream::Config;

/// What is read, and by whom.
pub struct Stream {
    pub name: String,
    pub bytes: Vec<u8>,
    pub config: Config,
}

struct Corpus {
    config: Config,
    streams: Vec<Stream>,
}

impl Corpus {
    fn add(&mut self, name: &str, bytes: Vec<u8>) {
        let Self { config, .. } = *self;
        let name = format!("{name}, to server: {}", config.to_server);
        self.streams.push(Stream { name, bytes, config });
    }

    fn add_frames(&mut self, name: &str, parts: &[(u8, &[u8])]) {
        self.add(name, frames(self.config.to_server, parts));
    }
}

/// Characters of each length, also the first and the last of it.
pub const TEXT: &str = "aé€🌍\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}z";

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
    let longest = sample(125);
    corpus.add_frames(
        "control frames of 0 and 125 bytes",
        &[(0x89, &longest), (0x8A, &longest), (0x89, b""), (0x8A, b""), (0x88, b"")],
    );
    let reason = [b"\x0f\xa1", "é".repeat(61).as_bytes(), b"!"].concat();
    corpus.add_frames("close", &[(0x88, &reason), (0x88, b"\x03\xe8"), (0x81, b"after")]);
    corpus.add_frames(
        "lengths around 126",
        &[(0x82, &sample(125)), (0x82, &sample(126)), (0x81, "é".repeat(64).as_bytes())],
    );
    let to_server = corpus.config.to_server;
    for phase in 0..4 {
        let mut bytes = frame(to_server, 0x82, &sample(phase));
        bytes.extend(frame(to_server, 0x81, &b"0123456789abcdefghi"[phase..]));
        bytes.extend(frame(to_server, 0x82, &sample(65)[phase..]));
        corpus.add(&format!("unaligned by {phase}"), bytes);
    }
    let mut unfinished = frame(to_server, 0x02, &sample(0x1_0000));
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

pub fn corpus() -> Vec<Stream> {
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
