/// Memory in which an [`Assembler`](crate::Assembler) stores messages.
///
/// It is implemented for `[u8]` and `[u8; N]`, with the feature `alloc` for `Vec<u8>`, and for
/// `&mut` and `Box` of any of these.
///
/// ```
/// use wsparse::Assembler;
///
/// let mut storage = [0; 1024];
/// Assembler::new(&mut storage);
/// Assembler::new(&mut storage[..512]);
/// # #[cfg(feature = "alloc")] {
/// Assembler::new(vec![0; 1024].into_boxed_slice());
/// let mut growing = Vec::new();
/// Assembler::new(&mut growing);
/// # }
/// ```
///
/// Implement it for your own type to take the memory from elsewhere. Text in such a buffer is
/// validated once more when it is complete, because this crate cannot know whether the buffer kept
/// it unchanged.
///
/// ```
/// use wsparse::{Assembler, Buffer};
///
/// /// Moves to a larger block when the small one is full.
/// struct Blocks {
///     small: [u8; 256],
///     large: Option<Box<[u8]>>,
/// }
///
/// impl Buffer for Blocks {
///     fn max_len(&self) -> usize {
///         64 << 10
///     }
///
///     fn as_slice(&self) -> &[u8] {
///         self.large.as_deref().unwrap_or(&self.small)
///     }
///
///     fn grow(&mut self, len: usize) -> &mut [u8] {
///         if len <= self.small.len() && self.large.is_none() {
///             return &mut self.small;
///         }
///         self.large.get_or_insert_with(|| {
///             let mut large = vec![0; 64 << 10].into_boxed_slice();
///             large[..self.small.len()].copy_from_slice(&self.small); // the contents are kept
///             large
///         })
///     }
/// }
///
/// let assembler = Assembler::new(Blocks { small: [0; 256], large: None });
/// assert_eq!(assembler.max_message(), (64 << 10) - 125);
/// ```
pub trait Buffer {
    /// Returns the largest number of bytes that the buffer can hold: 125 more than the longest
    /// message.
    fn max_len(&self) -> usize;

    /// Returns all bytes of the buffer, as they were last written through [`grow`](Self::grow).
    fn as_slice(&self) -> &[u8];

    /// Grows the buffer to at least `len` bytes, if possible, and returns all its bytes. The bytes
    /// that it had before must be unchanged. If it returns fewer than `len` bytes, the message is
    /// refused as too big.
    ///
    /// `len` counts bytes that have arrived, never a length that a peer has declared.
    fn grow(&mut self, len: usize) -> &mut [u8];

    /// Returns whether this crate knows the buffer to keep its bytes unchanged, so that text need
    /// not be validated again. Other crates cannot implement it, because they cannot name the
    /// argument.
    #[doc(hidden)]
    fn is_trusted(&self, _: sealed::Token) -> bool {
        false
    }
}

pub(crate) mod sealed {
    #[derive(Clone, Copy, Debug)]
    pub struct Token;
}

impl Buffer for [u8] {
    fn max_len(&self) -> usize {
        self.len()
    }

    fn as_slice(&self) -> &[u8] {
        self
    }

    fn grow(&mut self, _: usize) -> &mut [u8] {
        self
    }

    fn is_trusted(&self, _: sealed::Token) -> bool {
        true
    }
}

impl<const N: usize> Buffer for [u8; N] {
    fn max_len(&self) -> usize {
        N
    }

    fn as_slice(&self) -> &[u8] {
        self
    }

    fn grow(&mut self, _: usize) -> &mut [u8] {
        self
    }

    fn is_trusted(&self, _: sealed::Token) -> bool {
        true
    }
}

impl<B: Buffer + ?Sized> Buffer for &mut B {
    fn max_len(&self) -> usize {
        (**self).max_len()
    }

    fn as_slice(&self) -> &[u8] {
        (**self).as_slice()
    }

    fn grow(&mut self, len: usize) -> &mut [u8] {
        (**self).grow(len)
    }

    // What is borrowed mutably cannot be changed by anything else.
    fn is_trusted(&self, token: sealed::Token) -> bool {
        (**self).is_trusted(token)
    }
}

#[cfg(feature = "alloc")]
impl<B: Buffer + ?Sized> Buffer for alloc::boxed::Box<B> {
    fn max_len(&self) -> usize {
        (**self).max_len()
    }

    fn as_slice(&self) -> &[u8] {
        (**self).as_slice()
    }

    fn grow(&mut self, len: usize) -> &mut [u8] {
        (**self).grow(len)
    }

    fn is_trusted(&self, token: sealed::Token) -> bool {
        (**self).is_trusted(token)
    }
}

#[cfg(feature = "alloc")]
impl Buffer for alloc::vec::Vec<u8> {
    fn max_len(&self) -> usize {
        usize::MAX
    }

    fn as_slice(&self) -> &[u8] {
        self
    }

    /// Grows with the bytes that have arrived, to a capacity of at most twice their number. The
    /// `Vec` never shrinks, so that only new bytes are filled with zeros.
    fn grow(&mut self, len: usize) -> &mut [u8] {
        let more = len.saturating_sub(self.len());
        if more > 0 && self.try_reserve(more).is_ok() {
            self.resize(len, 0);
        }
        self
    }

    fn is_trusted(&self, _: sealed::Token) -> bool {
        true
    }
}
