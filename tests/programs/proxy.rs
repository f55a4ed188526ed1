//! The example `proxy`, run as a user runs it, between a client and an upstream server.

use crate::blocking_example as blocking;
use crate::support::client::{Client, Got, noise, violations};
use crate::support::program::{Server, runner};
use crate::support::{KEY, write_frame};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::num::NonZeroUsize;
use std::thread;
use std::time::Duration;
use wsparse::{Close, CloseCode, Frames, Message, Opcode, OutgoingFrame, Timeouts, unmask_from};

const REQUEST: &[u8] = b"GET /chat HTTP/1.1\r\nHost: a\r\nX-odd:  \x80 \r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 101 Whatever\r\nUpgrade: websocket\r\n\r\n";

struct Proxy {
    server: Server,
    upstream: TcpListener,
}

fn start() -> Proxy {
    let upstream = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = upstream.local_addr().unwrap().to_string();
    Proxy { server: Server::start("proxy", &[&address, "127.0.0.1:0"]), upstream }
}

impl Proxy {
    /// Both ends of a new connection, in front of the opening handshake.
    fn streams(&self) -> (TcpStream, TcpStream) {
        let client = TcpStream::connect(&self.server.address).unwrap();
        let (upstream, _) = self.upstream.accept().unwrap();
        for stream in [&client, &upstream] {
            stream.set_nodelay(true).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        }
        (client, upstream)
    }

    /// Both ends behind an opening handshake, the upstream's answer of which is this.
    fn connect_with(&self, response: &[u8]) -> (Client, TcpStream) {
        let (mut client, mut upstream) = self.streams();
        client.write_all(REQUEST).unwrap();
        assert_eq!(read(&mut upstream, REQUEST.len()), REQUEST);
        upstream.write_all(response).unwrap();
        assert_eq!(read(&mut client, response.len()), response);
        (Client::over(client), upstream)
    }

    fn connect(&self) -> (Client, TcpStream) {
        self.connect_with(RESPONSE)
    }

    /// A client whose upstream echoes.
    fn connect_to_echo(&self) -> Client {
        let (client, upstream) = self.connect();
        thread::spawn(move || {
            blocking::serve(&upstream, &Timeouts::default()).map_err(|error| error.to_string())
        });
        client
    }
}

fn read(stream: &mut TcpStream, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

/// The frames up to the end of the stream, with their payloads; and whether an unfinished one
/// follows. All are masked.
fn read_frames(stream: &mut TcpStream) -> (Vec<(Opcode, Vec<u8>)>, bool) {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let mut frames = Frames::new(&mut bytes);
    let mut seen = Vec::new();
    for frame in &mut frames {
        let frame = frame.unwrap();
        assert!(frame.header.masked());
        seen.push((frame.header.opcode(), frame.payload.to_vec()));
    }
    (seen, !frames.into_rest().is_empty())
}

#[test]
fn messages_go_there_and_back() {
    let proxy = start();
    let mut client = proxy.connect_to_echo();
    for len in [0, 1, 125, 126, 4096, 65_535, 65_536, 1 << 20] {
        client.send(Message::Binary(&noise(len)));
        assert_eq!(client.receive(), Got::Binary(noise(len)), "{len}");
        let text = "ü".repeat(len / 2);
        client.send(Message::Text(&text));
        assert_eq!(client.receive(), Got::Text(text), "{len}");
    }
    for fragment in Message::Text("Grüße").fragments(NonZeroUsize::new(3).unwrap()) {
        for byte in client.encode(fragment) {
            client.write(&[byte]);
        }
        if !fragment.fin() {
            client.send(OutgoingFrame::ping(b"between").unwrap());
            assert_eq!(client.receive(), Got::Pong(b"between".to_vec()));
        }
    }
    assert_eq!(client.receive(), Got::Text("Grüße".to_owned()));
    client.close(CloseCode::NORMAL, "enough");
    assert_eq!(client.receive(), Got::Close(1000, String::new()));
    assert_eq!(client.receive(), Got::End);
}

#[test]
fn many_connections_at_once() {
    let proxy = start();
    let mut clients: Vec<_> = (0..20).map(|_| proxy.connect_to_echo()).collect();
    for (client, len) in clients.iter_mut().zip(1..) {
        client.send(Message::Binary(&noise(len * 100)));
    }
    for (client, len) in clients.iter_mut().zip(1..) {
        assert_eq!(client.receive(), Got::Binary(noise(len * 100)));
    }
}

#[test]
fn headers_go_before_their_payload() {
    let proxy = start();
    let (mut client, mut upstream) = proxy.connect();
    let frame = write_frame(0x82, Some(KEY), &noise(100));
    let mut keys = Vec::new();
    for _ in 0..2 {
        client.write(&frame[..6]);
        let header = read(&mut upstream, 6);
        assert_eq!(header[..2], frame[..2]);
        let key = *header.last_chunk().unwrap();
        let mut payload = Vec::new();
        for part in frame[6..].chunks(33) {
            client.write(part);
            payload.extend(read(&mut upstream, part.len()));
        }
        unmask_from(&mut payload, key, 0);
        assert_eq!(payload, noise(100));
        keys.push(key);
    }
    // Fresh ones (§5.3).
    assert!(keys[0] != keys[1] && !keys.contains(&KEY));

    let frame = write_frame(0x82, None, &noise(100));
    upstream.write_all(&frame[..2]).unwrap();
    assert_eq!(read(&mut client.stream, 2), frame[..2]);
    upstream.write_all(&frame[2..]).unwrap();
    assert_eq!(read(&mut client.stream, 100), frame[2..]);
}

/// The most memory that it has had so far, in KiB.
#[cfg(target_os = "linux")]
fn peak(proxy: &Proxy) -> u64 {
    let path = format!("/proc/{}/status", proxy.server.child.id());
    let status = std::fs::read_to_string(path).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_a_message() {
    const PIECE: usize = 64 << 10;
    // 64 MiB; an emulated CPU would take half a minute for them.
    let pieces = if runner().is_some() { 1 << 8 } else { 1 << 10 };
    let proxy = start();
    let (mut client, mut upstream) = proxy.connect();
    let before = peak(&proxy);
    let mut header = [0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    header[2..10].copy_from_slice(&((PIECE * pieces) as u64).to_be_bytes());
    header[10..].copy_from_slice(&KEY);
    let sender = thread::spawn(move || {
        client.write(&header);
        let zeros = KEY.repeat(PIECE / 4);
        (0..pieces).for_each(|_| client.write(&zeros));
        client
    });
    let got = read(&mut upstream, 14);
    assert_eq!(got[..10], header[..10]);
    let zeros = got[10..].repeat(PIECE / 4);
    for _ in 0..pieces {
        assert!(read(&mut upstream, PIECE) == zeros);
    }
    let grown = peak(&proxy) - before;
    assert!(grown < 8 << 10, "by {grown} KiB for {pieces} times 64 KiB");
    drop(sender.join().unwrap());
    assert_eq!(read_frames(&mut upstream), (vec![], false));
}

#[test]
fn the_upstream_closes() {
    let proxy = start();
    let (mut client, mut upstream) = proxy.connect();
    upstream.write_all(b"\x88\x06\x0f\xa0done").unwrap();
    assert_eq!(client.receive(), Got::Close(4000, "done".to_owned()));
    client.stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_frames(&mut upstream), (vec![(Opcode::Close, b"\x0f\xa0".to_vec())], false));
    drop(upstream);
    assert_eq!(client.receive(), Got::End);
}

#[test]
fn a_cut_is_passed_on() {
    let proxy = start();
    let (client, mut upstream) = proxy.connect();
    drop(client);
    assert_eq!(read_frames(&mut upstream), (vec![], false));
    let (mut client, upstream) = proxy.connect();
    drop(upstream);
    assert_eq!(client.receive(), Got::End);
}

#[test]
fn a_client_that_breaks_a_rule() {
    let proxy = start();
    for (name, bytes, code) in violations() {
        let (mut client, mut upstream) = proxy.connect();
        client.send(Message::Text("right"));
        let upstream = thread::spawn(move || read_frames(&mut upstream));
        assert_eq!(client.violate(&bytes), code, "{name}");
        let (frames, unfinished) = upstream.join().unwrap();
        assert_eq!(frames[0], (Opcode::Text, b"right".to_vec()));
        // Nothing fits into the frame that had begun.
        if unfinished {
            assert!(name.starts_with("no UTF-8"), "{name}");
        } else {
            let (opcode, payload) = frames.last().unwrap();
            assert_eq!(*opcode, Opcode::Close, "{name}");
            assert_eq!(Close::parse(payload).unwrap().code, Some(CloseCode::GOING_AWAY));
        }
    }
}

#[test]
fn an_upstream_that_breaks_a_rule() {
    let proxy = start();
    let (mut client, mut upstream) = proxy.connect();
    upstream.write_all(&write_frame(0x81, None, b"right")).unwrap();
    upstream.write_all(&write_frame(0x81, Some(KEY), b"masked")).unwrap();
    assert_eq!(client.receive(), Got::Text("right".to_owned()));
    let Got::Close(1014, _) = client.receive() else { panic!("a Close that says so") };
    let (frames, _) = read_frames(&mut upstream);
    let [(Opcode::Close, payload)] = frames.as_slice() else { panic!("{frames:?}") };
    assert_eq!(Close::parse(payload).unwrap().code, Some(CloseCode::PROTOCOL_ERROR));
}

#[test]
fn a_close_waits_for_the_end_of_a_frame() {
    let proxy = start();
    let (mut client, mut upstream) = proxy.connect();
    let frame = write_frame(0x81, None, b"from there");
    upstream.write_all(&frame[..5]).unwrap();
    assert_eq!(read(&mut client.stream, 5), frame[..5]);
    client.write(&write_frame(0x83, Some(KEY), b""));
    let (frames, _) = read_frames(&mut upstream);
    assert_eq!(frames.len(), 1);
    assert_eq!(frames[0].0, Opcode::Close);
    upstream.write_all(&frame[5..]).unwrap();
    assert_eq!(read(&mut client.stream, frame.len() - 5), frame[5..]);
    let Got::Close(1002, _) = client.receive() else { panic!("a Close that says so") };
}

#[test]
fn compressed_messages_pass_where_they_were_agreed_on() {
    let proxy = start();
    let compressed = write_frame(0xC1, Some(KEY), b"\xf2\x48\xcd\xc9\xc9\x07\x00");
    let agreed =
        b"HTTP/1.1 101 Yes\r\nSec-WebSocket-Extensions: Permessage-Deflate; a=b\r\n\r\n".as_slice();
    let (mut client, mut upstream) = proxy.connect_with(agreed);
    client.write(&compressed);
    client.stream.shutdown(Shutdown::Write).unwrap();
    let mut bytes = Vec::new();
    upstream.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes[..2], compressed[..2]);
    let (client, _upstream) = proxy.connect();
    assert_eq!(client.violate(&compressed), 1002);
}

#[test]
fn frames_may_come_with_the_response() {
    let proxy = start();
    let (mut client, mut upstream) = proxy.streams();
    client.write_all(REQUEST).unwrap();
    read(&mut upstream, REQUEST.len());
    let both = [RESPONSE, b"\x81\x05Hello"].concat();
    // The head is found wherever it is cut.
    let (start, end) = both.split_at(RESPONSE.len() - 2);
    upstream.write_all(start).unwrap();
    upstream.write_all(end).unwrap();
    assert_eq!(read(&mut client, both.len()), both);
}

#[test]
fn a_refusal_is_passed_on() {
    let proxy = start();
    let (mut client, mut upstream) = proxy.streams();
    client.write_all(REQUEST).unwrap();
    read(&mut upstream, REQUEST.len());
    let refusal = b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nthere";
    upstream.write_all(refusal).unwrap();
    drop(upstream);
    let mut bytes = Vec::new();
    client.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, refusal);
}
