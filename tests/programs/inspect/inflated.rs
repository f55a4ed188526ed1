//! Messages that `inspect` shows inflated.

use super::*;
use wsparse::deflate::{Agreed, Deflater, Policy};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// The answer to `REQUEST` (§1.3) with these extensions.
fn response(extensions: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n{extensions}\r\n"
    )
    .into_bytes()
}

const DEFLATE: &str = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
const ALONE: &str = "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; \
    client_no_context_takeover\r\n";
/// "Hello" (RFC 7692 §7.2.3.1), and again with a window that is shared (§7.2.3.2).
const HELLO: &[u8] = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
const AGAIN: &[u8] = b"\xf2\x00\x11\x00\x00";

/// A message: its opcode, length and preview.
type Shown = (Value, u64, String);

/// Joins the frames of each message.
fn messages(frames: &[Value]) -> Vec<Shown> {
    let mut messages: Vec<Shown> = Vec::new();
    let mut is_open = false;
    for frame in frames {
        let opcode = frame["opcode"].as_str().unwrap();
        if !["text", "binary", "continuation"].contains(&opcode) {
            continue;
        }
        let preview = frame["preview"].as_str().unwrap();
        if !is_open {
            messages.push((frame["opcode"].clone(), 0, String::new()));
        }
        let (_, len, shown) = messages.last_mut().unwrap();
        shown.push_str(preview);
        *len += frame["length"].as_u64().unwrap();
        is_open = frame["fin"] == false;
        // The inflated length is stated once for each message.
        if let Some(inflated) = frame["inflated_bytes"].as_u64() {
            assert_eq!(frame["compressed_bytes"], *len);
            assert!(!is_open);
            *len = inflated;
        }
    }
    messages
}

#[test]
fn captures_show_the_messages_of_their_plain_twins() {
    for name in ["chromium", "python-websockets"] {
        for side in ["client", "server"] {
            let path = |kind, side| format!("tests/data/{name}-{kind}.{side}");
            let plain = run_json(&[&path("plain", side)], b"");
            // The response is in the server's stream, before or after the client's.
            let files = [path("deflate", "server"), path("deflate", "client")];
            let report = run_json(&[&files[0], &files[1]], b"");
            assert_eq!((report.code, report.stderr.as_str()), (0, ""));
            let (of_side, _): (Vec<_>, Vec<_>) =
                report.frames.into_iter().partition(|frame| frame["direction"] == side);
            assert!(
                of_side
                    .iter()
                    .all(|frame| !frame["preview"].as_str().unwrap().contains("<compressed>"))
            );

            let (shown, expected) = (messages(&of_side), messages(&plain.frames));
            assert_eq!(shown.len(), expected.len());
            for (shown, expected) in shown.iter().zip(&expected) {
                // The start of a message, because its fragments are others.
                let start = |(opcode, len, preview): &Shown| {
                    let end = preview.find('…').unwrap_or(preview.len());
                    (opcode.clone(), *len, preview[..end].to_owned())
                };
                assert_eq!(start(shown), start(expected));
            }
        }
    }
}

#[test]
fn sizes_and_a_total() {
    let files = ["tests/data/chromium-deflate.client", "tests/data/chromium-deflate.server"];
    let report = run_json(&files, b"");
    let compressed = 14 + 1 + 43 + 5 + 5 + 64 + 78 + 163 + 267 + 14;
    let inflated = 12 + 41 + 125 + 126 + 65 + 65_535 + 70_000 + 300 + 12;
    let stream = &report.summary["streams"][0];
    assert_eq!(stream["compressed"], json!({ "messages": 10, "bytes": compressed }));
    assert_eq!(stream["inflated"], json!({ "messages": 10, "bytes": inflated }));
    assert_eq!(report.summary["compressed"]["messages"], 20);
    let total = json!({ "messages": 20, "bytes": 2 * inflated });
    assert_eq!(report.summary["inflated"], total);

    let output = run(&files, b"");
    let shown = text(&output.stdout);
    for part in [
        "sent by the client, HTTP head of 538 bytes, permessage-deflate with context takeover\n",
        "  <14 -> 12 bytes> hello server\n",
        "  <1 -> 0 bytes>\n",
        "  <43 -> 41 bytes> 你好，WebSocket — héllo wörld 🌍\n",
        "  <163 -> 70000 bytes> 0123456789",
        "  compressed      20 messages, 1311 bytes\n",
        "  inflated        20 messages, 272432 bytes\n",
    ] {
        assert!(shown.contains(part), "{part:?} is not in:\n{shown}");
    }
    assert!(!shown.contains("not inflated"));
}

#[test]
fn a_request_is_answered_by_its_own_response() {
    let client = [REQUEST, &write_frame(0xC1, Some(KEY), HELLO)].concat();
    let client = temporary_file("inspect-request.bin", &client);
    let client = client.to_str().unwrap();
    let other = "tests/data/chromium-deflate.server";
    let shown = |report: Report| {
        let of_client = report.frames.iter().find(|frame| frame["direction"] == "client");
        of_client.unwrap()["preview"].as_str().unwrap().to_owned()
    };
    assert!(shown(run_json(&[client, other], b"")).starts_with("<compressed> f2 48"));
    let answer = temporary_file("inspect-response.bin", &response(DEFLATE));
    let answer = answer.to_str().unwrap();
    for files in [&[client, other, answer][..], &[other, answer, client]] {
        assert_eq!(shown(run_json(files, b"")), "Hello");
    }
    // A pipe can be read only once.
    let report = run_json(&[client, "-"], &response(DEFLATE));
    assert!(shown(report).starts_with("<compressed> "));
}

#[test]
fn contexts_and_control_frames_between_fragments() {
    let (start, end) = HELLO.split_at(3);
    let stream = [
        response(DEFLATE),
        write_frame(0x41, None, start),
        write_frame(0x89, None, b"ping"),
        write_frame(0x00, None, b""),
        write_frame(0x80, None, end),
        write_frame(0x81, None, b"plain"),
        write_frame(0xC1, None, AGAIN),
        write_frame(0xC2, None, b"\0"),
    ];
    let report = run_json(&["-"], &stream.concat());
    assert_eq!((report.code, report.faults.len()), (0, 0));
    let previews: Vec<_> = report.frames.iter().map(|frame| &frame["preview"]).collect();
    let whole = previews[0].as_str().unwrap().trim_end_matches('…').to_owned()
        + previews[2].as_str().unwrap().trim_end_matches('…')
        + previews[3].as_str().unwrap();
    assert_eq!(whole, "Hello");
    assert_eq!(previews[1], "ping");
    assert_eq!(previews[4..], ["plain", "Hello", ""]);
    let sizes =
        |name: &str| -> Vec<_> { report.frames.iter().map(|frame| frame[name].as_u64()).collect() };
    let none = None;
    assert_eq!(sizes("compressed_bytes"), [none, none, none, Some(7), none, Some(5), Some(1)]);
    assert_eq!(sizes("inflated_bytes"), [none, none, none, Some(5), none, Some(5), Some(0)]);

    // Without context takeover, the second message refers to nothing that there is.
    let stream = [
        response(ALONE),
        write_frame(0xC1, None, HELLO),
        write_frame(0xC1, None, HELLO),
        write_frame(0xC1, None, AGAIN),
    ];
    let report = run_json(&["-"], &stream.concat());
    assert_eq!((report.code, report.frames.len()), (1, 2));
    assert_eq!(report.faults[0]["rfc"], 7692);
}

#[test]
fn broken_rules_of_compression() {
    const ENDS_EARLY: &[u8] = HELLO.split_at(4).0;
    // The extensions, a frame after a good message, and the rule that it breaks.
    for (extensions, first, payload, rfc, section, close_code) in [
        (DEFLATE, 0xC1, b"\xff\xff".as_slice(), 7692, "7.2.2", 1007),
        (DEFLATE, 0xC2, ENDS_EARLY, 7692, "7.2.1", 1007),
        // An empty message has a payload of one byte (RFC 7692 §7.2.3.6).
        (DEFLATE, 0xC2, b"", 7692, "7.2.1", 1007),
        // The bit in a control frame and in a continuation.
        (DEFLATE, 0xC9, b"", 6455, "5.2", 1002),
        (DEFLATE, 0xC0, b"", 6455, "5.2", 1002),
        // Nothing was negotiated.
        ("", 0xC1, HELLO, 6455, "5.2", 1002),
    ] {
        let broken = write_frame(first, None, payload);
        let good = write_frame(0x81, None, b"good");
        let head = response(extensions);
        let stream = [&head, &good, &broken].map(Vec::as_slice).concat();
        let report = run_json(&["-"], &stream);
        assert_eq!((report.code, report.frames.len()), (1, 1), "{broken:x?}");
        let fault = &report.faults[0];
        assert_eq!(fault["offset"], head.len() + good.len());
        assert_eq!((&fault["rfc"], &fault["section"]), (&json!(rfc), &json!(section)));
        assert_eq!(fault["close_code"], close_code);
        // For people, at the same place.
        let shown = run(&["-"], &stream);
        let place = format!("  error at offset {}: ", head.len() + good.len());
        let line = text(&shown.stdout).lines().find(|line| line.starts_with(&place)).unwrap();
        assert!(line.ends_with(&format!("; the answer is Close {close_code}")), "{line}");
    }
}

#[test]
fn a_response_that_is_unusable_is_no_response() {
    for extensions in [
        "Sec-WebSocket-Extensions: permessage-deflate; unknown\r\n",
        "Sec-WebSocket-Extensions: x-other\r\n",
    ] {
        let stream = [response(extensions), write_frame(0xC1, None, HELLO)].concat();
        let report = run_json(&["-"], &stream);
        assert_eq!(report.frames[0]["preview"], "<compressed> f2 48 cd c9 c9 07 00");
    }
}

/// A message of 32 MiB is inflated piece by piece.
#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_what_is_inflated() {
    if runner().is_some() {
        println!("skipped: /proc does not show the memory of the program itself");
        return;
    }
    let agreed = Agreed::WITH_CONTEXT;
    let mut deflater = Deflater::new(&Policy::DEFAULT, agreed);
    let mut payload = Vec::new();
    deflater.begin();
    let part = vec![0; 1 << 20];
    for _ in 0..32 {
        deflater.compress_part_to_vec(&part, false, &mut payload);
    }
    deflater.compress_part_to_vec(&[], true, &mut payload);
    let stream = [response(DEFLATE), write_frame(0xC2, None, &payload)].concat();

    let mut child = program().args(["--json", "-"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&stream).unwrap();
    // It has written the frame, and waits for more.
    stdin.write_all(&write_frame(0x89, None, b"").repeat(4096)).unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let peak = memory(child.id(), "VmHWM:");
    let reader = std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
    drop(stdin);
    assert!(child.wait().unwrap().success());
    reader.join().unwrap().unwrap();
    let frame: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(frame["inflated_bytes"], 32 << 20);
    println!("peak memory: {peak} KiB");
    assert!(peak < 16 * 1024, "peak memory: {peak} KiB");
}
