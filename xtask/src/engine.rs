//! A Docker Engine that runs: started where it is installed, asked for where it is not.

use std::{
    os::unix::net::UnixStream,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::shell::Failure;

const SOCKET: &str = "/var/run/docker.sock";

/// Makes sure that an engine answers.
pub(crate) fn ensure_running() -> Result<(), Failure> {
    if std::env::var_os("DOCKER_HOST").is_some() || answers() {
        return Ok(());
    }
    if !installed("dockerd") {
        return Err(Failure::new(
            "no Docker Engine is installed; on Debian, as root: `apt-get install docker.io`",
        ));
    }
    eprintln!("the Docker Engine is installed but does not run: starting it");
    let started = [("systemctl", ["start", "docker"]), ("service", ["docker", "start"])]
        .iter()
        .any(|(program, arguments)| {
            let quiet = Command::new(program)
                .args(arguments)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            quiet.is_ok_and(|status| status.success())
        });
    if started && wait_until_it_answers() {
        return Ok(());
    }
    Err(Failure::new(
        "the Docker Engine does not answer and could not be started; as root: \
         `systemctl start docker` (or `service docker start`); then try again as a user who may \
         use its socket (`usermod -aG docker USER`)",
    ))
}

fn answers() -> bool {
    UnixStream::connect(SOCKET).is_ok()
}

#[expect(
    clippy::disallowed_methods,
    reason = "waits for a daemon of the machine, outside every rehearsal"
)]
fn wait_until_it_answers() -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(30) {
        if answers() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    false
}

fn installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .any(|folder| Path::new(&folder).join(program).exists())
}
