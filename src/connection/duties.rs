use crate::send::frame::OutgoingFrame;
use crate::wire::close::Close;
use crate::wire::close_code::CloseCode;
use crate::wire::error::Error;
use crate::wire::header::CONTROL_MAX;

/// One of the two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Side {
    /// This endpoint.
    Local,
    /// The peer.
    Remote,
}

/// What ended the reception of messages.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ending {
    None,
    /// The peer's Close.
    ByPeer {
        code: Option<CloseCode>,
        /// Who sent a Close first.
        first: Side,
    },
    /// A rule that the peer broke.
    Failed(Error),
}

impl Ending {
    #[inline(always)]
    pub(super) const fn is_none(self) -> bool {
        matches!(self, Self::None)
    }

    /// Returns the Close that answers it.
    fn answer(self) -> Option<OutgoingFrame<'static>> {
        let close = match self {
            Self::None => return None,
            Self::ByPeer { code, .. } => Close { code, reason: "" },
            Self::Failed(error) => {
                Close { code: Some(error.close_code()), reason: error.rule().description() }
            }
        };
        OutgoingFrame::close(close).ok()
    }
}

/// The control frames that the connection sends on its own.
#[derive(Clone, Copy)]
pub(super) struct Duties {
    /// The payload of the newest Ping that has not been answered.
    pong: Option<(u8, [u8; CONTROL_MAX])>,
    ping: bool,
}

impl Duties {
    pub(super) const NONE: Self = Self { pong: None, ping: false };

    /// A Ping was received. It is answered instead of an earlier one (§5.5.3).
    pub(super) fn answer(&mut self, ping: &[u8]) {
        let (len, payload) = self.pong.get_or_insert((0, [0; CONTROL_MAX]));
        payload.iter_mut().zip(ping).for_each(|(to, byte)| *to = *byte);
        *len = u8::try_from(ping.len()).unwrap_or(0);
    }

    /// A Ping is due.
    pub(super) const fn ping(&mut self) {
        self.ping = true;
    }

    pub(super) fn pong(&self) -> Option<OutgoingFrame<'_>> {
        let (len, payload) = self.pong.as_ref()?;
        OutgoingFrame::pong(payload.get(..usize::from(*len))?).ok()
    }

    /// Returns the frame that is due first.
    pub(super) fn next(&self, ending: Ending, close_sent: bool) -> Option<OutgoingFrame<'_>> {
        if close_sent {
            // §5.5.2: a Ping is answered until the peer's Close has arrived.
            return if ending.is_none() { self.pong() } else { None };
        }
        if let Some(pong) = self.pong() {
            return Some(pong);
        }
        if self.ping && ending.is_none() {
            return OutgoingFrame::ping(&[]).ok();
        }
        ending.answer()
    }

    /// The frame that was due first has been sent. The encoder knows if it was a Close.
    pub(super) fn sent_first(&mut self) {
        if self.pong.take().is_none() {
            self.ping = false;
        }
    }

    /// The Pong has been sent.
    pub(super) const fn sent_pong(&mut self) {
        self.pong = None;
    }
}
