//! Kernels.

use crate::groups::common::{Role, Subject};
use crate::groups::mask::{self, Unmask};
use soketto::base;

/// Whether ours was forced to do without AVX2, and so without AVX-512.
const WITHOUT_AVX2: bool =
    cfg!(any(wsparse_backend = "ssse3", wsparse_backend = "sse2", wsparse_backend = "portable"));

/// It takes AVX-512 where the CPU has it, and nothing keeps it from that.
const SOCKUDO: Role =
    if WITHOUT_AVX2 || cfg!(wsparse_backend = "avx2") { Role::Unequal } else { Role::Peer };

/// All that unmask.
pub fn subjects() -> Vec<Subject<Unmask>> {
    let peers: [Subject<Unmask>; 6] = [
        Subject::new("yawc", Role::Peer, yawc),
        // tungstenite's own, which is private, is the same algorithm.
        Subject::new("fastwebsockets", Role::Peer, |payload, key| {
            fastwebsockets::unmask(payload, key);
        }),
        Subject::new("sockudo-ws", SOCKUDO, |payload, key| {
            sockudo_ws::mask::apply_mask(payload, key);
        }),
        Subject::new("websocket-sans-io", Role::Peer, |payload, key| {
            websocket_sans_io::apply_mask(key, payload, 0);
        }),
        Subject::new("soketto", Role::Peer, soketto),
        Subject::new("edge-ws", Role::Peer, |payload, key| {
            edge_ws::FrameHeader::mask_with(payload, Some(u32::from_be_bytes(key)), 0);
        }),
    ];
    mask::subjects().into_iter().chain(peers).collect()
}

/// Without AVX2, calls what `apply_mask` would choose on such a CPU.
fn yawc(payload: &mut [u8], key: [u8; 4]) {
    if !WITHOUT_AVX2 {
        yawc::mask::apply_mask(payload, key);
    } else if payload.len() <= 128 {
        yawc::mask::apply_mask_fast32(payload, key);
    } else {
        yawc::mask::apply_mask_fast64(payload, key);
    }
}

/// It takes the key from a header.
fn soketto(payload: &mut [u8], key: [u8; 4]) {
    let mut header = base::Header::new(base::OpCode::Binary);
    header.set_masked(true).set_mask(u32::from_be_bytes(key));
    base::Codec::apply_mask(&header, payload);
}
