//! The examples as processes, driven by tungstenite.

use futures_util::{SinkExt, StreamExt};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, accept_async, connect_async_with_config};

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// So that a test that would hang fails instead.
const FOREVER: Duration = Duration::from_secs(20);

struct Program {
    child: Child,
    address: String,
}

fn example(name: &str) -> Command {
    // target/debug/deps/programs-0123456789abcdef
    let tests = std::env::current_exe().unwrap();
    let profile = tests.ancestors().nth(2).unwrap();
    Command::new(Path::new(profile).join("examples").join(name))
}

impl Program {
    fn start(name: &str, arguments: &[&str]) -> Self {
        let mut child = example(name)
            .arg("127.0.0.1:0")
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("cargo test builds the examples");
        let (mut line, mut stdout) = (String::new(), BufReader::new(child.stdout.take().unwrap()));
        stdout.read_line(&mut line).unwrap();
        std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        let address = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self { child, address }
    }

    async fn client(&self, path: &str) -> Client {
        let uri = format!("ws://{}{path}", self.address);
        let config = WebSocketConfig::default().read_buffer_size(1 << 14);
        connect_async_with_config(uri, Some(config), true).await.unwrap().0
    }

    fn interrupt(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

async fn next(client: &mut Client) -> Message {
    timeout(FOREVER, client.next()).await.unwrap().expect("a message").unwrap()
}

/// Returns the code of the Close that arrives next, and reads to the end.
async fn close_code(client: &mut Client) -> u16 {
    let Message::Close(Some(close)) = next(client).await else { panic!("no Close") };
    while timeout(FOREVER, client.next()).await.unwrap().is_some_and(|last| last.is_ok()) {}
    close.code.into()
}

#[tokio::test]
async fn chat_sends_to_everyone_and_drops_those_who_lag() {
    let mut chat = Program::start("chat", &[]);
    let (mut alice, mut bob) = (chat.client("/").await, chat.client("/").await);
    let slow = chat.client("/").await;
    alice.send("hello".into()).await.unwrap();
    for client in [&mut alice, &mut bob] {
        assert_eq!(next(client).await, "hello".into());
    }
    // The writers are independent: a client that does not read does not hold up the others.
    let large = Bytes::from(vec![7; 1 << 20]);
    for _ in 0..100 {
        bob.send(Message::Binary(large.clone())).await.unwrap();
        for client in [&mut alice, &mut bob] {
            assert_eq!(next(client).await, Message::Binary(large.clone()));
        }
    }
    // The slow one was dropped in the meantime.
    let mut slow = slow;
    let ended = async { while slow.next().await.is_some_and(|message| message.is_ok()) {} };
    timeout(FOREVER, ended).await.unwrap();

    // Larger than allowed.
    bob.send(Message::Binary(vec![0; (1 << 20) + 1].into())).await.unwrap();
    assert_eq!(close_code(&mut bob).await, 1009);

    chat.interrupt();
    assert_eq!(close_code(&mut alice).await, 1001);
    assert!(chat.child.wait().unwrap().success());
}

#[tokio::test]
async fn reconnect_connects_again_and_follows_redirects() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = server.local_addr().unwrap();
    let mut child = example("reconnect")
        .arg(format!("ws://{address}/old"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let accept = || async { timeout(FOREVER, server.accept()).await.unwrap().unwrap().0 };

    let mut stream = accept().await;
    let mut request = [0; 1024];
    let len = stream.read(&mut request).await.unwrap();
    assert!(request[..len].starts_with(b"GET /old HTTP/1.1\r\n"));
    let moved = format!("HTTP/1.1 302 Found\r\nLocation: ws://{address}/new\r\n\r\n");
    stream.write_all(moved.as_bytes()).await.unwrap();

    // Cut, without a Close.
    drop(accept_async(accept().await).await.unwrap());

    let mut socket = accept_async(accept().await).await.unwrap();
    child.stdin.as_mut().unwrap().write_all(b"typed\n").unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), "typed".into());
    socket.send("printed".into()).await.unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "Text(\"printed\")\n");
    drop(child.stdin.take());
    let Message::Close(Some(close)) = socket.next().await.unwrap().unwrap() else { panic!() };
    assert_eq!(close.code, CloseCode::Normal);
    while socket.next().await.is_some() {}
    drop(socket);
    assert!(child.wait().unwrap().success());
}

#[tokio::test]
async fn routes_of_axum_and_hyper_echo_and_refuse() {
    for name in ["axum", "hyper"] {
        let program = Program::start(name, &[]);
        let mut client = program.client("/ws").await;
        for message in ["".into(), "Grüße".into(), Message::Binary(vec![1; 100_000].into())] {
            client.send(message.clone()).await.unwrap();
            assert_eq!(next(&mut client).await, message);
        }
        let code = CloseCode::Library(4000);
        client.close(Some(CloseFrame { code, reason: "".into() })).await.unwrap();
        assert_eq!(close_code(&mut client).await, 4000, "{name}");

        const GOOD: &str = "GET /ws HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\n\
            Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        for (request, status, header) in [
            (GOOD.to_owned(), "101", "sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="),
            (GOOD.replace("13", "8"), "426", "sec-websocket-version: 13"),
            ("GET /ws HTTP/1.1\r\nHost: here\r\n\r\n".into(), "426", "upgrade: websocket"),
            (GOOD.replace("GET", "PUT"), "405", "allow: get"),
            (GOOD.replace("Host: here", "Host: here\r\nOrigin: http://there"), "403", ""),
            (GOOD.replace("dGhl", "dGh"), "400", ""),
        ] {
            let mut stream = TcpStream::connect(&program.address).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            while !answer.ends_with(b"\r\n\r\n") {
                assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "{name}: {request}");
            }
            let answer = String::from_utf8(answer).unwrap().to_ascii_lowercase();
            assert!(
                answer.starts_with(&format!("http/1.1 {status} ")),
                "{name}: {request}{answer}"
            );
            assert!(answer.contains(header), "{name}: {answer}");
        }
    }
}

#[tokio::test]
async fn proxy_streams_binary_and_refuses_a_word() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut socket = accept_async(stream).await.unwrap();
                while let Some(Ok(message)) = socket.next().await {
                    if message.is_text() || message.is_binary() {
                        _ = socket.send(message).await;
                    }
                }
            });
        }
    });
    let proxy = Program::start("proxy", &[&server, "secret"]);
    let mut client = proxy.client("/path?query").await;
    let large = Message::Binary(
        (0..3_000_000_u32).map(|at| at.to_le_bytes()[0] ^ 0x33).collect::<Vec<_>>().into(),
    );
    for message in ["hello".into(), large, "ü".repeat(100_000).into(), "".into()] {
        client.send(message.clone()).await.unwrap();
        let echoed = next(&mut client).await;
        assert!(echoed == message, "{} of {} bytes", echoed.len(), message.len());
    }
    client.send(Message::Ping("p".into())).await.unwrap();
    assert_eq!(next(&mut client).await, Message::Pong("p".into()));
    client.send("a secret".into()).await.unwrap();
    assert_eq!(close_code(&mut client).await, 1008);

    let mut client = proxy.client("/").await;
    client.close(None).await.unwrap();
    assert!(timeout(FOREVER, client.next()).await.unwrap().unwrap().unwrap().is_close());
}

#[tokio::test]
async fn proxy_forwards_a_part_of_a_binary_message_before_the_rest_arrives() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Program::start("proxy", &[&listener.local_addr().unwrap().to_string(), "secret"]);
    let accept = async { accept_async(listener.accept().await.unwrap().0).await.unwrap() };
    let (mut client, mut server) = tokio::join!(proxy.client("/"), accept);
    let MaybeTlsStream::Plain(stream) = client.get_mut() else { panic!() };
    // The first 3 of 1000 bytes.
    stream.write_all(b"\x82\xfe\x03\xe8\0\0\0\0abc").await.unwrap();
    let mut frame = [0; 9];
    timeout(FOREVER, server.get_mut().read_exact(&mut frame)).await.unwrap().unwrap();
    // A fragment of 3 bytes, masked, and not the last.
    assert_eq!(frame[..2], [0x02, 0x83]);
    stream.write_all(&[0; 997]).await.unwrap();
    timeout(FOREVER, server.get_mut().read_exact(&mut frame[..2])).await.unwrap().unwrap();
    assert_eq!(frame[0], 0x80);
}

/// After a Close, the other side may go on sending for longer than any fixed time.
#[tokio::test]
async fn proxy_forwards_messages_after_a_close() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Program::start("proxy", &[&listener.local_addr().unwrap().to_string(), "secret"]);
    let accept = async { accept_async(listener.accept().await.unwrap().0).await.unwrap() };
    let (mut client, mut server) = tokio::join!(proxy.client("/"), accept);
    let MaybeTlsStream::Plain(client) = client.get_mut() else { panic!() };
    let server = server.get_mut();
    let mut frame = [0; 6];
    client.write_all(b"\x88\x80\0\0\0\0").await.unwrap();
    timeout(FOREVER, server.read_exact(&mut frame)).await.unwrap().unwrap();
    assert_eq!(frame[..2], [0x88, 0x80]);
    for _ in 0..12 {
        sleep(Duration::from_millis(500)).await;
        server.write_all(b"\x81\x01x").await.unwrap();
        timeout(FOREVER, client.read_exact(&mut frame[..3])).await.unwrap().unwrap();
        assert_eq!(frame[..3], *b"\x81\x01x");
    }
    server.write_all(b"\x88\x00").await.unwrap();
    timeout(FOREVER, client.read_exact(&mut frame[..2])).await.unwrap().unwrap();
    assert_eq!(frame[..2], *b"\x88\x00");
}
