//! Owns a container made as hosts are, in which is tried what this machine lets them do.
//! Must not know: what that is good for. Who starts it removes what carries its labels.

use std::time::Duration;

use super::client::{Client, ClientError, Exec, Spec};

/// The longest that one thing is tried.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The container.
pub(super) struct Trial<'a> {
    client: &'a Client,
    name: String,
}

impl<'a> Trial<'a> {
    pub(super) async fn start(client: &'a Client, spec: Spec) -> Result<Self, ClientError> {
        client.create(&spec).await?;
        client.start(&spec.name).await?;
        Ok(Self { client, name: spec.name })
    }

    /// Whether a script passes in it; its last words, where it does not.
    pub(super) async fn can(&self, script: &str) -> Result<Result<(), String>, ClientError> {
        let exec = Exec::new(["sh", "-ec", script]).timeout(TIMEOUT);
        let output = self.client.exec(&self.name, exec).await?;
        Ok(match output.is_success() {
            true => Ok(()),
            false => Err(output.stderr.trim().to_owned()),
        })
    }
}
