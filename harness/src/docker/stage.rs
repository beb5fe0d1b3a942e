//! The world as a whole: brought up, aged, restarted, taken down.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::Sender,
    },
    time::Duration,
};

use futures_util::future::{join_all, try_join_all};

use super::{
    Error,
    client::{Exec, Output, Spec, Upload},
    clock::StoryClock,
    commands,
    copies::Copies,
    dns, egress, host, logs,
    members::{AUTHORITY, KEEPER, LATE_RESOLVER, Members, OPERATOR, PACKAGES, RESOLVER},
    operator::end_session,
    power::Power,
    probes::{NetView, Sight},
    setting::Setting,
    wall,
};
use crate::{
    base::{self, FaultId, HostId, StepId, StoryTime},
    history::Refused,
    plan::Plan,
    step::{Run, Verb, Via},
    world::{Egress, Event, TeardownError},
};

/// Who is of use only until the hosts have been restarted.
const HELPERS: [&str; 2] = [PACKAGES, KEEPER];

/// What every action works with.
pub(super) struct Stage {
    pub(super) plan: Arc<Plan>,
    pub(super) setting: Setting,
    pub(super) members: Members,
    pub(super) clock: StoryClock,
    pub(super) events: Sender<Event>,
    /// Whether hosts are being restarted, so that it is no accident when they do not run.
    pub(super) restarting: AtomicBool,
    /// Whether the hosts have been restarted for the last time: who served only until then is gone.
    pub(super) restarted: AtomicBool,
    /// What faults do to the power of hosts.
    pub(super) power: Power,
    /// What faults do to copies of data.
    pub(super) copies: Copies,
    /// Addresses outside that were asked for and refused, as far as they were looked up.
    pub(super) noted: Mutex<BTreeSet<Refused>>,
    /// The faults that were injected and are not healed.
    pub(super) standing: Mutex<BTreeSet<FaultId>>,
}

impl Stage {
    /// Starts everybody, and waits until the hosts can be worked on.
    pub(super) async fn bring_up(&self) -> Result<String, Error> {
        let own = async {
            tokio::try_join!(
                self.start_authority(),
                self.start_resolver(),
                self.start_late_resolver(),
                self.start_packages(),
                self.start_operator()
            )
        };
        let hosts = async {
            let docker = self.setting.docker_data(&self.members.container(KEEPER)).await?;
            let hosts = self.plan.hosts.keys();
            try_join_all(hosts.map(|id| host::bring_up(self, id, docker.get(id)))).await
        };
        tokio::try_join!(own, hosts)?;
        let walled = self.console(OPERATOR, wall::look(&self.setting.net)).await?;
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
        let net = NetView::new(resolver, &self.members.certificates.pem())
            .expect("the world's own certificate is one");
        net.with_ipv6(self.plan.old_aaaas().into_keys().cloned())
    }

    /// The network, as clients of every kind see it.
    pub(super) fn sight(self: &Arc<Self>) -> Sight {
        let net = self.net_view();
        let late = self.plan.has_late_clients();
        let late = late.then(|| net.through((self.members.late_resolver, 53).into()));
        let Members { addresses, ipv6_addresses, .. } = &self.members;
        let ipv6 = ipv6_addresses.iter().map(|(id, at)| (id, IpAddr::from(*at)));
        let hosts = addresses.iter().map(|(id, at)| (id, IpAddr::from(*at))).chain(ipv6);
        let key = |id: &HostId| {
            self.members.host_keys[id].public.parse().expect("a key that was made is one")
        };
        Sight {
            net,
            late,
            host_keys: hosts.clone().map(|(id, at)| (at, key(id))).collect(),
            hosts: hosts.map(|(id, at)| (at, id.clone())).collect(),
            runner: commands::runner(Arc::clone(self)),
        }
    }

    /// Lets story time pass: what is cached ages, then the clock jumps.
    pub(super) async fn pass(&self, duration: base::Duration) -> Result<StoryTime, Error> {
        let mut resolvers = vec![RESOLVER];
        if self.plan.has_late_clients() {
            resolvers.push(LATE_RESOLVER);
        }
        try_join_all(resolvers.into_iter().map(|resolver| self.age(resolver, duration))).await?;
        Ok(self.clock.pass(duration))
    }

    async fn age(&self, resolver: &str, by: base::Duration) -> Result<(), Error> {
        let seconds = by.as_secs_ceil().to_string();
        let age = Exec::new(["filage-age-cache", seconds.as_str()]);
        let aged = self.setting.client.exec(&self.members.container(resolver), age).await?;
        if aged.code != 0 {
            return Err(Error::Said(format!(
                "the cache of `{resolver}` did not age: {}",
                aged.stderr
            )));
        }
        Ok(())
    }

    /// Restarts all hosts at once and waits until they can be worked on. It happens once, when no step
    /// comes any more.
    pub(super) async fn restart_hosts(&self) -> Result<String, Error> {
        // What a fault still holds stays as it is.
        let hosts = || self.plan.hosts.keys().filter(|id| !self.power.is_held(id));
        // A restart forgets it.
        try_join_all(hosts().map(|id| self.note_wall(id))).await?;
        self.restarting.store(true, Ordering::SeqCst);
        let restarted = self.restart_each(&hosts().collect::<Vec<_>>()).await;
        self.restarting.store(false, Ordering::SeqCst);
        restarted?;
        Ok("all hosts restarted".to_owned())
    }

    async fn restart_each(&self, hosts: &[&HostId]) -> Result<(), Error> {
        try_join_all(hosts.iter().map(|id| host::restart(self, id))).await?;
        let up = try_join_all(hosts.iter().map(|id| host::await_boot(self, id)));
        // While they boot, so that less is left to be done in the end. Where a fault still holds a host,
        // somebody may want to bring it back.
        let helpers = async {
            if hosts.len() == self.plan.hosts.len() {
                self.part_with_helpers().await;
            }
        };
        let (up, ()) = tokio::join!(up, helpers);
        up.map(drop)
    }

    /// Nothing is installed any more, and no host is started any more that would lose what it has in
    /// memory.
    async fn part_with_helpers(&self) {
        if self.setting.labels.keep {
            return;
        }
        let helpers = self.own_members().into_iter().filter(|member| HELPERS.contains(member));
        self.restarted.store(true, Ordering::SeqCst);
        // What they have printed is for people alone.
        join_all(helpers.map(|member| self.part_with(member))).await;
    }

    /// Keeps what members have printed, and removes everything of this run, unless it is to be kept.
    /// Each member goes as soon as nobody waits for it any more.
    pub(super) async fn take_down(&self) -> Result<Egress, TeardownError> {
        let hosts = self.plan.hosts.keys().map(HostId::as_str);
        let members = self.own_members().into_iter().chain(hosts);
        // Not one of them is left alone because of another.
        let refused = join_all(members.map(|member| self.part_with(member))).await;
        let egress = match refused.into_iter().collect::<Result<Vec<_>, _>>() {
            Ok(names) => Egress::Seen(names.into_iter().flatten().chain(self.refused()).collect()),
            Err(why) => Egress::Unseen(why),
        };
        if !self.setting.labels.keep {
            let removed = self.setting.remove_run().await;
            removed.map_err(|error| TeardownError { reason: error.in_words() })?;
        }
        tracing::debug!("the world is taken down");
        Ok(egress)
    }

    /// Keeps what a member has printed, and removes it, unless it is to be kept. Returns which names
    /// were refused, as far as this one has told, or why that cannot be known.
    async fn part_with(&self, member: &str) -> Result<Vec<Refused>, String> {
        /// Logs are worth a moment, not a hang.
        const TIMEOUT: Duration = Duration::from_secs(10);
        let keep = self.setting.labels.keep;
        let emptied = async {
            if let Some(id) = self.host(member).filter(|_| !keep) {
                host::empty(self, id).await;
            }
        };
        let (told, ()) =
            tokio::join!(tokio::time::timeout(TIMEOUT, self.last_words(member)), emptied);
        if !keep {
            self.remove(member).await;
            if member == PACKAGES {
                self.remove_way_out().await;
            }
        }
        match told {
            Ok(told) => told.map_err(|error| error.in_words()),
            Err(_) => Err(format!("the logs of `{member}` were not read within {TIMEOUT:?}")),
        }
    }

    /// The host that a member is, if it is one.
    pub(super) fn host(&self, member: &str) -> Option<&HostId> {
        self.plan.hosts.keys().find(|id| id.as_str() == member)
    }

    /// Saves the logs of a member, and looks in them for what was refused.
    async fn last_words(&self, member: &str) -> Result<Vec<Refused>, Error> {
        if let Some(id) = self.host(member) {
            self.note_refused(member, &logs::of_host(self, id).await?);
            return Ok(vec![]);
        }
        if member == KEEPER {
            return Ok(vec![]);
        }
        let log = logs::of_container(self, member).await;
        match member {
            OPERATOR => self.note_refused(member, &self.wall_of(member).await?),
            RESOLVER => {
                let log = String::from_utf8_lossy(&log?).into_owned();
                return Ok(egress::refused(&log, |address| self.members.who(address)));
            }
            _ => {}
        }
        Ok(vec![])
    }

    /// Removes a member, if it goes; what does not go at first is tried again at the end.
    async fn remove(&self, member: &str) {
        match self.setting.client.remove(&self.members.container(member)).await {
            Ok(()) => tracing::debug!("`{member}` is gone"),
            Err(error) => tracing::debug!("`{member}` is not gone yet: {error}"),
        }
    }

    /// Removes the network that nobody but the package proxy was on.
    async fn remove_way_out(&self) {
        let Setting { client, outside, .. } = &self.setting;
        match client.docker().remove_network(&outside.name).await {
            Ok(()) => tracing::debug!("`{}` is gone", outside.name),
            Err(error) => tracing::debug!("`{}` is not gone yet: {error}", outside.name),
        }
    }

    /// The members that are no hosts, as long as they are of use.
    pub(super) fn own_members(&self) -> Vec<&'static str> {
        let late = self.plan.has_late_clients().then_some(LATE_RESOLVER);
        let keeper = self.plan.hosts.values().any(|host| host.docker).then_some(KEEPER);
        let restarted = self.restarted.load(Ordering::SeqCst);
        let all = [AUTHORITY, RESOLVER, PACKAGES, OPERATOR].into_iter().chain(late).chain(keeper);
        all.filter(|member| !restarted || !HELPERS.contains(member)).collect()
    }

    /// What the wall of a member refused, as the member prints it.
    async fn wall_of(&self, member: &str) -> Result<String, Error> {
        let output = self.console(member, wall::look(&self.setting.net)).await?;
        if output.is_success() { Ok(output.stdout) } else { Err(wall::gone(member)) }
    }

    /// Takes note of what the wall of a host has refused so far.
    pub(super) async fn note_wall(&self, host: &HostId) -> Result<(), Error> {
        self.note_refused(host.as_str(), &self.wall_of(host.as_str()).await?);
        Ok(())
    }

    /// Takes note of the addresses outside that a member asked for and did not get.
    fn note_refused(&self, member: &str, printed: &str) {
        self.noted().extend(wall::refused(member, printed));
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
        let commands = places.into_iter().map(|place| async move {
            let container = self.members.container(place);
            (place, self.setting.client.end(&container, step.as_str()).await)
        });
        let sessions = self.plan.hosts.keys().map(|host| async move {
            let container = self.members.container(host.as_str());
            let exec = Exec::new(["sh", "-c", &end_session(step)]);
            (host.as_str(), self.setting.client.exec(&container, exec).await.map(drop))
        });
        let (commands, sessions) = tokio::join!(join_all(commands), join_all(sessions));
        for (place, ended) in commands.into_iter().chain(sessions) {
            // A container that is gone, or going, has nothing left to end.
            if let Err(error) = ended
                && !matches!(error.status(), Some(404 | 409))
            {
                tracing::warn!("step `{step}` may still run in `{place}`: {error}");
            }
        }
    }

    async fn start_authority(&self) -> Result<(), Error> {
        let zones = dns::zones(&self.plan, &self.members);
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
        self.start(self.resolver_spec(RESOLVER, self.members.resolver), &[]).await
    }

    /// Only who asks late needs one.
    async fn start_late_resolver(&self) -> Result<(), Error> {
        if !self.plan.has_late_clients() {
            return Ok(());
        }
        let mut spec = self.resolver_spec(LATE_RESOLVER, self.members.late_resolver);
        let hold = self.plan.probing.late_by.as_secs_ceil();
        spec.environment.push(format!("FILAGE_HOLD_SECONDS={hold}"));
        self.start(spec, &[]).await
    }

    fn resolver_spec(&self, member: &str, address: Ipv4Addr) -> Spec {
        let zones = dns::zones(&self.plan, &self.members);
        let names: Vec<&str> = zones.iter().map(|(name, _)| name.as_str()).collect();
        let mut spec = self.member_spec(member, address, &self.setting.images.dns);
        spec.command = vec!["filage-resolver".to_owned()];
        spec.environment = vec![
            format!("FILAGE_ZONES={}", names.join(" ")),
            format!("FILAGE_AUTHORITY={}", self.members.authority),
        ];
        spec
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
        files.extend(commands::files(self)?);
        files.push(Upload::file(wall::FILE, wall::rules(&self.setting.net)));
        let mut spec =
            self.member_spec(OPERATOR, self.members.operator, &self.setting.images.operator);
        // The engine mounts a file of its own there, which can be written to but not replaced.
        let command = format!(
            "nft -f {}; cat /etc/filage/resolv.conf > /etc/resolv.conf && exec sleep infinity",
            wall::FILE
        );
        spec.dns = vec![self.members.resolver];
        spec.command = ["sh", "-c", &command].map(str::to_owned).to_vec();
        self.start(spec, &files).await
    }

    /// A member that is no host: an ordinary container.
    fn member_spec(&self, member: &str, address: Ipv4Addr, image: &str) -> Spec {
        let net = &self.setting.net;
        Spec {
            name: self.members.container(member),
            hostname: member.to_owned(),
            image: image.to_owned(),
            labels: self.setting.labels.map(),
            networks: vec![(net.name.clone(), Some(net.addresses(address)))],
            // Walls, and doors that a fault shuts.
            capabilities: vec!["NET_ADMIN".to_owned()],
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
