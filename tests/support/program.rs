//! The examples, run as a user would run them.
//!
//! `cargo test` builds them; `cargo test --test NAME` alone does not.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// Returns the command that cargo is configured to run programs with, if another CPU is emulated.
pub fn runner() -> Option<String> {
    let start = format!("CARGO_TARGET_{}", std::env::consts::ARCH.to_uppercase());
    std::env::vars()
        .find(|(name, _)| name.starts_with(&start) && name.ends_with("_RUNNER"))
        .map(|(_, runner)| runner)
}

/// Panics if the program has not been built, or not since its sources changed.
fn assert_fresh(program: &Path) {
    let modified = |path: &Path| std::fs::metadata(path).and_then(|it| it.modified());
    let build = "build it with: cargo build --examples";
    let Ok(built) = modified(program) else {
        panic!("{program:?} does not exist; {build}");
    };
    let sources = std::fs::read_to_string(program.with_extension("d")).unwrap();
    for source in sources.split_whitespace() {
        if let Ok(changed) = modified(Path::new(source)) {
            assert!(changed <= built, "{source} has changed; {build}");
        }
    }
}

/// Returns the command for the example of this name, in the crate's directory.
pub fn example(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let path: PathBuf =
        profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert_fresh(&path);
    let mut command = match runner() {
        Some(runner) => {
            let mut words = runner.split_whitespace();
            let mut command = Command::new(words.next().expect("a runner is a command"));
            command.args(words).arg(path);
            command
        }
        None => Command::new(path),
    };
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// Returns a value of the process's status, such as `VmRSS:`, in KiB.
#[cfg(target_os = "linux")]
pub fn memory(process: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let value = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    value.trim().trim_end_matches(" kB").parse().unwrap()
}

/// An example that listens on a free port. It is killed when this value is dropped.
pub struct Server {
    pub child: Child,
    pub address: String,
    /// The lines that it printed before its address.
    pub said: Vec<String>,
    /// Kept open, so that the program can continue to write.
    pub stdout: BufReader<ChildStdout>,
}

impl Server {
    pub fn start(name: &str, arguments: &[&str]) -> Self {
        let mut child = example(name)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut server = Self { child, address: String::new(), said: Vec::new(), stdout };
        loop {
            let mut line = String::new();
            assert_ne!(server.stdout.read_line(&mut line).unwrap(), 0, "{name} does not listen");
            let line = line.trim_end();
            if let Some(address) = line.strip_prefix("listening on ") {
                server.address = address.to_owned();
                return server;
            }
            server.said.push(line.to_owned());
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
