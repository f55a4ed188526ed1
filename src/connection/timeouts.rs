use core::time::Duration;

/// How long [`Connection::tick`](crate::Connection::tick) waits for a peer before it asks for a
/// Ping or gives up.
///
/// [`Duration::MAX`] turns a time-out off.
///
/// ```
/// use core::time::Duration;
/// use wsparse::Timeouts;
///
/// let timeouts = Timeouts { idle: Duration::from_secs(10), ..Timeouts::DEFAULT };
/// assert_eq!(timeouts.answer, Duration::from_secs(20));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Timeouts {
    /// If no byte arrives from the peer for this long, `tick` returns [`Due::Ping`].
    pub idle: Duration,
    /// If no byte arrives for this long after that Ping, `tick` returns [`Due::GiveUp`].
    pub answer: Duration,
    /// After this side's Close, if no byte arrives for this long, `tick` returns [`Due::GiveUp`].
    /// Once the peer's Close has arrived, or the peer has broken a rule, its stream must end within
    /// this time (§7.1.1).
    pub close: Duration,
    /// How long a message may take from its first byte to its last. After this side's Close, it
    /// also bounds how long the peer may go on sending before it answers with its own.
    ///
    /// Without it, a peer could send single bytes just often enough to avoid the other time-outs.
    /// Raise it if legitimate messages may take longer, such as an endless message in many
    /// fragments.
    pub message: Duration,
}

impl Timeouts {
    /// Idle 30 s, answer 20 s, close 5 s, message 30 minutes.
    pub const DEFAULT: Self = Self {
        idle: Duration::from_secs(30),
        answer: Duration::from_secs(20),
        close: Duration::from_secs(5),
        message: Duration::from_secs(30 * 60),
    };
}

impl Default for Timeouts {
    /// [`Timeouts::DEFAULT`].
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What to do after [`Connection::tick`](crate::Connection::tick).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Due {
    /// Do nothing yet. Call `tick` again at this time, and after each read.
    Wait {
        /// A time after `now`, since the same moment: wait for `until - now`. It is
        /// [`Duration::MAX`] if no time-out is running.
        ///
        /// If you read the clock again before you wait, the time may already have passed. Some
        /// functions, such as `TcpStream::set_read_timeout`, reject a duration of zero.
        until: Duration,
    },
    /// A Ping must be sent. In a [`Connection`](crate::Connection), it is waiting in
    /// [`transmit`](crate::Connection::transmit). An [`Endpoint`](crate::Endpoint) has appended it to
    /// its output. For a [`Receiver`](crate::Receiver), pass [`Duty::PING`](crate::Duty::PING) to the
    /// sender. Then call `tick` again.
    Ping,
    /// Close the socket. The peer has been silent for too long, or has taken too long to send a
    /// message or to close.
    GiveUp,
}

/// What a connection is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaiting {
    /// A message or a control frame.
    Message {
        /// Part of one has arrived.
        begun: bool,
    },
    /// The peer's Close, after this side's.
    Close,
    /// The end of the stream.
    End,
}

/// What is being awaited, and since when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiting {
    /// When the last byte arrived, as far as the ticks know; after a Ping is due, that tick.
    silent_since: Option<Duration>,
    /// When the message began to arrive that is not complete, in milliseconds, because the state
    /// of a connection is small. [`NOT_BEGUN`] if there is none.
    begun_at: u64,
    /// When the control frames were counted from zero, in seconds.
    counted_from: u32,
    controls: u32,
    awaiting: Awaiting,
    pinged: bool,
    /// A message or control frame has been completed since the last tick.
    completed: bool,
}

const NOT_BEGUN: u64 = u64::MAX;

impl Waiting {
    pub(crate) const NEW: Self = Self {
        silent_since: None,
        begun_at: NOT_BEGUN,
        counted_from: 0,
        controls: 0,
        awaiting: Awaiting::Message { begun: false },
        pinged: false,
        completed: false,
    };

    /// Bytes have arrived.
    #[inline(always)]
    pub(crate) const fn arrived(&mut self) {
        self.silent_since = None;
        self.pinged = false;
    }

    /// A message or control frame has been completed.
    #[inline(always)]
    pub(crate) const fn completed(&mut self) {
        self.completed = true;
    }

    /// A control frame has arrived.
    pub(crate) const fn control(&mut self) {
        self.controls = self.controls.saturating_add(1);
    }

    /// Returns whether more control frames than this have arrived in each second since the last call
    /// in an earlier second.
    pub(crate) fn is_flooded(&mut self, now: Duration, max: u32) -> bool {
        let second = u32::try_from(now.as_secs()).unwrap_or(u32::MAX);
        let seconds = second.saturating_sub(self.counted_from).saturating_add(1);
        let is_flooded = self.controls > max.saturating_mul(seconds);
        if second != self.counted_from {
            (self.counted_from, self.controls) = (second, 0);
        }
        is_flooded
    }

    pub(crate) fn tick(&mut self, now: Duration, awaiting: Awaiting, timeouts: &Timeouts) -> Due {
        match (self.awaiting, awaiting) {
            // If one has been completed, what has begun by now is another.
            (Awaiting::Message { .. }, Awaiting::Message { begun }) if begun && !self.completed => {
            }
            (Awaiting::Message { .. }, Awaiting::Message { .. }) => self.begun_at = NOT_BEGUN,
            (before, after) if before != after => {
                let Self { counted_from, controls, .. } = *self;
                *self = Self { counted_from, controls, ..Self::NEW };
            }
            _ => {}
        }
        (self.awaiting, self.completed) = (awaiting, false);
        let (wait, silent) = match awaiting {
            Awaiting::Message { .. } if self.pinged => (timeouts.answer, Due::GiveUp),
            Awaiting::Message { .. } => (timeouts.idle, Due::Ping),
            Awaiting::Close | Awaiting::End => (timeouts.close, Due::GiveUp),
        };
        let until = self.silent_since.get_or_insert(now).saturating_add(wait);
        let deadline = match awaiting {
            Awaiting::Message { begun: true } | Awaiting::Close => {
                if self.begun_at == NOT_BEGUN {
                    self.begun_at = u64::try_from(now.as_millis()).unwrap_or(NOT_BEGUN);
                }
                Duration::from_millis(self.begun_at).saturating_add(timeouts.message)
            }
            Awaiting::Message { begun: false } | Awaiting::End => Duration::MAX,
        };
        let has_passed = |time: Duration| now >= time && time != Duration::MAX;
        if has_passed(deadline) {
            return Due::GiveUp;
        }
        if !has_passed(until) {
            return Due::Wait { until: until.min(deadline) };
        }
        if silent == Due::Ping {
            self.pinged = true;
            self.silent_since = Some(now);
        }
        silent
    }
}
