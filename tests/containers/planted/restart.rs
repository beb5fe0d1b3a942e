//! What only shows when the hosts start again.

use filage::{check::Ruling, history::StepOutcome};
use filage_tests::{rehearsal::play, turn::Turn};

use super::{MOVE, by_console, shelf_that};

#[test]
fn a_service_started_by_hand_but_not_enabled_is_gone_after_the_restart() {
    let Some(turn) = Turn::of_one() else { return };
    let steps = MOVE.replace("  - start: shelf\n    on: new\n", &by_console("by-hand", "new"));
    let scenario = shelf_that(&steps).script("by-hand.sh", "systemctl start shelf.service");
    let played = play(scenario, &[]).with_code(1);
    assert_eq!(played.step("by-hand").outcome, Some(StepOutcome::Passed));
    // Until the restart, all is as it should be.
    let shelf = played.service("shelf");
    assert_eq!((shelf.verdict, shelf.outages.len()), (Ruling::Pass, 1), "{shelf:#?}");
    let words = "`shelf` did not come back after the restart of the hosts";
    assert!(played.reason_of("shelf").text.contains(words), "{}", played.reasons());
    played.assert_gone(&turn.engine);
}
