use crate::wire::header::Rsv;

/// What an endpoint accepts from its peer.
///
/// ```
/// use wsparse::Limits;
///
/// let limits = Limits { max_message: 1024, ..Limits::DEFAULT };
/// assert_eq!(limits.max_frame, 16 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Limits {
    /// The RSV bits that a negotiated extension uses; none without an extension (§5.2).
    ///
    /// RSV1 is assumed to be permessage-deflate's (RFC 7692 §6): it is accepted only on a message's
    /// first frame, and the text of such a message is not validated, because it is compressed. It is
    /// decompressed only where the module `deflate` says so.
    pub allowed_rsv: Rsv,
    /// The longest payload of one Text, Binary or Continuation frame, in bytes.
    pub max_frame: u64,
    /// The longest message, in bytes: the payloads of all its frames together. If the
    /// [`Assembler`](crate::Assembler) accepts less, [its limit](crate::Assembler::max_message)
    /// applies.
    pub max_message: u64,
    /// The largest number of frames in one message.
    pub max_fragments: u32,
    /// The largest number of Pings and Pongs in one second. A [`Connection`](crate::Connection) or an
    /// [`Endpoint`](crate::Endpoint) checks it in `tick`, because it does not know the time otherwise.
    pub max_control_rate: u32,
}

impl Limits {
    /// Frames of up to 16 MiB, messages of up to 64 MiB in up to 16 384 fragments, 1 000 control frames a
    /// second, no extension.
    pub const DEFAULT: Self = Self {
        allowed_rsv: Rsv::NONE,
        max_frame: 16 << 20,
        max_message: 64 << 20,
        max_fragments: 16 << 10,
        max_control_rate: 1_000,
    };
}

impl Default for Limits {
    /// [`Limits::DEFAULT`].
    fn default() -> Self {
        Self::DEFAULT
    }
}
