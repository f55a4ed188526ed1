#![no_std]
#![doc = include_str!("../README.md")]

mod close_code;
mod error;
mod frame;
mod header;
mod mask;
mod simd;
mod status;

pub use close_code::CloseCode;
pub use error::{Error, Rule};
pub use frame::{Frame, Frames};
pub use header::{Header, HeaderView, Opcode, Rsv};
pub use mask::{copy_masked, unmask, unmask_from};
pub use status::Status;
