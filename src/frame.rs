use crate::{Error, HeaderView, Rsv, Status, mask};

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
    /// parsed again when at least the missing octets have been appended.
    ///
    /// # Errors
    ///
    /// As [`HeaderView::parse_with`]; `input` is left as it was.
    #[inline]
    pub fn parse_with(
        input: &'a mut [u8],
        allowed: Rsv,
    ) -> Result<Status<(Self, &'a mut [u8])>, Error> {
        match measure(input, allowed)? {
            Status::Complete(size) => match take(input, size) {
                Some(whole) => Ok(Status::Complete(whole)),
                // `measure` saw that it is all there.
                None => Ok(Status::Incomplete { missing: 1 }),
            },
            Status::Incomplete { missing } => Ok(Status::Incomplete { missing }),
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
/// let mut input = *b"HelloHe";
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

    /// How many octets of the input the frames given so far take: the offset of the next frame.
    #[inline]
    #[must_use]
    pub fn consumed(&self) -> usize {
        self.input_len.saturating_sub(self.rest.len())
    }

    /// How many octets the next frame needs at least beyond those that are there; 0 while a whole
    /// frame waits, and after an error.
    ///
    /// A frame of which nothing is there yet needs 2.
    #[must_use]
    pub fn missing(&self) -> u64 {
        match measure(self.rest, self.allowed) {
            Ok(Status::Incomplete { missing }) => missing,
            _ => 0,
        }
    }

    /// The octets behind the last frame given, as they were received: to be kept, and parsed
    /// again together with those that follow them.
    #[must_use]
    pub fn into_rest(self) -> &'a mut [u8] {
        self.rest
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<Frame<'a>, Error>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        match measure(self.rest, self.allowed) {
            Ok(Status::Complete(size)) => {
                let (frame, rest) = take(core::mem::take(&mut self.rest), size)?;
                self.rest = rest;
                Some(Ok(frame))
            }
            Ok(Status::Incomplete { .. }) => None,
            Err(error) => {
                self.failed = true;
                Some(Err(error.after(self.consumed() as u64)))
            }
        }
    }
}

impl core::iter::FusedIterator for Frames<'_> {}

/// The sizes of a frame that is all there, and its key.
struct Size {
    header: usize,
    payload: usize,
    masking_key: Option<[u8; 4]>,
}

/// Reads the header at the start of `input` and tells whether the whole frame is there.
#[inline]
fn measure(input: &[u8], allowed: Rsv) -> Result<Status<Size>, Error> {
    let header = match HeaderView::parse_with(input, allowed)? {
        Status::Complete(header) => header,
        Status::Incomplete { missing } => return Ok(Status::Incomplete { missing }),
    };
    let header_len = header.as_bytes().len();
    let available = input.len().saturating_sub(header_len);
    // Compared as u64: on a 32-bit target the length may exceed `usize`.
    match header.payload_len().checked_sub(available as u64) {
        None | Some(0) => Ok(Status::Complete(Size {
            header: header_len,
            payload: header.payload_len() as usize,
            masking_key: header.masking_key(),
        })),
        Some(missing) => Ok(Status::Incomplete { missing }),
    }
}

/// Cuts a frame of this size off the start of `input`.
#[inline]
fn take(input: &mut [u8], size: Size) -> Option<(Frame<'_>, &mut [u8])> {
    let (header, rest) = input.split_at_mut_checked(size.header)?;
    let (payload, rest) = rest.split_at_mut_checked(size.payload)?;
    if let Some(key) = size.masking_key {
        mask::unmask(payload, key);
    }
    Some((Frame { header: HeaderView::of_parsed(header), payload }, rest))
}
