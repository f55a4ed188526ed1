//! The report that each program prints through the emulator or the debugger.

use core::ptr;
use cortex_m_rt::{STACK_PAINT_VALUE, heap_start};
use semihosting::{println, process};
use wsparse::{CloseCode, Failure};

/// What has happened on a connection.
pub struct Report {
    pub messages: usize,
    /// The total length of the messages, in bytes.
    pub bytes: usize,
    /// How many frames could not be sent.
    pub errors: usize,
    pub outcome: Result<Option<CloseCode>, Failure>,
    /// The RAM of the opening and that of the endpoint, without their buffers.
    pub state: [usize; 2],
}

impl Report {
    /// Prints the report, and ends the program.
    pub fn print(self, is_right: bool) -> ! {
        let stack = stack_used(); // before it is printed, which needs a stack as well
        let [opening, endpoint] = self.state;
        println!("messages: {} of {} bytes", self.messages, self.bytes);
        println!("errors: {}", self.errors);
        match self.outcome {
            Ok(code) => println!("closed with: {}", code.map_or(1005, CloseCode::get)),
            Err(failure) => println!("failed: {failure}"),
        }
        println!("read and wrote what was recorded: {is_right}");
        println!("bytes of state, opening: {opening}");
        println!("bytes of state, endpoint: {endpoint}");
        println!("bytes of stack: {stack}");
        process::exit(0)
    }
}

/// Returns how deep the stack has been since the start, in bytes.
///
/// The start-up code has painted the memory of the stack with a value that the program hardly ever
/// writes.
fn stack_used() -> usize {
    unsafe extern "C" {
        /// The linker's symbol for the end of the stack, from which it grows downwards.
        static _stack_start: u32;
    }
    let (mut at, end) = (heap_start().cast_const(), &raw const _stack_start);
    // SAFETY: From the start of the heap, which is empty, to the end of the stack, all words are
    // aligned and in RAM, and the start-up code has initialised them.
    while at < end && unsafe { ptr::read_volatile(at) } == STACK_PAINT_VALUE {
        at = at.wrapping_add(1);
    }
    end.addr() - at.addr()
}
