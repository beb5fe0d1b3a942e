//! The horizontal axis of the picture: story time, with the jumps that stand for waits of people
//! drawn as narrow breaks, or they would leave no room for the rest.

use crate::{
    base::{Duration, StoryTime},
    check::Seconds,
    history::{History, What},
};

/// Where each moment of a story stands, in pixels.
pub(super) struct Axis {
    jumps: Vec<Jump>,
    left: f64,
    pixels_per_micro: f64,
    break_width: f64,
    end: StoryTime,
}

/// A stretch of story time that passed in a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Jump {
    pub(super) from: StoryTime,
    pub(super) to: StoryTime,
}

/// A moment with its label.
pub(super) struct Tick {
    pub(super) x: f64,
    pub(super) label: String,
}

impl Axis {
    /// From `left` to `left + width`, for the whole history.
    pub(super) fn new(history: &History, left: f64, width: f64) -> Self {
        let jumps = jumps(history);
        let end = history.last;
        let live = live(&jumps, end).max(1);
        // However many breaks there are, most of the width is for what was played.
        let break_width = (0.3 * width / jumps.len().max(1) as f64).min(12.0);
        let pixels_per_micro = (width - break_width * jumps.len() as f64) / live as f64;
        Self { jumps, left, pixels_per_micro, break_width, end }
    }

    /// Where the moment stands.
    pub(super) fn x(&self, moment: StoryTime) -> f64 {
        let broken: f64 =
            self.jumps.iter().map(|jump| self.break_width * jump.passed(moment)).sum();
        self.left + live(&self.jumps, moment) as f64 * self.pixels_per_micro + broken
    }

    /// The breaks.
    pub(super) fn breaks(&self) -> &[Jump] {
        &self.jumps
    }

    /// Round moments, about eight of them.
    pub(super) fn ticks(&self) -> Vec<Tick> {
        const NICE: [u64; 15] =
            [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400];
        let seconds = live(&self.jumps, self.end) / 1_000_000;
        let step = NICE.into_iter().find(|step| seconds / step <= 8).unwrap_or(86_400);
        (0..=seconds / step)
            .map(|index| self.after(index * step * 1_000_000))
            .map(|moment| Tick { x: self.x(moment), label: whole_seconds(moment) })
            .collect()
    }

    /// The moment after so much was played.
    fn after(&self, live: u64) -> StoryTime {
        self.jumps.iter().fold(StoryTime(live), |moment, jump| {
            if moment > jump.from { moment + jump.to.since(jump.from) } else { moment }
        })
    }
}

impl Jump {
    /// How much of it lies before the moment, from 0 to 1.
    fn passed(&self, moment: StoryTime) -> f64 {
        let whole = self.to.since(self.from).as_seconds();
        let part = moment.min(self.to).since(self.from).as_seconds();
        if whole > 0.0 { part / whole } else { 0.0 }
    }
}

/// Without tenths, which a round moment has none of.
fn whole_seconds(moment: StoryTime) -> String {
    let mut clock = Seconds::from(moment).clock();
    clock.truncate(clock.len() - ".0".len());
    clock
}

fn jumps(history: &History) -> Vec<Jump> {
    history
        .records
        .iter()
        .filter_map(|record| match record.what {
            What::Passed { by_micros } => {
                let from = StoryTime(record.at.0.saturating_sub(by_micros));
                Some(Jump { from, to: record.at })
            }
            _ => None,
        })
        .collect()
}

/// How much was played before the moment, in microseconds.
fn live(jumps: &[Jump], moment: StoryTime) -> u64 {
    let jumped: Duration = jumps.iter().map(|jump| moment.min(jump.to).since(jump.from)).sum();
    moment.0.saturating_sub(jumped.as_micros())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::Story;

    #[test]
    fn a_jump_takes_little_room_and_time_stays_in_order() {
        let history = Story::new().passed(3_610_000, 3_600_000).complete(3_620_000).history();
        let axis = Axis::new(&history, 100.0, 1_012.0);
        let x = |second: u64| axis.x(StoryTime(second * 1_000_000)).round();
        assert_eq!(
            [x(0), x(5), x(10), x(3_610), x(3_615), x(3_620)],
            [100.0, 350.0, 600.0, 612.0, 862.0, 1_112.0]
        );
        assert!(x(1_000) > x(10) && x(1_000) < x(3_610));
        let labels: Vec<_> = axis.ticks().into_iter().map(|tick| tick.label).collect();
        assert_eq!(labels, ["0:00:00", "0:00:05", "0:00:10", "1:00:15", "1:00:20"]);
    }
}
