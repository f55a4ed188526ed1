use crate::payload::mask;
use crate::payload::simd::{self, Text};

/// Checks text that arrives in parts for being UTF-8 (RFC 6455 §8.1, RFC 3629).
///
/// A code point may straddle two parts. A byte is refused as soon as no continuation of the text
/// up to it is UTF-8, which includes surrogates, overlong forms, and all above U+10FFFF.
///
/// ```
/// use wsparse::Utf8;
///
/// let mut text = Utf8::new();
/// assert_eq!(text.check(b"h\xc3"), Ok(())); // the first byte of "é"
/// assert!(!text.is_complete());
/// assert_eq!(text.check(b"\xa9"), Ok(()));
/// assert!(text.is_complete());
/// assert_eq!(text.check(b"ok\xff"), Err(2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Utf8 {
    /// How many bytes the code point lacks that the text ends in.
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
    /// The offset within `part` of the first byte that cannot be right. All further checks are
    /// then meaningless.
    pub fn check(&mut self, part: &[u8]) -> Result<(), usize> {
        let (start, rest) = self.straddling(part);
        self.check_each(start)?;
        self.go_on(simd::text(rest), rest).map_err(|offset| start.len().saturating_add(offset))
    }

    /// [`check`](Self::check) of what [`unmask_from`](crate::unmask_from) makes of `part`, in one
    /// pass over memory. All of it is unmasked, whatever the result.
    ///
    /// ```
    /// use wsparse::Utf8;
    ///
    /// let (masking_key, mut payload) = ([0x37, 0xfa, 0x21, 0x3d], *b"\x7f\x9f\x4d\x51\x58");
    /// let (first, second) = payload.split_at_mut(3);
    /// let mut text = Utf8::new();
    /// assert_eq!(text.unmask(first, masking_key, 0), Ok(()));
    /// assert_eq!(text.unmask(second, masking_key, 3), Ok(()));
    /// assert!(text.is_complete());
    /// assert_eq!(payload, *b"Hello");
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`check`](Self::check).
    pub fn unmask(
        &mut self,
        part: &mut [u8],
        masking_key: [u8; 4],
        offset: u64,
    ) -> Result<(), usize> {
        if self.lacks == 0 {
            let found = simd::xor_text(part, key_at(masking_key, offset, 0));
            return self.go_on(found, part);
        }
        self.unmask_straddling(part, masking_key, offset)
    }

    /// `unmask` where a code point began before.
    #[inline(never)]
    fn unmask_straddling(
        &mut self,
        part: &mut [u8],
        masking_key: [u8; 4],
        offset: u64,
    ) -> Result<(), usize> {
        let straddling = self.straddling(part).0.len();
        let Some((start, rest)) = part.split_at_mut_checked(straddling) else { return Err(0) };
        mask::unmask_from(start, masking_key, offset);
        let found = simd::xor_text(rest, key_at(masking_key, offset, straddling));
        self.check_each(start)?;
        self.go_on(found, rest).map_err(|offset| straddling.saturating_add(offset))
    }

    /// The same, but the result goes to the start of `output`, which is at least as long: `Ok` says
    /// that all of it was written.
    pub(crate) fn copy_unmasked(
        &mut self,
        part: &[u8],
        masking_key: [u8; 4],
        offset: u64,
        output: &mut [u8],
    ) -> Result<(), usize> {
        let (start, rest) = self.straddling(part);
        let Some((start_output, rest_output)) = output.split_at_mut_checked(start.len()) else {
            return Err(0);
        };
        let Some(rest_output) = rest_output.get_mut(..rest.len()) else { return Err(0) };
        start_output.iter_mut().zip(start).for_each(|(to, from)| *to = *from);
        mask::unmask_from(start_output, masking_key, offset);
        let key = key_at(masking_key, offset, start.len());
        let found = simd::copy_xor_text(rest, key, rest_output);
        self.check_each(start_output)?;
        self.go_on(found, rest_output).map_err(|offset| start.len().saturating_add(offset))
    }

    /// The end of a code point that began before, and what is behind it.
    #[inline]
    fn straddling<'a>(&self, part: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        part.split_at_checked(usize::from(self.lacks)).unwrap_or((part, &[]))
    }

    /// The state after `text`, of which the kernel found out what it is. It began with a code
    /// point, unless it is empty.
    #[inline(always)]
    fn go_on(&mut self, found: Text, text: &[u8]) -> Result<(), usize> {
        match found {
            Text::Complete => Ok(()),
            Text::Unfinished => self.keep_end(text),
            Text::Wrong => self.find(text),
        }
    }

    /// The state after text that ends in a code point which lacks bytes, or in the lead of none.
    #[inline(never)]
    fn keep_end(&mut self, text: &[u8]) -> Result<(), usize> {
        let lead = text.iter().rposition(|byte| *byte >= 0xC0).unwrap_or_default();
        let end = text.get(lead..).unwrap_or_default();
        self.check_each(end).map_err(|offset| lead.saturating_add(offset))
    }

    /// Where it is wrong.
    #[cold]
    fn find(&mut self, text: &[u8]) -> Result<(), usize> {
        // What `core` finds is the start of a code point; the byte is one of four.
        let valid = str::from_utf8(text).err().map_or(text.len(), |error| error.valid_up_to());
        let rest = text.get(valid..).unwrap_or_default();
        self.check_each(rest).map_err(|offset| valid.saturating_add(offset))
    }

    fn check_each(&mut self, bytes: &[u8]) -> Result<(), usize> {
        match bytes.iter().position(|byte| !self.accepts(*byte)) {
            Some(offset) => Err(offset),
            None => Ok(()),
        }
    }

    /// RFC 3629 §4, a row for each range of the first byte.
    fn accepts(&mut self, byte: u8) -> bool {
        let (lacks, least, most) = match (self.lacks, byte) {
            (0, 0x00..=0x7F) => (0, 0x80, 0xBF),
            (0, 0xC2..=0xDF) => (1, 0x80, 0xBF),
            (0, 0xE0) => (2, 0xA0, 0xBF),
            (0, 0xED) => (2, 0x80, 0x9F),
            (0, 0xE1..=0xEF) => (2, 0x80, 0xBF),
            (0, 0xF0) => (3, 0x90, 0xBF),
            (0, 0xF1..=0xF3) => (3, 0x80, 0xBF),
            (0, 0xF4) => (3, 0x80, 0x8F),
            (0, _) => return false,
            (lacks, _) if byte >= self.least && byte <= self.most => {
                (lacks.wrapping_sub(1), 0x80, 0xBF)
            }
            _ => return false,
        };
        *self = Self { lacks, least, most };
        true
    }
}

/// Unmasks a whole text in place, and checks it in the same pass (§5.6, §8.1).
///
/// ```
/// let mut payload = *b"\x7f\x9f\x4d\x51\x58";
/// assert_eq!(wsparse::unmask_text(&mut payload, [0x37, 0xfa, 0x21, 0x3d]).as_deref(), Ok("Hello"));
/// assert_eq!(wsparse::unmask_text(&mut [b'h', 0xC3], [0; 4]), Err(2)); // ends within "é"
/// ```
///
/// # Errors
///
/// The offset of the first byte that cannot be right; the length, if what is wrong is that the
/// text ends. All of it is unmasked then, too.
#[inline]
pub fn unmask_text(payload: &mut [u8], masking_key: [u8; 4]) -> Result<&mut str, usize> {
    simd::xor_str(payload, u32::from_ne_bytes(masking_key)).map_err(|text| wrong_at(text))
}

/// The same for text that is not masked.
///
/// # Errors
///
/// The same.
#[inline]
pub(crate) fn text(bytes: &[u8]) -> Result<&str, usize> {
    simd::str(bytes).map_err(wrong_at)
}

#[cold]
fn wrong_at(text: &[u8]) -> usize {
    Utf8::new().find(text).err().unwrap_or(text.len())
}

/// The part of the key that byte `by` meets, from `offset` on in a payload.
#[inline]
const fn key_at(masking_key: [u8; 4], offset: u64, by: usize) -> u32 {
    simd::rotate(u32::from_ne_bytes(masking_key), ((offset % 4) as usize).wrapping_add(by))
}
