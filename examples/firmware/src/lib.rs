//! What the two programs share: the start, a recorded connection in place of a network, and the report.

#![no_std]

pub mod recording;
pub mod report;
pub mod stack;

#[cfg(target_arch = "arm")]
pub use cortex_m_rt::entry;
#[cfg(target_arch = "riscv32")]
pub use riscv_rt::entry;
