//! Any bytes as text, in three parts: right or wrong where the oracle and `core` say, unmasked or
//! not, and as a whole.
#![no_main]

#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use libfuzzer_sys::fuzz_target;
use oracle::utf8::{Text, read};
use wsparse::{Utf8, unmask_text};

fuzz_target!(|data: &[u8]| {
    let Some(([first, second, key @ ..], text)) = data.split_first_chunk::<6>() else { return };
    let (start, rest) = text.split_at(usize::from(*first).min(text.len()));
    let (middle, end) = rest.split_at(usize::from(*second).min(rest.len()));
    let expected = read(text.iter().copied());
    assert_eq!(expected == Text::Complete, std::str::from_utf8(text).is_ok());

    let (mut checked, mut unmasked) = (Utf8::new(), Utf8::new());
    let mut before = 0;
    let wrong = [start, middle, end].into_iter().find_map(|part| {
        let result = checked.check(part);
        let mut bytes = part.to_vec();
        oracle::unmask_from(&mut bytes, *key, before as u64);
        assert_eq!(unmasked.unmask(&mut bytes, *key, before as u64), result);
        assert_eq!(bytes, part);
        let offset = result.err().map(|offset| before + offset);
        before += part.len();
        offset
    });
    let found = match wrong {
        Some(offset) => Text::Broken { offset },
        None if checked.is_complete() => Text::Complete,
        None => Text::Unfinished,
    };
    assert_eq!(found, expected);

    let mut payload = text.to_vec();
    oracle::unmask_from(&mut payload, *key, 0);
    match (unmask_text(&mut payload, *key), expected) {
        (Ok(_), Text::Complete) => {}
        (Err(offset), Text::Unfinished) => assert_eq!(offset, text.len()),
        (Err(found), Text::Broken { offset }) => assert_eq!(found, offset),
        (found, expected) => panic!("{found:?}, not {expected:?}"),
    }
    assert_eq!(payload, text);
});
