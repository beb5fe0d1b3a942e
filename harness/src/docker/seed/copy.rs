//! A run's own copy of a seed.
//!
//! Nine tenths of a seed are the layers of images, which an engine never writes to. A copy has
//! links in their place, to the seed itself, which the host mounts read-only: so a copy is small,
//! quick to make, and quick to remove.
//!
//! A copy is in memory, where that is plenty: the thousands of files of images that a host is given then go
//! at once, with their file system. The container that makes the copies keeps them while a host restarts.

use std::time::Duration;

use futures_util::future::try_join_all;

use super::SeedError;
use crate::{
    base::HostId,
    docker::{
        client::{Client, ClientError, Exec, Spec},
        host_spec::{DockerData, SEED},
        labels::RunLabels,
        volumes,
    },
};

/// How long a copy may take.
const TIMEOUT: Duration = Duration::from_secs(300);

/// A copy to be.
pub struct Copy {
    /// Whose it is.
    pub host: HostId,
    /// The volume to copy from.
    pub seed: String,
    /// How much memory the engine may fill; it is on the disk if `None`.
    pub memory_bytes: Option<u64>,
}

/// Makes the data folders of inner engines, in the same order. `image` is a host's; `keeper` is the
/// container that has them for as long as it runs.
pub async fn instantiate(
    client: &Client,
    run: &RunLabels,
    image: &str,
    keeper: &str,
    copies: &[Copy],
) -> Result<Vec<DockerData>, SeedError> {
    let data = try_join_all(copies.iter().map(|copy| create(client, run, copy))).await?;
    let volumes = copies.iter().zip(&data).flat_map(|(Copy { host, .. }, data)| {
        [
            (data.seed.clone(), format!("/from/{host}:ro")),
            (data.volume.clone(), format!("/to/{host}")),
        ]
    });
    let spec = Spec {
        name: keeper.to_owned(),
        image: image.to_owned(),
        entrypoint: ["sleep", "infinity"].map(str::to_owned).to_vec(),
        labels: run.map(),
        // Without it the attributes by which overlay marks replaced folders are silently lost.
        capabilities: vec!["SYS_ADMIN".to_owned()],
        volumes: volumes.collect(),
        ..Spec::default()
    };
    client.create(&spec).await?;
    client.start(keeper).await?;
    try_join_all(copies.iter().map(|copy| fill(client, keeper, copy))).await?;
    Ok(data)
}

/// The volume, empty.
async fn create(client: &Client, run: &RunLabels, copy: &Copy) -> Result<DockerData, ClientError> {
    let volume = format!("filage-{}-{}-docker", run.run, copy.host);
    match copy.memory_bytes {
        Some(most) => volumes::create_in_memory(client, &volume, run.map(), most).await?,
        None => volumes::create(client, &volume, run.map()).await?,
    }
    Ok(DockerData { volume, seed: copy.seed.clone() })
}

async fn fill(client: &Client, keeper: &str, copy: &Copy) -> Result<(), SeedError> {
    let Copy { host, seed, .. } = copy;
    let exec = Exec::new(["sh", "-c", &script(host)]).timeout(TIMEOUT);
    let copied = client.exec(keeper, exec).await?;
    if copied.is_success() {
        return Ok(());
    }
    let doing = format!("copy `{seed}`");
    Err(SeedError::Failed { host: host.clone(), doing, tail: copied.stderr })
}

/// `cache-id` names the folder of a layer of an image; other folders are containers'. Another
/// storage driver than overlay2 has none, and is copied whole.
fn script(host: &HostId) -> String {
    format!(
        "set -eu
cd /from/{host}
layers=$(for id in image/overlay2/layerdb/sha256/*/cache-id; do
    if [ -e \"$id\" ]; then cat \"$id\"; echo; fi
done)
for id in $layers; do echo \"/overlay2/$id/diff\"; done |
    rsync --archive --xattrs --exclude-from=- ./ /to/{host}/
for id in $layers; do ln -s \"{SEED}/overlay2/$id/diff\" \"/to/{host}/overlay2/$id/diff\"; done
"
    )
}
