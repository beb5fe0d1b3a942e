//! Owns the question whether the inner Docker Engines of hosts may keep their data in memory.
//! Must not know: how it gets there.
//!
//! It may where there is plenty. There must be room for what runs, for everything that hosts can be
//! given, and as much again for everybody else: a rehearsal that lacked memory would fail for no reason
//! of its own, and could take other programs of this machine with it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use super::{
    client::{Client, ClientError, refused},
    seed::Made,
};
use crate::{
    base::{HostId, IndexMap, ServiceId},
    plan::Plan,
};

/// What two hosts with Docker, their services and the DNS pair take, rounded up.
const FOR_PROGRAMS: u64 = 2 << 30;

/// What the containers of a host may write there themselves.
const WRITTEN: u64 = 256 << 20;

/// For each host whose inner engine is to keep its data in memory: how much it may fill. `images` are
/// the tags of all services' images.
pub(super) async fn shares(
    client: &Client,
    plan: &Plan,
    images: &BTreeMap<ServiceId, String>,
    seeds: &IndexMap<HostId, Made>,
) -> Result<IndexMap<HostId, u64>, ClientError> {
    let mut bytes = BTreeMap::new();
    for tag in images.values().collect::<BTreeSet<_>>() {
        let found = client.docker().inspect_image(tag).await;
        let found = found.map_err(|answer| refused(format!("look at image `{tag}`"), answer))?;
        bytes.insert(tag.as_str(), found.size.unwrap_or_default().unsigned_abs());
    }
    let available = available(&fs::read_to_string("/proc/meminfo").unwrap_or_default());
    let share = share(available, seeds.len());
    // Any of them may be given the data of any other.
    let data: u64 = seeds.values().map(|seed| seed.bytes).sum();
    let shares = seeds.keys().filter_map(|id| {
        let coming = coming(plan, id, images).into_iter().map(|tag| bytes[tag]).sum::<u64>();
        // `docker load` has the archive there as well, until it is unpacked.
        (WRITTEN + 2 * (coming + data) <= share).then(|| (id.clone(), share))
    });
    Ok(shares.collect())
}

/// The images that a host does not have from the beginning.
fn coming<'a>(
    plan: &Plan,
    host: &HostId,
    images: &'a BTreeMap<ServiceId, String>,
) -> BTreeSet<&'a str> {
    let elsewhere = images.iter().filter(|(id, _)| plan.services[*id].on != *host);
    elsewhere.map(|(_, tag)| tag.as_str()).collect()
}

/// What each of so many hosts may fill: together half of what programs leave.
fn share(available_bytes: u64, hosts: usize) -> u64 {
    let left = available_bytes.saturating_sub(FOR_PROGRAMS);
    left / 2 / u64::try_from(hosts.max(1)).unwrap_or(u64::MAX)
}

/// What the kernel says could be used without swapping; 0 where it does not say.
fn available(meminfo: &str) -> u64 {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    let kilobytes = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_used_is_read_from_the_kernels_own_words() {
        let meminfo =
            "MemTotal:       24105000 kB\nMemFree:         700 kB\nMemAvailable:    2048 kB\n";
        assert_eq!(available(meminfo), 2 << 20);
        assert_eq!(available("MemTotal: 24105000 kB\n"), 0, "an old kernel");
        assert_eq!(available("MemAvailable: plenty\n"), 0);
        assert_eq!(available(""), 0, "no Linux");
    }

    #[test]
    fn hosts_share_half_of_what_programs_leave() {
        assert_eq!(share(10 << 30, 2), 2 << 30);
        assert_eq!(share(10 << 30, 0), 4 << 30, "no host");
        assert_eq!(share(1 << 30, 2), 0, "a small machine");
    }
}
