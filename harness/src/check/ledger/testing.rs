//! Ledgers in a few words, for tests. Times are milliseconds.

use std::ops::Range;

use crate::{
    base::StoryTime,
    check::testing::Story,
    history::{Held, Holding, Phase, StepOutcome::Passed, What, Write},
    probe::Client,
    writer::Told,
};

impl Story {
    /// `links` moves from `old` to `new`: transferred at 2 s, stopped at 3 s, started at 4 s, pointed at
    /// at 5 s; the hosts are restarted at 9 s, and read at 10 s. Of the writes, nothing yet.
    pub(crate) fn moved_with_a_writer() -> Self {
        Self::new()
            .service("links", None)
            .writer("links", "links", Client::Fresh)
            .transfer_step("transfer-links", "links", "old", "new")
            .stop_step("stop-links", "links", "old")
            .start_step("start-links", "links", "new")
            .point_step("point-links", "links", "new")
            .sampled("links", 0..9_000, "..............................")
            .phase_at(1_000, Phase::Migrate)
            .played("transfer-links", 2_000, 2_500, Passed, "")
            .played("stop-links", 3_000, 3_500, Passed, "")
            .played("start-links", 4_000, 4_500, Passed, "")
            .played("point-links", 5_000, 5_500, Passed, "")
            .phase_at(8_000, Phase::Settle)
            .phase_at(9_000, Phase::Restart)
            .sampled("links", 9_000..10_000, "..........")
            .phase_at(9_900, Phase::Recheck)
            .phase_at(10_000, Phase::Read)
    }

    /// One write each 100 ms from a moment on.
    pub(crate) fn wrote(self, numbers: Range<u64>, from: u64, told: Told, host: &str) -> Self {
        numbers.zip(0..).fold(self, |story, (number, index)| {
            story.write(write(number, from + index * 100, told, host))
        })
    }

    pub(crate) fn write(self, write: Write) -> Self {
        self.record(write.launched.0 / 1_000, What::Written(write))
    }

    pub(crate) fn found(self, host: &str, numbers: impl IntoIterator<Item = u64>) -> Self {
        self.read(host, Held::Writes(numbers.into_iter().collect()))
    }

    pub(crate) fn read(self, host: &str, found: Held) -> Self {
        let (service, host) = ("links".parse().unwrap(), host.parse().unwrap());
        self.record(11_000, What::Read(Holding { service, host, found }))
    }
}

/// A write of 20 ms.
pub(super) fn write(number: u64, at: u64, told: Told, host: &str) -> Write {
    Write {
        service: "links".parse().unwrap(),
        number,
        count: 1,
        every_micros: 0,
        client: Client::Fresh,
        launched: StoryTime(at * 1_000),
        ended: StoryTime((at + 20) * 1_000),
        told,
        host: Some(host.parse().unwrap()),
        attempts: 1,
        unanswered: u64::from(told == Told::Indeterminate),
        skipped: 0,
        detail: if told == Told::Acknowledged { String::new() } else { "refused".to_owned() },
    }
}
