//! The worst that an exploration found, played again on real containers.

use std::{
    collections::BTreeSet,
    path::Path,
    process::{Command, Stdio},
};

use super::{
    exit::{Failure, report},
    explore::Setting,
};
use crate::{
    check::Verdict,
    explore::{self, Confirmed, Findings, Outcome, Watcher, failures},
};

/// Plays so many of the smallest schedules on real containers, the worst first, one after the other,
/// each by a `filage run` of its own. Returns whether both worlds agree on all of them; they do not where
/// somebody ended it before.
pub(super) fn worst(findings: &mut Findings, setting: &Setting) -> Result<bool, Failure> {
    let mut agreed = true;
    for minimal in findings.minimal.iter_mut().take(setting.args.confirm) {
        let overlay = minimal.overlay.as_deref().expect("each overlay was saved");
        minimal.confirmed = played(setting, overlay, minimal.outcome, &minimal.failures)?;
        let Some(confirmed) = &minimal.confirmed else { return Ok(false) };
        agreed &= confirmed.agrees;
    }
    Ok(agreed)
}

/// Plays an overlay on real containers, and says whether it is as bad there as it is simulated, and in the
/// same way. Nothing where somebody ends it.
pub(super) fn played(
    setting: &Setting,
    overlay: &str,
    outcome: Outcome,
    simulated: &BTreeSet<explore::Failure>,
) -> Result<Option<Confirmed>, Failure> {
    let is_over = || setting.follower.is_interrupted();
    if is_over() {
        return Ok(None);
    }
    let name = Path::new(overlay).file_stem().unwrap_or_default();
    let run = setting.out.join("confirmed").join(name);
    eprintln!("confirm {overlay} on real containers, in {}", run.display());
    let verdict = play(&setting.args.dir, overlay, &run);
    if is_over() {
        return Ok(None);
    }
    let seen = failures(&verdict?);
    let mut worst = simulated.iter().filter(|failure| failure.outcome == outcome);
    let as_bad = seen.iter().all(|failure| failure.outcome <= outcome);
    let agrees = as_bad && worst.all(|failure| seen.contains(failure));
    Ok(Some(Confirmed { agrees, failures: seen, run: run.display().to_string() }))
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
