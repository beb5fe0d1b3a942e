//! Folds a history while it streams: records are kept, samples go into tracks. The same code folds a
//! rehearsal that goes on and one that is read back, so both are the same.

use std::{io, sync::Arc};

use indexmap::{IndexMap, IndexSet};

use super::{
    Begin, History, Jumps, MOST_RUNS, Phase, Record, Run, Sample, Sink, Track, What,
    queue::{Launch, Queue, room},
};
use crate::{
    base::{Duration, HostId, InvalidId, ServiceId, StepId, StoryTime},
    plan::Plan,
    probe::{Answer, Client},
    step::Verb,
};

/// The most different texts that are kept of samples.
const MOST_TEXTS: usize = 4_096;
/// What stands for the others.
const ANOTHER_TEXT: &str = "one of very many different errors";

/// A history that is being folded.
#[derive(Debug, Default)]
pub struct Fold {
    begin: Option<Begin>,
    records: Vec<Record>,
    last: StoryTime,
    ended: bool,
    tracks: IndexMap<ServiceId, Vec<Weaver>>,
    marks: Marks,
    kept: Kept,
    room: usize,
}

/// A sample whose words are somebody else's.
#[derive(Debug)]
pub(super) struct Told<'a> {
    pub(super) service: &'a str,
    pub(super) client: Client,
    pub(super) launched: StoryTime,
    pub(super) count: u64,
    pub(super) every_micros: u64,
    pub(super) host: Option<&'a str>,
    pub(super) answer: Answer,
    pub(super) took_micros: u64,
    pub(super) detail: &'a str,
}

impl Sink for Fold {
    fn begin(&mut self, begin: &Begin) -> io::Result<()> {
        self.room = room(&begin.plan.probing);
        self.begin = Some(begin.clone());
        Ok(())
    }

    fn record(&mut self, record: &Record) -> io::Result<()> {
        if let What::Sample(sample) = &record.what {
            self.sample(&Told::from(sample)).expect("the ids of a sample are ids");
        } else {
            self.keep(record.clone());
        }
        Ok(())
    }
}

impl<'a> From<&'a Sample> for Told<'a> {
    fn from(sample: &'a Sample) -> Self {
        Self {
            service: sample.service.as_str(),
            client: sample.client,
            launched: sample.launched,
            count: sample.count,
            every_micros: sample.every_micros,
            host: sample.host.as_ref().map(HostId::as_str),
            answer: sample.answer,
            took_micros: sample.took_micros,
            detail: &sample.detail,
        }
    }
}

impl Fold {
    /// The history so far; none where it has not begun.
    pub fn finish(mut self) -> Option<History> {
        let mut tracks = vec![];
        for mut weaver in self.tracks.into_values().flatten() {
            weaver.weave(0, &self.marks);
            tracks.push(weaver.track);
        }
        tracks.sort_by(|a, b| (&a.service, a.client).cmp(&(&b.service, b.client)));
        Some(History {
            begin: self.begin.take()?,
            records: self.records,
            tracks,
            jumps: self.marks.jumps,
            last: self.last,
            cut: !self.ended,
        })
    }

    /// Whether the last record told that the rehearsal is over.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// Takes any record but a sample.
    pub(super) fn keep(&mut self, record: Record) {
        self.last = self.last.max(record.at);
        self.ended = matches!(record.what, What::End { .. });
        let plan = self.begin.as_ref().map(|begin| &*begin.plan);
        if self.marks.note(&record, plan) {
            let weavers = self.tracks.values_mut().flatten();
            weavers.for_each(|weaver| weaver.marked(record.at));
        }
        self.records.push(record);
    }

    pub(super) fn sample(&mut self, told: &Told<'_>) -> Result<(), InvalidId> {
        self.ended = false;
        let launch = Launch {
            at: told.launched,
            count: told.count,
            every: Duration::from_micros(told.every_micros),
            answer: told.answer,
            host: told.host.map(|host| self.kept.host(host)).transpose()?,
            took_micros: told.took_micros,
            detail: self.kept.text(told.detail),
        };
        if launch.count == 0 {
            return Ok(());
        }
        self.last = self.last.max(launch.last());
        let weavers = match self.tracks.get_mut(told.service) {
            Some(weavers) => weavers,
            None => self.tracks.entry(told.service.parse()?).or_default(),
        };
        let place = weavers.iter().position(|weaver| weaver.track.client == told.client);
        let place = match place {
            Some(place) => place,
            None => {
                weavers.push(Weaver::new(told.service.parse()?, told.client));
                weavers.len() - 1
            }
        };
        weavers[place].take(launch, self.room, &self.marks);
        Ok(())
    }
}

/// Texts and hosts that come again and again, each kept once.
#[derive(Debug)]
struct Kept {
    texts: IndexSet<Arc<str>>,
    another: Arc<str>,
    hosts: Vec<Arc<HostId>>,
}

impl Default for Kept {
    fn default() -> Self {
        Self { texts: IndexSet::new(), another: ANOTHER_TEXT.into(), hosts: vec![] }
    }
}

impl Kept {
    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        if self.texts.len() == MOST_TEXTS {
            return Arc::clone(&self.another);
        }
        let text: Arc<str> = text.into();
        self.texts.insert(Arc::clone(&text));
        text
    }

    fn host(&mut self, host: &str) -> Result<Arc<HostId>, InvalidId> {
        if let Some(known) = self.hosts.iter().find(|known| known.as_str() == host) {
            return Ok(Arc::clone(known));
        }
        let host = Arc::new(host.parse::<HostId>()?);
        self.hosts.push(Arc::clone(&host));
        Ok(host)
    }
}

/// Moments that matter to runs, in order.
#[derive(Debug, Default)]
struct Marks {
    /// Where runs are cut; the phase, where one began there.
    cuts: Vec<(StoryTime, Option<Phase>)>,
    jumps: Jumps,
}

impl Marks {
    /// Whether the record cuts runs.
    fn note(&mut self, record: &Record, plan: Option<&Plan>) -> bool {
        let phase = match &record.what {
            What::Phase { phase } => Some(*phase),
            What::StepStarted { step, .. } | What::StepEnded { step, .. }
                if plan.is_some_and(|plan| is_change(plan, step)) =>
            {
                None
            }
            What::Passed { by_micros } => {
                self.jumps.add(record.at, Duration::from_micros(*by_micros));
                return false;
            }
            _ => return false,
        };
        let place = self.cuts.partition_point(|(at, _)| *at <= record.at);
        self.cuts.insert(place, (record.at, phase));
        true
    }

    fn cuts_until(&self, moment: StoryTime) -> usize {
        self.cuts.partition_point(|(at, _)| *at <= moment)
    }

    /// Whether downtime counts after so many cuts.
    fn counts_after(&self, cuts: usize) -> bool {
        let phase = self.cuts[..cuts].iter().rev().find_map(|(_, phase)| *phase);
        phase.is_some_and(Phase::counts)
    }
}

/// Whether the step changes who answers.
fn is_change(plan: &Plan, step: &StepId) -> bool {
    let verb = plan.step(step).map(|step| &step.verb);
    matches!(verb, Some(Verb::Stop(_) | Verb::Start(_) | Verb::Point(_)))
}

/// A track in the making.
#[derive(Debug)]
struct Weaver {
    track: Track,
    queue: Queue,
    /// The latest launch in the runs.
    woven: Option<StoryTime>,
    cuts: usize,
    counts: bool,
}

impl Weaver {
    fn new(service: ServiceId, client: Client) -> Self {
        Self {
            track: Track::new(service, client),
            queue: Queue::default(),
            woven: None,
            cuts: 0,
            counts: false,
        }
    }

    fn take(&mut self, launch: Launch, room: usize, marks: &Marks) {
        if self.woven.is_some_and(|woven| launch.at < woven) {
            self.track.misplaced +=
                if launch.answer == Answer::NoSample { 0 } else { launch.count };
            return;
        }
        self.queue.push(launch);
        self.weave(room, marks);
    }

    /// A run should have been cut here.
    fn marked(&mut self, at: StoryTime) {
        self.track.misplaced += u64::from(self.woven.is_some_and(|woven| woven >= at));
    }

    /// Puts samples into runs until no more than `room` wait.
    fn weave(&mut self, room: usize, marks: &Marks) {
        while let Some(launch) = self.queue.pop(room) {
            self.woven = Some(launch.last());
            let mut rest = Some(launch);
            while let Some(launch) = rest {
                let next_cut = marks.cuts.get(marks.cuts_until(launch.at)).map(|(at, _)| *at);
                let (before, after) = launch.split(next_cut);
                self.append(before, marks);
                rest = after;
            }
        }
    }

    /// Takes launches that no cut divides.
    fn append(&mut self, launch: Launch, marks: &Marks) {
        let cuts = marks.cuts_until(launch.at);
        let is_cut = cuts != self.cuts;
        if is_cut {
            (self.cuts, self.counts) = (cuts, marks.counts_after(cuts));
        }
        let last = launch.last();
        // No jump comes between launches that are told in one.
        let within = if launch.count > 1 { launch.every } else { Duration::ZERO };
        let track = &mut self.track;
        if launch.answer.is_good() && self.counts {
            let took = launch.took_micros;
            let noted = track.latency.record_n(took, launch.count);
            noted.expect("a histogram that grows takes any number");
            track.slowest = track.slowest.max(Duration::from_micros(took));
        }
        let goes_on =
            |run: &&mut Run| !is_cut && run.answer == launch.answer && run.host == launch.host;
        if track.left_out > 0 {
            track.left_out += launch.count;
        } else if let Some(run) = track.runs.last_mut().filter(goes_on) {
            let before = marks.jumps.played(run.last, launch.at);
            run.widest = run.widest.max(before).max(within);
            run.last = last;
            run.count += launch.count;
            run.last_detail = launch.detail;
        } else if track.runs.len() == MOST_RUNS {
            track.left_out = launch.count;
        } else {
            track.runs.push(Run {
                answer: launch.answer,
                host: launch.host,
                first: launch.at,
                last,
                count: launch.count,
                widest: within,
                first_detail: Arc::clone(&launch.detail),
                last_detail: launch.detail,
            });
        }
    }
}
