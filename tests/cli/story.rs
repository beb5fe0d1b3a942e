//! What exploring has to find in the story of `scenarios/proxgroup`: each of these is given among others
//! that do no harm, and has to come out alone.

use std::{collections::BTreeMap, fs};

use filage::{
    base::StepId,
    explore::{Failure, Mishap, Outcome, Schedule, smallest},
    fault::{Kind, NetworkDown, Trigger},
    plan::{Choices, Plan, resolve},
    scenario::load,
    sim::{Given, files_looked_into},
};

fn story() -> (Plan, Given) {
    let folder = filage_tests::top().join("scenarios/proxgroup");
    let scenario = load(&folder).expect("the story is well formed");
    let plan = resolve(&scenario, &Choices::default()).expect("nothing is chosen");
    let read = |path: &str| (path.to_owned(), fs::read(folder.join(path)).expect("it is there"));
    let files: BTreeMap<_, _> = files_looked_into(&plan).into_iter().map(read).collect();
    (plan, Given { files, ..Given::default() })
}

fn step(id: &str) -> StepId {
    id.parse().expect("it is an id")
}

/// Makes a forgotten step among harmless mishaps small, for this failure.
fn found(forgotten: &str, outcome: Outcome, what: &str) -> String {
    let (plan, given) = story();
    let old_cut_off = Mishap::Fault {
        kind: Kind::NetworkDown(NetworkDown { on: "old".parse().expect("it is an id") }),
        from: Trigger::After(step("point-mail")),
        lasts: None,
    };
    let harmless = [Mishap::Skipped(step("look-at-network")), old_cut_off];
    let schedule = Schedule::of(&plan).and(harmless).and([Mishap::Skipped(step(forgotten))]);
    let failure = Failure { outcome, what: what.to_owned() };
    smallest(&plan, given, schedule, &failure).to_string()
}

#[test]
fn a_port_that_nobody_frees_breaks_the_budget_of_mail() {
    assert_eq!(
        found("free-port-25", Outcome::BudgetBroken, "mail"),
        "fault `exim-holds-port-25` of the scenario; step `free-port-25` is skipped"
    );
}

#[test]
fn a_switch_without_a_lowered_ttl_strands_clients() {
    for forgotten in ["lower-ttl", "old-ttl-runs-out"] {
        assert_eq!(
            found(forgotten, Outcome::BudgetBroken, "doh"),
            format!("step `{forgotten}` is skipped")
        );
    }
}

#[test]
fn data_that_nobody_transfers_loses_writes() {
    assert_eq!(
        found("transfer-mail", Outcome::DataLost, "mail"),
        "step `transfer-mail` is skipped"
    );
}
