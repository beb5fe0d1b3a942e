//! The story, whole: two faults, six services, four writers, fifteen lines of end state.

use filage::{check::Ruling, history::StepOutcome};
use filage_tests::{rehearsal::play, scenario::Scenario, turn::Turn};

#[test]
fn the_story_passes_with_both_its_faults() {
    // Alone: it is large, and two of its services may not be down at all.
    let Some(turn) = Turn::of_two() else { return };
    let played = play(Scenario::of_users("proxgroup"), &[]).with_code(0);

    assert_eq!(played.verdict.verdict, Ruling::Pass);
    played.assert_bit_and_gone("new-host-without-network");
    played.assert_bit_and_gone("exim-holds-port-25");
    for id in ["doh", "schemas"] {
        let samples = played.service(id).samples;
        assert!(samples.up > 0, "{id}: {samples:?}");
        assert_eq!((samples.down, samples.wrong), (0, 0), "{id}");
    }
    assert_eq!(played.verdict.services.len(), 6);
    assert!(played.verdict.services.iter().all(|service| service.verdict == Ruling::Pass));
    assert!(played.verdict.groups.iter().all(|group| group.verdict == Ruling::Pass));
    let written: Vec<&str> =
        played.verdict.ledger.iter().map(|ledger| ledger.service.as_str()).collect();
    assert_eq!(written, ["links", "db", "site", "mail"]);
    for ledger in &played.verdict.ledger {
        assert_eq!(ledger.verdict, Ruling::Pass, "{ledger:#?}");
        assert!(ledger.acknowledged > 50, "{ledger:#?}");
        assert_eq!(ledger.present, ledger.acknowledged, "{ledger:#?}");
        assert_eq!(ledger.host.as_str(), "new");
    }
    // A queueing sender loses nothing to an outage.
    assert_eq!(played.ledger("mail").failed, 0, "{:#?}", played.ledger("mail"));
    assert_eq!(played.verdict.end_state.len(), 15);
    for line in &played.verdict.end_state {
        assert_eq!((line.verdict, line.after_restart.verdict), (Ruling::Pass, Ruling::Pass));
    }

    assert_eq!(played.step("start-mail-first-try").outcome, Some(StepOutcome::Failed));
    let words = "address already in use";
    let log = played.log("start-mail-first-try");
    assert!(log.contains(words), "Docker's own words are not in\n{log}");
    assert!(played.step("start-mail-first-try").detail.contains("exim4"));
    played.assert_gone(&turn.engine);
}
