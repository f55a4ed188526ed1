//! x86 and x86-64 with SSE2.

mod avx2;
mod avx512;
mod sse2;
mod ssse3;
mod tables;

use super::backend::Backend;
use super::bytes::Bytes;
use super::vectors::Kernel;
use super::words;
use super::xor::FOUR_MAX;
pub(super) use sse2::run as run_narrow;

cpufeatures::new!(cpu_ssse3, "ssse3");
cpufeatures::new!(cpu_avx2, "avx2");
// The check of text needs the tables of VBMI and the shifts of VBMI2. The first CPUs with AVX-512
// (Skylake-X, Cascade Lake) have neither, and use AVX2. Up to 128 bytes, all CPUs with AVX-512 use AVX2.
cpufeatures::new!(cpu_avx512, "avx512f", "avx512bw", "avx512vbmi", "avx512vbmi2", "avx2");

/// The instruction sets, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Isa {
    Avx512,
    Avx2,
    Ssse3,
    Sse2,
    Portable,
}

impl Isa {
    pub(super) const ALL: &[Self] =
        &[Self::Avx512, Self::Avx2, Self::Ssse3, Self::Sse2, Self::Portable];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Avx512 => "avx512",
            Self::Avx2 => "avx2",
            Self::Ssse3 => "ssse3",
            Self::Sse2 => "sse2",
            Self::Portable => "portable",
        }
    }

    /// Whether the CPU has it.
    pub(super) fn is_present(self) -> bool {
        match self {
            Self::Avx512 => cpu_avx512::get(),
            Self::Avx2 => cpu_avx2::get(),
            Self::Ssse3 => cpu_ssse3::get(),
            Self::Sse2 | Self::Portable => true,
        }
    }
}

/// Runs a kernel on the vectors of the backend's instruction set.
#[inline(always)]
pub(super) fn run<K: Kernel<B>, B: Bytes>(backend: Backend, bytes: B, key: u32) -> K::Output {
    match backend.isa() {
        Isa::Avx512 if bytes.source().len() > FOUR_MAX => {
            // SAFETY: there is a `Backend` with `Isa::Avx512` only if `cpu_avx512`, which names
            // the features of `avx512::run`, has found them.
            unsafe { avx512::run::<K::Long, B>(bytes, key) }
        }
        Isa::Avx512 | Isa::Avx2 => {
            // SAFETY: there is a `Backend` with one of these only if `cpu_avx512` or `cpu_avx2`,
            // which both name AVX2, has found it.
            unsafe { avx2::run::<K, B>(bytes, key) }
        }
        Isa::Ssse3 if K::CHECKS_TEXT => {
            // SAFETY: there is a `Backend` with `Isa::Ssse3` only if `cpu_ssse3` has found SSSE3.
            unsafe { ssse3::run::<K, B>(bytes, key) }
        }
        // Masking does not need what SSSE3 adds.
        Isa::Ssse3 | Isa::Sse2 => sse2::run_apart::<K, B>(bytes, key),
        Isa::Portable => words::run_apart::<K, B>(bytes, key),
    }
}
