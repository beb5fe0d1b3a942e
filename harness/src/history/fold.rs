//! Folds a history while it streams: records are kept, samples go into tracks. The same code folds a
//! rehearsal that goes on and one that is read back, so both are the same.

use std::{io, sync::Arc};

use super::{
    Begin, History, Jumps, MOST_RUNS, Phase, Record, Run, Sample, Sink, Track, What,
    cuts::{Changes, Cuts},
    queue::{Launch, Queue, room},
};
use crate::{
    base::{Duration, HostId, IndexMap, IndexSet, InvalidId, ServiceId, StoryTime},
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
    /// By their names, for who reads a history back has no ids yet.
    services: IndexMap<&'static str, Loom>,
    /// The phases so far.
    phases: Cuts,
    changes: Option<Arc<Changes>>,
    jumps: Jumps,
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
        self.changes.get_or_insert_with(|| Arc::new(Changes::of(&begin.plan)));
        self.begin = Some(begin.clone());
        self.records.reserve(USUAL_RECORDS);
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
        for Loom { cuts, weavers, .. } in self.services.into_values() {
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
                    let loom = self.services.entry(service.as_str());
                    loom.or_insert_with(|| Loom::new(service, phases)).cut(record.at, None);
                }
            }
            What::Passed { by_micros } => {
                self.jumps.add(record.at, Duration::from_micros(*by_micros));
            }
            _ => {}
        }
    }

    pub(super) fn sample(&mut self, told: &Told<'_>) -> Result<(), InvalidId> {
        self.ended = false;
        let loom = match self.services.get_mut(told.service) {
            Some(loom) => loom,
            None => {
                let (phases, service) = (&self.phases, told.service.parse::<ServiceId>()?);
                let loom = self.services.entry(service.as_str());
                loom.or_insert_with(|| Loom::new(&service, phases))
            }
        };
        let place = loom.weavers.iter().position(|weaver| weaver.track.client == told.client);
        let place = match place {
            Some(place) => place,
            None => {
                loom.weavers.push(Weaver::new(loom.service.clone(), told.client));
                loom.weavers.len() - 1
            }
        };
        let weaver = &mut loom.weavers[place];
        let launch = Launch {
            at: told.launched,
            count: told.count,
            every: Duration::from_micros(told.every_micros),
            answer: told.answer,
            host: told.host.map(|host| weaver.host(host, &mut self.kept)).transpose()?,
            took_micros: told.took_micros,
            detail: weaver.text(told.detail, &mut self.kept),
        };
        if launch.count > 0 {
            self.last = self.last.max(launch.last());
            weaver.take(launch, self.room, &loom.cuts, &self.jumps);
        }
        Ok(())
    }
}

/// The tracks of one service in the making, and what divides their runs.
#[derive(Debug, Clone)]
struct Loom {
    service: ServiceId,
    cuts: Cuts,
    weavers: Vec<Weaver>,
}

impl Loom {
    fn new(service: &ServiceId, phases: &Cuts) -> Self {
        Self { service: service.clone(), cuts: phases.clone(), weavers: vec![] }
    }

    fn cut(&mut self, at: StoryTime, phase: Option<Phase>) {
        self.cuts.add(at, phase);
        self.weavers.iter_mut().for_each(|weaver| weaver.marked(at));
    }
}

/// Texts and hosts that come again and again, each kept once.
#[derive(Debug, Clone)]
struct Kept {
    texts: IndexSet<Arc<str>>,
    another: Arc<str>,
    hosts: IndexMap<&'static str, HostId>,
}

impl Default for Kept {
    fn default() -> Self {
        let (texts, hosts) = (IndexSet::default(), IndexMap::default());
        Self { texts, another: ANOTHER_TEXT.into(), hosts }
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

    fn host(&mut self, host: &str) -> Result<HostId, InvalidId> {
        if let Some(known) = self.hosts.get(host) {
            return Ok(known.clone());
        }
        let host = host.parse::<HostId>()?;
        self.hosts.insert(host.as_str(), host.clone());
        Ok(host)
    }
}

/// A track in the making.
#[derive(Debug, Clone)]
struct Weaver {
    track: Track,
    queue: Queue,
    /// What was told last, which mostly comes again.
    text: Option<Arc<str>>,
    host: Option<HostId>,
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
            host: None,
            woven: None,
            cuts: 0,
            counts: false,
        }
    }

    fn text(&mut self, text: &str, kept: &mut Kept) -> Arc<str> {
        let last = self.text.take().filter(|last| **last == *text);
        Arc::clone(self.text.insert(last.unwrap_or_else(|| kept.text(text))))
    }

    fn host(&mut self, host: &str, kept: &mut Kept) -> Result<HostId, InvalidId> {
        let host = match self.host.take().filter(|last| last.as_str() == host) {
            Some(last) => last,
            None => kept.host(host)?,
        };
        Ok(self.host.insert(host).clone())
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
