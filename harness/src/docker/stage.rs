//! The world as a whole: brought up, aged, restarted, taken down.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::Sender,
    },
    time::Duration,
};

use futures_util::future::try_join_all;

use super::{
    Error,
    client::{Exec, Output, Spec, Upload},
    clock::StoryClock,
    dns, egress, host, logs,
    members::{AUTHORITY, Members, OPERATOR, PACKAGES, RESOLVER},
    probes::NetView,
    setting::Setting,
    wall,
};
use crate::{
    base::{self, HostId, StepId, StoryTime},
    history::Refused,
    plan::Plan,
    step::{Run, Verb, Via},
    world::{Egress, Event, TeardownError},
};

/// What every action works with.
pub(super) struct Stage {
    pub(super) plan: Arc<Plan>,
    pub(super) setting: Setting,
    pub(super) members: Members,
    pub(super) clock: StoryClock,
    pub(super) events: Sender<Event>,
    /// Whether hosts are being restarted, so that it is no accident when they do not run.
    pub(super) restarting: AtomicBool,
    /// Addresses outside that were asked for and refused, as far as they were looked up.
    pub(super) noted: Mutex<BTreeSet<Refused>>,
}

impl Stage {
    /// Starts everybody, and waits until the hosts can be worked on.
    pub(super) async fn bring_up(&self) -> Result<String, Error> {
        let own = async {
            tokio::try_join!(
                self.start_authority(),
                self.start_resolver(),
                self.start_packages(),
                self.start_operator()
            )
        };
        let hosts = try_join_all(self.plan.hosts.keys().map(|id| host::bring_up(self, id)));
        tokio::try_join!(own, hosts)?;
        let walled = self.console(OPERATOR, wall::IN_FORCE).await?;
        if walled.code != 0 {
            let problem = "the operator cannot be kept from reaching this machine: nftables do \
                           not work in a container; load the machine's module nf_tables";
            return Err(Error::Said(problem.to_owned()));
        }
        Ok(format!("{} hosts, DNS, package proxy, operator", self.plan.hosts.len()))
    }

    /// The network, as clients see it.
    pub(super) fn net_view(&self) -> NetView {
        let resolver = SocketAddr::from((self.members.resolver, 53));
        NetView::new(resolver, &self.members.certificates.pem())
            .expect("the world's own certificate is one")
    }

    /// Lets story time pass: what is cached ages, then the clock jumps.
    pub(super) async fn pass(&self, duration: base::Duration) -> Result<StoryTime, Error> {
        let seconds = duration.as_secs_ceil().to_string();
        let age = Exec::new(["filage-age-cache", seconds.as_str()]);
        let aged = self.setting.client.exec(&self.members.container(RESOLVER), age).await?;
        if aged.code != 0 {
            return Err(Error::Said(format!("the resolver's cache did not age: {}", aged.stderr)));
        }
        Ok(self.clock.pass(duration))
    }

    /// Restarts all hosts at once and waits until they can be worked on.
    pub(super) async fn restart_hosts(&self) -> Result<String, Error> {
        // A restart forgets it.
        self.note_refused().await?;
        self.restarting.store(true, Ordering::SeqCst);
        let restarted =
            try_join_all(self.plan.hosts.keys().map(|id| host::restart(self, id))).await;
        self.restarting.store(false, Ordering::SeqCst);
        restarted?;
        Ok("all hosts restarted".to_owned())
    }

    /// Keeps the logs, then removes everything of this run, unless it is to be kept.
    pub(super) async fn take_down(&self) -> Result<Egress, TeardownError> {
        /// Logs are worth a moment, not a hang.
        const LOGS_TIMEOUT: Duration = Duration::from_secs(10);
        let told = async {
            let (log, noted) = tokio::join!(logs::save(self), self.note_refused());
            noted?;
            Ok::<_, Error>(egress::refused(&log?, |address| self.members.who(address)))
        };
        let egress = match tokio::time::timeout(LOGS_TIMEOUT, told).await {
            Ok(Ok(names)) => Egress::Seen(names.into_iter().chain(self.refused()).collect()),
            Ok(Err(error)) => Egress::Unseen(error.in_words()),
            Err(_) => Egress::Unseen(format!("the logs were not read within {LOGS_TIMEOUT:?}")),
        };
        if self.setting.labels.keep {
            return Ok(egress);
        }
        let failed = |error: Error| TeardownError { reason: error.in_words() };
        self.setting.remove_run().await.map_err(failed)?;
        Ok(egress)
    }

    /// Takes note of the addresses outside that hosts and operator asked for and did not get.
    async fn note_refused(&self) -> Result<(), Error> {
        let members = self.plan.hosts.keys().map(HostId::as_str).chain([OPERATOR]);
        let asked = members.map(|member| async move {
            let output = self.console(member, wall::REFUSED).await?;
            match output.code {
                0 => Ok(wall::refused(member, &output.stdout)),
                _ => Err(Error::Said(format!("the wall of `{member}` is gone"))),
            }
        });
        let found = try_join_all(asked).await?;
        self.noted().extend(found.into_iter().flatten());
        Ok(())
    }

    fn refused(&self) -> Vec<Refused> {
        self.noted().iter().cloned().collect()
    }

    fn noted(&self) -> MutexGuard<'_, BTreeSet<Refused>> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends what a step that was given up still runs: its process outlives the call for it.
    pub(super) async fn end_step(&self, step: &StepId) {
        let mut places = vec![OPERATOR];
        if let Some(Verb::Run(Run { on: Some(host), via: Via::Console, .. })) =
            self.plan.step(step).map(|step| &step.verb)
        {
            places.push(host.as_str());
        }
        for place in places {
            let container = self.members.container(place);
            let ended = self.setting.client.end(&container, step.as_str()).await;
            // A container that is gone, or going, has nothing left to end.
            if let Err(error) = ended
                && !matches!(error.status(), Some(404 | 409))
            {
                tracing::warn!("step `{step}` may still run in `{container}`: {error}");
            }
        }
    }

    async fn start_authority(&self) -> Result<(), Error> {
        let zones = dns::zones(&self.plan, &self.members.addresses, self.members.authority);
        let names: Vec<&str> = zones.iter().map(|(name, _)| name.as_str()).collect();
        let environment = vec![
            format!("FILAGE_ZONES={}", names.join(" ")),
            format!("FILAGE_TSIG_SECRET={}", self.members.tsig_secret),
        ];
        let files: Vec<Upload> = zones
            .iter()
            .map(|(name, file)| {
                Upload::file(format!("/etc/filage/zones/{name}.zone"), file.as_str())
            })
            .collect();
        let mut spec =
            self.member_spec(AUTHORITY, self.members.authority, &self.setting.images.dns);
        spec.command = vec!["filage-authority".to_owned()];
        spec.environment = environment;
        self.start(spec, &files).await
    }

    async fn start_resolver(&self) -> Result<(), Error> {
        let zones = dns::zones(&self.plan, &self.members.addresses, self.members.authority);
        let names: Vec<&str> = zones.iter().map(|(name, _)| name.as_str()).collect();
        let mut spec = self.member_spec(RESOLVER, self.members.resolver, &self.setting.images.dns);
        spec.command = vec!["filage-resolver".to_owned()];
        spec.environment = vec![
            format!("FILAGE_ZONES={}", names.join(" ")),
            format!("FILAGE_AUTHORITY={}", self.members.authority),
        ];
        self.start(spec, &[]).await
    }

    async fn start_packages(&self) -> Result<(), Error> {
        let mut spec =
            self.member_spec(PACKAGES, self.members.packages, &self.setting.images.packages);
        // The one door of the world: the only member with a second, open network, which comes first
        // so that the way out is its default route.
        spec.networks.insert(0, (self.setting.outside.name.clone(), None));
        // Nobody gets out through it but by asking the proxy.
        spec.sysctls = vec![("net.ipv4.ip_forward".to_owned(), "0".to_owned())];
        self.start(spec, &[]).await
    }

    async fn start_operator(&self) -> Result<(), Error> {
        let mut files = vec![
            Upload::file("/root/.ssh/id_ed25519", self.members.operator_key.private.as_str())
                .mode(0o600),
            Upload::file("/root/.ssh/config", host::ssh_config(self)).mode(0o600),
            Upload::file("/root/.ssh/known_hosts", host::known_hosts(self)),
            Upload::file("/etc/filage/resolv.conf", host::resolv_conf(self)),
            Upload::file(
                "/etc/filage/tsig.key",
                format!("hmac-sha256:filage:{}\n", self.members.tsig_secret),
            )
            .mode(0o600),
        ];
        files.push(Upload::file("/etc/filage/ca.pem", self.members.certificates.pem()));
        files.push(Upload::file(wall::FILE, wall::rules(&self.setting.net)));
        let mut spec =
            self.member_spec(OPERATOR, self.members.operator, &self.setting.images.operator);
        // The engine mounts a file of its own there, which can be written to but not replaced.
        let command = format!(
            "nft -f {}; cat /etc/filage/resolv.conf > /etc/resolv.conf && exec sleep infinity",
            wall::FILE
        );
        spec.capabilities = vec!["NET_ADMIN".to_owned()];
        spec.dns = vec![self.members.resolver];
        spec.command = ["sh", "-c", &command].map(str::to_owned).to_vec();
        self.start(spec, &files).await
    }

    /// A member that is no host: an ordinary container.
    fn member_spec(&self, member: &str, address: Ipv4Addr, image: &str) -> Spec {
        Spec {
            name: self.members.container(member),
            hostname: member.to_owned(),
            image: image.to_owned(),
            labels: self.setting.labels.map(),
            networks: vec![(self.setting.net.name.clone(), Some(address))],
            ..Spec::default()
        }
    }

    /// Creates a container, hands it its files and starts it.
    pub(super) async fn start(&self, spec: Spec, files: &[Upload]) -> Result<(), Error> {
        let client = &self.setting.client;
        client.create(&spec).await?;
        if !files.is_empty() {
            client.upload(&spec.name, files).await?;
        }
        Ok(client.start(&spec.name).await?)
    }

    /// Runs a command as root inside a member, around the network, as its console would.
    pub(super) async fn console(&self, member: &str, command: &str) -> Result<Output, Error> {
        let exec = Exec::new(["sh", "-c", command]).timeout(Duration::from_secs(30));
        Ok(self.setting.client.exec(&self.members.container(member), exec).await?)
    }
}
