//! Owns what is told of probes. Nothing is ticked: as long as a view stays the same, so do all
//! answers, and what is told is one range of launches for all of them; only the launches around a
//! change are worked out. The exact truth is kept beside.
//! Must not know: why a view changed.

use super::{
    clock::{Clock, Work},
    dns::next_on_grid,
    layout::Layout,
    probes::{Memory, View},
};
use crate::{
    base::{Duration, ServiceId, StoryTime},
    history::Sample,
    plan::Plan,
    probe::{Answer, Client},
};

/// All targets that are watched.
#[derive(Debug, Clone, Default)]
pub(super) struct Watch {
    began: Work,
    tracks: Vec<Track>,
}

/// One target.
#[derive(Debug, Clone)]
struct Track {
    /// The next launch that was not told yet.
    next: Work,
    /// From launch to launch.
    every: Duration,
    view: View,
    /// What there is to say of the view, once it was said.
    detail: Option<String>,
    memory: Memory,
    /// When to tell of the first answer after a change, if that was not told.
    due: Option<Work>,
    truth: Vec<(StoryTime, Answer)>,
}

/// What was true for a client all along, whether a probe saw it or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// Of which service.
    pub service: ServiceId,
    /// From which client.
    pub client: Client,
    /// From each of these moments on, up to the next one, it would have found this.
    pub changes: Vec<(StoryTime, Answer)>,
}

impl Watch {
    /// Begins to watch; the targets share out the time between two launches, as on real hosts.
    /// Returns the first launch of each.
    pub(super) fn begin(
        &mut self,
        views: impl ExactSizeIterator<Item = (View, Memory)>,
        every: Duration,
        clock: &Clock,
    ) -> Vec<Work> {
        self.began = clock.work();
        let of = views.len();
        self.tracks = views
            .enumerate()
            .map(|(number, (view, memory))| {
                let next = first_launch(self.began, every, number, of);
                let truth = vec![(clock.story(), view.answer)];
                let due = Some(next + view.took);
                Track { next, every, view, detail: None, memory, due, truth }
            })
            .collect();
        self.tracks.iter().map(|track| track.next).collect()
    }

    /// How many targets are watched.
    pub(super) fn len(&self) -> usize {
        self.tracks.len()
    }

    /// When the first answer of each target is to be told.
    pub(super) fn due(&self, target: usize) -> Option<Work> {
        self.tracks[target].due
    }

    /// What the client of a target remembers.
    pub(super) fn memory(&self, target: usize) -> Memory {
        self.tracks[target].memory
    }

    /// A target is asked more or less often from now on. Returns when its next answer is to be told,
    /// if none was told since its last change.
    pub(super) fn pace(
        &mut self,
        target: usize,
        every: Duration,
        clock: &Clock,
        told: &mut Told<'_>,
    ) -> Option<Work> {
        let of = self.tracks.len();
        let track = &mut self.tracks[target];
        if track.every == every {
            return None;
        }
        let after = clock.work() + Duration::from_micros(1);
        track.tell(target, after, clock, told);
        let first = first_launch(self.began, every, target, of);
        track.every = every;
        track.next = next_on_grid(first, every, after);
        track.due = track.due.map(|_| track.next + track.view.took);
        track.due
    }

    /// From `since` on a target sees something else, maybe. Launches before that saw what it saw so
    /// far. Returns when the first answer after the change is to be told.
    pub(super) fn see(
        &mut self,
        target: usize,
        (view, memory): (View, Memory),
        since: StoryTime,
        clock: &Clock,
        told: &mut Told<'_>,
    ) -> Option<Work> {
        let track = &mut self.tracks[target];
        track.memory = memory;
        if track.view == view {
            return None;
        }
        track.tell(target, clock.work_at(since), clock, told);
        if track.view.answer != view.answer {
            // Of several changes at one moment the last counts.
            track.truth.pop_if(|(at, _)| *at == since);
            track.truth.push((since, view.answer));
        }
        (track.view, track.detail) = (view, None);
        let due = track.next + view.took;
        track.due = Some(due);
        track.due
    }

    /// The time has come to tell of a first answer.
    pub(super) fn tell_first(&mut self, target: usize, clock: &Clock, told: &mut Told<'_>) {
        let track = &mut self.tracks[target];
        // A later change may have put it off.
        if track.due.is_some_and(|due| due <= clock.work()) {
            track.tell_answered(target, clock, told);
        }
    }

    /// Tells of all that was answered by a target until now.
    pub(super) fn catch_up(&mut self, target: usize, clock: &Clock, told: &mut Told<'_>) {
        // Nothing is watched before the services are asked.
        if let Some(track) = self.tracks.get_mut(target) {
            track.tell_answered(target, clock, told);
        }
    }

    /// Tells of all that was launched before story time jumps.
    pub(super) fn before_jump(&mut self, clock: &Clock, told: &mut Told<'_>) {
        for (target, track) in self.tracks.iter_mut().enumerate() {
            track.tell(target, clock.work(), clock, told);
        }
    }

    /// What was true all along.
    pub(super) fn truth(&self, plan: &Plan, layout: &Layout) -> Vec<Truth> {
        let targets = layout.targets.iter().zip(&self.tracks);
        targets
            .filter_map(|(target, track)| {
                let (service, _) = plan.services.get_index(target.service)?;
                let changes = track.truth.clone();
                Some(Truth { service: service.clone(), client: target.client, changes })
            })
            .collect()
    }
}

impl Track {
    /// Tells of the launches that were answered by now.
    fn tell_answered(&mut self, target: usize, clock: &Clock, told: &mut Told<'_>) {
        let answered = clock.work().0.checked_sub(self.view.took.as_micros());
        if let Some(answered) = answered {
            self.tell(target, Work(answered + 1), clock, told);
        }
    }

    /// Tells of the launches before a moment, as one range.
    fn tell(&mut self, target: usize, before: Work, clock: &Clock, told: &mut Told<'_>) {
        let (first, next) = (self.next, next_on_grid(self.next, self.every, before));
        let count = (next.0 - first.0) / self.every.as_micros().max(1);
        if count > 0 {
            let Told { plan, layout, tell } = told;
            let target = &layout.targets[target];
            let (service, _) = plan.services.get_index(target.service).expect("it is of this plan");
            let host = self.view.host.and_then(|host| plan.hosts.get_index(host));
            let detail = self.detail.get_or_insert_with(|| self.view.detail(plan, layout, target));
            tell(Sample {
                service: service.clone(),
                client: target.client,
                launched: clock.story_at(first),
                count,
                every_micros: if count > 1 { self.every.as_micros() } else { 0 },
                host: host.map(|(id, _)| id.clone()),
                answer: self.view.answer,
                took_micros: self.view.took.as_micros(),
                detail: detail.clone(),
            });
            (self.next, self.due) = (next, None);
        }
    }
}

/// The first launch of target number `number` of `of`: they share out the time between two launches,
/// so that they do not burst.
pub(super) fn first_launch(began: Work, every: Duration, number: usize, of: usize) -> Work {
    let share = every.as_micros() / (of as u64).max(1) * number as u64;
    began + Duration::from_micros(share)
}

/// Where samples go.
pub(super) struct Told<'a> {
    pub(super) plan: &'a Plan,
    pub(super) layout: &'a Layout,
    pub(super) tell: &'a mut dyn FnMut(Sample),
}
