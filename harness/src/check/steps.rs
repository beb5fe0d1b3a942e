//! Every step has to pass, unless the scenario lets it fail. One whose failure leads to a rollback may
//! fail if a fault of this rehearsal made it: a migration that fails by itself is no pass, however well
//! it is taken back.

use super::{
    Reason, ReasonKind, Ruling, StepVerdict,
    blame::{Scene, hosts_of},
    spans::{FaultSpan, StepSpan},
};
use crate::{base::StepId, history::StepOutcome, plan::Fate, scenario::OnFailure};

pub(super) fn check(scene: &Scene<'_>, reasons: &mut Vec<Reason>) -> Vec<StepVerdict> {
    let failures: Vec<_> = scene.migration().filter_map(|span| failure(scene, span)).collect();
    if failures.is_empty() {
        reasons.extend(unplayed(scene));
    }
    reasons.extend(failures);
    let told = |(place, span)| told(scene, place, span);
    let played = |span: &StepSpan<'_>| span.outcome.is_some() || span.started.is_some();
    let steps = scene.steps.iter().enumerate();
    steps.filter(|(_, span)| !span.undoes || played(span)).map(told).collect()
}

/// The reason that a failed step is, if it is one.
fn failure(scene: &Scene<'_>, span: &StepSpan<'_>) -> Option<Reason> {
    if ruling(scene, span) != Ruling::Fail {
        return None;
    }
    let summary = span.step.verb.describe().summary;
    let how = match (span.outcome, span.attempts) {
        (Some(StepOutcome::TimedOut), _) => {
            format!("was given up at its deadline of {}", span.step.deadline)
        }
        (_, 0 | 1) => "failed".to_owned(),
        (_, attempts) => format!("failed {attempts} times"),
    };
    let behind = scene.faults_behind(span);
    let mut text = format!("step `{}` ({summary}) {how}", span.step.id);
    if !span.detail.is_empty() {
        text.push_str(&format!(": {}", span.detail));
    }
    for fault in &behind {
        text.push_str(&format!("; {}", fault_words(scene, fault)));
    }
    if scene.rolled_back {
        text.push_str(
            "; no fault of this rehearsal explains that, so the migration itself does not work",
        );
    }
    Some(Reason {
        step: Some(span.step.id.clone()),
        host: hosts_of(&span.step.verb).last().map(|host| (*host).clone()),
        service: span.step.verb.reach().services.first().cloned(),
        fault: behind.first().map(|fault| fault.id.clone()),
        ..Reason::new(ReasonKind::Step, Ruling::Fail, text)
    })
}

/// A fault that was there, and the step that was forgotten and would have ended it.
fn fault_words(scene: &Scene<'_>, span: &FaultSpan<'_>) -> String {
    let mut words = format!("fault `{}` was there: {}", span.id, span.fault.kind);
    let healer = span.fault.healed_by.as_ref();
    let healer = healer.and_then(|id| scene.migration().find(|span| span.step.id == *id));
    let is_skipped = |span: &&StepSpan<'_>| {
        span.step.fate == Fate::Skip || span.outcome == Some(StepOutcome::Skipped)
    };
    if let Some(healer) = healer.filter(is_skipped) {
        words.push_str(&format!(", and step `{}` that ends it was skipped", healer.step.id));
    }
    words
}

/// Steps that were to be played and were not, where no failed step explains it.
fn unplayed(scene: &Scene<'_>) -> Option<Reason> {
    let left: Vec<&StepId> = scene
        .migration()
        .filter(|span| span.step.fate == Fate::Play && ruling(scene, span) == Ruling::Unknown)
        .map(|span| &span.step.id)
        .collect();
    let (first, more) = left.split_first()?;
    let others = match more.len() {
        0 => String::new(),
        1 => " and one more".to_owned(),
        others => format!(" and {others} more"),
    };
    let text = format!("step `{first}`{others} did not come to an end");
    Some(Reason {
        step: Some((*first).clone()),
        ..Reason::new(ReasonKind::Step, Ruling::Unknown, text)
    })
}

pub(super) fn ruling(scene: &Scene<'_>, span: &StepSpan<'_>) -> Ruling {
    let rolled_back = scene.rolled_back;
    match span.outcome {
        Some(StepOutcome::Passed | StepOutcome::Skipped) => Ruling::Pass,
        Some(StepOutcome::Failed | StepOutcome::TimedOut) => match &span.step.on_failure {
            OnFailure::Continue => Ruling::Pass,
            _ if rolled_back && !span.undoes && scene.fault_explains(span) => Ruling::Pass,
            OnFailure::Stop | OnFailure::Rollback | OnFailure::Retry(_) => Ruling::Fail,
        },
        // After a rollback, nobody misses the rest of the migration.
        Some(StepOutcome::NotReached) if rolled_back && !span.undoes => Ruling::Pass,
        None if span.undoes && span.started.is_none() => Ruling::Pass,
        Some(StepOutcome::NotReached) | None => Ruling::Unknown,
    }
}

fn told(scene: &Scene<'_>, step: usize, span: &StepSpan<'_>) -> StepVerdict {
    let verdict = ruling(scene, span);
    StepVerdict {
        id: span.step.id.clone(),
        summary: scene.said_of(verdict, || scene.ties.summary(step).to_owned()),
        started_at: span.started.map(Into::into),
        ended_at: span.started.and(span.ended).map(Into::into),
        outcome: span.outcome,
        verdict,
        attempts: span.attempts,
        detail: scene.said_of(verdict, || span.detail.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::Story;

    fn judged(story: Story) -> Vec<(Ruling, String)> {
        let history = story.history();
        let mut reasons = vec![];
        check(&Scene::of(&history), &mut reasons);
        reasons.into_iter().map(|reason| (reason.verdict, reason.text)).collect()
    }

    fn story() -> Story {
        Story::new().service_at("mail", None, 25).start_step("start-mail", "mail", "new")
    }

    #[test]
    fn passed_and_skipped_steps_need_no_reason() {
        let story = story().start_step("again", "mail", "new").skip("again");
        let story = story.played("start-mail", 1, 2, StepOutcome::Passed, "").not_played(
            "again",
            2,
            StepOutcome::Skipped,
        );
        assert_eq!(judged(story), []);
    }

    #[test]
    fn a_failed_step_names_the_host_the_fault_and_the_forgotten_step() {
        let story = story()
            .run_step("free-port-25", "new")
            .skip("free-port-25")
            .port_fault("exim-holds-port-25", "new", 25, Some("free-port-25"))
            .fault_bites("exim-holds-port-25", 0)
            .played("start-mail", 1, 2, StepOutcome::Failed, "0.0.0.0:25: address already in use");
        assert_eq!(
            judged(story),
            [(
                Ruling::Fail,
                "step `start-mail` (start `mail` on `new`) failed: 0.0.0.0:25: address already \
                 in use; fault `exim-holds-port-25` was there: port 25 of `new` is held by \
                 exim4, and step `free-port-25` that ends it was skipped"
                    .to_owned()
            )]
        );
    }

    #[test]
    fn only_the_last_attempt_counts() {
        let tried = |last| {
            judged(story().played("start-mail", 1, 2, StepOutcome::Failed, "first").attempted(
                "start-mail",
                2,
                3,
                4,
                last,
                "second",
            ))
        };
        assert_eq!(tried(StepOutcome::Passed), []);
        let text = "step `start-mail` (start `mail` on `new`) failed 2 times: second";
        assert_eq!(tried(StepOutcome::Failed), [(Ruling::Fail, text.to_owned())]);
    }

    #[test]
    fn a_failure_that_the_scenario_allows_is_only_noted() {
        let story =
            story().go_on_after("start-mail").played("start-mail", 1, 2, StepOutcome::Failed, "");
        assert_eq!(judged(story), []);
    }

    #[test]
    fn steps_without_an_end_are_unknown_unless_a_failed_one_explains_them() {
        let text = |text: &str| vec![(Ruling::Unknown, text.to_owned())];
        assert_eq!(judged(story()), text("step `start-mail` did not come to an end"));
        let two = || story().start_step("again", "mail", "new");
        assert_eq!(
            judged(two().not_played("start-mail", 1, StepOutcome::NotReached)),
            text("step `start-mail` and one more did not come to an end")
        );
        let failed = two().played("start-mail", 1, 2, StepOutcome::TimedOut, "");
        assert_eq!(
            judged(failed.not_played("again", 2, StepOutcome::NotReached)),
            [(
                Ruling::Fail,
                "step `start-mail` (start `mail` on `new`) was given up at its deadline of 1m"
                    .to_owned()
            )]
        );
    }
}
