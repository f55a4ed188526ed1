use crate::wire::close_code::CloseCode;
use core::fmt;

/// A rule of the RFC that the input breaks, and where.
///
/// ```
/// use wsparse::{CloseCode, HeaderView, Rule};
///
/// // A Ping that claims to be the first fragment of something.
/// let error = HeaderView::parse(&[0x09, 0x00]).unwrap_err();
/// assert_eq!(error.rule(), Rule::FragmentedControl);
/// assert_eq!(error.rule().section(), "5.5");
/// assert_eq!(error.offset(), 0);
/// assert_eq!(error.close_code(), CloseCode::PROTOCOL_ERROR);
/// assert_eq!(
///     error.to_string(),
///     "a control frame is fragmented (RFC 6455 section 5.5), at offset 0",
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Error {
    rule: Rule,
    offset: u64,
}

/// The rules that a peer can break; and one for [who receives](Self::WrongAssembler).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// RSV1, RSV2 or RSV3 is set and no extension was negotiated that gives it a meaning (§5.2).
    ReservedBit,
    /// The opcode is one of 3–7 or B–F (§5.2).
    ReservedOpcode,
    /// A Close, Ping or Pong has FIN 0 (§5.5).
    FragmentedControl,
    /// A Close, Ping or Pong announces more than 125 bytes of payload (§5.5).
    ControlTooLong,
    /// The payload length would have fitted a shorter form (§5.2).
    NonMinimalLength,
    /// The most significant bit of a 64-bit payload length is 1 (§5.2).
    LengthTopBit,
    /// A client sent a frame that is not masked (§5.1).
    UnmaskedByClient,
    /// A server sent a frame that is masked (§5.1).
    MaskedByServer,
    /// A Continuation where no message is open (§5.4).
    UnexpectedContinuation,
    /// A Text or Binary frame where a message is open that has not ended (§5.4).
    ExpectedContinuation,
    /// A Close payload of one byte (§5.5.1).
    HalfCloseCode,
    /// A Close with a status code that may not be sent (§7.4).
    ReservedCloseCode,
    /// Text, or the reason in a Close, that is not UTF-8 (§8.1).
    InvalidUtf8,
    /// The payload of a frame is longer than this endpoint allows (§10.4).
    FrameTooBig,
    /// The payloads of a message's frames are together longer than this endpoint allows (§10.4).
    MessageTooBig,
    /// A message has more fragments than this endpoint allows (§10.4).
    TooManyFragments,
    /// What came before this is in another [`Assembler`](crate::Assembler): a mistake at this
    /// endpoint, the only one here that is not the peer's (1011, §7.4.1).
    WrongAssembler,
}

impl Rule {
    /// The section of RFC 6455 that states the rule.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::ReservedBit
            | Self::ReservedOpcode
            | Self::NonMinimalLength
            | Self::LengthTopBit => "5.2",
            Self::FragmentedControl | Self::ControlTooLong => "5.5",
            Self::UnmaskedByClient | Self::MaskedByServer => "5.1",
            Self::UnexpectedContinuation | Self::ExpectedContinuation => "5.4",
            Self::HalfCloseCode => "5.5.1",
            Self::ReservedCloseCode => "7.4",
            Self::InvalidUtf8 => "8.1",
            Self::FrameTooBig | Self::MessageTooBig | Self::TooManyFragments => "10.4",
            Self::WrongAssembler => "7.4.1",
        }
    }

    /// The status code to close the connection with when the rule is broken (§7.4.1).
    #[must_use]
    pub const fn close_code(self) -> CloseCode {
        match self {
            Self::ReservedBit
            | Self::ReservedOpcode
            | Self::FragmentedControl
            | Self::ControlTooLong
            | Self::NonMinimalLength
            | Self::LengthTopBit
            | Self::UnmaskedByClient
            | Self::MaskedByServer
            | Self::UnexpectedContinuation
            | Self::ExpectedContinuation
            | Self::HalfCloseCode
            | Self::ReservedCloseCode => CloseCode::PROTOCOL_ERROR,
            Self::InvalidUtf8 => CloseCode::INVALID_PAYLOAD,
            Self::FrameTooBig | Self::MessageTooBig | Self::TooManyFragments => {
                CloseCode::MESSAGE_TOO_BIG
            }
            Self::WrongAssembler => CloseCode::INTERNAL_ERROR,
        }
    }

    /// What is wrong, without the section.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::ReservedBit => "a reserved bit is set that no extension uses",
            Self::ReservedOpcode => "the opcode is reserved",
            Self::FragmentedControl => "a control frame is fragmented",
            Self::ControlTooLong => "a control frame's payload is longer than 125 bytes",
            Self::NonMinimalLength => "the payload length is not in its shortest form",
            Self::LengthTopBit => "the top bit of the 64-bit payload length is set",
            Self::UnmaskedByClient => "a client's frame is not masked",
            Self::MaskedByServer => "a server's frame is masked",
            Self::UnexpectedContinuation => "a continuation where no message is open",
            Self::ExpectedContinuation => "a new message inside one that has not ended",
            Self::HalfCloseCode => "a Close payload of a single byte",
            Self::ReservedCloseCode => "a status code that may not be sent",
            Self::InvalidUtf8 => "text is not UTF-8",
            Self::FrameTooBig => "a frame is bigger than allowed",
            Self::MessageTooBig => "a message is bigger than allowed",
            Self::TooManyFragments => "a message has more fragments than allowed",
            Self::WrongAssembler => "what came before this is in another assembler",
        }
    }
}

impl Error {
    pub(crate) const fn new(rule: Rule, offset: u64) -> Self {
        Self { rule, offset }
    }

    /// The same error where what was parsed began `start` bytes into something longer: a stream
    /// of which a part was parsed.
    #[must_use]
    pub const fn offset_by(self, start: u64) -> Self {
        Self::new(self.rule, self.offset.saturating_add(start))
    }

    /// The rule that was broken.
    #[must_use]
    pub const fn rule(self) -> Rule {
        self.rule
    }

    /// Where, in bytes from the start of the input: the first byte that cannot be right, given
    /// those before it.
    #[must_use]
    pub const fn offset(self) -> u64 {
        self.offset
    }

    /// The status code to close the connection with (§7.4.1).
    #[must_use]
    pub const fn close_code(self) -> CloseCode {
        self.rule.close_code()
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (RFC 6455 section {})", self.description(), self.section())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, at offset {}", self.rule, self.offset)
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::Rule;
    use core::iter;

    /// Of each rule: the section that states it, the status code of §7.4.1, words that tell it from
    /// the others, and the rule behind it. A new one does not compile without a row.
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
                ("5.4", 1002, &["continuation", "no message"], Some(ExpectedContinuation))
            }
            ExpectedContinuation => ("5.4", 1002, &["message", "not ended"], Some(HalfCloseCode)),
            HalfCloseCode => ("5.5.1", 1002, &["Close", "single byte"], Some(ReservedCloseCode)),
            ReservedCloseCode => ("7.4", 1002, &["status code", "not be sent"], Some(InvalidUtf8)),
            InvalidUtf8 => ("8.1", 1007, &["text", "not UTF-8"], Some(FrameTooBig)),
            FrameTooBig => ("10.4", 1009, &["a frame", "bigger"], Some(MessageTooBig)),
            MessageTooBig => ("10.4", 1009, &["a message", "bigger"], Some(TooManyFragments)),
            TooManyFragments => ("10.4", 1009, &["more fragments"], Some(WrongAssembler)),
            WrongAssembler => ("7.4.1", 1011, &["another assembler"], None),
        }
    }

    #[test]
    fn each_rule_has_its_section_its_code_and_words_of_its_own() {
        let rules = || iter::successors(Some(Rule::ReservedBit), |rule| row(*rule).3);
        for (place, rule) in rules().enumerate() {
            // None was left out of the rows' order.
            assert_eq!(rule as usize, place);
            let (section, code, words, _) = row(rule);
            assert_eq!((rule.section(), rule.close_code().get()), (section, code), "{rule:?}");
            let described = |rule: &Rule| words.iter().all(|w| rule.description().contains(w));
            assert!(rules().filter(described).eq([rule]), "{rule:?}");
            // A Close has room for it as its reason (§5.5).
            assert!(rule.description().len() <= 123, "{rule:?}");
        }
    }
}
