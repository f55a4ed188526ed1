//! What is measured.

use std::fmt;

/// How many bytes are on their way on a connection of a pipelined row, and how many messages at most.
const WINDOW: usize = 64 << 10;
const MAX_DEPTH: usize = 32;

/// A row of the tables of speed.
pub struct Row {
    pub connections: usize,
    /// The length of a message in bytes.
    pub len: usize,
    /// How many messages are on their way on each connection.
    pub depth: usize,
    pub deflate: bool,
}

impl Row {
    pub fn all() -> Vec<Self> {
        let mut rows = Vec::new();
        for deflate in [false, true] {
            for is_pipelined in [false, true] {
                for connections in [64, 500] {
                    for len in [20, 1 << 10, 16 << 10, 100 << 10] {
                        let depth =
                            if is_pipelined { (WINDOW / len).clamp(2, MAX_DEPTH) } else { 1 };
                        // 20 bytes are too few to be compressed.
                        if !deflate || len > 20 {
                            rows.push(Self { connections, len, depth, deflate });
                        }
                    }
                }
            }
        }
        rows
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × ", self.connections)?;
        match self.len {
            len if len < 1 << 10 => write!(f, "{len} B")?,
            len => write!(f, "{} KiB", len >> 10)?,
        }
        match self.depth {
            1 => f.write_str(", ping-pong")?,
            depth => write!(f, ", pipelined by {depth}")?,
        }
        f.write_str(if self.deflate { ", deflate" } else { "" })
    }
}
