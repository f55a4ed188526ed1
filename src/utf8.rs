use crate::mask;

/// Checks text that arrives in parts for being UTF-8 (RFC 6455 §8.1, RFC 3629).
///
/// A code point may straddle two parts. An octet is refused as soon as no continuation of the text
/// up to it is UTF-8, which includes surrogates, overlong forms, and all above U+10FFFF.
///
/// ```
/// use wsparse::Utf8;
///
/// let mut text = Utf8::new();
/// assert_eq!(text.check(b"h\xc3"), Ok(())); // the first octet of "é"
/// assert!(!text.is_complete());
/// assert_eq!(text.check(b"\xa9"), Ok(()));
/// assert!(text.is_complete());
/// assert_eq!(text.check(b"ok\xff"), Err(2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Utf8 {
    /// How many octets the code point lacks that the text ends in.
    lacks: u8,
    /// What the next of them must lie in.
    least: u8,
    most: u8,
}

impl Default for Utf8 {
    fn default() -> Self {
        Self::new()
    }
}

impl Utf8 {
    /// No text yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { lacks: 0, least: 0x80, most: 0xBF }
    }

    /// Whether the text may end here: no code point is unfinished.
    #[must_use]
    pub const fn is_complete(self) -> bool {
        self.lacks == 0
    }

    /// Checks the next part.
    ///
    /// # Errors
    ///
    /// The offset within `part` of the first octet that cannot be right. All further checks are
    /// then meaningless.
    pub fn check(&mut self, part: &[u8]) -> Result<(), usize> {
        // The end of a code point that began before, octet by octet.
        let straddling = usize::from(self.lacks).min(part.len());
        let (start, rest) = part.split_at_checked(straddling).unwrap_or((part, &[]));
        self.check_each(start)?;
        let Err(error) = str::from_utf8(rest) else { return Ok(()) };
        // What `core` found wrong, or unfinished, is at most four octets: they tell exactly where.
        let valid = error.valid_up_to();
        let end = rest.get(valid..).unwrap_or_default();
        let before = straddling.saturating_add(valid);
        self.check_each(end).map_err(|offset| before.saturating_add(offset))
    }

    /// [`check`](Self::check) of what [`unmask_from`](crate::unmask_from) makes of `part`, in one
    /// pass; all of it is unmasked, whatever the result.
    pub(crate) fn unmask(
        &mut self,
        part: &mut [u8],
        masking_key: [u8; 4],
        offset: u64,
    ) -> Result<(), usize> {
        mask::unmask_from(part, masking_key, offset);
        self.check(part)
    }

    /// The same, but the result goes to the start of `output`, which is at least as long.
    pub(crate) fn copy_unmasked(
        &mut self,
        part: &[u8],
        masking_key: [u8; 4],
        offset: u64,
        output: &mut [u8],
    ) -> Result<(), usize> {
        let output = output.get_mut(..part.len()).unwrap_or_default();
        output.iter_mut().zip(part).for_each(|(to, from)| *to = *from);
        self.unmask(output, masking_key, offset)
    }

    fn check_each(&mut self, octets: &[u8]) -> Result<(), usize> {
        match octets.iter().position(|octet| !self.accepts(*octet)) {
            Some(offset) => Err(offset),
            None => Ok(()),
        }
    }

    /// RFC 3629 §4, a row for each range of the first octet.
    fn accepts(&mut self, octet: u8) -> bool {
        let (lacks, least, most) = match (self.lacks, octet) {
            (0, 0x00..=0x7F) => (0, 0x80, 0xBF),
            (0, 0xC2..=0xDF) => (1, 0x80, 0xBF),
            (0, 0xE0) => (2, 0xA0, 0xBF),
            (0, 0xED) => (2, 0x80, 0x9F),
            (0, 0xE1..=0xEF) => (2, 0x80, 0xBF),
            (0, 0xF0) => (3, 0x90, 0xBF),
            (0, 0xF1..=0xF3) => (3, 0x80, 0xBF),
            (0, 0xF4) => (3, 0x80, 0x8F),
            (0, _) => return false,
            (lacks, _) if octet >= self.least && octet <= self.most => {
                (lacks.wrapping_sub(1), 0x80, 0xBF)
            }
            _ => return false,
        };
        *self = Self { lacks, least, most };
        true
    }
}

/// The text that [`unmask`](crate::unmask) makes of a whole payload, in one pass; all of it is
/// unmasked, whatever the result.
pub(crate) fn unmask_text(payload: &mut [u8], masking_key: [u8; 4]) -> Result<&mut str, usize> {
    mask::unmask(payload, masking_key);
    let len = payload.len();
    let wrong = Utf8::new().check(payload).err().unwrap_or(len);
    str::from_utf8_mut(payload).map_err(|_| wrong)
}

/// The text that a whole payload is.
pub(crate) fn text(payload: &[u8]) -> Result<&str, usize> {
    let wrong = Utf8::new().check(payload).err().unwrap_or(payload.len());
    str::from_utf8(payload).map_err(|_| wrong)
}
