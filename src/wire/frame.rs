use crate::payload::mask;
use crate::wire::error::Error;
use crate::wire::header;
use crate::wire::header::CommonLengths;
use crate::wire::header::{HeaderView, Rsv};
use crate::wire::status::Status;
use core::iter::FusedIterator;
use core::mem;

/// A whole frame: its header, and its payload, unmasked.
///
/// ```
/// use wsparse::{Frame, Opcode, Status};
///
/// // The masked "Hello" of RFC 6455 §5.7, and the start of the next frame.
/// let mut input = *b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\x81";
/// let Status::Complete((frame, rest)) = Frame::parse(&mut input)? else { panic!("all there") };
/// assert_eq!(frame.header.opcode(), Opcode::Text);
/// assert_eq!(frame.payload, b"Hello");
/// assert_eq!(rest, b"\x81");
/// # Ok::<(), wsparse::Error>(())
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The header, as it was received.
    pub header: HeaderView<'a>,
    /// The payload, unmasked in place where the header has a masking key.
    pub payload: &'a mut [u8],
}

impl<'a> Frame<'a> {
    /// Takes the frame at the start of `input` and unmasks its payload in place; gives the frame
    /// and the rest of the input. No RSV bit is allowed.
    ///
    /// # Errors
    ///
    /// As [`parse_with`](Self::parse_with).
    #[inline]
    pub fn parse(input: &'a mut [u8]) -> Result<Status<(Self, &'a mut [u8])>, Error> {
        Self::parse_with(input, Rsv::NONE)
    }

    /// As [`parse`](Self::parse), where the RSV bits in `allowed` may be set.
    ///
    /// Only a whole frame is unmasked: [`Status::Incomplete`] leaves `input` as it was, to be
    /// parsed again when at least the missing bytes have been appended.
    ///
    /// # Errors
    ///
    /// As [`HeaderView::parse_with`]; `input` is left as it was.
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

/// The whole frames of one read, in order, their payloads unmasked in place one after another.
///
/// The frames are disjoint parts of the input: any number of them may be held at once. The
/// iterator ends before the first frame that is not all there, or after the first error.
///
/// ```
/// use wsparse::{Frames, Opcode};
///
/// // Two unmasked frames of RFC 6455 §5.7, "Hello" in two fragments, and half of a third frame.
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
pub struct Frames<'a> {
    rest: &'a mut [u8],
    input_len: usize,
    allowed: Rsv,
    failed: bool,
}

impl<'a> Frames<'a> {
    /// Starts at the beginning of `input`, which must be the beginning of a frame. No RSV bit is
    /// allowed.
    #[inline]
    #[must_use]
    pub fn new(input: &'a mut [u8]) -> Self {
        Self::with_rsv(input, Rsv::NONE)
    }

    /// As [`new`](Self::new), where the RSV bits in `allowed` may be set.
    #[inline]
    #[must_use]
    pub fn with_rsv(input: &'a mut [u8], allowed: Rsv) -> Self {
        Self { input_len: input.len(), rest: input, allowed, failed: false }
    }

    /// How many bytes of the input the frames given so far take: the offset of the next frame.
    #[inline]
    #[must_use]
    pub fn consumed(&self) -> usize {
        self.input_len.saturating_sub(self.rest.len())
    }

    /// How many bytes the next frame needs at least beyond those that are there, its payload
    /// included as soon as its length is; 0 while a whole frame waits, and after an error.
    ///
    /// A frame of which nothing is there yet needs 2.
    #[must_use]
    pub fn missing(&self) -> u64 {
        match measure(self.rest, self.allowed) {
            Ok(Status::Incomplete { missing }) => missing,
            _ => 0,
        }
    }

    /// The bytes behind the last frame given, as they were received: to be kept, and parsed
    /// again together with those that follow them.
    #[must_use]
    pub fn into_rest(self) -> &'a mut [u8] {
        self.rest
    }
}

impl Frames<'_> {
    /// The lengths of the frame at the start of the input, if it is as most are, and all there.
    #[inline(always)]
    fn whole(&self, input: &[u8], masked: bool) -> Option<CommonLengths> {
        let lengths = HeaderView::common_lengths(input, self.allowed, masked)?;
        (lengths.header.saturating_add(lengths.payload) <= input.len()).then_some(lengths)
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<Frame<'a>, Error>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let rest = mem::take(&mut self.rest);
        if let Some(lengths) = self.whole(rest, true) {
            let CommonLengths { header, payload, key } = lengths;
            let (frame, rest) = Frame::cut(rest, header, payload, Some(key.to_ne_bytes()));
            self.rest = rest;
            return Some(Ok(frame));
        }
        if let Some(CommonLengths { header, payload, .. }) = self.whole(rest, false) {
            let (frame, rest) = Frame::cut(rest, header, payload, None);
            self.rest = rest;
            return Some(Ok(frame));
        }
        let (frame, rest) = Frame::cut_any(rest, self.allowed);
        self.rest = rest;
        match frame {
            Ok(Some(frame)) => Some(Ok(frame)),
            Ok(None) => None,
            Err(error) => {
                self.failed = true;
                Some(Err(error.offset_by(self.consumed() as u64)))
            }
        }
    }
}

impl FusedIterator for Frames<'_> {}

/// The lengths of a header and of its payload, and the masking key.
type Measures = (usize, usize, Option<[u8; 4]>);

/// A frame if it is all there, and what is behind it; else all of the input.
type Cut<'a> = (Result<Option<Frame<'a>>, Error>, &'a mut [u8]);

impl<'a> Frame<'a> {
    /// Cuts the frame that has these lengths off the start of `input`, which has as many bytes. The
    /// key is given, as whoever knows the lengths need not look for it.
    #[inline(always)]
    fn cut(
        input: &'a mut [u8],
        header_len: usize,
        payload_len: usize,
        masking_key: Option<[u8; 4]>,
    ) -> (Self, &'a mut [u8]) {
        let frame_len = header_len.saturating_add(payload_len);
        let (frame, rest) = input.split_at_mut_checked(frame_len).unwrap_or_default();
        let (header, payload) = frame.split_at_mut_checked(header_len).unwrap_or_default();
        if let Some(key) = masking_key {
            mask::unmask(payload, key);
        }
        (Self { header: HeaderView::of_judged_bytes(header), payload }, rest)
    }

    /// Cuts the frame at the start of `input` off, whatever it is.
    #[inline(never)]
    fn cut_any(input: &'a mut [u8], allowed: Rsv) -> Cut<'a> {
        match measure(input, allowed) {
            Ok(Status::Complete((header_len, payload_len, masking_key))) => {
                let (frame, rest) = Self::cut(input, header_len, payload_len, masking_key);
                (Ok(Some(frame)), rest)
            }
            Ok(Status::Incomplete { .. }) => (Ok(None), input),
            Err(error) => (Err(error), input),
        }
    }
}

/// The lengths of the header and of the payload of the frame at the start of `input`, and its
/// masking key, if the whole frame is there.
fn measure(input: &[u8], allowed: Rsv) -> Result<Status<Measures>, Error> {
    let header = match HeaderView::parse_with(input, allowed)? {
        Status::Complete(header) => header,
        Status::Incomplete { missing } => {
            // Where only the masking key lacks, it is known how much follows it.
            let payload_len = header::payload_len(input).unwrap_or(0);
            return Ok(Status::Incomplete { missing: missing.saturating_add(payload_len) });
        }
    };
    let header_len = header.header_len();
    let available = input.len().saturating_sub(header_len);
    match usize::try_from(header.payload_len()) {
        Ok(payload_len) if payload_len <= available => {
            Ok(Status::Complete((header_len, payload_len, header.masking_key())))
        }
        _ => {
            let missing = header.payload_len().saturating_sub(available as u64);
            Ok(Status::Incomplete { missing })
        }
    }
}
