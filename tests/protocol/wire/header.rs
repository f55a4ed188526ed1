//! Reading a header (RFC 6455 §5.2): every start, every truncation, every boundary length.

use crate::oracle;
use crate::oracle::Verdict;
use crate::support::{KEY, rsv, verdict};
use wsparse::{HeaderView, Opcode, Rsv, Status};

/// What stands in the extended length, if there is one; the low 16 bits where it has two bytes.
const LENGTHS: [u64; 11] =
    [0, 125, 126, 127, 65_535, 65_536, 1 << 31, 1 << 32, (1 << 63) - 1, 1 << 63, u64::MAX];

/// Miri is some thousand times slower: there, a prime stride that still meets every value of
/// either byte.
const STRIDE: usize = if cfg!(miri) { 251 } else { 1 };

/// Every pair of first two bytes with every boundary length, 14 bytes each. What follows the
/// header is 0xFF: a parser that looked at it would take it for something.
fn for_each_header(mut check: impl FnMut(&[u8; 14])) {
    for start in (0..=u16::MAX).step_by(STRIDE) {
        let [first, second] = start.to_be_bytes();
        let lengths = if second & 0x7F < 126 { &[0][..] } else { &LENGTHS };
        for length in lengths {
            let mut bytes = [0xFF; 14];
            bytes[0] = first;
            bytes[1] = second;
            let key = match second & 0x7F {
                126 => {
                    bytes[2..4].copy_from_slice(&(*length as u16).to_be_bytes());
                    4
                }
                127 => {
                    bytes[2..10].copy_from_slice(&length.to_be_bytes());
                    10
                }
                _ => 2,
            };
            if second & 0x80 != 0 {
                bytes[key..key + 4].copy_from_slice(&KEY);
            }
            check(&bytes);
        }
    }
}

fn assert_agrees(bytes: &[u8; 14], allowed_rsv: u8) {
    let mut reader = oracle::Reader::new(allowed_rsv);
    for len in 0..=bytes.len() {
        let input = &bytes[..len];
        let parsed = HeaderView::parse_with(input, rsv(allowed_rsv));
        assert_eq!(
            verdict(parsed),
            reader.verdict(),
            "{input:02x?}, RSV {allowed_rsv:03b} allowed"
        );
        match parsed {
            Ok(Status::Complete(view)) => {
                let bytes = view.as_bytes();
                assert!(core::ptr::eq(bytes, &input[..bytes.len()]), "{input:02x?}");
                assert_eq!(view.to_header().encoded_len(), bytes.len());
            }
            Ok(Status::Incomplete { missing }) => {
                let one_too_few = bytes.get(..len + missing as usize - 1);
                let again = HeaderView::parse_with(
                    one_too_few.expect("no header has more than 14 bytes"),
                    rsv(allowed_rsv),
                );
                assert!(!matches!(again, Ok(Status::Complete(_))), "{input:02x?}");
            }
            Err(_) => {}
        }
        if let Some(next) = bytes.get(len) {
            reader.push(*next);
        }
    }
}

#[test]
fn every_start_truncation_and_length_agrees_with_the_oracle() {
    for_each_header(|bytes| assert_agrees(bytes, 0b000));
}

#[test]
fn so_it_does_with_every_set_of_rsv_bits_allowed() {
    for_each_header(|bytes| {
        for allowed_rsv in (0b001..=0b111).rev().step_by(if cfg!(miri) { 7 } else { 1 }) {
            assert_agrees(bytes, allowed_rsv);
        }
    });
}

/// The definition of an error's offset, without the oracle: up to there some continuation is legal,
/// with that byte none is. And a header that is incomplete can be completed.
///
/// Three continuations are enough to tell: zeros (the shortest header), ones (the greatest length),
/// and ones but for the first bit (the greatest length whose top bit is 0).
#[test]
fn an_error_is_where_the_last_legal_continuation_ends() {
    fn can_be_completed(start: &[u8]) -> bool {
        [0x00, 0xFF, 0x7F].into_iter().any(|next| {
            let mut header = start.to_vec();
            header.push(next);
            header.resize(14, if next == 0x00 { 0x00 } else { 0xFF });
            matches!(HeaderView::parse(&header), Ok(Status::Complete(_)))
        })
    }
    for_each_header(|bytes| match HeaderView::parse(bytes) {
        Ok(Status::Complete(view)) => {
            for len in 0..view.as_bytes().len() {
                assert!(can_be_completed(&bytes[..len]), "{bytes:02x?} up to {len}");
            }
        }
        Ok(Status::Incomplete { .. }) => panic!("14 bytes hold any header: {bytes:02x?}"),
        Err(error) => {
            let offset = error.offset() as usize;
            assert!(can_be_completed(&bytes[..offset]), "{bytes:02x?}");
            assert!(!can_be_completed(&bytes[..=offset]), "{bytes:02x?}");
        }
    });
}

/// Faults that are found before the header is complete. Each row ends with the byte that shows it.
#[test]
fn a_fault_is_found_at_the_first_byte_that_shows_it() {
    use crate::oracle::Rule::*;
    let table: [(&[u8], oracle::Rule); 14] = [
        (b"\xC1", ReservedBit),
        (b"\xA1", ReservedBit),
        (b"\x91", ReservedBit),
        (b"\x83", ReservedOpcode),
        (b"\x8F", ReservedOpcode),
        (b"\x08", FragmentedControl),
        // The first rule of several: RSV1, opcode B, FIN 0.
        (b"\x4B", ReservedBit),
        (b"\x0B", ReservedOpcode),
        (b"\x89\x7E", ControlTooLong),
        (b"\x88\xFF", ControlTooLong),
        (b"\x82\x7E\x00\x7D", NonMinimalLength),
        // §5.2: "a 124-byte-long string can't be encoded as the sequence 126, 0, 124".
        (b"\x82\xFE\x00\x7C", NonMinimalLength),
        (b"\x82\x7F\x80", LengthTopBit),
        (b"\x82\xFF\x00\x00\x00\x00\x00\x00", NonMinimalLength),
    ];
    for (bytes, rule) in table {
        let offset = bytes.len() - 1;
        let before = HeaderView::parse(&bytes[..offset]);
        assert!(matches!(before, Ok(Status::Incomplete { .. })), "{bytes:02x?}");
        assert_eq!(verdict(HeaderView::parse(bytes)), Verdict::Broken { rule, offset });
    }
}

#[test]
fn parse_allows_no_rsv_bit() {
    for first in 0..=u8::MAX {
        let input = [first, 0];
        assert_eq!(HeaderView::parse(&input), HeaderView::parse_with(&input, Rsv::NONE));
    }
}

#[test]
fn six_of_all_numbers_are_opcodes() {
    for number in 0..=u8::MAX {
        let expected = match number {
            0x0 => Some(Opcode::Continuation),
            0x1 => Some(Opcode::Text),
            0x2 => Some(Opcode::Binary),
            0x8 => Some(Opcode::Close),
            0x9 => Some(Opcode::Ping),
            0xA => Some(Opcode::Pong),
            _ => None,
        };
        let opcode = Opcode::new(number);
        assert_eq!(opcode, expected, "{number:#x}");
        if let Some(opcode) = opcode {
            assert_eq!(opcode.get(), number);
            // §5.5: "opcodes where the most significant bit of the opcode is 1".
            assert_eq!(opcode.is_control(), number >= 8);
            assert_eq!(opcode.is_data(), number < 8);
        }
    }
}

#[test]
fn rsv_bits_are_a_set() {
    assert_eq!(Rsv::NONE, Rsv::default());
    for (a, set_a) in (0b000..=0b111).map(|bits| (bits, rsv(bits))) {
        assert!(set_a.contains(Rsv::NONE) && set_a.contains(set_a));
        for (b, set_b) in (0b000..=0b111).map(|bits| (bits, rsv(bits))) {
            assert_eq!(set_a | set_b, rsv(a | b));
            assert_eq!(set_a.union(set_b), rsv(a | b));
            assert_eq!(set_a.contains(set_b), a & b == b);
            assert_eq!(set_a == set_b, a == b);
        }
    }
}
