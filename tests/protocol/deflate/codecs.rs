//! Codecs that connections share.

use wsparse::deflate::{Agreed, Codecs, Direction, Policy};

const WITH_CONTEXT: Direction = Direction::WITH_CONTEXT;
const WITHOUT_CONTEXT: Direction = Direction::WITHOUT_CONTEXT;

const POLICY: Policy = Policy { threshold: 0, ..Policy::DEFAULT };

/// Each direction has a codec of the connection's own if it has context, and otherwise a shared one.
#[test]
fn a_connection_with_context_has_codecs_of_its_own() {
    let mut codecs = Codecs::new();
    for outgoing in [WITH_CONTEXT, WITHOUT_CONTEXT] {
        for incoming in [WITH_CONTEXT, WITHOUT_CONTEXT] {
            let agreed = Agreed { outgoing, incoming };
            let (mut inflater, mut deflater) = (None, None);
            let mut lengths = Vec::new();
            for text in ["the same text, and more of the same text"; 2] {
                let mut payload = Vec::new();
                let compressor = codecs.deflater(&mut deflater, &POLICY, agreed);
                assert!(compressor.compress_to_vec(text.as_bytes(), &mut payload));
                lengths.push(payload.len());
                let inflater = codecs.inflater(&mut inflater, agreed);
                if outgoing == incoming {
                    let message = inflater.inflate_message(&payload, true, 100).unwrap();
                    assert_eq!(message.as_text(), Some(text));
                }
            }
            assert_eq!(inflater.is_some(), incoming.context_takeover);
            assert_eq!(deflater.is_some(), outgoing.context_takeover);
            assert_eq!(lengths[1] < lengths[0], outgoing.context_takeover, "{lengths:?}");
        }
    }
}

/// A window, a level and a threshold each have a compressor of their own.
#[test]
fn connections_that_compress_in_different_ways_have_different_compressors() {
    let mut codecs = Codecs::new();
    let small = Direction { window_bits: 10, ..WITHOUT_CONTEXT };
    for _ in 0..2 {
        for (policy, outgoing, window, compresses) in [
            (POLICY, WITHOUT_CONTEXT, 15, true),
            (POLICY, small, 10, true),
            (Policy::DEFAULT, WITHOUT_CONTEXT, 15, false),
            (Policy { level: 0, ..POLICY }, small, 10, false),
        ] {
            let agreed = Agreed { outgoing, incoming: WITHOUT_CONTEXT };
            let mut own = None;
            let deflater = codecs.deflater(&mut own, &policy, agreed);
            assert_eq!(deflater.should_compress(50), compresses);
            let description = format!("{deflater:?}");
            assert!(description.contains(&format!("window_bits: {window}")), "{description}");
        }
        codecs.release();
    }
}
