//! The choice of a backend, and the calls that need it.

#[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
use super::neon;
use super::portable;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use super::simd128;
use super::text::{self, Text};
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
use super::x86;
#[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))]
use super::x86_text;
use super::xor::{BLOCK, Bytes, FOUR_MAX};
use bytemuck::AnyBitPattern;
use core::sync::atomic::{AtomicU8, Ordering};

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
cpufeatures::new!(cpu_ssse3, "ssse3");
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
cpufeatures::new!(cpu_avx2, "avx2");
// Text needs the tables of VBMI: the first CPUs with AVX-512, which lack it (Skylake-X, Cascade
// Lake), get AVX2. The short kernel of AVX-512 is that of AVX2.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
cpufeatures::new!(cpu_avx512, "avx512f", "avx512bw", "avx512vbmi", "avx2");

/// What `--cfg wsparse_backend="…"` names; empty without it.
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

#[cfg(any(
    all(
        any(wsparse_backend = "avx2", wsparse_backend = "avx512"),
        not(any(target_arch = "x86", target_arch = "x86_64"))
    ),
    all(
        any(wsparse_backend = "sse2", wsparse_backend = "ssse3"),
        not(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))
    ),
    all(wsparse_backend = "neon", not(all(target_arch = "aarch64", target_feature = "neon"))),
    all(wsparse_backend = "simd128", not(all(target_arch = "wasm32", target_feature = "simd128")))
))]
compile_error!("this target cannot have the backend that wsparse_backend names");

/// An instruction set; the widest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Isa {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx512,
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx2,
    #[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))]
    Ssse3,
    #[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))]
    Sse2,
    #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
    Neon,
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Simd128,
    Portable,
}

impl Isa {
    /// All that the target may have, in order.
    pub(super) const ALL: &[Self] = &[
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Self::Avx512,
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Self::Avx2,
        #[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))]
        Self::Ssse3,
        #[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))]
        Self::Sse2,
        #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
        Self::Neon,
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        Self::Simd128,
        Self::Portable,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            #[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))]
            Self::Sse2 => "sse2",
            #[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))]
            Self::Ssse3 => "ssse3",
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::Avx2 => "avx2",
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::Avx512 => "avx512",
            #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
            Self::Neon => "neon",
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Self::Simd128 => "simd128",
        }
    }
}

/// An instruction set that this CPU has: whoever holds one may call its kernels. Its field is
/// private to this file, in which `of`, `best` and `with_known` make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Backend(Isa);

impl Backend {
    /// The proof that the CPU has `isa`, if it has.
    #[inline(always)]
    pub(super) fn of(isa: Isa) -> Option<Self> {
        let there = match isa {
            #[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))]
            Isa::Ssse3 => cpu_ssse3::get(),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Isa::Avx2 => cpu_avx2::get(),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Isa::Avx512 => cpu_avx512::get(),
            // The others exist in this build only where the target guarantees them.
            _ => true,
        };
        there.then_some(Self(isa))
    }

    /// The widest that this CPU has; where one is forced, that, or words if the CPU lacks it.
    pub(super) fn best() -> Self {
        let best = Isa::ALL
            .iter()
            .filter(|isa| FORCED.is_empty() || FORCED == isa.name())
            .find_map(|isa| Self::of(*isa))
            .unwrap_or(Self(Isa::Portable));
        BEST.store(best.0 as u8, Ordering::Relaxed);
        best
    }

    /// Calls `f` with what [`best`](Self::best) found, or gives `what` back if that was not called
    /// before.
    #[inline(always)]
    pub(super) fn with_known<T, R>(what: T, f: impl FnOnce(T, Self) -> R) -> Result<R, T> {
        let best = BEST.load(Ordering::Relaxed);
        for isa in Isa::ALL {
            // Only `best` stores a number that is found here, that of an `Isa` it had the proof for.
            if *isa as u8 == best {
                return Ok(f(what, Self(*isa)));
            }
        }
        Err(what)
    }

    #[cfg(test)]
    pub(super) fn isa(self) -> Isa {
        self.0
    }

    /// Masks more than [`TWO_MAX`](super::TWO_MAX) bytes, up to [`FOUR_MAX`].
    #[inline(always)]
    fn four(self, payload: &mut [u8], key: u32) {
        match self.0 {
            Isa::Portable => portable::four(payload, key),
            #[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))]
            Isa::Sse2 | Isa::Ssse3 => x86::sse2::four(payload, key),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            // SAFETY: there are these values only where the CPU has AVX2.
            Isa::Avx2 | Isa::Avx512 => unsafe { x86::avx2_four(payload, key) },
            #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
            Isa::Neon => neon::four(payload, key),
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Isa::Simd128 => simd128::four(payload, key),
        }
    }

    /// Masks more than [`FOUR_MAX`] bytes.
    #[inline(always)]
    pub(super) fn long<O: Bytes>(self, bytes: O, key: u32)
    where
        [O::Place; BLOCK]: AnyBitPattern,
    {
        match self.0 {
            Isa::Portable => portable::long(bytes, key),
            #[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))]
            Isa::Sse2 | Isa::Ssse3 => x86::sse2::long(bytes, key),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            // SAFETY: there is this value only where the CPU has AVX2.
            Isa::Avx2 => unsafe { x86::avx2_long(bytes, key) },
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            // SAFETY: there is this value only where the CPU has AVX-512F.
            Isa::Avx512 => unsafe { x86::avx512_long(bytes, key) },
            #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
            Isa::Neon => neon::long(bytes, key),
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Isa::Simd128 => simd128::long(bytes, key),
        }
    }

    /// Masks more than [`TWO_MAX`](super::TWO_MAX) bytes.
    #[inline(always)]
    pub(super) fn wide(self, payload: &mut [u8], key: u32) {
        if payload.len() > FOUR_MAX { self.long(payload, key) } else { self.four(payload, key) }
    }

    /// Unmasks and judges text.
    #[inline(always)]
    pub(super) fn text(self, bytes: impl text::Bytes, key: u32) -> Text {
        match self.0 {
            Isa::Portable => portable::text(bytes, key),
            #[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))]
            Isa::Sse2 => x86::sse2::text(bytes, key),
            #[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))]
            // SAFETY: there is this value only where the CPU has SSSE3.
            Isa::Ssse3 => unsafe { x86_text::ssse3_text(bytes, key) },
            // The compiler cannot lower these for targets that do without SSE.
            #[cfg(all(
                any(target_arch = "x86", target_arch = "x86_64"),
                not(target_feature = "sse2")
            ))]
            Isa::Avx2 | Isa::Avx512 => portable::text(bytes, key),
            #[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))]
            // SAFETY: there is this value only where the CPU has AVX2, and of AVX-512 F, BW and VBMI.
            Isa::Avx512 if bytes.from().len() > FOUR_MAX => unsafe {
                x86_text::avx512_text(bytes, key)
            },
            #[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))]
            // SAFETY: there are these values only where the CPU has AVX2.
            Isa::Avx2 | Isa::Avx512 => unsafe { x86_text::avx2_text(bytes, key) },
            #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
            // SAFETY: the target has NEON.
            Isa::Neon => unsafe { neon::text(bytes, key) },
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Isa::Simd128 => simd128::text(bytes, key),
        }
    }
}

/// The [`Isa`] of [`Backend::best`], once the CPU was asked.
static BEST: AtomicU8 = AtomicU8::new(u8::MAX);
