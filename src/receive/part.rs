use crate::payload::key::MaskingKey;
use crate::wire::header::Opcode;

/// What ends with a [`Chunk`](crate::Chunk) of a data frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Boundary {
    /// Nothing: more of the frame will follow.
    None,
    /// The frame. The message continues in another frame (§5.4).
    Frame,
    /// The frame and the message.
    Message,
}

/// A part of a data frame, not yet unmasked.
#[derive(Debug)]
pub(crate) struct DataPart<'b> {
    pub(crate) bytes: &'b mut [u8],
    /// The key for the first byte.
    pub(crate) key: Option<MaskingKey>,
    pub(crate) boundary: Boundary,
    /// The message is text, which must be validated.
    pub(crate) is_text: bool,
}

impl DataPart<'_> {
    /// Returns whether the message ends with this part.
    #[inline(always)]
    pub(crate) fn is_last(&self) -> bool {
        self.boundary == Boundary::Message
    }
}

/// A part of a control frame, not yet unmasked.
#[derive(Debug)]
pub(crate) struct ControlPart<'b> {
    pub(crate) opcode: Opcode,
    /// The length of the payload before this part.
    pub(crate) start: usize,
    pub(crate) bytes: &'b mut [u8],
    /// The key for the first byte.
    pub(crate) key: MaskingKey,
    /// The frame ends with this part.
    pub(crate) is_last: bool,
}

/// The buffer for a control frame is too short.
#[derive(Debug)]
pub(crate) struct NoRoom;

impl<'b> ControlPart<'b> {
    /// Returns whether it is the whole payload.
    pub(crate) const fn is_whole(&self) -> bool {
        self.start == 0 && self.is_last
    }

    /// Unmasks it, and returns it: it is the whole payload.
    #[inline(always)]
    pub(crate) fn unmask(self) -> &'b mut [u8] {
        self.key.apply(self.bytes);
        self.bytes
    }

    /// Unmasks it, and keeps it in `storage` after the parts before it; returns the whole payload
    /// if this is the last part.
    pub(crate) fn unmask_into(self, storage: &mut [u8]) -> Result<Option<&mut [u8]>, NoRoom> {
        let Self { start, is_last, .. } = self;
        let part = self.unmask();
        let end = start.saturating_add(part.len());
        let (payload, _) = storage.split_at_mut_checked(end).ok_or(NoRoom)?;
        let (_, place) = payload.split_at_mut_checked(start).unwrap_or_default();
        place.iter_mut().zip(part).for_each(|(place, byte)| *place = *byte);
        Ok(if is_last { Some(payload) } else { None })
    }
}
