//! Where the first layer comes from: a registry where one answers, otherwise the package mirror
//! that this machine itself uses. `images/base` makes both the same.

use std::{os::unix::fs::MetadataExt, process::Stdio, time::Duration};

use bollard::query_parameters::{CreateImageOptions, RemoveImageOptions, TagImageOptions};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::Command,
};

use super::{
    Folder, ImageError, PREFIX, Progress,
    build::{build, exists},
};
use crate::docker::{
    client::{Client, is_gone, refused},
    hash::Hasher,
    labels,
};

/// What a registry is asked for.
const FROM_REGISTRY: &str = "debian:bookworm-slim";
const SUITE: &str = "bookworm";
/// How long a registry may take to say that it is there.
const REGISTRY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the whole of the way may take.
const TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// How much of a program's complaint is shown.
const TAIL: usize = 2000;
/// The labels in which a first layer keeps its [`Mirrors`].
const MIRROR: &str = "filage.mirror";
const SECURITY_MIRROR: &str = "filage.security-mirror";
const CHUNK: usize = 256 << 10;

/// A first layer, and where packages on top of it come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rootfs {
    tag: String,
    mirrors: Mirrors,
}

/// Package mirrors; the first layer's own when empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Mirrors {
    main: String,
    security: String,
}

impl Mirrors {
    fn labels(&self) -> [(&'static str, &str); 2] {
        [(MIRROR, &self.main), (SECURITY_MIRROR, &self.security)]
    }
}

impl Rootfs {
    pub(super) fn build_args(&self) -> Vec<(&'static str, String)> {
        vec![
            ("ROOTFS", self.tag.clone()),
            ("MIRROR", self.mirrors.main.clone()),
            ("SECURITY_MIRROR", self.mirrors.security.clone()),
        ]
    }
}

/// The one that the engine has already. Its mirrors are those that it was made with: asking apt
/// would take longer than all else at the start of a run.
pub(super) async fn existing(client: &Client, base: &Folder) -> Result<Option<Rootfs>, ImageError> {
    for tag in [pulled_tag(), bootstrapped_tag(base)] {
        let config = match client.docker().inspect_image(&tag).await {
            Ok(found) => found.config,
            Err(error) if is_gone(&error) => continue,
            Err(error) => return Err(refused(format!("look for image `{tag}`"), error).into()),
        };
        let mut labels = config.and_then(|config| config.labels).unwrap_or_default();
        let mut label = |name| labels.remove(name).unwrap_or_default();
        let mirrors = Mirrors { main: label(MIRROR), security: label(SECURITY_MIRROR) };
        return Ok(Some(Rootfs { tag, mirrors }));
    }
    Ok(None)
}

/// Gets one.
pub(super) async fn make(
    client: &Client,
    base: &Folder,
    progress: Progress<'_>,
) -> Result<Rootfs, ImageError> {
    let mirrors = machine_mirrors().await;
    progress(&format!("looking for {FROM_REGISTRY} in a registry"));
    let made = if registry_answers(client).await {
        progress(&format!("pulling {FROM_REGISTRY}"));
        tokio::time::timeout(TIMEOUT, pull(client, &mirrors, progress)).await
    } else {
        progress("no registry answers: making a Debian with mmdebstrap (half a minute)");
        tokio::time::timeout(TIMEOUT, bootstrap(client, base, &mirrors, progress)).await
    };
    let late = |_| ImageError::Rootfs { problem: format!("it was not ready after {TIMEOUT:?}") };
    Ok(Rootfs { tag: made.map_err(late)??, mirrors })
}

/// Whether a registry has, and would give, what images start from.
pub async fn registry_answers(client: &Client) -> bool {
    let asked = client.docker().inspect_registry_image(FROM_REGISTRY, None);
    matches!(tokio::time::timeout(REGISTRY_TIMEOUT, asked).await, Ok(Ok(_)))
}

async fn pull(
    client: &Client,
    mirrors: &Mirrors,
    progress: Progress<'_>,
) -> Result<String, ImageError> {
    let docker = client.docker();
    let failed = |error| refused(format!("pull `{FROM_REGISTRY}`"), error);
    let was_there = exists(client, FROM_REGISTRY).await?;
    let options =
        CreateImageOptions { from_image: Some(FROM_REGISTRY.to_owned()), ..<_>::default() };
    let mut words = docker.create_image(Some(options), None, None);
    while let Some(word) = words.next().await {
        word.map_err(failed)?;
    }
    let labels = mirrors.labels().map(|(name, value)| format!("LABEL {name}=\"{value}\"\n"));
    let folder = Folder::of_dockerfile(&format!("FROM {FROM_REGISTRY}\n{}", labels.concat()));
    build(client, "rootfs", &pulled_tag(), &folder, &[], progress).await?;
    if !was_there {
        docker
            .remove_image(FROM_REGISTRY, None::<RemoveImageOptions>, None)
            .await
            .map_err(failed)?;
    }
    Ok(pulled_tag())
}

/// Runs `images/base/bootstrap.sh` on this machine, straight into the engine.
async fn bootstrap(
    client: &Client,
    base: &Folder,
    mirrors: &Mirrors,
    progress: Progress<'_>,
) -> Result<String, ImageError> {
    if mirrors.main.is_empty() {
        let problem = format!(
            "no registry answers, and this machine has no Debian mirror in its apt sources; make \
             `{FROM_REGISTRY}` known to the engine (`docker pull`, `docker load`) and tag it `{}`",
            pulled_tag()
        );
        return Err(ImageError::Rootfs { problem });
    }
    have_mmdebstrap(progress).await?;
    let io = |error: std::io::Error| ImageError::Rootfs { problem: error.to_string() };
    let folder = tempfile::tempdir().map_err(io)?;
    base.write(folder.path()).map_err(io)?;
    let mut child = Command::new("sh")
        .arg(folder.path().join("bootstrap.sh"))
        .args(["-", &mirrors.main, &mirrors.security])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(io)?;
    let stdout = child.stdout.take().expect("it is piped");
    let stderr = child.stderr.take().expect("it is piped");
    let (image, complaint) = tokio::join!(import(client, stdout, mirrors), read_tail(stderr));
    let status = child.wait().await.map_err(io)?;
    // It gets its name only once it is known to be whole.
    match image {
        Ok(image) if status.success() => {
            let tag = bootstrapped_tag(base);
            name_it(client, &image, &tag).await?;
            Ok(tag)
        }
        image => {
            if let Ok(image) = &image {
                let _ = client.docker().remove_image(image, None::<RemoveImageOptions>, None).await;
            }
            let engine = image.err().map(|error| format!("; {error}")).unwrap_or_default();
            let problem = format!("mmdebstrap ended with {status}{engine}:\n{complaint}");
            Err(ImageError::Rootfs { problem })
        }
    }
}

/// Makes an image of a tar archive; gives its id.
async fn import(
    client: &Client,
    tar: impl AsyncRead + Send + Unpin + 'static,
    mirrors: &Mirrors,
) -> Result<String, ImageError> {
    let chunks = stream::unfold(tar, |mut tar| async {
        let mut chunk = Vec::with_capacity(CHUNK);
        match tar.read_buf(&mut chunk).await {
            Ok(0) => None,
            Ok(_) => Some((Ok(Bytes::from(chunk)), tar)),
            Err(error) => Some((Err(error), tar)),
        }
    });
    let labels = mirrors.labels().into_iter().chain([(labels::IMAGE, "rootfs")]);
    let options = CreateImageOptions {
        from_src: Some("-".to_owned()),
        changes: labels.map(|(name, value)| format!("LABEL {name}=\"{value}\"")).collect(),
        ..<_>::default()
    };
    let docker = client.docker().clone().with_timeout(TIMEOUT);
    let body = bollard::body_try_stream(chunks);
    let mut words = docker.create_image(Some(options), Some(body), None);
    let mut image = None;
    while let Some(word) = words.next().await {
        let word = word.map_err(|error| refused("import a root file system".to_owned(), error))?;
        image = word.status.filter(|status| status.starts_with("sha256:")).or(image);
    }
    image.ok_or_else(|| ImageError::Rootfs {
        problem: "the engine took the root file system and named no image".to_owned(),
    })
}

async fn name_it(client: &Client, image: &str, tag: &str) -> Result<(), ImageError> {
    let (repo, version) = tag.split_once(':').expect("our tags have a version");
    let options = TagImageOptions { repo: Some(repo.to_owned()), tag: Some(version.to_owned()) };
    client
        .docker()
        .tag_image(image, Some(options))
        .await
        .map_err(|error| refused(format!("name an image `{tag}`"), error).into())
}

async fn have_mmdebstrap(progress: Progress<'_>) -> Result<(), ImageError> {
    if succeeds("mmdebstrap", &["--version"]).await {
        return Ok(());
    }
    let install = &["install", "-y", "-qq", "mmdebstrap"];
    if is_root() {
        progress("installing mmdebstrap on this machine");
        if succeeds("apt-get", install).await
            || succeeds("apt-get", &["update", "-qq"]).await && succeeds("apt-get", install).await
        {
            return Ok(());
        }
    }
    let problem = "no registry answers, and mmdebstrap is not installed; install it \
        (`apt-get install mmdebstrap`) or give the engine a registry"
        .to_owned();
    Err(ImageError::Rootfs { problem })
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|of_ours| of_ours.uid() == 0)
}

async fn succeeds(program: &str, args: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(args).env("DEBIAN_FRONTEND", "noninteractive").kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().await.is_ok_and(|status| status.success())
}

/// The mirrors that this machine's apt uses, if it is for Debian.
async fn machine_mirrors() -> Mirrors {
    let format = "$(ORIGIN)|$(RELEASE)|$(REPO_URI)";
    let asked = Command::new("apt-get")
        .args(["indextargets", "--format", format, "Created-By: Packages"])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await;
    let text = asked.map(|out| String::from_utf8_lossy(&out.stdout).into_owned());
    let system = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let debian = system.lines().any(|line| line == "ID=debian");
    mirrors(&text.unwrap_or_default(), debian)
}

/// What `apt-get indextargets` says, as mirrors. The origin is known only after an update; before
/// one, a Debian is taken to use Debian's.
fn mirrors(targets: &str, debian: bool) -> Mirrors {
    let mut found = Mirrors::default();
    for target in targets.lines() {
        let mut fields = target.split('|');
        let (Some(origin), Some(release), Some(uri)) =
            (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let ours = origin == "Debian" || (debian && (origin.is_empty() || origin.contains('$')));
        // Without encryption: the package proxy of a world cannot look into it, and a small image
        // has no authorities to trust. Packages are signed.
        let uri = uri.replacen("https://", "http://", 1);
        let uri = uri.trim_end_matches('/');
        let place = if release.ends_with("-security") || uri.ends_with("-security") {
            &mut found.security
        } else {
            &mut found.main
        };
        if ours && uri.starts_with("http://") && place.is_empty() {
            *place = uri.to_owned();
        }
    }
    found
}

async fn read_tail(mut from: impl AsyncRead + Unpin) -> String {
    let mut text = Vec::new();
    let mut chunk = vec![0; 4096];
    while let Ok(n @ 1..) = from.read(&mut chunk).await {
        text.extend_from_slice(&chunk[..n]);
        text.drain(..text.len().saturating_sub(TAIL));
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn pulled_tag() -> String {
    format!("{PREFIX}rootfs:{SUITE}-registry")
}

fn bootstrapped_tag(base: &Folder) -> String {
    let mut hasher = Hasher::default();
    base.hash(&mut hasher);
    format!("{PREFIX}rootfs:{SUITE}-mmdebstrap-{}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_are_debian_s_own_and_unencrypted() {
        let found = |targets: &str, debian| {
            let mirrors = mirrors(targets, debian);
            (mirrors.main, mirrors.security)
        };
        let targets = "Debian|bookworm|https://mirror.example/debian/\n\
            Debian|bookworm-updates|http://other.example/debian/\n\
            Debian|bookworm-security|http://mirror.example/debian-security/\n";
        let expected =
            ("http://mirror.example/debian".into(), "http://mirror.example/debian-security".into());
        assert_eq!(found(targets, true), expected);
        assert_eq!(found(targets, false), expected, "the origin is enough");

        let unknown = "|bookworm|http://mirror.example/debian/\n";
        assert_eq!(found(unknown, true).0, "http://mirror.example/debian");
        for (why, targets) in [
            ("another distribution's", "Ubuntu|noble|http://mirror.example/ubuntu/\n"),
            ("nobody knows whose", unknown),
            ("no mirror", "Debian|bookworm|file:/srv/mirror/\n"),
            ("nothing", "apt-get: no such command\n"),
        ] {
            assert_eq!(found(targets, false), <_>::default(), "{why}");
        }
    }
}
