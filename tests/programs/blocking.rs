//! The example `blocking`, run as a user runs it.

use crate::blocking_example as blocking;
use crate::support::client::{Client, Got, noise, violations};
use crate::support::program::Server;
use crate::support::{KEY, write_frame};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::num::NonZeroUsize;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use wsparse::{CloseCode, Message, OutgoingFrame, Timeouts};

fn start() -> Server {
    Server::start("blocking", &["127.0.0.1:0"])
}

fn binary(len: usize) -> Got {
    Got::Binary(noise(len))
}

#[test]
fn messages_of_all_lengths_come_back() {
    let server = start();
    let mut client = Client::connect(&server.address);
    for len in [0, 1, 125, 126, 4096, 65_535, 65_536, 1 << 20] {
        client.send(Message::Binary(&noise(len)));
        assert_eq!(client.receive(), binary(len), "{len}");
        let text = "ü".repeat(len / 2);
        client.send(Message::Text(&text));
        assert_eq!(client.receive(), Got::Text(text), "{len}");
    }
}

#[test]
fn messages_of_one_read_come_back_in_order() {
    let server = start();
    let mut client = Client::connect(&server.address);
    let mut bytes = Vec::new();
    for len in 0..500 {
        bytes.extend(client.encode(Message::Binary(&noise(len))));
    }
    client.write(&bytes);
    for len in 0..500 {
        assert_eq!(client.receive(), binary(len));
    }
}

#[test]
fn pings_are_answered_between_fragments() {
    let server = start();
    let mut client = Client::connect(&server.address);
    let text = "Grüße aus der Mitte";
    for (fragment, ping) in Message::Text(text).fragments(NonZeroUsize::new(3).unwrap()).zip(0..) {
        client.send(fragment);
        client.send(OutgoingFrame::ping(&[ping]).unwrap());
        if !fragment.fin() {
            assert_eq!(client.receive(), Got::Pong(vec![ping]));
        }
    }
    // The Pong waits for the end of a read, which may hold both.
    let (one, other) = (client.receive(), client.receive());
    let (message, pong) = if matches!(one, Got::Pong(_)) { (other, one) } else { (one, other) };
    assert_eq!(message, Got::Text(text.to_owned()));
    assert!(matches!(pong, Got::Pong(_)));
}

#[test]
fn bytes_may_come_one_by_one() {
    let server = start();
    let mut client = Client::connect(&server.address);
    let long = noise(300);
    let frames = [
        (Message::Text("Grüße").into(), Got::Text("Grüße".to_owned())),
        (OutgoingFrame::ping(b"there?").unwrap(), Got::Pong(b"there?".to_vec())),
        (Message::Binary(&long).into(), binary(300)),
    ];
    for (frame, answer) in frames {
        for byte in client.encode(frame) {
            client.write(&[byte]);
        }
        assert_eq!(client.receive(), answer);
    }
}

#[test]
fn the_client_closes() {
    let server = start();
    for (code, answer) in [(CloseCode::NORMAL, 1000), (CloseCode::GOING_AWAY, 1001)] {
        let mut client = Client::connect(&server.address);
        client.close(code, "enough");
        assert_eq!(client.receive(), Got::Close(answer, String::new()));
        // §7.1.1: the server is the first to close the socket.
        assert_eq!(client.receive(), Got::End);
    }
    let mut client = Client::connect(&server.address);
    client.write(&write_frame(0x88, Some(KEY), b""));
    assert_eq!(client.receive(), Got::Close(1005, String::new()));
    assert_eq!(client.receive(), Got::End);
}

#[test]
fn the_server_closes() {
    let server = start();
    let mut client = Client::connect(&server.address);
    let mut bytes = client.encode(Message::Text("one"));
    bytes.extend(client.encode(Message::Text("bye")));
    bytes.extend(client.encode(Message::Text("behind it")));
    client.write(&bytes);
    assert_eq!(client.receive(), Got::Text("one".to_owned()));
    assert_eq!(client.receive(), Got::Close(1000, "bye".to_owned()));
    assert_eq!(client.receive(), Got::End);
}

#[test]
fn violations_are_answered_with_their_code() {
    let server = start();
    for (name, bytes, code) in violations() {
        assert_eq!(Client::connect(&server.address).violate(&bytes), code, "{name}");
    }
    // 4 MiB are more than there is memory for, which shows before they come.
    let header = [0x82, 0xFF, 0, 0, 0, 0, 0, 0x40, 0, 0];
    assert_eq!(Client::connect(&server.address).violate(&header), 1009);
    // The Close is not lost where much else was sent.
    let flood = [vec![0x83], noise(100_000)].concat();
    assert_eq!(Client::connect(&server.address).violate(&flood), 1002);
}

#[test]
fn a_silent_peer_is_pinged_and_then_left() {
    let server = Server::start("blocking", &["127.0.0.1:0", "0.2"]);
    let mut client = Client::connect(&server.address);
    // Answered by the client.
    assert_eq!(client.receive(), Got::Ping(vec![]));
    assert_eq!(client.receive(), Got::Ping(vec![]));
    // Not answered.
    let mut silent = TcpStream::connect(&server.address).unwrap();
    silent.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut bytes = Vec::new();
    silent.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"\x89\x00");
}

/// The server's thread for one connection, with the time-outs of the test; in the end, how it ended.
fn over_tcp(timeouts: Timeouts) -> (TcpStream, JoinHandle<Result<String, Option<ErrorKind>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let ending = blocking::serve(&stream, &timeouts);
        ending.map_err(|error| error.downcast_ref().map(io::Error::kind))
    });
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(60))).unwrap();
    (stream, server)
}

fn patient() -> Timeouts {
    Timeouts { close: Duration::MAX, ..Timeouts::default() }
}

/// §7.1.1: it ends its half at once, and reads what the peer still sends.
#[test]
fn the_end_of_the_stream() {
    let (stream, server) = over_tcp(patient());
    let mut client = Client::over(stream);
    client.close(CloseCode::NORMAL, "");
    assert_eq!(client.receive(), Got::Close(1000, String::new()));
    assert_eq!(client.receive(), Got::End);
    // To a socket that is dropped this would fail.
    client.write(&vec![7; 16 << 20]);
    client.stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(server.join().unwrap().unwrap(), "closed, first Remote: 1000");
}

/// §5.5.1, §5.5.2: no message, but a Pong for each Ping.
#[test]
fn what_follows_the_close_of_the_server() {
    let (mut stream, server) = over_tcp(patient());
    let frames = [
        (0x81, &b"bye"[..]),
        (0x81, b"behind it"),
        (0x89, b"1"),
        (0x02, b"behind"),
        (0x89, b"2"),
        (0x80, b"it"),
        (0x88, b"\x03\xe9"),
    ];
    let bytes = frames.map(|(first, payload)| write_frame(first, Some(KEY), payload)).concat();
    stream.write_all(&bytes).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, b"\x88\x05\x03\xe8bye\x8a\x011\x8a\x012");
    drop(stream);
    assert_eq!(server.join().unwrap().unwrap(), "closed, first Local: 1001");
}

#[test]
fn a_peer_that_does_not_read_is_given_up() {
    let answer = Duration::from_millis(100);
    let (mut stream, server) = over_tcp(Timeouts { answer, ..Timeouts::default() });
    let message = write_frame(0x82, Some(KEY), &noise(100_000));
    while stream.write_all(&message).is_ok() {}
    drop(stream);
    let error = server.join().unwrap().unwrap_err();
    assert!(matches!(error, Some(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "{error:?}");
}

#[test]
fn many_clients_at_once() {
    let server = start();
    let mut clients: Vec<_> = (0..50).map(|_| Client::connect(&server.address)).collect();
    for (client, len) in clients.iter_mut().zip(1..) {
        client.send(Message::Binary(&noise(len * 10)));
    }
    for (client, len) in clients.iter_mut().zip(1..) {
        assert_eq!(client.receive(), binary(len * 10));
    }
}
