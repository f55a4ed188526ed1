use core::mem;

/// A cursor over the bytes of one read, from which a decoder takes the bytes that it decodes.
///
/// Create one for each read. Pass it to the `next` method of a [`Connection`](crate::Connection),
/// [`Messages`](crate::Messages) or [`Decoder`](crate::Decoder) until that returns `None` or an
/// error. Bytes that were taken cannot be decoded a second time.
///
/// ```
/// use wsparse::{Decoder, Input, Limits, Role};
///
/// let mut decoder = Decoder::new(Role::Client, Limits::DEFAULT);
/// let mut read = *b"\x81\x05Hello\x8a\x00";
/// let mut input = Input::new(&mut read);
/// while let Some(event) = decoder.next(&mut input)? {
///     println!("{event:?}");
/// }
/// assert!(input.is_empty());
/// # Ok::<(), wsparse::Error>(())
/// ```
///
/// A slice is not accepted in its place, because this loop would decode the same frame forever:
///
/// ```compile_fail,E0308
/// use wsparse::{Decoder, Limits, Role};
///
/// let mut decoder = Decoder::new(Role::Client, Limits::DEFAULT);
/// let mut read = *b"\x81\x05Hello\x8a\x00";
/// while let Ok(Some(event)) = decoder.next(&mut &mut read[..]) {
///     println!("{event:?}");
/// }
/// ```
#[derive(Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Input<'b> {
    bytes: &'b mut [u8],
}

impl<'b> Input<'b> {
    /// Creates a cursor at the start of `bytes`, which are unchanged since they were read.
    #[inline]
    #[must_use]
    pub const fn new(bytes: &'b mut [u8]) -> Self {
        Self { bytes }
    }

    /// Returns the number of bytes that have not been taken.
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns whether all bytes have been taken.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Returns the bytes that have not been taken, unchanged, such as those after a Close.
    #[inline]
    #[must_use]
    pub const fn into_rest(self) -> &'b mut [u8] {
        self.bytes
    }

    /// Returns the bytes that have not been taken, to take some off their start.
    #[inline(always)]
    pub(crate) const fn bytes_mut(&mut self) -> &mut &'b mut [u8] {
        &mut self.bytes
    }

    /// Takes all bytes. Those that are not decoded are put back.
    #[inline(always)]
    pub(crate) fn take(&mut self) -> &'b mut [u8] {
        mem::take(&mut self.bytes)
    }

    /// Puts the bytes back that were not decoded.
    #[inline(always)]
    pub(crate) const fn put_back(&mut self, rest: &'b mut [u8]) {
        self.bytes = rest;
    }
}
