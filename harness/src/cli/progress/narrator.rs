//! A rehearsal in sentences, one for each event that matters.

use crate::{
    base::{IndexMap, ServiceId, StepId, StoryTime},
    check::Seconds,
    history::{FaultStage, Holding, Phase, Record, Sample, StepOutcome, What},
    plan::Plan,
    probe::{Answer, Client},
};

/// Knows what the listener knows already.
pub(super) struct Narrator {
    steps: IndexMap<StepId, String>,
    faults: IndexMap<String, String>,
    services: IndexMap<ServiceId, State>,
    keep: bool,
}

/// What is known of a service.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct State {
    seen: StoryTime,
    /// None until a probe was answered.
    pub(super) up: Option<bool>,
}

impl Narrator {
    pub(super) fn new(plan: &Plan, keep: bool) -> Self {
        let step = |step: &crate::plan::Step| (step.id.clone(), step.verb.describe().summary);
        let probed = plan.services.iter().filter(|(_, service)| service.probe.is_some());
        Self {
            steps: plan.all_steps().map(step).collect(),
            faults: plan
                .faults
                .iter()
                .map(|(id, fault)| (id.to_string(), fault.kind.to_string()))
                .collect(),
            services: probed.map(|(id, _)| (id.clone(), State::default())).collect(),
            keep,
        }
    }

    /// The services and whether they are up, in the order of the scenario.
    pub(super) fn services(&self) -> impl Iterator<Item = (&ServiceId, State)> {
        self.services.iter().map(|(id, state)| (id, *state))
    }

    /// What a step does.
    pub(super) fn summary(&self, step: &StepId) -> &str {
        self.steps.get(step).map_or("", String::as_str)
    }

    /// A phase, as a heading.
    pub(super) fn phase(&self, phase: Phase) -> &'static str {
        match phase {
            Phase::Up => "the world comes up",
            Phase::Baseline => "every service must answer before the first step",
            Phase::Migrate => "the migration",
            Phase::Rollback => "what was done is undone",
            Phase::Heal => "faults that are left are healed",
            Phase::Settle => "every service must answer again",
            Phase::Check => "the end state is looked at",
            Phase::Restart => "the hosts are restarted",
            Phase::Recheck => "the end state is looked at again",
            Phase::Read => "what was written is looked for",
            Phase::Down if self.keep => "logs are saved, and the world is left up",
            Phase::Down => "the world is taken down",
        }
    }

    /// The sentence for a record, if it deserves one.
    pub(super) fn tell(&mut self, record: &Record) -> Option<String> {
        let said = match &record.what {
            What::Phase { phase } => format!("── {}", self.phase(*phase)),
            What::StepStarted { step, attempt: 1 } => {
                format!("step {step}: {}", self.summary(step))
            }
            What::StepStarted { step, attempt } => format!("step {step}: attempt {attempt}"),
            // The summary counts them; the step that ended the migration says why.
            What::StepEnded { outcome: StepOutcome::NotReached, .. } => return None,
            What::StepEnded { step, outcome, detail } => {
                with(format!("step {step} {}", outcome_words(*outcome)), detail)
            }
            What::Fault { fault, stage, detail } => {
                let said = format!("fault {fault} {}", stage_words(*stage)?);
                match (stage, self.faults.get(fault.as_str())) {
                    (FaultStage::Injected, Some(kind)) => with(said, kind),
                    _ => with(said, detail),
                }
            }
            What::Sample(sample) => self.change(sample)?,
            What::Passed { by_micros } => {
                let by = crate::base::Duration::from_micros(*by_micros);
                format!("{} of story time pass", Seconds(by))
            }
            What::EgressRefused(refused) => {
                format!("refused: `{}`, asked for by {}", refused.name, refused.who)
            }
            What::EgressUnseen { why } => {
                format!("what was asked for outside could not be found out: {why}")
            }
            What::End { detail, .. } if !detail.is_empty() => with("ended early".into(), detail),
            What::Read(Holding { service, host, found }) => {
                format!("{service} on {host}: {found}")
            }
            What::StepOutput { .. }
            | What::Written(_)
            | What::Observed { .. }
            | What::End { .. } => return None,
        };
        Some(format!("{:>10}  {said}", Seconds::from(record.at).clock()))
    }

    /// A service goes down or comes back. Answers may come out of order: the last launch counts.
    fn change(&mut self, sample: &Sample) -> Option<String> {
        let state = self.services.get_mut(&sample.service)?;
        let told = sample.client == Client::Fresh && sample.answer != Answer::NoSample;
        if sample.launched < state.seen || !told {
            return None;
        }
        state.seen = sample.last_launch();
        let up = sample.answer.is_good();
        let before = state.up.replace(up);
        match (before, up) {
            (Some(false), true) => Some(format!("{} is up again", sample.service)),
            (None | Some(true), false) => {
                Some(with(format!("{} is down", sample.service), &sample.detail))
            }
            _ => None,
        }
    }
}

fn outcome_words(outcome: StepOutcome) -> &'static str {
    match outcome {
        StepOutcome::Passed => "passed",
        StepOutcome::Failed => "failed",
        StepOutcome::TimedOut => "timed out",
        StepOutcome::Skipped => "skipped, as asked",
        StepOutcome::NotReached => "not reached",
    }
}

/// What is said of a stage; that a fault is armed is no news.
fn stage_words(stage: FaultStage) -> Option<&'static str> {
    Some(match stage {
        FaultStage::Armed => return None,
        FaultStage::Injected => "injected",
        FaultStage::InjectFailed => "could not be injected",
        FaultStage::BiteVerified => "bites",
        FaultStage::BiteNotSeen => "was not seen to bite",
        FaultStage::Healed => "healed",
        FaultStage::HealFailed => "could not be healed",
        FaultStage::GoneVerified => "is gone",
        FaultStage::GoneNotSeen => "is still there",
    })
}

fn with(said: String, detail: &str) -> String {
    // One event is one line; a log has the rest.
    match detail.lines().next() {
        Some(first) => format!("{said}: {first}"),
        None => said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::Story;

    #[test]
    fn what_matters_is_told_once() {
        let story = Story::moved_links().passed(5_500, 100);
        let mut narrator = Narrator::new(&story.begin().plan, false);
        let told: Vec<_> = story.records().iter().filter_map(|r| narrator.tell(r)).collect();
        insta::assert_snapshot!(told.join("\n"), @"
        0:00:01.0  ── the migration
        0:00:01.0  fault squatter injected: port 80 of `new` is held by exim4
        0:00:01.0  fault squatter bites: address already in use
        0:00:01.5  step stop-links: stop `links` on `old`
        0:00:02.0  step stop-links passed: stopped
        0:00:02.1  fault squatter healed: exim4 removed
        0:00:02.1  fault squatter is gone: the port is free
        0:00:02.1  step start-links: start `links` on `new`
        0:00:02.2  links is down: refused
        0:00:03.0  step start-links passed: started
        0:00:03.6  links is up again
        0:00:05.0  ── the hosts are restarted
        0:00:05.5  100ms of story time pass
        ");
    }

    #[test]
    fn a_world_that_is_kept_is_not_said_to_be_taken_down() {
        let plan = Story::new().history().begin.plan;
        let told = |keep| Narrator::new(&plan, keep).phase(Phase::Down);
        assert!(told(false).contains("taken down") && !told(true).contains("down"));
    }

    #[test]
    fn a_late_answer_of_an_early_launch_changes_nothing() {
        let story = Story::new().service("links", None).sampled("links", 0..3_000, ".x.");
        let mut records = story.records();
        records.swap(1, 2);
        let mut narrator = Narrator::new(&story.begin().plan, false);
        let told: Vec<_> = records.iter().filter_map(|r| narrator.tell(r)).collect();
        assert_eq!(told, [""; 0]);
    }
}
