//! Mistakes made on purpose: each has to be caught, and named rightly. All are variations of one
//! small scenario, which without them passes.

mod answers;
mod mail;
mod outages;
mod restart;
mod slow;
mod writes;

use filage::check::Ruling;
use filage_tests::{rehearsal::play, scenario::Scenario, turn::Turn};

/// The shelf with other steps, and without an end state.
fn shelf_that(steps: &str) -> Scenario {
    let shelf = Scenario::of_tests("shelf");
    let text = shelf.text();
    let (head, _) = text.split_once("steps:\n").expect("the shelf has steps");
    let text = format!("{head}steps:\n{steps}");
    shelf.with_text(text)
}

/// The shelf's own steps.
const MOVE: &str = "  - stop: shelf
    on: old
  - transfer: { service: shelf, from: old, to: new }
  - start: shelf
    on: new
  - point: { name: www.shelf.example, to: new }
";

#[test]
fn without_a_mistake_the_shelf_moves_as_it_should() {
    let Some(turn) = Turn::of_one() else { return };
    let shelf = Scenario::of_tests("shelf");
    assert!(shelf.text().contains(MOVE), "what the tests plant mistakes in is what is played here");
    let played = play(shelf, &[]).with_code(0);
    assert_eq!(played.verdict.reasons, []);
    assert!(played.verdict.end_state.iter().all(|line| line.verdict == Ruling::Pass));
    let samples = played.service("shelf").samples;
    assert!(samples.up > 0 && samples.wrong == 0 && samples.none == 0, "{samples:?}");
    played.assert_gone(&turn.engine);
}

/// A step that runs a script of the same name as root, around the network.
fn by_console(id: &str, host: &str) -> String {
    format!("  - id: {id}\n    run: scripts/{id}.sh\n    on: {host}\n    via: console\n")
}
