//! Owns one writer: which writes it begins, how each goes on, and when it has heard the last of it.
//! Must not know: what its writes meet.

use super::{
    burst::{Burst, Stage},
    fate::{Fate, Outcome, Place},
};
use crate::{
    base::Duration,
    sim::{
        books::Entry,
        clock::{Clock, Work},
        facts::Facts,
        layout::{Way, Writer},
        probes::{Memory, Why},
    },
    writer::{DRAIN, Told, WriteId},
};

/// How many seconds a sender rests before it tries a mail again; the last goes on.
const RESTS: [u64; 4] = [1, 2, 4, 5];

/// One writer.
#[derive(Debug, Clone)]
pub(super) struct Scribe {
    /// Its number.
    pub(super) writer: usize,
    /// When it begins its next write.
    pub(super) next: Work,
    /// Which one that is.
    pub(super) number: u64,
    /// What becomes of it, as things are.
    pub(super) fate: Fate,
    pub(super) memory: Memory,
    /// What is under way, by its beginning.
    pub(super) bursts: Vec<Burst>,
    /// Room for what goes on.
    pub(super) turning: Vec<Burst>,
    /// Writes that were left out since the last one was begun.
    pub(super) skipped: u64,
    pub(super) stopped: Option<Work>,
}

/// Of these writes the last was heard.
pub(super) struct Ended {
    pub(super) burst: Burst,
    pub(super) told: Told,
    pub(super) fate: Fate,
    /// When, of the first.
    pub(super) at: Work,
    /// Whether its sender gave it up.
    pub(super) is_left: bool,
}

/// Who hears of that.
pub(super) type Hear<'a> = dyn FnMut(&Ended) + 'a;

impl Scribe {
    /// Goes on until a moment: what is begun before it meets what was there so far.
    pub(super) fn advance(
        &mut self,
        writer: &Writer,
        until: Work,
        clock: &Clock,
        facts: &mut Facts,
        hear: &mut Hear<'_>,
    ) {
        self.launch(writer, until, clock);
        loop {
            self.keep(writer, until, facts);
            if !self.turn(writer, until, hear) {
                return;
            }
        }
    }

    /// Whether it has heard the last of all its writes.
    pub(super) fn is_done(&self) -> bool {
        self.stopped.is_some() && self.bursts.is_empty()
    }

    /// When all that is under way has gone on, if it begins nothing more.
    pub(super) fn wakes_at(&self) -> Option<Work> {
        let drained = self.drained();
        let wakes = |burst: &Burst| match burst.stage {
            Stage::Sent { .. } => burst.last_turn(),
            Stage::Rests { .. } => {
                // What is tried at a moment is on its way right after it.
                let tried = burst.last_turn() + Duration::from_micros(1);
                drained.map_or(tried, |drained| tried.min(drained))
            }
        };
        self.bursts.iter().map(wakes).max()
    }

    /// Whether something that is under way was sent to somebody who is not there any more.
    pub(super) fn is_broken(&self, writer: &Writer, facts: &Facts) -> bool {
        self.bursts.iter().any(|burst| lost(burst, writer, facts).is_some())
    }

    /// What was sent to somebody who is not there any more has no answer: whether it was taken, nobody
    /// can tell.
    pub(super) fn interrupt(&mut self, writer: &Writer, at: Work, facts: &Facts) {
        if self.bursts.is_empty() {
            return;
        }
        for mut burst in std::mem::take(&mut self.bursts) {
            let Some(host) = lost(&burst, writer, facts) else {
                self.bursts.push(burst);
                continue;
            };
            let answered = burst.turned(at);
            self.bursts.extend(burst.take(answered));
            while let Some(mut one) = burst.take(burst.count.min(1)) {
                if let Stage::Sent { at: sent, fate, .. } = &mut one.stage {
                    fate.outcome = Outcome::Open;
                    (fate.why, fate.took) = match facts.is_reachable(host) {
                        true => (Why::Reset, Duration::from_micros(at.0 - sent.0)),
                        false => (Why::Unreachable, writer.deadline),
                    };
                }
                self.bursts.push(one);
            }
        }
    }

    /// Begins what is to be begun before a moment, as far as somebody is free for it.
    fn launch(&mut self, writer: &Writer, until: Work, clock: &Clock) {
        let end = self.stopped.map_or(until, |stopped| until.min(stopped));
        let every = writer.every.as_micros();
        // So many of the first are over. Not the last, which may go on.
        let mut over = 0;
        while self.next < end {
            let last = self.bursts.len().saturating_sub(1);
            let is_over = |burst: &&Burst| burst.under_way(self.next) == 0;
            over += self.bursts[over..last].iter().take_while(is_over).count();
            let due = (end.0 - self.next.0).div_ceil(every);
            let count = due.min(self.room(writer, &self.bursts[over..]));
            if count > 0 {
                self.begin(writer, count, clock);
                self.next = self.next + Duration::from_micros(every * count);
                continue;
            }
            let going = self.bursts[over..].iter();
            let free = going.filter_map(|burst| burst.next_turn(self.next)).min();
            let free = free.filter(|_| self.fate.outcome != Outcome::Unsent);
            let out = free.map_or(due, |free| (free.0 - self.next.0).div_ceil(every).clamp(1, due));
            self.skipped += out;
            self.next = self.next + Duration::from_micros(every * out);
        }
    }

    /// How many writes may be begun in a row from now on, while these go on.
    fn room(&self, writer: &Writer, going: &[Burst]) -> u64 {
        let under_way = going.iter().map(|burst| burst.under_way(self.next));
        let free = writer.most.saturating_sub(under_way.sum());
        let overlap = self.fate.took.as_micros().div_ceil(writer.every.as_micros()).max(1);
        let waits = writer.way == Way::Smtp && !matches!(self.fate.outcome, Outcome::Taken(_));
        if self.fate.outcome == Outcome::Unsent {
            return 0;
        }
        let ids = (WriteId::MAX + 1).saturating_sub(self.number);
        if overlap <= free && !waits { ids } else { free.min(ids) }
    }

    fn begin(&mut self, writer: &Writer, count: u64, clock: &Clock) {
        let burst = Burst {
            number: self.number,
            count,
            every: writer.every,
            launched: clock.story_at(self.next),
            stage: Stage::Sent { at: self.next, fate: self.fate, kept: 0 },
            attempts: 1,
            unanswered: 0,
            skipped: std::mem::take(&mut self.skipped),
        };
        self.number += count;
        self.put(burst);
    }

    /// Is under way, as one with what it follows on.
    fn put(&mut self, burst: Burst) {
        if !self.bursts.last_mut().is_some_and(|last| last.join(&burst)) {
            self.bursts.push(burst);
        }
    }

    /// What was taken by a moment is where it was taken.
    fn keep(&mut self, writer: &Writer, by: Work, facts: &mut Facts) {
        for burst in &mut self.bursts {
            let written = burst.written(by);
            let Stage::Sent { fate, kept, .. } = &mut burst.stage else { continue };
            if written <= *kept {
                continue;
            }
            let (first, last) = (burst.number + *kept, burst.number + written - 1);
            *kept = written;
            let entry = Entry { writer: self.writer, first, last };
            match (fate.outcome, fate.host) {
                (Outcome::Taken(Place::Kept(host)), _) => {
                    facts.book(host, writer.of).keep(entry);
                    facts.rewrite(host, writer.of);
                }
                (Outcome::Taken(Place::Queued), Some(host)) => {
                    facts.book(host, writer.service).enqueue(entry);
                    facts.rewrite(host, writer.service);
                }
                (Outcome::Taken(Place::Bounced), _) => {}
                _ => unreachable!("only what is taken is written"),
            }
        }
    }

    /// Lets answers come and mail be tried again. Returns whether there may be more of that.
    fn turn(&mut self, writer: &Writer, until: Work, hear: &mut Hear<'_>) -> bool {
        let (mut again, drained) = (false, self.drained());
        let is_still = |burst: &Burst| burst.turns_at() > until;
        if drained.is_none_or(|drained| drained > until) && self.bursts.iter().all(is_still) {
            return false;
        }
        // What is tried at that very moment meets what is there from then on; what would be tried too
        // late is given up where it rests.
        let tried = drained.map_or(until, |drained| until.min(drained)).0.checked_sub(1);
        std::mem::swap(&mut self.bursts, &mut self.turning);
        let mut turning = std::mem::take(&mut self.turning);
        for mut burst in turning.drain(..) {
            let turned = match burst.stage {
                Stage::Sent { .. } => burst.turned(until),
                Stage::Rests { .. } => tried.map_or(0, |tried| burst.turned(Work(tried))),
            };
            if let Some(turned) = burst.take(turned) {
                again = true;
                self.goes_on(writer, turned, hear);
            }
            if burst.count > 0 {
                self.put(burst);
            }
        }
        self.turning = turning;
        if let Some(drained) = drained.filter(|drained| *drained <= until) {
            self.give_up(drained, hear);
        }
        again
    }

    /// The answer is there, or the rest is over.
    fn goes_on(&mut self, writer: &Writer, mut burst: Burst, hear: &mut Hear<'_>) {
        let (fate, at) = match burst.stage {
            // Nobody can say what becomes of it, so nothing is told of it.
            Stage::Rests { .. } if self.fate.outcome == Outcome::Unsent => {
                self.skipped += burst.count;
                return;
            }
            Stage::Rests { until, .. } => {
                burst.attempts += 1;
                burst.stage = Stage::Sent { at: until, fate: self.fate, kept: 0 };
                return self.put(burst);
            }
            Stage::Sent { at, fate, .. } => (fate, at + fate.took),
        };
        burst.unanswered += u64::from(fate.outcome == Outcome::Open);
        let is_mail = writer.way == Way::Smtp;
        let told = match fate.outcome {
            Outcome::Taken(_) => Told::Acknowledged,
            Outcome::NotNow | Outcome::Open if is_mail => {
                let tried = usize::try_from(burst.attempts - 1).unwrap_or(usize::MAX);
                let rest = Duration::from_secs(RESTS[tried.min(RESTS.len() - 1)]);
                burst.stage = Stage::Rests { until: at + rest, last: fate };
                return self.put(burst);
            }
            Outcome::Refused | Outcome::NotNow | Outcome::Open => unless_open(&burst),
            Outcome::Unsent => unreachable!("what is not sent has no answer"),
        };
        hear(&Ended { burst, told, fate, at, is_left: false });
    }

    /// Nothing is tried any more that still waits.
    fn give_up(&mut self, at: Work, hear: &mut Hear<'_>) {
        let (waiting, under_way): (Vec<_>, Vec<_>) = std::mem::take(&mut self.bursts)
            .into_iter()
            .partition(|burst| matches!(burst.stage, Stage::Rests { .. }));
        self.bursts = under_way;
        for mut burst in waiting {
            // All at one moment: each is a story of its own.
            while let Some(one) = burst.take(burst.count.min(1)) {
                let Stage::Rests { last: fate, .. } = one.stage else { continue };
                hear(&Ended { told: unless_open(&one), burst: one, fate, at, is_left: true });
            }
        }
    }

    /// When nothing that is still in the queue is tried any more.
    fn drained(&self) -> Option<Work> {
        self.stopped.map(|stopped| stopped + DRAIN)
    }
}

/// The host to which writes were sent that somebody had taken who is not there any more.
fn lost(burst: &Burst, writer: &Writer, facts: &Facts) -> Option<usize> {
    match burst.stage {
        Stage::Sent { fate, .. } if matches!(fate.outcome, Outcome::Taken(_)) => {
            fate.host.filter(|host| !facts.holds((*host, fate.starts), writer.service))
        }
        _ => None,
    }
}

/// A write of which an attempt was never answered may have been taken, whatever came later.
fn unless_open(burst: &Burst) -> Told {
    if burst.unanswered > 0 { Told::Indeterminate } else { Told::Failed }
}
