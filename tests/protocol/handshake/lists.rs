//! Lists of subprotocols and extensions, by the grammar of RFC 6455 §4.3 and §9.1.

use wsparse::handshake::{Extensions, HandshakeError, Subprotocols};

/// The value of a header; its elements joined by `|`, with an `!` at the end for a malformed one.
const SUBPROTOCOLS: [(&str, &str); 20] = [
    ("chat", "chat"),
    ("chat,superchat", "chat|superchat"),
    ("chat, superchat", "chat|superchat"),
    (" \tchat\t ,\t superchat ", "chat|superchat"),
    ("chat, chat", "chat|chat"),
    ("v1.a-b_c+d", "v1.a-b_c+d"),
    ("!#$%&'*+-.^_`|~", "!#$%&'*+-.^_`|~"),
    ("", ""),
    (" \t ", ""),
    (",", ""),
    (",, chat, ,\t,superchat,,", "chat|superchat"),
    ("chat superchat", "!"),
    ("chat, super chat, x", "chat|!"),
    ("chat;q=1", "!"),
    ("\"chat\"", "!"),
    ("chat/1", "!"),
    ("a, b, (c), d", "a|b|!"),
    ("\u{e4}", "!"),
    ("a\r\n, b", "!"),
    ("a,\n b", "a|!"),
];

#[test]
fn subprotocols() {
    for (value, expected) in SUBPROTOCOLS {
        let mut list = Subprotocols::new(value.as_bytes());
        let found: Vec<_> = list
            .by_ref()
            .map(|item| match item {
                Ok(name) => name,
                Err(error) => {
                    assert_eq!(error, HandshakeError::Subprotocols);
                    "!"
                }
            })
            .collect();
        assert_eq!(found.join("|"), expected, "{value:?}");
        assert!(list.next().is_none() && list.next().is_none());
    }
}

/// The value of a header; its elements joined by `|`, names and parameters by spaces, with an `!`
/// at the end for a malformed one.
const EXTENSIONS: [(&str, &str); 56] = [
    // As §9.1 has them.
    ("deflate-stream", "deflate-stream"),
    (
        "mux; max-channels=4; flow-control, deflate-stream",
        "mux max-channels=4 flow-control|deflate-stream",
    ),
    ("private-extension", "private-extension"),
    ("foo, bar; baz=2", "foo|bar baz=2"),
    // Repeated offers (RFC 7692 §7.1).
    (
        "permessage-deflate; client_max_window_bits; server_max_window_bits=10, permessage-deflate",
        "permessage-deflate client_max_window_bits server_max_window_bits=10|permessage-deflate",
    ),
    ("a;b=1;b=2, a;b=1", "a b=1 b=2|a b=1"),
    // White space.
    ("a;b=1", "a b=1"),
    (" \ta\t ;\t b \t=\t 1 ", "a b=1"),
    ("a ,\tb", "a|b"),
    // Empty elements.
    ("", ""),
    (" ,\t, ", ""),
    (",a,,b;c,", "a|b c"),
    // Quoted values.
    ("a;b=\"1\"", "a b=1"),
    ("a;b= \"10\" ; c", "a b=10 c"),
    ("a;b=\"\\1\\0\"", "a b=10"),
    ("a;b=\"x\\y\"", "a b=xy"),
    ("a;b=\"1\", c", "a b=1|c"),
    ("a;b=\"!#$%&'*+-.^_`|~\"", "a b=!#$%&'*+-.^_`|~"),
    // Which must be tokens.
    ("a;b=\"\"", "!"),
    ("a;b=\" \"", "!"),
    ("a;b=\"1 0\"", "!"),
    ("a;b=\"1,0\"", "!"),
    ("a;b=\"1;0\"", "!"),
    ("a;b=\"\\\"\"", "!"),
    ("a;b=\"\\\\\"", "!"),
    ("a;b=\"\\ \"", "!"),
    ("a;b=\"\u{e4}\"", "!"),
    // And end.
    ("a;b=\"", "!"),
    ("a;b=\"1", "!"),
    ("a;b=\"1\\", "!"),
    ("a;b=\"1\\\"", "!"),
    ("a;b=\"1\"x", "!"),
    ("a;b=\"1\"\"2\"", "!"),
    ("a;b=1\"2\"", "!"),
    // Parameters.
    ("a;", "!"),
    ("a;;b", "!"),
    ("a; ;b", "!"),
    ("a;b;", "!"),
    ("a;b=", "!"),
    ("a;=1", "!"),
    ("a;b=1=2", "!"),
    ("a;b 1", "!"),
    ("a;b=1 2", "!"),
    ("a;b=(1)", "!"),
    ("a;b=\\1", "!"),
    // Names.
    ("a b", "!"),
    ("a=1", "!"),
    (";a", "!"),
    ("\"a\"", "!"),
    ("a/1", "!"),
    ("\u{e4}", "!"),
    // What comes before is given.
    ("a, b;c=1, d;, e", "a|b c=1|!"),
    ("a, b c", "a|!"),
    // No line break passes for white space.
    ("a\r\n, b", "!"),
    ("a;\r\nb", "!"),
    ("a,\r\nb", "a|!"),
];

#[test]
fn extensions() {
    for (value, expected) in EXTENSIONS {
        let mut list = Extensions::new(value.as_bytes());
        let found: Vec<_> = list
            .by_ref()
            .map(|item| {
                let Ok(extension) = item else {
                    assert_eq!(item, Err(HandshakeError::Extensions));
                    return "!".to_owned();
                };
                let mut text = extension.name().to_owned();
                for (name, value) in extension.params() {
                    text += &format!(" {name}");
                    if let Some(value) = value {
                        text += &format!("={value}");
                    }
                }
                text
            })
            .collect();
        assert_eq!(found.join("|"), expected, "{value:?}");
        assert!(list.next().is_none() && list.next().is_none());
    }
}

#[test]
fn a_value_is_what_it_is_without_quotes() {
    let values: Vec<_> = Extensions::new(b"a; v=10; v=\"10\"; v=\"\\1\\0\"; v=1; v=100")
        .flat_map(|extension| extension.unwrap().params())
        .map(|(_, value)| value.unwrap())
        .collect();
    for value in &values[..3] {
        assert_eq!(*value, "10");
        assert_eq!(*value, values[0]);
        assert_eq!(value.to_string(), "10");
        assert!(value.bytes().eq(*b"10"));
    }
    for value in &values[3..] {
        assert_ne!(*value, "10");
        assert_ne!(*value, values[0]);
    }
}

/// Every byte where a token may stand.
#[test]
fn tokens() {
    for byte in 0..=u8::MAX {
        // RFC 2616 §2.2: any CHAR except CTLs or separators.
        let separator = b"()<>@,;:\\\"/[]?={} \t".contains(&byte);
        let token = byte > 31 && byte < 127 && !separator;
        let is_ok = |value: &[u8]| Extensions::new(value).all(|item| item.is_ok());
        let skipped = matches!(byte, b',' | b' ' | b'\t');
        assert_eq!(is_ok(&[byte]), token || skipped, "{byte}");
        assert_eq!(is_ok(&[b'a', b';', byte]), token, "{byte}");
        assert_eq!(is_ok(&[b'a', b';', b'b', b'=', byte]), token, "{byte}");
        assert_eq!(is_ok(&[b'a', b';', b'b', b'=', b'"', byte, b'"']), token, "{byte}");
        let mut subprotocols = Subprotocols::new(std::slice::from_ref(&byte));
        assert_eq!(subprotocols.next().is_none_or(|item| item.is_ok()), token || skipped);
    }
}
