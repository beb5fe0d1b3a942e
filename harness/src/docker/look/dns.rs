//! What the world's resolver answers.

use std::net::Ipv4Addr;

use hickory_resolver::proto::rr;

use super::{
    super::probes::{
        NetView, NoAnswer,
        dns::text,
        visit::{Miss, Visit},
    },
    DEADLINE, found,
};
use crate::{
    base::{Duration, REVERSE, reversed},
    expect::{Dns, Found, RecordType},
};

/// All records of a name, as text in order. No such name and no such record are an empty list.
pub async fn dns(net: &NetView, dns: &Dns) -> Found {
    look(net, dns, DEADLINE).await
}

async fn look(net: &NetView, dns: &Dns, within: Duration) -> Found {
    let visit = Visit::new(net, within);
    visit.limit(records(&visit, dns)).await.unwrap_or_else(found)
}

async fn records(visit: &Visit<'_>, dns: &Dns) -> Result<Found, Miss> {
    let name = dns.name.as_str();
    let mut texts = match dns.kind {
        RecordType::A => ask(visit, name, rr::RecordType::A).await?,
        RecordType::Mx => ask(visit, name, rr::RecordType::MX).await?,
        RecordType::Ptr if dns.is_of_addresses() => names(visit, name).await?,
        RecordType::Ptr => ask(visit, name, rr::RecordType::PTR).await?,
        RecordType::Txt => ask(visit, name, rr::RecordType::TXT).await?,
    };
    texts.sort();
    Ok(Found::Records(texts))
}

/// The names that lead back from the addresses of a name.
async fn names(visit: &Visit<'_>, name: &str) -> Result<Vec<String>, Miss> {
    let mut names = vec![];
    for address in ask(visit, name, rr::RecordType::A).await? {
        let Ok(address) = address.parse::<Ipv4Addr>() else { continue };
        names.extend(ask(visit, &reversed(address, REVERSE), rr::RecordType::PTR).await?);
    }
    Ok(names)
}

/// The records of a name, as texts.
async fn ask(visit: &Visit<'_>, name: &str, kind: rr::RecordType) -> Result<Vec<String>, Miss> {
    match visit.lookup(name, kind).await {
        Ok(records) => Ok(records.iter().map(|record| text(&record.data)).collect()),
        Err(NoAnswer::NoRecords(_)) => Ok(vec![]),
        Err(NoAnswer::Code(code)) => {
            Err(Miss::Down(format!("the resolver answers `{code}` for `{name}`")))
        }
        Err(NoAnswer::Silent(why)) => {
            Err(Miss::Unresolved(format!("no answer from the resolver: {why}")))
        }
        Err(NoAnswer::Unable(error)) => {
            Err(Miss::Unable(format!("cannot ask the resolver: {error}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docker::probes::testing::{World, silent_udp};

    fn wanted(name: &str, kind: RecordType) -> Dns {
        Dns { name: name.parse().unwrap(), kind, is: None, value: None }
    }

    #[tokio::test]
    async fn records_are_texts_in_order() {
        let world = World::new().await;
        for (name, kind, texts) in [
            ("up.test", RecordType::A, &["127.0.0.1"][..]),
            ("many.test", RecordType::A, &["127.0.0.1", "127.0.0.2"]),
            ("alias.test", RecordType::A, &["127.0.0.1"]),
            ("asso.test", RecordType::Mx, &["10 mail.asso.test"]),
            ("asso.test", RecordType::Txt, &["v=spf1 -all"]),
            ("4.3.18.198.in-addr.arpa", RecordType::Ptr, &["mail.asso.test"]),
            ("named.test", RecordType::Ptr, &["mail.asso.test"]),
            ("nameless.test", RecordType::Ptr, &[]),
            ("nowhere.test", RecordType::Ptr, &[]),
            ("nowhere.test", RecordType::A, &[]),
            ("up.test", RecordType::Mx, &[]),
        ] {
            let texts = texts.iter().map(|&text| text.to_owned()).collect();
            let found = dns(&world.net, &wanted(name, kind)).await;
            assert_eq!(found, Found::Records(texts), "{name} {kind:?}");
        }
    }

    #[tokio::test]
    async fn an_error_is_a_finding_and_silence_is_none() {
        let world = World::new().await;
        for name in ["refused.test", "servfail.test"] {
            let found = dns(&world.net, &wanted(name, RecordType::A)).await;
            assert!(matches!(&found, Found::Absent(why) if why.contains(name)), "{found:?}");
        }
        let (silent, _socket) = silent_udp().await;
        let world = world.with_resolver(silent);
        let wanted = wanted("up.test", RecordType::A);
        let found = look(&world.net, &wanted, Duration::from_millis(200)).await;
        assert!(matches!(&found, Found::Unseen(why) if why.contains("timed out")), "{found:?}");
    }
}
