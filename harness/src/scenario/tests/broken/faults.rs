//! Faults and budgets that cannot be.

use insta::assert_snapshot;

use super::added;
use crate::{fault::WORDS, scenario::suggest};

#[test]
fn no_fault() {
    let told = added("faults:\n  f: { from: start }\n");
    let told = told.replace(&suggest::words(&WORDS), "(all kinds)");
    assert_snapshot!(told, @"
    21:3: `f` does not say what goes wrong
      help: add one of (all kinds)
    ");
}

#[test]
fn several_faults() {
    let told = added(
        "faults:\n  f: { from: start, network-down: { on: new }, port-occupied: { on: new, port: 1 } }\n",
    );
    assert_snapshot!(told, @"
    21:21: `f` is several faults: `network-down`, `port-occupied`
      21:48: another one
      help: make a fault of each
    ");
}

#[test]
fn exim_elsewhere() {
    let told =
        added("faults:\n  f: { from: start, port-occupied: { on: new, port: 26, by: exim4 } }\n");
    assert_snapshot!(told, @"
    21:53: Exim listens on port 25, not on 26
      help: `by: listener` can hold any port
    ");
}

#[test]
fn healed_too_early() {
    let told = added(
        "faults:\n  f: { from: { during: point-links }, network-down: { on: new }, healed_by: stop-links }\n",
    );
    assert_snapshot!(told, @"
    21:77: `stop-links` is over when the fault begins, it cannot heal it
      21:24: the fault begins here
      help: name a step that comes later
    ");
}

#[test]
fn healed_by_the_past() {
    let told = added(
        "faults:\n  f: { from: { after: stop-links }, network-down: { on: new }, healed_by: stop-links }\n",
    );
    assert_snapshot!(told, @"
    21:75: `stop-links` is over when the fault begins, it cannot heal it
      21:23: the fault begins here
      help: name a step that comes later
    ");
}

#[test]
fn during_a_moment() {
    let told = added(
        "  - wait: { for: 1s, why: w }\nfaults:\n  f: { from: { during: wait }, network-down: { on: new } }\n",
    );
    assert_snapshot!(told, @"
    22:24: nothing can go wrong during `wait`: a `wait` is over in a moment
      help: use `before` or `after`
    ");
}

#[test]
fn two_ends() {
    let told = added(
        "faults:\n  f: { from: start, network-down: { on: new }, healed_by: stop-links, for: 0s }\n",
    );
    assert_snapshot!(told, @"
    21:71: a fault with two ends
      21:48: and with this step
      help: keep one of them
    21:76: a fault of no length never was
    ");
}

#[test]
fn times_that_are_too_long() {
    let told = added(
        "faults:\n  f: { from: start, service-dies: { service: links, on: new, after: 2h } }\n  \
         g: { from: start, service-starts-slowly: { service: links, on: new, by: 0s } }\n",
    );
    assert!(told.contains("`2h` is out of range: expected 1s to 1m"), "{told}");
    assert!(told.contains("`0s` is out of range: expected 1s to 1m"), "{told}");
}
