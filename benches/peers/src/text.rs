//! What checks text, after `unmask` or without it.

use crate::groups::common::{Role, Subject};
use crate::groups::text::{self, UnmaskText};

/// A backend that cannot look up 16 bytes at once is compared with `core`, which cannot either.
const WITHOUT_LOOKUP: bool =
    cfg!(any(wsparse_backend = "portable", wsparse_backend = "sse2", wsparse_backend = "word"));

/// It takes the vectors of the CPU, whatever was forced, except for `ssse3`.
const SIMDUTF8: Role = if WITHOUT_LOOKUP { Role::Unequal } else { Role::Peer };

/// The library in C++ takes the widest vectors that the CPU has; a forced backend is not compared
/// with it, unless `SIMDUTF_FORCE_IMPLEMENTATION` in the environment forces it, too.
const SIMDUTF: Role = if WITHOUT_LOOKUP { Role::Unequal } else { Role::Limit };

pub fn subjects() -> Vec<Subject<UnmaskText>> {
    let peers: [Subject<UnmaskText>; 2] = [
        Subject::new("unmask, simdutf8", SIMDUTF8, |payload, key| {
            wsparse::unmask(payload, key);
            simdutf8(payload)
        }),
        Subject::new("simdutf alone", SIMDUTF, |payload, _| simdutf::validate_utf8(payload)),
    ];
    text::subjects().into_iter().chain(peers).collect()
}

/// With AVX2 forced, or AVX-512, it takes what it has for AVX2.
fn simdutf8(text: &[u8]) -> bool {
    #[cfg(all(target_arch = "x86_64", wsparse_backend = "ssse3"))]
    {
        assert!(std::is_x86_feature_detected!("sse4.2"));
        // SAFETY: the CPU has it.
        unsafe { simdutf8::basic::imp::x86::sse42::validate_utf8(text).is_ok() }
    }
    #[cfg(not(all(target_arch = "x86_64", wsparse_backend = "ssse3")))]
    simdutf8::basic::from_utf8(text).is_ok()
}
