//! A rehearsal as a test plays it, and what it left in its folder.

use std::{
    fs::{self, File},
    io::BufReader,
    path::PathBuf,
    process::{Child, Stdio},
};

use filage::{
    check::{EndStateVerdict, FaultVerdict, ServiceVerdict, StepVerdict, Verdict},
    history::{self, History},
};

use crate::{
    engine::Engine,
    program::{self, Said},
    scenario::Scenario,
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

/// Plays a scenario with further arguments, and reads its verdict.
#[track_caller]
pub fn play(scenario: Scenario, arguments: &[&str]) -> Played {
    let folder = scenario.beside("run");
    let mut command = program::command();
    command.arg("run").arg(scenario.dir()).args(["--world", "docker", "--out"]).arg(&folder);
    let said = program::run(command.args(arguments));
    let Ok(text) = fs::read_to_string(folder.join("verdict.json")) else {
        panic!("exit code {}, no verdict; stderr:\n{}", said.code, said.stderr);
    };
    let verdict = serde_json::from_str(&text).expect("verdict.json is a verdict");
    Played { scenario, said, folder, verdict }
}

/// Begins to play a scenario, for tests that interfere.
pub fn begin(scenario: &Scenario, folder: &str) -> Child {
    let mut command = program::process();
    command.arg("run").arg(scenario.dir()).args(["--world", "docker", "--out"]);
    command.arg(scenario.beside(folder)).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the program starts")
}

/// The run's id, as the program says it at its start.
pub fn run_of(said: &str) -> String {
    let line = said.lines().find_map(|line| line.strip_prefix("run "));
    let id = line.and_then(|line| line.split(',').next());
    id.unwrap_or_else(|| panic!("no run is named in:\n{said}")).to_owned()
}

impl Played {
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

    /// The service of this id.
    #[track_caller]
    pub fn service(&self, id: &str) -> &ServiceVerdict {
        let found = self.verdict.services.iter().find(|service| service.name.as_str() == id);
        found.unwrap_or_else(|| panic!("no service `{id}` in {:#?}", self.verdict.services))
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
