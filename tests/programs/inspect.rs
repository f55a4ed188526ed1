//! The example `inspect`, run as a user would run it.

#[cfg(all(feature = "deflate", feature = "handshake"))]
mod inflated;

use crate::oracle;
use crate::support::program::example;
#[cfg(target_os = "linux")]
use crate::support::program::{memory, runner};
use crate::support::{KEY, sample, write_frame};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const FRAME_FIELDS: [&str; 13] = [
    "compressed_bytes",
    "direction",
    "fin",
    "inflated_bytes",
    "key",
    "length",
    "masked",
    "offset",
    "opcode",
    "preview",
    "rsv1",
    "rsv2",
    "rsv3",
];

// Helpers to run the program.

fn program() -> Command {
    let mut command = example("inspect");
    command
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs the program to its end with this standard input.
fn run(arguments: &[&str], stdin: &[u8]) -> Output {
    let mut child = program().args(arguments).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || match pipe.write_all(stdin) {
            // It may stop at a fault before it has read everything.
            Err(error) if error.kind() != ErrorKind::BrokenPipe => panic!("{error}"),
            _ => {}
        });
        child.wait_with_output().unwrap()
    })
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("no signal ended it")
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("its output is UTF-8")
}

/// The lines of `--json` by their kind.
struct Report {
    code: i32,
    stderr: String,
    frames: Vec<Value>,
    faults: Vec<Value>,
    summary: Value,
}

fn run_json(arguments: &[&str], stdin: &[u8]) -> Report {
    let output = run(&[&["--json"], arguments].concat(), stdin);
    let mut lines: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect();
    let summary = lines.pop().expect("there is a summary");
    assert!(summary.get("opcode").is_none() && summary.get("error").is_none());
    let (frames, faults): (Vec<_>, Vec<_>) =
        lines.into_iter().partition(|line| line.get("opcode").is_some());
    assert_eq!(summary["frames"], frames.len());
    assert_eq!(summary["errors"], faults.len());
    for frame in &frames {
        let names: Vec<_> = frame.as_object().unwrap().keys().collect();
        assert_eq!(names, FRAME_FIELDS);
    }
    for fault in &faults {
        assert!(fault["error"].is_string() && fault["offset"].is_u64());
        assert!(fault["section"].is_string() || fault["section"].is_null());
    }
    Report { code: code(&output), stderr: text(&output.stderr).to_owned(), frames, faults, summary }
}

/// Returns the previews of frames on standard input.
fn previews(frames: &[Vec<u8>]) -> Vec<String> {
    let report = run_json(&["-"], &frames.concat());
    assert_eq!((report.code, report.stderr.as_str()), (0, ""));
    let preview = |frame: &Value| frame["preview"].as_str().unwrap().to_owned();
    report.frames.iter().map(preview).collect()
}

fn temporary_file(name: &str, content: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).unwrap();
    path
}

// Helpers for the expected output.

fn opcode_name(opcode: u8) -> &'static str {
    match opcode {
        0x0 => "continuation",
        0x1 => "text",
        0x2 => "binary",
        0x8 => "close",
        0x9 => "ping",
        0xA => "pong",
        _ => panic!("no opcode: {opcode}"),
    }
}

fn head_len(stream: &[u8]) -> usize {
    match stream.starts_with(b"GET ") || stream.starts_with(b"HTTP/") {
        true => stream.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4,
        false => 0,
    }
}

/// Returns what the oracle finds in the header of each frame.
fn expected_frames(stream: &[u8]) -> (Vec<Value>, oracle::End) {
    let start = head_len(stream);
    let mut frames = Vec::new();
    let end = oracle::split(&stream[start..], 0b100, |frame| {
        let fields = frame.fields;
        let is_client = fields.masked || stream.starts_with(b"GET ");
        let key = fields.masking_key.map(|[a, b, c, d]| format!("{a:02x}{b:02x}{c:02x}{d:02x}"));
        frames.push(json!({
            "offset": start + frame.start,
            "direction": if is_client { "client" } else { "server" },
            "fin": fields.fin,
            "rsv1": fields.rsv1,
            "rsv2": fields.rsv2,
            "rsv3": fields.rsv3,
            "opcode": opcode_name(fields.opcode),
            "masked": fields.masked,
            "length": fields.payload_len,
            "key": key,
        }));
    });
    (frames, end)
}

/// Asserts that the program shows what the oracle finds in the stream, and returns its report.
fn assert_shown(arguments: &[&str], stdin: &[u8], stream: &[u8]) -> Report {
    let mut report = run_json(arguments, stdin);
    let (expected, end) = expected_frames(stream);
    let only_header = |frame: &Value| {
        let mut frame = frame.clone();
        for field in ["preview", "compressed_bytes", "inflated_bytes"] {
            frame.as_object_mut().unwrap().remove(field);
        }
        frame
    };
    let shown: Vec<_> = report.frames.iter().map(only_header).collect();
    assert_eq!(shown, expected);

    let frames_end = head_len(stream) + end.consumed;
    let fault = report.faults.pop();
    match (end.broken, fault) {
        (None, None) => assert_eq!(frames_end, stream.len()),
        (None, Some(fault)) => {
            assert_ne!(frames_end, stream.len());
            assert!(fault["error"].as_str().unwrap().starts_with("truncated: "));
            assert_eq!(fault["offset"], stream.len());
            assert_eq!(fault["missing"], end.missing);
            report.faults.push(fault);
        }
        (Some((_, offset)), fault) => {
            let fault = fault.expect("a broken rule is reported");
            assert_eq!(fault["offset"], head_len(stream) + offset);
            report.faults.push(fault);
        }
    }
    assert_eq!(report.code, i32::from(!report.faults.is_empty()));
    assert_eq!(report.stderr, "");
    report
}

// The captured streams.

#[test]
fn the_embedded_session_for_people() {
    let output = run(&[], b"");
    assert_eq!((code(&output), text(&output.stderr)), (0, ""));
    let shown = text(&output.stdout);
    assert!(!shown.contains('\x1b'), "the output is not a terminal");

    let lines: Vec<_> = shown.lines().collect();
    let is_frame = |line: &&&str| {
        let words: Vec<_> = line.split_whitespace().collect();
        matches!(words[..], [offset, "client" | "server", ..] if offset.parse::<u64>().is_ok())
    };
    let (client, server): (Vec<&str>, Vec<&str>) =
        lines.iter().filter(is_frame).partition(|line| line.contains("client"));
    assert_eq!((client.len(), server.len()), (14, 12));

    // Each column is aligned with its heading, at the left or at the right.
    let heading = lines.iter().find(|line| line.contains("opcode")).unwrap();
    let column = |name| heading.find(name).unwrap();
    for line in client.iter().chain(&server) {
        for name in ["from", "fin", "rsv", "opcode", "masked", "key"] {
            let (before, cell) = line.split_at(column(name));
            assert!(before.ends_with(' ') && !cell.starts_with(' '), "{line}");
        }
        for name in ["offset", "length"] {
            let (cell, after) = line.split_at(column(name) + name.len());
            assert!(!cell.ends_with(' ') && after.starts_with(' '), "{line}");
        }
        assert_eq!(line.trim_end(), *line);
    }

    for part in [
        "tests/data/chromium-plain.client: sent by the client",
        "tests/data/chromium-plain.server: sent by the server",
        "  你好，WebSocket — héllo wörld 🌍\n",
        r#"  {"type":"tick","symbols":["AAPL","MSFT"],"price":123.45,"seq":42}"#,
        "  00 01 02 03 04 05",
        "  1000 done\n",
        "  frames          26\n",
        "  messages        20\n",
        "  errors          0\n",
        " MB/s (273301 bytes in ",
    ] {
        assert!(shown.contains(part), "{part:?} is not in:\n{shown}");
    }
}

#[test]
fn the_embedded_session_for_programs() {
    let report = run_json(&[], b"");
    assert_eq!((report.code, report.stderr.as_str()), (0, ""));

    // As listed in tests/data/README.md.
    let listed = "a:14 1:12 1:0 1:41 1:125 1:126 1:65 1:65535 -1:65096 -0:53 0:4851 2:300 2:12 8:6";
    let (client, server) = report.frames.split_at(14);
    for (frame, listed) in client.iter().zip(listed.split(' ')) {
        let (first, length) = listed.trim_start_matches('-').split_once(':').unwrap();
        let opcode = opcode_name(u8::from_str_radix(first, 16).unwrap());
        assert_eq!(frame["opcode"], opcode);
        assert_eq!(frame["length"], length.parse::<u64>().unwrap());
        assert_eq!(frame["fin"], !listed.starts_with('-'));
        assert_eq!(frame["direction"], "client");
        assert_eq!(frame["masked"], true);
        assert_eq!(frame["key"].as_str().unwrap().len(), 8);
    }
    for frame in server {
        assert_eq!(frame["direction"], "server");
        assert_eq!((&frame["masked"], &frame["key"]), (&json!(false), &json!(null)));
    }
    assert_eq!(server[0]["preview"], "are you there?");
    assert_eq!(server[1]["preview"], "hello server");
    assert_eq!(server[11]["preview"], "1000 done");

    let summary = report.summary;
    assert_eq!(summary["messages"], 20);
    assert_eq!(summary["payload_bytes"], 272_472);
    let seconds = summary["seconds"].as_f64().unwrap();
    let throughput = summary["throughput"].as_f64().unwrap();
    assert!((throughput * seconds - 0.273_301).abs() < 1e-6);

    let names = ["tests/data/chromium-plain.client", "tests/data/chromium-plain.server"];
    let named = run_json(&names, b"");
    assert_eq!(named.frames, report.frames);
}

#[test]
fn all_captures() {
    for name in ["chromium-plain", "chromium-deflate", "python-websockets-plain"]
        .iter()
        .chain(&["python-websockets-deflate"])
    {
        for side in ["client", "server"] {
            let path = format!("tests/data/{name}.{side}");
            let stream = std::fs::read(&path).unwrap();
            let report = assert_shown(&[&path], b"", &stream);
            assert!(report.faults.is_empty() && !report.frames.is_empty());
            assert!(report.frames.iter().all(|frame| frame["direction"] == side));
        }
    }
}

#[test]
fn compressed_messages_are_shown_as_such() {
    let report = run_json(&["tests/data/python-websockets-deflate.client"], b"");
    let mut compressed = 0;
    for frame in &report.frames {
        let preview = frame["preview"].as_str().unwrap();
        let is_data =
            ["text", "binary", "continuation"].contains(&frame["opcode"].as_str().unwrap());
        assert_eq!(preview.starts_with("<compressed> "), is_data, "{frame}");
        compressed += usize::from(is_data);
        // Only the first fragment has the bit.
        let is_first = is_data && frame["opcode"] != "continuation";
        assert_eq!(frame["rsv1"], is_first);
    }
    assert_eq!(compressed, 9);
    assert_eq!(report.frames[0]["preview"], "<compressed> ca 48 cd c9 c9 07 00");
    let last = &report.frames[5];
    assert_eq!(last["compressed_bytes"], 20 + 19 + 18 + 1);
    assert!(report.frames.iter().all(|frame| frame["inflated_bytes"].is_null()));
    let compressed = 7 + 58 + (8 + 9 + 90 + 1);
    assert_eq!(report.summary["compressed"], json!({ "messages": 3, "bytes": compressed }));
    assert_eq!(report.summary["inflated"], json!({ "messages": 0, "bytes": 0 }));
    let output = run(&["tests/data/python-websockets-deflate.client"], b"");
    for line in ["  compressed      3 messages, 173 bytes\n", "  not inflated    3 messages: "] {
        assert!(text(&output.stdout).contains(line), "{}", text(&output.stdout));
    }

    // A control frame between the fragments and the next message are not compressed.
    let shown = previews(&[
        write_frame(0x41, Some(KEY), b"\xca"),
        write_frame(0x89, Some(KEY), b"ping"),
        write_frame(0x80, Some(KEY), b"\x00"),
        write_frame(0x01, Some(KEY), b"plain, "),
        write_frame(0x80, Some(KEY), b"and still"),
        write_frame(0xC2, Some(KEY), b""),
    ]);
    let expected = ["<compressed> ca", "ping", "<compressed> 00", "plain, ", "and still"];
    assert_eq!(shown[..5], expected);
    assert_eq!(shown[5], "<compressed>");
}

// Previews.

#[test]
fn previews_of_each_kind() {
    let long = "x".repeat(1000);
    let binary = sample(1000);
    let cases: [(u8, &[u8], &str); 20] = [
        (0x81, b"", ""),
        (0x81, br#"{"a": "it's"}"#, r#"{"a": "it's"}"#),
        (0x81, br"C:\x1b", r"C:\\x1b"),
        (0x81, b"\x1b[31mred\x07\r\n\t\0\x7f", r"\u{1b}[31mred\u{7}\r\n\t\u{0}\u{7f}"),
        (
            0x81,
            "\u{9b}31m \u{202e}drawkcab\u{2028}".as_bytes(),
            r"\u{9b}31m \u{202e}drawkcab\u{2028}",
        ),
        (0x81, "नमस्ते 👩‍💻 e\u{301}".as_bytes(), "नमस्ते 👩‍💻 e\u{301}"),
        (0x81, b"a\xffb\xe4\xbdc\xc0\xaf", r"a\xffb\xe4\xbdc\xc0\xaf"),
        (0x81, b"whole, but \xe4\xbd", r"whole, but \xe4\xbd"),
        (0x81, long.as_bytes(), &("x".repeat(72) + "…")),
        (0x82, b"", ""),
        (0x82, b"Hello", "48 65 6c 6c 6f"),
        (0x89, b"are you there?", "are you there?"),
        (0x8A, b"\x1b]0;title\x07", "1b 5d 30 3b 74 69 74 6c 65 07"),
        (0x8A, b"\xff\xfe", "ff fe"),
        (0x88, b"", ""),
        (0x88, b"\x03\xe8", "1000"),
        (0x88, b"\x0f\xa0bye\x1b[2J", r"4000 bye\u{1b}[2J"),
        (0x88, b"\x03\xee", "1006 (may not be sent)"),
        (0x88, b"\x03", "half a status code: 03"),
        (0x82, &binary[..25], "…"),
    ];
    for masking_key in [None, Some(KEY)] {
        let frames: Vec<_> = cases
            .iter()
            .map(|(first, payload, _)| write_frame(*first, masking_key, payload))
            .collect();
        for ((_, payload, expected), shown) in cases.iter().zip(previews(&frames)) {
            if *expected == "…" {
                let hex: Vec<_> = binary[..24].iter().map(|b| format!("{b:02x}")).collect();
                assert_eq!(shown, hex.join(" ") + " …");
            } else {
                assert_eq!(shown, *expected, "of {payload:?}");
            }
        }
        // No control character reaches the terminal.
        for arguments in [&["-"][..], &["--json", "-"]] {
            let output = run(arguments, &frames.concat());
            let raw = text(&output.stdout);
            assert!(raw.chars().all(|c| c == '\n' || !c.is_control()), "{raw:?}");
        }
    }
}

#[test]
fn fragments_that_split_a_character() {
    let globe = "🌍".as_bytes();
    for split in 1..globe.len() {
        let (start, end) = globe.split_at(split);
        let shown = previews(&[
            write_frame(0x01, Some(KEY), &[b"one ", start].concat()),
            write_frame(0x00, Some(KEY), end),
            write_frame(0x80, Some(KEY), b""),
            write_frame(0x01, Some(KEY), start),
            write_frame(0x80, Some(KEY), &[end, b" two"].concat()),
        ]);
        assert_eq!(shown, ["one …", "…", "", "…", "… two"]);
    }
    // Bytes that cannot become a character are shown, at the end of a fragment or before it.
    let shown = previews(&[write_frame(0x01, None, b"a\xe4\xbdb\xff")]);
    assert_eq!(shown, [r"a\xe4\xbdb\xff"]);
    // The preview itself never splits a character either.
    for before in 66..=72 {
        let payload = "x".repeat(before) + &"好".repeat(100);
        let shown = &previews(&[write_frame(0x81, None, payload.as_bytes())])[0];
        let whole = "x".repeat(before) + &"好".repeat((72 - before) / 3) + "…";
        assert_eq!(*shown, whole);
    }
}

// Broken and truncated input.

#[test]
fn broken_rules() {
    let cases: [(&[u8], &str, usize); 8] = [
        (b"\xA1\x00", "5.2", 0),
        (b"\x91\x00", "5.2", 0),
        (b"\x83\x00", "5.2", 0),
        (b"\x8B", "5.2", 0),
        (b"\x09\x00", "5.5", 0),
        (b"\x88\x7e\x00\x7e", "5.5", 1),
        (b"\x81\x7e\x00\x7d", "5.2", 3),
        (b"\x82\xff\x80", "5.2", 2),
    ];
    for (broken, section, offset) in cases {
        for head in [&b""[..], b"GET / HTTP/1.1\r\n\r\n"] {
            let good = write_frame(0x81, Some(KEY), b"good");
            let stream = [head, &good, &good, broken].concat();
            let report = assert_shown(&["-"], &stream, &stream);
            assert_eq!((report.code, report.frames.len()), (1, 2));
            let fault = &report.faults[0];
            assert_eq!(fault["section"], section);
            assert_eq!(fault["offset"], head.len() + 20 + offset);
            assert_eq!(fault["close_code"], 1002);

            let output = run(&["-"], &stream);
            assert_eq!((code(&output), text(&output.stderr)), (1, ""));
            let shown = text(&output.stdout);
            assert_eq!(shown.matches("  good\n").count(), 2);
            let place = format!("  error at offset {}: ", head.len() + 20 + offset);
            let line = shown.lines().find(|line| line.starts_with(&place));
            let error = fault["error"].as_str().unwrap();
            assert!(line.unwrap().contains(error) && error.contains(section));
            assert!(shown.contains("  errors          1\n"));
        }
    }
}

#[test]
fn truncated_at_every_byte() {
    let stream = [
        &b"HTTP/1.1 101 Switching Protocols\r\n\r\n"[..],
        &write_frame(0x81, None, b"Hello"),
        &write_frame(0x82, None, &[7; 126]),
        &write_frame(0x89, None, b""),
    ]
    .concat();
    for end in head_len(&stream)..=stream.len() {
        assert_shown(&["-"], &stream[..end], &stream[..end]);
    }

    let output = run(&["-"], &stream[..50]);
    assert_eq!(code(&output), 1);
    let error = "  error at offset 50: truncated: the input ends inside the payload of the binary \
                frame at offset 43, 123 bytes missing\n";
    assert!(text(&output.stdout).contains(error), "{}", text(&output.stdout));
}

#[test]
fn a_declared_length_costs_nothing() {
    let stream = b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0some";
    let report = assert_shown(&["-"], stream, stream);
    assert_eq!(report.faults[0]["missing"], i64::MAX - 4);
}

#[test]
fn heads() {
    let frame = write_frame(0x81, None, b"Hello");
    let padded = |bytes: usize| {
        let start = "GET / HTTP/1.1\r\nA: ";
        format!("{start}{}\r\n\r\n", "x".repeat(bytes - start.len() - 4)).into_bytes()
    };
    // After a GET, an unmasked frame is still attributed to the client.
    for head in [&b"HTTP/1.1 101 \r\n\r\n"[..], &padded(100), &padded(65_536)] {
        assert_shown(&["-"], head, head);
        let stream = [head, &frame].concat();
        let report = assert_shown(&["-"], &stream, &stream);
        assert_eq!((report.code, report.frames.len()), (0, 1));
        assert_eq!(report.summary["bytes"], stream.len());
    }
    assert_eq!(assert_shown(&["-"], b"", b"").frames.len(), 0);

    let endless = [padded(65_537), frame].concat();
    let report = run_json(&["-"], &endless);
    assert_eq!((report.code, report.frames.len(), report.faults.len()), (1, 0, 1));
    assert_eq!(report.faults[0]["offset"], 65_536);

    let report = run_json(&["-"], b"HTTP/1.1 101 Switching\r\n\r");
    assert_eq!((report.code, report.frames.len()), (1, 0));
    assert_eq!(report.faults[0]["offset"], 25);
    assert_eq!(
        report.faults[0]["error"],
        "truncated: the input ends inside the HTTP head, at least 1 byte missing"
    );
}

// Reading.

#[test]
fn frames_across_the_ends_of_reads() {
    let mut random = StdRng::seed_from_u64(6455);
    let mut stream = Vec::new();
    while stream.len() < 1_500_000 {
        let payload = sample(match random.random_range(0..20) {
            0 => random.random_range(60_000..300_000),
            1..5 => random.random_range(100..10_000),
            _ => random.random_range(0..125),
        });
        let key: [u8; 4] = random.random();
        stream.extend(write_frame(0x82, random.random::<bool>().then_some(key), &payload));
    }
    let report = assert_shown(&["-"], &stream, &stream);
    assert!(report.frames.len() > 100);
}

#[test]
fn a_frame_across_the_end_of_the_buffer() {
    // The size of the program's buffer, which one read of a file fills.
    const BUFFER: usize = 256 * 1024;
    let last = write_frame(0x81, Some(KEY), b"Hello, world");
    for before in 0..=last.len() {
        let large = write_frame(0x82, Some(KEY), &sample(BUFFER - before - 14));
        let stream = [large.as_slice(), &last].concat();
        let file = temporary_file("inspect-buffer.bin", &stream);
        let report = assert_shown(&[file.to_str().unwrap()], b"", &stream);
        assert_eq!(report.frames[1]["offset"], BUFFER - before);
        assert_eq!(report.frames[1]["preview"], "Hello, world");
    }
}

#[test]
fn input_that_arrives_byte_by_byte() {
    let stream = [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &write_frame(0x81, Some(KEY), b"Hello"),
        &write_frame(0x82, Some(KEY), &[7; 126])[..12],
    ]
    .concat();
    let mut child = program().args(["--json", "-"]).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    for byte in &stream {
        // Long enough for the program to start, and to read this byte alone.
        std::thread::sleep(Duration::from_millis(5));
        pipe.write_all(&[*byte]).unwrap();
    }
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    let at_once = run(&["--json", "-"], &stream);
    let frame_and_fault = |output: &Output| -> Vec<_> {
        let lines = text(&output.stdout).lines().map(str::to_owned);
        lines.take(2).collect()
    };
    assert_eq!(frame_and_fault(&output), frame_and_fault(&at_once));
    assert!(frame_and_fault(&output)[0].contains("Hello"));
}

#[test]
fn several_inputs_of_which_some_cannot_be_read() {
    let frame = write_frame(0x82, Some(KEY), b"from a file");
    let file = temporary_file("inspect-good.bin", &frame);
    let file = file.to_str().unwrap();
    let stdin = write_frame(0x81, None, b"from stdin");

    let arguments = ["no/such/file", file, "-", "tests"];
    let report = run_json(&arguments, &stdin);
    assert_eq!(report.code, 1);
    assert_eq!(report.frames.len(), 2);
    assert_eq!(report.frames[0]["direction"], "client");
    assert_eq!(report.frames[1]["preview"], "from stdin");
    assert_eq!(report.faults[0]["file"], "no/such/file");
    assert_eq!(report.faults[1]["file"], "tests");
    let counts = |name: &str| -> Vec<_> {
        let streams = report.summary["streams"].as_array().unwrap();
        streams.iter().map(|stream| stream[name].clone()).collect()
    };
    assert_eq!(counts("file"), ["no/such/file", file, "standard input", "tests"]);
    assert_eq!(counts("frames"), [0, 1, 1, 0]);
    assert_eq!(counts("failed"), [true, false, false, true]);

    let output = run(&arguments, &stdin);
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).starts_with("inspect: no/such/file: "));
    assert_eq!(text(&output.stderr).lines().count(), 2);
    assert!(text(&output.stdout).contains("  from stdin\n"));
    assert!(text(&output.stdout).contains("  errors          2\n"));
}

#[test]
fn the_command_line() {
    for wrong in [&["--jsno"][..], &["-x"], &["tests/data/README.md", "--all"]] {
        let output = run(wrong, b"");
        assert_eq!((code(&output), text(&output.stdout)), (2, ""));
        assert!(text(&output.stderr).contains("unknown option"));
        assert!(text(&output.stderr).contains("Usage: inspect"));
    }
    for help in ["--help", "-h"] {
        let output = run(&["--json", help], b"");
        assert_eq!((code(&output), text(&output.stderr)), (0, ""));
        assert!(text(&output.stdout).starts_with("Usage: inspect"));
    }
    // A name that looks like an option, and one with an escape sequence.
    let output = run(&["--", "--json", "\x1b[31m"], b"");
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).contains("inspect: --json: "));
    assert!(text(&output.stderr).contains(r"inspect: \u{1b}[31m: "));
    assert!(!text(&output.stderr).contains('\x1b'));
}

#[test]
fn a_reader_that_has_seen_enough() {
    let stream = write_frame(0x89, None, b"").repeat(100_000);
    let file = temporary_file("inspect-long.bin", &stream);
    let mut child = program().arg(file).spawn().unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), text(&output.stderr)), (0, ""));
}

#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_input() {
    if runner().is_some() {
        println!("skipped: /proc does not show the memory of the program itself");
        return;
    }
    let mut child = program().args(["--json", "-"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut output = String::new();
        stdout.read_to_string(&mut output).map(|_| output)
    });

    // 16 MiB of small frames, then one of 48 MiB that does not end its message.
    let small = write_frame(0x82, Some(KEY), &[0x5A; 1024]);
    for _ in 0..16 * 1024 {
        stdin.write_all(&small).unwrap();
    }
    let large = 48_u64 << 20;
    stdin.write_all(&[0x02, 0xFF]).unwrap();
    stdin.write_all(&large.to_be_bytes()).unwrap();
    stdin.write_all(&KEY).unwrap();
    let chunk = KEY.repeat(16 * 1024);
    for _ in 0..large / chunk.len() as u64 {
        stdin.write_all(&chunk).unwrap();
    }
    // The program has read everything except what the pipe still holds, and is waiting.
    let peak = memory(child.id(), "VmHWM:");
    drop(stdin);
    assert!(child.wait().unwrap().success());

    let output = reader.join().unwrap().unwrap();
    let lines: Vec<_> = output.lines().collect();
    assert_eq!(lines.len(), 16 * 1024 + 2);
    let last: Value = serde_json::from_str(lines[16 * 1024]).unwrap();
    assert_eq!(last["length"], large);
    assert_eq!(last["preview"], "00 ".repeat(24) + "…");
    println!("peak memory: {peak} KiB");
    assert!(peak < 16 * 1024, "peak memory: {peak} KiB");
}
