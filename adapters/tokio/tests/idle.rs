//! The memory of connections that wait for a message. A binary of its own, because it measures the process.

#![cfg(target_os = "linux")]

use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::timeout;
use wsparse_tokio::Config;
use wsparse_tokio::wsparse::Message;

const CONNECTIONS: usize = 200;

/// Returns the resident memory of this process, in bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<usize>().unwrap() * 1024
}

/// Opens connections, and echoes one message on each.
async fn open(message: &[u8]) -> Vec<(wsparse_tokio::WebSocket, UnixStream)> {
    let mut open = Vec::new();
    for _ in 0..CONNECTIONS {
        let (stream, mut peer) = UnixStream::pair().unwrap();
        let mut socket = Config::DEFAULT.upgraded(stream, [], None);
        let len = u16::try_from(message.len()).unwrap().to_be_bytes();
        peer.write_all(&[0x82, 0xfe, len[0], len[1], 0, 0, 0, 0]).await.unwrap();
        peer.write_all(message).await.unwrap();
        let received = socket.reader.next().await.unwrap().unwrap();
        assert_eq!(received, Message::Binary(message));
        socket.writer.feed(received).await.unwrap();
        // Waits for the next message.
        assert!(timeout(Duration::ZERO, socket.reader.next()).await.is_err());
        let mut echo = vec![0; 4 + message.len()];
        peer.read_exact(&mut echo).await.unwrap();
        assert_eq!(&echo[4..], message);
        open.push((socket, peer));
    }
    open
}

#[tokio::test]
async fn an_idle_connection_has_no_buffers() {
    let message = vec![b'a'; 30_000];
    let first = open(&message).await;
    let before = resident();
    let second = open(&message).await;
    let each = resident().saturating_sub(before) / CONNECTIONS;
    assert!(each < 8 << 10, "{each} bytes");
    drop((first, second));
}
