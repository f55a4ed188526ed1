//! Writing a header (RFC 6455 §5.2): the shortest form, the way back, and what is refused.

use crate::oracle;
use crate::oracle::Rule::*;
use crate::support::{KEY, broken, rsv, verdict};
use wsparse::{Header, HeaderView, Opcode, Rsv, Status};

const OPCODES: [Opcode; 6] =
    [Opcode::Continuation, Opcode::Text, Opcode::Binary, Opcode::Close, Opcode::Ping, Opcode::Pong];

/// The payload length, and the header of an unmasked binary frame of that length.
const FORMS: [(u64, &[u8]); 12] = [
    (0, b"\x82\x00"),
    (1, b"\x82\x01"),
    (125, b"\x82\x7D"),
    (126, b"\x82\x7E\x00\x7E"),
    (127, b"\x82\x7E\x00\x7F"),
    (256, b"\x82\x7E\x01\x00"),
    // embedded-websocket writes this one in the 64-bit form.
    (65_535, b"\x82\x7E\xFF\xFF"),
    (65_536, b"\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00"),
    ((1 << 31) - 1, b"\x82\x7F\x00\x00\x00\x00\x7F\xFF\xFF\xFF"),
    (1 << 31, b"\x82\x7F\x00\x00\x00\x00\x80\x00\x00\x00"),
    (1 << 32, b"\x82\x7F\x00\x00\x00\x01\x00\x00\x00\x00"),
    ((1 << 63) - 1, b"\x82\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
];

#[test]
fn the_length_is_in_its_shortest_form() {
    for (payload_len, expected) in FORMS {
        let header = Header::new(Opcode::Binary, payload_len).unwrap();
        let mut buffer = [0xEE; Header::MAX_LEN];
        assert_eq!(header.encode(&mut buffer), expected, "{payload_len}");
        assert_eq!(header.encoded_len(), expected.len());

        let (first, rest) = expected.split_first_chunk().unwrap();
        let [byte0, byte1] = *first;
        let masked = [&[byte0, byte1 | 0x80], rest, &KEY].concat();
        let header = header.with_masking_key(KEY);
        let mut buffer = [0xEE; Header::MAX_LEN];
        assert_eq!(header.encode(&mut buffer), masked, "{payload_len}, masked");
        assert_eq!(header.encoded_len(), masked.len());
    }
}

/// All the legal headers of the boundary lengths, and what of them says the oracle.
#[test]
fn what_was_written_is_read_back() {
    // Miri: each form of the length once, no key and one, no RSV bit and all.
    let (lengths, keys, sets) = if cfg!(miri) { (5, 3, 7) } else { (1, 1, 1) };
    let masking_keys = [None, Some([0; 4]), Some([0xFF; 4]), Some(KEY)];
    for opcode in OPCODES {
        for (payload_len, _) in FORMS.into_iter().step_by(lengths) {
            let Ok(whole) = Header::new(opcode, payload_len) else {
                assert!(opcode.is_control() && payload_len > 125);
                continue;
            };
            let fragment = whole.not_final();
            assert_eq!(fragment.is_err(), opcode.is_control());
            for header in [Some(whole), fragment.ok()].into_iter().flatten() {
                for masking_key in masking_keys.into_iter().step_by(keys) {
                    for bits in (0b000..=0b111).step_by(sets) {
                        let rsv = rsv(bits);
                        let header = Header { rsv, masking_key, ..header };
                        assert_is_read_back(&header, bits);
                    }
                }
            }
        }
    }
}

fn assert_is_read_back(header: &Header, rsv_bits: u8) {
    let mut buffer = [0xEE; Header::MAX_LEN];
    let written = header.encode(&mut buffer);
    assert_eq!(written.len(), header.encoded_len(), "{header:?}");

    let expected = oracle::Verdict::Complete(oracle::Fields {
        fin: header.fin,
        rsv1: rsv_bits & 0b100 != 0,
        rsv2: rsv_bits & 0b010 != 0,
        rsv3: rsv_bits & 0b001 != 0,
        opcode: header.opcode.get(),
        masked: header.masking_key.is_some(),
        payload_len: header.payload_len,
        masking_key: header.masking_key,
        header_len: written.len(),
    });
    assert_eq!(oracle::read(written, rsv_bits), expected, "{header:?}");

    let parsed = HeaderView::parse_with(written, header.rsv);
    assert_eq!(verdict(parsed), expected, "{header:?}");
    let Ok(Status::Complete(view)) = parsed else {
        panic!("{header:?}: {parsed:?}");
    };
    assert_eq!(view.as_bytes(), written);
    assert_eq!(view.to_header(), *header);
}

#[test]
fn constructors_give_legal_headers_only() {
    const TOP_BIT: u64 = 1 << 63;
    let refused = |opcode, payload_len| Header::new(opcode, payload_len).err().map(broken);
    for opcode in OPCODES {
        if opcode.is_control() {
            assert_eq!(refused(opcode, 125), None);
            assert_eq!(refused(opcode, 126), Some((ControlTooLong, 1)));
            // §5.5 comes first, as in reading.
            assert_eq!(refused(opcode, TOP_BIT), Some((ControlTooLong, 1)));
        } else {
            assert_eq!(refused(opcode, TOP_BIT - 1), None);
            assert_eq!(refused(opcode, TOP_BIT), Some((LengthTopBit, 2)));
            assert_eq!(refused(opcode, u64::MAX), Some((LengthTopBit, 2)));
        }

        let header = Header::new(opcode, 1).unwrap();
        let expected =
            Header { fin: true, rsv: Rsv::NONE, opcode, payload_len: 1, masking_key: None };
        assert_eq!(header, expected);
        let masked = header.with_masking_key(KEY);
        assert_eq!(masked, Header { masking_key: Some(KEY), ..expected });
        match masked.not_final() {
            Ok(fragment) => {
                assert!(opcode.is_data());
                assert_eq!(fragment, Header { fin: false, ..masked });
            }
            Err(error) => {
                assert!(opcode.is_control());
                assert_eq!(broken(error), (FragmentedControl, 0));
            }
        }
    }
}

/// For fuzzers and tests: a header built by hand is written even if it is illegal. A reader refuses
/// it.
#[test]
fn an_illegal_header_built_by_hand_is_written_and_refused() {
    let text = Header::new(Opcode::Text, 5).unwrap();
    let ping = Header::new(Opcode::Ping, 5).unwrap();
    let table = [
        (Header { rsv: Rsv::RSV1, ..text }, ReservedBit, 0),
        (Header { rsv: Rsv::RSV2, ..ping }, ReservedBit, 0),
        (Header { rsv: Rsv::RSV3, ..text }, ReservedBit, 0),
        (Header { fin: false, ..ping }, FragmentedControl, 0),
        (Header { payload_len: 126, ..ping }, ControlTooLong, 1),
        (Header { payload_len: 65_536, ..ping }, ControlTooLong, 1),
        (Header { payload_len: 1 << 63, ..text }, LengthTopBit, 2),
        (Header { payload_len: u64::MAX, ..text }, LengthTopBit, 2),
    ];
    for (header, rule, offset) in table {
        for header in [header, header.with_masking_key(KEY)] {
            let mut buffer = [0xEE; Header::MAX_LEN];
            let written = header.encode(&mut buffer);
            assert_eq!(written.len(), header.encoded_len(), "{header:?}");
            let error = HeaderView::parse(written).unwrap_err();
            assert_eq!(broken(error), (rule, offset), "{header:?}");
        }
    }
}

/// A masked "Hello" header, written and read by the compiler.
#[test]
fn headers_are_written_and_read_at_compile_time() {
    const HEADER: Header = match Header::new(Opcode::Text, 65_536) {
        Ok(header) => match header.not_final() {
            Ok(header) => header.with_masking_key(KEY),
            Err(_) => panic!("a text frame may be fragmented"),
        },
        Err(_) => panic!("the length is legal"),
    };
    const WRITTEN: [u8; Header::MAX_LEN] = {
        let mut buffer = [0; Header::MAX_LEN];
        assert!(HEADER.encode(&mut buffer).len() == HEADER.encoded_len());
        buffer
    };
    const VIEW: HeaderView<'static> = match HeaderView::parse(&WRITTEN) {
        Ok(Status::Complete(view)) => view,
        Ok(Status::Incomplete { .. }) | Err(_) => panic!("what was written is read back"),
    };
    const {
        assert!(HEADER.encoded_len() == Header::MAX_LEN);
        assert!(VIEW.as_bytes().len() == Header::MAX_LEN);
        assert!(!VIEW.fin() && VIEW.masked());
        assert!(!VIEW.rsv().contains(Rsv::RSV1) && !VIEW.rsv().contains(Rsv::RSV2));
        assert!(matches!(VIEW.opcode(), Opcode::Text));
        assert!(VIEW.opcode().is_data() && !VIEW.opcode().is_control());
        assert!(VIEW.payload_len() == 65_536);
        assert!(matches!(VIEW.masking_key(), Some(KEY)));
        assert!(VIEW.to_header().payload_len == HEADER.payload_len);

        assert!(matches!(HeaderView::parse(&[0x81, 0x85]), Ok(Status::Incomplete { missing: 4 })));
        let Err(error) = HeaderView::parse_with(&[0x40], Rsv::RSV2.union(Rsv::RSV3)) else {
            panic!("RSV1 was not allowed");
        };
        assert!(error.offset() == 0 && error.close_code().get() == 1002);
        assert!(Opcode::new(0x3).is_none());
    }
    assert_eq!(WRITTEN, *b"\x01\xFF\x00\x00\x00\x00\x00\x01\x00\x00\x37\xfa\x21\x3d");
    assert_eq!(VIEW.to_header(), HEADER);
}
