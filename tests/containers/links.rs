//! `network-down`: a host handed over without network, and links lost on the way.

use filage::{check::Ruling, history::StepOutcome};
use filage_tests::{rehearsal::play, scenario::Scenario, turn::Turn};

/// Notes, whose new host lacks its network for two reasons, each healed by a step of its own.
pub(super) fn without_network_twice() -> Scenario {
    let look = |id: &str, how: &str| {
        format!(
            "  - id: {id}\n    run: scripts/look.sh\n    on: new\n    deadline: 8s\n    {how}\n"
        )
    };
    let ticket = |id: &str| format!("  - id: {id}\n    wait: {{ for: 1h, why: support }}\n");
    let steps = [
        look("console", "via: console"),
        look("ssh-1", "on_failure: continue"),
        ticket("ticket-1"),
        look("ssh-2", "on_failure: continue"),
        ticket("ticket-2"),
        look("ssh-3", "on_failure: stop"),
    ];
    Scenario::of_tests("notes")
        .script("look.sh", "echo \"$(id -un) on $(hostname)\"")
        .with("steps:\n", &format!("steps:\n{}", steps.concat()))
        .and(
            "faults:\n\
             \x20 cable: { network-down: { on: new }, from: start, healed_by: ticket-1 }\n\
             \x20 switch: { network-down: { on: new }, from: start, healed_by: ticket-2 }\n",
        )
}

#[test]
fn healing_one_of_two_faults_leaves_the_other_biting() {
    let Some(turn) = Turn::of_one() else { return };
    let played = play(without_network_twice(), &[]).with_code(0);
    played.assert_bit_and_gone("cable");
    played.assert_bit_and_gone("switch");
    assert!(played.fault("cable").healed_at < played.fault("switch").healed_at);

    // The console works without network, and is root's; SSH is the user's.
    assert_eq!(played.log("console"), "root on new\n");
    assert_eq!(played.log("ssh-3"), "admin on new\n");
    let outcomes = ["console", "ssh-1", "ssh-2", "ssh-3"].map(|id| played.step(id).outcome);
    assert_eq!(outcomes[0], Some(StepOutcome::Passed));
    assert_eq!(outcomes[3], Some(StepOutcome::Passed));
    for (id, outcome) in [("ssh-1", outcomes[1]), ("ssh-2", outcomes[2])] {
        let lost = matches!(outcome, Some(StepOutcome::Failed | StepOutcome::TimedOut));
        assert!(lost, "{id}: {:#?}", played.step(id));
        assert_eq!(played.step(id).verdict, Ruling::Pass, "a failure that the scenario allows is");
    }
    played.assert_gone(&turn.engine);
}

#[test]
fn a_transfer_whose_link_is_lost_puts_nothing_half_copied_in_place() {
    let Some(_turn) = Turn::of_one() else { return };
    let scenario = Scenario::of_tests("notes")
        .script("grow.sh", "sudo sh -c 'head -c 300M /dev/urandom > /srv/notes/big'")
        // However little the first try got across, the second one finds some of it.
        .script(
            "look.sh",
            "ls -lR /srv; test ! -e /srv/notes/big; test ! -e /srv/notes/first.txt\n\
             mkdir -p /srv/notes.filage-partial; echo half > /srv/notes.filage-partial/stale",
        )
        .with(
            "  - transfer: {",
            "  - id: grow\n    run: scripts/grow.sh\n    on: old\n\
             \x20 - id: cut\n    transfer: { service: notes, from: old, to: new }\n\
             \x20   deadline: 8s\n    on_failure: continue\n\
             \x20 - id: look\n    run: scripts/look.sh\n    on: new\n    via: console\n\
             \x20 - id: mended\n    wait: { for: 1m, why: \"somebody finds the plug\" }\n\
             \x20 - transfer: {",
        )
        .with("budget: 1m", "budget: 10m")
        .with("budgets: { all: 1m }", "budgets: { all: 10m }")
        .and(
            "  nothing-is-left-of-the-copying:\n\
             \x20   file: { on: new, path: /srv/notes.filage-partial, exists: false }\n\
             faults:\n\
             \x20 plug: { network-down: { on: new }, from: { during: cut }, healed_by: mended }\n",
        );
    let played = play(scenario, &[]).with_code(0);
    played.assert_bit_and_gone("plug");
    let cut = played.step("cut");
    assert!(matches!(cut.outcome, Some(StepOutcome::Failed | StepOutcome::TimedOut)), "{cut:#?}");
    assert_eq!(played.step("look").outcome, Some(StepOutcome::Passed), "{}", played.log("look"));
    // The second try takes nothing of the first for the data.
    assert_eq!(played.line("the-data-is-the-same").verdict, Ruling::Pass);
}

#[test]
fn a_fault_that_lasts_a_while_ends_by_itself_and_retries_get_through() {
    let Some(_turn) = Turn::of_one() else { return };
    let scenario = Scenario::of_tests("notes")
        .with(
            "from: old, to: new }\n",
            "from: old, to: new }\n    deadline: 10s\n    on_failure: { retry: { times: 20, every: 1s } }\n",
        )
        .with("budget: 1m", "budget: 10m")
        .with("budgets: { all: 1m }", "budgets: { all: 10m }")
        .and("faults:\n  storm: { network-down: { on: new }, from: { before: transfer-notes }, for: 3s }\n");
    let played = play(scenario, &[]).with_code(0);
    played.assert_bit_and_gone("storm");
    assert!(played.step("transfer-notes").attempts > 1, "{:#?}", played.step("transfer-notes"));
    let causes = &played.service("notes").outages[0].causes;
    assert!(causes.iter().any(|cause| cause.id == "storm"), "{causes:#?}");
}
