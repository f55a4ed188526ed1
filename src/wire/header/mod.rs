//! The frame header (RFC 6455 §5.2). No other module knows its bits and offsets.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-------+-+-------------+-------------------------------+
//! |F|R|R|R| opcode|M| Payload len |    Extended payload length    |
//! |I|S|S|S|  (4)  |A|     (7)     | 16 bits if Payload len is 126,|
//! |N|V|V|V|       |S|             | 64 bits if it is 127          |
//! | |1|2|3|       |K|             |                               |
//! +-+-+-+-+-------+-+-------------+-------------------------------+
//! | Masking-key, if MASK is set to 1 (32 bits): always the last   |
//! +---------------------------------------------------------------+
//! ```

mod check;
mod common;
mod length;
mod opcode;
mod owned;
mod start;
mod view;

pub(crate) use check::header_len as checked_len;
pub(crate) use common::{CommonHeader, CommonLengths};
pub(crate) use length::header_len;
pub use opcode::{Opcode, Rsv};
pub use owned::Header;
pub(crate) use start::{HeaderStart, payload_len};
pub use view::HeaderView;

mod field {
    pub(super) const FIN: u8 = 0x80;
    pub(super) const RSV: u8 = 0x70;
    pub(super) const OPCODE: u8 = 0x0F;
    /// The opcode's top bit: §5.5 reserves 8–F for control frames.
    pub(super) const CONTROL: u8 = 0x08;

    pub(super) const MASK: u8 = 0x80;
    pub(super) const LENGTH: u8 = 0x7F;
    /// Up to this value the seven bits are the payload length; also a control frame's limit.
    pub(super) const LENGTH_7_MAX: u8 = 125;
    pub(super) const LENGTH_7_MAX_WIDE: u64 = LENGTH_7_MAX as u64;
    pub(super) const LENGTH_16: u8 = 126;
    pub(super) const LENGTH_16_MIN: u64 = LENGTH_7_MAX_WIDE + 1;
    pub(super) const LENGTH_16_MAX: u64 = 0xFFFF;
    pub(super) const LENGTH_64: u8 = 127;
    pub(super) const LENGTH_64_MAX: u64 = u64::MAX >> 1;

    /// Where the extended length starts, and where it ends if it has 2 bytes.
    pub(super) const EXTENDED: usize = 2;
    pub(super) const AFTER_LENGTH_16: usize = 4;
    pub(super) const KEY_SIZE: usize = 4;
}

/// The longest payload of a control frame, in bytes (§5.5).
pub(crate) const CONTROL_MAX: usize = field::LENGTH_7_MAX as usize;
/// The longest control frame, in bytes, with its header.
pub(crate) const CONTROL_FRAME_MAX: usize = field::EXTENDED + field::KEY_SIZE + CONTROL_MAX;
