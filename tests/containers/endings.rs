//! Runs that are ended from outside: nothing stays, and nothing of others goes.

use std::{fs, process::Command};

use filage::check::{ReasonKind, Ruling, Verdict};
use filage_tests::{
    engine::Engine,
    program::{self, Said},
    rehearsal::{await_history, begin, run_of},
    scenario::Scenario,
    turn::Turn,
};

#[test]
fn an_interrupted_run_takes_its_world_down_and_is_unknown() {
    let Some(turn) = Turn::of_one() else { return };
    let scenario = Scenario::of_tests("notes");
    let folder = scenario.beside("run");
    let mut child = begin(&scenario, "run");
    await_history(&mut child, &folder, "\"step\":\"transfer-notes\"", 1);
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
fn a_panic_in_the_middle_of_a_rehearsal_leaves_nothing_behind() {
    let Some(turn) = Turn::of_one() else { return };
    let scenario = Scenario::of_tests("notes");
    let folder = scenario.beside("run");
    let mut command = program::command();
    command.arg("run").arg(scenario.dir()).args(["--world", "docker", "--out"]).arg(&folder);
    let said = program::run(command.env("FILAGE_TEST_BUG", "migrate")).with_code(4);
    for words in ["a bug in filage", "report it", &folder.display().to_string()] {
        assert!(said.stderr.contains(words), "`{words}` is not in {}", said.stderr);
    }
    let history = fs::read_to_string(folder.join("history.jsonl")).expect("there is a history");
    assert!(history.contains("\"phase\":\"migrate\""), "{history}");
    let left = turn.engine.of_run(&run_of(&said.stderr));
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
        let times = usize::from(!moment.is_empty());
        await_history(&mut child, &scenario.beside("run"), moment, times);
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
