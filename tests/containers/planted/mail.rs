//! Mail that is on its way while its server moves.

use filage::check::{LedgerClass, LedgerVerdict, Ruling};
use filage_tests::{
    rehearsal::{Played, play},
    scenario::Scenario,
    turn::Turn,
};

#[test]
fn a_queue_that_moves_is_delivered_once() {
    let Some(turn) = Turn::of_one() else { return };
    let played = play(Scenario::of_tests("post"), &[]).with_code(0);
    let ledger = ledger(&played);
    assert_eq!((ledger.verdict, ledger.present), (Ruling::Pass, ledger.acknowledged));
    assert!(ledger.acknowledged > 0, "{ledger:#?}");
    played.assert_gone(&turn.engine);
}

#[test]
fn a_queue_that_is_copied_while_both_sides_run_is_delivered_twice() {
    let Some(turn) = Turn::of_one() else { return };
    let scenario = Scenario::of_tests("post")
        .script(
            "copy.sh",
            "until [ $(ssh old 'sudo find /var/spool/postfix/deferred -type f' | wc -l) -ge 3 ]; do\n\
             \x20 sleep 0.1\n\
             done\n\
             ssh old 'sudo tar -C /var/spool -cf - postfix' | ssh new 'sudo tar -C /var/spool -xf -'",
        )
        .with(
            "  - stop: relay\n    on: old\n  - transfer: { service: relay, from: old, to: new }\n",
            "  - id: copy\n    run: scripts/copy.sh\n",
        )
        .with("    stopped: { on: old, services: relay }", "    running: { on: old, services: relay }");
    let played = play(scenario, &[]).with_code(1);
    let ledger = ledger(&played);
    assert_eq!((ledger.verdict, ledger.lost, ledger.stranded), (Ruling::Fail, 0, 0), "{ledger:#?}");
    assert!(ledger.duplicate >= 3, "{ledger:#?}");
    let example = &ledger.examples[0];
    assert_eq!(example.class, LedgerClass::Duplicate);
    let found: Vec<_> = example.found.iter().map(|it| (it.host.as_str(), it.times)).collect();
    assert_eq!(found, [("new", 2)]);
    let words = format!("`relay` has {} writes more than once on `new`", ledger.duplicate);
    assert!(played.reason_of("relay").text.contains(&words), "{}", played.reasons());
    played.assert_gone(&turn.engine);
}

#[track_caller]
fn ledger(played: &Played) -> &LedgerVerdict {
    let [ledger] = played.verdict.ledger.as_slice() else { panic!("{:#?}", played.verdict.ledger) };
    ledger
}
