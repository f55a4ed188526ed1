//! What a peer must be held to: each rule that a stream can break, and where it is refused.

use crate::oracle::stream::{Config, End, Ended, Item, Reading};
use crate::support::stream::{
    assert_reads, assert_reads_by_bytes, assert_reads_cut_at, config, decoder, frame, frames, rule,
};
use wsparse::{Input, Rule};

/// Whether a client sends to a server; Miri takes that alone.
const ROLES: &[bool] = if cfg!(miri) { &[true] } else { &[true, false] };

/// The decoder reads as the oracle does, in one read, in any two, and byte by byte.
fn reads(config: Config, stream: &[u8]) -> Reading {
    let reading = assert_reads(stream, config);
    assert_reads_by_bytes(stream, config, &reading);
    // Miri takes one cut, elsewhere in each stream.
    let cuts =
        if cfg!(miri) { stream.len() / 2..stream.len() / 2 + 1 } else { 0..stream.len() + 1 };
    for cut in cuts {
        assert_reads_cut_at(stream, config, cut, &reading);
    }
    reading
}

/// Asserts that the stream is refused at this offset and with this close code, whatever follows.
fn refused(config: Config, stream: &[u8], broken: Rule, offset: usize, close_code: u16) {
    let expected = End::Broken { rule: rule(broken), offset };
    let found = reads(config, stream).end;
    assert_eq!(found, expected, "{stream:02x?}");
    assert_eq!(broken.close_code().get(), close_code);
    if let Some(shown) = stream.get(..=offset)
        && !cfg!(miri)
    {
        assert_eq!(reads(config, shown).end, expected, "from the first byte that tells");
        let before = reads(config, &stream[..offset]).end;
        assert!(matches!(before, End::Clean { .. }), "{stream:02x?}: {before:?}");
    }
}

fn accepted(config: Config, stream: &[u8]) -> Vec<Item> {
    let Reading { items, end } = reads(config, stream);
    assert_eq!(end, End::Clean { pending: 0 }, "{stream:02x?}");
    items
}

/// The opcode and the whole payload of each message.
fn messages(items: &[Item]) -> Vec<(u8, Vec<u8>)> {
    let mut messages: Vec<(u8, Vec<u8>)> = Vec::new();
    for item in items {
        if let Item::Data { fields, payload, .. } = item {
            match fields.opcode {
                0 => messages.last_mut().expect("it continues one").1.extend(payload),
                opcode => messages.push((opcode, payload.clone())),
            }
        }
    }
    messages
}

#[test]
fn s5_1_a_server_fails_an_unmasked_frame_and_a_client_a_masked_one() {
    for (to_server, wrong, broken) in
        [(true, false, Rule::UnmaskedByClient), (false, true, Rule::MaskedByServer)]
    {
        for first in [0x81, 0x82, 0x01, 0x88, 0x89, 0x8A] {
            let stream = frame(wrong, first, b"");
            refused(config(to_server), &stream, broken, 1, 1002);
            let legal = frame(to_server, 0x81, b"before");
            let offset = legal.len() + 1;
            refused(config(to_server), &[legal, stream].concat(), broken, offset, 1002);
        }
        let legal = frame(to_server, 0x01, b"");
        let (offset, wrong) = (legal.len() + 1, frame(wrong, 0x80, b"x"));
        refused(config(to_server), &[legal, wrong].concat(), broken, offset, 1002);
        // From the bit alone, before a length that is wrong too.
        let mask = if to_server { 0 } else { 0x80 };
        refused(config(to_server), &[0x82, mask | 127, 0x80], broken, 1, 1002);
    }
}

#[test]
fn s5_2_rsv_bits_only_as_negotiated() {
    for &to_server in ROLES {
        for allowed_rsv in 0..8 {
            let config = Config { allowed_rsv, ..config(to_server) };
            let stride = if cfg!(miri) { 7 } else { 1 };
            let all = (0..8).flat_map(|set| [1, 2, 8, 9, 10].map(|opcode| (set, opcode)));
            for (set, opcode) in all.step_by(stride) {
                let stream = frame(to_server, 0x80 | set << 4 | opcode, b"");
                // RFC 7692 §6.1: RSV1 on the first frame of a data message only.
                if set & !allowed_rsv != 0 || (set & 0b100 != 0 && opcode >= 8) {
                    refused(config, &stream, Rule::ReservedBit, 0, 1002);
                } else {
                    assert_eq!(accepted(config, &stream).len(), 1);
                }
            }
        }
    }
}

#[test]
fn s5_2_rsv1_only_on_the_first_frame_of_a_data_message() {
    for &to_server in ROLES {
        let config = Config { allowed_rsv: 0b100, ..config(to_server) };
        let legal: [(u8, &[u8]); 4] =
            [(0x41, b"\xff"), (0x89, b""), (0x00, b"\xfe"), (0x80, b"\xc3")];
        let stream = frames(to_server, &legal);
        assert_eq!(messages(&accepted(config, &stream)), [(1, b"\xff\xfe\xc3".to_vec())]);
        for opens in [0x41, 0x01, 0x42, 0x02] {
            for continues in [0x40, 0xC0] {
                let first = frame(to_server, opens, b"a");
                let stream = [first.clone(), frame(to_server, continues, b"b")].concat();
                refused(config, &stream, Rule::ReservedBit, first.len(), 1002);
            }
        }
        // Out of place too: of several at one byte, that of the header comes first.
        refused(config, &frame(to_server, 0xC0, b""), Rule::ReservedBit, 0, 1002);
    }
}

#[test]
fn s5_2_text_that_is_not_compressed_is_validated_though_it_might_be() {
    for &to_server in ROLES {
        let config = Config { allowed_rsv: 0b100, ..config(to_server) };
        let legal: [(u8, &[u8]); 2] = [(0x41, b"\xff"), (0x80, b"\xff")];
        let compressed = frames(to_server, &legal);
        let offset = compressed.len() + frame(to_server, 0x81, b"").len();
        let stream = [compressed, frame(to_server, 0x81, b"\xff")].concat();
        refused(config, &stream, Rule::InvalidUtf8, offset, 1007);
        // The other bits say nothing of compression.
        let config = Config { allowed_rsv: 0b011, ..config };
        let offset = frame(to_server, 0xB1, b"").len();
        refused(config, &frame(to_server, 0xB1, b"\xff"), Rule::InvalidUtf8, offset, 1007);
    }
}

#[test]
fn s5_2_opcodes_3_to_7_and_b_to_f() {
    for &to_server in ROLES {
        for opcode in (0x3..=0x7).chain(0xB..=0xF) {
            for fin in [0, 0x80] {
                let stream = frame(to_server, fin | opcode, b"");
                refused(config(to_server), &stream, Rule::ReservedOpcode, 0, 1002);
                let open = frame(to_server, 0x02, b"within a message");
                let offset = open.len();
                let stream = [open, stream].concat();
                refused(config(to_server), &stream, Rule::ReservedOpcode, offset, 1002);
            }
        }
    }
}

/// A header without a masking key, the length in the form that `code` stands for.
fn long_header(to_server: bool, code: u8, length: u64) -> Vec<u8> {
    let mask = if to_server { 0x80 } else { 0 };
    let bytes = length.to_be_bytes();
    let from = if code == 126 { 6 } else { 0 };
    [&[0x82, mask | code], &bytes[from..]].concat()
}

#[test]
fn s5_2_the_length_in_its_shortest_form() {
    for &to_server in ROLES {
        let header = |code, length| long_header(to_server, code, length);
        for length in [0, 1, 125] {
            refused(config(to_server), &header(126, length), Rule::NonMinimalLength, 3, 1002);
        }
        for length in [0, 125, 126, 0xFFFF] {
            refused(config(to_server), &header(127, length), Rule::NonMinimalLength, 7, 1002);
        }
        for (code, length) in [(126, 126), (126, 0xFFFF), (127, 0x1_0000)] {
            let end = reads(config(to_server), &header(code, length)).end;
            assert!(matches!(end, End::Clean { .. }), "{length}: {end:?}");
        }
    }
}

#[test]
fn s5_2_the_top_bit_of_a_64_bit_length_whatever_the_size_limit() {
    for &to_server in ROLES {
        let unlimited = Config { max_frame: u64::MAX, max_message: u64::MAX, ..config(to_server) };
        for config in [config(to_server), unlimited] {
            for length in [1 << 63, u64::MAX] {
                let stream = long_header(to_server, 127, length);
                refused(config, &stream, Rule::LengthTopBit, 2, 1002);
            }
        }
        let key: &[u8] = if to_server { &[1, 2, 3, 4] } else { &[] };
        let stream = [&long_header(to_server, 127, u64::MAX >> 1), key].concat();
        let items = accepted(unlimited, &stream);
        assert!(matches!(items[..], [Item::Data { ended: Ended::Nothing, .. }]), "{items:?}");
    }
}

/// On 32-bit targets a length of 2³² + 3, narrowed too early, is 3.
#[test]
fn s5_2_lengths_are_compared_as_u64_and_then_narrowed() {
    for &to_server in ROLES {
        let length = (1 << 32) + 3;
        let header = long_header(to_server, 127, length);
        refused(config(to_server), &header, Rule::FrameTooBig, 9, 1009);
        let config = Config { max_frame: length, max_message: length, ..config(to_server) };
        let key: &[u8] = if to_server { &[0; 4] } else { &[] };
        let stream = [&header, key, b"\x89\x85none of this is a frame"].concat();
        let items = accepted(config, &stream);
        let [Item::Data { payload, ended, fields }] = &items[..] else { panic!("{items:?}") };
        assert_eq!((payload.len(), *ended, fields.payload_len), (25, Ended::Nothing, length));
    }
}

#[test]
fn s5_3_each_frame_is_unmasked_with_its_own_key() {
    let stream = b"\x01\x83\x01\x02\x03\x04\x69\x67\x6f\x89\x81\x80\x80\x80\x80\xf0\x80\x82\xff\0\xff\0\x93\x6f";
    let items = accepted(config(true), stream);
    assert_eq!(messages(&items), [(1, b"hello".to_vec())]);
    assert_eq!(items[1], Item::Control { opcode: 9, payload: b"p".to_vec() });
}

#[test]
fn s5_3_a_key_of_zeros_is_a_key() {
    let stream = b"\x82\x85\0\0\0\0hello\x89\x81\0\0\0\0p\x81\x86\0\0\0\0\xe2\x82\xacuro";
    let items = accepted(config(true), stream);
    assert_eq!(messages(&items), [(2, b"hello".to_vec()), (1, "€uro".into())]);
    assert_eq!(items[1], Item::Control { opcode: 9, payload: b"p".to_vec() });
    refused(config(true), b"\x81\x83\0\0\0\0a\xffb", Rule::InvalidUtf8, 7, 1007);
}

#[test]
fn s5_4_a_new_data_frame_inside_a_fragmented_message() {
    for &to_server in ROLES {
        for (opens, next) in [(0x01, 0x81), (0x01, 0x82), (0x02, 0x01), (0x02, 0x82)] {
            let controls: [&[(u8, &[u8])]; 3] =
                [&[], &[(0x89, b"ping")], &[(0x00, b"more"), (0x8A, b"")]];
            for between in controls {
                let before = [frame(to_server, opens, b""), frames(to_server, between)].concat();
                let stream = [before.clone(), frame(to_server, next, b"x")].concat();
                let broken = Rule::ExpectedContinuation;
                refused(config(to_server), &stream, broken, before.len(), 1002);
            }
        }
    }
}

#[test]
fn s5_4_a_continuation_without_a_message() {
    for &to_server in ROLES {
        let befores: [&[(u8, &[u8])]; 5] = [
            &[],
            &[(0x89, b"")],
            &[(0x82, b"whole")],
            &[(0x01, b"a"), (0x80, b"b")],
            &[(0x01, b"a"), (0x80, b"b"), (0x8A, b"c")],
        ];
        for before in befores {
            for continues in [0x00, 0x80] {
                let before = frames(to_server, before);
                let stream = [before.clone(), frame(to_server, continues, b"")].concat();
                let broken = Rule::UnexpectedContinuation;
                refused(config(to_server), &stream, broken, before.len(), 1002);
            }
        }
    }
}

#[test]
fn s5_4_control_frames_between_fragments_touch_nothing_of_the_message() {
    for &to_server in ROLES {
        let config = Config { max_fragments: 3, max_message: 4, max_frame: 3, ..config(to_server) };
        let longest = [0xC3; 125];
        let controls: [(u8, &[u8]); 4] =
            [(0x89, &longest), (0x8A, b""), (0x88, b"\x03\xe8\xc3\xa9"), (0x89, b"\xa9")];
        let between = frames(to_server, &controls);
        let stream = [
            frame(to_server, 0x01, b"\xf0"),
            between.clone(),
            frame(to_server, 0x00, b"\x9f\x8c"),
            between,
            frame(to_server, 0x80, b"\x8d"),
        ];
        let items = accepted(config, &stream.concat());
        assert_eq!(items.len(), 11);
        assert_eq!(messages(&items), [(1, "🌍".as_bytes().to_vec())]);
    }
}

#[test]
fn s5_5_control_frames_have_fin_1_and_at_most_125_bytes() {
    for &to_server in ROLES {
        let mask = if to_server { 0x80 } else { 0 };
        for opcode in [0x8, 0x9, 0xA] {
            refused(config(to_server), &[opcode, mask], Rule::FragmentedControl, 0, 1002);
            // From the second byte, before any extended length; 1002, and not 1009.
            for code in [126, 127] {
                let stream = [0x80 | opcode, mask | code, 0, 0];
                refused(config(to_server), &stream, Rule::ControlTooLong, 1, 1002);
            }
            let longest = [b"\x03\xe8".to_vec(), vec![b'r'; 123]].concat();
            for payload in [&b""[..], &longest] {
                let items = accepted(config(to_server), &frame(to_server, 0x80 | opcode, payload));
                assert_eq!(items, [Item::Control { opcode, payload: payload.to_vec() }]);
            }
        }
    }
}

#[test]
fn s5_5_1_close_payload_is_empty_or_a_code_and_a_utf_8_reason() {
    for &to_server in ROLES {
        let start = frame(to_server, 0x88, b"").len();
        let close = |payload: &[u8]| frame(to_server, 0x88, payload);
        for payload in [&b""[..], b"\x03\xe8", b"\x0f\xa0bye", b"\x03\xe8\xe2\x82\xac"] {
            assert_eq!(accepted(config(to_server), &close(payload)).len(), 1);
        }
        let rows: [(&[u8], _, _, _); 8] = [
            (b"\x03", Rule::HalfCloseCode, 1, 1002),
            (b"\xff", Rule::HalfCloseCode, 1, 1002),
            (b"\x03\xe8\xff", Rule::InvalidUtf8, 2, 1007),
            (b"\x03\xe8ok\xc0\x80", Rule::InvalidUtf8, 4, 1007),
            (b"\x03\xe8\xed\xa0\x80", Rule::InvalidUtf8, 3, 1007),
            (b"\x03\xe8\xc3", Rule::InvalidUtf8, 3, 1007),
            (b"\x03\xe8ok\xe2\x82", Rule::InvalidUtf8, 6, 1007),
            (b"\x03\xed\xff", Rule::ReservedCloseCode, 0, 1002),
        ];
        for (payload, broken, offset, close_code) in rows {
            let stream = close(payload);
            let expected = End::Broken { rule: rule(broken), offset: start + offset };
            assert_eq!(reads(config(to_server), &stream).end, expected, "{payload:02x?}");
            assert_eq!(broken.close_code().get(), close_code);
        }
    }
}

#[test]
fn s7_4_only_the_codes_that_may_stand_on_the_wire() {
    let good = [1000, 1003, 1007, 1014, 3000, 3999, 4000, 4999];
    let bad = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 0xFFFF];
    for &to_server in ROLES {
        let start = frame(to_server, 0x88, b"").len();
        let close = |code: u16| frame(to_server, 0x88, &[&code.to_be_bytes()[..], b"!"].concat());
        for code in good {
            assert_eq!(accepted(config(to_server), &close(code)).len(), 1, "{code}");
        }
        for code in bad {
            let expected = End::Broken { rule: rule(Rule::ReservedCloseCode), offset: start };
            assert_eq!(reads(config(to_server), &close(code)).end, expected, "{code}");
        }
        assert_eq!(Rule::ReservedCloseCode.close_code().get(), 1002);
    }
}

#[test]
fn s7_1_after_an_error_nothing_more_is_decoded() {
    let mut decoder = decoder(config(true));
    let mut bytes = [&[0x83][..], &frame(true, 0x81, b"legal")].concat();
    let mut input = Input::new(&mut bytes);
    let error = decoder.next(&mut input).expect_err("a reserved opcode");
    assert_eq!((error.rule(), error.offset(), input.len()), (Rule::ReservedOpcode, 0, 11));
    for _ in 0..3 {
        assert_eq!(decoder.next(&mut input), Err(error));
    }
    assert_eq!(decoder.next(&mut Input::new(&mut frame(true, 0x89, b"")[..])), Err(error));
    assert_eq!(decoder.clone().next(&mut Input::new(&mut [])), Err(error));
    assert_eq!(decoder.offset(), 0);
}

#[test]
fn s8_1_a_code_point_may_straddle_fragments_and_control_frames() {
    let text = "aé€🌍z";
    for &to_server in ROLES {
        let cuts = (0..=text.len()).flat_map(|a| (a..=text.len()).map(move |b| (a, b)));
        for (first, second) in cuts.step_by(if cfg!(miri) { 13 } else { 1 }) {
            let parts = text.as_bytes();
            let stream = [
                frame(to_server, 0x01, &parts[..first]),
                frame(to_server, 0x89, b"\xff"),
                frame(to_server, 0x00, &parts[first..second]),
                frame(to_server, 0x80, &parts[second..]),
            ];
            let reading = assert_reads(&stream.concat(), config(to_server));
            assert_reads_by_bytes(&stream.concat(), config(to_server), &reading);
            assert_eq!(messages(&reading.items), [(1, text.as_bytes().to_vec())]);
        }
    }
}

#[test]
fn s8_1_none_may_be_unfinished_at_fin() {
    for &to_server in ROLES {
        for unfinished in [&b"\xc3"[..], b"\xe2", b"\xe2\x82", b"\xf0\x9f", b"ok\xf0\x9f\x8c"] {
            let stream = frame(to_server, 0x81, unfinished);
            let end = stream.len();
            refused(config(to_server), &stream, Rule::InvalidUtf8, end, 1007);
            // Wrong is the end, whatever comes next.
            let stream = [stream, vec![0xFF]].concat();
            let expected = End::Broken { rule: rule(Rule::InvalidUtf8), offset: end };
            assert_eq!(reads(config(to_server), &stream).end, expected);
            // The same in fragments, of which the last is empty.
            let stream = frames(to_server, &[(0x01, unfinished), (0x89, b"\x80"), (0x80, b"")]);
            refused(config(to_server), &stream, Rule::InvalidUtf8, stream.len(), 1007);
            // Between fragments it may be.
            let stream = frames(to_server, &[(0x01, unfinished), (0x00, b"")]);
            assert_eq!(accepted(config(to_server), &stream).len(), 2);
            // And the next message begins anew.
            let bytes = [(0x02, unfinished), (0x80, b""), (0x81, b"ok")];
            accepted(config(to_server), &frames(to_server, &bytes));
        }
    }
}

/// Autobahn's 6.4.1 to 6.4.4 send this; only the first byte that cannot be right may be waited for.
#[test]
fn s8_1_fails_at_the_first_byte_that_cannot_be_right() {
    let text = b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xf4\x90\x80\x80edited";
    let wrong = 12;
    for &to_server in ROLES {
        let start = frame(to_server, 0x81, b"").len();
        let whole = frame(to_server, 0x81, text);
        refused(config(to_server), &whole, Rule::InvalidUtf8, start + wrong, 1007);
        for cut in [11, 12, 13] {
            let parts: [(u8, &[u8]); 2] = [(0x01, &text[..cut]), (0x80, &text[cut..])];
            let stream = frames(to_server, &parts);
            let offset = wrong + if cut > wrong { start } else { 2 * start };
            refused(config(to_server), &stream, Rule::InvalidUtf8, offset, 1007);
        }
        // Inside a frame of which nearly nothing has arrived.
        let mask = if to_server { 0x80 } else { 0 };
        let key: &[u8] = if to_server { &[0; 4] } else { &[] };
        let stream = [&[0x81, mask | 126, 0xFF, 0xFF], key, b"ok\xed\xa0"].concat();
        let offset = 4 + key.len() + 3;
        refused(config(to_server), &stream, Rule::InvalidUtf8, offset, 1007);
        // What is right of the payload is given.
        let Reading { items, .. } = reads(config(to_server), &stream);
        let [Item::Data { payload, .. }] = &items[..] else { panic!("{items:?}") };
        assert_eq!(payload, b"ok\xed");
    }
}
