//! The examples, run as a user runs them.
//!
//! `cargo test` builds them; `cargo test --test NAME` alone does not.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// The runner that cargo is configured to use, if another CPU is emulated.
pub fn runner() -> Option<String> {
    let start = format!("CARGO_TARGET_{}", std::env::consts::ARCH.to_uppercase());
    std::env::vars()
        .find(|(name, _)| name.starts_with(&start) && name.ends_with("_RUNNER"))
        .map(|(_, runner)| runner)
}

/// Stops where what would be tested is not there, or is an old build.
fn assert_fresh(program: &Path) {
    let modified = |path: &Path| std::fs::metadata(path).and_then(|it| it.modified());
    let build = "build it with: cargo build --examples";
    let Ok(built) = modified(program) else {
        panic!("{program:?} is not there; {build}");
    };
    let sources = std::fs::read_to_string(program.with_extension("d")).unwrap();
    for source in sources.split_whitespace() {
        if let Ok(changed) = modified(Path::new(source)) {
            assert!(changed <= built, "{source} has changed; {build}");
        }
    }
}

/// The example of this name, run in the crate's directory.
pub fn example(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let path: PathBuf =
        profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert_fresh(&path);
    let mut command = match runner() {
        Some(runner) => {
            let mut words = runner.split_whitespace();
            let mut command = Command::new(words.next().expect("a runner has a name"));
            command.args(words).arg(path);
            command
        }
        None => Command::new(path),
    };
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// An example that listens on a port of its own; it is ended with this value.
pub struct Server {
    pub child: Child,
    pub address: String,
    /// What it said before it listened.
    pub said: Vec<String>,
    /// Kept open, so that it can go on to write.
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
