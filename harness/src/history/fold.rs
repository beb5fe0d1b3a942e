//! Folds a history while it streams: records are kept, samples go into tracks. The same code folds a
//! rehearsal that goes on and one that is read back, so both are the same.

use std::{io, sync::Arc};

use super::{
    Begin, History, Jumps, MOST_RUNS, Phase, Record, Run, Sample, Sink, Track, What,
    cuts::{Changes, Cuts},
    queue::{Launch, Queue, room},
};
use crate::{
    base::{Duration, HostId, IndexMap, IndexSet, ServiceId, StoryTime},
    plan::Plan,
    probe::{Answer, Client},
};

/// The most different texts that are kept of samples.
const MOST_TEXTS: usize = 4_096;
/// There is room for so many records from the start: most rehearsals have no more of them.
const USUAL_RECORDS: usize = 256;
/// What stands for the others.
const ANOTHER_TEXT: &str = "one of very many different errors";

/// A history that is being folded.
#[derive(Debug, Clone, Default)]
pub struct Fold {
    begin: Option<Begin>,
    records: Vec<Record>,
    last: StoryTime,
    ended: bool,
    services: IndexMap<ServiceId, Loom>,
    /// The phases so far.
    phases: Cuts,
    changes: Option<Arc<Changes>>,
    jumps: Jumps,
    texts: Texts,
    room: usize,
}

/// A sample whose words are somebody else's.
#[derive(Debug)]
pub(super) struct Told<'a> {
    pub(super) service: ServiceId,
    pub(super) client: Client,
    pub(super) launched: StoryTime,
    pub(super) count: u64,
    pub(super) every_micros: u64,
    pub(super) host: Option<HostId>,
    pub(super) answer: Answer,
    pub(super) took_micros: u64,
    pub(super) detail: &'a str,
}

impl Sink for Fold {
    fn begin(&mut self, begin: &Begin) -> io::Result<()> {
        self.room = room(&begin.plan.probing);
        self.changes.get_or_insert_with(|| Arc::new(Changes::of(&begin.plan)));
        self.begin = Some(begin.clone());
        self.records.reserve(USUAL_RECORDS);
        Ok(())
    }

    fn record(&mut self, record: &Record) -> io::Result<()> {
        if let What::Sample(sample) = &record.what {
            self.sample(Told::from(sample));
        } else {
            self.keep(record.clone());
        }
        Ok(())
    }

    fn take(&mut self, record: Record) -> io::Result<()> {
        match &record.what {
            What::Sample(_) => self.record(&record),
            _ => {
                self.keep(record);
                Ok(())
            }
        }
    }
}

impl<'a> From<&'a Sample> for Told<'a> {
    fn from(sample: &'a Sample) -> Self {
        Self {
            service: sample.service.clone(),
            client: sample.client,
            launched: sample.launched,
            count: sample.count,
            every_micros: sample.every_micros,
            host: sample.host.clone(),
            answer: sample.answer,
            took_micros: sample.took_micros,
            detail: &sample.detail,
        }
    }
}

impl Fold {
    /// A fold of a history of which it is known what its plan's steps change.
    pub fn knowing(changes: Arc<Changes>) -> Self {
        Self { changes: Some(changes), ..Self::default() }
    }

    /// The same history as far as it has come, of a plan with faults that have not begun yet.
    pub fn with_faults(&self, plan: &Arc<Plan>) -> Self {
        let mut fold = self.clone();
        if let Some(begin) = &mut fold.begin {
            begin.plan = Arc::clone(plan);
        }
        fold
    }

    /// The history so far; none where it has not begun.
    pub fn finish(mut self) -> Option<History> {
        let mut tracks = vec![];
        for Loom { cuts, weavers } in self.services.into_values() {
            for mut weaver in weavers {
                weaver.weave(0, &cuts, &self.jumps);
                tracks.push(weaver.track);
            }
        }
        tracks.sort_by(|a, b| (&a.service, a.client).cmp(&(&b.service, b.client)));
        Some(History {
            begin: self.begin.take()?,
            records: self.records,
            tracks,
            jumps: self.jumps,
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
        self.mark(&record);
        self.records.push(record);
    }

    /// Takes note of what divides runs, or of time that passed in a moment.
    fn mark(&mut self, record: &Record) {
        match &record.what {
            What::Phase { phase } => {
                self.phases.add(record.at, Some(*phase));
                self.services.values_mut().for_each(|loom| loom.cut(record.at, Some(*phase)));
            }
            What::StepStarted { step, .. } | What::StepEnded { step, .. } => {
                let changes = self.changes.as_deref();
                for service in changes.map_or(&[][..], |changes| changes.by(step)) {
                    let phases = &self.phases;
                    let loom = self.services.entry(service.clone());
                    loom.or_insert_with(|| Loom::new(phases)).cut(record.at, None);
                }
            }
            What::Passed { by_micros } => {
                self.jumps.add(record.at, Duration::from_micros(*by_micros));
            }
            _ => {}
        }
    }

    pub(super) fn sample(&mut self, told: Told<'_>) {
        self.ended = false;
        let loom = self.services.entry(told.service.clone());
        let loom = loom.or_insert_with(|| Loom::new(&self.phases));
        let place = loom.weavers.iter().position(|weaver| weaver.track.client == told.client);
        let place = place.unwrap_or_else(|| {
            loom.weavers.push(Weaver::new(told.service, told.client));
            loom.weavers.len() - 1
        });
        let weaver = &mut loom.weavers[place];
        let launch = Launch {
            at: told.launched,
            count: told.count,
            every: Duration::from_micros(told.every_micros),
            answer: told.answer,
            host: told.host,
            took_micros: told.took_micros,
            detail: weaver.text(told.detail, &mut self.texts),
        };
        if launch.count > 0 {
            self.last = self.last.max(launch.last());
            weaver.take(launch, self.room, &loom.cuts, &self.jumps);
        }
    }
}

/// The tracks of one service in the making, and what divides their runs.
#[derive(Debug, Clone)]
struct Loom {
    cuts: Cuts,
    weavers: Vec<Weaver>,
}

impl Loom {
    fn new(phases: &Cuts) -> Self {
        Self { cuts: phases.clone(), weavers: vec![] }
    }

    fn cut(&mut self, at: StoryTime, phase: Option<Phase>) {
        self.cuts.add(at, phase);
        self.weavers.iter_mut().for_each(|weaver| weaver.marked(at));
    }
}

/// Texts that come again and again, each kept once.
#[derive(Debug, Clone)]
struct Texts {
    kept: IndexSet<Arc<str>>,
    another: Arc<str>,
}

impl Default for Texts {
    fn default() -> Self {
        Self { kept: IndexSet::default(), another: ANOTHER_TEXT.into() }
    }
}

impl Texts {
    fn one(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.kept.get(text) {
            return Arc::clone(known);
        }
        if self.kept.len() == MOST_TEXTS {
            return Arc::clone(&self.another);
        }
        let text: Arc<str> = text.into();
        self.kept.insert(Arc::clone(&text));
        text
    }
}

/// A track in the making.
#[derive(Debug, Clone)]
struct Weaver {
    track: Track,
    queue: Queue,
    /// What was told last, which mostly comes again.
    text: Option<Arc<str>>,
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
            text: None,
            woven: None,
            cuts: 0,
            counts: false,
        }
    }

    fn text(&mut self, text: &str, texts: &mut Texts) -> Arc<str> {
        let last = self.text.take().filter(|last| **last == *text);
        Arc::clone(self.text.insert(last.unwrap_or_else(|| texts.one(text))))
    }

    fn take(&mut self, launch: Launch, room: usize, cuts: &Cuts, jumps: &Jumps) {
        if self.woven.is_some_and(|woven| launch.at < woven) {
            self.track.misplaced +=
                if launch.answer == Answer::NoSample { 0 } else { launch.count };
            return;
        }
        self.queue.push(launch);
        self.weave(room, cuts, jumps);
    }

    /// A run should have been cut here.
    fn marked(&mut self, at: StoryTime) {
        self.track.misplaced += u64::from(self.woven.is_some_and(|woven| woven >= at));
    }

    /// Puts samples into runs until no more than `room` wait.
    fn weave(&mut self, room: usize, cuts: &Cuts, jumps: &Jumps) {
        while let Some(launch) = self.queue.pop(room) {
            self.woven = Some(launch.last());
            let mut rest = Some(launch);
            while let Some(launch) = rest {
                let until = cuts.until(launch.at);
                let (before, after) = launch.split(cuts.next(until));
                self.append(before, until, cuts, jumps);
                rest = after;
            }
        }
    }

    /// Takes launches that no cut divides.
    fn append(&mut self, launch: Launch, until: usize, cuts: &Cuts, jumps: &Jumps) {
        let is_cut = until != self.cuts;
        if is_cut {
            (self.cuts, self.counts) = (until, cuts.counts_after(until));
        }
        let last = launch.last();
        // No jump comes between launches that are told in one.
        let within = if launch.count > 1 { launch.every } else { Duration::ZERO };
        let track = &mut self.track;
        if launch.answer.is_good() && self.counts {
            let took = launch.took_micros;
            track.latency.record(took, launch.count);
            track.slowest = track.slowest.max(Duration::from_micros(took));
        }
        let goes_on =
            |run: &&mut Run| !is_cut && run.answer == launch.answer && run.host == launch.host;
        if track.left_out > 0 {
            track.left_out += launch.count;
        } else if let Some(run) = track.runs.last_mut().filter(goes_on) {
            let before = jumps.played(run.last, launch.at);
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
