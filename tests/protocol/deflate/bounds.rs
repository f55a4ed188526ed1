//! What decides whether a message is sent compressed, and how much memory that takes.

use wsparse::deflate::{Agreed, Deflater, NoRoom, Policy};

fn deflater(agreed: Agreed) -> Deflater {
    Deflater::new(&Policy { threshold: 0, ..Policy::DEFAULT }, agreed)
}

/// Less and less of each message repeats itself.
fn messages() -> impl Iterator<Item = Vec<u8>> {
    (0..400_u32).map(|seed| {
        let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
        let noise = core::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as u8
        });
        let mut message: Vec<u8> = noise.take(40).collect();
        message.extend_from_within(..seed as usize % 20);
        message
    })
}

/// A message is sent as it is unless it becomes shorter. That it is kept in the window is the only
/// reason to compress it.
#[test]
fn a_message_that_becomes_as_long_as_it_was_is_not_compressed() {
    let mut equal = 0;
    for message in messages() {
        // With context, a result is used whatever its length.
        let mut len = Vec::new();
        assert!(deflater(Agreed::WITH_CONTEXT).compress_to_vec(&message, &mut len));
        let len = len.len();
        equal += usize::from(len == message.len());
        let is_shorter = len < message.len();

        let mut output = b"before".to_vec();
        let mut without = deflater(Agreed::WITHOUT_CONTEXT);
        assert_eq!(without.compress_to_vec(&message, &mut output), is_shorter);
        assert_eq!(output.len(), 6 + if is_shorter { len } else { 0 });
        let mut output = vec![0; Deflater::max_len(message.len())];
        let compressed = without.compress(&message, &mut output);
        assert_eq!(compressed, Ok(is_shorter.then_some(len)));
    }
    assert!(equal > 0);
}

/// The bound is close enough to allocate that many bytes.
#[test]
fn a_compressed_message_is_hardly_longer() {
    for len in [0, 1, 7, 8, 63, 64, 1000, 1 << 20] {
        let max_len = Deflater::max_len(len);
        assert!((len + len / 8 + 24..=len + len / 7 + 24).contains(&max_len), "{len}: {max_len}");
    }
    let error = deflater(Agreed::WITH_CONTEXT).compress(&[7; 1000], &mut [0; 9]);
    assert_eq!(error, Err(NoRoom { needed: Deflater::max_len(1000) }));
    assert_eq!(Deflater::max_len(usize::MAX), usize::MAX);
}
