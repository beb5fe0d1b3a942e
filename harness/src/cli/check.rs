//! `filage check`: every mistake at once, and nothing started.

use super::{
    args::{CheckArgs, ChoiceArgs},
    exit::{Exit, Failure},
    output::print,
    plan::resolved,
};

pub(super) fn main(args: &CheckArgs) -> Result<Exit, Failure> {
    let plan = resolved(&args.dir, &ChoiceArgs::nothing_special())?;
    print(&format!(
        "`{}` is well formed: {} hosts, {} services, {} steps, {} faults, {} lines of end state\n",
        plan.scenario,
        plan.hosts.len(),
        plan.services.len(),
        plan.steps.len(),
        plan.faults.len(),
        plan.end_state.len(),
    ));
    Ok(Exit::Pass)
}
