//! Steps that fail, take too long, or are tried again.

use filage::{check::Ruling, history::StepOutcome};
use filage_tests::{rehearsal::play, scenario::Scenario, turn::Turn};

#[test]
fn a_step_that_is_given_up_runs_nowhere_any_more() {
    let Some(_turn) = Turn::of_one() else { return };
    let sleeper = |id: &str, script: &str, place: &str| {
        format!(
            "  - id: {id}\n    run: scripts/{script}.sh\n    arguments: [{id}]\n\
             \x20   deadline: 2s\n    on_failure: continue\n{place}"
        )
    };
    let steps = [
        sleeper("by-ssh", "sleep", "    on: new\n"),
        // Whose user may not end what root began.
        sleeper("by-sudo", "sudo", "    on: new\n"),
        sleeper("by-console", "sudo", "    on: new\n    via: console\n"),
        sleeper("at-the-operators", "sleep", ""),
        "  - id: look-on-new\n    run: scripts/look.sh\n    on: new\n".to_owned(),
        "  - id: look-at-the-operators\n    run: scripts/look.sh\n".to_owned(),
    ];
    let scenario = Scenario::of_tests("notes")
        .script("sleep.sh", "echo \"begun: $1\"\nsleep 86399\necho never")
        .script("sudo.sh", "echo \"begun: $1\"\nsudo sh -c 'sleep 86399 & sleep 86399'\necho never")
        .script(
            "look.sh",
            "n=0\n\
             while grep -lsz '^86399$' /proc/[0-9]*/cmdline; do\n\
             \x20 n=$((n + 1)); [ $n -lt 100 ] || exit 1; sleep 0.1\n\
             done\n\
             echo nobody",
        )
        .with("steps:\n", &format!("steps:\n{}", steps.concat()));
    let played = play(scenario, &["--until", "look-at-the-operators"]).with_code(3);
    for id in ["by-ssh", "by-sudo", "by-console", "at-the-operators"] {
        assert_eq!(played.step(id).outcome, Some(StepOutcome::TimedOut), "{:#?}", played.step(id));
        assert_eq!(played.log(id), format!("begun: {id}\n"));
    }
    for id in ["look-on-new", "look-at-the-operators"] {
        let (outcome, log) = (played.step(id).outcome, played.log(id));
        assert_eq!(outcome, Some(StepOutcome::Passed), "{id} saw {log}");
    }
}

#[test]
fn a_transfer_carries_times_links_and_attributes() {
    let Some(_turn) = Turn::of_one() else { return };
    let scenario = Scenario::of_tests("notes")
        .script(
            "dress.sh",
            "cd /srv/notes; sudo chown admin .; echo text > one; ln one two; ln -s one three\n\
             touch -d '2001-02-03 04:05:06.789' one\n\
             sudo python3 - <<END\n\
             import os\n\
             os.setxattr('one', 'user.mark', b'ours')\n\
             os.setxattr('one', 'trusted.mark', b'of root')\n\
             END",
        )
        .script(
            "look.sh",
            "cd /srv/notes; stat -c '%n %h %.3Y %U' one two\n readlink three\n\
             sudo python3 - <<END\n\
             import os\n\
             print(*sorted(name for name in os.listxattr('two')))\n\
             print(os.getxattr('two', 'user.mark'), os.getxattr('two', 'trusted.mark'))\n\
             END",
        )
        .with(
            "  - transfer: {",
            "  - run: scripts/dress.sh\n    on: old\n  - id: look-on-old\n    run: scripts/look.sh\n\
             \x20   on: old\n  - transfer: {",
        )
        .with(
            "  - start: notes\n",
            "  - id: look-on-new\n    run: scripts/look.sh\n    on: new\n  - start: notes\n",
        );
    let played = play(scenario, &["--until", "look-on-new"]).with_code(3);
    let found = played.log("look-on-old");
    for words in ["one 2 981173106.789 admin", "trusted.mark user.mark", "b'ours' b'of root'"] {
        assert!(found.contains(words), "{words} is not in {found}");
    }
    assert_eq!(played.log("look-on-new"), found);
}

#[test]
fn steps_are_tried_again_as_often_as_the_scenario_says() {
    let Some(turn) = Turn::of_one() else { return };
    let step = |id: &str, argument: u32, how: &str| {
        format!(
            "  - id: {id}\n    run: scripts/flaky.sh\n    arguments: [\"{argument}\"]\n\
             \x20   on: new\n    on_failure: {how}\n"
        )
    };
    let steps = [
        step("third-time", 3, "{ retry: { times: 5, every: 1s } }"),
        step("allowed", 999, "continue"),
        step("never", 999, "{ retry: { times: 2, every: 1s } }"),
    ];
    let scenario = Scenario::of_tests("notes")
        .script(
            "flaky.sh",
            "n=$(($(cat count 2>/dev/null || echo 0) + 1))\necho $n > count\n\
             echo \"try $n\"\n\
             [ $n -ge \"$1\" ] || { echo 'not yet' >&2; exit 1; }",
        )
        .with("steps:\n", &format!("steps:\n{}", steps.concat()));
    let played = play(scenario, &["--until", "never"]).with_code(1);

    let third = played.step("third-time");
    assert_eq!((third.outcome, third.attempts), (Some(StepOutcome::Passed), 3));
    let allowed = played.step("allowed");
    assert_eq!((allowed.outcome, allowed.attempts), (Some(StepOutcome::Failed), 1));
    assert_eq!(allowed.verdict, Ruling::Pass);
    let never = played.step("never");
    assert_eq!((never.outcome, never.attempts), (Some(StepOutcome::Failed), 3));
    assert!(never.detail.contains("not yet"), "{}", never.detail);
    assert_eq!(played.step("stop-notes").outcome, Some(StepOutcome::NotReached));
    assert!(played.log("third-time").contains("--- attempt 3 ---"), "{}", played.log("third-time"));
    played.assert_reasons(&["`never`", "not yet"]);
    played.assert_gone(&turn.engine);
}

#[test]
fn what_was_copied_ahead_is_followed_by_what_differs_and_by_nothing_else() {
    let Some(_turn) = Turn::of_one() else { return };
    let scenario = Scenario::of_tests("notes")
        .script(
            "before.sh",
            "cd /srv/notes; sudo mkdir -p sub; echo old | sudo tee goes changes sub/goes >/dev/null\n\
             sudo dd if=/dev/zero of=large bs=1M count=16 status=none",
        )
        .script(
            "after.sh",
            "cd /srv/notes; sudo rm goes sub/goes; echo longer | sudo tee changes comes >/dev/null\n\
             sudo chmod 600 comes; sudo ln large twin",
        )
        // Nothing of it is in place yet, and the copy that was begun has all of it.
        .script("look.sh", "sudo ls /srv/notes.filage-ahead; test ! -e /srv/notes/large")
        .script("listen.sh", "ls -d /srv/notes.filage-* 2>/dev/null || true; test -e /srv/notes/twin")
        .with(
            "steps:\n",
            "steps:\n  - run: scripts/before.sh\n    on: old\n  \
             - transfer: { service: notes, from: old, to: new, ahead: true }\n  \
             - run: scripts/look.sh\n    on: new\n  - run: scripts/after.sh\n    on: old\n",
        )
        .with("  - start: notes\n", "  - run: scripts/listen.sh\n    on: new\n  - start: notes\n");
    let played = play(scenario, &[]).with_code(0);
    assert_eq!(played.log("look"), "changes\nfirst.txt\ngoes\nlarge\nsub\n");
    assert_eq!(played.log("listen"), "", "nothing is left of it");
    let copied = played.step("transfer-notes").detail.clone();
    assert!(copied.starts_with("5 files"), "{copied}");
}
