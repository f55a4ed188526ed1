//! The process of a server. Reads `/proc`, so it needs Linux.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A program that echoes messages.
pub struct Program {
    pub name: &'static str,
    pub is_ours: bool,
    arguments: &'static [&'static str],
    /// Added where messages are compressed; `None` if the program does not compress.
    deflate: Option<&'static [&'static str]>,
}

pub const PROGRAMS: [Program; 8] = [
    Program {
        name: "echo",
        is_ours: true,
        arguments: &["--addr", "127.0.0.1:0"],
        deflate: Some(&[]),
    },
    Program { name: "wsparse-tokio", is_ours: true, arguments: &[], deflate: Some(DEFLATE) },
    Program { name: "tungstenite", is_ours: false, arguments: &[], deflate: None },
    Program { name: "tokio-tungstenite", is_ours: false, arguments: &[], deflate: None },
    Program { name: "fastwebsockets", is_ours: false, arguments: &[], deflate: None },
    Program { name: "tokio-websockets", is_ours: false, arguments: &[], deflate: None },
    Program { name: "yawc", is_ours: false, arguments: &[], deflate: Some(DEFLATE) },
    Program { name: "sockudo-ws", is_ours: false, arguments: &[], deflate: Some(DEFLATE) },
];
const DEFLATE: &[&str] = &["--deflate"];

/// A program that runs, on one core. It is killed at the end.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Starts a program of this folder, and waits until it listens. Returns `None` if it does not
    /// compress and should.
    pub fn start(
        folder: &Path,
        program: &Program,
        core: &str,
        deflate: bool,
    ) -> io::Result<Option<Self>> {
        let more = match (deflate, program.deflate) {
            (true, None) => return Ok(None),
            (true, Some(arguments)) => arguments,
            (false, _) => &[],
        };
        let mut child = Command::new("taskset")
            .args(["-c", core])
            .arg(folder.join(program.name))
            .args(program.arguments)
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut line = String::new();
        let stdout = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim_end().strip_prefix("listening on http://");
        let address = address.and_then(|address| address.trim_end_matches('/').parse().ok());
        match address {
            Some(address) => Ok(Some(Self { child, address })),
            None => {
                _ = child.kill();
                Err(io::Error::other(format!("{} does not listen", program.name)))
            }
        }
    }

    /// The time that the process has used a CPU, in user and kernel mode.
    ///
    /// Not from `/proc/PID/stat`, which counts in steps of 10 ms.
    pub fn cpu_time(&self) -> io::Result<Duration> {
        let mut nanoseconds = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let stat = fs::read_to_string(task?.path().join("schedstat"))?;
            nanoseconds += stat.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// The resident memory in bytes.
    pub fn memory(&self) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kib =
            status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next());
        Ok(kib.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) << 10)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
