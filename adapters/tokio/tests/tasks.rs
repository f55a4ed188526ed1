//! Tasks: the halves are woken where they wait, whether in one task, in two, or in another than before.

use futures_util::FutureExt;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::spawn;
use tokio::time::{Instant, sleep, timeout};
use wsparse_tokio::wsparse::{CloseCode, Failure, Timeouts};
use wsparse_tokio::{Config, Drain, Error};

#[path = "support/frame.rs"]
mod support;
use support::frame;

/// Whether a task was woken since it was polled.
struct Task(AtomicBool);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Task {
    fn poll<T>(self: &Arc<Self>, future: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        self.0.store(false, Ordering::Relaxed);
        future.poll(&mut Context::from_waker(&self.clone().into()))
    }
}

/// A stream remembers the task that has polled it last, and so does a timer.
#[tokio::test(start_paused = true)]
async fn a_reader_that_moves_to_another_task_is_woken_there() {
    let (stream, mut peer) = duplex(1000);
    let mut socket = Config::DEFAULT.upgraded(stream, [], None);
    assert!(timeout(Duration::ZERO, socket.next()).await.is_err());
    let receive = spawn(async move {
        let text = socket.next().await.unwrap().unwrap().as_text().map(str::to_owned);
        (text, socket.next().await.map(|message| message.is_some()).unwrap_err())
    });
    sleep(Duration::from_secs(1)).await;
    peer.write_all(&frame(0x81, b"message")).await.unwrap();
    let start = Instant::now();
    let received = timeout(Duration::from_secs(1000), receive).await;
    let (text, error) = received.expect("it is not woken").unwrap();
    assert_eq!(text.as_deref(), Some("message"));
    assert!(matches!(error, Error::Failure(Failure::TimedOut)), "{error:?}");
    assert_eq!(start.elapsed(), Timeouts::DEFAULT.idle + Timeouts::DEFAULT.answer);
}

/// Whichever of the two tasks is polled first.
#[tokio::test]
async fn an_answer_to_a_close_that_waits_for_the_payload_of_another_task_ends_the_connection() {
    for reader_is_first in [true, false] {
        let (stream, mut peer) = duplex(10_000);
        let (mut reader, mut writer) = Config::DEFAULT.upgraded(stream, [], None).split();
        let payload = vec![7; 33_000];
        let (mut receive, mut send) = (pin!(reader.next()), pin!(writer.send(&payload)));
        let [receiving, sending] = [(); 2].map(|()| Arc::new(Task(true.into())));
        assert!(sending.poll(send.as_mut()).is_pending());
        peer.write_all(&frame(0x88, &[])).await.unwrap();
        let (mut is_sent, mut received, mut some) = (false, 0, [0; 3000]);
        loop {
            let mut is_idle = true;
            for turn in [reader_is_first, !reader_is_first] {
                if turn && receiving.0.load(Ordering::Relaxed) {
                    is_idle = false;
                    assert!(receiving.poll(receive.as_mut()).is_pending());
                } else if !turn && !is_sent && sending.0.load(Ordering::Relaxed) {
                    is_idle = false;
                    is_sent = sending.poll(send.as_mut()).is_ready();
                }
            }
            match peer.read(&mut some).now_or_never() {
                Some(read @ Ok(1..)) => received += read.unwrap(),
                Some(Ok(0)) => break,
                other => assert!(!is_idle, "{other:?} after {received} bytes"),
            }
        }
        assert_eq!(received, 4 + payload.len() + 2);
        drop(peer);
        assert!(matches!(receiving.poll(receive), Poll::Ready(Ok(None))));
    }
}

#[tokio::test]
async fn a_task_that_has_sent_is_not_woken_for_the_reader_in_another() {
    let (stream, mut peer) = duplex(1000);
    let (mut reader, mut writer) = Config::DEFAULT.upgraded(stream, [], None).split();
    let [receiving, sending] = [(); 2].map(|()| Arc::new(Task(false.into())));
    assert!(sending.poll(pin!(writer.send("welcome"))).is_ready());
    let mut receive = pin!(reader.next());
    assert!(receiving.poll(receive.as_mut()).is_pending());
    peer.write_all(&frame(0x81, b"message")).await.unwrap();
    assert!(receiving.0.load(Ordering::Relaxed));
    assert!(!sending.0.load(Ordering::Relaxed));
    assert!(receiving.poll(receive).is_ready());
}

#[tokio::test(start_paused = true)]
async fn a_close_behind_a_payload_starts_the_clock_when_the_payload_is_written() {
    let (stream, mut peer) = duplex(20_000);
    let mut socket = Config::DEFAULT.upgraded(stream, [], None);
    let drain = Drain::default();
    drain.add(&mut socket);
    let (mut reader, mut writer) = socket.split();
    let payload = vec![7; 33_000];
    let (mut receive, mut send) = (pin!(reader.next()), pin!(writer.send(&payload)));
    let [receiving, sending] = [(); 2].map(|()| Arc::new(Task(true.into())));
    assert!(sending.poll(send.as_mut()).is_pending());
    assert!(receiving.poll(receive.as_mut()).is_pending());
    assert_eq!(drain.close(CloseCode::NORMAL, Duration::ZERO).await, 1);
    assert!(receiving.poll(receive.as_mut()).is_pending());
    // The payload is written, but not yet the Close.
    peer.read_exact(&mut vec![0; 4 + 33_000 - 20_000]).await.unwrap();
    assert!(sending.poll(send.as_mut()).is_pending());
    let start = Instant::now();
    while !receiving.0.load(Ordering::Relaxed) || receiving.poll(receive.as_mut()).is_pending() {
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(start.elapsed().as_secs(), Timeouts::DEFAULT.close.as_secs());
}

#[tokio::test]
async fn a_reader_that_waits_writes_what_a_send_has_left_that_is_dropped() {
    let (stream, mut peer) = duplex(20_000);
    let (mut reader, mut writer) = Config::DEFAULT.upgraded(stream, [], None).split();
    let payload = vec![7; 33_000];
    let mut receive = pin!(reader.next());
    let [receiving, sending] = [(); 2].map(|()| Arc::new(Task(true.into())));
    let mut send = Box::pin(writer.send(&payload));
    assert!(sending.poll(send.as_mut()).is_pending());
    // The stream remembers the other task.
    assert!(receiving.poll(receive.as_mut()).is_pending());
    drop(send);
    let mut received = vec![0; 4 + payload.len()];
    for part in received.chunks_mut(20_000) {
        assert!(receiving.0.load(Ordering::Relaxed));
        assert!(receiving.poll(receive.as_mut()).is_pending());
        peer.read_exact(part).now_or_never().unwrap().unwrap();
    }
    assert!(received[4..] == payload);
}
