//! A cross run proves where it ran: what the environment expects must be what the test finds.

/// Found by looking at memory, not by asking the compiler, and then compared with its answer.
fn endian() -> &'static str {
    let found = match std::hint::black_box(0x0102_u16).to_ne_bytes() {
        [1, 2] => "big",
        _ => "little",
    };
    let compiled_for = if cfg!(target_endian = "big") { "big" } else { "little" };
    assert_eq!(found, compiled_for);
    found
}

#[test]
fn the_tests_run_where_they_are_expected_to() {
    let found =
        [("WSPARSE_EXPECT_ARCH", std::env::consts::ARCH), ("WSPARSE_EXPECT_ENDIAN", endian())];
    for (variable, found) in found {
        match std::env::var(variable) {
            Ok(expected) => {
                println!("{variable}: expected {expected}, found {found}");
                assert_eq!(found, expected, "{variable}");
            }
            Err(_) => println!("{variable} is not set; found {found}"),
        }
    }
}
