/// Memory of the caller that an [`Assembler`](crate::Assembler) puts messages into: a
/// `&mut [u8]` or a `[u8; N]`, and with the feature `alloc` a `Vec<u8>`. Nothing else implements
/// it.
pub trait Buffer: sealed::Buffer {}

impl<B: sealed::Buffer> Buffer for B {}

pub(crate) mod sealed {
    /// Gives the same octets each time, as they were left.
    pub trait Buffer {
        /// How many octets it can hold at most.
        fn most(&self) -> usize;

        fn octets(&self) -> &[u8];

        /// All octets: at least so many, if that is possible.
        fn with_room_for(&mut self, len: usize) -> &mut [u8];
    }

    impl Buffer for &mut [u8] {
        fn most(&self) -> usize {
            self.len()
        }

        fn octets(&self) -> &[u8] {
            self
        }

        fn with_room_for(&mut self, _: usize) -> &mut [u8] {
            self
        }
    }

    impl<const N: usize> Buffer for [u8; N] {
        fn most(&self) -> usize {
            N
        }

        fn octets(&self) -> &[u8] {
            self
        }

        fn with_room_for(&mut self, _: usize) -> &mut [u8] {
            self
        }
    }

    #[cfg(feature = "alloc")]
    impl Buffer for alloc::vec::Vec<u8> {
        fn most(&self) -> usize {
            usize::MAX
        }

        fn octets(&self) -> &[u8] {
            self
        }

        /// Grows with what has arrived, to at most twice of that: no length that a peer declares
        /// comes here. It does not shrink, so that only new octets are ever filled with zeros.
        fn with_room_for(&mut self, len: usize) -> &mut [u8] {
            let more = len.saturating_sub(self.len());
            if more > 0 && self.try_reserve(more).is_ok() {
                self.resize(len, 0);
            }
            self
        }
    }
}
