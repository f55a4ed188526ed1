//! Any bytes as a stream of frames: the library finds what the oracle finds.
#![no_main]

#[path = "../../tests/oracle/mod.rs"]
mod oracle;
#[path = "../../tests/support/mod.rs"]
mod support;

use libfuzzer_sys::fuzz_target;
use wsparse::HeaderView;

fuzz_target!(|data: &[u8]| {
    let Some((first, stream)) = data.split_first() else { return };
    let allowed = first & 7;
    support::assert_split(stream, allowed);
    for end in 0..=stream.len().min(15) {
        let parsed = HeaderView::parse_with(&stream[..end], support::rsv(allowed));
        assert_eq!(support::verdict(parsed), oracle::read(&stream[..end], allowed));
    }
});
