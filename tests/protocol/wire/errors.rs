//! The properties of an `Error`. The sections, close codes and texts of all rules are tested in
//! src/wire/error.rs.

use std::collections::HashSet;
use wsparse::{CloseCode, Error, HeaderView, Rule};

/// The shortest input that breaks the rule, the rule, its section, the code to close with.
const RULES: [(&[u8], Rule, &str, u16); 6] = [
    (b"\xC1", Rule::ReservedBit, "5.2", 1002),
    (b"\x83", Rule::ReservedOpcode, "5.2", 1002),
    (b"\x82\x7E\x00\x7D", Rule::NonMinimalLength, "5.2", 1002),
    (b"\x82\x7F\x80", Rule::LengthTopBit, "5.2", 1002),
    (b"\x09", Rule::FragmentedControl, "5.5", 1002),
    (b"\x89\x7E", Rule::ControlTooLong, "5.5", 1002),
];

#[test]
fn an_error_knows_its_section_and_close_code() {
    for (input, rule, section, code) in RULES {
        let error = HeaderView::parse(input).unwrap_err();
        assert_eq!(error.rule(), rule);
        assert_eq!(error.offset(), input.len() as u64 - 1);
        assert_eq!(rule.section(), section);
        assert_eq!(Some(rule.close_code()), CloseCode::new(code));
        assert_eq!(error.close_code(), rule.close_code());
    }
}

#[test]
fn messages_differ_and_name_section_and_offset() {
    let mut messages = HashSet::new();
    for (input, rule, section, _) in RULES {
        let error = HeaderView::parse(input).unwrap_err();
        let (rule, error) = (rule.to_string(), error.to_string());
        assert!(rule.contains(&format!("RFC 6455 section {section}")));
        let offset = format!("offset {}", input.len() - 1);
        assert!(error.starts_with(&rule) && error.ends_with(&offset), "{error}");
        assert!(messages.insert(rule));
    }
}

#[test]
fn an_error_is_a_small_plain_value() {
    fn is_plain<T: Copy + Eq + std::hash::Hash + Send + Sync + Unpin + 'static>() {}
    fn is_error<T: core::error::Error>() {}
    is_plain::<Error>();
    is_plain::<Rule>();
    is_plain::<CloseCode>();
    is_error::<Error>();
    assert!(size_of::<Error>() <= 16);

    // `?` into what applications use.
    fn parse(input: &[u8]) -> Result<(), Box<dyn core::error::Error + Send + Sync>> {
        HeaderView::parse(input)?;
        Ok(())
    }
    let error = parse(b"\x83").unwrap_err();
    let error = error.downcast_ref::<Error>().unwrap();
    assert_eq!(error.rule(), Rule::ReservedOpcode);
}
