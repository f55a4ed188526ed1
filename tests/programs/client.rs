//! The example `client`, run as a user would run it.

#[cfg(feature = "deflate")]
mod deflate;

use crate::oracle;
use crate::support::echo::{Echo, PATIENCE, command, read, read_to_end};
use crate::support::write_frame;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Output};
use std::thread;
use std::time::Duration;

fn start(uri: &str) -> Child {
    command("client").arg(uri).spawn().unwrap()
}

/// Runs the program to its end with this standard input.
fn run(uri: &str, stdin: &[u8]) -> Output {
    let mut child = start(uri);
    let mut pipe = child.stdin.take().unwrap();
    thread::scope(|scope| {
        // The program may end before it has read everything.
        scope.spawn(move || _ = pipe.write_all(stdin));
        child.wait_with_output().unwrap()
    })
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

/// Returns what is on standard error after the line about compression.
fn problems(output: &Output) -> &str {
    let stderr = text(&output.stderr);
    if cfg!(not(feature = "deflate")) {
        return stderr;
    }
    let (negotiated, problems) = stderr.split_once('\n').unwrap();
    assert!(negotiated.contains("compress"), "{stderr}");
    problems
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
        assert_eq!(problems(&output), "");
        assert_eq!(output.status.code(), Some(0));
        // Each message is printed as a line of its own.
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
        ("ws:///", "host or port"),
        ("ws://localhost/#a", "fragment"),
    ] {
        assert_fails(&run(uri, b""), 1, message);
    }
}

/// Runs the client against a server for one connection, which is called with the request. The
/// client's standard input has these bytes; with `None` it stays open until the client ends.
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
        // The program may end before it has read everything.
        _ = pipe.write_all(stdin.unwrap_or_default());
        let kept = stdin.is_none().then_some(pipe);
        let output = child.wait_with_output().unwrap();
        drop(kept);
        output
    })
}

#[test]
fn a_refusal_is_reported() {
    let accept = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
    let cases = [
        ("HTTP/1.1 403 Not for You\r\nContent-Length: 0\r\n\r\n", "status 403"),
        ("HTTP/1.1 301 Moved\r\nLocation: ws://b/c\r\n\r\n", "redirects to ws://b/c"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "status 200"),
        ("SSH-2.0-garbage\r\n\r\n", "not an HTTP response"),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", "is invalid"),
        // The answer to the key of §1.3 instead of the client's.
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

/// As `against`, after an opening handshake that the server accepts.
fn against_open(serve: impl FnOnce(TcpStream) + Send, stdin: Option<&[u8]>) -> Output {
    against_open_with("", serve, stdin)
}

/// As `against_open`, with these header lines in the response.
fn against_open_with(
    headers: &str,
    serve: impl FnOnce(TcpStream) + Send,
    stdin: Option<&[u8]>,
) -> Output {
    let accept = |mut stream: TcpStream, request: &str| {
        let offers = request.contains("\r\nSec-WebSocket-Extensions: permessage-deflate; ");
        assert_eq!(offers, cfg!(feature = "deflate"), "{request}");
        let key =
            request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
        let accept = wsparse::handshake::accept_key(key).unwrap();
        let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade";
        let accept = accept.as_str();
        write!(stream, "{head}\r\nSec-WebSocket-Accept: {accept}\r\n{headers}\r\n").unwrap();
        serve(stream);
    };
    against(accept, stdin)
}

/// Reads a client's frame of at most 125 bytes, and returns its first byte, key and unmasked payload.
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
        // Messages may arrive until this side has sent a Close as well.
        stream.write_all(&write_frame(0x81, None, b"late")).unwrap();
        stream.write_all(&write_frame(0x88, None, b"\x03\xE8")).unwrap();
        // A Pong may follow the Close (§5.5.2). A socket that is dropped before it is read is reset.
        stream.shutdown(Shutdown::Write).unwrap();
        read_to_end(&mut stream);
    };
    let output = against_open(serve, Some(b"one\ntwo\n"));
    assert_eq!(problems(&output), "");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), "late\n");
}

/// Messages arrive for longer than the 5 s that the client waits for a silent server.
#[test]
fn messages_that_keep_arriving_after_its_close_are_printed() {
    let serve = |mut stream: TcpStream| {
        let (first, _, payload) = read_frame(&mut stream);
        assert_eq!((first, payload), (0x88, b"\x03\xE8".to_vec()));
        for _ in 0..12 {
            thread::sleep(Duration::from_millis(500));
            // If the client has given up, the test fails below.
            _ = stream.write_all(&write_frame(0x81, None, b"late"));
        }
        _ = stream.write_all(&write_frame(0x88, None, b"\x03\xE8"));
    };
    let output = against_open(serve, Some(b""));
    assert_eq!(text(&output.stdout), "late\n".repeat(12));
    assert_fails(&output, 0, "");
}

#[test]
fn the_end_by_the_server_is_reported() {
    let close = |payload: &[u8]| write_frame(0x88, None, payload);
    // What the server sends, the code in the client's answer, and what the client prints.
    let cases: [(Vec<u8>, Option<u16>, &str); 6] = [
        (close(b"\x03\xE8"), Some(1000), ""),
        (close(b""), None, ""),
        (close(b"\x03\xE9away"), Some(1001), "with 1001"),
        (write_frame(0x83, None, b""), Some(1002), "broke a rule"),
        (write_frame(0x81, Some([1; 4]), b"masked"), Some(1002), "broke a rule"),
        (write_frame(0x81, None, b"\xFF"), Some(1007), "UTF-8"),
    ];
    for (sent, code, message) in cases {
        let serve = |mut stream: TcpStream| {
            stream.write_all(&sent).unwrap();
            let (first, _, payload) = read_frame(&mut stream);
            assert_eq!(first, 0x88);
            let answered = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
            assert_eq!(answered, code);
            // The server ends its stream first.
        };
        let output = against_open(serve, None);
        let failed = !message.is_empty();
        assert_fails(&output, i32::from(failed), message);
        assert_eq!(output.stdout, b"");
    }
    let cut = against_open(|mut stream| _ = read(&mut stream, 1), Some(b"a\n"));
    assert_fails(&cut, 1, "the connection broke");
}
