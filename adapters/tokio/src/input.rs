#[cfg(feature = "deflate")]
use crate::output::CODECS;
use crate::output::{Output, READER, Shared, borrow_spare, return_spare};
use std::io::ErrorKind;
use std::mem;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;
use tokio::io::ReadBuf;
use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep, sleep_until};
use wsparse::deflate::Agreed;
#[cfg(feature = "deflate")]
use wsparse::deflate::Inflater;
use wsparse::{Arrival, CloseCode, Due, Duty, Failure, Receiver, Timeouts};

/// The receiving half of the protocol, and its clock.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) receiver: Receiver<Vec<u8>>,
    pub(crate) timeouts: Timeouts,
    start: Instant,
    /// Set to the next time-out or earlier, so that few reads set it. Wakes this waker.
    alarm: Option<(Instant, Waker, Pin<Box<Sleep>>)>,
    /// Since when there is nothing to read, if the time-outs were not checked then.
    silent_since: Option<Instant>,
    /// The last byte that was read is the last of a message.
    is_between: bool,
    /// [`Arrival::Read`] has arrived, and nothing since.
    is_waiting: bool,
    /// The number of reads since the time-outs were checked; [`READS`] if they are due.
    reads: u8,
    /// What was agreed on, with the inflater of a connection that has one of its own.
    #[cfg(feature = "deflate")]
    inflate: Option<(Agreed, Option<Box<Inflater>>)>,
}

/// How a connection has ended: see [`Arrival::Done`].
pub(crate) type Outcome = Result<Option<CloseCode>, Failure>;

/// For how long the alarm is set if no time-out is running.
const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The time-outs are checked when there is nothing to read, and after this many reads.
const READS: u8 = 64;

impl Input {
    pub(crate) fn new(
        receiver: Receiver<Vec<u8>>,
        timeouts: Timeouts,
        agreed: Option<Agreed>,
    ) -> Self {
        #[cfg(not(feature = "deflate"))]
        let _ = agreed;
        Self {
            receiver,
            timeouts,
            start: Instant::now(),
            alarm: None,
            silent_since: None,
            is_between: false,
            is_waiting: false,
            reads: 0,
            #[cfg(feature = "deflate")]
            inflate: agreed.map(|agreed| (agreed, None)),
        }
    }

    /// Receives a message, for which it returns `None`, or how the connection has ended.
    pub(crate) fn poll_next(&mut self, shared: &Shared, cx: &Context<'_>) -> Poll<Option<Outcome>> {
        loop {
            if self.is_waiting {
                ready!(shared.poll(READER, cx, |output, cx| self.poll_read(output, cx)));
                self.is_waiting = false;
            }
            match self.advance() {
                Arrival::Message => {
                    self.is_between = self.receiver.unread().is_empty();
                    return Poll::Ready(None);
                }
                Arrival::Done(outcome) => return Poll::Ready(Some(outcome)),
                Arrival::Read => {
                    self.is_waiting = true;
                    continue;
                }
                Arrival::Duty(duty) => shared.lock().perform(&duty),
                Arrival::Pong => {}
            }
            // It may have been one control frame too many.
            self.reads = READS;
        }
    }

    fn advance(&mut self) -> Arrival {
        #[cfg(feature = "deflate")]
        if let Some((agreed, own)) = &mut self.inflate {
            return CODECS.with_borrow_mut(|codecs| {
                self.receiver.advance_with(codecs.inflater(own, *agreed))
            });
        }
        self.receiver.advance()
    }

    /// Writes what is due, and reads once. Checks the time-outs if there is nothing to read.
    fn poll_read(&mut self, output: &mut Output, cx: &mut Context<'_>) -> Poll<()> {
        let is_written = output.poll_write(cx, &[]).is_ready();
        if output.has_timed_out() {
            self.receiver.filled(0);
            return Poll::Ready(());
        }
        if output.has_sent_close() {
            self.catch_up();
            self.receiver.close_was_sent();
        }
        if is_written && self.receiver.wants_shutdown() {
            // If it fails, so will the next read.
            _ = output.stream.as_mut().poll_shutdown(cx);
        }
        if self.receiver.space().is_empty() && self.receiver.is_idle() {
            _ = self.receiver.replace_buffer(borrow_spare(READER));
        }
        let space = self.receiver.space();
        if space.is_empty() {
            return Poll::Ready(()); // `advance` makes room
        }
        if self.reads < READS && !output.is_crowded() {
            let mut space = ReadBuf::new(space);
            if let Poll::Ready(read) = output.stream.as_mut().poll_read(cx, &mut space) {
                let len = space.filled().len();
                self.receiver.filled(len);
                self.reads += 1;
                (self.silent_since, self.is_between) = (None, false);
                read.unwrap_or_else(|error| output.fail(error));
                return Poll::Ready(());
            }
        }
        self.poll_clock(output, cx)
    }

    /// Checks the time-outs as they were when there was nothing more to read.
    fn catch_up(&mut self) {
        if let Some(since) = self.silent_since.take() {
            self.receiver.tick(since - self.start, &self.timeouts);
        }
    }

    /// Checks the time-outs. Waits for the next, unless there may be something to read.
    fn poll_clock(&mut self, output: &mut Output, cx: &mut Context<'_>) -> Poll<()> {
        let now = Instant::now();
        let is_due = mem::take(&mut self.reads) >= READS;
        // When the alarm rings, if it wakes this task.
        let alarm =
            self.alarm.as_ref().filter(|(at, waker, _)| now < *at && waker.will_wake(cx.waker()));
        let alarm = alarm.map(|(at, ..)| *at);
        let next = now.checked_add(self.timeouts.idle);
        // After a whole message, the next time-out is `idle` from now. The alarm rings before it, so this
        // need not be computed for each message.
        if self.is_between
            && !is_due
            && !output.is_closed()
            && alarm.is_some_and(|at| next.is_none_or(|next| at <= next))
            && let Ok(buffer) = self.receiver.replace_buffer(Vec::new())
        {
            return_spare(READER, buffer);
            self.silent_since.get_or_insert(now);
            return Poll::Pending;
        }
        self.catch_up();
        let until = match self.receiver.tick(now - self.start, &self.timeouts) {
            Due::Wait { until } => until,
            Due::Ping => {
                // Nothing has arrived for a long time.
                #[cfg(feature = "deflate")]
                if let Some((_, Some(own))) = &mut self.inflate {
                    own.release();
                }
                #[cfg(feature = "deflate")]
                output.deflate.iter_mut().for_each(|(_, _, own)| *own = None);
                output.perform(&Duty::PING);
                return Poll::Ready(());
            }
            Due::GiveUp => {
                output.fail(ErrorKind::TimedOut.into());
                self.receiver.filled(0);
                return Poll::Ready(());
            }
        };
        if is_due {
            return Poll::Ready(());
        }
        if let Ok(buffer) = self.receiver.replace_buffer(Vec::new()) {
            return_spare(READER, buffer);
        }
        let at = self.start.checked_add(until).unwrap_or_else(|| now + A_YEAR);
        // The alarm is polled only after it was set. If the task's budget were spent, it would not register
        // the waker.
        if alarm.is_none_or(|rings| at < rings) {
            let new = || (at, cx.waker().clone(), Box::pin(sleep_until(at)));
            let (rings, waker, alarm) = self.alarm.get_or_insert_with(new);
            *rings = at;
            waker.clone_from(cx.waker());
            alarm.as_mut().reset(at);
            return pin!(unconstrained(alarm.as_mut())).poll(cx);
        }
        Poll::Pending
    }
}
