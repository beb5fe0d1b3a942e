//! One build, by the engine's own builder.

use std::{collections::VecDeque, time::Duration};

use bollard::{models::BuildInfo, query_parameters::BuildImageOptions};
use futures_util::StreamExt;

use super::{Folder, ImageError, Progress};
use crate::docker::{
    client::{Client, is_gone, refused},
    labels,
};

/// How long a build may take: packages come through a mirror that may be slow.
const TIMEOUT: Duration = Duration::from_secs(30 * 60);
/// How much of a failed build is shown.
const TAIL: usize = 30;

/// Whether the engine has an image of this name.
pub(super) async fn exists(client: &Client, tag: &str) -> Result<bool, ImageError> {
    match client.docker().inspect_image(tag).await {
        Ok(_) => Ok(true),
        Err(error) if is_gone(&error) => Ok(false),
        Err(error) => Err(refused(format!("look for image `{tag}`"), error).into()),
    }
}

pub(super) async fn build(
    client: &Client,
    name: &str,
    tag: &str,
    folder: &Folder,
    args: &[(&'static str, String)],
    progress: Progress<'_>,
) -> Result<(), ImageError> {
    progress(&format!("building image {name}"));
    let failed = |problem: String, tail: &VecDeque<String>| ImageError::Build {
        name: name.to_owned(),
        problem,
        tail: tail.iter().map(String::as_str).collect::<Vec<_>>().join("\n"),
    };
    let mut tail = VecDeque::new();
    let packed = folder.pack().map_err(|error| failed(error.to_string(), &tail))?;
    let args = args.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    let options = BuildImageOptions {
        dockerfile: "Dockerfile".to_owned(),
        t: Some(tag.to_owned()),
        rm: true,
        forcerm: true,
        buildargs: Some(args.collect()),
        labels: Some([(labels::IMAGE.to_owned(), name.to_owned())].into()),
        ..<_>::default()
    };
    // Until its first word the engine may need longer than for other requests.
    let docker = client.docker().clone().with_timeout(TIMEOUT);
    let run = async {
        let mut words = docker.build_image(options, None, Some(bollard::body_full(packed.into())));
        while let Some(word) = words.next().await {
            let word = word.map_err(|error| failed(reason(error), &tail))?;
            hear(name, &word, &mut tail, progress);
            if let Some(error) = word.error_detail {
                return Err(failed(error.message.unwrap_or_default(), &tail));
            }
        }
        Ok(())
    };
    match tokio::time::timeout(TIMEOUT, run).await {
        Ok(end) => end,
        Err(_) => Err(failed(format!("it has not ended after {TIMEOUT:?}"), &VecDeque::new())),
    }
}

/// Keeps the last lines, and passes on which step is being done.
fn hear(name: &str, word: &BuildInfo, tail: &mut VecDeque<String>, progress: Progress<'_>) {
    for line in word.stream.iter().flat_map(|text| text.lines()).map(str::trim_end) {
        if line.starts_with("Step ") {
            progress(&format!("{name}: {line}"));
        }
        if !line.is_empty() {
            tail.push_back(line.to_owned());
        }
        if tail.len() > TAIL {
            tail.pop_front();
        }
    }
}

fn reason(error: bollard::errors::Error) -> String {
    match error {
        bollard::errors::Error::DockerStreamError { error } => error,
        bollard::errors::Error::DockerResponseServerError { message, .. } => message,
        other => other.to_string(),
    }
}
