//! How long the loop waits, on a paused clock that skips the time in which no task runs.

use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use wsparse_async::echo::{BUFFER, echo};

type Echo = JoinHandle<std::io::Result<String>>;

fn start() -> (DuplexStream, watch::Sender<()>, Echo) {
    let (here, there) = tokio::io::duplex(4096);
    let (stop, stopped) = watch::channel(());
    // It can be spawned: its future is `Send`.
    (here, stop, tokio::spawn(echo(there, vec![0; BUFFER], 0, stopped)))
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_asked_then_given_up() {
    let (mut here, _stop, echo) = start();
    let began = Instant::now();
    let mut ping = [0; 2];
    here.read_exact(&mut ping).await.unwrap();
    assert_eq!((ping, began.elapsed().as_secs()), (*b"\x89\x00", 30));

    // Any frame, such as a Pong, shows that the peer is alive.
    here.write_all(b"\x8a\x80abcd").await.unwrap();
    here.read_exact(&mut ping).await.unwrap();
    assert_eq!((ping, began.elapsed().as_secs()), (*b"\x89\x00", 60));

    assert_eq!(echo.await.unwrap().unwrap(), "gave up: ended without a Close while Open");
    assert_eq!(began.elapsed().as_secs(), 80);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_read_is_given_up() {
    let (mut here, _stop, echo) = start();
    let began = Instant::now();
    // The start of the echo fills the pipe.
    here.write_all(b"\x82\xfe\x40\x00\x00\x00\x00\x00").await.unwrap();
    here.write_all(&[7; 0x4000]).await.unwrap();
    assert_eq!(echo.await.unwrap().unwrap_err().kind(), std::io::ErrorKind::TimedOut);
    assert_eq!(began.elapsed().as_secs(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_answer_a_close_is_given_up() {
    let (mut here, stop, echo) = start();
    let began = Instant::now();
    tokio::time::sleep(Duration::from_secs(3)).await;
    stop.send_replace(());
    let mut close = [0; 4];
    here.read_exact(&mut close).await.unwrap();
    assert_eq!(close, *b"\x88\x02\x03\xe9");
    // A message extends the wait, but is not echoed.
    tokio::time::sleep(Duration::from_secs(4)).await;
    here.write_all(b"\x81\x80abcd").await.unwrap();
    let ending = "gave up: ended without a Close while Closing(Local)";
    assert_eq!(echo.await.unwrap().unwrap(), ending);
    assert_eq!(began.elapsed().as_secs(), 3 + 4 + 5);
    assert_eq!(here.read(&mut close).await.unwrap(), 0);
}
