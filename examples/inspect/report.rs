//! The figures of a stream, and of all streams together.

use crate::stream::Sizes;
use std::ops::Add;
use std::time::Duration;

#[derive(Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) frames: u64,
    pub(crate) messages: u64,
    pub(crate) payload_bytes: u64,
    /// The messages that were compressed, as they were sent.
    pub(crate) compressed: Tally,
    /// Those of them that were inflated, after that.
    pub(crate) inflated: Tally,
}

/// A number of messages and of their bytes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
}

impl Counts {
    pub(crate) fn frame(&mut self, payload_len: u64) {
        self.frames = self.frames.saturating_add(1);
        self.payload_bytes = self.payload_bytes.saturating_add(payload_len);
    }

    /// Counts a message that has ended, with its sizes if it was compressed.
    pub(crate) fn message(&mut self, sizes: Option<Sizes>) {
        self.messages = self.messages.saturating_add(1);
        let Some(Sizes { compressed, inflated }) = sizes else { return };
        self.compressed = self.compressed + Tally { messages: 1, bytes: compressed };
        if let Some(bytes) = inflated {
            self.inflated = self.inflated + Tally { messages: 1, bytes };
        }
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            messages: self.messages.saturating_add(other.messages),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            frames: self.frames.saturating_add(other.frames),
            messages: self.messages.saturating_add(other.messages),
            payload_bytes: self.payload_bytes.saturating_add(other.payload_bytes),
            compressed: self.compressed + other.compressed,
            inflated: self.inflated + other.inflated,
        }
    }
}

pub(crate) struct StreamReport {
    /// The file's name in a readable form.
    pub(crate) file: String,
    pub(crate) counts: Counts,
    /// All bytes up to the end or the fault, including the head and headers.
    pub(crate) bytes: u64,
    pub(crate) elapsed: Duration,
    pub(crate) failed: bool,
}

impl StreamReport {
    pub(crate) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            counts: Counts::default(),
            bytes: 0,
            elapsed: Duration::ZERO,
            failed: false,
        }
    }
}

#[derive(Default)]
pub(crate) struct Total {
    pub(crate) counts: Counts,
    pub(crate) bytes: u64,
    pub(crate) elapsed: Duration,
    pub(crate) errors: u64,
}

impl Total {
    pub(crate) fn of(streams: &[StreamReport]) -> Self {
        let sum = |value: fn(&StreamReport) -> u64| streams.iter().map(value).sum();
        Self {
            counts: streams.iter().map(|stream| stream.counts).fold(Counts::default(), Add::add),
            bytes: sum(|stream| stream.bytes),
            elapsed: streams.iter().map(|stream| stream.elapsed).sum(),
            errors: sum(|stream| stream.failed.into()),
        }
    }

    /// In megabytes (10⁶ bytes) per second.
    pub(crate) fn throughput(&self) -> f64 {
        if self.elapsed.is_zero() {
            return 0.0;
        }
        self.bytes as f64 / self.elapsed.as_secs_f64() / 1e6
    }
}
