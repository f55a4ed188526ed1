//! What the programs have in common: a buffer to receive into, one to send from, and a place for
//! results. The compiler knows nothing about their contents, so it can remove none of the work.
//!
//! The programs are built for their size and never run.
#![no_std]

use core::ptr;
use core::slice;

const SIZE: usize = 2048;

// Exported, so that the compiler must assume that others write to them.
#[unsafe(no_mangle)]
static mut RECEIVED: [u8; SIZE] = [0; SIZE];
#[unsafe(no_mangle)]
static mut OUTPUT: [u8; SIZE] = [0; SIZE];
#[unsafe(no_mangle)]
static mut LEN: usize = 0;
#[unsafe(no_mangle)]
static mut RESULT: u32 = 0;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// Returns the bytes received, of a length that only the program that runs could know.
#[inline]
pub fn input() -> &'static mut [u8] {
    // SAFETY: there is one thread, and no program uses the result of two calls at once.
    unsafe {
        let len = ptr::read_volatile(&raw const LEN);
        slice::from_raw_parts_mut((&raw mut RECEIVED).cast(), len)
    }
}

/// Returns the memory for output.
#[inline]
pub fn output() -> &'static mut [u8] {
    // SAFETY: as in `input`.
    unsafe {
        let len = ptr::read_volatile(&raw const LEN);
        slice::from_raw_parts_mut((&raw mut OUTPUT).cast(), len)
    }
}

/// Stores a result, which the program would otherwise not need to compute.
#[inline]
pub fn sink(result: usize) {
    // SAFETY: as in `input`.
    unsafe { ptr::write_volatile(&raw mut RESULT, result as u32) }
}

/// Refers to a value, so that it is linked.
pub fn keep<T>(value: &'static T) {
    sink(ptr::from_ref(value).addr());
}

/// An echo server, after its opening handshake.
pub fn echo() {
    use wsparse::{Assembler, Connection, Input, Limits, Received};

    let mut connection = Connection::server(Limits::DEFAULT);
    let mut assembler = Assembler::new([0; 512]);
    while !connection.should_close() {
        let mut input = Input::new(input());
        while let Ok(Some(received)) = connection.next(&mut input, &mut assembler) {
            let sent = match received {
                Received::Ping(payload) => connection.pong(payload, output()),
                Received::Message(message) => connection.send(message, output()),
                _ => continue,
            };
            if let Ok(sent) = sent {
                sink(sent.len());
            }
        }
        if let Ok(sent) = connection.transmit(output()) {
            sink(sent.len());
        }
    }
}
