//! The `filage` program, called as a user calls it.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{self, Output},
};

use crate::wait::PATIENCE;

/// Where the program lies: beside the folder of the test that runs.
pub fn path() -> PathBuf {
    beside_tests("filage")
}

fn beside_tests(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it lies");
    let profile = test.parent().and_then(Path::parent).expect("tests lie in PROFILE/deps");
    let program = profile.join(name);
    assert!(
        program.exists(),
        "`{}` is missing; `cargo xtask test` builds it, and so does `cargo build --workspace`",
        program.display()
    );
    program
}

/// What a call of the program came to.
#[derive(Debug)]
pub struct Said {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}

impl Said {
    /// The same, if the exit code is as expected.
    #[track_caller]
    pub fn with_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

/// The program with these arguments, run to its end in the repository's top.
pub fn filage<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Said {
    run(command().args(arguments))
}

/// The program, to be given arguments. What it reads from its surroundings is always the same.
pub fn command() -> assert_cmd::Command {
    assert_cmd::Command::from_std(process())
}

/// The chores, as `cargo xtask` calls them; what they would have cargo build is there already.
pub fn xtask() -> assert_cmd::Command {
    let program = beside_tests("xtask");
    let target = program.parent().and_then(Path::parent).expect("it lies in TARGET/PROFILE");
    let mut command = assert_cmd::Command::new(&program);
    command.current_dir(crate::top()).env("NO_COLOR", "1").env_remove("FILAGE_LOG");
    command.env("CARGO", "true").env("CARGO_TARGET_DIR", target);
    command
}

/// The same, for tests that do more with it than wait for its end.
pub fn process() -> process::Command {
    let mut command = process::Command::new(path());
    command.current_dir(crate::top()).env("NO_COLOR", "1").env_remove("FILAGE_LOG");
    command
}

/// Runs the program to its end.
pub fn run(command: &mut assert_cmd::Command) -> Said {
    let output = command.timeout(PATIENCE).output();
    output.unwrap_or_else(|error| panic!("the program did not start: {error}")).into()
}
