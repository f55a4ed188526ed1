//! Properties of any input: no panic, and the same result as the oracle.

use crate::oracle;
use crate::support;
use crate::support::{assert_split, rsv, verdict, write_frame};
use proptest::prelude::*;
use proptest::{collection::vec, option, sample::select};
use wsparse::{HeaderView, unmask, unmask_from};

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: if cfg!(miri) { 8 } else { 1_000 },
        // Writes no file: Miri and wasm have none. A failure prints its input.
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn masking_key() -> impl Strategy<Value = Option<[u8; 4]>> {
    option::of(any::<[u8; 4]>())
}

/// Most payloads are short; some need each of the longer forms.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    let long = if cfg!(miri) { 126..300_usize } else { 65_530..65_545_usize };
    prop_oneof![
        16 => vec(any::<u8>(), 0..40),
        4 => vec(any::<u8>(), 120..135),
        1 => long.prop_map(support::sample),
    ]
}

/// A legal frame: RSV bits 0 but for now and then.
fn legal_frame() -> impl Strategy<Value = Vec<u8>> {
    let rsv = prop_oneof![4 => Just(0b000), 1 => 0b000..=0b111_u8];
    let data = (select(vec![0x00, 0x01, 0x02, 0x80, 0x81, 0x82]), payload());
    let control = (select(vec![0x88, 0x89, 0x8A]), vec(any::<u8>(), 0..=125_usize));
    (prop_oneof![data, control], rsv, masking_key())
        .prop_map(|((first, payload), rsv, key)| write_frame(first | rsv << 4, key, &payload))
}

/// A header with any first byte and an extended length of any value, few of which are legal.
fn doubtful_header() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![3 => select(vec![0x80, 0x81, 0x82, 0x01, 0x89]), 1 => any::<u8>()];
    // Any number of leading zeros, so that each form's boundary is met from both sides.
    let length = (any::<u64>(), 0..64_u32).prop_map(|(length, zeros)| length >> zeros);
    (first, any::<bool>(), 0..=127_u8, length, any::<[u8; 4]>()).prop_map(
        |(first, masked, code, length, key)| {
            let mask = if masked { 0x80 } else { 0 };
            // The two codes that announce more are half of all.
            let code = if code & 1 == 1 { 126 + (code >> 1 & 1) } else { code };
            let mut header = vec![first, mask | code];
            match code {
                126 => header.extend((length as u16).to_be_bytes()),
                127 => header.extend(length.to_be_bytes()),
                _ => {}
            }
            header.extend(key);
            header
        },
    )
}

/// Mostly legal frames, then something doubtful, then an end anywhere.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let end = prop_oneof![
        2 => Just(Vec::new()),
        2 => doubtful_header(),
        1 => vec(any::<u8>(), 0..40),
    ];
    let cut = option::of(any::<prop::sample::Index>());
    (vec(legal_frame(), 0..6), end, vec(any::<u8>(), 0..20), cut).prop_map(
        |(frames, end, behind, cut)| {
            let mut stream = [frames.concat(), end, behind].concat();
            if let Some(cut) = cut {
                stream.truncate(cut.index(stream.len() + 1));
            }
            stream
        },
    )
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_are_split_as_the_oracle_does(
        bytes in vec(any::<u8>(), 0..300),
        allowed_rsv in 0b000..=0b111_u8,
    ) {
        assert_split(&bytes, allowed_rsv);
    }

    #[test]
    fn likely_streams_are_split_as_the_oracle_does(
        stream in stream(),
        allowed_rsv in prop_oneof![Just(0b000), Just(0b111), 0b000..=0b111_u8],
    ) {
        assert_split(&stream, allowed_rsv);
    }

    #[test]
    fn likely_headers_are_read_as_the_oracle_reads_them(
        header in doubtful_header(),
        allowed_rsv in 0b000..=0b111_u8,
    ) {
        for len in 0..=header.len() {
            let input = &header[..len];
            prop_assert_eq!(
                verdict(HeaderView::parse_with(input, rsv(allowed_rsv))),
                oracle::read(input, allowed_rsv)
            );
        }
    }

    #[test]
    fn a_flipped_bit_changes_nothing_before_its_frame(
        frames in vec(legal_frame(), 1..5),
        place in any::<prop::sample::Index>(),
        bit in 0..8_u32,
    ) {
        let mut stream = frames.concat();
        let place = place.index(stream.len());
        stream[place] ^= 1_u8 << bit;
        assert_split(&stream, 0b111);
    }

    #[test]
    fn a_header_that_is_read_is_written_the_same(header in doubtful_header()) {
        use wsparse::{Header, Status};
        if let Ok(Status::Complete(view)) = HeaderView::parse_with(&header, rsv(0b111)) {
            let mut buffer = [0; Header::MAX_LEN];
            prop_assert_eq!(view.to_header().encode(&mut buffer), view.as_bytes());
        }
    }

    #[test]
    fn chunks_are_unmasked_as_the_whole_and_back(
        chunks in vec(vec(any::<u8>(), 0..200), 0..8),
        masking_key in any::<[u8; 4]>(),
        start in prop_oneof![Just(0), any::<u64>(), u64::MAX - 500..=u64::MAX],
    ) {
        let original = chunks.concat();
        let mut whole = original.clone();
        unmask_from(&mut whole, masking_key, start);

        let mut expected = original.clone();
        oracle::unmask_from(&mut expected, masking_key, start);
        prop_assert_eq!(&whole, &expected);

        let (mut joined, mut offset) = (Vec::new(), start);
        for mut chunk in chunks {
            unmask_from(&mut chunk, masking_key, offset);
            offset = offset.wrapping_add(chunk.len() as u64);
            joined.extend(chunk);
        }
        prop_assert_eq!(&joined, &whole);

        unmask_from(&mut joined, masking_key, start);
        prop_assert_eq!(&joined, &original);

        let mut expected = original.clone();
        oracle::unmask_from(&mut expected, masking_key, 0);
        unmask(&mut joined, masking_key);
        prop_assert_eq!(joined, expected);
    }
}
