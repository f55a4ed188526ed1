/// The state machine that accepts UTF-8 byte by byte (RFC 3629 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(crate) struct Automaton {
    /// The number of bytes that are missing from the code point at the end of the text.
    missing: u8,
    /// The range of the next of them.
    min: u8,
    max: u8,
}

impl Automaton {
    pub(crate) const fn new() -> Self {
        Self { missing: 0, min: 0x80, max: 0xBF }
    }

    /// Returns the number of bytes that are missing from the last code point.
    #[inline(always)]
    pub(crate) const fn missing(self) -> usize {
        self.missing as usize
    }

    /// Checks the next bytes of the text.
    ///
    /// # Errors
    ///
    /// The offset of the first byte that cannot be right.
    pub(crate) fn check(&mut self, bytes: &[u8]) -> Result<(), usize> {
        match bytes.iter().position(|byte| !self.accepts(*byte)) {
            Some(offset) => Err(offset),
            None => Ok(()),
        }
    }

    /// Does what [`check`](Self::check) does, but skips ASCII four bytes at a time.
    #[inline(never)]
    pub(crate) fn check_words(&mut self, bytes: &[u8]) -> Result<(), usize> {
        let mut rest = bytes;
        loop {
            if self.missing == 0 {
                while let Some((word, after)) = rest.split_first_chunk::<4>()
                    && word.is_ascii()
                {
                    rest = after;
                }
            }
            let Some((byte, after)) = rest.split_first() else { return Ok(()) };
            if !self.accepts(*byte) {
                return Err(bytes.len().wrapping_sub(rest.len()));
            }
            rest = after;
        }
    }

    /// Returns `self == other`. The operator is not `const`.
    const fn is_same(self, other: Self) -> bool {
        self.missing == other.missing && self.min == other.min && self.max == other.max
    }

    /// A row for each range of the first byte.
    const fn accepts(&mut self, byte: u8) -> bool {
        let (missing, min, max) = match (self.missing, byte) {
            (0, 0x00..=0x7F) => (0, 0x80, 0xBF),
            (0, 0xC2..=0xDF) => (1, 0x80, 0xBF),
            (0, 0xE0) => (2, 0xA0, 0xBF),
            (0, 0xED) => (2, 0x80, 0x9F),
            (0, 0xE1..=0xEF) => (2, 0x80, 0xBF),
            (0, 0xF0) => (3, 0x90, 0xBF),
            (0, 0xF1..=0xF3) => (3, 0x80, 0xBF),
            (0, 0xF4) => (3, 0x80, 0x8F),
            (0, _) => return false,
            (missing, _) if byte >= self.min && byte <= self.max => {
                (missing.wrapping_sub(1), 0x80, 0xBF)
            }
            _ => return false,
        };
        *self = Self { missing, min, max };
        true
    }
}

/// The same state machine as a table, with a row for each byte. A row holds the next state for each
/// state, in six bits. The number of a state is the position of its bits, so `row >> state` has the
/// next state in its lowest six bits.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which reports an index out of bounds"
)]
pub(crate) static ROWS: [u64; 256] = {
    let mut rows = [0; 256];
    // `states[n]` has the number 6 * (n + 1). Bits 0 to 5 stay 0: from `REFUSED` to `REFUSED`.
    let mut states = [Automaton::new(); 8];
    let (mut from, mut known) = (0, 1);
    while from < known {
        let mut byte = 0_u8;
        loop {
            let (mut state, mut to) = (states[from], 0);
            if state.accepts(byte) {
                while to < known && !state.is_same(states[to]) {
                    to += 1;
                }
                if to == known {
                    states[to] = state;
                    known += 1;
                }
                rows[byte as usize] |= (6 * (to as u64 + 1)) << (6 * (from + 1));
            }
            if byte == 0xFF {
                break;
            }
            byte += 1;
        }
        from += 1;
    }
    rows
};
/// The first state, which is also that between two code points.
pub(crate) const START: u64 = 6;
/// The state after a byte that is not accepted. It never changes again.
pub(crate) const REFUSED: u64 = 0;
