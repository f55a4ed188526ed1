//! The program `client`, run as a user runs it.

use crate::oracle;
use crate::support::echo::{Echo, PATIENCE, command, read};
use crate::support::write_frame;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Output};
use std::thread;

fn start(uri: &str) -> Child {
    command("client").arg(uri).spawn().unwrap()
}

/// Runs it to its end, with this on its standard input.
fn run(uri: &str, stdin: &[u8]) -> Output {
    let mut child = start(uri);
    let mut pipe = child.stdin.take().unwrap();
    thread::scope(|scope| {
        // It may end before it has read all.
        scope.spawn(move || _ = pipe.write_all(stdin));
        child.wait_with_output().unwrap()
    })
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

fn assert_fails(output: &Output, code: i32, message: &str) {
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(message), "{stderr:?}, not {message:?}");
}

#[test]
fn lines_come_back() {
    let echo = Echo::start(&[]);
    let uri = format!("ws://{}/any?thing", echo.address);
    let many: String = (0..20_000).map(|number| format!("line {number:0100}\n")).collect();
    let long = format!("{}\n", "Grüße ".repeat(100_000));
    for lines in ["", "hello\n", "Grüße\n\nno end", &many, &long] {
        let output = run(&uri, lines.as_bytes());
        assert_eq!(text(&output.stderr), "");
        assert_eq!(output.status.code(), Some(0));
        // Each message is printed as a line.
        let end = if lines.is_empty() || lines.ends_with('\n') { "" } else { "\n" };
        assert!(text(&output.stdout) == [lines, end].concat());
    }
    let log = echo.stop();
    assert_eq!(log.matches(": 1000, ").count(), 5, "{log}");
}

#[test]
fn lines_that_are_not_text_end_it() {
    let echo = Echo::start(&[]);
    let output = run(&format!("ws://{}", echo.address), b"first\n\xFF\nthird\n");
    assert_fails(&output, 1, "UTF-8");
    assert_eq!(text(&output.stdout), "first\n");
}

#[test]
fn the_command_line_is_checked() {
    for wrong in [&[][..], &["--port"], &["ws://a", "ws://b"]] {
        let output = command("client").args(wrong).output().unwrap();
        assert_fails(&output, 2, "Usage: client ");
    }
    let help = command("client").arg("--help").output().unwrap();
    assert_eq!(help.status.code(), Some(0));
    assert!(help.stdout.starts_with(b"Usage: client "));
    for (uri, message) in [
        ("wss://localhost/", "TLS"),
        ("http://localhost/", "neither ws nor wss"),
        ("ws:///", "no valid host"),
        ("ws://localhost/#a", "fragment"),
    ] {
        assert_fails(&run(uri, b""), 1, message);
    }
}

/// A server for one connection, which is given the request; and what the client says in the end.
/// Its standard input ends behind these bytes, or, without, not before the client.
fn against(serve: impl FnOnce(TcpStream, &str) + Send, stdin: Option<&[u8]>) -> Output {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut child = start(&format!("ws://{}/path", listener.local_addr().unwrap()));
    let mut pipe = child.stdin.take().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.extend(read(&mut stream, 1));
            }
            serve(stream, text(&request));
        });
        // It may end before it has read all.
        _ = pipe.write_all(stdin.unwrap_or_default());
        let kept = stdin.is_none().then_some(pipe);
        let output = child.wait_with_output().unwrap();
        drop(kept);
        output
    })
}

#[test]
fn a_refusal_is_told() {
    let accept = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
    let cases = [
        ("HTTP/1.1 403 Not for You\r\nContent-Length: 0\r\n\r\n", "403 Not for You"),
        ("HTTP/1.1 301 Moved\r\nLocation: ws://b/c\r\n\r\n", "refers to ws://b/c"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "200 OK"),
        ("SSH-2.0-garbage\r\n\r\n", "no HTTP response"),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", "is wrong"),
        // The answer to the key of §1.3, which was not this client's.
        (&format!("{accept}\r\n"), "Sec-WebSocket-Accept"),
        ("HTTP/1.1 101 Switch", "failed"),
        ("", "failed"),
    ];
    for (answer, message) in cases {
        let output =
            against(|mut stream, _| stream.write_all(answer.as_bytes()).unwrap(), Some(b"a\n"));
        assert_fails(&output, 1, message);
        assert_eq!(output.stdout, b"");
    }
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_fails(&run(&format!("ws://{nobody}"), b""), 1, "cannot connect to 127.0.0.1, port ");
}

/// Behind an opening handshake that is right.
fn against_open(serve: impl FnOnce(TcpStream) + Send, stdin: Option<&[u8]>) -> Output {
    let accept = |mut stream: TcpStream, request: &str| {
        let key =
            request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
        let accept = wsparse::handshake::accept_key(key).unwrap();
        let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade";
        write!(stream, "{head}\r\nSec-WebSocket-Accept: {}\r\n\r\n", accept.as_str()).unwrap();
        serve(stream);
    };
    against(accept, stdin)
}

/// A client's frame: its first byte, its key, its unmasked payload of at most 125 bytes.
fn read_frame(stream: &mut impl Read) -> (u8, [u8; 4], Vec<u8>) {
    let head = read(stream, 6);
    assert_eq!(head[1] & 0x80, 0x80, "a client masks (§5.1)");
    let key = [head[2], head[3], head[4], head[5]];
    let mut payload = read(stream, usize::from(head[1] & 0x7F));
    oracle::unmask_from(&mut payload, key, 0);
    (head[0], key, payload)
}

#[test]
fn it_answers_masks_and_closes() {
    let serve = |mut stream: TcpStream| {
        stream.write_all(&write_frame(0x89, None, b"there?")).unwrap();
        let mut keys = Vec::new();
        let (mut pongs, mut lines) = (0, Vec::new());
        loop {
            let (first, key, payload) = read_frame(&mut stream);
            keys.push(key);
            match first {
                0x8A => {
                    assert_eq!(payload, b"there?");
                    pongs += 1;
                }
                0x81 => lines.push(payload),
                0x88 => {
                    assert_eq!(payload, 1000_u16.to_be_bytes());
                    break;
                }
                other => panic!("{other:x}"),
            }
        }
        assert_eq!(lines, [&b"one"[..], b"two"]);
        assert!(pongs <= 1);
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 3 + pongs, "a key for each frame (§5.3)");
        // Messages may come until this side has said Close, too.
        stream.write_all(&write_frame(0x81, None, b"late")).unwrap();
        stream.write_all(&write_frame(0x88, None, b"\x03\xE8")).unwrap();
    };
    let output = against_open(serve, Some(b"one\ntwo\n"));
    assert_eq!(text(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), "late\n");
}

#[test]
fn how_a_server_ends_it_is_told() {
    let close = |payload: &[u8]| write_frame(0x88, None, payload);
    // What the server sends, the code that the client answers with, and what it says.
    let cases: [(Vec<u8>, Option<u16>, &str); 6] = [
        (close(b"\x03\xE8"), Some(1000), ""),
        (close(b""), None, ""),
        (close(b"\x03\xE9away"), Some(1001), "with 1001"),
        (write_frame(0x83, None, b""), Some(1002), "is wrong"),
        (write_frame(0x81, Some([1; 4]), b"masked"), Some(1002), "is wrong"),
        (write_frame(0x81, None, b"\xFF"), Some(1007), "UTF-8"),
    ];
    for (sent, code, message) in cases {
        let serve = |mut stream: TcpStream| {
            stream.write_all(&sent).unwrap();
            let (first, _, payload) = read_frame(&mut stream);
            assert_eq!(first, 0x88);
            let answered = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
            assert_eq!(answered, code);
            // The server is the first to end the stream.
        };
        let output = against_open(serve, None);
        let failed = !message.is_empty();
        assert_fails(&output, i32::from(failed), message);
        assert_eq!(output.stdout, b"");
    }
    let cut = against_open(|mut stream| _ = read(&mut stream, 1), Some(b"a\n"));
    assert_fails(&cut, 1, "the connection broke");
}
