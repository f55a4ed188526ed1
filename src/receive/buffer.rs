/// Memory of the caller that an [`Assembler`](crate::Assembler) puts messages into: a `[u8; N]`,
/// with the feature `alloc` a `Vec<u8>`, or a type of yours, which may take its memory from wherever
/// it likes; a `&mut` of any of them or of a `[u8]`; with `alloc` a `Box`, too.
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
/// Text in a type of yours is checked once more when all of it is there, as this crate cannot know
/// whether it was kept.
///
/// ```
/// use wsparse::{Assembler, Buffer};
///
/// /// Takes a larger block when the smaller one is full.
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
///             large[..self.small.len()].copy_from_slice(&self.small); // what is there is kept
///             large
///         })
///     }
/// }
///
/// let assembler = Assembler::new(Blocks { small: [0; 256], large: None });
/// assert_eq!(assembler.max_message(), (64 << 10) - 125);
/// ```
pub trait Buffer {
    /// How many bytes it can hold at most: 125 more than the longest message may have.
    fn max_len(&self) -> usize;

    /// All bytes, as they were left.
    fn as_slice(&self) -> &[u8];

    /// All bytes, as they were left: at least so many, if that is possible. Where they are fewer,
    /// the message is refused as too big.
    ///
    /// `len` counts bytes that have arrived; no length that a peer declares comes here.
    fn grow(&mut self, len: usize) -> &mut [u8];

    /// Whether it is known to this crate to keep what it is given, so that text need not be
    /// checked again. No other can say so, as it cannot name the argument.
    #[doc(hidden)]
    fn is_known(&self, _: sealed::Here) -> bool {
        false
    }
}

pub(crate) mod sealed {
    #[derive(Clone, Copy, Debug)]
    pub struct Here;
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

    fn is_known(&self, _: sealed::Here) -> bool {
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

    fn is_known(&self, _: sealed::Here) -> bool {
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

    // Nobody else has what is borrowed mutably.
    fn is_known(&self, here: sealed::Here) -> bool {
        (**self).is_known(here)
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

    fn is_known(&self, here: sealed::Here) -> bool {
        (**self).is_known(here)
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

    /// Grows with what has arrived, to at most twice of that. It does not shrink, so that only new
    /// bytes are ever filled with zeros.
    fn grow(&mut self, len: usize) -> &mut [u8] {
        let more = len.saturating_sub(self.len());
        if more > 0 && self.try_reserve(more).is_ok() {
            self.resize(len, 0);
        }
        self
    }

    fn is_known(&self, _: sealed::Here) -> bool {
        true
    }
}
