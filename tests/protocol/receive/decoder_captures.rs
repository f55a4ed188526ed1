//! Real traffic, however it is cut: the messages that tests/data/README.md describes.

use crate::oracle::stream::{Config, End, Item, Reading};
use crate::support::stream::{
    assert_reads, assert_reads_by_bytes, assert_reads_cut_anywhere, assert_reads_cut_at, config,
};

struct Capture {
    name: &'static str,
    client: &'static [u8],
    server: &'static [u8],
    compressed: bool,
}

macro_rules! capture {
    ($name:literal, $compressed:literal) => {
        Capture {
            name: $name,
            client: include_bytes!(concat!("../../data/", $name, ".client")),
            server: include_bytes!(concat!("../../data/", $name, ".server")),
            compressed: $compressed,
        }
    };
}

const CAPTURES: [Capture; 4] = [
    capture!("chromium-plain", false),
    capture!("chromium-deflate", true),
    capture!("python-websockets-plain", false),
    capture!("python-websockets-deflate", true),
];

/// Each direction of each capture, after its HTTP head, and how to read it.
fn directions() -> impl Iterator<Item = (&'static str, &'static [u8], Config)> {
    let taken = CAPTURES.into_iter().filter(|capture| {
        let taken = !cfg!(miri) || capture.client.len() < 2_048;
        if !taken {
            println!("too large for Miri: {}", capture.name);
        }
        taken
    });
    taken.flat_map(|capture| {
        let allowed_rsv = if capture.compressed { 0b100 } else { 0 };
        [(capture.client, true), (capture.server, false)].map(|(stream, to_server)| {
            let head = stream.windows(4).position(|bytes| bytes == b"\r\n\r\n");
            let frames = &stream[head.expect("an HTTP head") + 4..];
            (capture.name, frames, Config { allowed_rsv, ..config(to_server) })
        })
    })
}

/// What the decoder returns for a stream that is complete and legal.
fn decode(name: &str, to_server: bool) -> Vec<Item> {
    let (_, stream, config) =
        directions().find(|(of, _, config)| *of == name && config.to_server == to_server).unwrap();
    let Reading { items, end } = assert_reads(stream, config);
    assert_eq!(end, End::Clean { pending: 0 }, "{name}");
    items
}

/// Its opcode, whether it is compressed, its payload.
type Message = (u8, bool, Vec<u8>);

fn messages(items: &[Item]) -> Vec<Message> {
    let mut messages: Vec<Message> = Vec::new();
    for item in items {
        if let Item::Data { fields, payload, .. } = item {
            match fields.opcode {
                0 => messages.last_mut().unwrap().2.extend(payload),
                opcode => messages.push((opcode, fields.rsv1, payload.clone())),
            }
        }
    }
    messages
}

fn controls(items: &[Item]) -> Vec<(u8, &[u8])> {
    let of = |item| match item {
        &Item::Control { opcode, ref payload } => Some((opcode, payload.as_slice())),
        Item::Data { .. } => None,
    };
    items.iter().filter_map(of).collect()
}

fn text(text: impl Into<Vec<u8>>) -> Message {
    (1, false, text.into())
}

fn binary(payload: impl Into<Vec<u8>>) -> Message {
    (2, false, payload.into())
}

#[test]
#[cfg_attr(miri, ignore = "the capture is large")]
fn what_chromium_sent() {
    let items = decode("chromium-plain", true);
    let sent = messages(&items);
    assert_eq!(sent.len(), 10);
    assert_eq!(sent[0], text("hello server"));
    assert_eq!(sent[1], text(""));
    assert_eq!((sent[2].0, sent[2].2.len(), sent[2].2.is_ascii()), (1, 41, false));
    assert_eq!(sent[3], text("x".repeat(125)));
    assert_eq!(sent[4], text("y".repeat(126)));
    assert!(sent[5].2.starts_with(b"{") && sent[5].2.ends_with(b"}"));
    assert!(sent[6] == text("z".repeat(65_535)));
    assert!(sent[7].2.len() == 70_000 && sent[7].2.iter().all(u8::is_ascii_digit));
    assert_eq!(sent[8], binary((0..=255).chain(0..=43).collect::<Vec<_>>()));
    assert_eq!(sent[9], binary(*b"blob payload"));
    assert_eq!(controls(&items), [(0xA, &b"are you there?"[..]), (8, b"\x03\xe8done")]);
}

#[test]
#[cfg_attr(miri, ignore = "the capture is large")]
fn what_python_sent() {
    let items = decode("python-websockets-plain", true);
    let sent = messages(&items);
    assert_eq!(sent.len(), 3);
    assert_eq!(sent[0], text("hello"));
    assert_eq!(sent[1], text("fragment one, 片段二，fragment three 🌍"));
    assert_eq!((sent[2].0, sent[2].2.len()), (2, 2 + 200 + 70_000));
    let expected =
        [(0xA, &b"are you there?"[..]), (9, b"ping payload"), (8, b"\x0f\xa0application says bye")];
    assert_eq!(controls(&items), expected);
}

/// The lengths that tests/data/README.md lists, those of fragments added.
#[test]
fn compressed_messages_are_given_as_they_are() {
    let lengths: [(_, &[(u8, usize)]); 2] = [
        (
            "chromium-deflate",
            &[
                (1, 14),
                (1, 1),
                (1, 43),
                (1, 5),
                (1, 5),
                (1, 64),
                (1, 78),
                (1, 163),
                (2, 267),
                (2, 14),
            ],
        ),
        ("python-websockets-deflate", &[(1, 7), (1, 20 + 19 + 18 + 1), (2, 8 + 9 + 90 + 1)]),
    ];
    for (name, expected) in lengths {
        let items = decode(name, true);
        let sent = messages(&items);
        assert!(sent.iter().all(|(_, compressed, _)| *compressed));
        let found = sent.iter().map(|(opcode, _, payload)| (*opcode, payload.len()));
        assert_eq!(found.collect::<Vec<_>>(), expected, "{name}");
    }
}

#[test]
fn the_server_echoes_and_is_answered() {
    for capture in CAPTURES {
        if cfg!(miri) && !capture.compressed {
            continue;
        }
        let (client, server) = (decode(capture.name, true), decode(capture.name, false));
        if capture.compressed {
            assert_eq!(messages(&client).len(), messages(&server).len());
        } else {
            assert!(messages(&client) == messages(&server), "{}", capture.name);
        }
        assert_eq!(controls(&server)[0], (9, &b"are you there?"[..]));
        assert_eq!(controls(&client)[0], (0xA, &b"are you there?"[..]));
        // §5.5.1: the same code comes back.
        let close =
            |items: &[Item]| controls(items).last().map(|(_, payload)| payload[..2].to_vec());
        assert_eq!(close(&client), close(&server), "{}", capture.name);
    }
}

/// The frames of the first 4 KiB, of which the last is not whole.
#[test]
fn a_cut_anywhere_in_the_first_2_kib_changes_nothing() {
    let stride = if cfg!(miri) { 241 } else { 1 };
    for (_, stream, config) in directions() {
        let stream = &stream[..stream.len().min(4_096)];
        let reading = assert_reads(stream, config);
        assert!(matches!(reading.end, End::Clean { .. }));
        for cut in (0..=stream.len().min(2_048)).step_by(stride) {
            assert_reads_cut_at(stream, config, cut, &reading);
        }
    }
}

#[test]
fn reads_of_usual_sizes_change_nothing() {
    for (_, stream, config) in directions() {
        let reading = assert_reads(stream, config);
        for size in [13, 512, 1_500, 16 << 10, 64 << 10] {
            let cuts = (0..stream.len()).step_by(size);
            assert_reads_cut_anywhere(stream, config, cuts, &reading);
        }
        assert_reads_by_bytes(stream, config, &reading);
    }
}
