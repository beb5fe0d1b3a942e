//! Overlays: what lies over a scenario, and the mistakes in it.

use insta::assert_snapshot;

use super::{
    super::{Base, Overlay},
    Fixture,
    broken::SMALL,
    read,
};

/// The small scenario with a fault of its own.
fn scenario() -> String {
    format!("{SMALL}faults:\n  own: {{ from: start, network-down: {{ on: new }} }}\n")
}

fn parse(overlay: &str) -> Result<Overlay, super::Mistakes> {
    let text = scenario();
    let scenario = read(&text).expect("it is good");
    let base = Base::new(text.as_bytes(), &scenario);
    Overlay::parse("worst.yaml", overlay.as_bytes(), &base, &Fixture)
}

/// What is told of an overlay that begins as it should.
fn told(rest: &str) -> String {
    match parse(&format!("filage-overlay: 1\nscenario: small\n{rest}")) {
        Ok(_) => "no mistake\n".to_owned(),
        Err(mistakes) => mistakes.plain().replace("worst.yaml:", ""),
    }
}

#[test]
fn what_is_written_reads_back() {
    let text = "\
filage-overlay: 1
scenario: small
about: \"down: the host, twice\"
seed: 7
own_faults: []
skip: [stop-links]
faults:
  one: { network-down: { on: new }, from: { during: start-links }, for: 5m }
  two: { about: true enough, port-occupied: { by: listener, on: new, port: 80 }, from: start, healed_by: start-links }
";
    let overlay = parse(text).unwrap_or_else(|mistakes| panic!("{}", mistakes.plain()));
    assert_eq!(overlay.to_yaml(), text);
    assert_eq!(parse(&overlay.to_yaml()).expect("it is good"), overlay);
}

#[test]
fn an_overlay_may_say_nothing() {
    assert_eq!(told(""), "no mistake\n");
    let own: Vec<String> = parse("{ filage-overlay: 1, scenario: small }")
        .expect("it is good")
        .over(read(&scenario()).expect("it is good"))
        .faults
        .keys()
        .map(ToString::to_string)
        .collect();
    assert_eq!(own, ["own"]);
}

#[test]
fn one_for_another_scenario() {
    let mistakes = parse("filage-overlay: 2\nscenario: large\nskip: [nothing]\n").unwrap_err();
    assert_snapshot!(mistakes.plain(), @"
    worst.yaml:1:17: unknown format version `2`
      help: this program reads version 1
    worst.yaml:2:11: an overlay for `large`, not `small`
      help: play it over the scenario that it names
    ");
}

#[test]
fn what_the_scenario_does_not_have() {
    let told = told(
        "own_faults: [owm]\nskip: [stop-lnks]\nfaults:\n  f: { network-down: { on: nwe }, from: { after: start-link } }\n",
    );
    assert_snapshot!(told, @"
    3:14: unknown fault `owm`
      help: did you mean `own`? known faults of the scenario: `own`
    4:8: unknown step `stop-lnks`
      help: did you mean `stop-links`? known steps: `stop-links`, `transfer-links`, `start-links`, `point-links`
    6:28: unknown host `nwe`
      help: did you mean `new`? known hosts: `old`, `new`
    6:50: unknown step `start-link`
      help: did you mean `start-links`? known steps: `stop-links`, `transfer-links`, `start-links`, `point-links`
    ");
}

#[test]
fn a_fault_that_the_scenario_has_or_that_cannot_be() {
    let told = told(
        "skip: [start-links]\nfaults:\n  own: { network-down: { on: new }, from: { during: start-links } }\n  f: { network-dwon: { on: new }, from: start }\n  g: { from: start, port-occupied: { on: new, port: 0 }, for: 0s }\n",
    );
    let kinds = told.find("`network-down`, `one-way`").expect("all known keys are told");
    let length = told[kinds..].find('\n').expect("the line has an end");
    let told = told.replace(&told[kinds..kinds + length], "(all kinds)");
    assert_snapshot!(told, @"
    5:3: the scenario has a fault `own` already
      help: give it an id of its own
    5:53: `start-links` is skipped: nothing can go wrong during it
      help: use `before` or `after`
    6:8: unknown key `network-dwon`
      help: did you mean `network-down`? known keys: `about`, `from`, `healed_by`, `for`, (all kinds)
    7:53: `0` is out of range: expected 1 to 65535
    7:63: a fault of no length never was
    ");
}

#[test]
fn no_overlay_at_all() {
    for (text, expected) in [
        ("", "the file is empty"),
        ("filage: 1\nscenario: small\n", "unknown key `filage`"),
        ("filage-overlay: 1\n", "the key `scenario` is missing"),
        ("filage-overlay: [1\n", "worst.yaml:"),
    ] {
        let told = parse(text).unwrap_err().plain();
        assert!(told.contains(expected), "{text}: {told}");
    }
}
