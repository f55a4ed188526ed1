//! Any octets as text, in three parts: right or wrong where the oracle and `core` say.
#![no_main]

#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use libfuzzer_sys::fuzz_target;
use oracle::utf8::{Text, read};
use wsparse::Utf8;

fuzz_target!(|data: &[u8]| {
    let Some(([first, second], text)) = data.split_first_chunk() else { return };
    let (start, rest) = text.split_at(usize::from(*first).min(text.len()));
    let (middle, end) = rest.split_at(usize::from(*second).min(rest.len()));
    let mut utf8 = Utf8::new();
    let mut before = 0;
    let wrong = [start, middle, end].into_iter().find_map(|part| {
        let offset = utf8.check(part).err().map(|offset| before + offset);
        before += part.len();
        offset
    });
    let found = match wrong {
        Some(offset) => Text::Broken { offset },
        None if utf8.is_complete() => Text::Complete,
        None => Text::Unfinished,
    };
    assert_eq!(found, read(text.iter().copied()));
    assert_eq!(found == Text::Complete, std::str::from_utf8(text).is_ok());
});
