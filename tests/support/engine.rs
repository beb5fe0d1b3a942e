//! The machine's Docker Engine, asked without any code of the program's own.

use std::collections::BTreeMap;
#[expect(clippy::disallowed_types, reason = "the library takes nothing else")]
use std::collections::HashMap;

use bollard::{
    Docker,
    models::{NetworkCreateRequest, VolumeCreateRequest},
    query_parameters::{
        ListContainersOptions, ListImagesOptions, ListNetworksOptions, ListVolumesOptions,
        RemoveContainerOptions, RemoveVolumeOptions,
    },
};
use testcontainers::{
    GenericImage, ImageExt,
    core::{WaitFor, wait::ExitWaitStrategy},
    runners::AsyncRunner,
};
use tokio::runtime::Runtime;

/// A connection to the engine, for code that does not await.
#[derive(Debug)]
pub struct Engine {
    runtime: Runtime,
    docker: Docker,
}

/// What is on an engine under one label, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Things {
    /// Containers, running or not.
    pub containers: Vec<String>,
    /// Networks.
    pub networks: Vec<String>,
    /// Volumes.
    pub volumes: Vec<String>,
}

impl Things {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.containers.is_empty() && self.networks.is_empty() && self.volumes.is_empty()
    }
}

impl Engine {
    /// The engine, or why there is none.
    pub fn connect() -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let docker = runtime
            .block_on(async { Docker::connect_with_defaults()?.negotiate_version().await })
            .map_err(|error| error.to_string())?;
        Ok(Self { runtime, docker })
    }

    /// All that belongs to a run.
    pub fn of_run(&self, run: &str) -> Things {
        self.labelled(&format!("filage.run={run}"))
    }

    /// All that has a label: `NAME=value`.
    pub fn labelled(&self, label: &str) -> Things {
        let filters = || Some(filter(label));
        self.runtime.block_on(async {
            let containers =
                ListContainersOptions { all: true, filters: filters(), ..<_>::default() };
            let containers = self.docker.list_containers(Some(containers)).await.expect("a list");
            let networks = ListNetworksOptions { filters: filters() };
            let networks = self.docker.list_networks(Some(networks)).await.expect("a list");
            let volumes = ListVolumesOptions { filters: filters() };
            let volumes = self.docker.list_volumes(Some(volumes)).await.expect("a list");
            let containers = containers.into_iter().filter_map(|it| it.names?.into_iter().next());
            let volumes = volumes.volumes.into_iter().flatten();
            let networks = networks.into_iter().filter_map(|it| it.name);
            Things {
                containers: sorted(containers.map(|name| name[1..].to_owned())),
                networks: sorted(networks),
                volumes: sorted(volumes.map(|volume| volume.name)),
            }
        })
    }

    /// Takes the network that a run's members are on away from under this machine, or gives it back.
    pub fn set_network(&self, run: &str, up: bool) {
        let name = format!("filage-{run}");
        let network = self.runtime.block_on(self.docker.inspect_network(&name, None));
        let network = network.expect("the run has a network");
        let id = network.id.expect("a network has an id");
        let bridge = format!("br-{}", &id[..12]);
        let (image, tag) = self.image("host").expect("the run has hosts");
        let turned = GenericImage::new(image, tag)
            .with_entrypoint("ip")
            .with_wait_for(WaitFor::exit(ExitWaitStrategy::new().with_exit_code(0)))
            .with_cmd(["link", "set", &bridge, if up { "up" } else { "down" }])
            // Links of the machine are set from where they are, so that no test has to be root.
            .with_host_config_modifier(|host| {
                host.publish_all_ports = Some(false);
                host.network_mode = Some("host".to_owned());
                host.cap_add = Some(vec!["NET_ADMIN".to_owned()]);
            });
        let turned = self.runtime.block_on(async { turned.start().await?.rm().await });
        turned.unwrap_or_else(|error| panic!("`{bridge}`: {error}"));
    }

    /// The newest image of the worlds of this name, if one has been built: its name and tag.
    pub fn image(&self, name: &str) -> Option<(String, String)> {
        let options = ListImagesOptions {
            filters: Some(filter(&format!("filage.image={name}"))),
            ..<_>::default()
        };
        let images = self.runtime.block_on(self.docker.list_images(Some(options)));
        let images = images.expect("a list of images");
        let newest = images
            .into_iter()
            .filter(|image| !image.repo_tags.is_empty())
            .max_by_key(|image| image.created);
        let tag = newest?.repo_tags.swap_remove(0);
        tag.split_once(':').map(|(name, tag)| (name.to_owned(), tag.to_owned()))
    }

    /// Makes a network and a volume of one name, with a label of the test's own.
    pub fn make_bystanders(&self, name: &str) {
        let labels = [("filage-test.bystander".to_owned(), name.to_owned())];
        self.runtime.block_on(async {
            let network = NetworkCreateRequest {
                name: name.to_owned(),
                internal: Some(true),
                labels: Some(labels.clone().into()),
                ..<_>::default()
            };
            self.docker.create_network(network).await.expect("a network");
            let volume = VolumeCreateRequest {
                name: Some(name.to_owned()),
                labels: Some(labels.into()),
                ..<_>::default()
            };
            self.docker.create_volume(volume).await.expect("a volume");
        });
    }

    /// What is there of them.
    pub fn bystanders(&self, name: &str) -> Things {
        self.labelled(&format!("filage-test.bystander={name}"))
    }

    /// Removes things that the test has made, or has had made.
    pub fn remove(&self, things: &Things) {
        self.runtime.block_on(async {
            for name in &things.containers {
                let options = RemoveContainerOptions { force: true, v: true, ..<_>::default() };
                self.docker.remove_container(name, Some(options)).await.expect("it goes");
            }
            for name in &things.networks {
                self.docker.remove_network(name).await.expect("it goes");
            }
            for name in &things.volumes {
                let options = None::<RemoveVolumeOptions>;
                self.docker.remove_volume(name, options).await.expect("it goes");
            }
        });
    }

    /// What the engine knows of containers: privileged, its own socket mounted, ports published.
    pub fn liberties(&self, containers: &[String]) -> BTreeMap<String, Vec<&'static str>> {
        let mut all = BTreeMap::new();
        for name in containers {
            let found = self.runtime.block_on(self.docker.inspect_container(name, None));
            let host = found.expect("it is there").host_config.unwrap_or_default();
            let mounts_socket =
                host.binds.iter().flatten().any(|bind| bind.contains("docker.sock"));
            let liberties = [
                (host.privileged == Some(true), "privileged"),
                (mounts_socket, "the engine's socket"),
                (host.publish_all_ports == Some(true), "all ports published"),
                (host.port_bindings.is_some_and(|ports| !ports.is_empty()), "ports published"),
                (host.network_mode.as_deref() == Some("host"), "the machine's network"),
            ];
            let taken = liberties.into_iter().filter_map(|(taken, what)| taken.then_some(what));
            all.insert(name.clone(), taken.collect());
        }
        all
    }
}

fn sorted(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[expect(clippy::disallowed_types, reason = "the library's own type")]
fn filter(label: &str) -> HashMap<String, Vec<String>> {
    [("label".to_owned(), vec![label.to_owned()])].into()
}
