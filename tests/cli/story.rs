//! What exploring has to find in the story of `scenarios/proxgroup`: by itself, at every step; and given
//! among others that do no harm, from which it has to come out alone.

use std::{collections::BTreeMap, fs};

use filage::{
    base::StepId,
    explore::{
        Failure, Findings, Limits, Minimal, Mishap, Moment, Nobody, Outcome, Schedule, abort,
        explore, smallest,
    },
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
    let harmless = [Mishap::skipped(step("look-at-network")), old_cut_off];
    let schedule = Schedule::of(&plan).and(harmless).and([Mishap::skipped(step(forgotten))]);
    let failure = Failure { outcome, what: what.to_owned() };
    smallest(&plan, given, schedule, &failure).to_string()
}

#[test]
fn a_port_that_nobody_frees_breaks_the_budget_of_mail() {
    assert_eq!(
        found("free-port-25", Outcome::BudgetBroken, "mail"),
        "fault `exim-holds-port-25` of the scenario; step `free-port-25` is left out"
    );
}

#[test]
fn a_switch_without_a_lowered_ttl_strands_clients() {
    for forgotten in ["lower-ttl", "old-ttl-runs-out"] {
        assert_eq!(
            found(forgotten, Outcome::BudgetBroken, "doh"),
            format!("step `{forgotten}` is left out")
        );
    }
}

#[test]
fn data_that_nobody_transfers_loses_writes() {
    assert_eq!(
        found("transfer-links", Outcome::DataLost, "links"),
        "step `transfer-links` is left out"
    );
}

#[test]
fn what_people_do_wrong_is_found_without_being_told() {
    let (plan, given) = story();
    let findings = explore(&plan, given, Limits { pairs: 0, random: 0, threads: 2 }, &Nobody);
    let exim = "fault `exim-holds-port-25` of the scenario; ";
    for (schedule, outcome, what) in [
        (&*format!("{exim}step `free-port-25` is left out"), Outcome::BudgetBroken, "mail"),
        ("step `lower-ttl` is left out", Outcome::BudgetBroken, "doh"),
        ("step `point-doh` is done too early, before `lower-ttl`", Outcome::BudgetBroken, "doh"),
        ("step `start-db` is done too early, before `transfer-db`", Outcome::DataLost, "db"),
        ("step `transfer-links` is left out", Outcome::DataLost, "links"),
        ("step `start-links` is done on `old` instead", Outcome::DataLost, "links"),
        // A copy of what is still written to is none, and the step sees that.
        (
            "step `transfer-links` is done too early, before `stop-links`",
            Outcome::Stuck,
            "migration",
        ),
    ] {
        let minimal = minimal(&findings, schedule);
        let failure = Failure { outcome, what: what.to_owned() };
        assert!(minimal.failures.contains(&failure), "{schedule}: {:?}", minimal.failures);
        assert_eq!(minimal.outcome, outcome, "{schedule}: it is the worst of it");
    }
}

#[track_caller]
fn minimal<'a>(findings: &'a Findings, schedule: &str) -> &'a Minimal {
    let all: Vec<_> = findings.minimal.iter().map(|it| it.schedule.to_string()).collect();
    let found = findings.minimal.iter().find(|it| it.schedule.to_string() == schedule);
    found.unwrap_or_else(|| panic!("`{schedule}` is none of\n{}", all.join("\n")))
}

#[test]
fn there_is_a_way_back_from_every_step_and_a_look_over_the_console_is_over_before_it_breaks_off() {
    let (plan, given) = story();
    let aborts = abort(&plan, given, 2, &Nobody);
    assert_eq!(aborts.count(Outcome::Survived), aborts.cells.len(), "{:#?}", aborts.cells);
    assert!(aborts.point_of_no_return.is_none());
    let moments = |id: &str| -> Vec<Moment> {
        let cells = aborts.cells.iter().filter(|cell| cell.step == step(id));
        cells.map(|cell| cell.moment).collect()
    };
    // On real hosts it takes a sixth of a second: nobody has to log in.
    assert_eq!(moments("look-at-network"), [Moment::Before, Moment::After]);
    assert_eq!(moments("first-login"), [Moment::Before, Moment::During, Moment::After]);
}
