//! What a container is to be like.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, Ipv6Addr},
};

use bollard::models::{
    ContainerCreateBody, HostConfig, HostConfigCgroupnsModeEnum, NetworkingConfig,
};

use super::endpoint;

/// The addresses of a container on a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// Of IPv4.
    pub ipv4: Ipv4Addr,
    /// Of IPv6, where the network has them.
    pub ipv6: Option<Ipv6Addr>,
}

/// A container to be. Never privileged, nothing published, no folder of the machine inside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spec {
    /// The engine's name for it.
    pub name: String,
    /// The image.
    pub image: String,
    /// The name that it has for itself; the engine's choice when empty.
    pub hostname: String,
    /// What runs in place of the image's own entry point; the image's own when empty.
    pub entrypoint: Vec<String>,
    /// What runs; the image's own when empty.
    pub command: Vec<String>,
    /// Environment, as `NAME=value`.
    pub environment: Vec<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Networks, the first one's link is `eth0`; no network at all when empty. Where no addresses are
    /// said, they are the engine's choice.
    pub networks: Vec<(String, Option<Addresses>)>,
    /// Capabilities beyond the engine's default, such as `SYS_ADMIN`.
    pub capabilities: Vec<String>,
    /// Whether seccomp and AppArmor leave it alone.
    pub unconfined: bool,
    /// Whether it has a cgroup namespace of its own.
    pub cgroup_private: bool,
    /// Whether it has a terminal, so that what it writes to its console gets into its log.
    pub tty: bool,
    /// Memory file systems: path, options.
    pub tmpfs: Vec<(String, String)>,
    /// Volumes: name, path; `path:ro` when it is only to be read.
    pub volumes: Vec<(String, String)>,
    /// How it is asked to stop; the image's own when `None`.
    pub stop_signal: Option<String>,
    /// The name servers in its `resolv.conf`; the engine's choice when empty.
    pub dns: Vec<Ipv4Addr>,
    /// Kernel settings of its own network.
    pub sysctls: Vec<(String, String)>,
    /// The most memory that it may use.
    pub memory_bytes: Option<i64>,
}

impl Spec {
    pub(super) fn body(&self) -> ContainerCreateBody {
        ContainerCreateBody {
            hostname: some(&self.hostname),
            image: Some(self.image.clone()),
            entrypoint: (!self.entrypoint.is_empty()).then(|| self.entrypoint.clone()),
            cmd: (!self.command.is_empty()).then(|| self.command.clone()),
            env: Some(self.environment.clone()),
            labels: Some(self.labels.clone().into_iter().collect()),
            tty: Some(self.tty),
            stop_signal: self.stop_signal.clone(),
            host_config: Some(self.host_config()),
            networking_config: self.networks.first().map(|(network, addresses)| NetworkingConfig {
                endpoints_config: Some([(network.clone(), endpoint(*addresses))].into()),
            }),
            ..<_>::default()
        }
    }

    fn host_config(&self) -> HostConfig {
        let binds = self.volumes.iter().map(|(volume, path)| format!("{volume}:{path}"));
        let network = self.networks.first().map_or("none", |(network, _)| network);
        let unconfined = ["seccomp=unconfined", "apparmor=unconfined"].map(str::to_owned);
        HostConfig {
            binds: Some(binds.collect()),
            cap_add: Some(self.capabilities.clone()),
            cgroupns_mode: self.cgroup_private.then_some(HostConfigCgroupnsModeEnum::PRIVATE),
            dns: Some(self.dns.iter().map(Ipv4Addr::to_string).collect()),
            memory: self.memory_bytes,
            network_mode: Some(network.to_owned()),
            security_opt: self.unconfined.then(|| unconfined.to_vec()),
            sysctls: Some(self.sysctls.iter().cloned().collect()),
            tmpfs: Some(self.tmpfs.iter().cloned().collect()),
            ..<_>::default()
        }
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
