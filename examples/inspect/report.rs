//! The figures of a stream, and of all streams together.

use crate::stream::Counts;
use std::time::Duration;

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
            counts: Counts {
                frames: sum(|stream| stream.counts.frames),
                messages: sum(|stream| stream.counts.messages),
                payload_bytes: sum(|stream| stream.counts.payload_bytes),
            },
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
