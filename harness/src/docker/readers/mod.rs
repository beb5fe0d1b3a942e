//! Owns how writes are found again: on one host, asked by its address and not by any name, whether
//! users are led there or not. A service that is stopped there is started for it, and stopped again.
//! Must not know: what was written, and what is made of it.
//!
//! A new way to read is a file here and an arm in [`once`].

mod command;
mod http;
mod imap;
mod sql;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, sync::OnceLock, time::Duration};

use super::{
    Error, container_args,
    probes::{
        NetView,
        http::Scheme,
        instant_now,
        route::Route,
        short,
        visit::{Miss, Visit},
    },
    stage::Stage,
};
use crate::{
    base::{self, HostId, ServiceId},
    history::Held,
    plan::ServiceKind,
    writer::{Reading, Tally, WriteId},
};

/// How long a service may take until it can be read.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long one look may take.
const DEADLINE: base::Duration = base::Duration::from_secs(20);
/// The time between two looks.
const PAUSE: Duration = Duration::from_millis(300);

/// What is there of the writes to a service.
pub(super) async fn read(stage: &Stage, service: &ServiceId, host: &HostId) -> Held {
    match look(stage, service, host).await {
        Ok(held) => held,
        Err(error) => Held::Unread(short(&error.in_words())),
    }
}

async fn look(stage: &Stage, service: &ServiceId, host: &HostId) -> Result<Held, Error> {
    let writer = stage.plan.services[service].writer.as_ref();
    let reader = &writer.expect("only who is written to is read").read;
    let place = Place { stage, of: &reader.of, host };
    if let Some(why) = place.lacks_it().await? {
        return Ok(Held::Nothing(why));
    }
    let was_running = place.runs().await?;
    if !was_running {
        place.start().await?;
    }
    let net = stage.net_view();
    let found = settled(|| once(stage, &net, service, &reader.reading, &place)).await;
    if !was_running {
        place.stop().await?;
    }
    Ok(found.map_or_else(|why| Held::Unread(short(&why)), Held::Writes))
}

/// Looks until two looks in a row find the same: what was still on its way has arrived then.
async fn settled<F: Future<Output = Result<Tally, String>>>(
    look: impl Fn() -> F,
) -> Result<Tally, String> {
    let end = instant_now() + PATIENCE;
    let mut before = Err("nobody looked".to_owned());
    loop {
        let found = look().await;
        if found.is_ok() && found == before {
            return found;
        }
        if instant_now() >= end {
            return found.and(Err(format!("it does not come to rest within {PATIENCE:?}")));
        }
        before = found;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Looks once.
async fn once(
    stage: &Stage,
    net: &NetView,
    service: &ServiceId,
    reading: &Reading,
    place: &Place<'_>,
) -> Result<Tally, String> {
    if let Reading::Command(script) = reading {
        let printed = command::run(stage, place.host, script).await?;
        return Ok(tally(service, printed.lines(), Each::Once));
    }
    let data = &stage.plan.services[place.of];
    let address = OnceLock::from(Route::to(stage.members.addresses[place.host].into()));
    let visit = Visit::new(net, DEADLINE).pinned(Some(&address));
    let name = data.name.as_str();
    visit.limit(over_network(&visit, name, service, reading)).await.map_err(Miss::into_words)
}

async fn over_network(
    visit: &Visit<'_>,
    name: &str,
    service: &ServiceId,
    reading: &Reading,
) -> Result<Tally, Miss> {
    Ok(match reading {
        Reading::Http(http) => {
            let page = http::get(visit, name, Scheme::Http, http).await?;
            tally(service, [page.as_str()], Each::AsOften)
        }
        Reading::Https(http) => {
            let page = http::get(visit, name, Scheme::Https, http).await?;
            tally(service, [page.as_str()], Each::AsOften)
        }
        Reading::Sql(sql) => {
            let rows = sql::rows(visit, name, sql).await?;
            tally(service, rows.iter().map(String::as_str), Each::Once)
        }
        Reading::Imap(imap) => {
            let titles = imap::titles(visit, name, imap).await?;
            tally(service, titles.iter().map(String::as_str), Each::Once)
        }
        Reading::Command(_) => unreachable!("a command does not go over the network"),
    })
}

/// How often a write counts that an entry names several times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Each {
    Once,
    AsOften,
}

/// How often each write is in the entries.
fn tally<'t>(service: &ServiceId, entries: impl IntoIterator<Item = &'t str>, each: Each) -> Tally {
    let of = |entry| {
        let numbers = WriteId::find(service, entry);
        match each {
            Each::AsOften => numbers,
            Each::Once => numbers.into_iter().collect::<BTreeSet<_>>().into_iter().collect(),
        }
    };
    entries.into_iter().flat_map(of).collect()
}

/// A service on a host, as the host's console sees it.
struct Place<'a> {
    stage: &'a Stage,
    of: &'a ServiceId,
    host: &'a HostId,
}

impl Place<'_> {
    /// Why there is nothing that could be read, if so.
    async fn lacks_it(&self) -> Result<Option<String>, Error> {
        let Self { stage, of, host } = self;
        let (command, lacking) = match &stage.plan.services[*of].kind {
            ServiceKind::Container(_) if !stage.plan.hosts[*host].docker => {
                return Ok(Some(format!("`{host}` has no Docker")));
            }
            ServiceKind::Container(_) => (
                format!(
                    "id={} || exit 1; test -z \"$id\" || echo there",
                    container_args::id_of(of)
                ),
                format!("`{host}` has no container `{of}`"),
            ),
            ServiceKind::Unit(unit) => (
                format!("systemctl cat {} >/dev/null 2>&1 && echo there; true", unit.name),
                format!("`{host}` has no unit `{}`", unit.name),
            ),
        };
        let there = self.console(&command, "could not be looked for").await?;
        Ok((there.trim() != "there").then_some(lacking))
    }

    async fn runs(&self) -> Result<bool, Error> {
        let command = match &self.stage.plan.services[self.of].kind {
            ServiceKind::Container(_) => {
                format!("docker container inspect --format '{{{{.State.Running}}}}' {}", self.of)
            }
            ServiceKind::Unit(unit) => {
                format!("systemctl is-active --quiet {} && echo true || echo false", unit.name)
            }
        };
        Ok(self.console(&command, "could not be looked at").await?.trim() == "true")
    }

    async fn start(&self) -> Result<(), Error> {
        let command = match &self.stage.plan.services[self.of].kind {
            ServiceKind::Container(_) => format!("docker start {}", self.of),
            ServiceKind::Unit(unit) => format!("systemctl start {}", unit.name),
        };
        self.console(&command, "could not be started, to be read").await.map(drop)
    }

    async fn stop(&self) -> Result<(), Error> {
        let command = match &self.stage.plan.services[self.of].kind {
            ServiceKind::Container(_) => format!("docker stop {}", self.of),
            ServiceKind::Unit(unit) => format!("systemctl stop {}", unit.name),
        };
        self.console(&command, "was started to be read, and could not be stopped").await.map(drop)
    }

    async fn console(&self, command: &str, otherwise: &str) -> Result<String, Error> {
        let output = self.stage.console(self.host.as_str(), command).await?;
        if output.code == 0 {
            return Ok(output.stdout);
        }
        let why = output.stderr.trim().lines().last().unwrap_or_default().to_owned();
        Err(Error::Said(format!("`{}` {otherwise} on `{}`: {why}", self.of, self.host)))
    }
}
