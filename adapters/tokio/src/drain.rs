use crate::WebSocket;
use crate::shared::{Tasks, lock};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio::time::timeout;
use wsparse::CloseCode;

/// All connections of a server, so that they can be closed when it stops.
///
/// [Add](Self::add) each connection after its opening handshake. A clone refers to the same
/// connections.
#[derive(Clone, Debug, Default)]
pub struct Drain(Arc<Group>);

#[derive(Debug, Default)]
struct Group {
    members: Mutex<Members>,
    ended: Notify,
}

#[derive(Debug, Default)]
struct Members {
    tasks: Vec<Weak<Tasks>>,
    count: usize,
    stopped: Option<CloseCode>,
}

/// Stored in a connection, and dropped with it.
#[derive(Debug)]
pub(crate) struct Membership(Arc<Group>);

impl Drain {
    /// Creates a group without connections.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a connection. If the group is being closed, the connection is closed as well.
    pub fn add<S: AsyncRead + AsyncWrite + Unpin>(&self, socket: &WebSocket<S>) {
        let shared = socket.writer.shared();
        let before = shared.lock().membership.replace(Membership(self.0.clone()));
        drop(before);
        let mut members = lock(&self.0.members);
        if members.tasks.len() == members.tasks.capacity() {
            members.tasks.retain(|tasks| tasks.strong_count() > 0);
        }
        members.tasks.push(Arc::downgrade(&shared.tasks));
        members.count += 1;
        let stopped = members.stopped;
        drop(members);
        if let Some(code) = stopped {
            shared.tasks.stop(code);
        }
    }

    /// Returns the number of connections that have not been dropped.
    #[must_use]
    pub fn len(&self) -> usize {
        lock(&self.0.members).count
    }

    /// Returns whether there is no connection.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sends a Close on all connections, and waits until all have been dropped, but no longer than
    /// `deadline`. Returns how many are left.
    ///
    /// Go on calling [`Reader::next`](crate::Reader::next) for each, which returns `None` once the
    /// peer has answered.
    pub async fn close(&self, code: CloseCode, deadline: Duration) -> usize {
        let tasks = {
            let mut members = lock(&self.0.members);
            members.stopped = Some(code);
            members.tasks.clone()
        };
        tasks.iter().filter_map(Weak::upgrade).for_each(|tasks| tasks.stop(code));
        _ = timeout(deadline, self.ended()).await;
        self.len()
    }

    async fn ended(&self) {
        loop {
            let ended = self.0.ended.notified();
            if self.is_empty() {
                return;
            }
            ended.await;
        }
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        let mut members = lock(&self.0.members);
        members.count -= 1;
        if members.count == 0 {
            self.0.ended.notify_waiters();
        }
    }
}
