//! Two endpoints that talk: what one sends arrives at the other once and in order, and they close
//! cleanly. With foreign bytes inserted, the connection ends as the oracle predicts.

use crate::generate::proptest_config;
use crate::support::talk::{assert_talk, assert_talk_with_noise};
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(proptest_config())]

    #[test]
    fn two_endpoints(script in vec(any::<u8>(), 0..600)) {
        assert_talk(&script);
    }

    #[test]
    fn two_endpoints_and_noise(script in vec(any::<u8>(), 0..600)) {
        assert_talk_with_noise(&script);
    }

    #[test]
    #[cfg(feature = "alloc")]
    fn two_endpoints_that_own_their_buffers(script in vec(any::<u8>(), 0..600)) {
        super::dialog::assert_dialog(&script);
    }
}
