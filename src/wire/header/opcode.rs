use super::field;
use core::fmt;
use core::ops::BitOr;

/// The type of a frame: one of the six opcodes that are defined (§5.2, §11.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Opcode {
    /// The next fragment of a message that an earlier frame began (§5.4).
    Continuation = 0x0,
    /// A text message, or its first fragment (§5.6).
    Text = 0x1,
    /// A binary message, or its first fragment (§5.6).
    Binary = 0x2,
    /// The start of the closing handshake, or its answer (§5.5.1).
    Close = 0x8,
    /// A request for a Pong, to see whether the peer responds (§5.5.2).
    Ping = 0x9,
    /// The answer to a Ping, or a heartbeat that no Ping asked for (§5.5.3).
    Pong = 0xA,
}

impl Opcode {
    /// Returns the opcode with this number, or `None` if it is reserved (3–7, B–F) or has more than
    /// 4 bits.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        match number {
            0x0 => Some(Self::Continuation),
            0x1 => Some(Self::Text),
            0x2 => Some(Self::Binary),
            0x8 => Some(Self::Close),
            0x9 => Some(Self::Ping),
            0xA => Some(Self::Pong),
            _ => None,
        }
    }

    /// Returns the number of the opcode, as it is written in a header.
    #[must_use]
    pub const fn get(self) -> u8 {
        self as u8
    }

    /// Returns whether this is Close, Ping or Pong, which are never fragmented and carry at most
    /// 125 bytes (§5.5).
    #[must_use]
    pub const fn is_control(self) -> bool {
        self.get() & field::CONTROL != 0
    }

    /// Returns whether this is Text, Binary or Continuation, which carry a part of a message
    /// (§5.6).
    #[must_use]
    pub const fn is_data(self) -> bool {
        !self.is_control()
    }
}

impl fmt::Display for Opcode {
    /// Writes the name in lower case.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Continuation => "continuation",
            Self::Text => "text",
            Self::Binary => "binary",
            Self::Close => "close",
            Self::Ping => "ping",
            Self::Pong => "pong",
        })
    }
}

/// A set of the bits RSV1, RSV2 and RSV3. They are 0 unless an extension uses them (§5.2).
///
/// ```
/// use wsparse::Rsv;
///
/// let allowed = Rsv::RSV1 | Rsv::RSV3;
/// assert!(allowed.contains(Rsv::RSV1));
/// assert!(!allowed.contains(Rsv::RSV1 | Rsv::RSV2));
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Rsv(pub(super) u8);

impl Rsv {
    /// The empty set, which is all that a connection without extensions allows.
    pub const NONE: Self = Self(0);
    /// RSV1, which marks a message as compressed with permessage-deflate (RFC 7692 §6).
    pub const RSV1: Self = Self(0x40);
    /// RSV2, which no registered extension uses.
    pub const RSV2: Self = Self(0x20);
    /// RSV3, which no registered extension uses.
    pub const RSV3: Self = Self(0x10);

    /// Returns the union of both sets, like `|`, which is not `const`.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns whether this set contains all bits of `other`.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }
}

impl Rsv {
    /// Returns the RSV bits of the first byte of a header.
    pub(crate) const fn from_bits(first: u8) -> Self {
        Self(first & field::RSV)
    }

    fn names(self) -> impl Iterator<Item = &'static str> {
        let names = [(Self::RSV1, "RSV1"), (Self::RSV2, "RSV2"), (Self::RSV3, "RSV3")];
        names.into_iter().filter(move |(bit, _)| self.contains(*bit)).map(|(_, name)| name)
    }

    /// Writes the names, with a space between them.
    pub(crate) fn fmt_names(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.names().enumerate().try_for_each(|(n, name)| {
            f.write_str(if n == 0 { "" } else { " " })?;
            f.write_str(name)
        })
    }
}

impl BitOr for Rsv {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

impl fmt::Debug for Rsv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
