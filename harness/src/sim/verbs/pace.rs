//! How much longer a step takes where the network is slow or narrow, or a disk slow. The simulator knows of no sizes: it
//! takes data to be small, and images to be as large as they are usually.

use crate::{
    base::{Duration, ServiceId},
    sim::{hands::Hands, talk::times},
    step::{Run, Verb, Via},
};

/// How often SSH waits for the other side before a command runs, and says what came of it.
const LOGIN_TRIPS: u64 = 12;
/// What that sends.
const LOGIN_BYTES: u64 = 10_000;
/// How long TCP waits, about, until it repeats what is lost.
const RTO: Duration = Duration::from_millis(500);
/// The data of a service.
const DATA_BYTES: u64 = 1_000_000;
/// The image of a service, beyond what others have too.
const IMAGE_BYTES: u64 = 50_000_000;

/// How often Docker waits for its disk, as counted on real hosts, when it loads an image, makes a volume or
/// looks for one, creates and starts a container, or stops one.
const IMAGE_SYNCS: u64 = 90;
const VOLUME_SYNCS: u64 = 5;
const START_SYNCS: u64 = 40;
const STOP_SYNCS: u64 = 22;

/// How much longer a step takes that begins now.
pub(super) fn slowed(hands: &Hands<'_>, verb: &Verb) -> Duration {
    on_the_way(hands, verb) + on_disk(hands, verb)
}

/// Because Docker waits for the disk.
fn on_disk(hands: &Hands<'_>, verb: &Verb) -> Duration {
    let is_container = |id: &ServiceId| !hands.layout.services[hands.service(id)].is_unit;
    let (on, syncs) = match verb {
        Verb::Image(it) => (&it.to, IMAGE_SYNCS * it.services.len() as u64),
        Verb::Volume(it) => {
            let made = it.services.iter().filter(|id| is_container(id)).count();
            (&it.on, VOLUME_SYNCS * made as u64)
        }
        Verb::Transfer(it) if is_container(&it.service) => (&it.to, VOLUME_SYNCS),
        Verb::Start(it) if is_container(&it.service) => (&it.on, START_SYNCS),
        Verb::Stop(it) if is_container(&it.service) => (&it.on, STOP_SYNCS),
        _ => return Duration::ZERO,
    };
    times(hands.facts.sync(hands.host(on)), syncs)
}

/// Because of the network.
fn on_the_way(hands: &Hands<'_>, verb: &Verb) -> Duration {
    let (hosts, logins, bytes) = match verb {
        Verb::Image(it) => {
            let count = it.services.len() as u64;
            (vec![&it.from, &it.to], 2 * count, count * IMAGE_BYTES)
        }
        Verb::Transfer(it) => (vec![&it.from, &it.to], 5, DATA_BYTES),
        Verb::Install(it) => (vec![&it.on], 1, DATA_BYTES),
        Verb::Start(it) => (vec![&it.on], 2, 0),
        Verb::Stop(it) => (vec![&it.on], 1, 0),
        Verb::Volume(it) => (vec![&it.on], 1, 0),
        Verb::Run(Run { on: Some(on), via: Via::Ssh, .. }) => (vec![on], 1, 0),
        Verb::Run(_) | Verb::Point(_) | Verb::Ttl(_) | Verb::Check(_) | Verb::Wait(_) => {
            return Duration::ZERO;
        }
    };
    let ways = &hands.facts.ways;
    let hosts = hosts.into_iter().map(|id| hands.host(id));
    let each = hosts.map(|host| {
        let fails = ways.failing(host);
        let repeats = RTO.as_micros() as f64 * fails / (1.0 - fails);
        let late = ways.late(host) + Duration::from_micros(repeats as u64);
        times(late, logins * LOGIN_TRIPS) + ways.takes(host, bytes + logins * LOGIN_BYTES)
    });
    each.max().unwrap_or_default()
}
