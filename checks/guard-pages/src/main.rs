//! Proves that the library accesses no byte outside of the payloads and buffers that it is called with.
//! They are next to memory that cannot be accessed: such an access ends the program.
//!
//! usage: guard_pages BACKEND               (fails unless that backend was forced)
//!        guard_pages after|before PLACE    (makes such an access, to show that it is detected)

mod checks;
mod memory;
#[path = "../../../tests/oracle/mod.rs"]
mod oracle;

use memory::{Memory, Place};
use std::{env, hint::black_box, process};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [side @ ("after" | "before"), place] => touch(side, place),
        [backend] => {
            assert_forced(backend);
            println!("guard pages, {backend}: {} calls", checks::all());
        }
        _ => {
            eprintln!("usage: guard_pages BACKEND | after PLACE | before PLACE");
            process::exit(2);
        }
    }
}

/// Fails unless the library was compiled for this backend: it has the same flags as this program.
fn assert_forced(backend: &str) {
    let forced = [
        ("portable", cfg!(wsparse_backend = "portable")),
        ("word", cfg!(wsparse_backend = "word")),
        ("sse2", cfg!(wsparse_backend = "sse2")),
        ("ssse3", cfg!(wsparse_backend = "ssse3")),
        ("avx2", cfg!(wsparse_backend = "avx2")),
        ("avx512", cfg!(wsparse_backend = "avx512")),
        ("neon", cfg!(wsparse_backend = "neon")),
    ];
    assert!(forced.contains(&(backend, true)), "{backend} is not forced: {forced:?}");
}

/// Reads the byte before or after a slice.
fn touch(side: &str, place: &str) {
    let place =
        Place::ALL.into_iter().find(|known| format!("{known:?}") == place).expect("a place");
    let mut memory = Memory::new();
    let bytes = memory.bytes(7, place);
    let at = match side {
        "after" => bytes.as_ptr().wrapping_add(7),
        _ => bytes.as_ptr().wrapping_sub(1),
    };
    // SAFETY: This read is unsound on purpose. It must end the program.
    let byte = unsafe { black_box(at).read_volatile() };
    println!("the byte {side} a slice at {place:?} was read: {byte}");
}
