//! The example `hello`, run as a user runs it.

use crate::support::client::{Client, Got, noise};
use crate::support::echo::{REQUEST, RESPONSE, read, read_to_end};
use crate::support::program::Server;
use crate::support::write_frame;
use std::io::Write;
use std::net::TcpStream;
use wsparse::{CloseCode, Message, OutgoingFrame};

fn start() -> Server {
    Server::start("hello", &["127.0.0.1:0"])
}

fn open(server: &Server) -> Client {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.write_all(REQUEST).unwrap();
    assert_eq!(read(&mut stream, RESPONSE.len()), RESPONSE);
    Client::over(stream)
}

#[test]
fn messages_come_back() {
    let server = start();
    let mut client = open(&server);
    client.send(Message::Text("Grüße"));
    assert_eq!(client.receive(), Got::Text("Grüße".to_owned()));
    for len in [0, 125, 10_000, (1 << 16) - 125] {
        client.send(Message::Binary(&noise(len)));
        assert_eq!(client.receive(), Got::Binary(noise(len)), "{len}");
    }
    client.send(OutgoingFrame::ping(b"there?").unwrap());
    assert_eq!(client.receive(), Got::Pong(b"there?".to_vec()));
    client.close(CloseCode::NORMAL, "enough");
    assert_eq!(client.receive(), Got::Close(1000, String::new()));
    // §7.1.1: the server ends its stream first.
    assert_eq!(client.receive(), Got::End);
}

#[test]
fn frames_may_come_with_the_request() {
    let server = start();
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let frames = [write_frame(0x81, Some([1; 4]), b"one"), write_frame(0x88, Some([2; 4]), b"")];
    stream.write_all(&[REQUEST, &frames.concat()].concat()).unwrap();
    let expected = [RESPONSE, b"\x81\x03one", b"\x88\x00"].concat();
    assert_eq!(read_to_end(&mut stream), expected);
}

#[test]
fn what_breaks_a_rule_is_refused() {
    let server = start();
    assert_eq!(open(&server).violate(&write_frame(0x81, None, b"unmasked")), 1002);
    let longer = [0x82, 0xFF, 0, 0, 0, 0, 0, 0x10, 0, 1];
    assert_eq!(open(&server).violate(&longer), 1009);
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert!(read_to_end(&mut stream).starts_with(b"HTTP/1.1 426 "));
}

/// The README's first program is this one.
#[test]
fn the_readme_shows_it() {
    let readme = include_str!("../../README.md");
    assert!(readme.contains(include_str!("../../examples/hello.rs")));
}
