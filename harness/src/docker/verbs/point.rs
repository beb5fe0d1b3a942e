//! `point` and `ttl`: signed dynamic updates (RFC 2136, RFC 8945), made by Knot's own client.

use crate::{
    base::DnsName,
    docker::{Error, operator::Hands},
    step::{Point, Ttl},
};

/// Gives names the address of a host; their TTL stays.
pub(super) async fn point(hands: &Hands<'_>, args: &Point) -> Result<String, Error> {
    let address = hands.stage.members.addresses[&args.to].to_string();
    for name in args.name.iter() {
        let record = current(hands, name).await?;
        update(hands, name, &record.ttl, &address).await?;
    }
    Ok(format!("now {address}"))
}

/// Gives names a TTL; their address stays.
pub(super) async fn ttl(hands: &Hands<'_>, args: &Ttl) -> Result<String, Error> {
    let seconds = args.to.as_secs_ceil().to_string();
    for name in args.name.iter() {
        let record = current(hands, name).await?;
        update(hands, name, &seconds, &record.address).await?;
    }
    Ok(format!("now {seconds} s"))
}

struct Record {
    ttl: String,
    address: String,
}

/// What the authoritative server says of a name.
async fn current(hands: &Hands<'_>, name: &DnsName) -> Result<Record, Error> {
    let authority = hands.stage.members.authority;
    let command = format!("kdig @{authority} +norec +retry=1 +timeout=3 +noall +answer {name} A");
    let said =
        hands.here(&command, None).await?.expect("the authoritative server does not answer")?;
    said.lines()
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                [_, ttl, "IN", "A", address] => {
                    Some(Record { ttl: (*ttl).to_owned(), address: (*address).to_owned() })
                }
                _ => None,
            }
        })
        .next()
        .ok_or_else(|| Error::Said(format!("`{name}` has no address in the zone")))
}

async fn update(hands: &Hands<'_>, name: &DnsName, ttl: &str, address: &str) -> Result<(), Error> {
    let authority = hands.stage.members.authority;
    let zone = &hands.stage.plan.zone.name;
    let request = format!(
        "server {authority}\nzone {zone}.\nupdate delete {name}. A\n\
         update add {name}. {ttl} A {address}\nsend\nquit\n"
    );
    let said = hands
        .here("knsupdate -y \"$(cat /etc/filage/tsig.key)\"", Some(request.into_bytes()))
        .await?;
    if said.code != 0 {
        let why = status(&said.stdout).map_or_else(|| said.why(), str::to_owned);
        return Err(Error::Said(format!("the update of `{name}` was refused: {why}")));
    }
    // The server acknowledges before it serves; an operator looks before going on, too.
    let record = current(hands, name).await?;
    if record.ttl == ttl && record.address == address {
        return Ok(());
    }
    Err(Error::Said(format!(
        "`{name}` was updated but is still {} with TTL {} s",
        record.address, record.ttl
    )))
}

/// The word of DNS in a reply that Knot's client prints.
fn status(reply: &str) -> Option<&str> {
    let (_, rest) = reply.split_once("status: ")?;
    rest.split(';').next()
}
