//! Owns how long things take: a spread for each kind of work, and one draw from it.
//! Must not know: what the work is.
//!
//! Draws are triangular, from the least over the most usual to the most: three numbers that people
//! can read off a few runs. Log-normal ones would need `exp` and `ln`, which differ in their last
//! bits from machine to machine; a square root does not.

use super::chance::Chance;
use crate::{
    base::Duration,
    plan::{Plan, ServiceKind},
    scenario::{Spread, Timings},
    step::{Verb, Via},
};

/// What takes time besides steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Work {
    /// Bringing up the world.
    Up,
    /// Restarting all hosts.
    Restart,
    /// Making a fault happen, or end.
    Fault,
    /// Booting a host that a fault had brought down.
    Boot,
    /// Seeing that a fault bites, or is gone.
    Verify,
    /// Seeing in vain.
    VerifyInVain,
    /// A look at something.
    Look,
    /// Sending a mail and reading it.
    LookAtMail,
    /// Making caches as old as a wait made them.
    Pass,
    /// From the start of a program until it answers.
    Ready,
    /// Until SSH gives up on a host that does not answer.
    SshTimeout,
}

/// In milliseconds.
const fn ms(least: u64, usual: u64, most: u64) -> Spread {
    Spread {
        least: Duration::from_millis(least),
        usual: Duration::from_millis(usual),
        most: Duration::from_millis(most),
    }
}

/// A bit to either side.
fn about(usual: Duration) -> Spread {
    let part = |tenths: u64| Duration::from_micros(usual.as_micros() / 10 * tenths);
    Spread { least: part(8), usual, most: part(13) }
}

fn times(one: Spread, count: usize) -> Spread {
    let times =
        |of: Duration| Duration::from_micros(of.as_micros().saturating_mul(count.max(1) as u64));
    Spread { least: times(one.least), usual: times(one.usual), most: times(one.most) }
}

/// One of the durations that a spread stands for.
pub(super) fn draw(spread: Spread, chance: &mut Chance) -> Duration {
    let [least, usual, most] =
        [spread.least, spread.usual, spread.most].map(|it| it.as_micros() as f64);
    let width = most - least;
    if width <= 0.0 {
        return spread.usual;
    }
    let part = chance.part();
    // The inverse of the distribution: one branch on each side of the most usual.
    let drawn = if part * width < usual - least {
        least + (part * width * (usual - least)).sqrt()
    } else {
        most - ((1.0 - part) * width * (most - usual)).sqrt()
    };
    Duration::from_micros(drawn as u64)
}

impl Work {
    /// As on the machine that the defaults were measured on: two cores, containers for hosts.
    pub(super) const fn spread(self) -> Spread {
        match self {
            Self::Up => ms(8_000, 9_000, 13_000),
            Self::Restart => ms(6_000, 7_000, 11_000),
            Self::Fault => ms(150, 180, 600),
            Self::Boot => ms(2_000, 2_800, 6_000),
            Self::Verify => ms(110, 400, 1_200),
            Self::VerifyInVain => ms(5_000, 5_500, 7_000),
            Self::Look => ms(40, 70, 150),
            Self::LookAtMail => ms(250, 500, 1_500),
            Self::Pass => ms(100, 120, 240),
            Self::Ready => ms(60, 150, 700),
            Self::SshTimeout => ms(5_000, 5_200, 6_500),
        }
    }
}

/// What an attempt at a step takes: as measured, or by the defaults.
pub(super) fn of_step(timings: &Timings, plan: &Plan, step: &crate::plan::Step) -> Spread {
    timings.steps.get(&step.id).copied().unwrap_or_else(|| by_default(plan, &step.verb))
}

/// What a verb takes where nothing was measured.
fn by_default(plan: &Plan, verb: &Verb) -> Spread {
    let unit = |service| {
        matches!(plan.services.get(service).map(|it| &it.kind), Some(ServiceKind::Unit(_)))
    };
    match verb {
        Verb::Image(image) => times(ms(2_500, 3_000, 5_000), image.services.len()),
        Verb::Install(_) => ms(4_800, 5_500, 8_500),
        Verb::Point(point) => times(ms(230, 280, 650), point.name.len()),
        Verb::Run(run) => {
            let takes = run.simulates.iter().flatten().find_map(|what| match what {
                crate::step::Simulated::Takes(time) => Some(about(*time)),
                _ => None,
            });
            takes.unwrap_or(match run.via {
                Via::Ssh => ms(300, 600, 3_000),
                // Nobody has to log in.
                Via::Console => ms(80, 150, 400),
            })
        }
        Verb::Start(start) if unit(&start.service) => ms(850, 1_000, 1_800),
        Verb::Start(_) => ms(1_500, 1_900, 3_200),
        Verb::Stop(stop) if unit(&stop.service) => ms(250, 400, 900),
        Verb::Stop(_) => ms(600, 800, 1_150),
        Verb::Transfer(_) => ms(2_700, 3_800, 7_000),
        Verb::Ttl(ttl) => times(ms(370, 410, 600), ttl.name.len()),
        Verb::Volume(_) => ms(550, 620, 1_000),
        Verb::Check(_) | Verb::Wait(_) => ms(0, 0, 0),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_draw_lies_within_its_spread(
            least in 0..10_000_u64, more in 0..10_000_u64, most in 0..10_000_u64, seed: u64,
        ) {
            let spread = ms(least, least + more, least + more + most);
            let drawn = draw(spread, &mut Chance::of(seed, &[]));
            prop_assert!(spread.least <= drawn && drawn <= spread.most, "{drawn}");
        }
    }

    #[test]
    fn half_of_the_draws_lie_below_the_median() {
        // Of least 0, usual 0, most 1 s: below 1 - sqrt(1/2).
        let spread = ms(0, 0, 1_000);
        let median = Duration::from_micros(292_893);
        let below = (0..1_000).filter(|n| draw(spread, &mut Chance::of(*n, &[])) < median).count();
        assert!((450..550).contains(&below), "{below}");
    }
}
