//! The examples, run as a user runs them.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests fail by panicking"
)]

pub mod echo;

use std::path::Path;
use std::process::{Command, Stdio};

/// What stands before the program where another CPU is emulated, as cargo is told it.
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

/// One of them, with pipes for what it reads and writes.
pub fn command(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let path = profile.join("examples").join(name);
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
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}
