//! Owns the seeds: what the inner Docker Engines of hosts hold before a migration begins, made
//! once and copied for each run.
//! Must not know: hosts as servers, DNS, steps.
//!
//! A seed is the whole data folder of an engine in which every service of the host was created,
//! started and filled. The engine is then ended under its running containers: so it starts them
//! again wherever a copy of the folder is used.

mod copy;
mod inside;

use std::{collections::BTreeMap, path::Path, time::Duration};

use futures_util::future::try_join_all;

pub use self::copy::{Copy, instantiate};
use self::inside::Inside;
use super::{
    client::{Client, ClientError, Upload},
    container_args::{create_args, tls_folder},
    hash::Hasher,
    host_spec::{DOCKER_DATA, host_spec},
    images::Progress,
    labels::{self, RunLabels},
    owner::{self, OwnerError},
    volumes,
};
use crate::{
    base::{DnsName, HostId, ServiceId},
    plan::{Plan, ServiceKind},
    scenario::Container,
};

/// The name of the lock under which seeds are made and removed.
pub const LOCK: &str = "seeds";

/// How long the inner engine may take to stop its containers.
const STOP_TIMEOUT: Duration = Duration::from_secs(120);

/// A seed could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The engine does not obey.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The lock on seeds could not be had.
    #[error(transparent)]
    Owner(#[from] OwnerError),
    /// A script cannot be read.
    #[error("cannot read `{path}`, which fills `{service}`")]
    Read {
        /// The script, as the scenario names it.
        path: String,
        /// Whose it is.
        service: ServiceId,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// No certificate could be made.
    #[error("cannot make a certificate for `{name}`")]
    Certificate {
        /// For which name.
        name: DnsName,
        /// Why.
        #[source]
        source: rcgen::Error,
    },
    /// Something inside failed.
    #[error("cannot prepare host `{host}`: could not {doing}:\n{tail}")]
    Failed {
        /// Whose seed it was to be.
        host: HostId,
        /// What was done.
        doing: String,
        /// What was printed last.
        tail: String,
    },
}

/// What a host's inner engine is to hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Seed {
    host: HostId,
    /// Those that others need come first.
    services: Vec<Seeded>,
}

#[derive(Debug, Clone, PartialEq)]
struct Seeded {
    id: ServiceId,
    name: DnsName,
    container: Container,
    image: String,
    fill: Option<Vec<u8>>,
}

impl Seed {
    /// What the plan wants on a host at first. `images` are the tags of all services' images.
    pub fn of(
        plan: &Plan,
        host: &HostId,
        scenario: &Path,
        images: &BTreeMap<ServiceId, String>,
    ) -> Result<Self, SeedError> {
        let mut services = Vec::new();
        for id in in_order(plan) {
            let service = &plan.services[id];
            let ServiceKind::Container(container) = &service.kind else { continue };
            if service.on != *host {
                continue;
            }
            let read = |path: &String| {
                std::fs::read(scenario.join(path)).map_err(|source| SeedError::Read {
                    path: path.clone(),
                    service: id.clone(),
                    source,
                })
            };
            services.push(Seeded {
                id: id.clone(),
                name: service.name.clone(),
                container: container.clone(),
                image: images[id].clone(),
                fill: container.fill.as_ref().map(read).transpose()?,
            });
        }
        Ok(Self { host: host.clone(), services })
    }

    /// The volume that holds it, named after all that it is made of.
    fn volume(&self, host_image: &str) -> String {
        let mut hasher = Hasher::default();
        hasher.field(host_image);
        for service in &self.services {
            for arg in create_args(&service.id, &service.container, &service.image) {
                hasher.field(arg);
            }
            hasher.field(service.fill.as_deref().unwrap_or_default());
        }
        format!("filage-seed-{}", hasher.finish())
    }
}

/// A seed that is there.
#[derive(Debug, Clone)]
pub struct Made {
    /// The volume that holds it.
    pub volume: String,
    /// How much of it a copy holds itself.
    pub bytes: u64,
}

/// Makes the seeds that are missing; gives all, in the same order. `host_image` is the one of hosts with
/// Docker, without further packages.
pub async fn ensure_seeds(
    client: &Client,
    run: &RunLabels,
    host_image: &str,
    seeds: &[Seed],
    progress: Progress<'_>,
) -> Result<Vec<Made>, SeedError> {
    let names: Vec<_> = seeds.iter().map(|seed| seed.volume(host_image)).collect();
    let there = try_join_all(names.iter().map(|name| find(client, name))).await?;
    if let Some(there) = there.into_iter().collect() {
        return Ok(there);
    }
    let _lock = owner::machine_lock(LOCK).await?;
    let mut missing: BTreeMap<&String, &Seed> = BTreeMap::new();
    for (name, seed) in names.iter().zip(seeds) {
        // Two hosts may have the same; and somebody else may have made it by now.
        if find(client, name).await?.is_none() {
            missing.insert(name, seed);
        }
    }
    let work = missing
        .into_iter()
        .map(|(volume, seed)| prepare(client, run, host_image, seed, volume, progress));
    try_join_all(work).await?;
    let made = try_join_all(names.iter().map(|name| find(client, name))).await?;
    Ok(made.into_iter().map(|made| made.expect("it was made just now")).collect())
}

/// A seed, if it is there whole.
async fn find(client: &Client, volume: &str) -> Result<Option<Made>, ClientError> {
    if volumes::labels(client, volume).await?.is_none() {
        return Ok(None);
    }
    let mark = volumes::labels(client, &mark_of(volume)).await?;
    let bytes = mark.and_then(|labels| labels.get(labels::BYTES)?.parse().ok());
    Ok(bytes.map(|bytes| Made { volume: volume.to_owned(), bytes }))
}

/// The empty volume that says that a seed is whole, and how large: asking for it needs no container.
fn mark_of(volume: &str) -> String {
    format!("{volume}-whole")
}

/// Those among the volumes of seeds that nobody has finished.
pub fn half_made(volumes: &[String]) -> impl Iterator<Item = &str> {
    let seeds = volumes.iter().filter(|name| !volumes.iter().any(|seed| mark_of(seed) == **name));
    seeds.filter(|seed| !volumes.contains(&mark_of(seed))).map(String::as_str)
}

async fn prepare(
    client: &Client,
    run: &RunLabels,
    host_image: &str,
    seed: &Seed,
    volume: &str,
    progress: Progress<'_>,
) -> Result<(), SeedError> {
    progress(&format!("preparing host {}: {} services, once", seed.host, seed.services.len()));
    let cache = || BTreeMap::from([(labels::CACHE.to_owned(), "seed".to_owned())]);
    let mut spec = host_spec(run, &format!("seed-{}", seed.host), host_image, None, None);
    spec.volumes.push((volume.to_owned(), DOCKER_DATA.to_owned()));
    let inside = Inside { client, container: &spec.name, host: &seed.host };

    volumes::remove(client, &mark_of(volume)).await?;
    volumes::remove(client, volume).await?;
    volumes::create(client, volume, cache()).await?;
    client.create(&spec).await?;
    client.upload(&spec.name, &files(seed)?).await?;
    client.start(&spec.name).await?;
    let filled = inside.fill(seed, progress).await;
    client.remove(&spec.name).await?;
    let mut known = cache();
    known.insert(labels::BYTES.to_owned(), filled?.to_string());
    Ok(volumes::create(client, &mark_of(volume), known).await?)
}

/// What the temporary host has besides its image: time to stop its containers, and certificates
/// in the places of those that the hosts of a run get.
fn files(seed: &Seed) -> Result<Vec<Upload>, SeedError> {
    let file =
        |path: String, content: String| Upload { path, mode: 0o644, content: content.into() };
    let mut files = vec![file(
        "/etc/systemd/system/docker.service.d/filage-seed.conf".to_owned(),
        format!("[Service]\nTimeoutStopSec={}\n", STOP_TIMEOUT.as_secs()),
    )];
    for service in seed.services.iter().filter(|service| service.container.tls.is_some()) {
        let made = rcgen::generate_simple_self_signed([service.name.to_string()]);
        let made =
            made.map_err(|source| SeedError::Certificate { name: service.name.clone(), source })?;
        let folder = tls_folder(&service.id);
        files.push(file(format!("{folder}/cert.pem"), made.cert.pem()));
        files.push(file(format!("{folder}/key.pem"), made.signing_key.serialize_pem()));
    }
    Ok(files)
}

/// All services, each after those that it needs.
fn in_order(plan: &Plan) -> Vec<&ServiceId> {
    fn visit<'a>(plan: &'a Plan, id: &'a ServiceId, order: &mut Vec<&'a ServiceId>, depth: usize) {
        assert!(depth <= plan.services.len(), "a plan has no circle of needs");
        for need in &plan.services[id].needs {
            visit(plan, need, order, depth + 1);
        }
        if !order.contains(&id) {
            order.push(id);
        }
    }
    let mut order = Vec::new();
    for id in plan.services.keys() {
        visit(plan, id, &mut order, 0);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Service;

    fn service(needs: &[&str], fill: bool) -> Service {
        let fill = if fill { r#", "fill": "fill.sh""# } else { "" };
        let container = format!(r#"{{ "image": "images/x"{fill} }}"#);
        Service {
            on: "old".parse().unwrap(),
            kind: ServiceKind::Container(serde_json::from_str(&container).unwrap()),
            needs: needs.iter().map(|need| need.parse().unwrap()).collect(),
            name: "x.asso.example".parse().unwrap(),
            probe: None,
            clients: vec![],
            budgets: Default::default(),
            writer: None,
            refuses: crate::scenario::Refuses::default(),
        }
    }

    fn plan(services: &[(&str, &[&str], bool)]) -> Plan {
        Plan {
            scenario: "test".to_owned(),
            about: String::new(),
            seed: 0,
            zone: serde_json::from_str(r#"{ "name": "asso.example" }"#).unwrap(),
            hosts: Default::default(),
            services: services
                .iter()
                .map(|(id, needs, fill)| (id.parse().unwrap(), service(needs, *fill)))
                .collect(),
            probing: Default::default(),
            steps: Vec::new(),
            faults: Default::default(),
            budgets: Default::default(),
            end_state: Default::default(),
            rollback: None,
            until: None,
            overlay: None,
        }
    }

    fn volume(plan: &Plan, scenario: &Path, tag: &str) -> String {
        let images = plan.services.keys().map(|id| (id.clone(), tag.to_owned())).collect();
        Seed::of(plan, &"old".parse().unwrap(), scenario, &images).unwrap().volume("host:1")
    }

    #[test]
    fn services_come_after_all_that_they_need() {
        let plan = plan(&[("a", &["b", "c"], false), ("b", &[], false), ("c", &["b"], false)]);
        let order = in_order(&plan).into_iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(order, ["b", "c", "a"]);
    }

    #[test]
    fn a_seed_without_its_mark_is_half_made() {
        let volumes = ["filage-seed-1", "filage-seed-1-whole", "filage-seed-2"].map(str::to_owned);
        assert_eq!(half_made(&volumes).collect::<Vec<_>>(), ["filage-seed-2"]);
    }

    #[test]
    fn a_seed_is_named_after_images_commands_and_scripts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        std::fs::write(path.join("fill.sh"), "echo one").unwrap();
        let plan = plan(&[("a", &[], true), ("b", &["a"], false)]);
        let one = volume(&plan, path, "x:1");
        assert_eq!(one, volume(&plan, path, "x:1"));
        assert_ne!(one, volume(&plan, path, "x:2"), "another image");

        let mut other = plan.clone();
        if let ServiceKind::Container(container) = &mut other.services[0].kind {
            container.environment.insert("A".to_owned(), "1".to_owned());
        }
        assert_ne!(one, volume(&other, path, "x:1"), "another environment");

        std::fs::write(path.join("fill.sh"), "echo two").unwrap();
        assert_ne!(one, volume(&plan, path, "x:1"), "another script");
        std::fs::remove_file(path.join("fill.sh")).unwrap();
        let images = plan.services.keys().map(|id| (id.clone(), "x:1".to_owned())).collect();
        let error = Seed::of(&plan, &"old".parse().unwrap(), path, &images).unwrap_err();
        assert_eq!(error.to_string(), "cannot read `fill.sh`, which fills `a`");
    }
}
