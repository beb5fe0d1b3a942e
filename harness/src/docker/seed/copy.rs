//! A run's own copy of a seed.
//!
//! Nine tenths of a seed are the layers of images, which an engine never writes to. A copy has
//! links in their place, to the seed itself, which the host mounts read-only: so a copy is small,
//! quick to make, and quick to remove.

use std::time::Duration;

use super::SeedError;
use crate::{
    base::HostId,
    docker::{
        client::{Client, Spec},
        host_spec::{DockerData, SEED},
        labels::RunLabels,
        volumes,
    },
};

/// How long a copy may take.
const TIMEOUT: Duration = Duration::from_secs(300);

/// Makes the data folder of a host's inner engine from a seed. `image` is a host's.
pub async fn instantiate(
    client: &Client,
    run: &RunLabels,
    image: &str,
    seed: &str,
    host: &HostId,
) -> Result<DockerData, SeedError> {
    let volume = format!("filage-{}-{host}-docker", run.run);
    volumes::create(client, &volume, run.map()).await?;
    let helper = format!("{volume}-copy");
    let spec = Spec {
        name: helper.clone(),
        image: image.to_owned(),
        entrypoint: ["sh", "-c", &script()].map(str::to_owned).to_vec(),
        labels: run.map(),
        // Without it the attributes by which overlay marks replaced folders are silently lost.
        capabilities: vec!["SYS_ADMIN".to_owned()],
        volumes: vec![(seed.to_owned(), "/from:ro".to_owned()), (volume.clone(), "/to".to_owned())],
        ..Spec::default()
    };
    client.create(&spec).await?;
    client.start(&helper).await?;
    let code = client.wait(&helper, TIMEOUT).await?;
    if code != 0 {
        let log = client.logs(&helper).await?;
        let tail = String::from_utf8_lossy(&log).into_owned();
        let doing = format!("copy `{seed}`");
        return Err(SeedError::Failed { host: host.clone(), doing, tail });
    }
    client.remove(&helper).await?;
    Ok(DockerData { volume, seed: seed.to_owned() })
}

/// `cache-id` names the folder of a layer of an image; other folders are containers'. Another
/// storage driver than overlay2 has none, and is copied whole.
fn script() -> String {
    format!(
        "set -eu
cd /from
layers=$(for id in image/overlay2/layerdb/sha256/*/cache-id; do
    if [ -e \"$id\" ]; then cat \"$id\"; echo; fi
done)
for id in $layers; do echo \"/overlay2/$id/diff\"; done |
    rsync --archive --xattrs --exclude-from=- ./ /to/
for id in $layers; do ln -s \"{SEED}/overlay2/$id/diff\" \"/to/overlay2/$id/diff\"; done
"
    )
}
