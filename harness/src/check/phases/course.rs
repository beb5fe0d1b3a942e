//! What went on around a service, moment by moment: what worked on it, where it ran, where clients asked.

use super::{
    super::{
        PhaseKind,
        blame::{Scene, hosts_of, in_the_way},
        outages::{Outage, Seen},
        spans::{Attempt, FaultSpan},
        ties::Tied,
    },
    Doing,
};
use crate::{
    base::{HostId, ServiceId, StepId, StoryTime},
    fault::Symptom,
    history::{Run, StepOutcome},
    plan::Plan,
    probe::Answer,
    step::Verb,
};

/// What a start says that fails because its port is taken (EADDRINUSE, in the words of the C library).
const PORT_TAKEN: &str = "address already in use";

/// All that bears on an outage of one service.
pub(super) struct Course<'s> {
    plan: &'s Plan,
    service: &'s ServiceId,
    tied: &'s Tied,
    /// Where the service and all that it needs run, in the order of [`Tied::needed`].
    lives: Vec<Vec<Move<'s>>>,
    /// In the order in which they began.
    attempts: Vec<&'s Attempt<'s>>,
    faults: Vec<&'s FaultSpan<'s>>,
    outage: &'s Outage,
    /// The runs of bad answers, and what lies between them.
    runs: &'s [Run],
}

/// A service comes to a host at a moment, or leaves it.
type Move<'s> = (StoryTime, bool, &'s HostId);

impl<'s> Course<'s> {
    pub(super) fn new(scene: &'s Scene<'_>, seen: &'s Seen<'_>, outage: &'s Outage) -> Self {
        let tied = scene.ties.service(seen.service);
        let waits = scene.waits_within(outage.good_before, outage.end);
        let moving = scene.attempts_at(&tied.moving);
        let mut attempts: Vec<_> = moving.chain(waits).collect();
        attempts.sort_unstable_by_key(|it| it.number);
        let lives = tied.needed.iter().map(|id| moves(scene.plan, &attempts, id)).collect();
        let felt = |fault: &&FaultSpan<'_>| {
            in_the_way(scene.plan, &scene.ties, &fault.fault.kind, seen.service)
        };
        let faults = scene.faults.iter().filter(felt).collect();
        let begin = seen.runs.partition_point(|run| run.first < outage.first_bad);
        let length = seen.runs[begin..].partition_point(|run| run.first < outage.end);
        Self {
            plan: scene.plan,
            service: seen.service,
            tied,
            lives,
            attempts,
            faults,
            outage,
            runs: &seen.runs[begin..begin + length],
        }
    }

    /// The stretches of the outage in which nothing changes.
    pub(super) fn edges(&self) -> Vec<(StoryTime, StoryTime)> {
        let (from, to) = (self.outage.good_before, self.outage.end);
        let steps = self.attempts.iter().flat_map(|it| [it.started, it.ended]);
        let faults = self.faults.iter().flat_map(|it| [it.injected, it.gone]).flatten();
        let runs = self.runs.iter().map(|run| run.first);
        let inside = steps.chain(faults).chain(runs).filter(|at| from < *at && *at < to);
        let mut edges: Vec<_> = inside.chain([from, to]).collect();
        edges.sort_unstable();
        edges.dedup();
        // One that took no time at all has a phase all the same.
        if edges.len() == 1 {
            edges.push(from);
        }
        edges.windows(2).map(|edge| (edge[0], edge[1])).collect()
    }

    pub(super) fn doing(&self, at: StoryTime) -> Doing<'s> {
        let doing = |phase, step| Doing { phase, step };
        if let Some(step) = self.network_down(at) {
            return doing(PhaseKind::Network, step);
        }
        if self.lives.iter().any(|life| homes(life, at).next().is_none()) {
            return self.doing_while_off(at);
        }
        if let Some(step) = self.asks_elsewhere(at) {
            return doing(PhaseKind::WaitingForDns, step);
        }
        if let Some(doing) = self.work(at) {
            return doing;
        }
        match self.last_start(at).filter(|start| start.ended > self.outage.good_before) {
            _ if self.is_struck(at) => doing(PhaseKind::Faulted, None),
            Some(start) => doing(PhaseKind::Starting, Some(&start.step.id)),
            None => doing(PhaseKind::Unexplained, None),
        }
    }

    /// The service, or something that it needs, runs nowhere.
    fn doing_while_off(&self, at: StoryTime) -> Doing<'s> {
        let last_try = self
            .attempts
            .iter()
            .rfind(|it| it.started <= at && matches!(it.step.verb, Verb::Start(_) | Verb::Stop(_)));
        let start = last_try.filter(|it| matches!(it.step.verb, Verb::Start(_)));
        let failed = start.filter(|it| it.failed() && it.ended <= at);
        if let Some(start) = start.filter(|start| self.port_is_taken(start, at)) {
            return Doing { phase: PhaseKind::RefusedByPort, step: Some(&start.step.id) };
        }
        if let Some(doing) = self.work(at) {
            return doing;
        }
        match failed {
            Some(start) => Doing { phase: PhaseKind::StartFailed, step: Some(&start.step.id) },
            None => {
                let wait = self.running(at).find(|it| matches!(it.step.verb, Verb::Wait(_)));
                Doing { phase: PhaseKind::Idle, step: wait.map(|it| &it.step.id) }
            }
        }
    }

    /// The steps that work on the service at that moment; of several, the one that counts most.
    fn work(&self, at: StoryTime) -> Option<Doing<'s>> {
        let phase = |verb: &Verb| match verb {
            Verb::Transfer(_) | Verb::Image(_) | Verb::Volume(_) => Some(PhaseKind::Transferring),
            Verb::Start(_) => Some(PhaseKind::Starting),
            Verb::Stop(_) => Some(PhaseKind::Stopped),
            Verb::Install(_) | Verb::Point(_) | Verb::Run(_) | Verb::Ttl(_) => {
                Some(PhaseKind::Working)
            }
            Verb::Check(_) | Verb::Wait(_) => None,
        };
        let running = self
            .running(at)
            .filter_map(|it| Some(Doing { phase: phase(&it.step.verb)?, step: Some(&it.step.id) }));
        // Of several alike, the first.
        running.min_by_key(|doing| doing.phase)
    }

    /// Whether clients ask where the service does not run, or are still to be pointed to where it was
    /// moved; and the step that will point them, unless that has passed.
    fn asks_elsewhere(&self, at: StoryTime) -> Option<Option<&'s StepId>> {
        let astray = self.asked(at).is_some_and(|asked| !self.is_home(0, asked, at));
        let moved_to = self.attempts.iter().rfind(|it| match &it.step.verb {
            Verb::Start(start) => start.service == *self.service && it.passed_by(at),
            _ => false,
        });
        let moved_to = moved_to.and_then(|it| hosts_of(&it.step.verb).first().copied());
        let mut points = self.tied.pointing.iter().rev().map(|step| &self.plan.steps[*step]);
        let will_point = points.find(|step| match &step.verb {
            Verb::Point(point) => Some(&point.to) == moved_to,
            _ => false,
        });
        let has_passed =
            |id: &StepId| self.attempts.iter().any(|it| it.step.id == *id && it.passed_by(at));
        let to_come = will_point.map(|step| &step.id).filter(|id| !has_passed(id));
        (astray || to_come.is_some()).then_some(to_come)
    }

    /// Whether the network of a host is down that the service is on, is asked at, or is brought to;
    /// and the step that suffers.
    fn network_down(&self, at: StoryTime) -> Option<Option<&'s StepId>> {
        let dead = |fault: &&&FaultSpan<'_>| {
            fault.fault.kind.symptom() == Symptom::Network && fault.is_there(at)
        };
        let mut struck = self.faults.iter().filter(dead).flat_map(|it| it.fault.kind.reach().hosts);
        struck.find_map(|host| {
            let suffers = self.running(at).find(|it| hosts_of(&it.step.verb).contains(&host));
            let lives_there = (0..self.lives.len()).any(|of| self.is_home(of, host, at));
            (suffers.is_some() || lives_there || self.asked(at) == Some(host))
                .then(|| suffers.map(|it| &it.step.id))
        })
    }

    /// Whether a fault is there that shows in none of the other ways.
    fn is_struck(&self, at: StoryTime) -> bool {
        let struck = |fault: &&FaultSpan<'_>| fault.fault.kind.symptom() == Symptom::Other;
        self.faults.iter().copied().filter(struck).any(|fault| fault.is_there(at))
    }

    /// Whether a start cannot succeed, or could not, because its port is somebody else's.
    fn port_is_taken(&self, start: &Attempt<'_>, at: StoryTime) -> bool {
        let on = hosts_of(&start.step.verb);
        let taken = self.faults.iter().any(|fault| {
            let kind = &fault.fault.kind;
            kind.symptom() == Symptom::PortTaken
                && on.iter().any(|host| kind.reach().hosts.contains(host))
                && fault.is_there(at)
        });
        let said =
            start.failed() && start.ended <= at && start.detail.to_lowercase().contains(PORT_TAKEN);
        said || (taken && !start.passed_by(at))
    }

    /// The last start that passed, of the service or of what it needs.
    fn last_start(&self, at: StoryTime) -> Option<&'s Attempt<'s>> {
        let starts = self.attempts.iter().filter(|it| matches!(it.step.verb, Verb::Start(_)));
        starts.filter(|it| it.passed_by(at)).max_by_key(|it| it.ended).copied()
    }

    fn running(&self, at: StoryTime) -> impl Iterator<Item = &'s Attempt<'s>> {
        self.attempts.iter().filter(move |it| it.started <= at && at < it.ended).copied()
    }

    /// The host that clients ask, where one has the address that they ask.
    fn asked(&self, at: StoryTime) -> Option<&'s HostId> {
        let later = self.runs.partition_point(|run| run.first <= at);
        let known = |run: &&Run| run.answer != Answer::NoSample;
        let before = self.runs[..later].iter().rfind(known);
        before.or_else(|| self.runs.iter().find(known))?.host.as_ref()
    }

    /// Whether one of the needed services runs on a host.
    fn is_home(&self, needed: usize, host: &HostId, at: StoryTime) -> bool {
        homes(&self.lives[needed], at).any(|home| home == host)
    }
}

/// How a service moves: a stop takes it away at once, a start brings it when it has passed.
fn moves<'s>(plan: &'s Plan, attempts: &[&'s Attempt<'s>], id: &ServiceId) -> Vec<Move<'s>> {
    let begins = plan.services.get(id).map(|service| &service.on);
    let mut moves: Vec<Move<'s>> =
        begins.map(|on| (StoryTime::default(), true, on)).into_iter().collect();
    for attempt in attempts {
        match &attempt.step.verb {
            Verb::Stop(stop) if stop.service == *id => {
                moves.push((attempt.started, false, &stop.on));
                if attempt.failed() {
                    moves.push((attempt.ended, true, &stop.on));
                }
            }
            Verb::Start(start) if start.service == *id && attempt.passed() => {
                moves.push((attempt.ended, true, &start.on));
            }
            _ => {}
        }
    }
    moves.sort_by_key(|(at, ..)| *at);
    moves
}

/// Where somebody who moves so runs at a moment: the hosts whose last move was to come.
fn homes<'s>(moves: &[Move<'s>], at: StoryTime) -> impl Iterator<Item = &'s HostId> {
    let past = &moves[..moves.partition_point(|(when, ..)| *when <= at)];
    past.iter().enumerate().filter_map(|(place, (_, comes, on))| {
        let is_last = !past[place + 1..].iter().any(|(.., other)| other == on);
        (*comes && is_last).then_some(*on)
    })
}

impl Attempt<'_> {
    fn passed(&self) -> bool {
        self.outcome == Some(StepOutcome::Passed)
    }
    fn passed_by(&self, at: StoryTime) -> bool {
        self.passed() && self.ended <= at
    }
    fn failed(&self) -> bool {
        matches!(self.outcome, Some(StepOutcome::Failed | StepOutcome::TimedOut))
    }
}

impl FaultSpan<'_> {
    fn is_there(&self, at: StoryTime) -> bool {
        self.injected.is_some_and(|injected| injected <= at)
            && self.gone.is_none_or(|gone| at < gone)
    }
}
