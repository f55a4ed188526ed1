//! The limit of unmasking: load, exclusive or, store, for all whole aligned vectors of a payload
//! and nothing else, in vectors as wide as those of the backend in use.

use super::mask::Unmask;

/// The backend that `--cfg wsparse_backend="..."` forces.
pub const FORCED: Option<&str> = if cfg!(wsparse_backend = "word") {
    Some("word")
} else if cfg!(wsparse_backend = "portable") {
    Some("portable")
} else if cfg!(wsparse_backend = "sse2") {
    Some("sse2")
} else if cfg!(wsparse_backend = "ssse3") {
    Some("ssse3")
} else if cfg!(wsparse_backend = "avx2") {
    Some("avx2")
} else if cfg!(wsparse_backend = "avx512") {
    Some("avx512")
} else if cfg!(wsparse_backend = "neon") {
    Some("neon")
} else if cfg!(wsparse_backend = "simd128") {
    Some("simd128")
} else {
    None
};

/// The width of the limit's vectors, and the limit.
pub fn limit() -> (&'static str, Unmask) {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    for (name, forced, present, run) in x86::ALL {
        // A forced backend is compared with the limit of its own width.
        if forced || (FORCED.is_none() && present()) {
            assert!(present(), "this CPU lacks {name}");
            return (name, run);
        }
    }
    ("words", words)
}

/// Compiled to the vector instructions that the target has at compile time.
fn words(payload: &mut [u8], key: [u8; 4]) {
    let [a, b, c, d] = key;
    let key = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    for word in bytemuck::pod_align_to_mut::<u8, u64>(payload).1 {
        *word ^= key;
    }
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod x86 {
    use super::Unmask;
    #[cfg(target_arch = "x86")]
    use std::arch::x86::*;
    #[cfg(target_arch = "x86_64")]
    use std::arch::x86_64::*;
    use std::is_x86_feature_detected;

    /// Name, whether `--cfg wsparse_backend` forces it, whether the CPU has it.
    type Width = (&'static str, bool, fn() -> bool, Unmask);

    // SAFETY: `limit` returns only those that the CPU has.
    pub const ALL: [Width; 3] = [
        (
            "avx512",
            cfg!(wsparse_backend = "avx512"),
            || is_x86_feature_detected!("avx512f"),
            |payload, key| unsafe { avx512(payload, key) },
        ),
        (
            "avx2",
            cfg!(wsparse_backend = "avx2"),
            || is_x86_feature_detected!("avx2"),
            |payload, key| unsafe { avx2(payload, key) },
        ),
        (
            "sse2",
            cfg!(any(wsparse_backend = "sse2", wsparse_backend = "ssse3")),
            || is_x86_feature_detected!("sse2"),
            |payload, key| unsafe { sse2(payload, key) },
        ),
    ];

    #[target_feature(enable = "avx512f")]
    fn avx512(payload: &mut [u8], key: [u8; 4]) {
        let key = _mm512_set1_epi32(i32::from_ne_bytes(key));
        for vector in bytemuck::pod_align_to_mut::<u8, __m512i>(payload).1 {
            *vector = _mm512_xor_si512(*vector, key);
        }
    }

    #[target_feature(enable = "avx2")]
    fn avx2(payload: &mut [u8], key: [u8; 4]) {
        let key = _mm256_set1_epi32(i32::from_ne_bytes(key));
        for vector in bytemuck::pod_align_to_mut::<u8, __m256i>(payload).1 {
            *vector = _mm256_xor_si256(*vector, key);
        }
    }

    #[target_feature(enable = "sse2")]
    fn sse2(payload: &mut [u8], key: [u8; 4]) {
        let key = _mm_set1_epi32(i32::from_ne_bytes(key));
        for vector in bytemuck::pod_align_to_mut::<u8, __m128i>(payload).1 {
            *vector = _mm_xor_si128(*vector, key);
        }
    }
}
