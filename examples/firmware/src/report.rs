//! The report that each program prints through the emulator or the debugger.

use crate::stack;
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
    /// The bytes of the opening and those of the endpoint, without their buffers.
    pub state: [usize; 2],
}

impl Report {
    /// Prints the report, and ends the program. `buffers` is the number of bytes of the stack that are
    /// buffers.
    pub fn print(self, is_right: bool, buffers: usize) -> ! {
        let stack = stack::used() - buffers; // Printing uses the stack as well.
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
        println!("bytes of stack without buffers: {stack}");
        process::exit(0)
    }
}
