//! Any bytes as what a peer sends, in any reads, as whole messages in a buffer of any size: what
//! the oracle finds.
#![no_main]

#[path = "../../tests/oracle/mod.rs"]
mod oracle;
#[path = "../../tests/support/mod.rs"]
mod support;

use libfuzzer_sys::fuzz_target;
use oracle::stream::Config;
use support::messages::{assert_receives, expected};
use support::stream::config;
use wsparse::Assembler;

fuzz_target!(|data: &[u8]| {
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

    // Filled with nothing, so that what is not written shows.
    let mut memory = vec![0xFF; 125 + usize::from(size)];
    let mut assembler = Assembler::new(memory.as_mut_slice());
    let found = expected(stream, config, size.into());
    assert_receives(stream, config, &mut assembler, [], &found);
    assert_receives(stream, config, &mut assembler, cuts.iter().copied(), &found);
    assert_receives(stream, config, &mut assembler, 1..stream.len().max(1), &found);

    let mut assembler = Assembler::new(Vec::new());
    let found = expected(stream, config, usize::MAX);
    assert_receives(stream, config, &mut assembler, cuts, &found);
    let held = assembler.into_buffer();
    assert!(held.len() <= stream.len() && held.capacity() <= (2 * stream.len()).max(8));
});
