//! What the faults of the network, of SSH, of disks and of clocks have in common: a command injects them and one heals
//! them, and one look at what they do to others says whether they bite, and later whether they are
//! gone.
//! Must not know: any one fault.

use super::console;
use crate::{
    base::{FaultId, HostId},
    docker::{Error, stage::Stage},
    fault::Kind,
    world::FaultAct,
};

/// How often is looked before that counts: on a busy machine a look may come to nothing.
const LOOKS: u32 = 3;

/// A fault that lies on one host, and is felt from elsewhere.
pub(super) trait Effect {
    /// The host on which it lies.
    fn host(&self) -> &HostId;
    /// Makes it happen, for the host's console; it survives a restart.
    fn inject(&self, stage: &Stage, id: &FaultId) -> String;
    /// Ends it, and no other.
    fn heal(&self, id: &FaultId) -> String;
    /// Whether a look at it may show another fault of its host instead.
    fn is_taken_for(&self, other: &Kind) -> bool {
        !matches!(other, Kind::ClockSkew(_) | Kind::DiskFull(_) | Kind::DiskSlow(_))
    }
    /// Looks at what it does; `port` is free for that on both sides.
    async fn look(&self, stage: &Stage, port: u16) -> Result<Seen, Error>;
}

/// What a look showed.
pub(super) struct Seen {
    pub(super) bites: bool,
    pub(super) says: String,
}

impl Seen {
    pub(super) fn new(bites: bool, says: String) -> Self {
        Self { bites, says }
    }
}

pub(super) async fn act(
    stage: &Stage,
    id: &FaultId,
    fault: &impl Effect,
    act: FaultAct,
) -> Result<String, Error> {
    let host = fault.host().as_str();
    match act {
        FaultAct::Inject => console(stage, host, &fault.inject(stage, id)).await,
        FaultAct::VerifyBite => look_until(stage, id, fault, true).await,
        FaultAct::Heal => console(stage, host, &fault.heal(id)).await,
        FaultAct::VerifyGone => gone(stage, id, fault).await,
    }
}

async fn look_until(
    stage: &Stage,
    id: &FaultId,
    fault: &impl Effect,
    bites: bool,
) -> Result<String, Error> {
    // Faults that are looked at at the same time do not get in each other's way.
    const FIRST_PORT: usize = 61_000;
    let number = stage.plan.faults.get_index_of(id).unwrap_or_default();
    let port = u16::try_from(FIRST_PORT + number % 1_000).expect("it is below 65536");
    let mut says = String::new();
    for _ in 0..LOOKS {
        says = match fault.look(stage, port).await {
            Ok(seen) if seen.bites == bites => return Ok(seen.says),
            Ok(seen) => seen.says,
            Err(error) => error.in_words(),
        };
    }
    Err(Error::Said(says))
}

/// A fault is gone when its effect is. Where that is still there, it may be that of others.
async fn gone(stage: &Stage, id: &FaultId, fault: &impl Effect) -> Result<String, Error> {
    let host = fault.host().as_str();
    let error = match look_until(stage, id, fault, false).await {
        Ok(said) => return Ok(said),
        Err(error) => error,
    };
    let marks = "find /var/lib/filage -maxdepth 2 -type f \\( -name '*.nft' -o -path '*.d/*' \\) \
                 -printf '%f\\n' | sed 's/\\.nft$//' | sort -u";
    let marks = console(stage, host, marks).await?;
    let faults = stage.plan.faults.iter().filter(|(other, _)| *other != id);
    let faults = faults.filter(|(_, other)| fault.is_taken_for(&other.kind));
    let ids: Vec<&str> = faults.map(|(other, _)| other.as_str()).collect();
    let others: Vec<&str> = marks.lines().filter(|mark| ids.contains(mark)).collect();
    if others.is_empty() || marks.lines().any(|mark| mark == id.as_str()) {
        return Err(error);
    }
    Ok(format!("healed; other faults still lie on `{host}`: {}", others.join(" ")))
}

/// Adds up, as `sum`, what the faults of a kind add that have a file each in a folder.
pub(super) fn sum(marks: &str) -> String {
    format!(
        "sum=0; for mark in {marks}/*; do [ ! -e \"$mark\" ] || sum=$((sum + $(cat $mark))); done"
    )
}
