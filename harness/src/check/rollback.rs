//! What a rollback came to: all of it undone, every service answering where it did before, and that in
//! time. Its end state and its ledger are judged where those of a migration are.

use super::{
    Interval, Reason, ReasonKind, RollbackVerdict, Ruling, blame::Scene, outages::Seen,
    spans::StepSpan,
};
use crate::{
    base::{Duration, HostId, StoryTime},
    fault::{Slip, SlipHow},
    history::{Phase, Run, StepOutcome},
    probe::{Answer, Client},
    scenario::OnFailure,
};

pub(super) fn check(
    scene: &Scene<'_>,
    seen: &[Seen<'_>],
    reasons: &mut Vec<Reason>,
) -> Option<RollbackVerdict> {
    let began = scene.history.phase_began(Phase::Rollback)?;
    let failed = failed(scene)?;
    let since = failed.ended.unwrap_or(began);
    let undone_at = undone_at(scene, since);
    let services: Vec<_> = seen
        .iter()
        .filter(|seen| seen.client == Client::Fresh)
        .map(|seen| (seen, Back::of(scene, seen, since)))
        .collect();
    let took = took(since, undone_at, services.iter().map(|(_, back)| back));
    let budget = scene.plan.rollback.as_ref().and_then(|rollback| rollback.budget);
    let mut found: Vec<_> = unfinished(scene, failed, undone_at).into_iter().collect();
    found.extend(services.iter().filter_map(|(seen, back)| reason(scene, seen, back)));
    found.extend(budget.zip(took).and_then(|(budget, took)| late(budget, took)));
    // What is still down is told as an outage.
    let down = services.iter().any(|(_, back)| matches!(back, Back::Never));
    let down = if down { Ruling::Fail } else { Ruling::Pass };
    let verdict = found.iter().map(|reason| reason.verdict).chain([down]).collect();
    reasons.extend(found);
    Some(RollbackVerdict {
        step: failed.step.id.clone(),
        failed_at: since.into(),
        undone_at: undone_at.map(Into::into),
        took,
        budget_seconds: budget.map(Into::into),
        verdict,
    })
}

/// The step whose failure led to the rollback: it, or who broke it off, asks for one.
fn failed<'s>(scene: &'s Scene<'_>) -> Option<&'s StepSpan<'s>> {
    let asks =
        |span: &StepSpan<'_>| span.step.on_failure.rolls_back() || is_called_off(scene, span);
    let failed = scene.migration().filter(|span| span.failed());
    let ended_it = failed.filter(|span| span.step.on_failure != OnFailure::Continue || asks(span));
    ended_it.min_by_key(|span| (!asks(span), span.ended))
}

/// Whether somebody broke the step off to take the migration back.
fn is_called_off(scene: &Scene<'_>, span: &StepSpan<'_>) -> bool {
    let rolls_back = |slip: Slip<'_>| matches!(slip.how, SlipHow::Fails { rolls_back: true, .. });
    let mut slips = scene.faults.iter().filter(|fault| fault.bite_verified);
    slips.any(|fault| {
        let slip = fault.fault.kind.slip().filter(|slip| *slip.step == span.step.id);
        slip.is_some_and(rolls_back)
    })
}

/// When the last was undone, if all was.
fn undone_at(scene: &Scene<'_>, since: StoryTime) -> Option<StoryTime> {
    scene.history.phase_began(Phase::Heal)?;
    let finished = scene.undos().all(|span| super::steps::ruling(scene, span) == Ruling::Pass);
    let last = scene.undos().filter_map(|span| span.ended).max();
    finished.then(|| last.unwrap_or(since))
}

/// How a service came back.
#[derive(Debug)]
enum Back {
    /// It was last seen to be down at the first moment, and seen to be up from the second on.
    Between(StoryTime, StoryTime),
    /// The same, but somebody else answers.
    Elsewhere(HostId),
    /// It is still down.
    Never,
    /// Nobody saw it.
    Unseen,
}

impl Back {
    fn of(scene: &Scene<'_>, seen: &Seen<'_>, since: StoryTime) -> Self {
        let in_time = |run: &&Run| seen.window.is_none_or(|(_, end)| run.first < end);
        let mut known = seen.runs.iter().filter(|run| run.answer != Answer::NoSample);
        let last = known.rfind(in_time).filter(|run| run.last >= since);
        let Some(last) = last else { return Self::Unseen };
        if !last.answer.is_good() {
            return Self::Never;
        }
        let home = &scene.plan.services[seen.service].on;
        if let Some(host) = last.host.as_ref().filter(|host| *host != home) {
            return Self::Elsewhere(host.clone());
        }
        let mut outages = seen.outages.iter().filter(|outage| outage.end > since);
        outages.next_back().map_or(Self::Between(since, since), |outage| {
            Self::Between(outage.last_bad.max(since), outage.end)
        })
    }
}

/// From the failure until all was undone and every service answered.
fn took<'b>(
    since: StoryTime,
    undone_at: Option<StoryTime>,
    services: impl Iterator<Item = &'b Back>,
) -> Option<Interval> {
    let (mut min, mut max) = (undone_at?, undone_at?);
    for back in services {
        let Back::Between(from, to) = back else { return None };
        (min, max) = (min.max(*from), max.max(*to));
    }
    Some(Interval { min_seconds: min.since(since).into(), max_seconds: max.since(since).into() })
}

/// A rollback that fails is a failure, whatever the services do; one that nobody saw end is unknown.
fn unfinished(
    scene: &Scene<'_>,
    failed: &StepSpan<'_>,
    undone_at: Option<StoryTime>,
) -> Option<Reason> {
    let fails = |span: &&StepSpan<'_>| super::steps::ruling(scene, span) == Ruling::Fail;
    let Some(culprit) = scene.undos().find(fails) else {
        let text = format!("the rollback after step `{}` did not come to an end", failed.step.id);
        let unseen = || Reason::new(ReasonKind::Rollback, Ruling::Unknown, text);
        return undone_at.is_none().then(unseen);
    };
    let left = scene.undos().filter(|span| span.outcome == Some(StepOutcome::NotReached)).count();
    let summary = culprit.step.verb.describe().summary;
    let mut text = format!(
        "the rollback after step `{}` failed at step `{}` ({summary}): {}",
        failed.step.id, culprit.step.id, culprit.detail
    );
    match left {
        0 => {}
        1 => text.push_str("; one more step was not played"),
        left => text.push_str(&format!("; {left} more steps were not played")),
    }
    let step = Some(culprit.step.id.clone());
    Some(Reason { step, ..Reason::new(ReasonKind::Rollback, Ruling::Fail, text) })
}

fn reason(scene: &Scene<'_>, seen: &Seen<'_>, back: &Back) -> Option<Reason> {
    let (id, home) = (seen.service, &scene.plan.services[seen.service].on);
    let (ruling, text) = match back {
        Back::Between(..) | Back::Never => return None,
        Back::Elsewhere(host) => {
            let text = format!("`{id}` answers on `{host}` after the rollback, not on `{home}`");
            (Ruling::Fail, text)
        }
        Back::Unseen => (Ruling::Unknown, format!("`{id}` was not seen after the rollback")),
    };
    let service = Some(id.clone());
    Some(Reason { service, ..Reason::new(ReasonKind::Rollback, ruling, text) })
}

fn late(budget: Duration, took: Interval) -> Option<Reason> {
    let (ruling, over) = match () {
        () if took.max_seconds.0 <= budget => return None,
        () if took.min_seconds.0 > budget => (Ruling::Fail, "over"),
        () => (Ruling::Unknown, "which may be over"),
    };
    let text = format!(
        "the rollback was over, and every service back, {took} after the failure, {over} the budget \
         of {budget}"
    );
    Some(Reason::new(ReasonKind::Rollback, ruling, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Verdict, testing::Story, verdict};
    use StepOutcome::{Failed, NotReached, Passed};

    /// `links` is stopped at 1 s, its start on `new` fails at 3 s, and it is started on `old` again.
    fn story(outcome: StepOutcome, samples: &str) -> Story {
        let story = Story::new()
            .service("links", None)
            .stop_step("stop", "links", "old")
            .undone_by_start("stop", "undo-stop", "links", "old")
            .start_step("start", "links", "new")
            .rolls_back("start")
            .begin_migrate()
            .played("stop", 1_000, 2_000, Passed, "")
            .played("start", 2_000, 3_000, Failed, "no image");
        let story = story.phase_at(3_000, Phase::Rollback);
        let story = match outcome {
            NotReached => story.not_played("undo-stop", 3_000, NotReached),
            outcome => story.played("undo-stop", 3_000, 4_000, outcome, "no disk"),
        };
        let end = samples.len() as u64 * 1_000;
        story
            .phase_at(4_000, Phase::Heal)
            .sampled("links", 0..end, samples)
            .phase_at(8_000, Phase::Restart)
    }

    fn told(story: Story) -> (Verdict, Vec<String>) {
        let verdict = verdict(&story.complete(20_000).history());
        let of_rollback =
            verdict.reasons.iter().filter(|reason| reason.kind == ReasonKind::Rollback);
        let texts = of_rollback.map(|reason| reason.text.clone()).collect();
        (verdict, texts)
    }

    #[test]
    fn it_took_until_all_was_undone_and_every_service_answered() {
        let (verdict, texts) = told(story(Passed, ".xxxx..."));
        let rollback = verdict.rollback.unwrap();
        assert_eq!((rollback.verdict, texts), (Ruling::Pass, vec![]));
        assert_eq!(rollback.step.as_str(), "start");
        assert_eq!(rollback.took.unwrap().to_string(), "1s to 2s");
        let (verdict, _) = told(story(Passed, ".xx....."));
        assert_eq!(verdict.rollback.unwrap().took.unwrap().to_string(), "1s");
    }

    #[test]
    fn its_budget_is_three_valued() {
        for (budget, ruling) in
            [("3s", Ruling::Pass), ("2s", Ruling::Unknown), ("1s", Ruling::Fail)]
        {
            let (verdict, texts) = told(story(Passed, ".xxxxx...").abort_budget(budget));
            // 2 s to 3 s.
            assert_eq!(verdict.rollback.unwrap().verdict, ruling, "{budget}: {texts:?}");
        }
    }

    #[test]
    fn one_that_fails_is_a_failure_even_where_the_service_answers() {
        let (verdict, texts) = told(story(Failed, "........"));
        assert_eq!(verdict.rollback.unwrap().verdict, Ruling::Fail);
        assert_eq!(
            texts,
            [
                "the rollback after step `start` failed at step `undo-stop` (start `links` on `old`): \
              no disk"
            ]
        );
    }

    #[test]
    fn one_that_somebody_calls_for_begins_with_the_step_that_was_broken_off() {
        let called_off = |story: Story| {
            story.go_on_after("start").called_off("stop-it", "start").fault_bites("stop-it", 3_000)
        };
        let (verdict, texts) = told(called_off(story(Failed, "........")));
        let rollback = verdict.rollback.expect("what the scenario lets fail was broken off");
        assert_eq!((rollback.step.as_str(), rollback.verdict), ("start", Ruling::Fail));
        assert_eq!(texts.len(), 1, "{texts:?}");
        let (verdict, _) = told(called_off(story(Passed, ".xxxx...")));
        assert_eq!(verdict.rollback.unwrap().took.unwrap().to_string(), "1s to 2s");
        let (verdict, _) = told(story(Passed, ".xxxx...").go_on_after("start"));
        assert_eq!(verdict.rollback, None, "nothing says why");
    }

    #[test]
    fn a_service_that_stays_down_or_answers_elsewhere_is_not_back() {
        let (verdict, _) = told(story(Passed, ".xxxxxxx"));
        let rollback = verdict.rollback.unwrap();
        assert_eq!((rollback.verdict, rollback.took), (Ruling::Fail, None));
        assert_eq!(verdict.verdict, Ruling::Fail);

        let at = |story: Story, at| story.asked("links", at, Some("new"), true);
        let elsewhere = (0..8).map(|second| second * 1_000).fold(story(Passed, ""), at);
        let (_, texts) = told(elsewhere);
        assert_eq!(texts, ["`links` answers on `new` after the rollback, not on `old`"]);
    }

    #[test]
    fn one_that_was_broken_off_is_no_pass() {
        let (verdict, texts) = told(story(NotReached, "........"));
        assert_eq!(verdict.rollback.unwrap().verdict, Ruling::Unknown);
        assert_eq!(texts, ["the rollback after step `start` did not come to an end"]);
    }

    #[test]
    fn what_nobody_saw_is_unknown() {
        let (verdict, texts) = told(story(Passed, "..x?????"));
        assert_eq!(verdict.rollback.unwrap().verdict, Ruling::Unknown);
        assert_eq!(texts, ["`links` was not seen after the rollback"]);
    }
}
