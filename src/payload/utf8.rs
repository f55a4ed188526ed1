use crate::payload::automaton::Automaton;
use crate::payload::key::MaskingKey;
use crate::payload::mask;
use crate::payload::simd::{self, IS_SMALL, Text};

/// Validates text that arrives in parts as UTF-8 (RFC 6455 §8.1, RFC 3629).
///
/// Pass the parts to [`check`](Self::check) or [`unmask`](Self::unmask) in order. A code point may
/// be split between two parts, so call [`is_complete`](Self::is_complete) at the end of the text.
/// The first byte that no valid text can have in its place is refused. That includes surrogates,
/// overlong forms, and everything above U+10FFFF.
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
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Utf8 {
    automaton: Automaton,
}

impl Default for Utf8 {
    fn default() -> Self {
        Self::new()
    }
}

impl Utf8 {
    /// Creates a validator for the beginning of a text.
    #[must_use]
    pub const fn new() -> Self {
        Self { automaton: Automaton::new() }
    }

    /// Returns whether the text may end here: no code point is unfinished.
    #[must_use]
    pub const fn is_complete(self) -> bool {
        self.automaton.missing() == 0
    }

    /// Validates the next part.
    ///
    /// # Errors
    ///
    /// The offset within `part` of the first byte that cannot be right. Do not continue after it.
    pub fn check(&mut self, part: &[u8]) -> Result<(), usize> {
        if IS_SMALL {
            return self.automaton.check_words(part);
        }
        let (start, rest) = self.split_code_point(part);
        self.automaton.check(start)?;
        self.advance(simd::text(rest), rest).map_err(|offset| start.len().saturating_add(offset))
    }

    /// Unmasks the next part in place, as [`unmask_from`](crate::unmask_from) does, and validates
    /// it in the same pass over memory.
    ///
    /// The whole part is unmasked, whatever the result.
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
    /// The errors of [`check`](Self::check).
    pub fn unmask(
        &mut self,
        part: &mut [u8],
        masking_key: [u8; 4],
        offset: u64,
    ) -> Result<(), usize> {
        self.unmask_in_place(part, mask::key_at(masking_key, offset))
    }

    #[inline(always)]
    fn unmask_in_place(&mut self, part: &mut [u8], key: MaskingKey) -> Result<(), usize> {
        if IS_SMALL {
            key.apply(part);
            return self.automaton.check_words(part);
        }
        if self.is_complete() {
            let found = simd::xor_text(part, key.get());
            return self.advance(found, part);
        }
        self.unmask_code_point(part, key)
    }

    /// Unmasks a part that begins inside a code point.
    #[inline(never)]
    fn unmask_code_point(&mut self, part: &mut [u8], key: MaskingKey) -> Result<(), usize> {
        let len = self.split_code_point(part).0.len();
        let Some((start, rest)) = part.split_at_mut_checked(len) else { return Err(0) };
        key.apply(start);
        let found = simd::xor_text(rest, key.at(len).get());
        self.automaton.check(start)?;
        self.advance(found, rest).map_err(|offset| len.saturating_add(offset))
    }

    /// Unmasks the next part of a message's text in place, and validates it; if the message ends
    /// here, its end as well.
    #[inline(never)]
    pub(crate) fn unmask_part(
        &mut self,
        part: &mut [u8],
        key: MaskingKey,
        is_last: bool,
    ) -> Result<(), usize> {
        if key.is_none() {
            self.check(part)?;
        } else {
            self.unmask_in_place(part, key)?;
        }
        self.check_end(part.len(), is_last)
    }

    /// The same, but the result goes to the start of `to`, which is at least as long. If this
    /// returns `Ok`, all of it has been written.
    pub(crate) fn copy_part(
        &mut self,
        part: &[u8],
        key: MaskingKey,
        to: &mut [u8],
        is_last: bool,
    ) -> Result<(), usize> {
        if IS_SMALL {
            let Some(to) = to.get_mut(..part.len()) else { return Err(0) };
            MaskingKey::copy(Some(key), part, to);
            self.automaton.check_words(to)?;
            return self.check_end(part.len(), is_last);
        }
        let (start, rest) = self.split_code_point(part);
        let Some((to_start, to_rest)) = to.split_at_mut_checked(start.len()) else {
            return Err(0);
        };
        let Some(to_rest) = to_rest.get_mut(..rest.len()) else { return Err(0) };
        to_start.copy_from_slice(start);
        key.apply(to_start);
        let found = simd::copy_xor_text(rest, key.at(start.len()).get(), to_rest);
        self.automaton.check(to_start)?;
        self.advance(found, to_rest).map_err(|offset| start.len().saturating_add(offset))?;
        self.check_end(part.len(), is_last)
    }

    /// A text must not end inside a code point: then the error is after its last part.
    #[inline(always)]
    const fn check_end(self, part_len: usize, is_last: bool) -> Result<(), usize> {
        if is_last && !self.is_complete() { Err(part_len) } else { Ok(()) }
    }

    /// Splits off the rest of a code point that began in an earlier part.
    #[inline]
    fn split_code_point<'a>(&self, part: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        part.split_at_checked(self.automaton.missing()).unwrap_or((part, &[]))
    }

    /// Advances over `text`, which begins with a code point and of which the kernel has `found`
    /// whether it is valid.
    #[inline(always)]
    fn advance(&mut self, found: Text, text: &[u8]) -> Result<(), usize> {
        match found {
            Text::Complete => Ok(()),
            Text::Unfinished => self.keep_end(text),
            Text::Wrong => self.find(text),
        }
    }

    /// Keeps the unfinished code point at the end of `text`, unless its first byte is invalid.
    #[inline(never)]
    fn keep_end(&mut self, text: &[u8]) -> Result<(), usize> {
        let lead = text.iter().rposition(|byte| *byte >= 0xC0).unwrap_or_default();
        let end = text.get(lead..).unwrap_or_default();
        self.automaton.check(end).map_err(|offset| lead.saturating_add(offset))
    }

    /// Finds the first invalid byte.
    #[cold]
    fn find(&mut self, text: &[u8]) -> Result<(), usize> {
        // `core` reports the start of the code point; the byte is one of its four.
        let valid = str::from_utf8(text).err().map_or(text.len(), |error| error.valid_up_to());
        let rest = text.get(valid..).unwrap_or_default();
        self.automaton.check(rest).map_err(|offset| valid.saturating_add(offset))
    }
}

/// Unmasks a whole text in place, and validates it in the same pass over memory (§5.6, §8.1).
///
/// ```
/// let mut payload = *b"\x7f\x9f\x4d\x51\x58";
/// let text = wsparse::unmask_text(&mut payload, [0x37, 0xfa, 0x21, 0x3d]);
/// assert_eq!(text.as_deref(), Ok("Hello"));
/// assert_eq!(wsparse::unmask_text(&mut [b'h', 0xC3], [0; 4]), Err(2)); // ends inside "é"
/// ```
///
/// # Errors
///
/// The offset of the first byte that cannot be right, or the length if the text ends inside a code
/// point. All of it is unmasked in either case.
#[inline]
pub fn unmask_text(payload: &mut [u8], masking_key: [u8; 4]) -> Result<&mut str, usize> {
    unmask_str(payload, MaskingKey::new(masking_key))
}

#[inline(always)]
fn unmask_str(payload: &mut [u8], key: MaskingKey) -> Result<&mut str, usize> {
    simd::xor_str(payload, key.get(), first_invalid)
}

/// Validates a whole text that is not masked.
///
/// # Errors
///
/// The errors of [`unmask_text`].
#[inline]
pub(crate) fn text(bytes: &[u8]) -> Result<&str, usize> {
    simd::str(bytes, first_invalid)
}

#[cold]
fn first_invalid(text: &[u8]) -> usize {
    Utf8::new().find(text).err().unwrap_or(text.len())
}

/// The payload of a whole message, unmasked, and validated if it is text.
pub(crate) enum Plain<'a> {
    Text(&'a str),
    Binary(&'a [u8]),
}

/// Unmasks the payload of a whole message in place, and validates it if it is text.
///
/// # Errors
///
/// The errors of [`unmask_text`].
#[inline(always)]
pub(crate) fn unmask_message(
    payload: &mut [u8],
    key: Option<MaskingKey>,
    is_text: bool,
) -> Result<Plain<'_>, usize> {
    match (key, is_text) {
        (Some(key), true) => unmask_str(payload, key).map(|text| Plain::Text(text)),
        (Some(key), false) => {
            key.apply(payload);
            Ok(Plain::Binary(payload))
        }
        (None, true) => text(payload).map(Plain::Text),
        (None, false) => Ok(Plain::Binary(payload)),
    }
}
