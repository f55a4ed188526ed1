use crate::connection::failure::Failure;
use crate::connection::timeouts::{Awaiting, Due, Timeouts, Waiting};
use crate::receive::stream::Stream;
use crate::send::frame::OutgoingFrame;
use crate::wire::close::Close;
use crate::wire::close_code::CloseCode;
use crate::wire::error::{Error, Rule};
use core::time::Duration;

/// One of the two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Side {
    /// This endpoint.
    Local,
    /// The peer.
    Remote,
}

/// The state of a [`Connection`](crate::Connection) or an [`Endpoint`](crate::Endpoint).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Phase {
    /// Neither side has sent a Close. Both may send.
    Open,
    /// One side has sent a Close, and the other has not answered it (§7.1.3). With
    /// [`Side::Local`], messages may still arrive before the peer's Close. With [`Side::Remote`],
    /// the answer has not been sent yet.
    Closing(Side),
    /// Both sides have sent a Close. The value is the side that sent one first.
    Closed(Side),
    /// The peer broke a rule. Nothing that it sends after that is decoded (§7.1.7).
    Failed(Error),
    /// The stream [ended](crate::Connection::handle_eof) before the peer sent a Close. Nothing can
    /// be sent any more.
    Cut,
}

/// What ended the reception of messages.
#[derive(Clone, Copy, Debug)]
enum Ending {
    None,
    /// The peer's Close.
    ByPeer {
        code: Option<CloseCode>,
        /// Who sent a Close first.
        first: Side,
    },
    /// A rule that the peer broke: the decoder knows which.
    Failed,
}

/// What an endpoint knows of the end of its connection, and of the time.
///
/// It does not repeat what others know: the decoder knows which rule the peer broke (`failed`), the
/// encoder whether a Close was sent (`close_sent`).
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    ending: Ending,
    /// The peer has ended its stream.
    is_eof: bool,
    waiting: Waiting,
}

impl State {
    pub(super) const NEW: Self =
        Self { ending: Ending::None, is_eof: false, waiting: Waiting::NEW };

    /// Returns whether messages may still be received.
    #[inline(always)]
    pub(super) const fn is_receiving(&self) -> bool {
        matches!(self.ending, Ending::None) && !self.is_eof
    }

    pub(super) const fn is_eof(&self) -> bool {
        self.is_eof
    }

    /// Bytes have arrived.
    #[inline(always)]
    pub(super) const fn arrived(&mut self) {
        self.waiting.arrived();
    }

    /// A whole message has arrived.
    #[inline(always)]
    pub(super) const fn message(&mut self) {
        self.waiting.completed();
    }

    /// A control frame has arrived, inside a fragmented message or not.
    pub(super) const fn control(&mut self, is_within: bool) {
        self.waiting.control();
        // Inside a message it completes nothing.
        if !is_within {
            self.waiting.completed();
        }
    }

    /// The peer's Close has arrived.
    pub(super) const fn closed_by_peer(&mut self, code: Option<CloseCode>, close_sent: bool) {
        let first = if close_sent { Side::Local } else { Side::Remote };
        self.ending = Ending::ByPeer { code, first };
    }

    /// The peer broke a rule.
    pub(super) const fn failed(&mut self) {
        self.ending = Ending::Failed;
    }

    pub(super) const fn handle_eof(&mut self) {
        self.is_eof = true;
    }

    pub(super) const fn phase(&self, failed: Option<Error>, close_sent: bool) -> Phase {
        match (self.ending, failed) {
            (Ending::ByPeer { first, .. }, _) if close_sent => Phase::Closed(first),
            (Ending::ByPeer { first, .. }, _) => Phase::Closing(first),
            (_, Some(error)) => Phase::Failed(error),
            _ if self.is_eof => Phase::Cut,
            _ if close_sent => Phase::Closing(Side::Local),
            _ => Phase::Open,
        }
    }

    pub(super) const fn close_code(&self) -> Option<u16> {
        match self.ending {
            Ending::ByPeer { code: Some(code), .. } => Some(code.get()),
            Ending::ByPeer { code: None, .. } => Some(1005),
            Ending::Failed => Some(1006),
            Ending::None if self.is_eof => Some(1006),
            Ending::None => None,
        }
    }

    /// Returns how the connection ended.
    pub(super) const fn outcome(
        &self,
        failed: Option<Error>,
    ) -> Result<Option<CloseCode>, Failure> {
        match (self.ending, failed) {
            (Ending::ByPeer { code, .. }, _) => Ok(code),
            (_, Some(error)) => Err(Failure::Rule(error)),
            (_, None) => Err(Failure::Cut),
        }
    }

    /// Returns whether this side has nothing more to send: its half of the socket can be shut down.
    pub(super) const fn is_finished(&self, close_sent: bool, is_client: bool) -> bool {
        match self.ending {
            _ if self.is_eof => true,
            Ending::None => false,
            Ending::ByPeer { .. } => close_sent && !is_client,
            Ending::Failed => close_sent,
        }
    }

    /// Returns the Close with which this side answers the end of reception.
    pub(super) fn answer(&self, failed: Option<Error>) -> Option<OutgoingFrame<'static>> {
        let close = match (self.ending, failed) {
            (Ending::ByPeer { code, .. }, _) => Close { code, reason: "" },
            (Ending::Failed, Some(error)) => {
                Close { code: Some(error.close_code()), reason: error.rule().reason() }
            }
            _ => return None,
        };
        OutgoingFrame::close(close).ok()
    }

    /// Checks the rate of control frames, for which the decoder fails, and the time-outs.
    pub(super) fn tick(
        &mut self,
        now: Duration,
        timeouts: &Timeouts,
        close_sent: bool,
        stream: &mut Stream,
    ) -> Due {
        let is_within = stream.is_within();
        let max = stream.limits().max_control_rate;
        if self.is_receiving() && self.waiting.is_flooded(now, max) {
            stream.fail_here(Rule::TooManyControls);
            self.failed();
        }
        let awaiting = match self.ending {
            Ending::None if self.is_eof => Awaiting::End,
            Ending::None if close_sent => Awaiting::Close,
            Ending::None => Awaiting::Message { begun: is_within },
            Ending::ByPeer { .. } | Ending::Failed => Awaiting::End,
        };
        self.waiting.tick(now, awaiting, timeouts)
    }
}
