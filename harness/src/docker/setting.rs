//! What a world is made of, got ready before anything starts: the engine, images, filled volumes,
//! networks. Images and volumes to copy from are kept for the next time.
//! Must not know: what will happen in the world.

use std::{collections::BTreeMap, path::PathBuf};

use futures_util::future::try_join_all;

use super::{
    Error, Options,
    client::Client,
    faults,
    host_spec::DockerData,
    images,
    labels::RunLabels,
    memory,
    network::{self, Net},
    owner::RunLock,
    routes,
    seed::{self, Copy, Made, Seed},
    sweep::{self, SweepOptions},
};
use crate::{
    base::{HostId, IndexMap, ServiceId},
    plan::{Plan, ServiceKind},
};

/// A prepared place for one run.
pub(super) struct Setting {
    pub(super) client: Client,
    pub(super) labels: RunLabels,
    pub(super) net: Net,
    pub(super) outside: Net,
    pub(super) images: Images,
    pub(super) scenario_dir: PathBuf,
    pub(super) logs: PathBuf,
    /// What a reader of the report has to know.
    pub(super) notes: Vec<String>,
    /// For each host with Docker, what its own is copied from.
    seeds: IndexMap<HostId, Made>,
    /// How much of the memory the Docker of each host may fill, if its data is to be there.
    memory: IndexMap<HostId, u64>,
    /// Tells other processes that this run lives; held, never read.
    _lock: RunLock,
}

/// The images of a world, by their tags.
pub(super) struct Images {
    pub(super) dns: String,
    pub(super) operator: String,
    pub(super) packages: String,
    pub(super) hosts: IndexMap<HostId, String>,
    pub(super) services: BTreeMap<ServiceId, String>,
    /// Hosts with Docker, without the packages of any.
    host_docker: String,
}

impl Setting {
    /// Gets everything ready, and first removes what dead runs have left.
    pub(super) async fn prepare(plan: &Plan, options: Options) -> Result<Self, Error> {
        let client = Client::connect().await?;
        let lock = RunLock::take(&options.run)?;
        let labels = lock.labels(options.keep);
        for removed in sweep::sweep(&client, SweepOptions::default()).await? {
            (options.progress)(&format!("removed what a dead run had left: {removed}"));
        }
        let made = async {
            let images = Images::ensure(&client, plan, &options).await?;
            let any = images.hosts.values().next().expect("a plan has hosts");
            faults::check(&client, &labels, plan, any).await?;
            faults::check_ipv6(plan, routes::lacks_ipv6)?;
            let seeds = ensure_seeds(&client, &labels, plan, &images, &options).await?;
            let memory = memory::shares(&client, plan, &images.services, &seeds).await?;
            faults::check_memory(plan, |host| memory.contains_key(host))?;
            let has_ipv6 = !plan.old_aaaas().is_empty();
            let net = network::create_network(&client, &labels, has_ipv6).await?;
            let outside = network::create_outside_network(&client, &labels).await?;
            Ok::<_, Error>((images, seeds, memory, net, outside))
        };
        // Whoever asks to stop meanwhile gets an empty engine back, as after any failure.
        let made = tokio::select! {
            made = made => made,
            () = options.interrupt.asked() => Err(Error::Interrupted),
        };
        match made {
            Ok((images, seeds, memory, net, outside)) => Ok(Self {
                client,
                labels,
                net,
                outside,
                images,
                scenario_dir: options.scenario_dir,
                logs: options.logs,
                notes: notes(plan),
                seeds,
                memory,
                _lock: lock,
            }),
            Err(error) => {
                sweep::remove_run(&client, &options.run).await?;
                Err(error)
            }
        }
    }

    /// What the Docker of each host holds at first, for as long as the container `keeper` runs.
    pub(super) async fn docker_data(
        &self,
        keeper: &str,
    ) -> Result<IndexMap<HostId, DockerData>, Error> {
        let copies = self.seeds.iter().map(|(host, seed)| Copy {
            host: host.clone(),
            seed: seed.volume.clone(),
            memory_bytes: self.memory.get(host).copied(),
        });
        let (copies, image) = (copies.collect::<Vec<_>>(), &self.images.host_docker);
        if copies.is_empty() {
            return Ok(IndexMap::default());
        }
        let made = seed::instantiate(&self.client, &self.labels, image, keeper, &copies).await?;
        Ok(copies.into_iter().map(|copy| copy.host).zip(made).collect())
    }

    /// Whether the data of the Docker of a host goes with the host.
    pub(super) fn is_in_memory(&self, host: &HostId) -> bool {
        self.memory.contains_key(host)
    }

    /// Removes everything of this run.
    pub(super) async fn remove_run(&self) -> Result<(), Error> {
        Ok(sweep::remove_run(&self.client, &self.labels.run).await?)
    }
}

impl Images {
    async fn ensure(client: &Client, plan: &Plan, options: &Options) -> Result<Self, Error> {
        let progress = |line: &str| (options.progress)(line);
        let images = images::Images::new(client.clone(), &progress);
        let containers = plan.services.iter().filter_map(|(id, service)| match &service.kind {
            ServiceKind::Container(container) => Some((id, container)),
            ServiceKind::Unit(_) => None,
        });
        let hosts = plan.hosts.keys().map(|id| images.ensure_host(plan, id));
        let services = containers.clone().map(|(_, container)| {
            images.ensure_scenario_image(&options.scenario_dir, &container.image)
        });
        let (world, hosts, services) = tokio::try_join!(
            images.ensure_world(&["dns", "operator", "packages", "host-docker"]),
            try_join_all(hosts),
            try_join_all(services),
        )?;
        let [dns, operator, packages, host_docker] =
            <[String; 4]>::try_from(world).expect("as many as were asked for");
        Ok(Self {
            dns,
            operator,
            packages,
            hosts: plan.hosts.keys().cloned().zip(hosts).collect(),
            services: containers.map(|(id, _)| id.clone()).zip(services).collect(),
            host_docker,
        })
    }
}

async fn ensure_seeds(
    client: &Client,
    labels: &RunLabels,
    plan: &Plan,
    images: &Images,
    options: &Options,
) -> Result<IndexMap<HostId, Made>, Error> {
    let hosts = plan.hosts.iter().filter(|(_, host)| host.docker).map(|(id, _)| id);
    let seeds = hosts
        .clone()
        .map(|id| Seed::of(plan, id, &options.scenario_dir, &images.services))
        .collect::<Result<Vec<_>, _>>()?;
    let progress = |line: &str| (options.progress)(line);
    let made = seed::ensure_seeds(client, labels, &images.host_docker, &seeds, &progress).await?;
    Ok(hosts.cloned().zip(made).collect())
}

/// What this world cannot prove.
fn notes(plan: &Plan) -> Vec<String> {
    let hosts = plan.hosts.iter();
    let profiles =
        hosts.map(|(id, host)| format!("`{id}` {:?}", host.virtualization).to_lowercase());
    vec![
        format!(
            "hosts are containers on this machine's kernel; their providers' virtualisation ({}) \
             is a profile, not what they run on",
            profiles.collect::<Vec<_>>().join(", ")
        ),
        "waits pass in a moment: caches of the resolver age by as much, running programs do not"
            .to_owned(),
    ]
}
