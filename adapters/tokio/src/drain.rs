use crate::shared::{Io, lock};
use crate::websocket::WebSocket;
use std::sync::{Arc, Mutex, Weak};
use std::task::Waker;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use wsparse::CloseCode;

/// The connections of a server, to be closed together. A clone refers to the same connections.
#[derive(Clone, Debug, Default)]
pub struct Drain(Arc<Mutex<(Vec<Member>, Option<CloseCode>)>>);

/// Where the code goes, and the tasks that must read it.
type Member = (Weak<Mutex<Option<CloseCode>>>, Waker);

impl Drain {
    /// Adds a connection. It is closed at once if [`close`](Self::close) was called before.
    pub fn add<S: Io>(&self, socket: &WebSocket<S>) {
        let shared = &socket.writer.shared;
        let (members, code) = &mut *lock(&self.0);
        if members.len() == members.capacity() {
            members.retain(|(stop, _)| stop.strong_count() > 0);
        }
        members.push((Arc::downgrade(&shared.stop), shared.waker()));
        *lock(&shared.stop) = *code;
    }

    /// Sends a Close on every connection, and waits until all have been dropped or this time is
    /// over. Returns how many are left.
    ///
    /// Go on receiving on each: [`Reader::next`](crate::Reader::next) returns `None` after the
    /// peer's answer. Until then, messages still arrive, but [`Writer::send`](crate::Writer::send)
    /// returns [`SendError::Closed`](wsparse::SendError::Closed). Do not stop receiving because of it.
    pub async fn close(&self, code: CloseCode, limit: Duration) -> usize {
        let end = Instant::now() + limit;
        lock(&self.0).1 = Some(code);
        for (stop, tasks) in lock(&self.0).0.iter() {
            if let Some(stop) = stop.upgrade() {
                *lock(&stop) = Some(code);
                tasks.wake_by_ref();
            }
        }
        loop {
            lock(&self.0).0.retain(|(stop, _)| stop.strong_count() > 0);
            let left = lock(&self.0).0.len();
            if left == 0 || Instant::now() >= end {
                return left;
            }
            sleep(Duration::from_millis(10)).await;
        }
    }
}
