//! Any bytes as what a peer sends, in any reads: the decoder finds what the oracle finds.
#![no_main]

#[path = "../../tests/oracle/mod.rs"]
mod oracle;
#[path = "../../tests/support/mod.rs"]
mod support;

use libfuzzer_sys::fuzz_target;
use oracle::stream::Config;
use support::stream::{assert_reads, assert_reads_by_bytes, assert_reads_cut_anywhere, config};

fuzz_target!(|data: &[u8]| {
    let Some((parameters, stream)) = data.split_first_chunk::<8>() else { return };
    let [flags, max_frame, max_message, max_fragments, cuts @ ..] = *parameters;
    let mut config = Config { allowed_rsv: flags >> 1 & 7, ..config(flags & 1 == 1) };
    if flags & 0x10 != 0 {
        config.max_frame = max_frame.into();
        config.max_message = max_message.into();
        config.max_fragments = max_fragments.into();
    }
    let reading = assert_reads(stream, config);
    assert_reads_by_bytes(stream, config, &reading);
    // The cuts come from a linear congruential generator, seeded with the rest of the parameters.
    let mut random = u32::from_be_bytes(cuts);
    let next = |_| {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (random >> 8) as usize
    };
    let count = usize::from(flags >> 5);
    assert_reads_cut_anywhere(stream, config, (0..=count * count).map(next), &reading);
});
