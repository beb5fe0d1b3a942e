//! Owns what can be said about a machine before a run: what it can do, what it cannot, and what to
//! do about it.
//! Must not know: scenarios. It changes nothing but a container of its own, which it removes.

use std::{net::IpAddr, path::Path, time::Duration};

use bollard::models::{SystemInfo, SystemInfoCgroupVersionEnum};
use tokio::process::Command;

use super::{
    client::{Client, ClientError, Spec},
    faults,
    host_spec::host_spec,
    images::{self, registry_answers},
    labels::RunLabels,
    network::{Net, create_network},
    owner::{OwnerError, RunLock},
    routes,
    sweep::{self, SweepError},
    trial::Trial,
};

/// What a run of the reference scenario takes, with all images and seeds.
const WANTED_DISK: u64 = 6 << 30;
/// What two hosts with Docker, their services and the DNS pair take, rounded up.
const WANTED_MEMORY: i64 = 2 << 30;

/// What a host's entry point and systemd do first.
const MOUNTS: &str = "while read -r _ where kind _; do
    case $kind in cgroup | cgroup2) mount -o remount,bind,rw \"$where\" ;; esac
done < /proc/mounts
mount -t tmpfs none /mnt";
/// What an inner engine does for each of its containers.
const NESTED: &str = "cd /data && mkdir lower upper work merged
mount -t overlay none -o lowerdir=lower,upperdir=upper,workdir=work merged";
/// Something that runs, and listens on port 22 where the image can.
const LISTEN: [&str; 4] = [
    "sh",
    "-c",
    "if command -v python3 >/dev/null; then exec python3 -c \"$0\"; fi; exec sleep 60",
    "import socket\ns = socket.create_server(('', 22))\nwhile True: s.accept()",
];

/// One thing about this machine.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// What was looked at.
    pub name: String,
    /// Whether a rehearsal can do with it; `None` when that could not be found out, or does not
    /// matter yet.
    pub ok: Option<bool>,
    /// What was found.
    pub found: String,
    /// What to do about it; empty when there is nothing to do.
    pub advice: String,
}

/// Looks at everything, and never fails: what cannot be found out is a finding as well.
pub async fn doctor() -> Vec<Finding> {
    let client = match Client::connect().await {
        Ok(client) => client,
        Err(error) => {
            let advice = "without an engine nothing can be played; `filage check` and `filage plan` \
                          need none";
            return vec![finding("engine", Some(false), error.to_string(), advice)];
        }
    };
    let mut findings = match client.docker().info().await {
        Ok(info) => of_engine(&client, &info).await,
        Err(error) => vec![finding("engine", None, error.to_string(), "")],
    };
    findings.extend(of_hosts(&client).await);
    findings.push(first_layer(&client).await);
    findings.push(leftovers(&client).await);
    findings
}

fn finding(name: &str, ok: Option<bool>, found: impl Into<String>, advice: &str) -> Finding {
    Finding { name: name.to_owned(), ok, found: found.into(), advice: advice.to_owned() }
}

/// A finding with advice only where something is wrong.
fn judged(name: &str, ok: bool, found: impl Into<String>, advice: &str) -> Finding {
    finding(name, Some(ok), found, if ok { "" } else { advice })
}

async fn of_engine(client: &Client, info: &SystemInfo) -> Vec<Finding> {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".to_owned());
    let engine = format!(
        "version {}, API {}, {}",
        text(&info.server_version),
        client.docker().client_version(),
        text(&info.operating_system)
    );
    let cgroup = match info.cgroup_version {
        Some(SystemInfoCgroupVersionEnum::_1) => "version 1",
        Some(SystemInfoCgroupVersionEnum::_2) => "version 2",
        _ => "unknown",
    };
    let linux = info.os_type.as_deref() == Some("linux");
    let memory = info.mem_total.unwrap_or_default();
    vec![
        judged("engine", linux, engine, "it has to run Linux containers"),
        finding("storage driver", Some(true), text(&info.driver), ""),
        finding("cgroups", Some(true), cgroup, ""),
        finding("kernel", Some(true), text(&info.kernel_version), ""),
        judged(
            "memory",
            memory >= WANTED_MEMORY,
            format!("{} MB", memory >> 20),
            "two hosts with Docker need about 2 GB; give the engine's machine more",
        ),
        disk(info.docker_root_dir.as_deref()).await,
    ]
}

/// The space where the engine stores, if that is on this machine.
async fn disk(folder: Option<&str>) -> Finding {
    let name = "disk";
    let Some(folder) = folder.filter(|folder| Path::new(folder).exists()) else {
        return finding(name, None, "the engine stores elsewhere, or where we may not look", "");
    };
    let asked = Command::new("df").args(["-B1", "--output=avail", folder]).output().await;
    let text = asked.map(|out| String::from_utf8_lossy(&out.stdout).into_owned());
    let text = text.unwrap_or_default();
    match text.lines().last().and_then(|line| line.trim().parse::<u64>().ok()) {
        None => finding(name, None, format!("cannot tell how much is free in {folder}"), ""),
        Some(free) => {
            let found = format!("{} MB free in {folder}", free >> 20);
            let advice = "images and seeds need about 6 GB; `filage clean --images` and \
                          `docker system prune` free some";
            judged(name, free >= WANTED_DISK, found, advice)
        }
    }
}

/// What only a container can tell: a host's recipe is tried with any image that we have.
async fn of_hosts(client: &Client) -> Vec<Finding> {
    let Some(image) = images::any(client).await else {
        let found = "not tried: there is no image yet";
        return vec![finding("a host's capabilities", None, found, "`filage run` makes them")];
    };
    match try_hosts(client, &image).await {
        Ok(findings) => findings,
        Err(error) => {
            let advice = "hosts need SYS_ADMIN, NET_ADMIN and SYS_PTRACE, and a cgroup namespace \
                          of their own; a rootless engine or a policy may deny them";
            vec![finding("a host's capabilities", Some(false), error.to_string(), advice)]
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum TrialError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Owner(#[from] OwnerError),
    #[error(transparent)]
    Network(#[from] super::network::NetworkError),
    #[error(transparent)]
    Sweep(#[from] SweepError),
}

/// Tries it, and leaves nothing behind.
async fn try_hosts(client: &Client, image: &str) -> Result<Vec<Finding>, TrialError> {
    let lock = RunLock::take(&format!("doctor-{}", std::process::id()))?;
    let run = lock.labels(false);
    let found = look_into_trial(client, &run, image).await;
    sweep::remove_run(client, &run.run).await?;
    found
}

async fn look_into_trial(
    client: &Client,
    run: &RunLabels,
    image: &str,
) -> Result<Vec<Finding>, TrialError> {
    let net = create_network(client, run, false).await?;
    let host = host_spec(run, "trial", image, Some((&net, net.host(2))), None);
    let spec = Spec {
        entrypoint: LISTEN.map(str::to_owned).to_vec(),
        volumes: vec![(format!("{}-data", host.name), "/data".to_owned())],
        ..host
    };
    super::volumes::create(client, &spec.volumes[0].0, run.map()).await?;
    let trial = Trial::start(client, spec).await?;
    let mut findings = vec![
        can(
            &trial,
            "a host's capabilities",
            MOUNTS,
            "hosts need to mount; a rootless engine or a policy of the machine may deny it",
        )
        .await?,
        can(
            &trial,
            "Docker inside a host",
            NESTED,
            "the inner engine takes a slower storage driver, or none; keep the engine's data on \
             ext4 or xfs",
        )
        .await?,
        reached(&net).await,
    ];
    // Only who wants such a fault has to care.
    for demand in faults::demands() {
        let name = format!("faults: {}", demand.name);
        let found = can(&trial, &name, demand.script, demand.advice).await?;
        findings.push(Finding { ok: found.ok.filter(|can| *can), ..found });
    }
    findings.push(ipv6());
    Ok(findings)
}

/// Whether a network may have IPv6.
fn ipv6() -> Finding {
    let name = format!("faults: {}", faults::IPV6_NETWORK.name);
    match routes::lacks_ipv6() {
        None => finding(&name, Some(true), "works", ""),
        Some(why) => finding(&name, None, why, faults::IPV6_NETWORK.advice),
    }
}

async fn can(
    trial: &Trial<'_>,
    name: &str,
    script: &str,
    advice: &str,
) -> Result<Finding, ClientError> {
    let tried = trial.can(script).await?;
    let ok = tried.is_ok();
    Ok(judged(name, ok, tried.err().unwrap_or_else(|| "works".to_owned()), advice))
}

/// Whether this machine gets to the addresses of containers. A refusal is an answer too.
async fn reached(net: &Net) -> Finding {
    let address = (IpAddr::from(net.host(2)), 22);
    let connect = tokio::net::TcpStream::connect(address);
    let there = match tokio::time::timeout(Duration::from_secs(2), connect).await {
        Ok(Ok(_)) => true,
        Ok(Err(error)) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        Err(_) => false,
    };
    let found = if there { "reached from here" } else { "not reached from here" };
    let advice = "probes need the addresses of containers: run `filage` on the machine of the \
                  engine itself (Docker Desktop and remote engines keep them to themselves)";
    judged("addresses of containers", there, found, advice)
}

/// Where the first layer of all images would come from.
async fn first_layer(client: &Client) -> Finding {
    let name = "base image";
    if images::any(client).await.is_some() {
        return finding(name, Some(true), "there are images already", "");
    }
    if registry_answers(client).await {
        return finding(name, Some(true), "a registry answers", "");
    }
    let here = Command::new("mmdebstrap").arg("--version").output().await;
    let here = here.is_ok_and(|out| out.status.success());
    let found =
        format!("no registry answers; mmdebstrap is {}", if here { "here" } else { "missing" });
    judged(name, here, found, "install it (`apt-get install mmdebstrap`), or configure a registry")
}

async fn leftovers(client: &Client) -> Finding {
    let name = "leftovers";
    match sweep::dead_runs(client).await {
        Ok(runs) if runs.is_empty() => finding(name, Some(true), "none", ""),
        Ok(runs) => {
            let found = format!("of dead runs: {}", runs.join(", "));
            finding(name, None, found, "the next run removes them, or `filage clean` does")
        }
        Err(error) => finding(name, None, error.to_string(), ""),
    }
}
