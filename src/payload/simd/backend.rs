//! The choice of an instruction set.

use super::arch::{self, Isa};
use super::bytes::Bytes;
use super::text::{CheckText, Text};
use super::xor::{FOUR_MAX, Four, Long};
use core::sync::atomic::{AtomicU8, Ordering};

/// The name in `--cfg wsparse_backend="…"`; empty without it, and for `word`, which replaces the
/// backends of this module.
pub(super) const FORCED: &str = if cfg!(wsparse_backend = "portable") {
    "portable"
} else if cfg!(wsparse_backend = "sse2") {
    "sse2"
} else if cfg!(wsparse_backend = "ssse3") {
    "ssse3"
} else if cfg!(wsparse_backend = "avx2") {
    "avx2"
} else if cfg!(wsparse_backend = "avx512") {
    "avx512"
} else if cfg!(wsparse_backend = "neon") {
    "neon"
} else if cfg!(wsparse_backend = "simd128") {
    "simd128"
} else {
    ""
};

const _: () = {
    let mut is_found = FORCED.is_empty();
    let mut rest = Isa::ALL;
    while let [isa, others @ ..] = rest {
        is_found |= is_same(isa.name(), FORCED);
        rest = others;
    }
    assert!(is_found, "this target cannot have the backend that wsparse_backend names");
};

/// Returns `a == b`. The operator is not `const`.
const fn is_same(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    while let ([first_a, rest_a @ ..], [first_b, rest_b @ ..]) = (a, b) {
        if *first_a != *first_b {
            return false;
        }
        (a, b) = (rest_a, rest_b);
    }
    a.is_empty() && b.is_empty()
}

/// The proof that the CPU has an instruction set: [`Isa::is_present`] has returned `true`. The
/// `unsafe` blocks of [`arch::run`] rely on it.
///
/// The field is private to this file. `of` and `best` create one after that call, and `with_known`
/// creates it from the number that `best` has stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Backend(Isa);

impl Backend {
    #[inline(always)]
    pub(super) fn of(isa: Isa) -> Option<Self> {
        isa.is_present().then_some(Self(isa))
    }

    /// Returns the first of [`Isa::ALL`] that the CPU has. If one is forced, returns that one, or
    /// [`Isa::Portable`] if the CPU does not have it.
    pub(super) fn best() -> Self {
        let best = Isa::ALL
            .iter()
            .filter(|isa| FORCED.is_empty() || FORCED == isa.name())
            .find_map(|isa| Self::of(*isa))
            .unwrap_or(Self(Isa::Portable));
        BEST.store(best.0 as u8, Ordering::Relaxed);
        best
    }

    /// Calls `f` with the result of [`best`](Self::best). Returns `bytes` if `best` has never been
    /// called.
    #[inline(always)]
    pub(super) fn with_known<B, R>(bytes: B, f: impl FnOnce(B, Self) -> R) -> Result<R, B> {
        let best = BEST.load(Ordering::Relaxed);
        for isa in Isa::ALL {
            // Only `best` stores the number of an `Isa`, and only of one that is present.
            if *isa as u8 == best {
                return Ok(f(bytes, Self(*isa)));
            }
        }
        Err(bytes)
    }

    #[inline(always)]
    pub(super) fn isa(self) -> Isa {
        self.0
    }

    /// Masks more than [`TWO_MAX`](super::xor::TWO_MAX) bytes.
    #[inline(always)]
    pub(super) fn wide(self, payload: &mut [u8], key: u32) {
        if payload.len() > FOUR_MAX {
            self.long(payload, key);
        } else {
            arch::run::<Four, _>(self, payload, key);
        }
    }

    /// Masks more than [`FOUR_MAX`] bytes.
    #[inline(always)]
    pub(super) fn long(self, bytes: impl Bytes, key: u32) {
        arch::run::<Long, _>(self, bytes, key);
    }

    /// Unmasks and checks text.
    #[inline(always)]
    pub(super) fn text(self, bytes: impl Bytes<Place = u8>, key: u32) -> Text {
        arch::run::<CheckText, _>(self, bytes, key)
    }
}

/// The [`Isa`] that [`Backend::best`] returned, as a number; `u8::MAX` before.
static BEST: AtomicU8 = AtomicU8::new(u8::MAX);
