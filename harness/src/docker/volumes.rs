//! Owns named volumes: those of a run, and those that cache what takes long to make.
//! Must not know: what is in them.

use std::collections::BTreeMap;

use bollard::{models::VolumeCreateRequest, query_parameters::RemoveVolumeOptions};

use super::client::{Client, ClientError, is_gone, refused};

/// Creates a volume; one that is there already stays as it is.
pub async fn create(
    client: &Client,
    name: &str,
    labels: BTreeMap<String, String>,
) -> Result<(), ClientError> {
    create_with(client, name, labels, &[]).await
}

/// Creates a volume in memory, of a size at most. It holds what is in it for as long as a container
/// that has it runs.
pub async fn create_in_memory(
    client: &Client,
    name: &str,
    labels: BTreeMap<String, String>,
    max_bytes: u64,
) -> Result<(), ClientError> {
    let limits = format!("mode=711,size={max_bytes}");
    let options = [("type", "tmpfs"), ("device", "tmpfs"), ("o", &limits)];
    create_with(client, name, labels, &options).await
}

async fn create_with(
    client: &Client,
    name: &str,
    labels: BTreeMap<String, String>,
    options: &[(&str, &str)],
) -> Result<(), ClientError> {
    let options = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let request = VolumeCreateRequest {
        name: Some(name.to_owned()),
        labels: Some(labels.into_iter().collect()),
        driver_opts: Some(options.collect()),
        ..<_>::default()
    };
    let docker = client.docker().clone();
    let created = client.unbroken(async move { docker.create_volume(request).await }).await;
    created.map(|_| ()).map_err(|answer| refused(format!("create volume `{name}`"), answer))
}

/// The labels of a volume; none where there is no volume of this name.
pub async fn labels(
    client: &Client,
    name: &str,
) -> Result<Option<BTreeMap<String, String>>, ClientError> {
    match client.docker().inspect_volume(name).await {
        Ok(volume) => Ok(Some(volume.labels.into_iter().collect())),
        Err(answer) if is_gone(&answer) => Ok(None),
        Err(answer) => Err(refused(format!("look for volume `{name}`"), answer)),
    }
}

/// Removes a volume; one that is not there is fine.
pub async fn remove(client: &Client, name: &str) -> Result<(), ClientError> {
    match client.docker().remove_volume(name, None::<RemoveVolumeOptions>).await {
        Err(answer) if !is_gone(&answer) => Err(refused(format!("remove volume `{name}`"), answer)),
        _ => Ok(()),
    }
}
