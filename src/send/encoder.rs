//! The sending side of one endpoint.

use crate::payload::{mask, utf8};
use crate::send::error::SendError;
use crate::send::frame::OutgoingFrame;
use crate::wire::header::Header;
use core::fmt;

/// Where an [`Encoder`] has its masking keys from: [`NoKeys`] at a server, at a client any
/// `FnMut() -> [u8; 4]`. Nothing else implements it.
pub trait KeySource: sealed::Keys {}

impl<K: sealed::Keys> KeySource for K {}

/// The source of no keys: a server masks nothing (§5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoKeys;

mod sealed {
    use super::NoKeys;

    pub trait Keys {
        const MASKED: bool;

        fn next(&mut self) -> Option<[u8; 4]>;
    }

    impl Keys for NoKeys {
        const MASKED: bool = false;

        #[inline(always)]
        fn next(&mut self) -> Option<[u8; 4]> {
            None
        }
    }

    impl<K: FnMut() -> [u8; 4]> Keys for K {
        const MASKED: bool = true;

        #[inline(always)]
        fn next(&mut self) -> Option<[u8; 4]> {
            Some(self())
        }
    }
}

/// KeySource keys from a generator whose numbers cannot be predicted (§10.3), for
/// [`Encoder::client`].
///
/// A generator that can fail is not taken: `rand_core` has a wrapper for those that panics then,
/// as keys that can be guessed would be worse.
///
/// ```
/// use rand::{SeedableRng, rngs::StdRng};
/// use wsparse::{Encoder, Message, masking_keys};
///
/// let generator = StdRng::try_from_rng(&mut rand::rngs::SysRng)?;
/// let mut client = Encoder::client(masking_keys(generator));
/// let mut output = [0; 64];
/// let sent = client.encode(Message::Text("Hello"), &mut output)?;
/// assert_eq!(sent.len(), 2 + 4 + 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "rand")]
pub fn masking_keys<R: rand_core::CryptoRng>(mut generator: R) -> impl FnMut() -> [u8; 4] {
    move || generator.next_u32().to_ne_bytes()
}

/// Encodes what one endpoint sends, and refuses what it may not send (§5.1, §5.4, §5.5).
///
/// What is given to it is to be sent in that order. After an error all is as it was before.
///
/// ```
/// use wsparse::{Close, CloseCode, Encoder, Header, Message, OutgoingFrame, SendError};
///
/// // A server sends its payload from where it lies, behind a header.
/// let mut server = Encoder::server();
/// let hello = OutgoingFrame::text("Hello");
/// assert_eq!(server.encode_header(hello, &mut [0; Header::MAX_LEN])?, b"\x81\x05");
/// assert_eq!(hello.payload(), b"Hello");
///
/// // A client masks; with the key of RFC 6455 §5.7, which yours must never be.
/// let mut client = Encoder::client(|| [0x37, 0xfa, 0x21, 0x3d]);
/// let mut output = [0; 64];
/// let sent = client.encode(Message::Text("Hello"), &mut output)?;
/// assert_eq!(sent, b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
///
/// client.encode(OutgoingFrame::close(Close { code: Some(CloseCode::NORMAL), reason: "" })?, &mut output)?;
/// assert_eq!(client.encode(hello, &mut output), Err(SendError::Closed));
/// # Ok::<(), SendError>(())
/// ```
pub struct Encoder<K = NoKeys> {
    keys: K,
    state: State,
}

/// What was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing that has not ended.
    Between,
    /// Fragments of a text message, but not the last.
    InText,
    /// The same of a binary message.
    InBinary,
    /// A Close.
    Closed,
}

impl State {
    /// What follows when this frame is sent.
    #[inline(always)]
    const fn after(self, frame: &OutgoingFrame<'_>) -> Result<Self, SendError> {
        use crate::wire::header::Opcode::*;

        let message = if frame.is_text { Self::InText } else { Self::InBinary };
        match (self, frame.opcode) {
            // §5.5.1 forbids data behind a Close; §5.5.2 demands the Pong until the peer's Close.
            (Self::Closed, Pong) => Ok(self),
            (Self::Closed, _) => Err(SendError::Closed),
            (_, Close) => Ok(Self::Closed),
            // §5.4: control frames may stand between the fragments of a message.
            (_, Ping | Pong) => Ok(self),
            (Self::Between, Text | Binary) => Ok(if frame.fin { Self::Between } else { message }),
            (_, Text | Binary) => Err(SendError::ExpectedContinuation),
            // Bytes of a binary message may not continue a text.
            (_, Continuation) if self as u8 != message as u8 => {
                Err(SendError::UnexpectedContinuation)
            }
            (_, Continuation) => Ok(if frame.fin { Self::Between } else { message }),
        }
    }
}

impl Encoder {
    /// For a server, which masks nothing (§5.1).
    #[must_use]
    pub const fn server() -> Self {
        Self { keys: NoKeys, state: State::Between }
    }

    /// Writes what comes before [`frame.payload()`](OutgoingFrame::payload), and gives the part of
    /// `buffer` that it takes: the header, for a Close its code, too. Both can be sent with one
    /// vectored write.
    ///
    /// A client has no such function, as what it sends is masked:
    ///
    /// ```compile_fail,E0599
    /// # use wsparse::{Encoder, Header, OutgoingFrame};
    /// let keys: fn() -> [u8; 4] = || [1, 2, 3, 4];
    /// let mut client = Encoder::client(keys);
    /// client.encode_header(OutgoingFrame::text("Hello"), &mut [0; Header::MAX_LEN]);
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], [`ExpectedContinuation`](SendError::ExpectedContinuation),
    /// [`UnexpectedContinuation`](SendError::UnexpectedContinuation).
    #[inline]
    pub fn encode_header<'f, 'b>(
        &mut self,
        frame: impl Into<OutgoingFrame<'f>>,
        buffer: &'b mut [u8; Header::MAX_LEN],
    ) -> Result<&'b [u8], SendError> {
        let frame = frame.into();
        self.state = self.state.after(&frame)?;
        let len = frame.header(None).encode(buffer).len();
        let end = match frame.code {
            None => len,
            Some(code) => {
                let code = code.get().to_be_bytes();
                copy(&code, buffer.get_mut(len..).unwrap_or_default());
                len.saturating_add(code.len())
            }
        };
        Ok(buffer.get(..end).unwrap_or_default())
    }
}

impl<K: FnMut() -> [u8; 4]> Encoder<K> {
    /// For a client, which masks each frame with a key of its own (§5.3): `keys` is called once
    /// for each.
    ///
    /// The keys must be unpredictable, or whoever chooses what is sent can have a proxy between
    /// take it for something else (§10.3). With the crate `rand` and an operating system
    /// `Encoder::client(rand::random)` is enough; the feature `rand` has a function for other
    /// generators.
    #[must_use]
    pub const fn client(keys: K) -> Self {
        Self { keys, state: State::Between }
    }
}

impl<K: KeySource> Encoder<K> {
    /// Whether a Close was encoded: nothing else will be but Pongs, which are owed until the peer's
    /// Close has come (§5.5.1, §5.5.2).
    #[inline]
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// How many bytes [`encode`](Self::encode) needs for the frame.
    #[inline]
    #[must_use]
    pub fn encoded_len<'f>(&self, frame: impl Into<OutgoingFrame<'f>>) -> usize {
        needed::<K>(&frame.into())
    }

    /// Writes the whole frame to the start of `output`, and gives the part that it takes. A client
    /// masks the payload while it copies it.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], [`ExpectedContinuation`](SendError::ExpectedContinuation),
    /// [`UnexpectedContinuation`](SendError::UnexpectedContinuation),
    /// [`NoRoom`](SendError::NoRoom).
    #[inline]
    pub fn encode<'f, 'o>(
        &mut self,
        frame: impl Into<OutgoingFrame<'f>>,
        output: &'o mut [u8],
    ) -> Result<&'o [u8], SendError> {
        let frame = frame.into();
        let state = self.state.after(&frame)?;
        let needed = needed::<K>(&frame);
        let Some((output, _)) = output.split_at_mut_checked(needed) else {
            return Err(SendError::NoRoom { needed });
        };
        write(&frame, &frame.header(self.keys.next()), output);
        self.state = state;
        Ok(output)
    }

    /// Writes the header of a binary message whose payload lies in `payload`, which a client masks
    /// there, and gives the part of `header` that it takes. A server leaves the payload as it is.
    ///
    /// ```
    /// use wsparse::{Encoder, Header};
    ///
    /// let mut client = Encoder::client(|| [1, 2, 4, 8]); // not a key to be used
    /// let mut payload = [0; 6];
    /// let mut header = [0; Header::MAX_LEN];
    /// assert_eq!(client.mask_binary_in_place(&mut payload, &mut header)?, b"\x82\x86\x01\x02\x04\x08");
    /// assert_eq!(payload, [1, 2, 4, 8, 1, 2]);
    /// # Ok::<(), wsparse::SendError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], [`ExpectedContinuation`](SendError::ExpectedContinuation).
    #[inline]
    pub fn mask_binary_in_place<'h>(
        &mut self,
        payload: &mut [u8],
        header: &'h mut [u8; Header::MAX_LEN],
    ) -> Result<&'h [u8], SendError> {
        let frame = OutgoingFrame::binary(payload);
        self.state.after(&frame)?;
        Ok(self.mask_in_place(frame.header(None), payload, header))
    }

    /// [`mask_binary_in_place`](Self::mask_binary_in_place) for a text message.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], [`ExpectedContinuation`](SendError::ExpectedContinuation),
    /// [`InvalidUtf8`](SendError::InvalidUtf8).
    #[inline]
    pub fn mask_text_in_place<'h>(
        &mut self,
        payload: &mut [u8],
        header: &'h mut [u8; Header::MAX_LEN],
    ) -> Result<&'h [u8], SendError> {
        let frame = OutgoingFrame::unchecked_text(payload);
        self.state.after(&frame)?;
        utf8::text(payload).map_err(|offset| SendError::InvalidUtf8 { offset })?;
        Ok(self.mask_in_place(frame.header(None), payload, header))
    }

    #[inline(always)]
    fn mask_in_place<'h>(
        &mut self,
        header: Header,
        payload: &mut [u8],
        buffer: &'h mut [u8; Header::MAX_LEN],
    ) -> &'h [u8] {
        let masking_key = self.keys.next();
        if let Some(key) = masking_key {
            mask::unmask(payload, key);
        }
        Header { masking_key, ..header }.encode(buffer)
    }
}

impl<K> fmt::Debug for Encoder<K> {
    /// Without the source of keys, which may show keys to come.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").field("state", &self.state).finish_non_exhaustive()
    }
}

#[inline(always)]
fn needed<K: KeySource>(frame: &OutgoingFrame<'_>) -> usize {
    let header = frame.header(if K::MASKED { Some([0; 4]) } else { None });
    let payload_len = usize::try_from(header.payload_len).unwrap_or(usize::MAX);
    header.encoded_len().saturating_add(payload_len)
}

/// Writes the frame to `output`, which is as long as the frame.
#[inline(always)]
fn write(frame: &OutgoingFrame<'_>, header: &Header, output: &mut [u8]) {
    let header_len = header.encode_over(output);
    let place = output.get_mut(header_len..).unwrap_or_default();
    match (frame.code, header.masking_key) {
        (None, None) => copy(frame.payload(), place),
        (None, Some(key)) => mask::copy_masked_over(frame.payload(), key, place),
        (Some(code), key) => {
            copy(&code.get().to_be_bytes(), place);
            copy(frame.payload(), place.get_mut(2..).unwrap_or_default());
            if let Some(key) = key {
                mask::unmask(place, key);
            }
        }
    }
}

/// Copies to the start of `to`, which is at least as long.
#[inline(always)]
fn copy(from: &[u8], to: &mut [u8]) {
    if let Some((to, _)) = to.split_at_mut_checked(from.len()) {
        to.copy_from_slice(from);
    }
}
