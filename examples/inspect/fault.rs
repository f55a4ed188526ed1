//! The errors in an input.

use crate::stream::MAX_HEAD_BYTES;
use std::{fmt, io};
use wsparse::{CloseCode, Opcode, Rule};

/// An error that ends a stream early, and its stream offset.
pub(crate) struct Fault {
    pub(crate) offset: u64,
    pub(crate) kind: FaultKind,
}

pub(crate) enum FaultKind {
    /// A frame breaks a rule of RFC 6455, or a compressed message one of RFC 7692.
    Broken(Rule),
    /// The input ends in the middle of a part.
    Truncated {
        part: Part,
        /// The number of missing bytes; of a head or header, the least possible number.
        missing: u64,
    },
    EndlessHead,
    Unreadable(io::Error),
}

/// The part in which an input ends. `frame` is the offset of the frame's first byte.
pub(crate) enum Part {
    Head,
    Header { frame: u64 },
    Payload { frame: u64, opcode: Opcode },
}

impl Fault {
    pub(crate) fn unreadable(offset: u64, error: io::Error) -> Self {
        let kind = FaultKind::Unreadable(error);
        Self { offset, kind }
    }

    /// Returns the number of the RFC that states the rule, if the fault is a broken rule.
    pub(crate) fn rfc(&self) -> Option<u16> {
        match self.kind {
            FaultKind::Broken(rule) => Some(rule.rfc()),
            _ => None,
        }
    }

    /// Returns the section of that RFC.
    pub(crate) fn section(&self) -> Option<&'static str> {
        match self.kind {
            FaultKind::Broken(rule) => Some(rule.section()),
            _ => None,
        }
    }

    /// Returns the status code of the Close that answers it, if the fault is a broken rule.
    pub(crate) fn close_code(&self) -> Option<CloseCode> {
        match self.kind {
            FaultKind::Broken(rule) => Some(rule.close_code()),
            _ => None,
        }
    }

    pub(crate) fn missing(&self) -> Option<u64> {
        match self.kind {
            FaultKind::Truncated { missing, .. } => Some(missing),
            _ => None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            FaultKind::Broken(rule) => rule.fmt(f),
            FaultKind::Truncated { part, missing } => {
                write!(f, "truncated: the input ends inside {part}, ")?;
                let at_least = match part {
                    Part::Head | Part::Header { .. } => "at least ",
                    Part::Payload { .. } => "",
                };
                let bytes = if *missing == 1 { "byte" } else { "bytes" };
                write!(f, "{at_least}{missing} {bytes} missing")
            }
            FaultKind::EndlessHead => {
                write!(f, "the HTTP head is longer than {MAX_HEAD_BYTES} bytes")
            }
            FaultKind::Unreadable(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head => f.write_str("the HTTP head"),
            Self::Header { frame } => write!(f, "the header of the frame at offset {frame}"),
            Self::Payload { frame, opcode } => {
                write!(f, "the payload of the {opcode} frame at offset {frame}")
            }
        }
    }
}
