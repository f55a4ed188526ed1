//! SHA-1 of the key and the GUID (RFC 6455 §4.2.2).

pub(super) use implementation::sha1;

/// Uses the instructions of the CPU for SHA-1 if it has them.
#[cfg(any(unix, windows, target_family = "wasm"))]
mod implementation {
    use bytemuck::must_cast;
    use sha1::block_api::compress;

    /// The initial value (RFC 3174 §6.1).
    const INITIAL: [u32; 5] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0];

    /// Pads the bytes to two blocks itself: a call of the hasher takes a fifth longer.
    pub(in super::super) fn sha1(bytes: &[u8; 60]) -> [u8; 20] {
        // §4: a bit that is set, zeros, and the number of bits.
        let mut blocks = [[0; 64]; 2];
        let [first, second] = &mut blocks;
        if let Some((start, [end, ..])) = first.split_first_chunk_mut()
            && let Some(bits) = second.last_chunk_mut()
        {
            (*start, *end) = (*bytes, 0x80);
            *bits = (8 * 60_u64).to_be_bytes();
        }
        let mut state = INITIAL;
        compress(&mut state, &blocks);
        must_cast(state.map(u32::to_be_bytes))
    }
}

/// Without an operating system. Has a fraction of the code of the other.
#[cfg(not(any(unix, windows, target_family = "wasm")))]
mod implementation {
    // Never inlined, and for one length, so that the compiler can prove that it does not panic.
    #[inline(never)]
    pub(in super::super) fn sha1(bytes: &[u8; 60]) -> [u8; 20] {
        let mut hash = hmac_sha1_compact::Hash::new();
        hash.update(bytes);
        hash.finalize()
    }
}

#[cfg(test)]
mod tests {
    use super::sha1;

    /// Computed with `sha1sum`.
    #[test]
    fn it_is_sha1() {
        let expected = [
            0xc9, 0x87, 0x14, 0xb1, 0x6f, 0x92, 0xc8, 0xa7, 0x70, 0xe9, 0xfc, 0x22, 0x9d, 0xf8,
            0x34, 0xd1, 0x68, 0x8e, 0x28, 0x2f,
        ];
        assert_eq!(sha1(&core::array::from_fn(|n| n as u8)), expected);
    }
}
