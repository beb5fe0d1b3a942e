//! Ways back that cannot be.

use insta::assert_snapshot;

use super::{added, broken};

#[test]
fn a_rollback_of_nothing() {
    let told = broken("on: new\n  - point", "on: new\n    on_failure: rollback\n  - point");
    assert_snapshot!(told, @"
    19:17: `start-links` rolls back, but no step until then has an `undo`
      help: give the steps that can be taken back an `undo`, or write `stop`
    ");
    // What comes after it may be undone, and is not begun.
    let told = broken(
        "on: new\n  - point: { name: links.asso.example, to: new }\n",
        "on: new\n    on_failure: { retry: { times: 1, then: rollback } }\n  - point: { name: links.asso.example, to: new }\n    undo: [{ point: { name: links.asso.example, to: old } }]\n",
    );
    assert_snapshot!(told, @"
    19:17: `start-links` rolls back, but no step until then has an `undo`
      help: give the steps that can be taken back an `undo`, or write `stop`
    ");
}

#[test]
fn what_cannot_undo() {
    let told = broken(
        "  - stop: links\n",
        "  - stop: links\n    undo:\n      - start: link\n      - { start: links, on: old, needs: [], on_failure: rollback, undo: [] }\n      - {}\n",
    );
    assert_snapshot!(told, @"
    17:9: `start` lacks its host
      help: add `on:` with the id of a host to the step
    17:16: unknown service `link`
      help: did you mean `links`? known services: `links`
    18:34: `needs` means nothing here: a rollback plays one step after the other
      help: take it away; the order of the list counts
    18:57: a rollback is not rolled back
      help: write `stop`, `continue` or `retry`
    18:67: what undoes a step is not undone itself
      help: take this `undo` away
    19:9: the step has no verb
      help: say what it does by one of `check`, `image`, `install`, `point`, `run`, `start`, `stop`, `transfer`, `ttl`, `volume`, `wait`
    ");
}

#[test]
fn what_cannot_be_undone() {
    let told = added(
        "    undo: []\n  - wait: { for: 1s, why: w }\n    undo: [{ stop: links }]\n  - check: [{ listens: { on: new, ports: [80] } }]\n    undo: [{ stop: links }]\n",
    );
    assert_snapshot!(told, @"
    20:11: `undo` lists no step
      help: say what takes the step back, or leave `undo` out
    22:5: there is nothing to undo: a `wait` only lets time pass
      help: take `undo` away
    24:5: there is nothing to undo: a `check` changes nothing
      help: take `undo` away
    ");
}

#[test]
fn two_of_the_same_id() {
    let told = added("    undo: [{ id: stop-links, stop: links }]\n");
    assert_snapshot!(told, @"
    20:18: two steps have the id `stop-links`
      15:5: and this one, by default
      help: give one of them another `id`
    ");
}

#[test]
fn an_abort_budget_for_nothing() {
    assert_snapshot!(added("budgets: { abort: 5m }\n"), @"
    20:12: nothing is ever rolled back within this time: no step has an `undo`
      help: give the steps that can be taken back an `undo`
    ");
    let told =
        added("    undo: [{ stop: links }]\nbudgets: { abort: { services: [links], max: 5m } }\n");
    assert_snapshot!(told, @"
    21:31: `abort` is the time of a rollback, it takes no list
      help: write `abort: 5m`
    ");
}
