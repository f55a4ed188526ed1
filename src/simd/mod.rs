//! The kernels, and the choice between them.
//!
//! | module | what it is |
//! |---|---|
//! | `xor` | the masking algorithm, over any vector |
//! | `portable`, `x86`, `neon`, `simd128` | its instances |
//!
//! This is the only module with `unsafe`: to call a function that was compiled for more than the
//! target guarantees, after the CPU was asked, and to call memory initialised that was written.
#![allow(unsafe_code)]

use bytemuck::AnyBitPattern;
use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::{AtomicU8, Ordering};
use xor::{BLOCK, FOUR_MAX, Octets, SHORT_MAX, TWO_MAX, short, two, with};

#[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
mod neon;
mod portable;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(test)]
mod tests;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod x86;
mod xor;

pub(crate) use xor::rotate;

// The vectors of 16 octets that need no question to the CPU.
#[cfg(all(
    target_arch = "aarch64",
    target_feature = "neon",
    not(wsparse_backend = "portable")
))]
use neon as fixed;
#[cfg(any(
    wsparse_backend = "portable",
    not(any(
        all(target_arch = "aarch64", target_feature = "neon"),
        all(target_arch = "wasm32", target_feature = "simd128"),
        all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"),
    ))
))]
use portable as fixed;
#[cfg(all(
    target_arch = "wasm32",
    target_feature = "simd128",
    not(wsparse_backend = "portable")
))]
use simd128 as fixed;
#[cfg(all(
    any(target_arch = "x86", target_arch = "x86_64"),
    target_feature = "sse2",
    not(wsparse_backend = "portable")
))]
use x86::sse2 as fixed;

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
cpufeatures::new!(cpu_avx2, "avx2");
// The short kernel of AVX-512 is that of AVX2.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
cpufeatures::new!(cpu_avx512, "avx512f", "avx2");

/// What `--cfg wsparse_backend="…"` names; empty without it.
const FORCED: &str = if cfg!(wsparse_backend = "portable") {
    "portable"
} else if cfg!(wsparse_backend = "sse2") {
    "sse2"
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
        wsparse_backend = "sse2",
        not(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))
    ),
    all(wsparse_backend = "neon", not(all(target_arch = "aarch64", target_feature = "neon"))),
    all(wsparse_backend = "simd128", not(all(target_arch = "wasm32", target_feature = "simd128")))
))]
compile_error!("this target cannot have the backend that wsparse_backend names");

/// An instruction set; the widest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Isa {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx512,
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx2,
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
    const ALL: &[Self] = &[
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Self::Avx512,
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Self::Avx2,
        #[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))]
        Self::Sse2,
        #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
        Self::Neon,
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        Self::Simd128,
        Self::Portable,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            #[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))]
            Self::Sse2 => "sse2",
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

/// An instruction set that this CPU has: whoever holds one may call its kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Backend(Isa);

impl Backend {
    /// The proof that the CPU has `isa`, if it has. The only place where one is made.
    #[inline(always)]
    fn of(isa: Isa) -> Option<Self> {
        let there = match isa {
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
    fn best() -> Self {
        let best = Isa::ALL
            .iter()
            .filter(|isa| FORCED.is_empty() || FORCED == isa.name())
            .find_map(|isa| Self::of(*isa))
            .unwrap_or(Self(Isa::Portable));
        BEST.store(best.0 as u8, Ordering::Relaxed);
        best
    }

    /// Masks more than [`TWO_MAX`] octets, up to [`FOUR_MAX`].
    #[inline(always)]
    fn four(self, payload: &mut [u8], key: u32) {
        match self.0 {
            Isa::Portable => portable::four(payload, key),
            #[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))]
            Isa::Sse2 => x86::sse2::four(payload, key),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            // SAFETY: `of` makes these values only where the CPU has AVX2.
            Isa::Avx2 | Isa::Avx512 => unsafe { x86::avx2_four(payload, key) },
            #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
            Isa::Neon => neon::four(payload, key),
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Isa::Simd128 => simd128::four(payload, key),
        }
    }

    /// Masks more than [`FOUR_MAX`] octets.
    #[inline(always)]
    fn long<O: Octets>(self, octets: O, key: u32)
    where
        [O::Place; BLOCK]: AnyBitPattern,
    {
        match self.0 {
            Isa::Portable => portable::long(octets, key),
            #[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))]
            Isa::Sse2 => x86::sse2::long(octets, key),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            // SAFETY: `of` makes this value only where the CPU has AVX2.
            Isa::Avx2 => unsafe { x86::avx2_long(octets, key) },
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            // SAFETY: `of` makes this value only where the CPU has AVX-512F.
            Isa::Avx512 => unsafe { x86::avx512_long(octets, key) },
            #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
            Isa::Neon => neon::long(octets, key),
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Isa::Simd128 => simd128::long(octets, key),
        }
    }

    /// Masks more than [`TWO_MAX`] octets.
    #[inline(always)]
    fn wide(self, payload: &mut [u8], key: u32) {
        if payload.len() > FOUR_MAX { self.long(payload, key) } else { self.four(payload, key) }
    }
}

/// The [`Isa`] of [`Backend::best`], once the CPU was asked.
static BEST: AtomicU8 = AtomicU8::new(u8::MAX);

/// Masks `payload` in place.
#[inline]
pub(crate) fn xor(payload: &mut [u8], key: u32) {
    if payload.len() <= SHORT_MAX {
        short(payload, key);
    } else if payload.len() <= TWO_MAX {
        two::<16, _>(payload, key, |key| with(fixed::splat(key), fixed::xor));
    } else {
        wide(payload, key);
    }
}

#[inline(never)]
fn wide(payload: &mut [u8], key: u32) {
    let best = BEST.load(Ordering::Relaxed);
    for isa in Isa::ALL {
        if *isa as u8 == best {
            // `best` stored it, which had the proof.
            return Backend(*isa).wide(payload, key);
        }
    }
    first_wide(payload, key);
}

/// The first call of [`wide`]. Apart, so that the others need not keep their arguments for it.
#[cold]
#[inline(never)]
fn first_wide(payload: &mut [u8], key: u32) {
    Backend::best().wide(payload, key);
}

/// Copies `source` into `target` and masks it; they have the same length.
pub(crate) fn copy_xor<'a>(
    source: &[u8],
    key: u32,
    target: &'a mut [MaybeUninit<u8>],
) -> &'a mut [u8] {
    if source.len() > FOUR_MAX {
        Backend::best().long((source, &mut *target), key);
        // SAFETY: `long` stores its first 64 octets, its last 64, and all blocks of 64 between.
        return unsafe { initialised(target) };
    }
    target.iter_mut().zip(source).for_each(|(to, from)| *to = MaybeUninit::new(*from));
    // SAFETY: the line above wrote each octet, as `target` is as long as `source`.
    let target = unsafe { initialised(target) };
    xor(target, key);
    target
}

/// `<[MaybeUninit<u8>]>::assume_init_mut`, which came with Rust 1.93.
///
/// # Safety
///
/// Each octet must have been written.
unsafe fn initialised(octets: &mut [MaybeUninit<u8>]) -> &mut [u8] {
    // SAFETY: `MaybeUninit<u8>` is laid out as `u8`, and the caller has written all.
    unsafe { &mut *(ptr::from_mut(octets) as *mut [u8]) }
}
