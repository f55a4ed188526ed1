//! Streams of any bytes, mostly legal: no panic, and the same result as the oracle, however they
//! are cut.

use crate::generate::{any_frames, configs, cuts, proptest_config, streams, text};
use crate::oracle;
use crate::oracle::stream::Config;
use crate::support::stream::{assert_reads, assert_reads_by_bytes, assert_reads_cut_anywhere};
use proptest::collection::vec;
use proptest::prelude::*;

fn assert_any_split(stream: &[u8], config: Config, cuts: Vec<usize>) {
    let reading = assert_reads(stream, config);
    assert_reads_cut_anywhere(stream, config, cuts, &reading);
    assert_reads_by_bytes(stream, config, &reading);
}

proptest! {
    #![proptest_config(proptest_config())]

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..200), config in configs(), cuts in cuts()) {
        assert_any_split(&bytes, config, cuts);
    }

    #[test]
    fn frames_in_any_order(stream in any_frames(), config in configs(), cuts in cuts()) {
        assert_any_split(&stream, config, cuts);
    }

    #[test]
    fn likely_streams(
        (config, stream) in configs().prop_flat_map(|c| (Just(c), streams(c.to_server))),
        cuts in cuts(),
    ) {
        assert_any_split(&stream, config, cuts);
    }

    #[test]
    fn text_in_any_parts(
        parts in vec(prop_oneof![text(), vec(any::<u8>(), 0..5)], 0..6),
    ) {
        let whole = parts.concat();
        let expected = oracle::utf8::read(whole.iter().copied());
        let (mut utf8, mut before) = (wsparse::Utf8::new(), 0);
        let found = parts.iter().find_map(|part| {
            let offset = utf8.check(part).err().map(|offset| before + offset);
            before += part.len();
            offset
        });
        prop_assert_eq!(match (found, utf8.is_complete()) {
            (Some(offset), _) => oracle::utf8::Text::Broken { offset },
            (None, true) => oracle::utf8::Text::Complete,
            (None, false) => oracle::utf8::Text::Unfinished,
        }, expected);
    }
}
