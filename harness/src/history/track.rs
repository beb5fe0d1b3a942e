//! What the probes of one service told from one client, small however many there were: equal answers
//! in a row are one run.

use std::sync::Arc;

use super::{History, Latencies};
use crate::{
    base::{Duration, HostId, ServiceId, StoryTime},
    probe::{Answer, Client},
};

/// The most runs that a track keeps. A service would have to change its mind ten times a second
/// for hours to have more.
pub const MOST_RUNS: usize = 100_000;

/// The samples of one service from one client, in the order of their launches.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// Of which service.
    pub service: ServiceId,
    /// From which client.
    pub client: Client,
    /// Equal answers in a row. None reaches over the beginning of a phase, or over the beginning or
    /// end of a step that stops, starts or points the service, or what it needs.
    pub runs: Vec<Run>,
    /// How long good answers took while downtime counted.
    pub latency: Latencies,
    /// The longest of them, exactly.
    pub slowest: Duration,
    /// What was told so late that it has no place in the runs: the runs may be wrong.
    pub misplaced: u64,
    /// Samples after the last run that could be kept.
    pub left_out: u64,
}

/// Launches in a row that found the same, at the same host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// What they found.
    pub answer: Answer,
    /// The host at the address that was asked, where one has it.
    pub host: Option<HostId>,
    /// The first launch.
    pub first: StoryTime,
    /// The last launch.
    pub last: StoryTime,
    /// How many.
    pub count: u64,
    /// The longest time from a launch of it to the next, jumps of story time left out.
    pub widest: Duration,
    /// What the first of them said.
    pub first_detail: Arc<str>,
    /// What the last of them said.
    pub last_detail: Arc<str>,
}

impl History {
    /// What was seen of a service from a client, if anything was.
    pub fn track(&self, service: &ServiceId, client: Client) -> Option<&Track> {
        let of = |track: &Track| (&track.service, track.client).cmp(&(service, client));
        self.tracks.binary_search_by(of).ok().map(|place| &self.tracks[place])
    }
}

impl Track {
    pub(super) fn new(service: ServiceId, client: Client) -> Self {
        Self {
            service,
            client,
            // Most simulated ones have no more.
            runs: Vec::with_capacity(16),
            latency: Latencies::default(),
            slowest: Duration::ZERO,
            misplaced: 0,
            left_out: 0,
        }
    }

    /// The runs that tell something: no run of probes that could not be sent.
    pub fn known(&self) -> impl DoubleEndedIterator<Item = &Run> {
        self.runs.iter().filter(|run| run.answer != Answer::NoSample)
    }
}
