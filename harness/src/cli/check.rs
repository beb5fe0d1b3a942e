//! `filage check`: every mistake at once, and nothing started.

use super::{
    args::{CheckArgs, ChoiceArgs},
    exit::{Exit, Failure},
    output::print,
    plan::resolved,
};

pub(super) fn main(args: CheckArgs) -> Result<Exit, Failure> {
    let plan = resolved(&args.dir, &ChoiceArgs::of(args.with))?;
    print(&format!(
        "`{}` is well formed: {}, {}, {}, {}, {} of end state\n",
        plan.scenario,
        counted(plan.hosts.len(), "host"),
        counted(plan.services.len(), "service"),
        counted(plan.steps.len(), "step"),
        counted(plan.faults.len(), "fault"),
        counted(plan.end_state.len(), "line"),
    ));
    Ok(Exit::Pass)
}

fn counted(number: usize, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{ending}")
}
