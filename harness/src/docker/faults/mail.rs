//! `reverse-dns-missing`, `address-blacklisted`: what the authoritative server says of the address of a host. What
//! the resolver holds of it is forgotten, as it would be in some minutes or hours.

use super::{
    answer::{Answer, is_withheld_by},
    besides, console,
};
use crate::{
    base::{DnsName, FaultId},
    docker::{
        Error,
        members::{AUTHORITY, RESOLVER},
        stage::Stage,
    },
    fault::{Entry, Kind},
    world::FaultAct,
};

pub(super) async fn act(
    stage: &Stage,
    id: &FaultId,
    kind: &Kind,
    act: FaultAct,
) -> Result<String, Error> {
    let entry = Entry::of(kind);
    let name = entry.name(stage.members.addresses[entry.host()]);
    match act {
        FaultAct::Inject => change(stage, "begin", id, entry, &name).await,
        FaultAct::VerifyBite => match look(stage, entry, &name).await? {
            Seen { is_wrong: Some(true), says } => Ok(says),
            Seen { says, .. } => Err(Error::Said(says)),
        },
        FaultAct::Heal => change(stage, "end", id, entry, &name).await,
        FaultAct::VerifyGone => {
            let seen = look(stage, entry, &name).await?;
            let others = besides(stage, &seen.says, |other| match seen.is_wrong {
                Some(_) => other == kind,
                None => is_withheld_by(other, &name),
            });
            match (others, seen) {
                (_, Seen { is_wrong: Some(false), says }) => Ok(says),
                (Some(others), _) => Ok(others),
                (None, Seen { says, .. }) => Err(Error::Said(says)),
            }
        }
    }
}

/// What the resolver says.
struct Seen {
    /// Whether it is as the fault would have it; none where there is no answer.
    is_wrong: Option<bool>,
    says: String,
}

/// Begins or ends it, and has the resolver ask anew.
async fn change(
    stage: &Stage,
    act: &str,
    id: &FaultId,
    entry: Entry<'_>,
    name: &DnsName,
) -> Result<String, Error> {
    let word = match entry {
        Entry::Name(_) => "nameless",
        Entry::Listing(..) => "listed",
    };
    console(stage, AUTHORITY, &format!("filage-fault {act} {word} {id} {name}")).await?;
    console(stage, RESOLVER, &format!("unbound-control -q flush_zone {name}.")).await
}

async fn look(stage: &Stage, entry: Entry<'_>, name: &DnsName) -> Result<Seen, Error> {
    let kind = match entry {
        Entry::Name(_) => "PTR",
        Entry::Listing(..) => "A",
    };
    let answer = Answer::to(stage, name, kind).await?;
    if !answer.is_one() {
        return Ok(Seen { is_wrong: None, says: answer.says(name) });
    }
    let address = stage.members.addresses[entry.host()];
    let (is_wrong, says) = entry.judge(address, &answer.records);
    Ok(Seen { is_wrong: Some(is_wrong), says })
}
