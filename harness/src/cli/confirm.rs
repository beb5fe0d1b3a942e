//! The worst that an exploration found, played again on real containers.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use super::exit::{Failure, report};
use crate::{
    check::Verdict,
    explore::{Confirmed, Findings, failures},
};

/// Plays so many of the smallest schedules on real containers, the worst first, one after the other,
/// each by a `filage run` of its own. Returns whether both worlds agree on all of them.
pub(super) fn worst(
    findings: &mut Findings,
    count: usize,
    dir: &Path,
    out: &Path,
) -> Result<bool, Failure> {
    let mut agreed = true;
    for minimal in findings.minimal.iter_mut().take(count) {
        let overlay = minimal.overlay.as_deref().expect("each overlay was saved");
        let stem = Path::new(overlay).file_stem().unwrap_or_default();
        let run = out.join("confirmed").join(stem);
        eprintln!("confirm {overlay} on real containers, in {}", run.display());
        let verdict = play(dir, overlay, &run)?;
        let seen = failures(&verdict);
        let worst = minimal.failures.iter().filter(|failure| failure.outcome == minimal.outcome);
        let as_bad = seen.iter().all(|failure| failure.outcome <= minimal.outcome);
        let agrees = as_bad && worst.into_iter().all(|failure| seen.contains(failure));
        agreed &= agrees;
        let run = run.display().to_string();
        minimal.confirmed = Some(Confirmed { agrees, failures: seen, run });
    }
    Ok(agreed)
}

/// A rehearsal in a process of its own: a signal ends it as it ends any other, and its world with it.
fn play(dir: &Path, overlay: &str, run: &Path) -> Result<Verdict, Failure> {
    let no_world = |error| Failure::no_world(report(error, None));
    let mut command = Command::new(std::env::current_exe().map_err(no_world)?);
    command.arg("run").arg(dir).args(["--world", "docker", "--format", "json", "--with", overlay]);
    let output = command.arg("--out").arg(run).stderr(Stdio::inherit()).output();
    let output = output.map_err(no_world)?;
    serde_json::from_slice(&output.stdout).map_err(|_| {
        let text = format!("`{overlay}` could not be played on real containers");
        let help = format!("play it alone: `filage run {} --with {overlay}`", dir.display());
        Failure::no_world(miette::miette!(help = help, "{text}"))
    })
}
