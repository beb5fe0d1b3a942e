//! Owns the talk with the Docker Engine: containers, what runs inside them, and files for them.
//! Must not know: what a world is made of, or what any container is for.

mod error;
mod exec;
mod spec;
mod upload;

use std::{collections::BTreeMap, net::Ipv4Addr, path::Path, sync::Arc, time::Duration};

use bollard::{
    Docker,
    errors::Error,
    models::{EndpointIpamConfig, EndpointSettings, NetworkConnectRequest},
    query_parameters::{
        CreateContainerOptions, KillContainerOptions, LogsOptions, RemoveContainerOptions,
        RestartContainerOptions, StopContainerOptions,
    },
};
use futures_util::StreamExt;
use tokio::sync::RwLock;

pub use self::{
    error::ClientError,
    exec::{Exec, Output, Stream},
    spec::{Addresses, Spec},
    upload::Upload,
};

/// How long the engine may take to say that it is there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long it may take to make something.
const BIRTH_TIMEOUT: Duration = Duration::from_secs(30);
/// The most of a container's log that is kept, its end.
const MAX_LOG: usize = 32 << 20;

/// A connection to the machine's Docker Engine; a clone shares it.
#[derive(Debug, Clone)]
pub struct Client {
    docker: Docker,
    /// Held for reading while something is being made.
    births: Arc<RwLock<()>>,
}

/// How a container is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Whether its first process runs.
    pub running: bool,
    /// Whether it stands still.
    pub paused: bool,
    /// What that process ended with, once it has.
    pub exit_code: Option<i64>,
    /// Why the engine could not start it, if so.
    pub error: Option<String>,
    /// Its addresses, by network.
    pub addresses: BTreeMap<String, Ipv4Addr>,
}

impl Client {
    /// Connects to the engine that `DOCKER_HOST` names or to the machine's own, and agrees on a
    /// version of the API.
    pub async fn connect() -> Result<Self, ClientError> {
        let host = host();
        reachable(&host)?;
        let no_engine = |source| ClientError::NoEngine { host: host.clone(), source };
        let docker = Docker::connect_with_host(&host).map_err(no_engine)?;
        match tokio::time::timeout(CONNECT_TIMEOUT, docker.negotiate_version()).await {
            Ok(Ok(docker)) => Ok(Self { docker, births: Arc::default() }),
            Ok(Err(source)) => Err(no_engine(source)),
            Err(_) => Err(no_engine(Error::RequestTimeoutError)),
        }
    }

    /// The library's own client, for what has no method here.
    pub fn docker(&self) -> &Docker {
        &self.docker
    }

    /// Has the engine make something, to the end, even if nobody waits for it any more: what it
    /// makes after it was looked for would be left behind. See [`Client::settled`].
    pub async fn unbroken<T: Send + 'static>(
        &self,
        making: impl Future<Output = T> + Send + 'static,
    ) -> T {
        let turn = Arc::clone(&self.births).read_owned().await;
        let made = tokio::spawn(async move {
            let made = making.await;
            drop(turn);
            made
        });
        match made.await {
            Ok(made) => made,
            Err(crash) => std::panic::resume_unwind(crash.into_panic()),
        }
    }

    /// Waits until nothing is being made any more, for half a minute at most.
    pub async fn settled(&self) {
        // Whatever is still made after that is found by the next sweep.
        let _ = tokio::time::timeout(BIRTH_TIMEOUT, self.births.write()).await;
    }

    /// Creates a container; it does not run yet.
    pub async fn create(&self, spec: &Spec) -> Result<(), ClientError> {
        let (client, spec) = (self.clone(), spec.clone());
        self.unbroken(async move { client.create_now(&spec).await }).await
    }

    async fn create_now(&self, spec: &Spec) -> Result<(), ClientError> {
        let options = CreateContainerOptions { name: Some(spec.name.clone()), ..<_>::default() };
        self.docker
            .create_container(Some(options), spec.body())
            .await
            .map_err(|source| refused(format!("create container `{}`", spec.name), source))?;
        // Engines before API 1.44 take one network at creation.
        for (network, addresses) in spec.networks.iter().skip(1) {
            self.attach(&spec.name, network, *addresses).await?;
        }
        Ok(())
    }

    /// Puts a container on a network, beside those that it is on.
    pub async fn attach(
        &self,
        container: &str,
        network: &str,
        addresses: Option<Addresses>,
    ) -> Result<(), ClientError> {
        let request = NetworkConnectRequest {
            container: container.to_owned(),
            endpoint_config: Some(endpoint(addresses)),
        };
        self.docker.connect_network(network, request).await.map_err(|source| {
            refused(format!("put container `{container}` on network `{network}`"), source)
        })
    }

    /// Starts a container.
    pub async fn start(&self, container: &str) -> Result<(), ClientError> {
        self.docker
            .start_container(container, None)
            .await
            .map_err(|source| refused(format!("start container `{container}`"), source))
    }

    /// Stops a container, kills it when it has not ended after `stop_grace`, and starts it.
    pub async fn restart(&self, container: &str, stop_grace: Duration) -> Result<(), ClientError> {
        let seconds = i32::try_from(stop_grace.as_secs()).unwrap_or(i32::MAX);
        let options = RestartContainerOptions { t: Some(seconds), ..<_>::default() };
        self.docker
            .restart_container(container, Some(options))
            .await
            .map_err(|source| refused(format!("restart container `{container}`"), source))
    }

    /// Kills a container.
    pub async fn kill(&self, container: &str) -> Result<(), ClientError> {
        self.docker
            .kill_container(container, None::<KillContainerOptions>)
            .await
            .map_err(|source| refused(format!("kill container `{container}`"), source))
    }

    /// Stops a container, and kills it when it has not ended after `grace`.
    pub async fn stop(&self, container: &str, grace: Duration) -> Result<(), ClientError> {
        let seconds = i32::try_from(grace.as_secs()).unwrap_or(i32::MAX);
        let options = StopContainerOptions { t: Some(seconds), ..<_>::default() };
        self.docker
            .stop_container(container, Some(options))
            .await
            .map_err(|source| refused(format!("stop container `{container}`"), source))
    }

    /// Lets a container stand still.
    pub async fn pause(&self, container: &str) -> Result<(), ClientError> {
        self.docker
            .pause_container(container)
            .await
            .map_err(|source| refused(format!("pause container `{container}`"), source))
    }

    /// Lets it go on.
    pub async fn unpause(&self, container: &str) -> Result<(), ClientError> {
        self.docker
            .unpause_container(container)
            .await
            .map_err(|source| refused(format!("unpause container `{container}`"), source))
    }

    /// Kills and removes a container and its anonymous volumes; one that is not there is fine.
    pub async fn remove(&self, container: &str) -> Result<(), ClientError> {
        let options = RemoveContainerOptions { force: true, v: true, ..<_>::default() };
        match self.docker.remove_container(container, Some(options)).await {
            Ok(()) => Ok(()),
            Err(source) if is_gone(&source) => Ok(()),
            Err(source) => Err(refused(format!("remove container `{container}`"), source)),
        }
    }

    /// The end of what a container has printed so far, at most 32 MiB.
    pub async fn logs(&self, container: &str) -> Result<Vec<u8>, ClientError> {
        let options =
            LogsOptions { stdout: true, stderr: true, tail: "all".to_owned(), ..<_>::default() };
        let mut chunks = self.docker.logs(container, Some(options));
        let mut log = Vec::new();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk
                .map_err(|source| refused(format!("read the log of `{container}`"), source))?;
            log.extend_from_slice(chunk.as_ref());
            if log.len() > 2 * MAX_LOG {
                log.drain(..log.len() - MAX_LOG);
            }
        }
        log.drain(..log.len().saturating_sub(MAX_LOG));
        Ok(log)
    }

    /// How a container is doing.
    pub async fn inspect(&self, container: &str) -> Result<State, ClientError> {
        let found = self
            .docker
            .inspect_container(container, None)
            .await
            .map_err(|source| refused(format!("look at container `{container}`"), source))?;
        let state = found.state.unwrap_or_default();
        let running = state.running.unwrap_or(false);
        let networks = found.network_settings.and_then(|settings| settings.networks);
        let addresses = networks
            .into_iter()
            .flatten()
            .filter_map(|(network, endpoint)| Some((network, endpoint.ip_address?.parse().ok()?)));
        Ok(State {
            running,
            paused: state.paused.unwrap_or(false),
            exit_code: state.exit_code.filter(|_| !running),
            error: state.error.filter(|error| !error.is_empty()),
            addresses: addresses.collect(),
        })
    }
}

/// Whether the engine says that the thing does not exist, or is going already.
pub(in crate::docker) fn is_gone(error: &Error) -> bool {
    match error {
        Error::DockerResponseServerError { status_code: 404, .. } => true,
        Error::DockerResponseServerError { status_code: 409, message } => {
            message.contains("already in progress")
        }
        _ => false,
    }
}

/// See [`ClientError::Refused`].
pub(in crate::docker) fn refused(doing: String, answer: Error) -> ClientError {
    ClientError::Refused { doing, answer }
}

fn endpoint(addresses: Option<Addresses>) -> EndpointSettings {
    let ipam_config = addresses.map(|Addresses { ipv4, ipv6 }| EndpointIpamConfig {
        ipv4_address: Some(ipv4.to_string()),
        ipv6_address: ipv6.map(|address| address.to_string()),
        ..<_>::default()
    });
    EndpointSettings { ipam_config, ..<_>::default() }
}

/// Where the engine should answer: as `docker` itself finds it, without its contexts.
fn host() -> String {
    if let Some(host) = std::env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty()) {
        return host;
    }
    let rootless = std::env::var("XDG_RUNTIME_DIR").map(|folder| format!("{folder}/docker.sock"));
    let desktop = std::env::var("HOME").map(|home| format!("{home}/.docker/run/docker.sock"));
    let system = "/var/run/docker.sock".to_owned();
    let candidates = [Ok(system.clone()), rootless, desktop];
    let found = candidates.into_iter().flatten().find(|path| Path::new(path).exists());
    format!("unix://{}", found.unwrap_or(system))
}

/// Tells the ways apart in which a socket does not answer; the library's error does not.
fn reachable(host: &str) -> Result<(), ClientError> {
    let Some(path) = host.strip_prefix("unix://") else { return Ok(()) };
    match std::os::unix::net::UnixStream::connect(path) {
        Ok(_) => Ok(()),
        Err(source) if source.kind() == std::io::ErrorKind::PermissionDenied => {
            Err(ClientError::NoPermission { host: host.to_owned(), source })
        }
        Err(source) => Err(ClientError::NoEngine { host: host.to_owned(), source: source.into() }),
    }
}
