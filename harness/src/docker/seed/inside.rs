//! The work inside the temporary host in which a seed is made.

use std::time::Duration;

use futures_util::StreamExt;

use super::{Seed, SeedError};
use crate::{
    base::HostId,
    docker::{
        client::{Client, Exec, Output, refused},
        container_args::create_args,
        host_spec::DOCKER_DATA,
        images::Progress,
    },
};

/// How long the inner engine may take to answer.
const READY_TIMEOUT: Duration = Duration::from_secs(90);
const READY_POLL: Duration = Duration::from_millis(200);
/// How long all images may take to be loaded.
const LOAD_TIMEOUT: Duration = Duration::from_secs(900);
/// How long a service may take to be started or filled.
const FILL_TIMEOUT: Duration = Duration::from_secs(300);
/// How much of a program's complaint is shown.
const TAIL: usize = 2000;

/// The temporary host in which a seed is made.
pub(super) struct Inside<'a> {
    pub(super) client: &'a Client,
    pub(super) container: &'a str,
    pub(super) host: &'a HostId,
}

impl Inside<'_> {
    /// Has the inner engine hold all of the seed, and ends it. Returns how many bytes a copy will hold
    /// itself: all but the layers of images.
    pub(super) async fn fill(&self, seed: &Seed, progress: Progress<'_>) -> Result<u64, SeedError> {
        self.ready().await?;
        self.load(seed).await?;
        for service in &seed.services {
            let id = &service.id;
            let command = create_args(id, &service.container, &service.image);
            self.run(format!("create `{id}`"), Exec::new(command)).await?;
            self.run(format!("start `{id}`"), Exec::new(["docker", "start", id.as_str()])).await?;
            if let Some(script) = &service.fill {
                progress(&format!("preparing host {}: filling {id}", self.host));
                let command = ["docker", "exec", "-i", id.as_str(), "sh", "-s"];
                let exec = Exec::new(command).stdin(script.clone());
                self.run(format!("fill `{id}`"), exec).await?;
            }
        }
        // The socket first: it would start the engine again.
        let stop = Exec::new(["systemctl", "stop", "docker.socket", "docker.service"]);
        self.run("stop its Docker Engine".to_owned(), stop).await?;
        let measure = Exec::new(["sh", "-c", &measuring()]);
        let measured = self.run("measure what it holds".to_owned(), measure).await?;
        let bytes = measured.split_whitespace().next().and_then(|word| word.parse().ok());
        bytes.ok_or_else(|| self.failed("measure what it holds".to_owned(), &measured))
    }

    async fn ready(&self) -> Result<(), SeedError> {
        let wait = async {
            loop {
                let ask = Exec::new(["docker", "version"]).timeout(READY_TIMEOUT);
                match self.client.exec(self.container, ask).await {
                    Ok(output) if output.is_success() => return,
                    _ => tokio::time::sleep(READY_POLL).await,
                }
            }
        };
        if tokio::time::timeout(READY_TIMEOUT, wait).await.is_ok() {
            return Ok(());
        }
        let log = self.client.logs(self.container).await?;
        let doing = format!("have its Docker Engine answer within {READY_TIMEOUT:?}");
        Err(self.failed(doing, &String::from_utf8_lossy(&log)))
    }

    /// All images in one go: what they share travels once.
    async fn load(&self, seed: &Seed) -> Result<(), SeedError> {
        let mut tags: Vec<_> = seed.services.iter().map(|service| service.image.as_str()).collect();
        tags.sort_unstable();
        tags.dedup();
        if tags.is_empty() {
            return Ok(());
        }
        let chunks = self.client.docker().export_images(&tags).map(|chunk| {
            chunk.map_err(|answer| refused("save the images of services".to_owned(), answer))
        });
        let exec = Exec::new(["docker", "load", "-q"]).timeout(LOAD_TIMEOUT);
        let output = self.client.exec_from(self.container, exec, chunks).await?;
        self.expect(format!("load {}", tags.join(", ")), &output)
    }

    async fn run(&self, doing: String, exec: Exec) -> Result<String, SeedError> {
        let output = self.client.exec(self.container, exec.timeout(FILL_TIMEOUT)).await?;
        self.expect(doing, &output)?;
        Ok(output.stdout)
    }

    fn expect(&self, doing: String, output: &Output) -> Result<(), SeedError> {
        match output.is_success() {
            true => Ok(()),
            false => Err(self.failed(doing, &format!("{}{}", output.stdout, output.stderr))),
        }
    }

    fn failed(&self, doing: String, printed: &str) -> SeedError {
        let start = printed.len().saturating_sub(TAIL);
        let start = (start..=printed.len()).find(|at| printed.is_char_boundary(*at));
        let tail = printed[start.unwrap_or_default()..].trim_end().to_owned();
        SeedError::Failed { host: self.host.clone(), doing, tail }
    }
}

/// `image` names the folders of layers, which copies have links to.
fn measuring() -> String {
    format!(
        "cd {DOCKER_DATA} || exit
         for id in image/overlay2/layerdb/sha256/*/cache-id; do
             if [ -e \"$id\" ]; then echo \"./overlay2/$(cat \"$id\")\"; fi
         done >/run/layers
         du --summarize --block-size=1 --exclude-from=/run/layers ."
    )
}
