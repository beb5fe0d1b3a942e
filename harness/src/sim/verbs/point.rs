//! `point` and `ttl`: one name after the other, each at once true at the authoritative server.

use super::fails;
use crate::{
    base::DnsName,
    sim::hands::{Beat, Hands},
    step::{Point, Ttl},
};

/// Gives names the address of a host; their TTL stays.
pub(super) fn point(hands: &mut Hands<'_>, args: &Point, beat: u32) -> Result<Beat, Beat> {
    let to = hands.host(&args.to);
    let each = hands.share(100 / args.name.len() as u64);
    let Some(done) = beat.checked_sub(1) else { return Ok(Beat::Next(each)) };
    let name = known(hands, &args.name[done as usize])?;
    let (_, ttl) = hands.dns.record(name);
    hands.dns.update(name, to, ttl, hands.clock);
    hands.facts.touched.names.push(name);
    Ok(match (beat as usize) < args.name.len() {
        true => Beat::Next(each),
        false => Beat::Done(format!("now {}", hands.address(to))),
    })
}

/// Gives names a TTL; their address stays.
pub(super) fn ttl(hands: &mut Hands<'_>, args: &Ttl, beat: u32) -> Result<Beat, Beat> {
    let each = hands.share(100 / args.name.len() as u64);
    let Some(done) = beat.checked_sub(1) else { return Ok(Beat::Next(each)) };
    let name = known(hands, &args.name[done as usize])?;
    let (host, _) = hands.dns.record(name);
    hands.dns.update(name, host, args.to, hands.clock);
    Ok(match (beat as usize) < args.name.len() {
        true => Beat::Next(each),
        false => Beat::Done(format!("now {} s", args.to.as_secs_ceil())),
    })
}

fn known(hands: &Hands<'_>, name: &DnsName) -> Result<usize, Beat> {
    let found = hands.layout.name(name.as_str());
    found.ok_or_else(|| fails(format!("`{name}` has no address in the zone")))
}
