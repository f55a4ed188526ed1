//! Both servers, each as a process.

mod support;

use std::io::{Read, Write};
use std::num::NonZeroUsize;
use support::{Event, Server};
use wsparse::{Close, CloseCode, Message, OutgoingFrame};

const FRAGMENT: NonZeroUsize = NonZeroUsize::new(1000).unwrap();

fn close(code: CloseCode) -> OutgoingFrame<'static> {
    OutgoingFrame::close(Close { code: Some(code), reason: "" }).unwrap()
}

/// A frame of fewer than 126 bytes, masked with a key of zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let second = 0x80 | u8::try_from(payload.len()).unwrap();
    [&[first, second, 0, 0, 0, 0], payload].concat()
}

#[test]
fn messages_come_back() {
    let bytes: Vec<u8> = (0..1 << 20).map(|at: u32| at.to_le_bytes()[0] ^ 0x5a).collect();
    for server in Server::both() {
        let mut client = server.client();
        for text in ["", "Hello", "Grüße", &"ü".repeat(50_000)] {
            client.send(Message::Text(text));
            assert_eq!(client.next(), Event::Text(text.to_owned()));
        }
        for len in [0, 1, 125, 126, 16 << 10, 65_535, 65_536, 1 << 20] {
            client.send(Message::Binary(&bytes[..len]));
            assert_eq!(client.next(), Event::Binary(bytes[..len].to_vec()), "{len}");
        }
    }
}

#[test]
fn fragments_are_joined_and_a_ping_between_them_is_answered() {
    let text = "äöü€".repeat(5_000);
    for server in Server::both() {
        let mut client = server.client();
        for (at, fragment) in Message::Text(&text).fragments(FRAGMENT).enumerate() {
            client.send(fragment);
            if at == 7 {
                client.send(OutgoingFrame::ping(b"between").unwrap());
                assert_eq!(client.next(), Event::Pong(b"between".to_vec()));
            }
        }
        assert_eq!(client.next(), Event::Text(text.clone()));
    }
}

#[test]
fn byte_by_byte_and_all_at_once() {
    let frames = [
        frame(0x81, b"one"),
        frame(0x02, b"tw"),
        frame(0x89, b"ping"),
        frame(0x80, b"o"),
        frame(0x88, &[0x0f, 0xa0]),
    ]
    .concat();
    // A Pong may arrive before or after the messages of the same read.
    let [one, two] = [Event::Text("one".to_owned()), Event::Binary(b"two".to_vec())];
    let [pong, bye] = [Event::Pong(b"ping".to_vec()), Event::Close(Some(4000))];
    for server in Server::both() {
        let mut client = server.client_that_sends_at_once(&frames);
        let mut got: Vec<_> = (0..5).map(|_| client.next()).collect();
        let end = got.split_off(3);
        assert!(got.contains(&pong), "{got:?}");
        got.retain(|event| *event != pong);
        assert_eq!(got, [one.clone(), two.clone()]);
        assert_eq!(end, [bye.clone(), Event::End]);

        let mut client = server.client();
        client.stream.set_nodelay(true).unwrap();
        for byte in &frames {
            client.stream.write_all(&[*byte]).unwrap();
        }
        let mut got: Vec<_> = (0..5).map(|_| client.next()).collect();
        let end = got.split_off(3);
        got.retain(|event| *event != pong);
        assert_eq!(got, [one.clone(), two.clone()]);
        assert_eq!(end, [bye.clone(), Event::End]);
    }
}

#[test]
fn a_close_is_answered_and_the_server_ends_the_stream() {
    for server in Server::both() {
        for code in [CloseCode::NORMAL, CloseCode::GOING_AWAY, CloseCode::new(4999).unwrap()] {
            let mut client = server.client();
            client.send(close(code));
            assert_eq!(client.next(), Event::Close(Some(code.get())));
            assert_eq!(client.next(), Event::End);
        }
        let mut client = server.client();
        client.send(OutgoingFrame::close(Close { code: None, reason: "" }).unwrap());
        assert_eq!([client.next(), client.next()], [Event::Close(None), Event::End]);
    }
}

#[test]
fn a_peer_that_breaks_a_rule_is_told_which() {
    let too_big = [0x82, 0xff, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0];
    let rules: [(&[u8], u16); 10] = [
        (b"\x81\x05Hello", 1002),              // §5.1: not masked
        (&frame(0xc1, b""), 1002),             // §5.2: RSV1
        (&frame(0x83, b""), 1002),             // §5.2: a reserved opcode
        (&frame(0x80, b""), 1002),             // §5.4: no message to continue
        (&frame(0x09, b""), 1002),             // §5.5: a fragmented Ping
        (&frame(0x88, b"\x03"), 1002),         // §5.5.1: half a status code
        (&frame(0x88, b"\x03\xed"), 1002),     // §7.4.1: 1005 must not be sent
        (&frame(0x81, b"\xc3\x28"), 1007),     // §8.1: not UTF-8
        (&frame(0x88, b"\x03\xe8\xff"), 1007), // §5.5.1: a reason that is not UTF-8
        (&too_big, 1009),                      // §10.4: 16 MiB and a byte, by its header
    ];
    for server in Server::both() {
        for (bytes, code) in rules {
            let mut client = server.client();
            // Further messages are not echoed, and do not prevent the Close from arriving.
            client.stream.write_all(&[bytes, &frame(0x81, b"more")].concat()).unwrap();
            assert_eq!(client.next(), Event::Close(Some(code)), "{bytes:02x?}");
            assert_eq!(client.next(), Event::End);
        }
    }
}

#[test]
fn many_connections_at_once() {
    for server in Server::both() {
        let mut clients: Vec<_> = (0..200).map(|_| server.client()).collect();
        for round in 0..3 {
            for (at, client) in clients.iter_mut().enumerate() {
                client.send(Message::Text(&format!("{round} {at}")));
            }
            for (at, client) in clients.iter_mut().enumerate() {
                assert_eq!(client.next(), Event::Text(format!("{round} {at}")));
            }
        }
    }
}

#[test]
fn many_messages_in_one_write() {
    for server in Server::both() {
        let mut client = server.client();
        let all: Vec<u8> =
            (0..5_000).flat_map(|at| frame(0x81, at.to_string().as_bytes())).collect();
        client.stream.write_all(&all).unwrap();
        for at in 0..5_000 {
            assert_eq!(client.next(), Event::Text(at.to_string()));
        }
    }
}

#[test]
fn opening_handshakes_are_refused() {
    const GOOD: &str = "GET PATH HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\n\
        Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let requests = [
        (GOOD.to_owned(), 101),
        (GOOD.replace("websocket\r", "h2c, WebSocket\r"), 101),
        (GOOD.replace("GET", "PUT"), 405),
        (GOOD.replace("1.1", "1.0"), 400),
        (GOOD.replace("websocket\r", "h2c\r"), 400),
        (GOOD.replace("keep-alive, Upgrade", "keep-alive"), 400),
        (GOOD.replace("Host: here\r\n", ""), 400),
        (GOOD.replace("Host", "Content-Length: 3\r\nHost"), 400),
        (GOOD.replace("13", "8"), 426),
        (GOOD.replace("dGhl", "dGh"), 400),
        (GOOD.replace("\r\n\r\n", "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"), 400),
    ];
    for server in Server::both() {
        for (request, status) in &requests {
            let answer = ask(&server, &request.replace("PATH", server.path));
            let version = "HTTP/1.1".len(); // hyper answers 1.0 with 1.0
            assert!(answer[version..].starts_with(&format!(" {status} ")), "{request}{answer}");
            let answer = answer.to_ascii_lowercase();
            match status {
                101 => {
                    assert!(answer.contains("sec-websocket-accept: "), "{answer}");
                }
                426 => assert!(answer.contains("sec-websocket-version: 13\r\n"), "{answer}"),
                _ => {}
            }
        }
    }
    let plain = "GET PATH HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
    assert!(ask(&Server::tokio(), &plain.replace("PATH", "/")).starts_with("HTTP/1.1 426 "));
    let server = Server::hyper();
    let page = ask(&server, &plain.replace("PATH", "/"));
    assert!(
        page.starts_with("HTTP/1.1 200 ") && page.contains("content-type: text/html"),
        "{page}"
    );
    assert!(ask(&server, &plain.replace("PATH", "/other")).starts_with("HTTP/1.1 404 "));
}

/// The head of the server's answer, and what comes with it.
fn ask(server: &Server, request: &str) -> String {
    let mut stream = server.connect();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    let mut buffer = [0; 4096];
    while !answer.contains("\r\n\r\n") {
        let read = stream.read(&mut buffer).unwrap();
        assert_ne!(read, 0, "{request}{answer}");
        answer += str::from_utf8(&buffer[..read]).unwrap();
    }
    answer
}

#[test]
#[cfg(unix)]
fn ctrl_c_closes_all_connections_with_1001() {
    for server in Server::both() {
        let mut clients: Vec<_> = (0..10).map(|_| server.client()).collect();
        // A connection without a request does not delay the end.
        let _idle = server.connect();
        // The server has certainly accepted a connection once it has echoed a message.
        for client in &mut clients {
            client.send(Message::Text("Hello"));
            assert_eq!(client.next(), Event::Text("Hello".to_owned()));
        }
        server.interrupt();
        for client in &mut clients {
            assert_eq!([client.next(), client.next()], [Event::Close(Some(1001)), Event::End]);
        }
        drop(clients);
        assert!(server.wait().success());
    }
}

#[test]
fn another_client() {
    for server in Server::both() {
        let (mut client, _) = tungstenite::client(server.url(), server.connect()).unwrap();
        let messages = [
            tungstenite::Message::text("Grüße"),
            tungstenite::Message::binary(vec![7; 1 << 20]),
            tungstenite::Message::text(""),
        ];
        for message in messages {
            client.send(message.clone()).unwrap();
            assert_eq!(client.read().unwrap(), message);
        }
        client.send(tungstenite::Message::Ping("ping".into())).unwrap();
        assert_eq!(client.read().unwrap(), tungstenite::Message::Pong("ping".into()));
        client.close(None).unwrap();
        assert_eq!(client.read().unwrap(), tungstenite::Message::Close(None));
        let end = client.read().unwrap_err();
        assert!(matches!(end, tungstenite::Error::ConnectionClosed), "{end}");
    }
}
