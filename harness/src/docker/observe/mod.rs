//! How this world looks things up: on a host through its console, or over the network as a user.
//! Must not know: what was expected to be found, beyond the question.

use super::{Error, container_args, look, manifest, operator::quote, stage::Stage};
use crate::{
    base::{HostId, ServiceId},
    expect::{Expectation, File, Found, Listener, SameData, ServiceState, Unit},
    plan::ServiceKind,
};

/// Looks; what cannot be looked at is told as unseen.
pub(super) async fn observe(stage: &Stage, expectation: &Expectation) -> Found {
    let net = stage.net_view();
    let found = match expectation {
        Expectation::Listens(ports) | Expectation::Silent(ports) => {
            open_ports(stage, &ports.on).await
        }
        Expectation::Running(wanted) | Expectation::Stopped(wanted) => {
            services(stage, &wanted.on, &wanted.services).await
        }
        Expectation::Unit(unit) => unit_state(stage, unit).await,
        Expectation::File(file) => file_state(stage, file).await,
        Expectation::SameData(same) => data(stage, same).await,
        Expectation::Dns(dns) => Ok(look::dns(&net, dns).await),
        Expectation::Http(http) => Ok(look::http(&net, http).await),
        Expectation::Mail(mail) => {
            let name = &stage.plan.services[&mail.service].name;
            let unique = format!("{}-{}", stage.setting.labels.run, stage.clock.now().0);
            Ok(look::mail(&net, name, mail, &unique).await)
        }
    };
    found.unwrap_or_else(|error| Found::Unseen(error.in_words()))
}

/// The listeners in the output of `ss -Hltnp`, sorted, each once.
pub(super) fn listeners(output: &str) -> Vec<Listener> {
    let mut all: Vec<Listener> = output
        .lines()
        .filter_map(|line| {
            let local = line.split_whitespace().nth(3)?;
            let port = local.rsplit_once(':')?.1.parse().ok()?;
            let program = line.split('"').nth(1).unwrap_or("unknown").to_owned();
            Some(Listener { port, program })
        })
        .collect();
    all.sort();
    all.dedup();
    all
}

async fn open_ports(stage: &Stage, on: &HostId) -> Result<Found, Error> {
    Ok(Found::Listeners(listeners(&look_inside(stage, on, "ss -Hltnp").await?)))
}

async fn services(stage: &Stage, on: &HostId, wanted: &[ServiceId]) -> Result<Found, Error> {
    let mut states = vec![];
    for id in wanted {
        let service = id.clone();
        states.push(match &stage.plan.services[id].kind {
            ServiceKind::Container(_) => {
                let command = format!(
                    "id={} || exit 1; test -z \"$id\" || docker inspect --format \
                     '{{{{.State.Status}}}} {{{{.HostConfig.RestartPolicy.Name}}}}' $id",
                    container_args::id_of(id)
                );
                let (running, at_boot) = container_words(&look_inside(stage, on, &command).await?);
                ServiceState { service, running, at_boot }
            }
            ServiceKind::Unit(unit) => {
                let (running, at_boot) = unit_words(stage, on, &unit.name).await?;
                ServiceState { service, running, at_boot }
            }
        });
    }
    Ok(Found::Services(states))
}

/// Whether a container runs, and will after a boot, by its status and its restart policy; nothing is
/// said of one that is not there.
fn container_words(said: &str) -> (bool, bool) {
    // Between two crashes Docker calls a container both running and restarting.
    let running = said.starts_with("running ");
    // Docker does not bring a container back that was stopped by hand before.
    let at_boot = said.contains(" always") || running && said.contains(" unless-stopped");
    (running, at_boot)
}

async fn unit_state(stage: &Stage, unit: &Unit) -> Result<Found, Error> {
    let (active, enabled) = unit_words(stage, &unit.on, &unit.name).await?;
    Ok(Found::Unit { active, enabled })
}

async fn unit_words(stage: &Stage, on: &HostId, name: &str) -> Result<(bool, bool), Error> {
    let command = format!("systemctl is-active {name}; systemctl is-enabled {name} 2>&1; true");
    let said = look_inside(stage, on, &command).await?;
    let mut lines = said.lines();
    Ok((lines.next() == Some("active"), lines.next() == Some("enabled")))
}

async fn file_state(stage: &Stage, file: &File) -> Result<Found, Error> {
    let path = quote(&file.path);
    let text = quote(file.contains.as_deref().unwrap_or_default());
    let command = format!(
        "test -e {path} || exit 0; echo there; sha256sum < {path} 2>/dev/null || echo none; \
         grep -qF -e {text} {path} 2>/dev/null && echo contains || true"
    );
    let said = look_inside(stage, &file.on, &command).await?;
    let mut lines = said.lines();
    let exists = lines.next() == Some("there");
    let sha256 = lines.next().and_then(|line| line.split_whitespace().next()).map(str::to_owned);
    let contains = file.contains.as_ref().map(|_| lines.next() == Some("contains"));
    Ok(Found::File { exists, sha256: sha256.filter(|sum| sum != "none"), contains })
}

async fn data(stage: &Stage, same: &SameData) -> Result<Found, Error> {
    let mut sums = vec![];
    for host in &same.on {
        let mut commands = vec![];
        match &stage.plan.services[&same.service].kind {
            ServiceKind::Container(container) => {
                for volume in container.volumes.keys() {
                    // By way of a variable: `cd ""` is no mistake to a shell.
                    commands.push(format!(
                        "folder=$(docker volume inspect --format '{{{{.Mountpoint}}}}' {volume}); \
                         ( {} )",
                        manifest::command("\"$folder\"")
                    ));
                }
            }
            ServiceKind::Unit(unit) => {
                let folders = unit.data.iter();
                let list = |folder: &String| format!("( {} )", manifest::command(&quote(folder)));
                commands.extend(folders.map(list));
            }
        }
        // One by one, not in a pipe or a chain: there the shell would swallow a failure.
        let script = format!(
            "set -e; listing=$(set -e; {}); printf '%s' \"$listing\" | sha256sum",
            commands.join("; ")
        );
        let said = look_inside(stage, host, &script).await?;
        let sum = said.split_whitespace().next();
        let sum = sum.ok_or_else(|| Error::Said(format!("on `{host}`: no checksum came")))?;
        sums.push((host.clone(), sum.to_owned()));
    }
    Ok(Found::Data(sums))
}

async fn look_inside(stage: &Stage, on: &HostId, command: &str) -> Result<String, Error> {
    let output = stage.console(on.as_str(), command).await?;
    match output.code {
        0 => Ok(output.stdout),
        _ => Err(Error::Said(format!("on `{on}`: {}", output.stderr.trim()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_counts_as_running_and_comes_back_only_where_docker_will_see_to_that() {
        for (said, running, at_boot) in [
            ("running unless-stopped\n", true, true),
            ("running always\n", true, true),
            ("running no\n", true, false),
            ("running on-failure\n", true, false),
            ("restarting unless-stopped\n", false, false),
            ("restarting always\n", false, true),
            ("exited unless-stopped\n", false, false),
            ("exited always\n", false, true),
            ("paused unless-stopped\n", false, false),
            ("", false, false),
        ] {
            assert_eq!(container_words(said), (running, at_boot), "{said}");
        }
    }

    #[test]
    fn listeners_are_read_from_ss() {
        let output = "\
LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:((\"sshd\",pid=70,fd=3))\n\
LISTEN 0 20 127.0.0.1:25 0.0.0.0:* users:((\"exim4\",pid=312,fd=4))\n\
LISTEN 0 128 [::]:22 [::]:* users:((\"sshd\",pid=70,fd=4))\n";
        let found: Vec<_> =
            listeners(output).into_iter().map(|found| (found.port, found.program)).collect();
        assert_eq!(found, [(22, "sshd".to_owned()), (25, "exim4".to_owned())]);
    }
}
