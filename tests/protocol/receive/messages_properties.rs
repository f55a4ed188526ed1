//! Streams of any bytes, mostly legal, as whole messages: the same result as the oracle, however
//! they are cut, in a buffer of any size.

use crate::generate::{any_frames, configs, cuts, proptest_config, streams};
use crate::oracle::stream::Config;
use crate::support::messages::{assert_receives, expected};
use proptest::collection::vec;
use proptest::prelude::*;
use wsparse::Assembler;

/// 125 bytes for control frames, and some for messages.
fn sizes() -> impl Strategy<Value = usize> {
    prop_oneof![125..180_usize, 125..400_usize]
}

fn assert_any_split(stream: &[u8], config: Config, size: usize, mut cuts: Vec<usize>) {
    cuts.iter_mut().for_each(|cut| *cut %= stream.len() + 1);
    cuts.sort_unstable();
    let mut memory = vec![0xEE; size];
    let mut assembler = Assembler::new(memory.as_mut_slice());
    let found = expected(stream, config, size - 125);
    for cuts in [&[][..], &cuts] {
        assert_receives(stream, config, &mut assembler, cuts.iter().copied(), &found);
    }
    assert_receives(stream, config, &mut assembler, 1..stream.len().max(1), &found);
    #[cfg(feature = "alloc")]
    {
        let found = expected(stream, config, usize::MAX);
        let mut assembler = Assembler::new(Vec::new());
        assert_receives(stream, config, &mut assembler, cuts, &found);
        let held = assembler.into_buffer();
        assert!(held.len() <= stream.len() && held.capacity() <= (2 * stream.len()).max(8));
    }
}

proptest! {
    #![proptest_config(proptest_config())]

    #[test]
    fn any_bytes(
        bytes in vec(any::<u8>(), 0..200),
        config in configs(),
        size in sizes(),
        cuts in cuts(),
    ) {
        assert_any_split(&bytes, config, size, cuts);
    }

    #[test]
    fn frames_in_any_order(
        stream in any_frames(),
        config in configs(),
        size in sizes(),
        cuts in cuts(),
    ) {
        assert_any_split(&stream, config, size, cuts);
    }

    #[test]
    fn likely_streams(
        (config, stream) in configs().prop_flat_map(|c| (Just(c), streams(c.to_server))),
        size in sizes(),
        cuts in cuts(),
    ) {
        assert_any_split(&stream, config, size, cuts);
    }
}
