//! The ledger's part of a rehearsal: writing begins before the first step and ends when the
//! services are steady again; at the very end the writes are looked for, wherever they may be.

use super::{
    BASELINE_BOUND, Stop,
    crew::{Crew, How, Task},
    must,
    run::Playing,
};
use crate::{
    base::{Duration, HostId, ServiceId, StoryTime},
    history::{Ending, Held, Holding, Phase, What},
    probe::Client,
    world::{Action, Outcome},
    writer::Writer,
};

/// How long the end of writing may take beyond what the writers need for it.
const CLOSING_SLACK: Duration = Duration::from_secs(10);
/// How long one look for writes may take: a service may have to be started for it.
const READ_BOUND: Duration = Duration::from_secs(120);

/// Begins to write. A writer whose writes nobody takes before the migration would prove nothing.
pub(super) fn open(rehearsal: &mut Playing<'_, '_>) -> Result<(), Stop> {
    let services = written(rehearsal, |_| true);
    if services.is_empty() {
        return Ok(());
    }
    rehearsal.crew.submit(Task::Writing, Action::Write, None);
    let since = rehearsal.crew.now();
    let refusing = await_writes(rehearsal, &services, since, since + BASELINE_BOUND)?;
    match refusing.first() {
        None => Ok(()),
        Some(service) => {
            let why = rehearsal.crew.desk.receipts.last_complaint(service);
            let text =
                format!("no write to service `{service}` was taken before the migration: {why}");
            Err(Stop::Early(Ending::WorldFailed, text))
        }
    }
}

/// Gives each service the time to take a write again, at most until `end`. Who holds on to an old
/// address may never find the way.
pub(super) fn settle(rehearsal: &mut Playing<'_, '_>, end: StoryTime) -> Result<(), Stop> {
    let since = rehearsal.crew.now();
    let services = written(rehearsal, |client| client == Client::Fresh);
    await_writes(rehearsal, &services, since, end).map(drop)
}

/// Begins no write any more, and waits until the last was heard of each.
pub(super) fn close(rehearsal: &mut Playing<'_, '_>) -> Result<(), Stop> {
    let times = rehearsal.plan.writers().map(|(_, writer)| writer.time_to_end());
    let Some(longest) = times.max() else { return Ok(()) };
    let bound = longest + CLOSING_SLACK;
    let ended = rehearsal.perform(Action::StopWriting, bound)?;
    must(ended, "the writers did not come to an end", bound)
}

/// Looks for the writes to each service on every host where they may be. The latest host of all
/// services comes first: a service that has to be started where it was before, to be read, must not
/// change what is read where it is now.
pub(super) fn read(rehearsal: &mut Playing<'_, '_>) -> Result<(), Stop> {
    let plan = rehearsal.plan;
    let rolled_back = rehearsal.rolls_back();
    let places = plan.writers().map(|(service, writer)| {
        let mut homes = plan.may_hold(&writer.read.of);
        if rolled_back {
            // Then the first is also the last.
            let first = &plan.services[&writer.read.of].on;
            homes.sort_by_key(|host| *host == first);
        }
        (service, homes)
    });
    let places: Vec<(&ServiceId, Vec<&HostId>)> = places.collect();
    let Some(most) = places.iter().map(|(_, homes)| homes.len()).max() else { return Ok(()) };
    rehearsal.crew.phase(Phase::Read)?;
    for round in 1..=most {
        for (service, homes) in &places {
            if let Some(host) = homes.len().checked_sub(round).map(|place| homes[place]) {
                look(rehearsal, service, host)?;
            }
        }
    }
    Ok(())
}

fn look(rehearsal: &mut Playing<'_, '_>, service: &ServiceId, host: &HostId) -> Result<(), Stop> {
    let (service, host) = (service.clone(), host.clone());
    let action = Action::Read { service: service.clone(), host: host.clone() };
    let found = match rehearsal.perform(action, READ_BOUND)? {
        How::Ended(Outcome::Read(found)) => found,
        How::Ended(Outcome::Failed(why)) => Held::Unread(why),
        How::Ended(other) => panic!("{other:?} where writes were looked for"),
        How::TooLate(_) => Held::Unread(format!("nothing came of it within {READ_BOUND}")),
    };
    rehearsal.crew.record(What::Read(Holding { service, host, found }))
}

/// The services that such clients write to.
fn written(rehearsal: &Playing<'_, '_>, from: impl Fn(Client) -> bool) -> Vec<ServiceId> {
    let writers = rehearsal.plan.writers().filter(|(_, writer)| from(writer.client));
    writers.map(|(service, _)| service.clone()).collect()
}

/// Waits until each service has taken a write that was begun at `since` or later, at most until
/// `end`. Returns the services that have not.
fn await_writes(
    rehearsal: &mut Playing<'_, '_>,
    services: &[ServiceId],
    since: StoryTime,
    end: StoryTime,
) -> Result<Vec<ServiceId>, Stop> {
    let plan = rehearsal.plan;
    let took = |crew: &Crew<'_>, service: &_| crew.desk.receipts.took(service, since);
    let soon = |crew: &Crew<'_>, service: &_| {
        let every = plan.services[service].writer.as_ref().map_or(Duration::ZERO, Writer::every);
        crew.desk.receipts.will_take(service, every, crew.now())
    };
    rehearsal.await_all(services, end, took, soon)
}
