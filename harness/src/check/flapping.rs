//! A service that comes and goes is told apart from one that is down.
//!
//! Monitoring systems go by the share of changes among the last so many checks (Nagios: 21). How
//! often a service is asked changes here from moment to moment, so this goes by time.

use super::{Flapping, Interval, outages::Outage};
use crate::base::Duration;

/// So many outages in a row make it flapping, if no more than [`BETWEEN`] lies between each two.
const OUTAGES: usize = 3;
/// The longest time between two outages that is no recovery.
const BETWEEN: Duration = Duration::from_secs(10);

pub(super) fn flapping(outages: &[Outage]) -> Vec<Flapping> {
    outages
        .chunk_by(|one, next| next.first_bad.since(one.last_bad) <= BETWEEN)
        .filter(|row| row.len() >= OUTAGES)
        .map(|row| {
            let (first, last) = (row[0], row[row.len() - 1]);
            Flapping {
                from: first.first_bad.into(),
                to: (!last.open).then_some(last.end.into()),
                outages: row.len() as u64,
                downtime: Interval {
                    min_seconds: row.iter().map(Outage::min).sum::<Duration>().into(),
                    max_seconds: row.iter().map(Outage::max).sum::<Duration>().into(),
                },
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        check::{
            outages::Seen,
            testing::{Story, millis},
        },
        history::Phase,
        probe::Client,
    };

    /// A launch a second.
    fn told(samples: &str) -> Vec<String> {
        let end = samples.len() as u64 * 1_000;
        let story = Story::new().service("links", None).begin_migrate();
        let story = story.sampled("links", 0..end, samples).phase_at(end, Phase::Restart);
        let history = story.history();
        let links = "links".parse().unwrap();
        let seen = Seen::of(&history, &links, Client::Fresh, Some((millis(0), millis(end))));
        let told = flapping(&seen.outages);
        told.iter()
            .map(|it| {
                let to = it.to.map_or("the end".to_owned(), |to| to.to_string());
                format!("{} in {} to {to}: {}", it.outages, it.from, it.downtime)
            })
            .collect()
    }

    #[test]
    fn three_outages_with_little_between_are_flapping_and_others_are_not() {
        for (samples, expected) in [
            ("....", &[][..]),
            (".xxxxxxxxxxxxxx.", &[]),
            (".x..x....", &[]),
            (".x..xx.x..", &["3 in 1s to 8s: 1s to 7s"]),
            (".x?.?x.x", &["3 in 1s to the end: 0s to 8s"]),
            // A wrong answer is as bad as none, and a row of both is one outage.
            (".xwxwxwxwx..", &[]),
            (".x.........x.........x..", &["3 in 1s to 22s: 0s to 6s"]),
            (".x..........x..........x..", &[]),
            (".x.x.x..........x.x.x.", &["3 in 1s to 6s: 0s to 6s", "3 in 16s to 21s: 0s to 6s"]),
        ] {
            assert_eq!(told(samples), expected, "{samples}");
        }
    }
}
