//! What C's zlib compresses, and what it refuses: tests/data/zlib.txt, written by tests/data/zlib.py.

use wsparse::deflate::{Agreed, Direction, Inflater};
use wsparse::{Error, Rule};

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digit = |digit| char::from(digit).to_digit(16).unwrap() as u8;
    let digits = hexadecimal.trim_matches('-').as_bytes();
    digits.chunks(2).map(|byte| digit(byte[0]) << 4 | digit(byte[1])).collect()
}

/// Inflates in parts of this length.
fn inflate(inflater: &mut Inflater, payload: &[u8], part: usize) -> Result<Vec<u8>, Error> {
    let mut message = Vec::new();
    inflater.begin(false, 100_000);
    let mut parts = payload.chunks(part).peekable();
    while let Some(part) = parts.next() {
        inflater.inflate_to_vec(part, parts.peek().is_none(), &mut message)?;
    }
    Ok(message)
}

#[test]
#[cfg_attr(miri, ignore = "slow")]
fn what_another_zlib_compresses_and_refuses() {
    let inflater = |context_takeover| {
        let direction = Direction { window_bits: 15, context_takeover };
        Inflater::new(Agreed { outgoing: direction, incoming: direction })
    };
    let parts = [1, 3, 1 << 20];
    let mut inflaters = Vec::new();
    let (mut right, mut wrong) = (0, 0);
    for line in include_str!("../../data/zlib.txt").lines() {
        let words: Vec<_> = line.split(' ').collect();
        match words[..] {
            ["window", _, kept] => inflaters = parts.map(|_| inflater(kept == "kept")).into(),
            ["wrong"] => inflaters = parts.map(|_| inflater(false)).into(),
            [message, count, payload] => {
                let message = bytes(message).repeat(count.parse().unwrap());
                for (inflater, part) in inflaters.iter_mut().zip(parts) {
                    assert_eq!(
                        inflate(inflater, &bytes(payload), part).unwrap(),
                        message,
                        "{line}"
                    );
                }
                right += 1;
            }
            [len, payload] => {
                for (inflater, part) in inflaters.iter_mut().zip(parts) {
                    let error = inflate(inflater, &bytes(payload), part).unwrap_err();
                    let len: u64 = len.parse().unwrap();
                    match error.rule() {
                        Rule::InvalidDeflate => assert_eq!(error.offset(), len, "{line}"),
                        // zlib notices in what follows the payload.
                        Rule::UnfinishedDeflate => assert!(error.offset() <= len, "{line}"),
                        rule => panic!("{rule:?}: {line}"),
                    }
                }
                wrong += 1;
            }
            _ => panic!("{line}"),
        }
    }
    assert!(right >= 140 && wrong >= 70, "{right}, {wrong}");
}
