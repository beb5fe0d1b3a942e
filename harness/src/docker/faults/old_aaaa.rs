//! `old-aaaa`: the authoritative server publishes the record with the TTL of the zone, around all that an
//! operator does. At both ends the resolver that honours TTL forgets what it held: it was there all along,
//! or never.

use std::net::Ipv6Addr;

use super::{
    answer::Answer,
    besides, console,
    demands::{Demand, cannot},
};
use crate::{
    base::{FaultId, HostId},
    docker::{
        Error,
        members::{AUTHORITY, RESOLVER},
        stage::Stage,
    },
    fault::{Kind, OldAaaa},
    plan::Plan,
    world::FaultAct,
};

/// What it needs of the machine; of the engine, see [`check`].
pub(super) const IPV6: Demand = Demand {
    name: "wall off a network with IPv6 (nftables)",
    script: "nft 'table ip6 trial { chain c { icmpv6 type nd-neighbor-solicit accept; \
             reject with icmpv6 type admin-prohibited; }; }'\nnft delete table ip6 trial",
    advice: "load its kernel's modules ipv6 and nft_reject_ipv6",
};

/// What it needs of the engine's networks, which nothing in a container can try.
pub(in crate::docker) const NETWORK: Demand = Demand {
    name: "have a network with IPv6",
    script: "",
    advice: "have it forward IPv6 (`sysctl net.ipv6.conf.all.forwarding=1`; where it learns its \
             routes from routers, first `net.ipv6.conf.all.accept_ra=2`)",
};

/// Whether networks of this machine may have IPv6, if a fault of the plan wants that.
pub(in crate::docker) fn check(
    plan: &Plan,
    lacks_ipv6: impl Fn() -> Option<&'static str>,
) -> Result<(), Error> {
    let mut faults = plan.active_faults();
    let wanted = faults.find(|(_, fault)| matches!(fault.kind, Kind::OldAaaa(_)));
    let Some(((id, fault), why)) = wanted.and_then(|wanted| Some((wanted, lacks_ipv6()?))) else {
        return Ok(());
    };
    Err(cannot(id.as_str(), fault.kind.word(), &NETWORK, why))
}

pub(super) async fn act(
    stage: &Stage,
    id: &FaultId,
    args: &OldAaaa,
    act: FaultAct,
) -> Result<String, Error> {
    let name = &args.name;
    let forget = format!("unbound-control -q flush_type {name}. AAAA");
    let still =
        |id: &HostId| format!("the resolver answers the address of `{id}` for `{name} AAAA`");
    let says = |answer: &Answer| {
        let what = match &answer.records[..] {
            [] if answer.is_one() => "nothing",
            [] => answer.status.as_str(),
            [record, ..] => record.as_str(),
        };
        format!("the resolver answers {what} for `{name} AAAA`")
    };
    match act {
        FaultAct::Inject => {
            let record = record(stage, args)?;
            console(stage, AUTHORITY, &format!("filage-fault begin aaaa {id} {record}")).await?;
            console(stage, RESOLVER, &forget).await
        }
        FaultAct::VerifyBite => {
            let answer = Answer::to(stage, name, "AAAA").await?;
            host(stage, &answer).map(still).ok_or_else(|| Error::Said(says(&answer)))
        }
        FaultAct::Heal => {
            console(stage, AUTHORITY, &format!("filage-fault end aaaa {id}")).await?;
            console(stage, RESOLVER, &forget).await
        }
        FaultAct::VerifyGone => {
            let answer = Answer::to(stage, name, "AAAA").await?;
            let what = format!("`{name}` still has an IPv6 address");
            let same = |kind: &Kind| matches!(kind, Kind::OldAaaa(it) if it.name == *name);
            let others = besides(stage, &what, same)
                .or_else(|| answer.withheld(stage, name, &says(&answer)));
            match others {
                Some(others) => Ok(others),
                None if answer.is_one() && answer.records.is_empty() => Ok(says(&answer)),
                None => Err(Error::Said(host(stage, &answer).map_or_else(|| says(&answer), still))),
            }
        }
    }
}

/// The record, as `filage-fault` takes it.
fn record(stage: &Stage, args: &OldAaaa) -> Result<String, Error> {
    let address = stage
        .plan
        .old_aaaas()
        .get(&args.name)
        .and_then(|host| stage.members.ipv6_addresses.get(*host));
    let address = address.ok_or_else(|| Error::Said("the world has no IPv6".to_owned()))?;
    Ok(format!("{},{},{address}", args.name, stage.plan.zone.ttl.as_secs_ceil()))
}

/// Whose address that is.
fn host<'s>(stage: &'s Stage, answer: &Answer) -> Option<&'s HostId> {
    let is_among = |address: &Ipv6Addr| answer.records.iter().any(|it| it.parse() == Ok(*address));
    let mut hosts = stage.members.ipv6_addresses.iter();
    hosts.find(|(_, address)| is_among(address)).map(|(id, _)| id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        plan::{Choices, FaultChoice, resolve},
        scenario::testing::scenario,
    };

    const TEXT: &str = "\
filage: 1
scenario: small
hosts: { old: {}, new: {} }
zone: { name: asso.example }
services:
  ssh: { on: old, unit: { name: ssh.service, listens: [22] }, name: ssh.asso.example }
steps:
  - point: { name: ssh.asso.example, to: new }
faults:
  forgotten: { old-aaaa: { name: ssh.asso.example }, from: start }
";

    #[test]
    fn only_who_has_chosen_it_is_told_what_the_machine_lacks() {
        let scenario = scenario(TEXT);
        let said = |faults, lacks: Option<&'static str>| {
            let plan = resolve(&scenario, &Choices { faults, ..Choices::default() }).unwrap();
            check(&plan, || lacks).map_err(|error| error.in_words())
        };
        assert_eq!(said(FaultChoice::None, Some("its kernel has none")), Ok(()));
        assert_eq!(said(FaultChoice::All, None), Ok(()));
        insta::assert_snapshot!(said(FaultChoice::All, Some("its kernel has none")).unwrap_err(), @"fault `forgotten` (`old-aaaa`) cannot be done on this machine, which would have to have a network with IPv6: its kernel has none; have it forward IPv6 (`sysctl net.ipv6.conf.all.forwarding=1`; where it learns its routes from routers, first `net.ipv6.conf.all.accept_ra=2`), or leave the fault out with `--fault` or `--no-faults`");
    }
}
