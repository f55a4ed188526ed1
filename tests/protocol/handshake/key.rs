//! Keys and what answers them (RFC 6455 §4.2.2), against a SHA-1 and Base64 written from their
//! definitions; what well-read tutorials print is refuted.

use wsparse::handshake::{HandshakeError, Key, accept_key};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 4648 §4.
fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, i| bits << 8 | u32::from(*group.get(i).unwrap_or(&0)));
        for i in 0..4 {
            match i <= group.len() {
                true => text.push(ALPHABET[(bits >> (18 - 6 * i) & 63) as usize].into()),
                false => text.push('='),
            }
        }
    }
    text
}

/// RFC 3174 §6.1.
fn sha1(message: &[u8]) -> [u8; 20] {
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((message.len() as u64 * 8).to_be_bytes());
    let mut h = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0_u32];
    for block in padded.chunks(64) {
        let mut w: Vec<u32> =
            block.chunks(4).map(|word| u32::from_be_bytes(word.try_into().unwrap())).collect();
        for t in 16..80 {
            w.push((w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16]).rotate_left(1));
        }
        let [mut a, mut b, mut c, mut d, mut e] = h;
        for (t, word) in w.iter().enumerate() {
            let (f, k) = match t / 20 {
                0 => (b & c | !b & d, 0x5A82_7999),
                1 => (b ^ c ^ d, 0x6ED9_EBA1),
                2 => (b & c | b & d | c & d, 0x8F1B_BCDC),
                _ => (b ^ c ^ d, 0xCA62_C1D6_u32),
            };
            let next = [a.rotate_left(5), f, e, *word, k].into_iter().fold(0, u32::wrapping_add);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
        }
        for (sum, part) in h.iter_mut().zip([a, b, c, d, e]) {
            *sum = sum.wrapping_add(part);
        }
    }
    let bytes: Vec<u8> = h.into_iter().flat_map(u32::to_be_bytes).collect();
    bytes.try_into().unwrap()
}

fn expected(key: &str) -> String {
    base64(&sha1(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11").as_bytes()))
}

/// The key; what answers it; what a tutorial prints in its place.
const KEYS: [(&str, &str, Option<&str>); 4] = [
    ("dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", None),
    ("Bt4+Nfq12qxyxHslV2iFFg==", "MK6YmuGMF81B+0zEjhayzUlnqxg=", None),
    (
        "x3JJHMbDL1EzLkh9GBhXDw==",
        "HSmrc0sMlYUkAGmm5OPpG2HaGWk=",
        Some("fFBooB7FAkLlXgRSz0BT3v4hq5s="),
    ),
    (
        "gI83D50S5WxJc5ldFlnkwg==",
        "wOEBdkwqF5W/4+a5XIdzf55T3As=",
        Some("7jr5bZ4llRsMiyDqlPvBiWU4jY8="),
    ),
];

#[test]
fn the_four_keys() {
    for (key, accept, wrong) in KEYS {
        assert_eq!(expected(key), accept);
        assert_eq!(accept_key(key).unwrap().as_str(), accept);
        assert_eq!(accept_key(key.as_bytes()).unwrap().to_string(), accept);
        assert_eq!(Key::parse(key.as_bytes()).unwrap().accept().as_str(), accept);
        assert_ne!(Some(accept), wrong);
        // With a space in the GUID, as one has it.
        let spaced = format!("{key}258EAFA5-E914-47DA-95CA- C5AB0DC85B11");
        assert_ne!(base64(&sha1(spaced.as_bytes())), accept);
    }
}

#[test]
fn any_nonce_becomes_a_key() {
    // Each byte at each place: all characters, from all bits.
    for byte in 0..=u8::MAX {
        for place in 0..16 {
            let mut nonce = [0x5A; 16];
            nonce[place] = byte;
            let text = base64(&nonce);
            let key = Key::new(nonce);
            assert_eq!(key.as_str(), text);
            assert_eq!(key.to_string(), text);
            assert_eq!(Key::parse(text.as_bytes()), Ok(key));
            if place == 15 {
                assert_eq!(key.accept().as_str(), expected(&text));
            }
        }
    }
}

#[test]
fn no_other_text_is_a_key() {
    // Each byte at each place: it is a key if it is the Base64 of what it decodes to.
    let good = *b"dGhlIHNhbXBsZSBub25jZQ==";
    let mut keys = 0;
    for place in 0..good.len() {
        for byte in 0..=u8::MAX {
            let mut text = good;
            text[place] = byte;
            let digit = ALPHABET.iter().position(|digit| *digit == byte);
            let legal = match place {
                0..=20 => digit.is_some(),
                // Four of the six bits belong to no byte.
                21 => digit.is_some_and(|digit| digit % 16 == 0),
                _ => byte == b'=',
            };
            assert_eq!(Key::parse(&text).is_ok(), legal, "{byte} at {place}");
            keys += usize::from(legal);
        }
    }
    assert_eq!(keys, 21 * 64 + 4 + 2);
}

#[test]
fn other_lengths_are_no_keys() {
    let others = [
        "",
        "==",
        "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25jZQ=",
        "dGhlIHNhbXBsZSBub25jZQ===",
        " dGhlIHNhbXBsZSBub25jZQ==",
        "dGhlIHNhbXBsZSBub25j",
        "dGhlIHNhbXBsZSBub25jZSE=",
        "dGhlIHNhbXBsZSBub25jZSEh",
        "AAAAAAAAAAAAAAAAAAAAAAA=",
        "====================A===",
        // §4.1 prints it as an example, with bits in it that no byte has; it means "…PEA==".
        "AQIDBAUGBwgJCgsMDQ4PEC==",
    ];
    for other in others {
        assert_eq!(Key::parse(other.as_bytes()), Err(HandshakeError::Key), "{other}");
        assert_eq!(accept_key(other), Err(HandshakeError::Key), "{other}");
    }
    assert_eq!(Key::new(std::array::from_fn(|i| i as u8 + 1)).as_str(), "AQIDBAUGBwgJCgsMDQ4PEA==");
}
