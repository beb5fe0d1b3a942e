//! The services of scenarios/proxgroup, on which nobody works: the operator sleeps for a while.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use crate::shell::{Failure, run, top};

/// The one step.
pub(super) const STEP: &str = "sleep";

/// Where a service says what writes to it, and what stands there.
const WRITER: &str = "    writer:";
const BELOW_WRITER: &str = "     ";

/// Makes the scenario in a folder: with what writes to its services, or with probes alone.
pub(super) fn scenario(folder: &Path, has_writers: bool) -> Result<PathBuf, Failure> {
    run(std::process::Command::new("cp").arg("-R").arg("scenarios/proxgroup").arg(folder))?;
    let made = quieten(&folder.join("scenario.yaml"), has_writers).and_then(|()| {
        let script = folder.join("scripts/sleep.sh");
        fs::write(&script, "#!/bin/sh\nexec sleep 30\n")?;
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755))
    });
    made.map_err(|error| Failure::new(format!("{}: {error}", folder.display())))?;
    Ok(top().join(folder))
}

/// Puts the one step in the place of all steps, faults and expectations, which come last.
fn quieten(path: &Path, has_writers: bool) -> std::io::Result<()> {
    let text = fs::read_to_string(path)?;
    let (services, _) = text.split_once("\nsteps:\n").ok_or_else(|| {
        std::io::Error::other("scenarios/proxgroup has no `steps:` between services and faults")
    })?;
    let mut is_writer = false;
    let is_meant = |line: &&str| {
        is_writer = *line == WRITER || is_writer && line.starts_with(BELOW_WRITER);
        // Where nothing can be undone, no time is set for it.
        !line.starts_with("  abort:") && (has_writers || !is_writer)
    };
    let services: Vec<_> = services.lines().filter(is_meant).collect();
    let services = services.join("\n");
    if services.contains("writer:") != has_writers {
        return Err(std::io::Error::other("the writers of scenarios/proxgroup are not found"));
    }
    fs::write(path, format!("{services}\nsteps:\n  - id: {STEP}\n    run: scripts/sleep.sh\n"))
}
