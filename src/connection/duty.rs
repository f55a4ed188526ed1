use crate::send::frame::OutgoingFrame;
use crate::wire::close::{self, Close};
use crate::wire::close_code::CloseCode;
use crate::wire::header::CONTROL_MAX;
use core::fmt;

/// Something that a [`Receiver`](crate::Receiver) found due, for the [`Sender`](crate::Sender) of the
/// same connection: a Pong, a Ping, a Close, or the end.
///
/// Pass it to [`Sender::perform`](crate::Sender::perform), through a channel if the two halves live
/// in different tasks or threads. It owns what it needs, and takes at most 128 bytes.
///
/// [`Arrival`](crate::Arrival) shows one that is performed. The guide has a program with two threads:
/// [halves](crate::guide::halves).
#[derive(Clone, PartialEq, Eq)]
pub struct Duty {
    pub(super) kind: Kind,
    len: u8,
    payload: [u8; CONTROL_MAX],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) enum Kind {
    Ping,
    Pong,
    /// The answer to the peer's Close, or the report of a rule that it broke.
    Close,
    /// The stream has ended: nothing more can be sent.
    Stop,
}

impl Duty {
    /// A Ping without a payload, for a [`Due::Ping`](crate::Due::Ping).
    pub const PING: Self = Self::new(Kind::Ping);

    /// The end of sending, for a stream that has failed or ended.
    pub const STOP: Self = Self::new(Kind::Stop);

    const fn new(kind: Kind) -> Self {
        Self { kind, len: 0, payload: [0; CONTROL_MAX] }
    }

    /// Returns whether it answers a Ping. Of several such duties that wait, you may discard all but
    /// the newest (§5.5.3).
    pub const fn is_pong(&self) -> bool {
        matches!(self.kind, Kind::Pong)
    }

    /// The answer to a Ping with this payload.
    pub(super) fn pong(ping: &[u8]) -> Self {
        let mut duty = Self::new(Kind::Pong);
        duty.payload.iter_mut().zip(ping).for_each(|(to, byte)| *to = *byte);
        duty.len = u8::try_from(ping.len()).unwrap_or_default();
        duty
    }

    pub(super) fn close(code: Option<CloseCode>, reason: &str) -> Self {
        let mut duty = Self::new(Kind::Close);
        if let Some(code) = code {
            let len = close::encode(code, reason.as_bytes(), &mut duty.payload);
            duty.len = u8::try_from(len).unwrap_or_default();
        }
        duty
    }

    /// Returns the frame that performs it, if it is one.
    pub(super) fn frame(&self) -> Option<OutgoingFrame<'_>> {
        let payload = self.payload.get(..usize::from(self.len))?;
        match self.kind {
            Kind::Ping => OutgoingFrame::ping(payload).ok(),
            Kind::Pong => OutgoingFrame::pong(payload).ok(),
            Kind::Close => OutgoingFrame::close(Close::parse(payload).ok()?).ok(),
            Kind::Stop => None,
        }
    }
}

impl fmt::Debug for Duty {
    /// Leaves out the payload, which may be confidential.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Duty").field(&self.kind).finish()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Duty {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Duty({})", self.kind);
    }
}

#[cfg(test)]
mod tests {
    use super::Duty;

    #[test]
    fn it_is_small() {
        assert!(size_of::<Duty>() <= 128, "{}", size_of::<Duty>());
    }
}
