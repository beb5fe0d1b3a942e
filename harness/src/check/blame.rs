//! What an outage or a failure is put down to: the steps and faults of the same time that lay
//! hands on the same things.

use std::{ops::Range, sync::Arc};

use super::{
    Cause, CauseKind, Ruling,
    spans::{Attempt, FaultSpan, StepSpan},
    ties::Ties,
};
use crate::{
    base::{Duration, HostId, ServiceId, StoryTime},
    fault::Kind,
    history::{History, Phase, StepOutcome},
    plan::Plan,
    step::{Point, Ttl, Verb},
};

/// A history with its steps and faults at hand.
pub(super) struct Scene<'a> {
    pub(super) history: &'a History,
    pub(super) plan: &'a Plan,
    pub(super) ties: Arc<Ties>,
    pub(super) steps: Vec<StepSpan<'a>>,
    /// In the order in which they began.
    pub(super) attempts: Vec<Attempt<'a>>,
    /// Their places in that order, step by step.
    by_step: Vec<(usize, usize)>,
    /// The attempts at waits in that order, and when the last of those so far was over.
    waits: Vec<(usize, StoryTime)>,
    pub(super) faults: Vec<FaultSpan<'a>>,
    pub(super) rolled_back: bool,
    /// Whether the verdict is to say why, too.
    explains: bool,
}

impl<'a> Scene<'a> {
    #[cfg(test)]
    pub(super) fn of(history: &'a History) -> Self {
        Self::with(history, &Arc::new(Ties::of(&history.begin.plan)))
    }

    /// `ties` are those of the history's plan.
    pub(super) fn with(history: &'a History, ties: &Arc<Ties>) -> Self {
        let plan = &history.begin.plan;
        let (steps, attempts) = (StepSpan::all(history, ties), Attempt::all(history, ties));
        let mut by_step: Vec<_> = attempts.iter().map(|it| it.place).zip(0..).collect();
        by_step.sort_unstable();
        let is_wait = |it: &&Attempt<'_>| matches!(it.step.verb, Verb::Wait(_));
        let mut latest = StoryTime(0);
        let waits = attempts.iter().filter(is_wait).map(|it| {
            latest = latest.max(it.ended);
            (it.number, latest)
        });
        Self {
            history,
            plan,
            ties: Arc::clone(ties),
            steps,
            waits: waits.collect(),
            attempts,
            by_step,
            faults: plan
                .active_faults()
                .map(|(id, fault)| FaultSpan::of(history, id, fault))
                .collect(),
            rolled_back: history.rolled_back(),
            explains: true,
        }
    }

    /// The same, for a verdict that does not say why.
    pub(super) fn unexplained(self) -> Self {
        Self { explains: false, ..self }
    }

    /// What only explains; nothing where nobody asks why.
    pub(super) fn explained<T: Default>(&self, tell: impl FnOnce() -> T) -> T {
        if self.explains { tell() } else { T::default() }
    }

    /// What there is to say of something, which explains no more than that it is well where it is.
    pub(super) fn said_of<T: Default>(&self, ruling: Ruling, tell: impl FnOnce() -> T) -> T {
        if ruling == Ruling::Pass { self.explained(tell) } else { tell() }
    }

    /// The steps of the migration.
    pub(super) fn migration(&self) -> impl Iterator<Item = &StepSpan<'a>> {
        self.steps.iter().filter(|span| !span.undoes)
    }

    /// What undoes them.
    pub(super) fn undos(&self) -> impl Iterator<Item = &StepSpan<'a>> {
        self.steps.iter().filter(|span| span.undoes)
    }

    /// Whether a fault of this rehearsal made the step fail: one that bit, and strikes what it does.
    pub(super) fn fault_explains(&self, span: &StepSpan<'a>) -> bool {
        let verb = &span.step.verb;
        let works_on = verb.reach().services;
        let explains = |kind: &Kind| {
            let reach = kind.reach();
            let its_service = || reach.services.iter().any(|id| works_on.contains(id));
            reach.step.is_some()
                || matches!(verb, Verb::Start(_))
                || reach.ports.is_empty() && (reach.services.is_empty() || its_service())
        };
        let behind = self.faults_behind(span);
        behind.iter().any(|fault| fault.bite_verified && explains(&fault.fault.kind))
    }

    /// The time during which downtime counts: from the first step until the hosts are restarted,
    /// read, or taken down.
    pub(super) fn window(&self) -> Option<(StoryTime, StoryTime)> {
        let from = self.history.phase_began(Phase::Migrate)?;
        let to = [Phase::Restart, Phase::Read, Phase::Down]
            .into_iter()
            .filter_map(|phase| self.history.phase_began(phase))
            .min()
            .unwrap_or(self.history.last);
        Some((from, to))
    }

    /// The attempts at these steps.
    pub(super) fn attempts_at(&self, steps: &[usize]) -> impl Iterator<Item = &Attempt<'a>> {
        let of = |step: usize| -> Range<usize> {
            let begin = self.by_step.partition_point(|(other, _)| *other < step);
            begin..begin + self.by_step[begin..].partition_point(|(other, _)| *other == step)
        };
        let places = steps.iter().flat_map(move |step| &self.by_step[of(*step)]);
        places.map(|(_, attempt)| &self.attempts[*attempt])
    }

    /// The attempts at waits that were under way between two moments. There may be thousands of others.
    pub(super) fn waits_within(
        &self,
        from: StoryTime,
        to: StoryTime,
    ) -> impl Iterator<Item = &Attempt<'a>> {
        let begun = self.waits.partition_point(|(wait, _)| self.attempts[*wait].started <= to);
        let near = self.waits[..begun].iter().rev().take_while(move |(_, latest)| from <= *latest);
        near.map(|(wait, _)| &self.attempts[*wait]).filter(move |it| from <= it.ended)
    }

    /// What an outage of the service between the two moments is put down to: the steps that lay
    /// hands on it or on what it needs, the faults in its way, and the waits that fill time which
    /// none of these explains; every step of that time where none lays hands on it. The largest
    /// share comes first.
    pub(super) fn causes(&self, service: &ServiceId, from: StoryTime, to: StoryTime) -> Vec<Cause> {
        let outage = Stretch { from, to };
        let during = |step: &usize| {
            let span = &self.steps[*step];
            self.blamed(*step).and_then(|blamed| Some((span, blamed.within(outage)?)))
        };
        let touching = &self.ties.service(service).touching;
        let steps = touching.iter().filter_map(during);
        let steps = steps.map(|(span, stretch)| (step_cause(span), stretch));
        let faults = self.faults.iter().filter_map(|span| {
            let there = Stretch { from: span.injected?, to: span.gone.unwrap_or(to) };
            let there = there.within(outage)?;
            let cause = Cause { kind: CauseKind::Fault, id: span.id.to_string(), share: None };
            in_the_way(self.plan, &self.ties, &span.fault.kind, service).then_some((cause, there))
        });
        let mut found: Vec<_> = steps.chain(faults).collect();
        let mut explained: Vec<_> = found.iter().map(|(_, stretch)| *stretch).collect();
        explained.sort_unstable();
        let others: Vec<_> = if explained.is_empty() {
            (0..self.steps.len()).filter_map(|step| during(&step)).collect()
        } else {
            let fills = |(span, stretch): &(&StepSpan<'_>, Stretch)| {
                let alone = stretch.left_by(&explained);
                let began_in_it = span.started >= Some(from);
                alone > Duration::ZERO && (began_in_it || alone + alone >= outage.length())
            };
            self.ties.waits().iter().filter_map(during).filter(fills).collect()
        };
        found.extend(others.into_iter().map(|(span, stretch)| (step_cause(span), stretch)));
        let shared = found.into_iter().map(|(cause, stretch)| {
            let share = Some(stretch.share_of(outage));
            Cause { share, ..cause }
        });
        let mut causes: Vec<_> = shared.collect();
        causes.sort_by(|a, b| b.share.partial_cmp(&a.share).expect("shares are numbers"));
        causes
    }

    /// The faults that were there while the step was played, on what it acts on.
    pub(super) fn faults_behind(&self, span: &StepSpan<'a>) -> Vec<&FaultSpan<'a>> {
        let Some(started) = span.started else { return vec![] };
        let ended = span.ended.unwrap_or(self.history.last);
        let verb = &span.step.verb;
        let acts_on = |kind: &Kind| {
            if kind.shows_in_mail() {
                return false;
            }
            let reach = kind.reach();
            let narrow = !reach.ports.is_empty() || !reach.services.is_empty();
            let tools = match verb {
                Verb::Install(_) => reach.installs,
                Verb::Point(Point { name, .. }) | Verb::Ttl(Ttl { name, .. }) => {
                    reach.updates || name.iter().any(|name| reach.names.contains(name))
                }
                _ => false,
            };
            reach.step == Some(&span.step.id)
                || tools
                || match verb {
                    Verb::Start(start) if narrow => {
                        in_the_way(self.plan, &self.ties, kind, &start.service)
                    }
                    _ => hosts_of(verb).iter().any(|host| reach.hosts.contains(host)),
                }
        };
        let there = |fault: &&FaultSpan<'_>| fault.overlaps(started, ended);
        self.faults.iter().filter(there).filter(|fault| acts_on(&fault.fault.kind)).collect()
    }

    /// The time that the step is to blame for. One that failed stays to blame until a later one
    /// passes that lays hands on the same.
    fn blamed(&self, step: usize) -> Option<Stretch> {
        let span = &self.steps[step];
        let from = span.started?;
        let end = if span.failed() { self.repaired(step) } else { span.ended };
        Some(Stretch { from, to: end.unwrap_or(self.history.last) })
    }

    fn repaired(&self, failed: usize) -> Option<StoryTime> {
        let reach = self.ties.reach(failed);
        let later = self.steps.iter().enumerate().filter(|(_, span)| {
            span.outcome == Some(StepOutcome::Passed) && span.ended > self.steps[failed].ended
        });
        later
            .filter(|(step, _)| {
                let other = self.ties.reach(*step);
                reach.services.iter().any(|service| other.services.contains(service))
                    || reach.names.iter().any(|name| other.names.contains(name))
                    || reach.hosts.iter().any(|host| other.hosts.contains(host))
            })
            .filter_map(|(_, span)| span.ended)
            .min()
    }
}

/// The hosts on which a verb acts.
pub(super) fn hosts_of(verb: &Verb) -> Vec<&HostId> {
    match verb {
        Verb::Image(image) => vec![&image.from, &image.to],
        Verb::Install(install) => vec![&install.on],
        Verb::Run(run) => run.on.iter().collect(),
        Verb::Start(start) => vec![&start.on],
        Verb::Stop(stop) => vec![&stop.on],
        Verb::Transfer(transfer) => vec![&transfer.from, &transfer.to],
        Verb::Volume(volume) => vec![&volume.on],
        Verb::Point(point) => vec![&point.to],
        Verb::Check(_) | Verb::Ttl(_) | Verb::Wait(_) => vec![],
    }
}

/// Whether the fault can be felt by the service: it strikes it, or something that it needs, or a step
/// on one of these.
pub(super) fn in_the_way(plan: &Plan, ties: &Ties, kind: &Kind, service: &ServiceId) -> bool {
    let Some(tied) = ties.find(service) else { return false };
    if let Some(step) = kind.reach().step {
        return tied.touching.iter().any(|place| plan.nth_step(*place).id == *step);
    }
    let homes: Vec<&HostId> = tied.homes.iter().collect();
    tied.needed.iter().any(|id| plan.is_struck(id, &homes, kind))
}

/// From a moment to a moment, both in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Stretch {
    from: StoryTime,
    to: StoryTime,
}

impl Stretch {
    fn length(self) -> Duration {
        self.to.since(self.from)
    }

    /// The part of it that lies within another, if they meet.
    fn within(self, other: Self) -> Option<Self> {
        let both = Self { from: self.from.max(other.from), to: self.to.min(other.to) };
        (both.from <= both.to).then_some(both)
    }

    /// How much of it none of the others covers, which are sorted.
    fn left_by(self, others: &[Self]) -> Duration {
        let (mut left, mut seen) = (Duration::ZERO, self.from);
        for other in others.iter().filter_map(|other| other.within(self)) {
            left = left + other.from.since(seen);
            seen = seen.max(other.to);
        }
        left + self.to.since(seen)
    }

    /// How much of the whole it is; two digits tell a reader enough.
    fn share_of(self, whole: Self) -> f64 {
        let (part, whole) = (self.length().as_seconds(), whole.length().as_seconds());
        let share = if whole > 0.0 { part / whole } else { 1.0 };
        (share * 100.0).round() / 100.0
    }
}

fn step_cause(span: &StepSpan<'_>) -> Cause {
    Cause { kind: CauseKind::Step, id: span.step.id.to_string(), share: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::Story;

    fn told(story: &Story, service: &str, from: u64, to: u64) -> Vec<String> {
        let history = story.history();
        let ms = |ms: u64| StoryTime(ms * 1_000);
        Scene::of(&history)
            .causes(&service.parse().unwrap(), ms(from), ms(to))
            .iter()
            .map(|cause| format!("{cause} {}", cause.share.unwrap()))
            .collect()
    }

    #[test]
    fn steps_on_the_service_are_named_and_others_are_not() {
        let story = Story::new()
            .service("links", None)
            .service("doh", None)
            .stop_step("stop-doh", "doh", "old")
            .stop_step("stop-links", "links", "old")
            .played("stop-doh", 1_000, 2_000, StepOutcome::Passed, "")
            .played("stop-links", 2_000, 3_000, StepOutcome::Passed, "");
        assert_eq!(told(&story, "links", 1_500, 3_500), ["step `stop-links` 0.5"]);
    }

    #[test]
    fn without_a_step_on_the_service_all_of_that_time_are_named() {
        let story = Story::new()
            .service("links", None)
            .service("doh", None)
            .stop_step("stop-doh", "doh", "old")
            .played("stop-doh", 1_000, 2_000, StepOutcome::Passed, "");
        assert_eq!(told(&story, "links", 1_500, 3_500), ["step `stop-doh` 0.25"]);
        assert_eq!(told(&story, "links", 2_500, 3_500), [""; 0]);
    }

    #[test]
    fn a_wait_is_named_where_nothing_else_explains_the_time() {
        let story = |wait: (u64, u64)| {
            Story::new()
                .service("links", None)
                .stop_step("stop-links", "links", "old")
                .wait_step("people")
                .start_step("start-links", "links", "new")
                .played("stop-links", 1_000, 2_000, StepOutcome::Passed, "")
                .played("people", wait.0, wait.1, StepOutcome::Passed, "")
                .played("start-links", 9_000, 10_000, StepOutcome::Passed, "")
        };
        let told = |wait, from, to| told(&story(wait), "links", from, to).join(", ");
        let steps = "step `stop-links` 0.1, step `start-links` 0.1";
        assert_eq!(told((2_000, 9_000), 1_000, 11_000), format!("step `people` 0.7, {steps}"));
        assert_eq!(told((9_200, 9_900), 1_000, 11_000), steps, "the start takes that long");
        let before = told((0, 1_000), 900, 11_000);
        assert_eq!(before, steps, "it was over before, as far as anybody saw");
        let crash = told((0, 8_000), 2_500, 10_000);
        assert_eq!(crash, "step `people` 0.73, step `start-links` 0.13", "in the middle of it");
    }

    #[test]
    fn a_step_on_what_the_service_needs_is_named() {
        let story = Story::new()
            .service("db", None)
            .service("site", None)
            .needs("site", "db")
            .stop_step("stop-db", "db", "old")
            .played("stop-db", 1_000, 2_000, StepOutcome::Passed, "");
        assert_eq!(told(&story, "site", 1_000, 2_000), ["step `stop-db` 1"]);
    }

    #[test]
    fn a_failed_step_is_to_blame_until_another_repairs_it() {
        let story = Story::new()
            .service("links", None)
            .start_step("first-try", "links", "new")
            .start_step("second-try", "links", "new")
            .played("first-try", 1_000, 2_000, StepOutcome::Failed, "")
            .played("second-try", 6_000, 7_000, StepOutcome::Passed, "");
        assert_eq!(told(&story, "links", 3_000, 4_000), ["step `first-try` 1"]);
        assert_eq!(told(&story, "links", 7_500, 8_000), [""; 0]);
    }

    #[test]
    fn a_taken_port_is_in_the_way_of_its_service_only() {
        let story = Story::new()
            .service_at("mail", None, 25)
            .service_at("links", None, 80)
            .start_step("start-mail", "mail", "new")
            .start_step("start-links", "links", "new")
            .port_fault("exim", "new", 25, None)
            .fault_bites("exim", 0)
            .fault_gone("exim", 9_000);
        assert_eq!(told(&story, "mail", 1_000, 2_000), ["fault `exim` 1"]);
        assert_eq!(told(&story, "links", 1_000, 2_000), [""; 0]);
        assert_eq!(told(&story, "mail", 9_500, 9_900), [""; 0]);
    }
}
