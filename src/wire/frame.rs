use crate::payload::key::MaskingKey;
use crate::payload::simd::IS_SMALL;
use crate::wire::error::Error;
use crate::wire::header::{self, CommonLengths, HeaderView, Rsv};
use crate::wire::status::Status;
use core::iter::FusedIterator;
use core::mem;

/// A whole frame: its header and its unmasked payload.
///
/// ```
/// use wsparse::{Frame, Opcode, Status};
///
/// // The masked "Hello" of RFC 6455 §5.7, and the first byte of the next frame.
/// let mut input = *b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\x81";
/// let Status::Complete((frame, rest)) = Frame::parse(&mut input)? else { panic!("incomplete") };
/// assert_eq!(frame.header.opcode(), Opcode::Text);
/// assert_eq!(frame.payload, b"Hello");
/// assert_eq!(rest, b"\x81");
/// # Ok::<(), wsparse::Error>(())
/// ```
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Frame<'a> {
    /// The header, as it was received.
    pub header: HeaderView<'a>,
    /// The payload, unmasked in place if the header has a masking key.
    pub payload: &'a mut [u8],
}

impl<'a> Frame<'a> {
    /// Parses the frame at the start of `input` and unmasks its payload in place. Returns the frame
    /// and the rest of the input.
    ///
    /// No RSV bit may be set: see [`parse_with`](Self::parse_with). To parse all frames of a read,
    /// use [`Frames`].
    ///
    /// # Errors
    ///
    /// The errors of [`parse_with`](Self::parse_with).
    #[inline]
    pub fn parse(input: &'a mut [u8]) -> Result<Status<(Self, &'a mut [u8])>, Error> {
        Self::parse_with(input, Rsv::NONE)
    }

    /// Parses a frame like [`parse`](Self::parse), and accepts the RSV bits in `allowed`.
    ///
    /// Only a whole frame is unmasked: [`Status::Incomplete`] leaves `input` unchanged. Append at
    /// least the missing bytes to it, and parse it again.
    ///
    /// # Errors
    ///
    /// The errors of [`HeaderView::parse_with`]. The input is left unchanged.
    #[inline]
    pub fn parse_with(
        input: &'a mut [u8],
        allowed: Rsv,
    ) -> Result<Status<(Self, &'a mut [u8])>, Error> {
        let mut frames = Frames::with_rsv(input, allowed);
        match frames.next() {
            Some(Ok(frame)) => Ok(Status::Complete((frame, frames.rest))),
            Some(Err(error)) => Err(error),
            None => Ok(Status::Incomplete { missing: frames.missing() }),
        }
    }
}

/// An iterator over the whole frames in a buffer, which unmasks their payloads in place.
///
/// The frames are disjoint parts of the input, so that any number of them may be held at once. The
/// iterator ends before the first frame that has not arrived as a whole, or after the first error.
///
/// It checks the rules for a single frame. The masking direction, the order of frames, UTF-8 and
/// the payload of a Close are not checked: see [`Decoder`](crate::Decoder).
///
/// ```
/// use wsparse::{Frames, Opcode};
///
/// // "Hello" in two unmasked fragments (RFC 6455 §5.7), and half of a third frame.
/// let mut input = *b"\x01\x03Hel\x80\x02lo\x89\x05He";
/// let mut frames = Frames::new(&mut input);
/// let mut message = Vec::new();
/// for frame in &mut frames {
///     message.push(frame?.payload);
/// }
/// assert_eq!(message, [b"Hel".as_slice(), b"lo"]);
/// assert_eq!(frames.consumed(), 9);
/// assert_eq!(frames.missing(), 3);
/// # Ok::<(), wsparse::Error>(())
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Frames<'a> {
    rest: &'a mut [u8],
    input_len: usize,
    allowed: Rsv,
    failed: bool,
}

impl<'a> Frames<'a> {
    /// Creates an iterator over `input`, which must start with a frame. In a captured stream, that
    /// is after the head of the opening handshake, whose length `handshake::HeadReader` finds.
    ///
    /// No RSV bit may be set. If the stream is compressed, use [`with_rsv`](Self::with_rsv).
    #[inline]
    #[must_use]
    pub fn new(input: &'a mut [u8]) -> Self {
        Self::with_rsv(input, Rsv::NONE)
    }

    /// Creates an iterator like [`new`](Self::new), which accepts the RSV bits in `allowed`, such
    /// as [`Rsv::RSV1`] for permessage-deflate. Compressed payloads are not decompressed.
    #[inline]
    #[must_use]
    pub fn with_rsv(input: &'a mut [u8], allowed: Rsv) -> Self {
        Self { input_len: input.len(), rest: input, allowed, failed: false }
    }

    /// Returns the number of bytes that the frames returned so far occupy: the offset of the next
    /// frame in the input.
    #[inline]
    #[must_use]
    pub fn consumed(&self) -> usize {
        self.input_len.saturating_sub(self.rest.len())
    }

    /// Returns the least number of bytes that are missing from the next frame. It includes the
    /// payload as soon as the header states its length, and is 2 if no byte of the frame has
    /// arrived.
    ///
    /// Returns 0 if the next frame is complete, and after an error.
    #[must_use]
    pub fn missing(&self) -> u64 {
        match measure(self.rest, self.allowed) {
            Ok(Status::Incomplete { missing }) => missing,
            _ => 0,
        }
    }

    /// Returns the bytes after the last frame that was returned, unchanged. Keep them, and parse
    /// them again together with those that follow.
    #[must_use]
    pub fn into_rest(self) -> &'a mut [u8] {
        self.rest
    }

    /// Reads the lengths of the next frame if its header is a common one, masked as stated, and the
    /// whole frame has arrived.
    #[inline(always)]
    fn common(&self, input: &[u8], masked: bool) -> Option<CommonLengths> {
        if IS_SMALL {
            return None;
        }
        let lengths = CommonLengths::read(input, self.allowed, masked)?;
        (lengths.header.saturating_add(lengths.payload) <= input.len()).then_some(lengths)
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<Frame<'a>, Error>;

    // Only values are passed on, so that the iterator stays in registers.
    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let input = mem::take(&mut self.rest);
        if let Some(CommonLengths { header, payload, key }) = self.common(input, true) {
            let (frame, rest) = Frame::cut(input, header, payload, Some(key));
            self.rest = rest;
            return Some(Ok(frame));
        }
        if let Some(CommonLengths { header, payload, .. }) = self.common(input, false) {
            let (frame, rest) = Frame::cut(input, header, payload, None);
            self.rest = rest;
            return Some(Ok(frame));
        }
        let (frame, rest) = Frame::parse_any(input, self.allowed);
        self.rest = rest;
        match frame {
            Ok(frame) => frame.map(Ok),
            Err(error) => {
                self.failed = true;
                Some(Err(error.offset_by(self.consumed() as u64)))
            }
        }
    }
}

impl FusedIterator for Frames<'_> {}

impl<'a> Frame<'a> {
    /// Cuts a frame with these lengths off the start of `input`, which is at least as long, and
    /// unmasks it; also returns the rest of the input.
    #[inline(always)]
    fn cut(
        input: &'a mut [u8],
        header_len: usize,
        payload_len: usize,
        key: Option<MaskingKey>,
    ) -> (Self, &'a mut [u8]) {
        let (header, payload, rest) = cut(input, header_len, payload_len);
        if let Some(key) = key {
            key.apply(payload);
        }
        (Self { header: HeaderView::of_checked_bytes(header), payload }, rest)
    }

    /// Parses any frame, if it has arrived as a whole; also returns the rest of the input.
    #[inline(never)]
    fn parse_any(input: &'a mut [u8], allowed: Rsv) -> (Result<Option<Self>, Error>, &'a mut [u8]) {
        match measure(input, allowed) {
            Ok(Status::Complete((header_len, payload_len, key))) => {
                let (frame, rest) = Self::cut(input, header_len, payload_len, key);
                (Ok(Some(frame)), rest)
            }
            Ok(Status::Incomplete { .. }) => (Ok(None), input),
            Err(error) => (Err(error), input),
        }
    }
}

/// Cuts a frame with these lengths off the start of `input`, which is at least as long: returns the
/// header, the payload, and the rest.
#[inline(always)]
pub(crate) fn cut(
    input: &mut [u8],
    header_len: usize,
    payload_len: usize,
) -> (&mut [u8], &mut [u8], &mut [u8]) {
    let frame_len = header_len.saturating_add(payload_len);
    let (frame, rest) = input.split_at_mut_checked(frame_len).unwrap_or_default();
    let (header, payload) = frame.split_at_mut_checked(header_len).unwrap_or_default();
    (header, payload, rest)
}

/// Returns the lengths of the header and the payload of the frame at the start of `input`, and its
/// masking key, if the whole frame has arrived.
fn measure(
    input: &[u8],
    allowed: Rsv,
) -> Result<Status<(usize, usize, Option<MaskingKey>)>, Error> {
    let header = match HeaderView::parse_with(input, allowed)? {
        Status::Complete(header) => header,
        Status::Incomplete { missing } => {
            // If only the masking key is missing, the length of the payload is known.
            let payload_len = header::payload_len(input).unwrap_or(0);
            return Ok(Status::Incomplete { missing: missing.saturating_add(payload_len) });
        }
    };
    let header_len = header.header_len();
    let available = input.len().saturating_sub(header_len);
    match usize::try_from(header.payload_len()) {
        Ok(payload_len) if payload_len <= available => {
            let key = header.masking_key().map(MaskingKey::new);
            Ok(Status::Complete((header_len, payload_len, key)))
        }
        _ => {
            let missing = header.payload_len().saturating_sub(available as u64);
            Ok(Status::Incomplete { missing })
        }
    }
}
