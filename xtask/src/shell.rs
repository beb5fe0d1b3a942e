//! Calling programs from the repository's top.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A chore that could not be done.
pub(crate) struct Failure {
    pub(crate) what: String,
    pub(crate) code: u8,
}

impl Failure {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), code: 1 }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// The repository's top.
pub(crate) fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").into()
}

/// Runs cargo.
pub(crate) fn cargo(arguments: &[&str]) -> Result<(), Failure> {
    run(cargo_command().args(arguments))
}

/// Cargo, to be called with arguments.
pub(crate) fn cargo_command() -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    // What cargo told us about xtask is none of the inner cargo's business: build scripts that look
    // at it would run again, and all that depends on them be built again.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|of| text.starts_with(of)) {
            command.env_remove(&name);
        }
    }
    command
}

/// The same call, ended with all that it began when the time is up (exit 124).
pub(crate) fn bounded(command: &Command, time: &str) -> Command {
    let mut bounded = Command::new("timeout");
    bounded.args(["--kill-after=1m", time]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => bounded.env(name, value),
            None => bounded.env_remove(name),
        };
    }
    bounded
}

/// The program, as it was built with a profile.
pub(crate) fn filage(profile: &str) -> Command {
    program(profile, "filage")
}

/// A program of this repository, as it was built with a profile.
pub(crate) fn program(profile: &str, name: &str) -> Command {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| top().join("target"), Into::into);
    Command::new(target.join(profile).join(name))
}

/// Runs a program; its exit code becomes ours.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.current_dir(top()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure {
            what: format!("{} ended with {status}", shown(command)),
            code: status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1),
        }),
        Err(error) => Err(Failure::new(format!("{} did not start: {error}", shown(command)))),
    }
}

/// Runs a program and gives back what it printed.
pub(crate) fn output(command: &mut Command) -> Result<Vec<u8>, Failure> {
    match command.current_dir(top()).output() {
        Ok(output) if output.status.success() => Ok(output.stdout),
        Ok(output) => Err(Failure::new(format!(
            "{} ended with {}: {}",
            shown(command),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ))),
        Err(error) => Err(Failure::new(format!("{} did not start: {error}", shown(command)))),
    }
}

/// Writes a file of the repository.
pub(crate) fn write(path: &str, content: &[u8]) -> Result<(), Failure> {
    let path = top().join(path);
    let folder = path.parent().expect("a file lies in a folder");
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&path, content))
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
