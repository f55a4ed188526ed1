/// How messages are compressed in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Direction {
    /// The sender compresses with a window of 2 to the power of this number of bytes, at most
    /// (§7.1.2). From 9 to 15; other values count as the nearest of these.
    ///
    /// A peer may also agree on 8. See [`Agreed`].
    pub window_bits: u8,
    /// Whether a message may refer to earlier ones (§7.1.1).
    ///
    /// Similar messages then become much smaller. In return, each connection needs a compressor or
    /// an inflater of its own, which exists as long as the connection does. Without it, one pair
    /// serves all connections of a thread.
    pub context_takeover: bool,
}

impl Direction {
    /// A window of 32 KiB for each message.
    pub const WITHOUT_CONTEXT: Self = Self { window_bits: 15, context_takeover: false };

    /// A window of 32 KiB that is kept from one message to the next.
    pub const WITH_CONTEXT: Self = Self { window_bits: 15, context_takeover: true };

    /// The largest window that an endpoint of ours asks for.
    pub(crate) const fn max_window_bits(self) -> u8 {
        match self.window_bits {
            ..=9 => 9,
            15.. => 15,
            bits => bits,
        }
    }

    /// Returns whether messages of a compressor with this window and context may be sent, if this was
    /// agreed on.
    ///
    /// Without context takeover, a message may come from any compressor. With it, only from the one of
    /// the connection: that is the one which keeps its context, too.
    #[cfg(all(feature = "deflate", not(target_os = "none")))]
    pub(crate) const fn allows(self, compressor: Self) -> bool {
        self.context_takeover == compressor.context_takeover
            && self.window_bits >= compressor.window_bits
    }
}

/// How an endpoint wants to compress.
///
/// "Outgoing" and "incoming" are as this endpoint sees them.
///
/// ```
/// use wsparse::deflate::{Direction, Policy};
///
/// // Messages to the client may refer to earlier ones, with a small window.
/// let outgoing = Direction { window_bits: 11, context_takeover: true };
/// let policy = Policy { outgoing, memory_level: 4, threshold: 32, ..Policy::DEFAULT };
/// # assert_eq!(policy.incoming, Direction::WITHOUT_CONTEXT);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Policy {
    /// The messages that this endpoint sends.
    pub outgoing: Direction,
    /// The messages that this endpoint receives.
    ///
    /// An inflater takes the same memory whatever the window.
    pub incoming: Direction,
    /// From 1 (fast) to 9 (small). 0 does not compress. Higher values count as 9.
    pub level: u8,
    /// The memory for the internal state of a compressor, from 1 (little) to 9 (much). Other values
    /// count as the nearest of these.
    pub memory_level: u8,
    /// Messages shorter than this number of bytes are sent uncompressed.
    pub threshold: usize,
}

impl Policy {
    /// No context takeover, so that an idle connection needs no memory; level 1 with the largest
    /// window; messages of fewer than 128 bytes uncompressed, because they become hardly smaller.
    pub const DEFAULT: Self = Self {
        outgoing: Direction::WITHOUT_CONTEXT,
        incoming: Direction::WITHOUT_CONTEXT,
        level: 1,
        memory_level: 8,
        threshold: 128,
    };
}

impl Default for Policy {
    /// [`Policy::DEFAULT`].
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What two endpoints have agreed on: their messages may be compressed.
///
/// "Outgoing" and "incoming" are as this endpoint sees them.
///
/// `window_bits` may be 8 here. What the peer compresses with such a window can be inflated. Our
/// compressor cannot produce it (zlib uses 9 instead), so if `outgoing.window_bits` is 8, all messages are
/// sent uncompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Agreed {
    /// The messages that this endpoint sends.
    pub outgoing: Direction,
    /// The messages that this endpoint receives.
    pub incoming: Direction,
}
