//! `filage explore --abort`: the way back from every step.

use super::{
    confirm,
    exit::{Exit, Failure},
    explore::Setting,
};
use crate::{
    explore::{Abort, Aborts, Outcome, abort},
    report::explored::aborts::{html, human},
};

pub(super) fn main(setting: Setting) -> Result<Exit, Failure> {
    let Setting { plan, given, follower, threads, .. } = &setting;
    let mut aborts = abort(plan, given.clone(), *threads, follower);
    aborts.wall_seconds = follower.finish();
    setting.save_all(&mut aborts.minimal)?;
    let confirmed = confirm_worst(&mut aborts, &setting)?;
    let report = setting.write(&aborts, &html(&aborts, &setting.play()))?;
    setting.tell(&aborts, report, |options| human(&aborts, options));
    Ok(exit(&aborts, confirmed))
}

/// Plays so many moments on real containers, the worst first. Returns whether both worlds agree on all; they do
/// not where somebody ended it before.
fn confirm_worst(aborts: &mut Aborts, setting: &Setting) -> Result<bool, Failure> {
    let mut agreed = true;
    for place in aborts.worst_first().into_iter().take(setting.args.confirm) {
        let cell = &mut aborts.cells[place];
        let Abort { step, moment, outcome, .. } = &*cell;
        let name = format!("{moment}-{step}.yaml");
        let about = format!("broken off {moment} `{step}` and rolled back: {outcome}");
        let overlay = setting.save(&cell.schedule(&setting.plan), &name, &about)?;
        cell.confirmed = confirm::played(setting, &overlay, cell.outcome, &cell.failures)?;
        cell.overlay = Some(overlay);
        let Some(confirmed) = &cell.confirmed else { return Ok(false) };
        agreed &= confirmed.agrees;
    }
    Ok(agreed)
}

/// What all of it comes to. That the worlds disagree on a moment leaves it open who is right.
fn exit(aborts: &Aborts, confirmed: bool) -> Exit {
    match aborts.worst() {
        Outcome::Stuck | Outcome::BudgetBroken | Outcome::DataLost => Exit::Fail,
        Outcome::Unknown => Exit::Unknown,
        Outcome::Survived if aborts.partial || !confirmed => Exit::Unknown,
        Outcome::Survived => Exit::Pass,
    }
}
