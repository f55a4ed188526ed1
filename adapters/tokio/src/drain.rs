use crate::shared::{Stop, lock};
use crate::websocket::WebSocket;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use wsparse::CloseCode;

/// The connections of a server, to be closed together. A clone refers to the same connections.
#[derive(Clone, Debug, Default)]
pub struct Drain(Arc<Mutex<Members>>);

#[derive(Debug, Default)]
struct Members {
    connections: Vec<Weak<Stop>>,
    code: Option<CloseCode>,
}

impl Drain {
    /// Adds a connection. It is closed at once if [`close`](Self::close) was called before.
    pub fn add<S>(&self, socket: &WebSocket<S>) {
        let stop = &socket.writer.shared.stop;
        let mut members = lock(&self.0);
        if members.connections.len() == members.connections.capacity() {
            members.connections.retain(|member| member.strong_count() > 0);
        }
        members.connections.push(Arc::downgrade(stop));
        if let Some(code) = members.code {
            stop.stop(code);
        }
    }

    /// Sends a Close on every connection, and waits until all have been dropped or this time is
    /// over. Returns how many are left.
    ///
    /// Go on receiving on each: [`Reader::next`](crate::Reader::next) returns `None` after the
    /// peer's answer.
    pub async fn close(&self, code: CloseCode, limit: Duration) -> usize {
        let end = Instant::now() + limit;
        let connections = {
            let mut members = lock(&self.0);
            members.code = Some(code);
            members.connections.clone()
        };
        connections.iter().filter_map(Weak::upgrade).for_each(|stop| stop.stop(code));
        loop {
            let left = lock(&self.0).connections.iter().filter(|c| c.strong_count() > 0).count();
            if left == 0 || Instant::now() >= end {
                return left;
            }
            sleep(Duration::from_millis(10)).await;
        }
    }
}
