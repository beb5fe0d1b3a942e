//! Owns the recipe of a host: the one place that says what a container needs to be a server.
//! Must not know: what happens on it.

use std::net::Ipv4Addr;

use super::{client::Spec, labels::RunLabels, network::Net};

/// What systemd needs to mount and to limit, what an admin needs for the network, and what sudo,
/// Exim and an inner Docker Engine need to look at processes.
const CAPABILITIES: [&str; 3] = ["SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE"];
/// Where an inner Docker Engine keeps everything.
pub const DOCKER_DATA: &str = "/var/lib/docker";
/// Where a host has the seed that its inner engine's data refers to.
pub const SEED: &str = "/var/lib/filage/seed";

/// The data folder of a host's inner Docker Engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DockerData {
    /// The volume.
    pub volume: String,
    /// The volume with what it refers to.
    pub seed: String,
}

/// The container that is the host `name` of a run. It becomes a server by the image's own entry
/// point; `docker` is the data of its inner Docker Engine, if it has one.
pub fn host_spec(
    run: &RunLabels,
    name: &str,
    image: &str,
    network: Option<(&Net, Ipv4Addr)>,
    docker: Option<&DockerData>,
) -> Spec {
    Spec {
        name: format!("filage-{}-{name}", run.run),
        image: image.to_owned(),
        hostname: name.to_owned(),
        labels: run.map(),
        networks: network
            .map(|(net, ip)| (net.name.clone(), Some(net.addresses(ip))))
            .into_iter()
            .collect(),
        capabilities: CAPABILITIES.map(str::to_owned).to_vec(),
        // The engine's profiles deny mounts, and with them systemd and an inner engine.
        unconfined: true,
        cgroup_private: true,
        // systemd writes to the console only where there is one; so it gets into the log.
        tty: true,
        tmpfs: vec![
            ("/run".to_owned(), "rw,nosuid,nodev,mode=755".to_owned()),
            ("/run/lock".to_owned(), "rw,nosuid,nodev,noexec,mode=1777".to_owned()),
        ],
        sysctls: match network {
            // A link that goes down and comes back has its addresses still, as with IPv4.
            Some((Net { has_ipv6: true, .. }, _)) => {
                vec![("net.ipv6.conf.all.keep_addr_on_down".to_owned(), "1".to_owned())]
            }
            _ => vec![],
        },
        volumes: docker.map_or_else(Vec::new, |data| {
            vec![
                (data.volume.clone(), DOCKER_DATA.to_owned()),
                (data.seed.clone(), format!("{SEED}:ro")),
            ]
        }),
        ..Spec::default()
    }
}
