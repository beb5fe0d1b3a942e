//! How this world does each fault: the twins of those on real hosts, each with its four acts. All
//! that are in the way of packets share a file.
//! Must not know: when a fault is due.

mod certificate;
mod clock_skew;
mod custom;
mod disk_full;
mod disk_slow;
mod dns_servfail;
mod dns_silent;
mod dns_update_refused;
mod host;
mod mail;
mod negative_answer_cached;
mod network_down;
mod old_aaaa;
mod packages_unreachable;
mod port_occupied;
mod service;
mod stale_resolver;
mod transfer;
mod ttl_not_lowered;
mod ways;

use super::{
    durations::Work,
    facts::Certificate,
    hands::{Beat, Hands},
    wrongs::Wrong,
};
use crate::{base::Duration, fault::Kind, plan::Fault, world::FaultAct};

/// How often a host's console is waited for, a second each time.
const WAITS: u32 = 20;

/// Plays one beat of an act: nothing happens before the second.
pub(super) fn act(
    hands: &mut Hands<'_>,
    number: usize,
    fault: &Fault,
    act: FaultAct,
    beat: u32,
) -> Beat {
    if beat == 0 {
        let work = match act {
            FaultAct::Heal if host::is_kind(&fault.kind) => Work::Boot,
            FaultAct::Inject | FaultAct::Heal => Work::Fault,
            FaultAct::VerifyBite | FaultAct::VerifyGone => Work::Verify,
        };
        return Beat::Next(hands.draw(work));
    }
    if let Some(step) = unknown(hands, &fault.kind) {
        let step = &hands.plan.nth_step(step).id;
        let why = "does not say what it amounts to (`simulates:`), so this cannot be known here";
        return Beat::Fails(Duration::ZERO, format!("step `{step}` {why}"));
    }
    if let Some(host) = console(&fault.kind) {
        let has_console = hands.facts.hosts[hands.host(host)].power.has_console();
        match (has_console, beat <= WAITS) {
            (true, _) => {}
            (false, true) => return Beat::Next(Duration::from_secs(1)),
            (false, false) => {
                return Beat::Fails(Duration::ZERO, format!("`{host}` does not run"));
            }
        }
    }
    let done = match &fault.kind {
        Kind::NetworkDown(args) => network_down::act(hands, number, args, act),
        Kind::PortOccupied(args) => port_occupied::act(hands, number, args, act),
        Kind::DiskFull(args) => disk_full::act(hands, number, args, act),
        Kind::ClockSkew(args) => clock_skew::act(hands, number, args, act),
        Kind::DiskSlow(args) => disk_slow::act(hands, number, args, act),
        Kind::HostCrash(args) => host::switched_off(hands, number, &args.on, act),
        Kind::LeaseEnded(args) => host::switched_off(hands, number, &args.on, act),
        Kind::HostPause(args) => host::paused(hands, number, &args.on, act),
        Kind::BootFails(args) => host::unbootable(hands, number, &args.on, act),
        Kind::ServiceDoesNotStart(args) => service::does_not_start(hands, number, args, act),
        Kind::ServiceStartsSlowly(args) => service::starts_slowly(hands, number, args, act),
        Kind::ServiceDies(args) => service::dies(hands, number, args, act),
        Kind::ServiceNotEnabled(args) => service::not_enabled(hands, number, args, act),
        Kind::CertificateExpired(args) => {
            let place = (&args.service, &args.on);
            certificate::act(hands, number, place, Certificate::Expired, act)
        }
        Kind::CertificateNotIssued(args) => {
            let place = (&args.service, &args.on);
            certificate::act(hands, number, place, Certificate::Missing, act)
        }
        Kind::TransferInterrupted(args) => transfer::interrupted(hands, number, args, act),
        Kind::TransferCorrupted(args) => transfer::corrupted(hands, number, args, act),
        Kind::TransferOlderCopy(args) => transfer::older_copy(hands, number, args, act),
        Kind::DnsSilent(args) => dns_silent::act(hands, number, args, act),
        Kind::DnsServfail(args) => dns_servfail::act(hands, number, args, act),
        Kind::DnsUpdateRefused(_) => dns_update_refused::act(hands, number, act),
        Kind::StaleResolver(args) => stale_resolver::act(hands, number, args, act),
        Kind::TtlNotLowered(args) => ttl_not_lowered::act(hands, number, args, act),
        Kind::NegativeAnswerCached(args) => negative_answer_cached::act(hands, number, args, act),
        Kind::ReverseDnsMissing(_) | Kind::AddressBlacklisted(_) => {
            mail::act(hands, number, &fault.kind, act)
        }
        Kind::OldAaaa(args) => old_aaaa::act(hands, number, args, act),
        Kind::Custom(args) => custom::act(hands, number, args, act),
        Kind::PackagesUnreachable(_) => packages_unreachable::act(hands, number, act),
        Kind::StepEarly(_)
        | Kind::StepElsewhere(_)
        | Kind::StepFails(_)
        | Kind::StepLate(_)
        | Kind::StepSkipped(_)
        | Kind::StepTwice(_) => unreachable!("what people do to steps is the engine's: {number}"),
        Kind::OneWay(_)
        | Kind::Partition(_)
        | Kind::PacketLoss(_)
        | Kind::Delay(_)
        | Kind::Bandwidth(_)
        | Kind::MtuBlackHole(_)
        | Kind::PortFiltered(_)
        | Kind::SshRefused(_)
        | Kind::SshHostKeyChanged(_) => ways::act(hands, number, &fault.kind, act),
    };
    done.map_or_else(|why| Beat::Fails(hands.draw(Work::VerifyInVain), why), Beat::Done)
}

/// By how many seconds a fault makes the clock of a host go ahead.
pub(super) fn skew_of(fault: &Fault) -> i64 {
    clock_skew::seconds(&fault.kind)
}

/// The step that nobody said what it did to what the fault strikes.
fn unknown(hands: &Hands<'_>, kind: &Kind) -> Option<usize> {
    let reach = kind.reach();
    let mut hosts = reach.hosts.iter().map(|id| hands.host(id));
    let names = reach.is_everywhere || reach.updates || !reach.names.is_empty();
    let at_hosts = hosts.find_map(|host| hands.facts.hosts[host].unknown_since);
    at_hosts.or_else(|| hands.dns.unknown_since.filter(|_| names))
}

/// A name server is not as it was.
fn begin(hands: &mut Hands<'_>, number: usize, wrong: Wrong) -> Result<String, String> {
    hands.dns.begin(number, wrong, hands.clock);
    hands.facts.touched.all = true;
    Ok(String::new())
}

/// It is again.
fn end(hands: &mut Hands<'_>, number: usize) -> Result<String, String> {
    hands.dns.end(number, hands.clock);
    hands.facts.touched.all = true;
    Ok(String::new())
}

/// What goes wrong with name servers all the same, if anything like that does; as a healed fault has it.
fn besides(hands: &Hands<'_>, what: &str, is_meant: impl Fn(&Wrong) -> bool) -> Option<String> {
    let others = ids(hands, hands.dns.wrongs().of(is_meant))?;
    Some(format!("healed; {what} because of {others}"))
}

/// The ids of faults, by their places, if there are any.
fn ids(hands: &Hands<'_>, numbers: impl IntoIterator<Item = usize>) -> Option<String> {
    let faults = numbers.into_iter().filter_map(|number| hands.plan.faults.get_index(number));
    let ids: Vec<_> = faults.map(|(id, _)| id.as_str()).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// The host through whose console a fault is done, if so.
fn console(kind: &Kind) -> Option<&crate::base::HostId> {
    match kind {
        Kind::HostCrash(_) | Kind::LeaseEnded(_) | Kind::HostPause(_) => None,
        // They lie on name servers.
        Kind::ReverseDnsMissing(_) | Kind::AddressBlacklisted(_) => None,
        _ => kind.reach().hosts.first(),
    }
}
