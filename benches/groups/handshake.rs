//! The server's side of the opening handshake: what Chromium sends, and the like; keys and lists.

use super::common::{Case, Meter, Role, Subject, Throughput, roster};
use std::hint::black_box;
use std::mem::MaybeUninit;
use wsparse::Status;
use wsparse::handshake::{Accept, Extensions, HeadLimits, HeadReader, Subprotocols, accept_key};

/// Parses a request that arrives in reads of the given size, and writes the response that accepts
/// it with the subprotocol `chat`. Returns the length of the response.
pub type Serve = Box<dyn FnMut(&[u8], usize) -> usize>;

/// Makes one that serves; it may keep buffers.
pub type NewServe = fn() -> Serve;

/// Computes the `Sec-WebSocket-Accept` of a key and returns its [`digest`].
pub type Answer = fn(&str) -> u64;

pub const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// What is kept of an answer to a key.
pub fn digest(accept: &[u8]) -> u64 {
    accept.last_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// The head of the captured request of Chromium.
fn chromium() -> Vec<u8> {
    let stream = include_bytes!("../../tests/data/chromium-plain.client");
    let end = stream.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head");
    stream[..end + 4].to_vec()
}

/// The same with a cookie that makes it so long.
fn with_cookie(len: usize) -> Vec<u8> {
    let mut head = chromium();
    let cookie = len - head.len() - b"Cookie: \r\n".len();
    let line = format!("Cookie: {}\r\n", "c".repeat(cookie));
    head.splice(head.len() - 2..head.len() - 2, line.into_bytes());
    assert_eq!(head.len(), len);
    head
}

pub fn servers() -> Vec<Subject<NewServe>> {
    vec![
        Subject::new("wsparse", Role::Ours, || Box::new(serve)),
        // No judgement, no response.
        Subject::new("httparse alone", Role::Limit, || Box::new(httparse_alone)),
    ]
}

fn serve(stream: &[u8], read: usize) -> usize {
    let mut reader = HeadReader::new(HeadLimits::default());
    let mut filled = 0_usize;
    loop {
        filled = stream.len().min(filled.saturating_add(read));
        let Status::Complete(request) = reader.request(&stream[..filled]).expect("legal") else {
            continue;
        };
        let upgrade = request.upgrade().expect("legal");
        let chat = upgrade.subprotocols().find(|offered| *offered == "chat");
        let accept = Accept { subprotocol: chat, ..Accept::default() };
        let mut out = [0; 512];
        return black_box(accept.write(&upgrade, &mut out).expect("room")).len();
    }
}

/// Once, whatever the reads.
fn httparse_alone(stream: &[u8], _: usize) -> usize {
    let mut headers = [const { MaybeUninit::uninit() }; 24];
    let mut request = httparse::Request::new(&mut []);
    let status = request.parse_with_uninit_headers(stream, &mut headers);
    black_box(request.headers);
    assert_eq!(status, Ok(httparse::Status::Complete(stream.len())));
    0
}

pub fn answers() -> Vec<Subject<Answer>> {
    vec![Subject::new("wsparse", Role::Ours, |key| {
        digest(accept_key(key).expect("a key").as_str().as_bytes())
    })]
}

pub fn run(meter: &mut dyn Meter, servers: &[Subject<NewServe>], answers: &[Subject<Answer>]) {
    serving(meter, servers);
    keys(meter, answers);
    lists(meter);
}

fn serving(meter: &mut dyn Meter, servers: &[Subject<NewServe>]) {
    const GROUP: &str = "handshake/server";
    if !meter.wants(GROUP) {
        return;
    }
    let whole = usize::MAX;
    let cases = [
        ("Chromium, one read", chromium(), whole),
        ("Chromium, 1-byte reads", chromium(), 1),
        ("4Ki, one read", with_cookie(4 << 10), whole),
        ("4Ki, 1-byte reads", with_cookie(4 << 10), 1),
        ("8Ki, one read", with_cookie(8 << 10), whole),
        ("8Ki, 1-byte reads", with_cookie(8 << 10), 1),
    ];
    for (name, head, read) in cases {
        let mut serving: Vec<_> = servers.iter().map(|server| (server.run)()).collect();
        let case = Case {
            group: GROUP,
            name,
            throughput: Throughput::Bytes(head.len() as u64),
            unit: "handshake",
            subjects: &roster(servers),
        };
        meter.measure(&case, &mut |n, turns| {
            for _ in 0..turns {
                black_box(serving[n](black_box(&head), black_box(read)));
            }
        });
    }
}

fn keys(meter: &mut dyn Meter, answers: &[Subject<Answer>]) {
    const GROUP: &str = "handshake/accept key";
    if !meter.wants(GROUP) {
        return;
    }
    for subject in answers {
        assert_eq!((subject.run)(KEY), digest(b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{}", subject.name);
    }
    let case = Case {
        group: GROUP,
        name: "",
        throughput: Throughput::Elements(1),
        unit: "key",
        subjects: &roster(answers),
    };
    meter.measure(&case, &mut |n, turns| {
        for _ in 0..turns {
            black_box((answers[n].run)(black_box(KEY)));
        }
    });
}

/// Reads the value of a header and returns a number that depends on each element.
type Read = fn(&str) -> usize;

/// Elements of lists, each looked at.
fn lists(meter: &mut dyn Meter) {
    const GROUP: &str = "handshake/lists";
    if !meter.wants(GROUP) {
        return;
    }
    let subprotocols = vec!["subprotocol"; 100].join(", ");
    let extension = "permessage-deflate; client_max_window_bits; server_max_window_bits=\"10\"";
    let extensions = vec![extension; 100].join(", ");
    let read_subprotocols =
        |list: &str| Subprotocols::new(list.as_bytes()).flatten().map(str::len).sum();
    let read_extensions = |list: &str| {
        let extensions = Extensions::new(list.as_bytes()).flatten();
        extensions.map(|extension| extension.params().count()).sum()
    };
    let cases: [(_, _, Read); 2] = [
        ("subprotocols", &subprotocols, read_subprotocols),
        ("extensions", &extensions, read_extensions),
    ];
    for (name, list, read) in cases {
        let case = Case {
            group: GROUP,
            name,
            throughput: Throughput::Elements(100),
            unit: "element",
            subjects: &[("wsparse", Role::Ours)],
        };
        meter.measure(&case, &mut |_, turns| {
            for _ in 0..turns {
                black_box(read(black_box(list)));
            }
        });
    }
}
