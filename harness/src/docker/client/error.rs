//! What can go wrong between the harness and the engine.

use std::time::Duration;

/// The engine is not there, does not obey, or takes too long.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nothing answers.
    #[error(
        "no Docker Engine answers at `{host}`; start it (`systemctl start docker`) or set DOCKER_HOST"
    )]
    NoEngine {
        /// Where it was looked for.
        host: String,
        /// What came of it.
        #[source]
        source: bollard::errors::Error,
    },
    /// The socket is there but closed to us.
    #[error(
        "no permission to use the Docker Engine at `{host}`; run as root, or join the group that owns the socket (`usermod -aG docker USER`, then log in again)"
    )]
    NoPermission {
        /// Where it is.
        host: String,
        /// What came of it.
        #[source]
        source: std::io::Error,
    },
    /// The engine answers with an error.
    #[error("the Docker Engine could not {doing}: {}", reason(answer))]
    Refused {
        /// What it was asked for.
        doing: String,
        /// Its answer; it is in the message, so no source of it.
        answer: bollard::errors::Error,
    },
    /// A command inside a container was given up.
    #[error("`{command}` in `{container}` has not ended after {after:?}")]
    TimedOut {
        /// Where.
        container: String,
        /// What.
        command: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// A command inside a container prints without end.
    #[error("`{command}` in `{container}` printed more than {limit} bytes")]
    TooMuchOutput {
        /// Where.
        container: String,
        /// What.
        command: String,
        /// What is allowed.
        limit: usize,
    },
    /// A file for a container cannot be packed.
    #[error("`{path}` cannot be put into a container; use an absolute path without `..`")]
    BadPath {
        /// Where it should have gone.
        path: String,
        /// What the packer says.
        #[source]
        source: std::io::Error,
    },
}

impl ClientError {
    /// Whether the engine says that what was asked for does not exist.
    pub fn is_missing(&self) -> bool {
        self.status() == Some(404)
    }

    /// The status of the engine's answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused {
                answer: bollard::errors::Error::DockerResponseServerError { status_code, .. },
                ..
            } => Some(*status_code),
            _ => None,
        }
    }
}

/// The engine's own words, without the library's around them.
fn reason(error: &bollard::errors::Error) -> String {
    match error {
        bollard::errors::Error::DockerResponseServerError { message, .. } => message.clone(),
        other => other.to_string(),
    }
}
