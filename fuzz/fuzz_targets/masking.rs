//! Any payload, at any address, cut anywhere: masked as the oracle masks it.
#![no_main]

#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use libfuzzer_sys::fuzz_target;
use std::mem::MaybeUninit;

fuzz_target!(|data: &[u8]| {
    let Some((parameters, payload)) = data.split_first_chunk::<16>() else { return };
    let [k, l, m, n, skip, cut, a, b, rest @ ..] = *parameters;
    let (key, offset) = ([k, l, m, n], u64::from_be_bytes(rest));
    let payload = &payload[usize::from(skip % 64).min(payload.len())..];
    let mut expected = payload.to_vec();
    oracle::unmask_from(&mut expected, key, offset);

    // In place, in two chunks.
    let mut bytes = vec![0xA5; 64];
    let start = usize::from(a % 64);
    bytes.truncate(start);
    bytes.extend_from_slice(payload);
    bytes.extend_from_slice(&[0xA5; 64]);
    let (head, tail) =
        bytes[start..start + payload.len()].split_at_mut(usize::from(cut).min(payload.len()));
    wsparse::unmask_from(head, key, offset);
    wsparse::unmask_from(tail, key, offset.wrapping_add(head.len() as u64));
    assert_eq!(bytes[start..start + payload.len()], expected);
    assert!(bytes[..start].iter().all(|byte| *byte == 0xA5));
    assert!(bytes[start + payload.len()..].iter().all(|byte| *byte == 0xA5));

    // From one place to another.
    let mut output = vec![MaybeUninit::uninit(); payload.len() + usize::from(b % 2)];
    let masked = wsparse::copy_masked(payload, key, offset, &mut output);
    assert_eq!(masked.as_deref(), Some(expected.as_slice()));

    // From the start.
    let mut whole = payload.to_vec();
    wsparse::unmask(&mut whole, key);
    oracle::unmask_from(&mut whole, key, 0);
    assert_eq!(whole, payload);
});
