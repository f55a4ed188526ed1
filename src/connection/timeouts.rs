use core::time::Duration;

/// How long to wait for a peer, as [`Connection::tick`](crate::Connection::tick) is to judge it.
///
/// ```
/// use core::time::Duration;
/// use wsparse::Timeouts;
///
/// let timeouts = Timeouts { idle: Duration::from_secs(10), ..Timeouts::default() };
/// assert_eq!(timeouts.answer, Duration::from_secs(20));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timeouts {
    /// After so long without a byte from the peer, a Ping is sent; [`Duration::MAX`]: never.
    pub idle: Duration,
    /// After so long without a byte behind that Ping, the peer is gone.
    pub answer: Duration,
    /// So long may the closing handshake take, and the end of the stream behind it (§7.1.1).
    pub close: Duration,
}

impl Default for Timeouts {
    /// 30 s, then 20 s; 5 s to close.
    fn default() -> Self {
        let [idle, answer, close] = [30, 20, 5].map(Duration::from_secs);
        Self { idle, answer, close }
    }
}

/// What is to be done at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Due {
    /// Nothing until then; to be asked again when it has come, something was received, or a Close
    /// was sent.
    Wait {
        /// Later than `now`, on its clock; [`Duration::MAX`] for never.
        ///
        /// Where the clock is read again, the time may have come: to wait for 0 is an error to
        /// some, as to `TcpStream::set_read_timeout`.
        until: Duration,
    },
    /// A Ping waits to be sent.
    Ping,
    /// The peer is silent, or takes to close, for too long: the socket is to be closed.
    GiveUp,
}

/// Since when the peer is silent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Silence {
    /// The first tick that knew of it; where a Ping is due since, that tick.
    since: Option<Duration>,
    pinged: bool,
    closing: bool,
}

impl Silence {
    pub(crate) const NONE: Self = Self { since: None, pinged: false, closing: false };

    /// Something was received.
    pub(crate) const fn end(&mut self) {
        // What a peer still sends does not delay the end.
        if !self.closing {
            self.since = None;
            self.pinged = false;
        }
    }

    pub(crate) fn tick(&mut self, now: Duration, closing: bool, timeouts: &Timeouts) -> Due {
        if closing && !self.closing {
            *self = Self { closing, ..Self::NONE };
        }
        let since = *self.since.get_or_insert(now);
        let (wait, due) = if closing {
            (timeouts.close, Due::GiveUp)
        } else if self.pinged {
            (timeouts.answer, Due::GiveUp)
        } else {
            (timeouts.idle, Due::Ping)
        };
        let until = since.saturating_add(wait);
        if now < until || until == Duration::MAX {
            return Due::Wait { until };
        }
        if due == Due::Ping {
            self.pinged = true;
            self.since = Some(now);
        }
        due
    }
}
