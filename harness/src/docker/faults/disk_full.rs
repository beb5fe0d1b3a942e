//! `disk-full`: the data of a host's Docker lies in memory, in a file system of a size of its own, which
//! becomes what is used. Where that data is on the machine's disk, no host could be short of room without
//! everybody being so; this is found before anything starts.

use super::{
    console,
    demands::Demand,
    effect::{Effect, Seen},
};
use crate::{
    base::{FaultId, HostId},
    docker::{Error, host_spec::DOCKER_DATA, stage::Stage},
    fault::{DiskFull, Kind},
};

/// What it needs of the machine.
pub(super) const ROOM: Demand = Demand {
    name: "change the size of a file system in memory (remount)",
    script: "mkdir /run/trial && mount -t tmpfs -o size=1m tmpfs /run/trial && \
             mount -o remount,size=4k /run/trial && \
             ! head -c 8192 /dev/zero 2>/dev/null > /run/trial/file && \
             mount -o remount,size=1m /run/trial && head -c 8192 /dev/zero > /run/trial/file && \
             umount /run/trial",
    advice: "let its containers remount what is theirs",
};

/// The faults that lie there, a file each.
const MARKS: &str = "/var/lib/filage/disk-full.d";
/// The size before the first of them, in bytes.
const SIZE: &str = "/var/lib/filage/disk-full.size";

impl Effect for DiskFull {
    fn host(&self) -> &HostId {
        &self.on
    }

    fn inject(&self, _: &Stage, id: &FaultId) -> String {
        // Until one fits: what is written meanwhile makes it too small.
        format!(
            "mkdir -p {MARKS} && {{ [ -s {SIZE} ] || {size} > {SIZE}; }} && : > {MARKS}/{id} && \
             n=0; until mount -o remount,size=$({used}) {DOCKER_DATA} 2>/dev/null; do \
             n=$((n+1)); [ $n -lt 20 ] || {{ echo 'it cannot be made smaller' >&2; exit 1; }}; done",
            size = column("size"),
            used = column("used")
        )
    }

    fn heal(&self, id: &FaultId) -> String {
        format!(
            "rm -f {MARKS}/{id}; [ -n \"$(ls {MARKS})\" ] || \
             mount -o remount,size=$(cat {SIZE}) {DOCKER_DATA}"
        )
    }

    fn is_taken_for(&self, other: &Kind) -> bool {
        matches!(other, Kind::DiskFull(_))
    }

    async fn look(&self, stage: &Stage, _: u16) -> Result<Seen, Error> {
        let host = self.on.as_str();
        let write = format!(
            "said=$(LC_ALL=C dd if=/dev/zero of={DOCKER_DATA}/filage-look bs=4096 count=1 2>&1) || \
             echo \"$said\" | grep -o 'No space left on device'; code=$?; \
             rm -f {DOCKER_DATA}/filage-look; exit $code"
        );
        let said = console(stage, host, &write).await?;
        Ok(match said.as_str() {
            "" => Seen::new(false, format!("the Docker of `{host}` has room")),
            said => {
                Seen::new(true, format!("a write to the disk of the Docker of `{host}`: {said}"))
            }
        })
    }
}

/// A figure of the file system, in bytes.
fn column(name: &str) -> String {
    format!("df -B1 --output={name} {DOCKER_DATA} | tail -n 1 | tr -d ' '")
}
