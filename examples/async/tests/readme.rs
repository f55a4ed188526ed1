//! The README's quick start is a program here, so that it compiles.

#[test]
fn the_quick_start_is_the_readme_s() {
    let program = include_str!("../src/bin/quick_start.rs");
    assert!(include_str!("../../../README.md").contains(&format!("```rust,ignore\n{program}```")));
}
