//! Compressed messages: between our own ends, byte by byte, and with `websockets` of Python.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::yield_now;
use tokio::time::timeout;
use tokio::{join, spawn};
use wsparse_tokio::wsparse::deflate::{Agreed, Deflater, Direction, Policy};
use wsparse_tokio::wsparse::handshake::{Accept, HandshakeError, Offer, Uri};
use wsparse_tokio::wsparse::{
    CloseCode, Failure, Limits, Message, OpeningError, OutgoingFrame, Rule, Timeouts,
};
use wsparse_tokio::{Config, Error, SharedMessage, WebSocket};

/// So that a test that would hang fails instead.
const FOREVER: Duration = Duration::from_secs(60);

const ALONE: Direction = Direction::WITHOUT_CONTEXT;
const WITH_CONTEXT: Direction = Direction::WITH_CONTEXT;

fn policy(outgoing: Direction, incoming: Direction) -> Policy {
    Policy { outgoing, incoming, ..Policy::DEFAULT }
}

fn config(policy: Policy) -> Config {
    Config { deflate: Some(policy), ..Config::DEFAULT }
}

/// A client and a server that connect over a stream in memory.
async fn pair(client: Config, server: Config) -> (WebSocket, WebSocket) {
    let (near, far) = duplex(1 << 16);
    let offer = Offer::new(Uri::parse("ws://example.com/").unwrap());
    let (client, server) = join!(client.client(near, &offer), server.accept(far));
    (client.unwrap(), server.unwrap())
}

/// A server, and its client's end of the stream.
fn server(config: Config, agreed: Option<Agreed>) -> (WebSocket, DuplexStream) {
    let (stream, peer) = duplex(1 << 20);
    (config.upgraded(stream, [], agreed), peer)
}

/// Reads a frame of a server: the first byte, and the payload.
async fn frame(peer: &mut DuplexStream) -> (u8, Vec<u8>) {
    let [first, len] = [peer.read_u8().await.unwrap(), peer.read_u8().await.unwrap()];
    let len = match len {
        126 => usize::from(peer.read_u16().await.unwrap()),
        127 => usize::try_from(peer.read_u64().await.unwrap()).unwrap(),
        len => len.into(),
    };
    let mut payload = vec![0; len];
    peer.read_exact(&mut payload).await.unwrap();
    (first, payload)
}

/// Texts that are similar to each other, of about this length.
fn json(number: usize, len: usize) -> String {
    let item = format!("{{\"id\": {number}, \"name\": \"number {number}\"}}, ");
    item.repeat(len.div_ceil(item.len()))
}

/// Bytes that no compressor makes shorter.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let next = |_| {
        state = state * 48_271 % 0x7fff_ffff;
        state.to_le_bytes()[1]
    };
    (0..len).map(next).collect()
}

#[tokio::test]
async fn all_pairs_of_policies_exchange_messages() {
    let small = Direction { window_bits: 10, ..WITH_CONTEXT };
    let configs = [
        Config::DEFAULT,
        config(policy(ALONE, ALONE)),
        config(policy(WITH_CONTEXT, ALONE)),
        config(policy(ALONE, WITH_CONTEXT)),
        config(policy(WITH_CONTEXT, WITH_CONTEXT)),
        config(Policy { threshold: 0, ..policy(small, small) }),
    ];
    for client in &configs {
        for server in &configs {
            let (mut one, mut other) = pair(*client, *server).await;
            for number in 0..2 {
                for len in [0, 200, 5_000] {
                    let (text, bytes) = (json(number, len), noise(len));
                    for message in [Message::Text(&text), Message::Binary(&bytes)] {
                        let (sent, received) = join!(one.send(message), other.next());
                        sent.unwrap();
                        assert_eq!(received.unwrap(), Some(message));
                        let (sent, received) = join!(other.send(message), one.next());
                        sent.unwrap();
                        assert_eq!(received.unwrap(), Some(message));
                    }
                }
            }
            let (closed, last) = join!(one.close(CloseCode::NORMAL, ""), other.next());
            assert_eq!(closed.unwrap(), Some(CloseCode::NORMAL));
            assert_eq!(last.unwrap(), None);
        }
    }
}

/// A server that sends in this direction, and its client's end of the stream.
fn sending(direction: Direction) -> (WebSocket, DuplexStream) {
    let agreed = Agreed { outgoing: direction, incoming: direction };
    server(config(policy(direction, direction)), Some(agreed))
}

#[tokio::test]
async fn messages_are_compressed_on_the_wire() {
    for direction in [ALONE, WITH_CONTEXT] {
        let (mut server, mut peer) = sending(direction);
        let text = json(1, 1000);
        server.send(&text).await.unwrap();
        let (first, payload) = frame(&mut peer).await;
        assert!(first == 0xc1 && payload.len() < 100, "{}", payload.len());
        // It may refer to the first message.
        server.send(text.as_bytes()).await.unwrap();
        let (first, again) = frame(&mut peer).await;
        assert_eq!(first, 0xc2);
        assert_eq!(again.len() < payload.len() / 2, direction.context_takeover);

        let short = json(1, 100);
        server.send(&short).await.unwrap();
        assert_eq!(frame(&mut peer).await, (0x81, short.into()), "below the threshold");
        let secret = OutgoingFrame::text(&text).uncompressed();
        server.send(secret).await.unwrap();
        assert_eq!(frame(&mut peer).await, (0x81, text.clone().into()));
        server.send(OutgoingFrame::ping(b"ping").unwrap()).await.unwrap();
        assert_eq!(frame(&mut peer).await, (0x89, b"ping".to_vec()));
        server.send(Message::Text(&text).first_fragment()).await.unwrap();
        assert_eq!(frame(&mut peer).await, (0x01, text.clone().into()));
        server.send(Message::Text("").last_fragment()).await.unwrap();
        assert_eq!(frame(&mut peer).await, (0x80, Vec::new()));
    }
}

#[tokio::test]
async fn nothing_is_compressed_that_was_not_agreed_on() {
    let text = json(1, 1000);
    let offer = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    for (config, offer, first) in [
        (config(Policy::DEFAULT), offer, 0xc1),
        (config(Policy::DEFAULT), "", 0x81),
        (Config::DEFAULT, offer, 0x81),
    ] {
        let (stream, mut peer) = duplex(1 << 16);
        let request = format!(
            "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{offer}\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        peer.write_all(request.as_bytes()).await.unwrap();
        let mut server = config.accept(stream).await.unwrap();
        server.send(&text).await.unwrap();
        let mut received = vec![0; 2000];
        let len = peer.read(&mut received).await.unwrap();
        let received = received[..len].to_vec();
        let end = received.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
        let head = str::from_utf8(&received[..end]).unwrap();
        let answer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
        assert_eq!(head.contains(answer), first == 0xc1, "{head}");
        let byte = match received.get(end) {
            Some(byte) => *byte,
            None => peer.read_u8().await.unwrap(),
        };
        assert_eq!(byte, first);
    }
}

#[tokio::test]
async fn extensions_of_the_application_are_left_alone() {
    let config = config(Policy::DEFAULT);
    let (near, far) = duplex(1 << 16);
    let uri = Uri::parse("ws://example.com/").unwrap();
    let offer = Offer { extensions: "x-own", ..Offer::new(uri) };
    let accept = async {
        let request = config.read_request(far).await?;
        let accept = Accept { extensions: "x-own", ..Accept::default() };
        request.accept(&accept).await
    };
    let (client, server) = join!(config.client(near, &offer), accept);
    assert!(client.is_ok() && server.is_ok());

    // An answer that does not suit the offer.
    let (near, far) = duplex(1 << 16);
    let accept = async {
        let request = Config::DEFAULT.read_request(far).await?;
        let accept = Accept { extensions: "permessage-deflate", ..Accept::default() };
        request.accept(&accept).await
    };
    let offer = Offer::new(uri);
    let (client, server) = join!(config.client(near, &offer), accept);
    let error = client.unwrap_err();
    let expected = OpeningError::Handshake(HandshakeError::DeflateParameters);
    assert!(matches!(&error, Error::Opening(error) if *error == expected), "{error:?}");
    assert!(server.is_ok());
}

#[tokio::test]
async fn a_message_for_many_is_compressed_once() {
    let mut deflater = Deflater::new(&Policy::DEFAULT, Agreed::WITHOUT_CONTEXT);
    // The second is still long when it is compressed. A server does not copy it.
    let long: String = noise(100_000).iter().map(|byte| char::from(b'a' + byte % 16)).collect();
    for text in [json(1, 1000), long] {
        let shared = SharedMessage::shared_deflated(&text, &mut deflater);
        let (mut server, mut peer) = sending(ALONE);
        server.send(&shared).await.unwrap();
        let (first, compressed) = frame(&mut peer).await;
        assert!(first == 0xc1 && compressed.len() < text.len(), "{}", compressed.len());
        server.send("after").await.unwrap();
        assert_eq!(frame(&mut peer).await, (0x81, b"after".to_vec()));
        // The second can only use the uncompressed form.
        for mut ends in [self::server(Config::DEFAULT, None), sending(WITH_CONTEXT)] {
            ends.0.send(&shared).await.unwrap();
            assert_eq!(frame(&mut ends.1).await, (0x81, text.clone().into()));
        }
        // What was encoded without compression stays so.
        server.send(&SharedMessage::shared(&text)).await.unwrap();
        assert_eq!(frame(&mut peer).await, (0x81, text.into()));
    }
}

#[tokio::test]
async fn a_bomb_ends_with_1009() {
    let mut deflater = Deflater::new(&Policy::DEFAULT, Agreed::WITHOUT_CONTEXT);
    let mut payload = Vec::new();
    assert!(deflater.compress_to_vec(&vec![0; 2 << 20], &mut payload));
    let [high, low] = u16::try_from(payload.len()).unwrap().to_be_bytes();
    let bomb = [&[0xc2, 0xfe, high, low, 0, 0, 0, 0], &*payload].concat();
    for direction in [ALONE, WITH_CONTEXT] {
        let limits = Limits { max_message: 1 << 20, max_frame: 1 << 20, ..Limits::DEFAULT };
        let config = Config { limits, ..config(policy(direction, direction)) };
        let agreed = Agreed { outgoing: direction, incoming: direction };
        let (mut server, mut peer) = server(config, Some(agreed));
        peer.write_all(&bomb).await.unwrap();
        let rest = async {
            let (first, close) = frame(&mut peer).await;
            assert_eq!((first, &close[..2]), (0x88, &1009_u16.to_be_bytes()[..]));
            drop(peer);
        };
        let (ended, ()) = join!(server.next(), rest);
        let error = ended.unwrap_err();
        let Error::Failure(Failure::Rule(error)) = error else { panic!("{error:?}") };
        assert_eq!(error.rule(), Rule::MessageTooBig);
    }
}

#[tokio::test(start_paused = true)]
async fn a_compressor_is_released_while_the_peer_is_silent() {
    let timeouts = Timeouts { idle: Duration::from_secs(10), ..Timeouts::DEFAULT };
    let config = Config { timeouts, ..config(policy(WITH_CONTEXT, WITH_CONTEXT)) };
    let (server, mut peer) = server(config, Some(Agreed::WITH_CONTEXT));
    let (mut reader, mut writer) = server.split();
    spawn(async move { while let Ok(Some(_)) = reader.next().await {} });
    let text = json(1, 1000);
    let mut lengths = Vec::new();
    for sent in 0..3 {
        writer.send(&text).await.unwrap();
        lengths.push(frame(&mut peer).await.1.len());
        if sent == 1 {
            assert_eq!(frame(&mut peer).await, (0x89, Vec::new()));
            peer.write_all(&[0x8a, 0x80, 0, 0, 0, 0]).await.unwrap();
        }
    }
    let [first, second, third] = lengths[..] else { panic!() };
    assert!(second < first / 2 && third == first, "{lengths:?}");
}

async fn echo(mut server: WebSocket) -> Result<(), Error> {
    while let Some(message) = server.reader.next().await? {
        yield_now().await; // the message stays with the connection if the thread changes
        server.writer.send(message).await?;
    }
    Ok(())
}

/// The tasks move between threads, and some connections share their codecs.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_connections_in_many_threads() {
    let small = Direction { window_bits: 9, ..ALONE };
    let policies = [
        policy(ALONE, ALONE),
        policy(WITH_CONTEXT, ALONE),
        policy(ALONE, WITH_CONTEXT),
        policy(WITH_CONTEXT, WITH_CONTEXT),
        policy(small, small),
    ];
    let mut tasks = Vec::new();
    for connection in 0..40 {
        let client = config(policies[connection % policies.len()]);
        let (mut client, server) = pair(client, config(policy(WITH_CONTEXT, WITH_CONTEXT))).await;
        tasks.push(spawn(async move { echo(server).await.unwrap() }));
        tasks.push(spawn(async move {
            for number in 0..20 {
                let text = json(connection * 1000 + number, number * 97);
                client.send(&text).await.unwrap();
                yield_now().await;
                assert!(client.next().await.unwrap() == Some(Message::Text(&text)));
            }
            client.close(CloseCode::NORMAL, "").await.unwrap();
        }));
    }
    for task in tasks {
        timeout(FOREVER, task).await.unwrap().unwrap();
    }
}

/// Python with the package `websockets`: what `WSPARSE_PYTHON` names.
fn python() -> PathBuf {
    std::env::var_os("WSPARSE_PYTHON").map_or_else(|| "python3".into(), PathBuf::from)
}

/// Ends when it is dropped.
struct Script(Child);

impl Script {
    fn new(python: &Path, script: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(python);
        command.args(["-u", "-c", script]).args(arguments);
        Self(command.stdout(Stdio::piped()).spawn().unwrap())
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        // It may have ended already.
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// What Python and we want in each run.
const PYTHON: [(&str, Direction); 5] = [
    ("", WITH_CONTEXT),
    ("", ALONE),
    ("server_no_context_takeover=True, client_no_context_takeover=True", ALONE),
    ("server_max_window_bits=10, client_max_window_bits=10", WITH_CONTEXT),
    ("server_no_context_takeover=True, client_max_window_bits=9", WITH_CONTEXT),
];

#[tokio::test]
#[ignore = "needs Python with websockets: .ci/interop python"]
async fn our_client_and_a_server_of_python() {
    let python = python();
    let script = "
import asyncio, sys
from websockets.asyncio.server import serve
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory as Factory

async def echo(ws):
    assert ws.protocol.extensions, 'nothing was negotiated'
    async for message in ws:
        await ws.send(message)

async def main():
    factory = eval(f'Factory({sys.argv[1]})')
    async with serve(echo, '127.0.0.1', 0, extensions=[factory], compression=None, max_size=None) as server:
        print(server.sockets[0].getsockname()[1])
        await asyncio.get_running_loop().create_future()

asyncio.run(main())
";
    for (arguments, direction) in PYTHON {
        let mut script = Script::new(&python, script, &[arguments]);
        let mut line = String::new();
        BufReader::new(script.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let config = config(policy(direction, direction));
        let uri = format!("ws://127.0.0.1:{}/", line.trim());
        let mut client = config.connect(&uri).await.unwrap();
        for number in 0..20 {
            let len = number * number * 50;
            let (text, bytes) = (json(number, len), noise(len));
            for message in [Message::Text(&text), Message::Binary(&bytes)] {
                client.send(message).await.unwrap();
                assert!(client.next().await.unwrap() == Some(message), "{arguments} {number}");
            }
        }
        assert_eq!(client.close(CloseCode::NORMAL, "").await.unwrap(), Some(CloseCode::NORMAL));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Python with websockets: .ci/interop python"]
async fn our_server_and_a_client_of_python() {
    let python = python();
    let script = "
import asyncio, sys
from websockets.asyncio.client import connect
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory as Factory

async def main():
    factory = eval(f'Factory({sys.argv[1]})')
    async with connect(sys.argv[2], extensions=[factory], compression=None, max_size=None) as ws:
        assert ws.protocol.extensions, 'nothing was negotiated'
        for number in range(20):
            text = f'number {number}, ' * number * 10
            for message in [text, text.encode(), ['in ', 'frag', 'ments: ', text]]:
                await ws.send(message)
                assert await ws.recv() == (''.join(message) if type(message) is list else message)

asyncio.run(main())
";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("ws://{}/", listener.local_addr().unwrap());
    for (arguments, direction) in PYTHON {
        let mut script = Script::new(&python, script, &[arguments, &uri]);
        let (stream, _): (TcpStream, _) = listener.accept().await.unwrap();
        let server = config(policy(direction, direction)).accept(stream).await.unwrap();
        timeout(FOREVER, echo(server)).await.unwrap().unwrap();
        assert!(script.0.wait().unwrap().success(), "{arguments}");
    }
}
