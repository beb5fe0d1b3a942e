//! Owns the end of things on the engine: of one run, of runs whose owner is dead, of caches.
//! Must not know: what a world is made of. It goes by labels alone, and never touches what has
//! none of ours.

use std::{collections::BTreeMap, time::Duration};

use bollard::query_parameters::{
    ListContainersOptions, ListImagesOptions, ListNetworksOptions, ListVolumesOptions,
    RemoveImageOptions, RemoveVolumeOptions,
};
use futures_util::future::join_all;

use super::{
    client::{Client, ClientError, is_gone, refused},
    images, labels,
    owner::{self, Owner, OwnerError},
    seed, volumes,
};

/// How often what is left of a run is looked for and removed. More than once: a request that was
/// under way when its run was interrupted may still bear fruit, and a network has endpoints for a
/// moment after its containers are gone.
const MAX_ROUNDS: usize = 40;
/// The pause between two rounds.
const PAUSE: Duration = Duration::from_millis(50);

/// What to remove beyond the things of dead runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SweepOptions {
    /// Also runs that were to be kept, and those of other machines.
    pub all: bool,
    /// Also images and volumes that are kept to be used again.
    pub images: bool,
}

/// Something could not be removed.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The engine does not obey.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The lock on images could not be had.
    #[error(transparent)]
    Owner(#[from] OwnerError),
    /// Its owner still works with it.
    #[error("run `{run}` goes on; end it first (Ctrl-C where it runs)")]
    Alive {
        /// The run.
        run: String,
    },
    /// Some of it does not go.
    #[error("run `{run}` leaves {left} behind; remove it by hand, or try `filage clean` again")]
    Left {
        /// The run.
        run: String,
        /// What is left.
        left: String,
        /// What the engine says about the first of it.
        #[source]
        source: ClientError,
    },
}

/// Removes all that dead runs have left on the engine, and says what it was.
pub async fn sweep(client: &Client, options: SweepOptions) -> Result<Vec<String>, SweepError> {
    let mut removed = Vec::new();
    for (run, things) in by_run(things(client, labels::RUN).await?) {
        if things.iter().all(|thing| may_go(thing, options)) {
            removed.extend(things.iter().map(|thing| format!("{thing} of run `{run}`")));
            remove_run(client, &run).await?;
        }
    }
    owner::tidy_locks();
    removed.extend(half_made_seeds(client).await?);
    if options.images {
        let _images = owner::machine_lock(images::LOCK).await?;
        let _seeds = owner::machine_lock(seed::LOCK).await?;
        removed.extend(caches(client).await?);
    }
    Ok(removed)
}

/// Removes one run, kept or not, unless its owner lives; says what it was.
pub async fn remove_ended(client: &Client, run: &str) -> Result<Vec<String>, SweepError> {
    let things = things(client, &format!("{}={run}", labels::RUN)).await?;
    if things.iter().any(|thing| Owner::of(&thing.owner) == Owner::Alive) {
        return Err(SweepError::Alive { run: run.to_owned() });
    }
    remove_run(client, run).await?;
    Ok(things.iter().map(|thing| format!("{thing} of run `{run}`")).collect())
}

/// The runs that [`sweep`] would remove, without its removing them.
pub async fn dead_runs(client: &Client) -> Result<Vec<String>, SweepError> {
    let runs = by_run(things(client, labels::RUN).await?);
    let dead = runs
        .into_iter()
        .filter(|(_, things)| things.iter().all(|thing| may_go(thing, SweepOptions::default())));
    Ok(dead.map(|(run, _)| run).collect())
}

/// Removes all that belongs to a run.
pub async fn remove_run(client: &Client, run: &str) -> Result<(), SweepError> {
    let label = format!("{}={run}", labels::RUN);
    client.settled().await;
    let mut problem = None;
    for round in 0..MAX_ROUNDS {
        let things = things(client, &label).await?;
        if things.is_empty() {
            return Ok(());
        }
        if round > 1 {
            tokio::time::sleep(PAUSE).await;
        }
        problem = remove_all(client, &things).await.err();
    }
    let left = things(client, &label).await?;
    match problem {
        Some(source) if !left.is_empty() => {
            let left = left.iter().map(Thing::to_string).collect::<Vec<_>>().join(", ");
            Err(SweepError::Left { run: run.to_owned(), left, source })
        }
        _ => Ok(()),
    }
}

/// One thing on the engine that is ours.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Thing {
    kind: Kind,
    name: String,
    run: String,
    owner: String,
    keep: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Container,
    Network,
    Volume,
}

impl std::fmt::Display for Thing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.kind {
            Kind::Container => "container",
            Kind::Network => "network",
            Kind::Volume => "volume",
        };
        write!(f, "{kind} `{}`", self.name)
    }
}

impl Thing {
    fn new(
        kind: Kind,
        name: Option<String>,
        labels: impl IntoIterator<Item = (String, String)>,
    ) -> Option<Self> {
        let mut labels: BTreeMap<_, _> = labels.into_iter().collect();
        Some(Self {
            kind,
            name: name?,
            run: labels.remove(labels::RUN)?,
            owner: labels.remove(labels::OWNER).unwrap_or_default(),
            keep: labels.contains_key(labels::KEEP),
        })
    }
}

fn may_go(thing: &Thing, options: SweepOptions) -> bool {
    match Owner::of(&thing.owner) {
        Owner::Alive => false,
        Owner::Dead => options.all || !thing.keep,
        Owner::Elsewhere => options.all,
    }
}

fn by_run(things: Vec<Thing>) -> BTreeMap<String, Vec<Thing>> {
    let mut runs = BTreeMap::<_, Vec<_>>::new();
    for thing in things {
        runs.entry(thing.run.clone()).or_default().push(thing);
    }
    runs
}

/// All containers, networks and volumes with a label: `NAME` or `NAME=value`.
async fn things(client: &Client, label: &str) -> Result<Vec<Thing>, ClientError> {
    let docker = client.docker();
    let filters = || Some([("label".to_owned(), vec![label.to_owned()])].into());
    let failed = |source| refused(format!("list what is labelled `{label}`"), source);
    let containers = ListContainersOptions { all: true, filters: filters(), ..<_>::default() };
    let (containers, networks, volumes) = tokio::try_join!(
        docker.list_containers(Some(containers)),
        docker.list_networks(Some(ListNetworksOptions { filters: filters() })),
        docker.list_volumes(Some(ListVolumesOptions { filters: filters() })),
    )
    .map_err(failed)?;

    let containers = containers.into_iter().filter_map(|container| {
        let name = container.names.unwrap_or_default().into_iter().next();
        // One that is being removed may have lost its name already.
        let name = name.map(|name| name.trim_start_matches('/').to_owned()).or(container.id);
        Thing::new(Kind::Container, name, container.labels?)
    });
    let networks = networks
        .into_iter()
        .filter_map(|network| Thing::new(Kind::Network, network.name, network.labels?));
    let volumes = volumes
        .volumes
        .into_iter()
        .flatten()
        .filter_map(|volume| Thing::new(Kind::Volume, Some(volume.name), volume.labels));
    Ok(containers.chain(networks).chain(volumes).collect())
}

/// Removes in parallel, first the containers, then what they used; gives the first problem.
async fn remove_all(client: &Client, things: &[Thing]) -> Result<(), ClientError> {
    let mut problem = Ok(());
    for containers in [true, false] {
        let these = things.iter().filter(|thing| (thing.kind == Kind::Container) == containers);
        let ends = join_all(these.map(|thing| remove(client, thing))).await;
        problem = problem.and(ends.into_iter().collect());
    }
    problem
}

async fn remove(client: &Client, thing: &Thing) -> Result<(), ClientError> {
    let docker = client.docker();
    let end = match thing.kind {
        Kind::Container => return client.remove(&thing.name).await,
        Kind::Network => docker.remove_network(&thing.name).await,
        Kind::Volume => docker.remove_volume(&thing.name, None::<RemoveVolumeOptions>).await,
    };
    match end {
        Err(source) if !is_gone(&source) => Err(refused(format!("remove {thing}"), source)),
        _ => Ok(()),
    }
}

/// Removes seeds whose maker was killed, unless somebody makes one right now.
async fn half_made_seeds(client: &Client) -> Result<Vec<String>, SweepError> {
    let Some(_nobody_makes_any) = owner::try_machine_lock(seed::LOCK)? else { return Ok(vec![]) };
    let filters = Some([("label".to_owned(), vec![format!("{}=seed", labels::CACHE)])].into());
    let found = client.docker().list_volumes(Some(ListVolumesOptions { filters })).await;
    let found = found.map_err(|source| refused("list what is cached".to_owned(), source))?;
    let names: Vec<_> = found.volumes.into_iter().flatten().map(|volume| volume.name).collect();
    let mut removed = vec![];
    for name in seed::half_made(&names) {
        // Another machine may make it right now on this engine, which then does not let go of it.
        if volumes::remove(client, name).await.is_ok() {
            removed.push(format!("half-made volume `{name}`"));
        }
    }
    Ok(removed)
}

/// Removes images and cache volumes that nothing uses: the engine refuses those in use.
async fn caches(client: &Client) -> Result<Vec<String>, ClientError> {
    let docker = client.docker();
    let filters = |label: &str| Some([("label".to_owned(), vec![label.to_owned()])].into());
    let failed = |source| refused("list what is cached".to_owned(), source);
    let images = ListImagesOptions { filters: filters(labels::IMAGE), ..<_>::default() };
    let images = docker.list_images(Some(images)).await.map_err(failed)?;
    let volumes = ListVolumesOptions { filters: filters(labels::CACHE) };
    let volumes = docker.list_volumes(Some(volumes)).await.map_err(failed)?;

    let mut removed = Vec::new();
    // An image built upon ours has our label as well: the name must be ours too.
    let tags = images.into_iter().flat_map(|image| image.repo_tags);
    for tag in tags.filter(|tag| tag.starts_with(images::PREFIX)) {
        if docker.remove_image(&tag, None::<RemoveImageOptions>, None).await.is_ok() {
            removed.push(format!("image `{tag}`"));
        }
    }
    for volume in volumes.volumes.into_iter().flatten() {
        if docker.remove_volume(&volume.name, None::<RemoveVolumeOptions>).await.is_ok() {
            removed.push(format!("volume `{}`", volume.name));
        }
    }
    Ok(removed)
}
