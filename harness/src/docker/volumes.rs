//! Owns named volumes: those of a run, and those that cache what takes long to make.
//! Must not know: what is in them.

use std::{collections::BTreeMap, time::Duration};

use bollard::{models::VolumeCreateRequest, query_parameters::RemoveVolumeOptions};

use super::{
    client::{Client, ClientError, Spec, is_gone, refused},
    labels::RunLabels,
};

/// How long a copy may take.
const COPY_TIMEOUT: Duration = Duration::from_secs(300);

/// Creates a volume; one that is there already stays as it is.
pub async fn create(
    client: &Client,
    name: &str,
    labels: BTreeMap<String, String>,
) -> Result<(), ClientError> {
    let request = VolumeCreateRequest {
        name: Some(name.to_owned()),
        labels: Some(labels.into_iter().collect()),
        ..<_>::default()
    };
    let created = client.docker().create_volume(request).await;
    created.map(|_| ()).map_err(|answer| refused(format!("create volume `{name}`"), answer))
}

/// Whether there is a volume of this name.
pub async fn exists(client: &Client, name: &str) -> Result<bool, ClientError> {
    match client.docker().inspect_volume(name).await {
        Ok(_) => Ok(true),
        Err(answer) if is_gone(&answer) => Ok(false),
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

/// Creates a volume of the run with the content of another one. `image` is any that has `cp`.
pub async fn copy(
    client: &Client,
    run: &RunLabels,
    image: &str,
    from: &str,
    to: &str,
) -> Result<(), ClientError> {
    create(client, to, run.map()).await?;
    let helper = format!("{to}-copy");
    let spec = Spec {
        name: helper.clone(),
        image: image.to_owned(),
        entrypoint: ["cp", "-a", "/from/.", "/to/"].map(str::to_owned).to_vec(),
        labels: run.map(),
        // Without it the attributes by which overlay marks replaced folders are silently lost.
        capabilities: vec!["SYS_ADMIN".to_owned()],
        volumes: vec![(from.to_owned(), "/from".to_owned()), (to.to_owned(), "/to".to_owned())],
        ..Spec::default()
    };
    client.create(&spec).await?;
    client.start(&helper).await?;
    let code = client.wait(&helper, COPY_TIMEOUT).await?;
    if code != 0 {
        let log = client.logs(&helper).await?;
        let answer = std::io::Error::other(String::from_utf8_lossy(&log).into_owned());
        return Err(refused(format!("copy volume `{from}` to `{to}`"), answer.into()));
    }
    client.remove(&helper).await
}
