//! Owns how writes are found again: on one host, asked by its address and not by any name, whether
//! users are led there or not. A service that is stopped there is started for it, and stopped again.
//! Must not know: what was written, and what is made of it.

use super::{
    durations::Work,
    facts::State,
    hands::{Beat, Hands},
    observe::shows,
    probes::{Health, Why, account, words},
    verbs,
};
use crate::{
    base::{Duration, HostId, ServiceId},
    history::Held,
    plan::ServiceKind,
    writer::Reading,
};

/// The time between two looks: what was still on its way has arrived then.
const PAUSE: Duration = Duration::from_millis(300);
/// What a service that was started for it is given until it answers.
const START: Duration = Duration::from_millis(1_500);

/// Plays one beat of a look for the writes to a service on a host. In the first it is seen to that
/// it can be asked, in the second it is.
pub(super) fn read(hands: &mut Hands<'_>, service: &ServiceId, host: &HostId, beat: u32) -> Beat {
    let at = hands.host(host);
    let reader = hands.plan.services[service].writer.as_ref();
    let reader = &reader.expect("only who is written to is read").read;
    let of = hands.service(&reader.of);
    let found = match beat {
        0 => match prepare(hands, &reader.of, of, host, at) {
            Ok(after) => return Beat::Next(after),
            Err(found) => found,
        },
        _ => {
            let found = look(hands, service, &reader.reading, of, at);
            if hands.noted_start.take().is_some() {
                hands.facts.stop(at, of);
            }
            found
        }
    };
    Beat::Read(found)
}

/// Sees to it that the service runs. Returns how long until it can be asked.
fn prepare(
    hands: &mut Hands<'_>,
    id: &ServiceId,
    of: usize,
    host: &HostId,
    at: usize,
) -> Result<Duration, Held> {
    if let Some(step) = hands.facts.hosts[at].unknown_since {
        return Err(Held::Unread(words(Why::Unknown(step), hands.plan, "", "")));
    }
    if let Some(why) = lacks(hands, id, of, host, at) {
        return Err(Held::Nothing(why));
    }
    let look = hands.draw(Work::Look) + PAUSE + hands.draw(Work::Look);
    if hands.facts.instance(at, of).state != State::Stopped {
        return Ok(look);
    }
    verbs::begin(hands, at, of).map_err(|why| {
        Held::Unread(format!("`{id}` could not be started, to be read on `{host}`: {why}"))
    })?;
    *hands.noted_start = Some(of);
    Ok(START + look)
}

/// Why there is nothing that could be read, if so.
fn lacks(hands: &Hands<'_>, id: &ServiceId, of: usize, host: &HostId, at: usize) -> Option<String> {
    let created = hands.facts.instance(at, of).created;
    match &hands.plan.services[of].kind {
        ServiceKind::Container(_) if !hands.plan.hosts[at].docker => {
            Some(format!("`{host}` has no Docker"))
        }
        ServiceKind::Container(_) => {
            (!created).then(|| format!("`{host}` has no container `{id}`"))
        }
        // A unit's files are on every host that it may run on.
        ServiceKind::Unit(unit) => (!created && !hands.layout.services[of].homes.contains(&at))
            .then(|| format!("`{host}` has no unit `{}`", unit.name)),
    }
}

/// Looks, if the service answers.
fn look(
    hands: &mut Hands<'_>,
    service: &ServiceId,
    reading: &Reading,
    of: usize,
    at: usize,
) -> Held {
    hands.settle_writes();
    let scene = hands.scene();
    let health = match reading.port() {
        Some(port) => scene.knock(at, of, port, true),
        // A script looks for itself, through the console.
        None => Health::Well,
    };
    let health = match (health, reading) {
        (Health::Well, Reading::Imap(imap)) => shows(hands, at, of, account(&imap.user)),
        (health, _) => health,
    };
    if let Health::Ill(why) = health {
        let port = reading.port().unwrap_or_default();
        let name = &hands.layout.names[hands.layout.services[of].name];
        let address = format!("{}:{port}", hands.address(at));
        return Held::Unread(words(why, hands.plan, &address, name.as_str()));
    }
    let writer = hands.service(service);
    let writer = hands.layout.writers.iter().position(|it| it.service == writer);
    let writer = writer.expect("only who is written to is read");
    let book = hands.facts.book(at, of);
    match book.unknown {
        Some(step) => Held::Unread(words(Why::Unknown(step), hands.plan, "", "")),
        None => Held::Writes(book.tally(writer)),
    }
}
