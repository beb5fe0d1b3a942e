//! Owns the images of a world: which there are, what they are built from, and that each is built
//! once on a machine.
//! Must not know: containers.
//!
//! An image is named after all that it is made of, so one that is there never has to be looked
//! into, and two versions of the harness never mix theirs up.

mod build;
mod error;
mod folder;
mod rootfs;

use std::{collections::BTreeMap, fs::File, path::Path, sync::Arc};

use bollard::query_parameters::ListImagesOptions;
use futures_util::future::{BoxFuture, FutureExt, try_join_all};
use include_dir::{Dir, include_dir};
use tokio::sync::{Mutex, OnceCell, Semaphore};

use self::folder::Folder;
pub use self::{error::ImageError, rootfs::registry_answers};
use super::{client::Client, faults, hash::Hasher, labels, owner};
use crate::{
    base::HostId,
    fault::{Kind, Squatter},
    plan::Plan,
};

/// What the names of all our images begin with.
pub const PREFIX: &str = "filage-";
/// The name of the lock under which images and seeds are made and removed.
pub const LOCK: &str = "images";

/// The folders of `images/`, so that the program works wherever it is put.
static WORLD: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../images");
/// What a Dockerfile stands on that says only `ARG BASE`.
const DEFAULT_PARENT: &str = "service";
/// Builds mostly wait for the mirror, but the machine has other things to do.
const PARALLEL_BUILDS: usize = 3;
/// The package of [`Squatter::Exim4`].
const EXIM: &str = "exim4-daemon-light";

/// Some image of ours that the engine has, the one of hosts with Docker if it can be.
pub async fn any(client: &Client) -> Option<String> {
    let filters = [("label".to_owned(), vec![labels::IMAGE.to_owned()])].into();
    let options = ListImagesOptions { filters: Some(filters), ..<_>::default() };
    let found = client.docker().list_images(Some(options)).await.ok()?;
    let tags = found.into_iter().flat_map(|image| image.repo_tags);
    tags.filter(|tag| tag.starts_with(PREFIX)).min_by_key(|tag| !tag.starts_with("filage-host"))
}

/// Takes a line for the user about what is being done.
pub type Progress<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// The images of this machine, for one run. Builds what is missing, and keeps other runs from
/// building the same until it is dropped.
pub struct Images<'a> {
    client: Client,
    progress: Progress<'a>,
    /// Set once something is missing.
    lock: OnceCell<File>,
    rootfs: OnceCell<rootfs::Rootfs>,
    known: Mutex<BTreeMap<String, Arc<OnceCell<()>>>>,
    builders: Semaphore,
}

impl<'a> Images<'a> {
    /// Nothing is built, or looked at, before it is asked for.
    pub fn new(client: Client, progress: Progress<'a>) -> Self {
        Self {
            client,
            progress,
            lock: OnceCell::new(),
            rootfs: OnceCell::new(),
            known: Mutex::default(),
            builders: Semaphore::new(PARALLEL_BUILDS),
        }
    }

    /// The tags of images of `images/`, in the same order.
    pub async fn ensure_world(&self, names: &[&str]) -> Result<Vec<String>, ImageError> {
        try_join_all(names.iter().map(|name| self.world(name))).await
    }

    /// The tag of a host's image: with Docker or without, with the packages that it has from the
    /// start, and with what faults need on it.
    pub async fn ensure_host(&self, plan: &Plan, id: &HostId) -> Result<String, ImageError> {
        let host = &plan.hosts[id];
        let name = if host.docker { "host-docker" } else { "host" };
        let parent = self.world(name).await?;
        let exim = plan.active_faults().any(|(_, fault)| {
            matches!(&fault.kind, Kind::PortOccupied(fault) if fault.on == *id && fault.by == Squatter::Exim4)
        });
        let of_faults = plan.active_faults().filter_map(|(_, fault)| faults::package(&fault.kind));
        let of_faults =
            of_faults.filter(|(on, _)| *on == id).map(|(_, package)| package.to_owned());
        let packages: Vec<_> = host.packages.iter().cloned().chain(of_faults).collect();
        match packages_layer(&packages, exim) {
            None => Ok(parent),
            Some(dockerfile) => {
                let folder = Folder::of_dockerfile(&dockerfile);
                let name = format!("{name}-packages");
                self.ensure(&name, &folder, &[("BASE", parent)]).await
            }
        }
    }

    /// The tag of an image of a scenario, a folder such as `images/links`.
    pub async fn ensure_scenario_image(
        &self,
        scenario: &Path,
        image: &str,
    ) -> Result<String, ImageError> {
        let path = scenario.join(image);
        let folder = Folder::read(&path)?;
        let parent = match folder.parent()? {
            None => None,
            Some(parent) if WORLD.get_dir(parent).is_some() => Some(self.world(parent).await?),
            // Some other image, which the engine has or can get.
            Some(parent) => Some(parent.to_owned()),
        };
        let args: Vec<_> = parent.map(|parent| ("BASE", parent)).into_iter().collect();
        let last = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let name: String =
            last.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        self.ensure(&format!("service-{}", name.trim_matches('-')), &folder, &args).await
    }

    /// The tag of an image of `images/`.
    fn world<'s>(&'s self, name: &'s str) -> BoxFuture<'s, Result<String, ImageError>> {
        async move {
            let folder = WORLD.get_dir(name).map(Folder::embedded);
            let folder = folder.ok_or_else(|| ImageError::Unknown { name: name.to_owned() })?;
            let args = match folder.parent()? {
                Some(parent) => vec![("BASE", self.world(parent).await?)],
                None => self.rootfs.get_or_try_init(|| self.find_rootfs()).await?.build_args(),
            };
            self.ensure(name, &folder, &args).await
        }
        .boxed()
    }

    async fn find_rootfs(&self) -> Result<rootfs::Rootfs, ImageError> {
        let base = WORLD.get_dir("base").expect("every image stands on it");
        let folder = Folder::embedded(base);
        if let Some(found) = rootfs::existing(&self.client, &folder).await? {
            return Ok(found);
        }
        self.locked().await?;
        match rootfs::existing(&self.client, &folder).await? {
            Some(found) => Ok(found),
            None => rootfs::make(&self.client, &folder, self.progress).await,
        }
    }

    /// Builds an image unless it is there, once however many ask for it at a time.
    async fn ensure(
        &self,
        name: &str,
        folder: &Folder,
        args: &[(&'static str, String)],
    ) -> Result<String, ImageError> {
        let tag = tag(name, folder, args);
        let cell = self.known.lock().await.entry(tag.clone()).or_default().clone();
        cell.get_or_try_init(|| async {
            if build::exists(&self.client, &tag).await? {
                return Ok(());
            }
            self.locked().await?;
            if build::exists(&self.client, &tag).await? {
                return Ok(());
            }
            let _turn = self.builders.acquire().await.expect("it is never closed");
            build::build(&self.client, name, &tag, folder, args, self.progress).await
        })
        .await?;
        Ok(tag)
    }

    async fn locked(&self) -> Result<(), ImageError> {
        let lock = async {
            (self.progress)("an image is missing: waiting for the turn to build it");
            owner::machine_lock(LOCK).await
        };
        self.lock.get_or_try_init(|| lock).await?;
        Ok(())
    }
}

fn tag(name: &str, folder: &Folder, args: &[(&str, String)]) -> String {
    let mut hasher = Hasher::default();
    folder.hash(&mut hasher);
    for (name, value) in args {
        hasher.field(name);
        hasher.field(value);
    }
    format!("{PREFIX}{name}:{}", hasher.finish())
}

/// The Dockerfile that adds packages to a host, if there are any to add. An Exim that only a fault
/// needs lies still until the fault is injected.
fn packages_layer(packages: &[String], exim: bool) -> Option<String> {
    let of_fault = exim && !packages.iter().any(|package| package == EXIM);
    let mut all: Vec<&str> = packages.iter().map(String::as_str).collect();
    all.extend(of_fault.then_some(EXIM));
    all.sort_unstable();
    all.dedup();
    if all.is_empty() {
        return None;
    }
    let disable = if of_fault { " \\\n && systemctl -q disable exim4" } else { "" };
    Some(format!(
        "ARG BASE\nFROM ${{BASE}}\nRUN apt-get update -qq \\\n && apt-get install -y -qq {} \\\n \
         && apt-get clean && rm -rf /var/lib/apt/lists/* /var/log/*.log /var/log/apt{disable}\n",
        all.join(" ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_sorted_and_a_fault_s_exim_does_not_start_by_itself() {
        assert_eq!(packages_layer(&[], false), None);
        let named = |names: &[&str], exim| {
            packages_layer(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>(), exim)
        };
        assert_eq!(named(&["b", "a"], false), named(&["a", "b", "a"], false));
        assert!(!named(&[EXIM], true).unwrap().contains("disable"), "the scenario's own runs");
        insta::assert_snapshot!(named(&["lsof"], true).unwrap(), @r"
        ARG BASE
        FROM ${BASE}
        RUN apt-get update -qq \
         && apt-get install -y -qq exim4-daemon-light lsof \
         && apt-get clean && rm -rf /var/lib/apt/lists/* /var/log/*.log /var/log/apt \
         && systemctl -q disable exim4
        ");
    }

    #[test]
    fn all_that_an_image_is_made_of_is_in_its_tag() {
        let tag = |content, args: &[(&str, String)]| {
            super::tag("x", &Folder::of_dockerfile(content), args)
        };
        let one = tag("FROM a", &[("BASE", "p:1".to_owned())]);
        assert!(one.starts_with("filage-x:"), "{one}");
        assert_eq!(one, tag("FROM a", &[("BASE", "p:1".to_owned())]));
        assert_ne!(one, tag("FROM b", &[("BASE", "p:1".to_owned())]), "content");
        assert_ne!(one, tag("FROM a", &[("BASE", "p:2".to_owned())]), "parent");
        assert_ne!(one, tag("FROM a", &[("OTHER", "p:1".to_owned())]), "argument");
    }
}
