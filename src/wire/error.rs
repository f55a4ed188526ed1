use crate::payload::simd::IS_SMALL;
use crate::wire::close_code::CloseCode;
use crate::wire::header::Rsv;
use core::fmt;

/// A rule that the input breaks, the offset of the byte that breaks it, and what was found there.
///
/// ```
/// use wsparse::{CloseCode, Found, HeaderView, Rule};
///
/// // A Ping whose FIN bit is 0.
/// let error = HeaderView::parse(&[0x09, 0x00]).unwrap_err();
/// assert_eq!(error.rule(), Rule::FragmentedControl);
/// assert_eq!(error.rule().section(), "5.5");
/// assert_eq!(error.offset(), 0);
/// assert_eq!(error.found(), Some(Found::Opcode(0x9)));
/// assert_eq!(error.close_code(), CloseCode::PROTOCOL_ERROR);
/// assert_eq!(
///     error.to_string(),
///     "a control frame is fragmented: opcode 0x9 (RFC 6455 section 5.5), at offset 0",
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Error {
    rule: Rule,
    offset: u64,
    /// What was found, as a number: the rule says of what kind. An error is 16 bytes, because each
    /// call of a decoder can return one.
    value: u32,
}

/// What breaks a rule: see [`Error::found`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Found {
    /// The RSV bits that are set in the header.
    Rsv(Rsv),
    /// The opcode, which may be a reserved one.
    Opcode(u8),
    /// The status code of the Close.
    Code(u16),
    /// The payload length that the header of the frame states, in bytes. If a message is too big,
    /// this is only the length of the frame that makes it so. A length of more than 4 GiB is
    /// reported as `u32::MAX`.
    Length(u64),
}

/// A rule that a peer can break. [`WrongAssembler`](Self::WrongAssembler) and `NoInflater` are for the
/// caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Rule {
    /// RSV1, RSV2 or RSV3 is set, and no extension was negotiated that uses it (§5.2).
    ReservedBit,
    /// The opcode is one of 3–7 or B–F (§5.2).
    ReservedOpcode,
    /// A Close, Ping or Pong has FIN 0 (§5.5).
    FragmentedControl,
    /// A Close, Ping or Pong announces a payload of more than 125 bytes (§5.5).
    ControlTooLong,
    /// The payload length is not written in the shortest of its three forms (§5.2).
    NonMinimalLength,
    /// The most significant bit of a 64-bit payload length is 1 (§5.2).
    LengthTopBit,
    /// A client sent a frame that is not masked (§5.1).
    UnmaskedByClient,
    /// A server sent a frame that is masked (§5.1).
    MaskedByServer,
    /// A Continuation frame arrived outside a fragmented message (§5.4).
    UnexpectedContinuation,
    /// A Text or Binary frame arrived inside a fragmented message (§5.4).
    ExpectedContinuation,
    /// The payload of a Close is a single byte (§5.5.1).
    HalfCloseCode,
    /// A Close carries a status code that must not be sent (§7.4).
    ReservedCloseCode,
    /// Text, or the reason in a Close, is not UTF-8 (§8.1).
    InvalidUtf8,
    /// The data of a compressed message cannot be inflated (RFC 7692 §7.2.2).
    InvalidDeflate,
    /// A compressed message ends inside a block, or without the empty block that must be at its end
    /// (RFC 7692 §7.2.1).
    UnfinishedDeflate,
    /// The payload of a frame is longer than [`Limits::max_frame`](crate::Limits::max_frame)
    /// (§10.4).
    FrameTooBig,
    /// A message is longer than [`Limits::max_message`](crate::Limits::max_message), or than its
    /// [`Assembler`](crate::Assembler) can hold (§10.4).
    MessageTooBig,
    /// A message has more frames than [`Limits::max_fragments`](crate::Limits::max_fragments)
    /// (§10.4).
    TooManyFragments,
    /// More Pings and Pongs arrived in a second than
    /// [`Limits::max_control_rate`](crate::Limits::max_control_rate) (§10.4). The status code is
    /// 1008, a policy violation.
    TooManyControls,
    /// The beginning of this message or control frame is in another
    /// [`Assembler`](crate::Assembler).
    ///
    /// This is the caller's mistake, not the peer's: the status code is 1011, an internal error
    /// (§7.4.1).
    WrongAssembler,
    /// A compressed message arrived at a connection that is to inflate it, but no inflater was passed:
    /// `advance` or `next` was called instead of `advance_with` or `next_inflated`.
    ///
    /// This is the caller's mistake: the status code is 1011. It needs the feature `deflate`.
    #[cfg(feature = "deflate")]
    NoInflater,
}

/// What is known about a rule: the section that states it, the status code to close with, and what
/// is wrong if it is broken.
type Facts = (&'static str, CloseCode, &'static str);

impl Rule {
    #[inline(always)]
    const fn facts(self) -> Facts {
        const PROTOCOL: CloseCode = CloseCode::PROTOCOL_ERROR;
        const INVALID: CloseCode = CloseCode::INVALID_PAYLOAD;
        const TOO_BIG: CloseCode = CloseCode::MESSAGE_TOO_BIG;
        const INTERNAL: CloseCode = CloseCode::INTERNAL_ERROR;
        match self {
            Self::ReservedBit => ("5.2", PROTOCOL, "a reserved bit is set that no extension uses"),
            Self::ReservedOpcode => ("5.2", PROTOCOL, "the opcode is reserved"),
            Self::FragmentedControl => ("5.5", PROTOCOL, "a control frame is fragmented"),
            Self::ControlTooLong => {
                ("5.5", PROTOCOL, "a control frame's payload is longer than 125 bytes")
            }
            Self::NonMinimalLength => {
                ("5.2", PROTOCOL, "the payload length is not in its shortest form")
            }
            Self::LengthTopBit => {
                ("5.2", PROTOCOL, "the top bit of the 64-bit payload length is set")
            }
            Self::UnmaskedByClient => ("5.1", PROTOCOL, "a client's frame is not masked"),
            Self::MaskedByServer => ("5.1", PROTOCOL, "a server's frame is masked"),
            Self::UnexpectedContinuation => {
                ("5.4", PROTOCOL, "a continuation frame outside a fragmented message")
            }
            Self::ExpectedContinuation => {
                ("5.4", PROTOCOL, "a new message inside one that has not ended")
            }
            Self::HalfCloseCode => ("5.5.1", PROTOCOL, "a Close payload of a single byte"),
            Self::ReservedCloseCode => ("7.4", PROTOCOL, "a status code that must not be sent"),
            Self::InvalidUtf8 => ("8.1", INVALID, "text is not UTF-8"),
            Self::InvalidDeflate => ("7.2.2", INVALID, "compressed data cannot be inflated"),
            Self::UnfinishedDeflate => {
                ("7.2.1", INVALID, "a compressed message does not end with an empty block")
            }
            Self::FrameTooBig => ("10.4", TOO_BIG, "a frame is bigger than allowed"),
            Self::MessageTooBig => ("10.4", TOO_BIG, "a message is bigger than allowed"),
            Self::TooManyFragments => {
                ("10.4", TOO_BIG, "a message has more fragments than allowed")
            }
            Self::TooManyControls => (
                "10.4",
                CloseCode::POLICY_VIOLATION,
                "more control frames in a second than allowed",
            ),
            Self::WrongAssembler => ("7.4.1", INTERNAL, "the message began in another assembler"),
            #[cfg(feature = "deflate")]
            Self::NoInflater => ("7.4.1", INTERNAL, "no inflater for a compressed message"),
        }
    }

    /// Returns the number of the RFC that states the rule: 7692 for the rules about compressed data,
    /// otherwise 6455.
    #[must_use]
    pub const fn rfc(self) -> u16 {
        match self {
            Self::InvalidDeflate | Self::UnfinishedDeflate => 7692,
            _ => 6455,
        }
    }

    /// Returns the section of the [RFC](Self::rfc) that states the rule.
    #[must_use]
    pub const fn section(self) -> &'static str {
        self.facts().0
    }

    /// Returns the status code to close the connection with when the rule is broken (§7.4.1).
    #[must_use]
    pub const fn close_code(self) -> CloseCode {
        self.facts().1
    }

    /// Returns a description of what is wrong, without the section.
    #[must_use]
    pub const fn description(self) -> &'static str {
        self.facts().2
    }

    /// Returns the reason in a Close that a connection sends because the rule is broken.
    ///
    /// It is the [description](Self::description). On a microcontroller it is empty, so that the
    /// descriptions take memory only in programs that use them.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        if IS_SMALL { "" } else { self.description() }
    }
}

impl Error {
    /// Creates an error of which nothing but the rule is reported.
    pub(crate) const fn new(rule: Rule, offset: u64) -> Self {
        Self::with_value(rule, offset, 0)
    }

    pub(crate) const fn with_value(rule: Rule, offset: u64, value: u32) -> Self {
        Self { rule, offset, value }
    }

    pub(crate) const fn value(self) -> u32 {
        self.value
    }

    /// Returns the same error with `start` added to its offset.
    ///
    /// Use it if the input that you parsed began `start` bytes into a stream.
    #[must_use]
    pub const fn offset_by(self, start: u64) -> Self {
        Self { offset: self.offset.saturating_add(start), ..self }
    }

    /// Returns the rule that was broken.
    #[must_use]
    pub const fn rule(self) -> Rule {
        self.rule
    }

    /// Returns the offset of the first byte that cannot be right, given those before it.
    ///
    /// It is counted in bytes, from the start of the input that was parsed. [`Decoder`],
    /// [`Messages`] and [`Connection`] count from the first byte after the opening handshake.
    ///
    /// [`Connection`]: crate::Connection
    /// [`Decoder`]: crate::Decoder
    /// [`Messages`]: crate::Messages
    #[must_use]
    pub const fn offset(self) -> u64 {
        self.offset
    }

    /// Returns what was found that breaks the rule, if it says more than the rule itself.
    ///
    /// | Rule | Found |
    /// |---|---|
    /// | [`ReservedBit`](Rule::ReservedBit) | [`Found::Rsv`] |
    /// | [`ReservedOpcode`](Rule::ReservedOpcode), [`FragmentedControl`](Rule::FragmentedControl), [`ControlTooLong`](Rule::ControlTooLong), [`ExpectedContinuation`](Rule::ExpectedContinuation) | [`Found::Opcode`] |
    /// | [`ReservedCloseCode`](Rule::ReservedCloseCode) | [`Found::Code`] |
    /// | [`FrameTooBig`](Rule::FrameTooBig), [`MessageTooBig`](Rule::MessageTooBig) | [`Found::Length`], or `None` if memory ran out or the message is compressed |
    /// | all others | `None` |
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the value was made of such a number")]
    pub const fn found(self) -> Option<Found> {
        match self.rule {
            Rule::ReservedBit => Some(Found::Rsv(Rsv::from_bits(self.value as u8))),
            Rule::ReservedOpcode
            | Rule::FragmentedControl
            | Rule::ControlTooLong
            | Rule::ExpectedContinuation => Some(Found::Opcode(self.value as u8)),
            Rule::ReservedCloseCode => Some(Found::Code(self.value as u16)),
            // No length of 0 is too big.
            Rule::FrameTooBig | Rule::MessageTooBig if self.value > 0 => {
                Some(Found::Length(self.value as u64))
            }
            _ => None,
        }
    }

    /// Returns the status code to close the connection with (§7.4.1).
    #[must_use]
    pub const fn close_code(self) -> CloseCode {
        self.rule.close_code()
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (RFC {} section {})", self.description(), self.rfc(), self.section())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rule.description())?;
        if let Some(found) = self.found() {
            write!(f, ": {found}")?;
        }
        let (rfc, section) = (self.rule.rfc(), self.rule.section());
        write!(f, " (RFC {rfc} section {section}), at offset {}", self.offset)
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsv(bits) => bits.fmt_names(f),
            Self::Opcode(number) => write!(f, "opcode 0x{number:X}"),
            Self::Code(code) => write!(f, "code {code}"),
            Self::Length(len) => write!(f, "a payload of {len} bytes"),
        }
    }
}

impl core::error::Error for Error {}

#[cfg(feature = "std")]
impl From<Error> for std::io::Error {
    /// Creates an error of the kind `InvalidData`, or `InvalidInput` for
    /// [`WrongAssembler`](Rule::WrongAssembler) and `NoInflater`, which are the caller's mistake.
    fn from(error: Error) -> Self {
        let kind = match error.rule {
            Rule::WrongAssembler => std::io::ErrorKind::InvalidInput,
            #[cfg(feature = "deflate")]
            Rule::NoInflater => std::io::ErrorKind::InvalidInput,
            _ => std::io::ErrorKind::InvalidData,
        };
        Self::new(kind, error)
    }
}

#[cfg(test)]
mod tests {
    use super::Rule;
    use core::iter;

    /// For each rule: the section that states it, the status code of §7.4.1, words that no other
    /// description has, and the next rule. A new rule does not compile without a row.
    fn row(rule: Rule) -> (&'static str, u16, &'static [&'static str], Option<Rule>) {
        use Rule::*;
        match rule {
            ReservedBit => ("5.2", 1002, &["reserved bit", "extension"], Some(ReservedOpcode)),
            ReservedOpcode => ("5.2", 1002, &["opcode", "reserved"], Some(FragmentedControl)),
            FragmentedControl => ("5.5", 1002, &["control", "fragmented"], Some(ControlTooLong)),
            ControlTooLong => ("5.5", 1002, &["control", "125"], Some(NonMinimalLength)),
            NonMinimalLength => ("5.2", 1002, &["length", "shortest"], Some(LengthTopBit)),
            LengthTopBit => ("5.2", 1002, &["64-bit", "length", "top bit"], Some(UnmaskedByClient)),
            UnmaskedByClient => ("5.1", 1002, &["client", "not masked"], Some(MaskedByServer)),
            MaskedByServer => ("5.1", 1002, &["server", "is masked"], Some(UnexpectedContinuation)),
            UnexpectedContinuation => {
                ("5.4", 1002, &["continuation", "outside"], Some(ExpectedContinuation))
            }
            ExpectedContinuation => ("5.4", 1002, &["message", "not ended"], Some(HalfCloseCode)),
            HalfCloseCode => ("5.5.1", 1002, &["Close", "single byte"], Some(ReservedCloseCode)),
            ReservedCloseCode => ("7.4", 1002, &["status code", "not be sent"], Some(InvalidUtf8)),
            InvalidUtf8 => ("8.1", 1007, &["text", "not UTF-8"], Some(InvalidDeflate)),
            InvalidDeflate => ("7.2.2", 1007, &["compressed", "cannot"], Some(UnfinishedDeflate)),
            UnfinishedDeflate => ("7.2.1", 1007, &["compressed", "end"], Some(FrameTooBig)),
            FrameTooBig => ("10.4", 1009, &["a frame", "bigger"], Some(MessageTooBig)),
            MessageTooBig => ("10.4", 1009, &["a message", "bigger"], Some(TooManyFragments)),
            TooManyFragments => ("10.4", 1009, &["more fragments"], Some(TooManyControls)),
            TooManyControls => ("10.4", 1008, &["control frames"], Some(WrongAssembler)),
            #[cfg(not(feature = "deflate"))]
            WrongAssembler => ("7.4.1", 1011, &["another assembler"], None),
            #[cfg(feature = "deflate")]
            WrongAssembler => ("7.4.1", 1011, &["another assembler"], Some(NoInflater)),
            #[cfg(feature = "deflate")]
            NoInflater => ("7.4.1", 1011, &["inflater"], None),
        }
    }

    #[test]
    fn each_rule_has_its_section_its_code_and_its_own_description() {
        let rules = || iter::successors(Some(Rule::ReservedBit), |rule| row(*rule).3);
        for (place, rule) in rules().enumerate() {
            // No rule was left out of the order of the rows.
            assert_eq!(rule as usize, place);
            let (section, code, words, _) = row(rule);
            assert_eq!((rule.section(), rule.close_code().get()), (section, code), "{rule:?}");
            let described = |rule: &Rule| words.iter().all(|w| rule.description().contains(w));
            assert!(rules().filter(described).eq([rule]), "{rule:?}");
            // It fits into a Close as the reason (§5.5).
            assert!(rule.description().len() <= 123, "{rule:?}");
        }
    }
}
