//! What the two programs share: the recorded connection in place of a network, and the report.

#![no_std]

pub mod recording;
pub mod report;
