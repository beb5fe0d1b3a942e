//! Whatever one world knows the other knows: each verb, each fault, each probe. The compiler sees to
//! it that each world has an arm for each of them (`verbs/mod.rs`, `faults/mod.rs`, and for probes
//! `docker/probes/session.rs` and `sim/probes.rs`); these tests, that none is without a proof.

use std::collections::BTreeSet;

use filage::{
    check::Ruling,
    plan::{Choices, Fate, FaultChoice, Plan, resolve},
    scenario::{load, schema},
};
use filage_tests::{rehearsal::play_in, scenario::Scenario};
use serde_json::{Value, json};

use super::cases::{CASES, Case};

/// The words of which exactly one is a key of this part of a scenario.
fn words_of(part: &str) -> BTreeSet<String> {
    let schema = schema();
    let alternatives = schema["$defs"][part]["oneOf"].as_array();
    let alternatives = alternatives.unwrap_or_else(|| panic!("`{part}` is one of several"));
    let word = |it: &Value| it["required"][0].as_str().map(str::to_owned);
    let words: BTreeSet<String> = alternatives.iter().filter_map(word).collect();
    assert!(words.len() > 1, "{part}: {words:?}");
    words
}

/// What a case plays, everything but the forgotten steps.
fn plan(case: &Case) -> Plan {
    let scenario = load(&(case.scenario)().dir()).unwrap_or_else(|error| panic!("{error:?}"));
    let after = |option: &str| {
        let pairs = case.arguments.windows(2).filter(move |pair| pair[0] == option);
        pairs.map(|pair| pair[1].to_owned()).collect::<Vec<_>>()
    };
    let faults = match after("--fault").as_slice() {
        [] if case.arguments.contains(&"--no-faults") => FaultChoice::None,
        [] => FaultChoice::All,
        ids => FaultChoice::Only(ids.iter().map(|id| id.parse().expect("an id")).collect()),
    };
    let skip = after("--skip").iter().map(|id| id.parse().expect("an id")).collect();
    let until = after("--until").first().map(|id| id.parse().expect("an id"));
    resolve(&scenario, &Choices { faults, skip, until, ..Choices::default() })
        .unwrap_or_else(|error| panic!("{}: {error}", case.title()))
}

#[test]
fn there_are_enough_cases_and_each_is_one() {
    let titles: BTreeSet<String> = CASES.iter().map(Case::title).collect();
    assert_eq!(titles.len(), CASES.len(), "{titles:#?}");
    assert!(CASES.len() >= 25);
    let short = CASES.iter().filter(|case| case.short).count();
    assert!((4..=8).contains(&short), "{short} cases are played on real hosts in every test");
}

#[test]
fn every_verb_is_in_a_case() {
    let plans: Vec<Plan> = CASES.iter().map(plan).collect();
    let steps = plans.iter().flat_map(|plan| &plan.steps).filter(|step| step.fate == Fate::Play);
    let played: BTreeSet<String> = steps.map(|step| step.verb.word().to_owned()).collect();
    assert_eq!(played, words_of("Step"));
}

#[test]
fn every_fault_is_in_a_case() {
    let plans: Vec<Plan> = CASES.iter().map(plan).collect();
    let faults = plans.iter().flat_map(Plan::active_faults);
    let played: BTreeSet<String> = faults.map(|(_, it)| it.kind.word().to_owned()).collect();
    assert_eq!(played, words_of("Fault"));
}

/// A probe of each kind.
fn probes() -> Vec<(&'static str, Value)> {
    vec![
        ("tcp", json!({ "port": 8080 })),
        ("http", json!({ "port": 8080 })),
        ("https", json!({ "port": 8080 })),
        ("dns", json!({ "port": 8080, "query": "hello.twins.example" })),
        ("doh", json!({ "port": 8080, "query": "hello.twins.example" })),
        ("smtp", json!({ "port": 8080 })),
        ("imap", json!({ "port": 8080, "user": "me", "password": "x" })),
        ("ssh", json!({ "port": 8080 })),
        ("sql", json!({ "port": 8080, "user": "me", "password": "x", "database": "mine" })),
        ("command", json!({ "run": "scripts/ask.sh" })),
    ]
}

#[test]
fn every_probe_tells_up_from_down_in_the_simulator() {
    let known: BTreeSet<String> = probes().iter().map(|(word, _)| (*word).to_owned()).collect();
    assert_eq!(known, words_of("Probe"), "a probe without a twin, or without a line here");
    for (word, arguments) in probes() {
        let scenario = || {
            Scenario::of_tests("twins").script("ask.sh", "exit 0").with(
                "    probe: { http: { port: 8080, expect: { contains: hello } } }\n",
                &format!("    probe: {}\n", json!({ word: arguments })),
            )
        };
        let played = play_in("sim", scenario(), &[]);
        let service = played.service("hello");
        let samples = service.samples;
        assert_eq!(service.verdict, Ruling::Pass, "{word}: {:#?}", played.verdict.reasons);
        assert!(samples.up > 0 && samples.down + samples.none == 0, "{word}: {samples:?}");
        let forgetful = ["--skip", "start-hello", "--skip", "new-answers"];
        let played = play_in("sim", scenario(), &forgetful);
        let service = played.service("hello");
        assert_eq!(service.verdict, Ruling::Fail, "{word}: {:#?}", service);
        assert!(service.samples.down > 0, "{word}: {:?}", service.samples);
    }
}
