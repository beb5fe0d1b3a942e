//! Runs that are ended from outside: nothing stays, and nothing of others goes.

use std::{
    fs,
    path::Path,
    process::{Child, Command},
};

use filage::check::{ReasonKind, Ruling, Verdict};
use filage_tests::{
    engine::Engine,
    program::{self, Said},
    rehearsal::{begin, run_of},
    scenario::Scenario,
    turn::Turn,
    wait,
};

#[test]
fn an_interrupted_run_takes_its_world_down_and_is_unknown() {
    let Some(turn) = Turn::of_one() else { return };
    let scenario = Scenario::of_tests("notes");
    let folder = scenario.beside("run");
    let mut child = begin(&scenario, "run");
    await_history(&mut child, &folder, "\"step\":\"transfer-notes\"");
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupted.expect("kill starts").success());
    let said = Said::from(child.wait_with_output().expect("it ends")).with_code(3);

    assert!(said.stderr.contains("interrupted"), "{}", said.stderr);
    let text = fs::read_to_string(folder.join("verdict.json")).expect("it is judged");
    let verdict: Verdict = serde_json::from_str(&text).expect("verdict.json is a verdict");
    assert_eq!(verdict.verdict, Ruling::Unknown);
    let incomplete = verdict.reasons.iter().find(|reason| reason.kind == ReasonKind::Incomplete);
    assert!(incomplete.is_some(), "{:#?}", verdict.reasons);
    let left = turn.engine.of_run(&verdict.run);
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn what_killed_runs_leave_is_swept_and_nothing_else() {
    let Some(turn) = Turn::of_one() else { return };
    let bystanders = Bystanders::new(&turn.engine);
    // Before there is a world, while it comes up, during the migration, and while the hosts restart.
    for moment in ["", "\"phase\":\"up\"", "\"step\":\"transfer-notes\"", "\"phase\":\"restart\""] {
        let scenario = Scenario::of_tests("notes");
        let mut child = begin(&scenario, "run");
        await_history(&mut child, &scenario.beside("run"), moment);
        child.kill().expect("it runs");
        let said = Said::from(child.wait_with_output().expect("it ends"));
        let run = run_of(&said.stderr);
        // What is left at that moment depends on it, and on others' runs that start and sweep.
        let swept = program::filage(["clean"]).with_code(0);
        let after = turn.engine.of_run(&run);
        assert!(after.is_empty(), "{moment}: {after:#?}\n{}", swept.stderr);
    }
    bystanders.assert_there();
}

/// A network and a volume that are none of the program's; they go with this value.
struct Bystanders<'a> {
    engine: &'a Engine,
    name: String,
}

impl<'a> Bystanders<'a> {
    fn new(engine: &'a Engine) -> Self {
        let name = format!("filage-test-bystander-{}", std::process::id());
        engine.make_bystanders(&name);
        Self { engine, name }
    }

    fn assert_there(&self) {
        let there = self.engine.bystanders(&self.name);
        assert_eq!((there.networks.len(), there.volumes.len()), (1, 1), "{there:#?}");
    }
}

impl Drop for Bystanders<'_> {
    fn drop(&mut self) {
        self.engine.remove(&self.engine.bystanders(&self.name));
    }
}

/// Waits until a line of the history has these words, or, where there are none, until there is a
/// history at all; the run must not end before.
fn await_history(child: &mut Child, folder: &Path, words: &str) {
    wait::until(&format!("the history has {words}"), || {
        let history = fs::read_to_string(folder.join("history.jsonl"));
        // The first line is the plan, which names everything.
        let there = history.is_ok_and(|history| {
            words.is_empty() || history.lines().skip(1).any(|line| line.contains(words))
        });
        let ended = child.try_wait().expect("it can be asked");
        assert!(ended.is_none() || there, "it ended without {words}: {ended:?}");
        there.then_some(())
    });
}
