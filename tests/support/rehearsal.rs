//! A rehearsal as a test plays it, and what it left in its folder.

use std::{
    fs::{self, File},
    io::BufReader,
    path::{Path, PathBuf},
    process::{Child, Stdio},
};

use filage::{
    check::{
        EndStateVerdict, FaultVerdict, LedgerVerdict, Reason, ServiceVerdict, StepVerdict, Verdict,
    },
    history::{self, History, Record, Sample, What},
};

use crate::{
    engine::Engine,
    program::{self, Said},
    scenario::Scenario,
    wait,
};

/// A rehearsal that has been played.
#[derive(Debug)]
pub struct Played {
    /// The scenario that was played; its folder holds that of the run.
    pub scenario: Scenario,
    /// What the program said.
    pub said: Said,
    /// The run's folder.
    pub folder: PathBuf,
    /// `verdict.json`.
    pub verdict: Verdict,
}

/// A rehearsal that ended without a verdict.
#[derive(Debug)]
pub struct Unjudged {
    /// What was to be played.
    pub scenario: Scenario,
    /// What the program said.
    pub said: Said,
}

impl Unjudged {
    /// Fails the test; the scenario's folder stays to be looked at.
    #[track_caller]
    fn fail(self) -> ! {
        panic!("exit code {}, no verdict; stderr:\n{}", self.said.code, self.said.stderr);
    }
}

/// Plays a scenario on real hosts with further arguments, and reads its verdict.
#[track_caller]
pub fn play(scenario: Scenario, arguments: &[&str]) -> Played {
    play_in("docker", scenario, arguments)
}

/// The same in a world of this name.
#[track_caller]
pub fn play_in(world: &str, scenario: Scenario, arguments: &[&str]) -> Played {
    try_play_in(world, scenario, arguments).unwrap_or_else(|it| it.fail())
}

/// The same, where it may be that this machine cannot: then there is no verdict, and it says why.
pub fn try_play_in(
    world: &str,
    scenario: Scenario,
    arguments: &[&str],
) -> Result<Played, Unjudged> {
    let folder = scenario.beside("run");
    let mut command = program::command();
    command.arg("run").arg(scenario.dir()).args(["--world", world, "--out"]).arg(&folder);
    let said = program::run(command.args(arguments));
    Played::read(scenario, folder, said)
}

/// Begins to play a scenario, for tests that interfere.
pub fn begin(scenario: &Scenario, folder: &str) -> Child {
    let mut command = program::process();
    command.arg("run").arg(scenario.dir()).args(["--world", "docker", "--out"]);
    command.arg(scenario.beside(folder)).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the program starts")
}

/// Waits until so many lines of the history of a run that has begun have these words, or, for none,
/// until there is a history at all; the run must not end before.
pub fn await_history(child: &mut Child, folder: &Path, words: &str, times: usize) {
    wait::until(&format!("the history has {words}"), || {
        let history = fs::read_to_string(folder.join("history.jsonl"));
        // The first line is the plan, which names everything.
        let told =
            |history: String| history.lines().skip(1).filter(|it| it.contains(words)).count();
        let there = history.is_ok_and(|history| told(history) >= times);
        let ended = child.try_wait().expect("it can be asked");
        assert!(ended.is_none() || there, "it ended without {words}: {ended:?}");
        there.then_some(())
    });
}

/// Waits for the end of a run that has begun, and reads its verdict.
#[track_caller]
pub fn end(scenario: Scenario, folder: &str, child: Child) -> Played {
    let said = Said::from(child.wait_with_output().expect("it ends"));
    let folder = scenario.beside(folder);
    Played::read(scenario, folder, said).unwrap_or_else(|it| it.fail())
}

/// The run's id, as the program says it at its start.
pub fn run_of(said: &str) -> String {
    let line = said.lines().find_map(|line| line.strip_prefix("run "));
    let id = line.and_then(|line| line.split(',').next());
    id.unwrap_or_else(|| panic!("no run is named in:\n{said}")).to_owned()
}

/// The run's id, as its history has it from its first line on.
pub fn run_in(folder: &Path) -> String {
    let history = fs::read_to_string(folder.join("history.jsonl")).expect("there is a history");
    let first = history.lines().next().expect("it has begun");
    let begin: history::Begin = serde_json::from_str(first).expect("it begins with its plan");
    begin.run
}

impl Played {
    fn read(scenario: Scenario, folder: PathBuf, said: Said) -> Result<Self, Unjudged> {
        let Ok(text) = fs::read_to_string(folder.join("verdict.json")) else {
            return Err(Unjudged { scenario, said });
        };
        let verdict = serde_json::from_str(&text).expect("verdict.json is a verdict");
        Ok(Self { scenario, said, folder, verdict })
    }

    /// The same, if it ended with this code; otherwise its folder stays to be looked at.
    #[track_caller]
    #[must_use]
    pub fn with_code(mut self, code: i32) -> Self {
        if self.said.code != code {
            self.scenario.keep();
            panic!(
                "exit code {}, expected {code}; see `{}`\nreasons: {:#?}\nstderr:\n{}",
                self.said.code,
                self.folder.display(),
                self.verdict.reasons,
                self.said.stderr
            );
        }
        self
    }

    /// Its folder, which stays to be looked at.
    #[must_use]
    pub fn kept(mut self) -> PathBuf {
        self.scenario.keep();
        self.folder
    }

    /// The service of this id.
    #[track_caller]
    pub fn service(&self, id: &str) -> &ServiceVerdict {
        let found = self.verdict.services.iter().find(|service| service.name.as_str() == id);
        found.unwrap_or_else(|| panic!("no service `{id}` in {:#?}", self.verdict.services))
    }

    /// The ledger of this service.
    #[track_caller]
    pub fn ledger(&self, service: &str) -> &LedgerVerdict {
        let found = self.verdict.ledger.iter().find(|ledger| ledger.service.as_str() == service);
        found.unwrap_or_else(|| panic!("no ledger of `{service}` in {:#?}", self.verdict.ledger))
    }

    /// The step of this id.
    #[track_caller]
    pub fn step(&self, id: &str) -> &StepVerdict {
        let found = self.verdict.steps.iter().find(|step| step.id.as_str() == id);
        found.unwrap_or_else(|| panic!("no step `{id}` in {:#?}", self.verdict.steps))
    }

    /// The fault of this id.
    #[track_caller]
    pub fn fault(&self, id: &str) -> &FaultVerdict {
        let found = self.verdict.faults.iter().find(|fault| fault.id.as_str() == id);
        found.unwrap_or_else(|| panic!("no fault `{id}` in {:#?}", self.verdict.faults))
    }

    /// The line of the end state of this id.
    #[track_caller]
    pub fn line(&self, id: &str) -> &EndStateVerdict {
        let found = self.verdict.end_state.iter().find(|line| line.id.as_str() == id);
        found.unwrap_or_else(|| panic!("no line `{id}` in {:#?}", self.verdict.end_state))
    }

    /// All reasons, a line each.
    pub fn reasons(&self) -> String {
        self.verdict.reasons.iter().map(|reason| format!("{}\n", reason.text)).collect()
    }

    /// The one reason that is about a service.
    #[track_caller]
    pub fn reason_of(&self, service: &str) -> &Reason {
        let is_about = |it: &&Reason| it.service.as_ref().is_some_and(|id| id.as_str() == service);
        let about: Vec<&Reason> = self.verdict.reasons.iter().filter(is_about).collect();
        let [reason] = about.as_slice() else { panic!("one of `{service}`: {about:#?}") };
        reason
    }

    /// What a step printed.
    pub fn log(&self, step: &str) -> String {
        let path = self.folder.join(format!("logs/steps/{step}.log"));
        fs::read_to_string(path).unwrap_or_default()
    }

    /// The history.
    pub fn history(&self) -> History {
        let file = File::open(self.folder.join("history.jsonl")).expect("there is a history");
        history::read(BufReader::new(file)).expect("it can be read")
    }

    /// The address of a host.
    #[track_caller]
    pub fn address(&self, host: &str) -> String {
        let addresses = self.history().begin.addresses;
        let found = addresses.iter().find(|(id, _)| id.as_str() == host);
        found.map(|(_, address)| address.clone()).expect("a host has an address")
    }

    /// Every record of the history as it stands there, samples and all.
    pub fn records(&self) -> Vec<Record> {
        let text = fs::read_to_string(self.folder.join("history.jsonl")).expect("a history");
        let lines = text.lines().skip(1);
        lines.map(|line| serde_json::from_str(line).expect("a record")).collect()
    }

    /// Every sample of the history, in the order of the answers.
    pub fn samples(&self) -> impl Iterator<Item = Sample> {
        self.records().into_iter().filter_map(|record| match record.what {
            What::Sample(sample) => Some(sample),
            _ => None,
        })
    }

    /// Nothing of the run is left on the engine.
    #[track_caller]
    pub fn assert_gone(&self, engine: &Engine) {
        let left = engine.of_run(&self.verdict.run);
        assert!(left.is_empty(), "{left:#?}");
    }

    /// The fault was seen to bite and seen to be gone.
    #[track_caller]
    pub fn assert_bit_and_gone(&self, fault: &str) {
        let fault = self.fault(fault);
        assert!(fault.bite_verified && fault.gone_verified, "{fault:#?}");
        assert!(fault.injected_at.is_some() && fault.healed_at.is_some(), "{fault:#?}");
    }

    /// All these words are in the reasons.
    #[track_caller]
    pub fn assert_reasons(&self, words: &[&str]) {
        let reasons = self.reasons();
        for word in words {
            assert!(reasons.contains(word), "`{word}` is not in\n{reasons}");
        }
    }
}
