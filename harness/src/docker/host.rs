//! Hosts: handed over as a provider does, with a user, keys, a resolver, and what was installed.

use std::{fmt::Write, time::Duration};

use super::{
    Error,
    client::{Exec, Spec, Upload},
    container_args, given,
    host_spec::{self, DOCKER_DATA, DockerData},
    stage::Stage,
    wall,
};
use crate::{
    base::HostId,
    plan::{Host, ServiceKind},
};

/// What a look at a host ends with that is up, but not walled off.
const NO_WALL: i64 = 3;
/// How long a host may take to empty its Docker's data before it is removed all the same.
const EMPTY_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest that a boot may take.
const BOOT_TIMEOUT: Duration = Duration::from_secs(60);

/// Creates and starts a host, and waits until SSH (and its Docker) answer.
pub(super) async fn bring_up(
    stage: &Stage,
    id: &HostId,
    docker: Option<&DockerData>,
) -> Result<(), Error> {
    let setting = &stage.setting;
    let host = &stage.plan.hosts[id];
    let recipe = host_spec::host_spec(
        &setting.labels,
        id.as_str(),
        &setting.images.hosts[id],
        Some((&setting.net, stage.members.addresses[id])),
        docker,
    );
    // The engine's own resolver would ask the machine's, which know the world outside.
    let spec = Spec { dns: vec![stage.members.resolver], ..recipe };
    stage.start(spec, &files(stage, id)?).await?;
    wait_until_ready(stage, id, host).await?;
    enable_units(stage, id).await
}

/// Restarts a host; it has everything that it had.
pub(super) async fn restart(stage: &Stage, id: &HostId) -> Result<(), Error> {
    let container = stage.members.container(id.as_str());
    Ok(stage.setting.client.restart(&container, Duration::from_secs(20)).await?)
}

/// Waits until SSH (and its Docker) answer on a host that boots.
pub(super) async fn await_boot(stage: &Stage, id: &HostId) -> Result<(), Error> {
    wait_until_ready(stage, id, &stage.plan.hosts[id]).await
}

/// Empties the data of a host's Docker, where it is on the disk and as far as that goes, but for what
/// containers have printed.
///
/// The engine would remove the files one after the other, and where a disk is told of each block that
/// is free, each file is waited for. The host removes many at once.
pub(super) async fn empty(stage: &Stage, id: &HostId) {
    if !stage.plan.hosts[id].docker || stage.setting.is_in_memory(id) {
        return;
    }
    let container = stage.members.container(id.as_str());
    let exec = Exec::new(["sh", "-c", &emptying()]).timeout(EMPTY_TIMEOUT);
    if let Err(error) = stage.setting.client.exec(&container, exec).await {
        tracing::debug!("host `{id}` did not empty its Docker's data: {error}");
    }
    tracing::debug!("host `{id}` has emptied its Docker's data");
}

/// Programs in containers are halted first: they would complain, where their logs are still read. Then
/// the files: many layers are small, and one is most of it.
fn emptying() -> String {
    format!(
        "ours=$(readlink /proc/self/ns/pid | tr -dc 0-9)
         ps -eo pid=,pidns= | awk -v ours=$ours '$2 != ours && $2 > 0 {{ print $1 }}' |
         xargs -r kill -STOP
         cd {DOCKER_DATA} || exit
         find . -xdev -path ./containers -prune -o -type f -size +0 -print0 |
         xargs -0 -r -P 8 -n 200 rm -f
         find overlay2 -mindepth 1 -maxdepth 1 -print0 |
         xargs -0 -r -P 8 -n 4 rm -rf --one-file-system"
    )
}

/// How the operator's SSH finds the hosts: by address, so that it works without DNS.
pub(super) fn ssh_config(stage: &Stage) -> String {
    let mut config = "Host *\n\
         \x20 BatchMode yes\n\
         \x20 ConnectTimeout 5\n\
         \x20 ServerAliveInterval 2\n\
         \x20 ServerAliveCountMax 3\n\
         \x20 StrictHostKeyChecking yes\n"
        .to_owned();
    for (id, address) in &stage.members.addresses {
        let user = &stage.plan.hosts[id].user;
        let _ =
            writeln!(config, "Host {id}\n  HostName {address}\n  HostKeyAlias {id}\n  User {user}");
    }
    config
}

/// The host keys, as a provider's panel shows them at the hand-over.
pub(super) fn known_hosts(stage: &Stage) -> String {
    let mut known = String::new();
    for (id, key) in &stage.members.host_keys {
        let _ = writeln!(known, "{id} {}", key.public);
    }
    known
}

/// The world's resolver.
pub(super) fn resolv_conf(stage: &Stage) -> String {
    format!("search {}\nnameserver {}\n", stage.plan.zone.name, stage.members.resolver)
}

/// All that is on the disk before the first boot, beside the image.
fn files(stage: &Stage, id: &HostId) -> Result<Vec<Upload>, Error> {
    let (members, host) = (&stage.members, &stage.plan.hosts[id]);
    let scenario = &stage.setting.scenario_dir;
    let mut files = vec![
        Upload::file("/etc/filage/resolv.conf", resolv_conf(stage)),
        Upload::file("/etc/filage/user", format!("{}\n", host.user)),
        Upload::file("/etc/filage/authorized_keys", format!("{}\n", members.operator_key.public)),
        Upload::file("/etc/filage/ssh_host_ed25519_key", members.host_keys[id].private.as_str())
            .mode(0o600),
        Upload::file("/etc/filage/ca.pem", members.certificates.pem()),
        Upload::file(wall::FILE, wall::rules(&stage.setting.net)),
        Upload::file("/etc/filage/apt-proxy", format!("http://{}:3142\n", members.packages)),
    ];
    for (target, source) in &host.files {
        files.extend(given::read(scenario, target, source)?);
    }
    for (service_id, service) in &stage.plan.services {
        match &service.kind {
            ServiceKind::Container(container) if container.tls.is_some() && host.docker => {
                let (certificate, key) = members.certificates.issue(&service.name)?;
                let folder = container_args::tls_folder(service_id);
                files.push(Upload::file(format!("{folder}/cert.pem"), certificate));
                files.push(Upload::file(format!("{folder}/key.pem"), key).mode(0o644));
            }
            ServiceKind::Container(_) => {}
            ServiceKind::Unit(unit) => {
                if let Some(source) = &unit.file {
                    let target = format!("/etc/systemd/system/{}", unit.name);
                    let file = given::read(scenario, &target, source)?;
                    files.extend(file.into_iter().map(|file| file.mode(0o644)));
                }
                for (target, source) in &unit.files {
                    files.extend(given::read(scenario, target, source)?);
                }
                for (target, source) in unit.fill.iter().filter(|_| service.on == *id) {
                    files.extend(given::read(scenario, target, source)?);
                }
            }
        }
    }
    Ok(files)
}

/// Waits inside the host, which is cheaper than asking again and again from outside.
async fn wait_until_ready(stage: &Stage, id: &HostId, host: &Host) -> Result<(), Error> {
    let docker = if host.docker { "&& docker version >/dev/null 2>&1" } else { "" };
    let seconds = BOOT_TIMEOUT.as_secs();
    let script = format!(
        "n=0; until systemctl is-active --quiet ssh.service {docker}; do \
         n=$((n+1)); [ $n -gt {} ] && exit 1; sleep 0.05; done; \
         {} >/dev/null 2>&1 || exit {NO_WALL}",
        seconds * 10,
        wall::look(&stage.setting.net)
    );
    let exec = Exec::new(["sh", "-c", script.as_str()]).timeout(BOOT_TIMEOUT);
    let container = stage.members.container(id.as_str());
    let output = stage.setting.client.exec(&container, exec).await?;
    if output.code == 0 {
        return Ok(());
    }
    if output.code == NO_WALL {
        return Err(Error::Said(format!(
            "host `{id}` cannot be kept from reaching this machine: nftables do not work in it; \
             see what `docker logs {container}` says, and load the machine's module nf_tables"
        )));
    }
    let state = stage.setting.client.inspect(&container).await?;
    Err(Error::Said(match state.running {
        true => format!("host `{id}` is not ready after {seconds} s"),
        false => format!("host `{id}` does not boot: exit code {}", state.exit_code.unwrap_or(-1)),
    }))
}

/// Units of services start on the host that the services are on at first.
async fn enable_units(stage: &Stage, id: &HostId) -> Result<(), Error> {
    for service in stage.plan.services.values().filter(|service| service.on == *id) {
        if let ServiceKind::Unit(unit) = &service.kind {
            let command = format!("systemctl enable --quiet --now {}", unit.name);
            let output = stage.console(id.as_str(), &command).await?;
            if output.code != 0 {
                return Err(Error::Said(format!("unit `{}`: {}", unit.name, output.stderr.trim())));
            }
        }
    }
    Ok(())
}
