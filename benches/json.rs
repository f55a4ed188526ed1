//! JSON messages as servers send them: each is different, and each run has the same ones.

use crate::groups::common::random;
use rand::RngExt;
use rand::rngs::StdRng;

const WORDS: [&str; 32] = [
    "account", "amber", "archive", "basket", "bridge", "candle", "copper", "delta", "ember",
    "field", "garden", "harbour", "island", "journal", "kernel", "ladder", "marble", "needle",
    "orchard", "paper", "quarry", "ribbon", "saddle", "timber", "umbrella", "valley", "window",
    "yellow", "zebra", "cobalt", "frost", "meadow",
];

/// Messages of about this number of bytes.
pub fn messages(len: usize, count: usize) -> Vec<Vec<u8>> {
    let mut random = random();
    let message = |sequence| {
        let text = if len < 100 { tick(&mut random) } else { page(&mut random, sequence, len) };
        text.into_bytes()
    };
    (0..count).map(message).collect()
}

/// A price, in about 64 bytes.
fn tick(random: &mut StdRng) -> String {
    let symbol = word(random);
    format!(
        r#"{{"s":"{}","p":{}.{:02},"q":{},"t":17637{:08},"b":{}}}"#,
        symbol.to_uppercase(),
        random.random_range(10..5000),
        random.random_range(0..100),
        random.random_range(1..1000),
        random.random_range(0..100_000_000),
        random.random::<bool>(),
    )
}

/// A list of records.
fn page(random: &mut StdRng, sequence: usize, len: usize) -> String {
    let mut text = format!(r#"{{"type":"update","sequence":{sequence},"items":["#);
    loop {
        text.push_str(&record(random));
        if text.len() + 2 >= len {
            text.push_str("]}");
            return text;
        }
        text.push(',');
    }
}

fn record(random: &mut StdRng) -> String {
    let name = format!("{} {}", word(random), word(random));
    let comment: Vec<_> = (0..random.random_range(2..9)).map(|_| word(random)).collect();
    format!(
        r#"{{"id":"{:08x}-{:04x}","name":"{name}","price":{}.{:02},"active":{},"tags":["{}","{}"],"comment":"{}","score":{:.4}}}"#,
        random.random::<u32>(),
        random.random::<u16>(),
        random.random_range(1..2000),
        random.random_range(0..100),
        random.random::<bool>(),
        word(random),
        word(random),
        comment.join(" "),
        random.random::<f64>(),
    )
}

fn word(random: &mut StdRng) -> &'static str {
    WORDS[random.random_range(0..WORDS.len())]
}
