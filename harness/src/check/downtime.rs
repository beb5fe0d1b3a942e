//! How long each service was down, whether its budget allows that, and what it is put down to.

use super::{
    CauseKind, Interval, Outage, Reason, ReasonKind, Ruling, ServiceVerdict, advice,
    blame::{Scene, hosts_of},
    blind, completeness, flapping, latency,
    outages::{self, Doubt, Seen},
    phases, slow,
};
use crate::{
    base::Duration,
    check::Seconds,
    plan::Plan,
    probe::{Client, Probing},
};

pub(super) fn check(
    scene: &Scene<'_>,
    seen: &[Seen<'_>],
    reasons: &mut Vec<Reason>,
) -> Vec<ServiceVerdict> {
    let whole = completeness::whole(scene.history);
    let services: Vec<_> = seen
        .iter()
        .map(|seen| {
            let budget = scene
                .plan
                .services
                .get(seen.service)
                .and_then(|service| service.budgets.get(&seen.client))
                .copied();
            let extent = Extent::of(seen);
            // Nobody promised anything to clients that hold on to an old address or connection.
            let promised = seen.client == Client::Fresh || budget.is_some();
            let finding = match extent.against(budget, &scene.plan.probing, whole) {
                Finding::StillDown | Finding::BrokenOff if !promised => Finding::Within,
                finding => finding,
            };
            let verdict = told(scene, seen, extent, budget, finding.ruling());
            (verdict, finding)
        })
        .collect();
    reasons.extend(services.iter().filter_map(|(told, finding)| reason(scene, told, *finding)));
    services.into_iter().map(|(told, _)| told).collect()
}

/// What the probes tell of each service that has a probe or a budget.
pub(super) fn seen<'a>(scene: &Scene<'a>) -> Vec<Seen<'a>> {
    let window = scene.window();
    let plan: &'a Plan = scene.plan;
    plan.services
        .iter()
        .filter(|(_, service)| service.probe.is_some())
        .flat_map(|(id, service)| service.clients.iter().map(move |client| (id, *client)))
        .map(|(id, client)| Seen::of(scene.history, id, client, window))
        .collect()
}

/// Downtime, as far as it is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    pub(super) min: Duration,
    pub(super) max: Duration,
    /// Whether it was seen to be down at all.
    pub(super) down: bool,
    /// Whether it did not come back.
    pub(super) open: bool,
    /// How long nothing was known of it in the end, since it was last seen to be down.
    pub(super) lost: Duration,
    /// The longest time without an answer while it seemed up; none when no probe told anything.
    pub(super) unseen: Option<Duration>,
    /// Why the rest may be wrong, if it may.
    pub(super) doubt: Option<Doubt>,
}

/// What downtime is against its budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finding {
    Within,
    Over,
    MaybeOver,
    StillDown,
    /// Down when it was last seen, a while before the end.
    LostSight(Duration),
    BrokenOff,
    NoSample,
    Unseen(Duration),
    Doubted(Doubt),
}

impl Extent {
    fn of(seen: &Seen<'_>) -> Self {
        Self {
            min: seen.outages.iter().map(|outage| outage.min()).sum(),
            max: seen.outages.iter().map(|outage| outage.max()).sum(),
            down: !seen.outages.is_empty(),
            open: seen.outages.iter().any(|outage| outage.open),
            lost: outages::lost(&seen.outages),
            unseen: seen.any().then_some(seen.unseen.unwrap_or_default()),
            doubt: seen.doubt,
        }
    }

    /// Three-valued: within only if the longest possible downtime is, over only if the shortest
    /// is. A failed probe is an outage of more than no time. `whole` says whether the migration
    /// was played to its end, so that what is down now will stay down.
    pub(super) fn against(
        &self,
        budget: Option<Duration>,
        probing: &Probing,
        whole: bool,
    ) -> Finding {
        if let Some(doubt) = self.doubt {
            return Finding::Doubted(doubt);
        }
        let Some(unseen) = self.unseen else { return Finding::NoSample };
        let over = budget
            .is_some_and(|budget| self.min > budget || (budget == Duration::ZERO && self.down));
        // What could hide between two launches is told, and accepted; a hole in which, together
        // with the outages that were seen, more than the budget could hide is not.
        let tolerated = probing.every + probing.deadline;
        let is_hole = unseen > tolerated;
        let is_lost = self.lost > tolerated;
        let hides_too_much = budget.is_some_and(|budget| self.max + unseen > budget);
        match () {
            () if self.open && whole && !is_lost => Finding::StillDown,
            () if over => Finding::Over,
            () if self.open && whole => Finding::LostSight(self.lost),
            () if self.open => Finding::BrokenOff,
            () if budget.is_some_and(|budget| self.max > budget) => Finding::MaybeOver,
            () if is_hole && hides_too_much => Finding::Unseen(unseen),
            () => Finding::Within,
        }
    }

    pub(super) fn interval(&self) -> Interval {
        Interval { min_seconds: self.min.into(), max_seconds: self.max.into() }
    }
}

impl Finding {
    pub(super) fn ruling(self) -> Ruling {
        match self {
            Self::Within => Ruling::Pass,
            Self::Over | Self::StillDown => Ruling::Fail,
            Self::MaybeOver
            | Self::LostSight(_)
            | Self::BrokenOff
            | Self::NoSample
            | Self::Unseen(_)
            | Self::Doubted(_) => Ruling::Unknown,
        }
    }

    /// What is said of it, after the name of who was down; nothing where all is well.
    pub(super) fn words(self, downtime: Interval, budget: Option<Seconds>) -> Option<String> {
        let budget = budget.unwrap_or_default();
        Some(match self {
            Self::Within => return None,
            Self::Over => format!("was down for {downtime}, over the budget of {budget}"),
            Self::MaybeOver => {
                format!("was down for {downtime}, which may be over the budget of {budget}")
            }
            Self::StillDown => {
                format!("was still down at the end, after {} in all", downtime.max_seconds)
            }
            Self::LostSight(hole) => {
                let hole = Seconds(hole);
                format!("was down when it was seen last, {hole} before the end: it may be up")
            }
            Self::BrokenOff => "was down when the rehearsal broke off".to_owned(),
            Self::NoSample => "was not seen at all: no probe told whether it is up".to_owned(),
            Self::Unseen(hole) => {
                format!("was not seen for {}: no probe told whether it is up", Seconds(hole))
            }
            Self::Doubted(Doubt::Misplaced(count)) => format!(
                "was down for {downtime} or otherwise: {count} answers were told too late to be put \
                 in their place"
            ),
            Self::Doubted(Doubt::LeftOut(count)) => format!(
                "was down for {downtime} at least: it changed more often than can be kept, and \
                 {count} answers after that were left out"
            ),
        })
    }
}

fn told(
    scene: &Scene<'_>,
    seen: &Seen<'_>,
    extent: Extent,
    budget: Option<Duration>,
    verdict: Ruling,
) -> ServiceVerdict {
    let outages: Vec<_> =
        seen.outages.iter().map(|outage| outage_told(scene, seen, outage)).collect();
    let around_changes = |window| blind::around_changes(scene, seen.service, seen.runs, window);
    let blind = scene.explained(|| seen.window.and_then(around_changes));
    ServiceVerdict {
        name: seen.service.clone(),
        client: seen.client,
        downtime: extent.interval(),
        budget_seconds: budget.map(Into::into),
        verdict,
        unseen_seconds_max: extent.unseen.map(Into::into),
        unseen_around_changes_seconds_max: blind.map(Into::into),
        samples: seen.samples,
        advice: scene.explained(|| advice::of(scene.plan, seen.service, seen.client, &outages)),
        outages,
        flapping: flapping::flapping(&seen.outages),
        slow_times: scene.explained(|| {
            seen.window.map_or_else(Vec::new, |window| slow::times(seen.runs, window))
        }),
        latency: scene.explained(|| seen.track.and_then(latency::of)),
        last_error: seen.last_error.map(str::to_owned),
    }
}

fn outage_told(scene: &Scene<'_>, seen: &Seen<'_>, outage: &outages::Outage) -> Outage {
    Outage {
        from: outage.first_bad.into(),
        to: (!outage.open).then_some(outage.end.into()),
        min_seconds: outage.min().into(),
        max_seconds: outage.max().into(),
        causes: scene.explained(|| scene.causes(seen.service, outage.good_before, outage.end)),
        phases: scene.explained(|| phases::of(scene, seen, outage)),
    }
}

fn reason(scene: &Scene<'_>, told: &ServiceVerdict, finding: Finding) -> Option<Reason> {
    let words = finding.words(told.downtime, told.budget_seconds)?;
    let mut text = match told.client {
        Client::Fresh => format!("`{}` {words}", told.name),
        client => format!("`{}`, as its `{client}` clients saw it, {words}", told.name),
    };
    if !told.flapping.is_empty() {
        text.push_str(&format!(", flapping: {} outages", told.outages.len()));
    }
    // Where it is still down, that outage explains the verdict; otherwise the longest does.
    let worst = told.outages.iter().max_by_key(|outage| (outage.to.is_none(), outage.max_seconds));
    let causes = worst.map_or(&[][..], |outage| &outage.causes);
    if let Some(error) = told.last_error.as_ref().filter(|error| !error.is_empty()) {
        text.push_str(&format!(" (last seen: {error})"));
    }
    if !causes.is_empty() {
        text.push_str(&format!("; put down to {}", list(causes)));
    }
    let of_kind = |kind| causes.iter().find(|cause| cause.kind == kind).map(|cause| &cause.id);
    let step = of_kind(CauseKind::Step)
        .and_then(|id| scene.steps.iter().find(|span| span.step.id.as_str() == id));
    let fault = of_kind(CauseKind::Fault)
        .and_then(|id| scene.faults.iter().find(|span| span.id.as_str() == id));
    if let Some(fault) = fault {
        text.push_str(&format!(" ({})", fault.fault.kind));
    }
    let place = fault
        .and_then(|span| span.fault.kind.reach().hosts.first())
        .or_else(|| step.and_then(|span| hosts_of(&span.step.verb).last().copied()));
    Some(Reason {
        service: Some(told.name.clone()),
        client: Some(told.client),
        step: step.map(|span| span.step.id.clone()),
        host: place.cloned(),
        fault: fault.map(|span| span.id.clone()),
        ..Reason::new(ReasonKind::Service, finding.ruling(), text)
    })
}

/// The first few, so that a sentence stays one.
fn list(causes: &[super::Cause]) -> String {
    const SHOWN: usize = 4;
    let mut shown: Vec<_> = causes.iter().take(SHOWN).map(ToString::to_string).collect();
    if causes.len() > SHOWN {
        shown.push(format!("{} more", causes.len() - SHOWN));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check::testing::Story, history::Ending, history::StepOutcome::*};

    #[test]
    fn an_outage_and_a_hole_that_fit_the_budget_one_by_one_may_break_it_together() {
        // Down for 1 s to 3 s, then nothing known for 6 s.
        let samples = "..xx..?????..";
        for (budget, ruling) in [("8s", Ruling::Unknown), ("10s", Ruling::Pass)] {
            let (found, text) = judged(&probed(Some(budget), samples).complete(99_000));
            assert_eq!(found, ruling, "{budget}: {text}");
        }
    }

    fn judged(story: &Story) -> (Ruling, String) {
        let history = story.history();
        let scene = Scene::of(&history);
        let mut reasons = vec![];
        let services = check(&scene, &seen(&scene), &mut reasons);
        assert_eq!(services.len(), 1);
        let texts: Vec<_> = reasons.into_iter().map(|reason| reason.text).collect();
        (services[0].verdict, texts.join("\n"))
    }

    /// A second from launch to launch, so that `..xx..` is down for 1 s to 3 s.
    fn probed(budget: Option<&str>, samples: &str) -> Story {
        let end = samples.len() as u64 * 1_000;
        let story = Story::new().service("links", budget).begin_migrate();
        story.sampled("links", 0..end, samples).phase_at(end, crate::history::Phase::Restart)
    }

    #[test]
    fn budgets_are_three_valued() {
        let down = "`links` was down for 1s to 3s, ";
        for (budget, samples, ruling, text) in [
            (Some("3s"), "..xx..", Ruling::Pass, String::new()),
            (
                Some("2s"),
                "..xx..",
                Ruling::Unknown,
                format!("{down}which may be over the budget of 2s (last seen: refused)"),
            ),
            (
                Some("1s"),
                "..xx..",
                Ruling::Unknown,
                format!("{down}which may be over the budget of 1s (last seen: refused)"),
            ),
            (
                Some("900ms"),
                "..xx..",
                Ruling::Fail,
                format!("{down}over the budget of 900ms (last seen: refused)"),
            ),
            (Some("0"), "......", Ruling::Pass, String::new()),
            (
                Some("0"),
                "..x...",
                Ruling::Fail,
                "`links` was down for 0s to 2s, over the budget of 0s (last seen: refused)".into(),
            ),
            (None, "..xx..", Ruling::Pass, String::new()),
            (
                Some("5m"),
                "..xx????",
                Ruling::Unknown,
                "`links` was down when it was seen last, 5s before the end: it may be up (last \
                 seen: refused)"
                    .into(),
            ),
            (
                None,
                "..xx",
                Ruling::Fail,
                "`links` was still down at the end, after 3s in all (last seen: refused)".into(),
            ),
            (
                Some("5m"),
                "..xx",
                Ruling::Fail,
                "`links` was still down at the end, after 3s in all (last seen: refused)".into(),
            ),
            (
                Some("5m"),
                "????",
                Ruling::Unknown,
                "`links` was not seen at all: no probe told whether it is up".into(),
            ),
            (
                None,
                "",
                Ruling::Unknown,
                "`links` was not seen at all: no probe told whether it is up".into(),
            ),
        ] {
            let story = probed(budget, samples).ended(99_000, Ending::Complete, "");
            assert_eq!(judged(&story), (ruling, text), "{budget:?} {samples}");
        }
    }

    #[test]
    fn a_hole_that_could_hide_more_than_the_budget_is_unknown() {
        let story = probed(Some("0"), "..??..").complete(9_000);
        assert_eq!(
            judged(&story),
            (
                Ruling::Unknown,
                "`links` was not seen for 3s: no probe told whether it is up".to_owned()
            )
        );
        assert_eq!(judged(&probed(Some("3s"), "..??..").complete(9_000)).0, Ruling::Pass);
    }

    #[test]
    fn a_service_that_comes_and_goes_is_said_to_be_flapping() {
        let (ruling, text) = judged(&probed(Some("1s"), "..x.xx.x..").complete(99_000));
        assert_eq!(ruling, Ruling::Unknown);
        let said = "`links` was down for 1s to 7s, which may be over the budget of 1s, flapping: 3 outages";
        assert!(text.starts_with(said), "{text}");
    }

    #[test]
    fn other_clients_are_named_and_without_a_budget_nobody_promised_them_anything() {
        let told = |budget: Option<&str>| {
            let mut story = probed(None, "......").clients("links", &[Client::Fresh, Client::Late]);
            if let Some(budget) = budget {
                story = story.budget("links", Client::Late, budget);
            }
            let story = story.sampled_by(Client::Late, "links", 0..6_000, "..xxxx");
            let history = story.complete(99_000).history();
            let scene = Scene::of(&history);
            let mut reasons = vec![];
            let services = check(&scene, &seen(&scene), &mut reasons);
            let rulings: Vec<_> = services.iter().map(|service| service.verdict).collect();
            (
                rulings,
                reasons.into_iter().map(|reason| (reason.client, reason.text)).collect::<Vec<_>>(),
            )
        };
        use Ruling::{Fail, Pass};
        assert_eq!(told(None), (vec![Pass, Pass], vec![]));
        let (rulings, reasons) = told(Some("1m"));
        assert_eq!(rulings, [Pass, Fail]);
        let text = "`links`, as its `late` clients saw it, was still down at the end, after 5s in all \
                    (last seen: refused)";
        assert_eq!(reasons, [(Some(Client::Late), text.to_owned())]);
    }

    #[test]
    fn answers_without_a_place_make_it_unknown() {
        let story = probed(Some("5m"), "..xx..").complete(9_000);
        for (misplaced, left_out, words) in [
            (0, 0, ""),
            (3, 0, "3 answers were told too late to be put in their place"),
            (
                0,
                7,
                "it changed more often than can be kept, and 7 answers after that were left out",
            ),
        ] {
            let mut history = story.history();
            (history.tracks[0].misplaced, history.tracks[0].left_out) = (misplaced, left_out);
            let scene = Scene::of(&history);
            let mut reasons = vec![];
            let services = check(&scene, &seen(&scene), &mut reasons);
            let expected = if words.is_empty() { Ruling::Pass } else { Ruling::Unknown };
            assert_eq!(services[0].verdict, expected, "{words}");
            assert!(reasons.iter().all(|reason| reason.text.contains(words)), "{reasons:?}");
            assert_eq!(reasons.is_empty(), words.is_empty());
        }
    }

    #[test]
    fn what_is_down_when_the_rehearsal_breaks_off_may_have_come_back() {
        let story = |budget| probed(budget, "..xxx").ended(9_000, Ending::Interrupted, "");
        let text = "`links` was down when the rehearsal broke off (last seen: refused)";
        assert_eq!(judged(&story(Some("5m"))), (Ruling::Unknown, text.to_owned()));
        assert_eq!(judged(&story(Some("1s"))).0, Ruling::Fail);
    }

    #[test]
    fn story_time_that_jumps_inside_an_outage_counts() {
        let story = Story::new()
            .service("links", Some("1h"))
            .begin_migrate()
            .sampled("links", 0..3_000, "..x")
            .passed(7_203_000, 7_200_000)
            .sampled("links", 7_204_000..7_206_000, "x.")
            .complete(7_206_000);
        let (ruling, text) = judged(&story);
        assert_eq!(ruling, Ruling::Fail);
        assert!(text.starts_with("`links` was down for 2h, over the budget of 1h"), "{text}");
    }

    #[test]
    fn an_outage_is_put_down_to_its_steps_and_faults() {
        let story = Story::new()
            .service_at("mail", Some("1s"), 25)
            .stop_step("stop-mail", "mail", "old")
            .start_step("start-mail", "mail", "new")
            .port_fault("exim", "new", 25, None)
            .begin_migrate()
            .fault_bites("exim", 0)
            .played("stop-mail", 1_500, 2_000, Passed, "")
            .played("start-mail", 2_000, 5_500, Passed, "")
            .fault_gone("exim", 5_000)
            .sampled("mail", 0..8_000, "..xxxx..")
            .complete(8_000);
        assert_eq!(
            judged(&story),
            (
                Ruling::Fail,
                "`mail` was down for 3s to 5s, over the budget of 1s (last seen: refused); put \
                 down to fault `exim`, step `start-mail`, step `stop-mail` (port 25 of `new` is \
                 held by exim4)"
                    .to_owned()
            )
        );
    }
}
