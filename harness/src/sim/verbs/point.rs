//! `point` and `ttl`: one name after the other, each at once true at the authoritative server.

use super::fails;
use crate::{
    base::{DnsName, Duration},
    fault::NameServer,
    sim::{
        hands::{Beat, Hands},
        layout,
    },
    step::{Point, Ttl},
};

/// Gives names the address of a host; their TTL stays.
pub(super) fn point(hands: &mut Hands<'_>, args: &Point, beat: u32) -> Result<Beat, Beat> {
    let to = hands.host(&args.to);
    let each = hands.share(100 / args.name.len() as u64);
    let Some(done) = beat.checked_sub(1) else { return Ok(Beat::Next(each)) };
    let name = known(hands, &args.name[done as usize])?;
    let (_, ttl) = hands.dns.record(name);
    update(hands, name, to, ttl)?;
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
    update(hands, name, host, args.to)?;
    Ok(match (beat as usize) < args.name.len() {
        true => Beat::Next(each),
        false => Beat::Done(format!("now {} s", args.to.as_secs_ceil())),
    })
}

/// Changes a record and looks whether that has come to be.
fn update(hands: &mut Hands<'_>, name: usize, host: usize, ttl: Duration) -> Result<(), Beat> {
    let of = &hands.layout.names[name];
    if hands.dns.wrongs().is_silent(NameServer::Authority) {
        let server = format!("{}@53(UDP)", layout::authority());
        let why = "the authoritative server does not answer: ;; ERROR: failed to query server";
        return Err(Beat::Fails(UNANSWERED, format!("{why} {server}")));
    }
    if hands.dns.wrongs().refuses_updates() {
        return Err(fails(format!("the update of `{of}` was refused: BADKEY")));
    }
    hands.dns.update(name, host, ttl, hands.clock);
    let (_, published) = hands.dns.record(name);
    if published == ttl {
        return Ok(());
    }
    let (address, ttl) = (hands.address(host), published.as_secs_ceil());
    Err(fails(format!("`{of}` was updated but is still {address} with TTL {ttl} s")))
}

/// How long an operator waits for the authoritative server before giving up: twice three seconds.
const UNANSWERED: Duration = Duration::from_secs(6);

fn known(hands: &Hands<'_>, name: &DnsName) -> Result<usize, Beat> {
    let found = hands.layout.name(name.as_str());
    found.ok_or_else(|| fails(format!("`{name}` has no address in the zone")))
}
