//! The worlds that this build can play in, and what to say where it can play in none.

use std::{path::PathBuf, sync::Arc};

use super::{
    exit::{Failure, report},
    folder::Folder,
    progress::Progress,
    seams::rehearse,
};
use crate::{
    history::{Tee, Writer},
    plan::Plan,
    sim,
};

/// What a world has to know besides its plan.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "docker"),
    expect(dead_code, reason = "no world of this build keeps anything")
)]
pub(super) struct Stage {
    /// The run's id.
    pub(super) run: String,
    /// Where the scenario's files are.
    pub(super) scenario_dir: PathBuf,
    /// Whether it stays up afterwards.
    pub(super) keep: bool,
}

/// Plays the plan in the simulator; all that happens is in the folder's history.
pub(super) fn simulate(
    plan: Plan,
    given: &Arc<sim::Given>,
    run: &str,
    folder: &Folder,
    progress: &mut Progress,
) -> Result<(), Failure> {
    let failed = |error| Failure::no_world(report(error, None));
    let mut recorder = folder.recorder().map_err(|error| Failure::no_world(report(error, None)))?;
    let plan = Arc::new(plan);
    let mut world = sim::World::new(Arc::clone(&plan), Arc::clone(given));
    rehearse(run, &plan, &mut world, &mut Tee(&mut recorder, progress)).map_err(failed)?;
    Ok(())
}

/// What a history of the simulator is, byte for byte.
pub(super) fn simulated_bytes(
    plan: Plan,
    given: &Arc<sim::Given>,
    run: &str,
) -> Result<Vec<u8>, Failure> {
    let plan = Arc::new(plan);
    let mut bytes = vec![];
    let mut world = sim::World::new(Arc::clone(&plan), Arc::clone(given));
    rehearse(run, &plan, &mut world, &mut Writer::new(&mut bytes))
        .map_err(|error| Failure::no_world(report(error, None)))?;
    Ok(bytes)
}

pub(super) use with::{Finding, available, doctor, play, remove, sweep};

#[cfg(feature = "docker")]
mod with {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::{super::exit::Exit, *};
    use crate::docker;

    pub(in super::super) use crate::docker::{Finding, doctor};

    const HINT: &str = "run `filage doctor` to see what is missing and how to get it";

    /// Whether an engine answers.
    pub(in super::super) fn available() -> Result<(), Failure> {
        docker::available().map_err(no_world)
    }

    /// Removes what was left behind, and says what it was.
    pub(in super::super) fn sweep(all: bool, images: bool) -> Result<Vec<String>, Failure> {
        docker::sweep(docker::SweepOptions { all, images }).map_err(no_world)
    }

    /// Removes one run, and says what it was.
    pub(in super::super) fn remove(run: &str) -> Result<Vec<String>, Failure> {
        docker::remove(run).map_err(no_world)
    }

    /// Plays the plan; all that happens is in the folder's history.
    pub(in super::super) fn play(
        plan: Plan,
        stage: Stage,
        folder: &Folder,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        let mut recorder =
            folder.recorder().map_err(|error| Failure::no_world(report(error, None)))?;
        let plan = Arc::new(plan);
        let options = docker::Options {
            run: stage.run.clone(),
            scenario_dir: stage.scenario_dir,
            logs: folder.logs(),
            keep: stage.keep,
            progress: progress.notes(),
            interrupt: docker::Interrupt::new(),
        };
        stop_on_signal(options.interrupt.clone(), stage.keep);
        let mut world = docker::World::new(Arc::clone(&plan), options).map_err(no_world)?;
        rehearse(&stage.run, &plan, &mut world, &mut Tee(&mut recorder, progress))
            .map_err(|error| Failure::no_world(report(error, None)))?;
        Ok(())
    }

    fn no_world(error: docker::Error) -> Failure {
        let hint = if matches!(error, docker::Error::Interrupted) { None } else { Some(HINT) };
        Failure::no_world(report(error, hint))
    }

    /// The first signal ends the rehearsal, which takes the world down; people who press again
    /// are told that it goes on, and may leave it at that.
    fn stop_on_signal(interrupt: docker::Interrupt, keep: bool) {
        let signals = AtomicU32::new(0);
        let doing = if keep { "ending the rehearsal" } else { "taking the world down" };
        let handler = move || {
            match signals.fetch_add(1, Ordering::Relaxed) {
                0 => eprintln!("interrupted: {doing}"),
                1 => eprintln!("still {doing}; once more leaves the world as it is"),
                _ => {
                    eprintln!("left at once; `filage clean` removes what is left");
                    std::process::exit(Exit::Unknown as i32);
                }
            }
            interrupt.ask();
        };
        ctrlc::set_handler(handler).expect("a process plays one rehearsal");
    }
}

#[cfg(not(feature = "docker"))]
mod with {
    use super::*;

    /// What there is to know about this machine.
    pub(in super::super) struct Finding {
        pub(in super::super) name: String,
        pub(in super::super) ok: Option<bool>,
        pub(in super::super) found: String,
        pub(in super::super) advice: String,
    }

    pub(in super::super) fn doctor() -> Vec<Finding> {
        vec![Finding {
            name: "docker".to_owned(),
            ok: Some(false),
            found: "this build has no Docker world".to_owned(),
            advice: "build filage with its feature `docker`".to_owned(),
        }]
    }

    pub(in super::super) fn available() -> Result<(), Failure> {
        Err(none())
    }

    pub(in super::super) fn sweep(_: bool, _: bool) -> Result<Vec<String>, Failure> {
        Err(none())
    }

    pub(in super::super) fn remove(_: &str) -> Result<Vec<String>, Failure> {
        Err(none())
    }

    pub(in super::super) fn play(
        _: Plan,
        _: Stage,
        _: &Folder,
        _: &mut Progress,
    ) -> Result<(), Failure> {
        Err(none())
    }

    fn none() -> Failure {
        let help = "build filage with its feature `docker`";
        Failure::no_world(miette::miette!(help = help, "this build has no Docker world"))
    }
}
