//! Broken scenarios, each with what is told of it.

mod faults;
mod probes;
mod sense;
mod shapes;
mod texts;
mod undo;
mod words;
mod writers;

use super::told;

/// A small scenario without a mistake; the tables below break it in one place.
pub(super) const SMALL: &str = "\
filage: 1
scenario: small
hosts:
  old: { docker: true }
  new: { docker: true }
zone: { name: asso.example }
services:
  links:
    on: old
    container: { image: images/links, publish: [80], volumes: { data: /srv } }
    name: links.asso.example
    probe: { http: {} }
    budget: 5m
steps:
  - stop: links
  - transfer: { service: links, from: old, to: new }
  - start: links
    on: new
  - point: { name: links.asso.example, to: new }
";

/// What is told when `from` is replaced by `to` in the small scenario.
pub(super) fn broken(from: &str, to: &str) -> String {
    assert_eq!(SMALL.matches(from).count(), 1, "`{from}` is one place of the scenario");
    told(&SMALL.replace(from, to))
}

/// What is told when something is added at the end.
pub(super) fn added(text: &str) -> String {
    told(&format!("{SMALL}{text}"))
}

#[test]
fn the_small_scenario_has_no_mistake() {
    assert_eq!(told(SMALL), "no mistake\n");
}
