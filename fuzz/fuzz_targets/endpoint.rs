//! Endpoints that own their buffers: any bytes in any reads, as the oracle has it; and two that talk
//! as the input says, whole or in halves.
#![no_main]

#[path = "../../tests/support/dialog.rs"]
mod dialog;
#[path = "../../tests/oracle/mod.rs"]
mod oracle;
#[path = "../../tests/support/mod.rs"]
mod support;

use libfuzzer_sys::fuzz_target;
use oracle::stream::Config;
use support::steps::{assert_steps, expected_steps};
use support::stream::config;

fuzz_target!(|data: &[u8]| {
    match data.split_first() {
        Some((0..=127, script)) => dialog::assert_dialog(script),
        Some((_, data)) => any_bytes(data),
        None => {}
    }
});

fn any_bytes(data: &[u8]) {
    let Some((parameters, stream)) = data.split_first_chunk::<8>() else { return };
    let [flags, size, max_frame, max_fragments, cuts @ ..] = *parameters;
    let mut config = Config { allowed_rsv: flags >> 1 & 7, ..config(flags & 1 == 1) };
    if flags & 0x10 != 0 {
        config.max_frame = max_frame.into();
        config.max_fragments = max_fragments.into();
    }
    // The cuts come from a linear congruential generator, seeded with the rest of the parameters.
    let mut random = u32::from_be_bytes(cuts);
    let next = |_| {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (random >> 8) as usize % (stream.len() + 1)
    };
    let count = usize::from(flags >> 5);
    let mut cuts: Vec<usize> = (0..count * count).map(next).collect();
    cuts.sort_unstable();

    let mut memory = vec![0xFF; 125 + usize::from(size)];
    let expected = expected_steps(stream, config, size.into());
    assert_steps(stream, config, &mut memory[..], [], &expected);
    assert_steps(stream, config, &mut memory[..], cuts.iter().copied(), &expected);
    assert_steps(stream, config, &mut memory[..], 1..stream.len().max(1), &expected);

    let expected = expected_steps(stream, config, usize::MAX);
    let buffer = assert_steps(stream, config, Vec::new(), cuts, &expected);
    assert!(buffer.capacity() <= 2 * stream.len() + 4_096);
}
