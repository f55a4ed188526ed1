//! Real traffic: the streams of tests/data hold exactly the frames that tests/data/README.md lists.

use crate::support::{assert_split, rsv};
use wsparse::{Frames, HeaderView, Opcode, Rsv};

struct Capture {
    name: &'static str,
    client: &'static [u8],
    server: &'static [u8],
    /// Bits as they stand in the header: RSV1 where permessage-deflate was negotiated.
    allowed_rsv: u8,
    /// The client's frames in the notation of tests/data/README.md: opcode, payload length; `-` =
    /// FIN 0, `R` = RSV1.
    client_frames: &'static str,
}

macro_rules! data {
    ($name:literal) => {
        include_bytes!(concat!("../../data/", $name))
    };
}

const CAPTURES: [Capture; 4] = [
    Capture {
        name: "chromium-plain",
        client: data!("chromium-plain.client"),
        server: data!("chromium-plain.server"),
        allowed_rsv: 0b000,
        client_frames: "a:14 1:12 1:0 1:41 1:125 1:126 1:65 1:65535 -1:65096 -0:53 0:4851 2:300 \
                        2:12 8:6",
    },
    Capture {
        name: "chromium-deflate",
        client: data!("chromium-deflate.client"),
        server: data!("chromium-deflate.server"),
        allowed_rsv: 0b100,
        client_frames: "R1:14 R1:1 R1:43 R1:5 R1:5 R1:64 R1:78 a:14 R1:163 R2:267 R2:14 8:6",
    },
    Capture {
        name: "python-websockets-plain",
        client: data!("python-websockets-plain.client"),
        server: data!("python-websockets-plain.server"),
        allowed_rsv: 0b000,
        client_frames: "1:5 a:14 -1:14 -0:12 -0:19 0:0 -2:2 -0:200 -0:70000 0:0 9:12 8:22",
    },
    Capture {
        name: "python-websockets-deflate",
        client: data!("python-websockets-deflate.client"),
        server: data!("python-websockets-deflate.server"),
        allowed_rsv: 0b100,
        client_frames: "R1:7 a:14 -R1:20 -0:19 -0:18 0:1 -R2:8 -0:9 -0:90 0:1 9:12 8:22",
    },
];

/// Miri takes the small captures only, and says so.
fn captures() -> impl Iterator<Item = Capture> {
    CAPTURES.into_iter().filter(|capture| {
        let taken = !cfg!(miri) || capture.client.len() < 2_048;
        if !taken {
            println!("too large for Miri: {}", capture.name);
        }
        taken
    })
}

/// A frame as the notation describes it.
#[derive(Debug, PartialEq, Eq)]
struct Listed {
    fin: bool,
    rsv: Rsv,
    opcode: Opcode,
    payload_len: u64,
}

impl Listed {
    fn parse(notation: &str) -> Self {
        let (fin, rest) = match notation.strip_prefix('-') {
            Some(rest) => (false, rest),
            None => (true, notation),
        };
        let (rsv, rest) = match rest.strip_prefix('R') {
            Some(rest) => (Rsv::RSV1, rest),
            None => (Rsv::NONE, rest),
        };
        let (opcode, payload_len) = rest.split_once(':').expect("opcode:length");
        let opcode = u8::from_str_radix(opcode, 16).unwrap();
        Self {
            fin,
            rsv,
            opcode: Opcode::new(opcode).unwrap(),
            payload_len: payload_len.parse().unwrap(),
        }
    }

    fn of(header: HeaderView<'_>) -> Self {
        Self {
            fin: header.fin(),
            rsv: header.rsv(),
            opcode: header.opcode(),
            payload_len: header.payload_len(),
        }
    }
}

/// The frames of a stream, which starts with an HTTP head.
fn frames_of(stream: &[u8]) -> &[u8] {
    let head = stream.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    &stream[head.expect("an HTTP head") + 4..]
}

/// A frame by its header, and its payload unmasked.
type Decoded = (Listed, bool, Vec<u8>);

/// The whole frames of the input, and the rest.
fn decode(input: &mut [u8], allowed_rsv: u8) -> (Vec<Decoded>, &[u8]) {
    let input_len = input.len();
    let mut frames = Frames::with_rsv(input, rsv(allowed_rsv));
    let mut decoded = Vec::new();
    for frame in &mut frames {
        let frame = frame.unwrap();
        let (header, payload) = (frame.header, frame.payload.to_vec());
        decoded.push((Listed::of(header), header.masked(), payload));
    }
    let consumed = frames.consumed();
    let rest = frames.into_rest();
    assert_eq!(consumed + rest.len(), input_len);
    (decoded, rest)
}

fn decode_whole(stream: &[u8], allowed_rsv: u8) -> Vec<Decoded> {
    let mut input = frames_of(stream).to_vec();
    let (decoded, rest) = decode(&mut input, allowed_rsv);
    assert!(rest.is_empty(), "the stream ends with a whole frame");
    decoded
}

#[test]
fn the_clients_sent_exactly_the_frames_listed() {
    for capture in captures() {
        let listed: Vec<Listed> = capture.client_frames.split(' ').map(Listed::parse).collect();
        let decoded = decode_whole(capture.client, capture.allowed_rsv);
        // §5.1: a client masks all of its frames.
        assert!(decoded.iter().all(|(_, masked, _)| *masked), "{}", capture.name);
        let found: Vec<Listed> = decoded.into_iter().map(|(frame, ..)| frame).collect();
        assert_eq!(found, listed, "{}", capture.name);
    }
}

/// The same lists, so that a typing error in the table above would show.
#[test]
fn the_lists_are_those_of_the_readme() {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let readme = words(include_str!("../../data/README.md"));
    for capture in captures() {
        let list = format!("{} `{}`", capture.name, words(capture.client_frames));
        assert!(readme.contains(&list), "{list}");
    }
}

#[test]
fn whole_streams_are_split_as_the_oracle_does() {
    for capture in captures() {
        for stream in [capture.client, capture.server] {
            assert_split(frames_of(stream), capture.allowed_rsv);
        }
    }
}

/// The messages of the data frames (§5.4), with the opcode of the first.
fn messages(frames: &[Decoded]) -> Vec<(Opcode, Vec<u8>)> {
    let mut messages: Vec<(Opcode, Vec<u8>)> = Vec::new();
    for (frame, _, payload) in frames {
        match frame.opcode {
            Opcode::Continuation => messages.last_mut().unwrap().1.extend(payload),
            opcode if opcode.is_data() => messages.push((opcode, payload.clone())),
            _ => {}
        }
    }
    messages
}

#[test]
fn the_server_s_echo_equals_what_the_client_sent() {
    for capture in captures() {
        let client = decode_whole(capture.client, capture.allowed_rsv);
        let server = decode_whole(capture.server, capture.allowed_rsv);
        // §5.1: a server masks none of its frames.
        assert!(server.iter().all(|(_, masked, _)| !masked), "{}", capture.name);
        let (sent, echoed) = (messages(&client), messages(&server));
        assert_eq!(sent.len(), echoed.len(), "{}", capture.name);
        if capture.allowed_rsv == 0b000 {
            assert!(sent == echoed, "{}", capture.name);
        }
        // Control frames are never compressed: a Pong or a Close answers with the same payload.
        let payload = |frames: &[Decoded], opcode| {
            let of = frames.iter().find(|(frame, ..)| frame.opcode == opcode);
            of.map(|(.., payload)| payload.clone())
        };
        let answers = [
            (&server, Opcode::Ping, &client, Opcode::Pong),
            (&client, Opcode::Ping, &server, Opcode::Pong),
        ];
        for (asker, ping, answerer, pong) in answers {
            assert_eq!(payload(asker, ping), payload(answerer, pong), "{}", capture.name);
        }
        assert_eq!(payload(&server, Opcode::Ping).unwrap(), b"are you there?");
    }
}

#[test]
#[cfg_attr(miri, ignore = "takes minutes")]
fn the_payloads_are_what_the_readme_describes() {
    let text = |message: &str| (Opcode::Text, message.as_bytes().to_vec());
    let binary = |message: Vec<u8>| (Opcode::Binary, message);
    let close = |frames: &[Decoded]| frames.last().unwrap().2.clone();

    let chromium = decode_whole(CAPTURES[0].client, 0b000);
    let sent = messages(&chromium);
    assert_eq!(sent.len(), 10);
    assert_eq!(sent[0], text("hello server"));
    assert_eq!(sent[1], text(""));
    assert!(std::str::from_utf8(&sent[2].1).is_ok_and(|text| !text.is_ascii()));
    assert_eq!(sent[3], text(&"x".repeat(125)));
    assert_eq!(sent[4], text(&"y".repeat(126)));
    assert!(sent[5].1.starts_with(b"{") && sent[5].1.ends_with(b"}"));
    assert!(sent[6] == text(&"z".repeat(65_535)));
    assert!(sent[7].1.len() == 70_000 && sent[7].1.iter().all(u8::is_ascii_digit));
    assert_eq!(sent[8], binary((0..=255).chain(0..=43).collect()));
    assert_eq!(sent[9], binary(b"blob payload".to_vec()));
    assert_eq!(close(&chromium), [&1000_u16.to_be_bytes()[..], b"done"].concat());

    let python = decode_whole(CAPTURES[2].client, 0b000);
    let sent = messages(&python);
    assert_eq!(sent.len(), 3);
    assert_eq!(sent[0], text("hello"));
    assert_eq!(sent[1], text("fragment one, 片段二，fragment three 🌍"));
    assert_eq!((sent[2].0, sent[2].1.len()), (Opcode::Binary, 2 + 200 + 70_000));
    let reason = b"application says bye";
    assert_eq!(close(&python), [&4000_u16.to_be_bytes()[..], reason].concat());
}

/// Two reads, cut at every byte of the first 2 KiB: the caller keeps what `into_rest` returns, and
/// appends the second read to it.
#[test]
fn a_cut_anywhere_in_the_first_2_kib_changes_nothing() {
    let stride = if cfg!(miri) { 241 } else { 1 };
    for capture in captures() {
        for stream in [capture.client, capture.server] {
            let frames = frames_of(stream);
            let expected = decode_whole(stream, capture.allowed_rsv);
            for cut in (0..=frames.len().min(2_048)).step_by(stride) {
                let (first, second) = frames.split_at(cut);
                let mut first = first.to_vec();
                let (mut decoded, rest) = decode(&mut first, capture.allowed_rsv);
                let mut kept = [rest, second].concat();
                let (more, rest) = decode(&mut kept, capture.allowed_rsv);
                assert!(rest.is_empty());
                decoded.extend(more);
                assert!(decoded == expected, "{} cut at {cut}", capture.name);
            }
        }
    }
}
