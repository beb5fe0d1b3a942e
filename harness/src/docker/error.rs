//! What can go wrong in the Docker world.

use std::path::PathBuf;

use super::{client::ClientError, images, network, owner, seed, sweep};

/// The Docker world could not do something.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The engine.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// An image of the world.
    #[error(transparent)]
    Image(#[from] images::ImageError),
    /// What a host's Docker holds at first.
    #[error(transparent)]
    Seed(#[from] seed::SeedError),
    /// The world's network.
    #[error(transparent)]
    Network(#[from] network::NetworkError),
    /// The run's lock.
    #[error(transparent)]
    Owner(#[from] owner::OwnerError),
    /// What is left on the engine.
    #[error(transparent)]
    Sweep(Box<sweep::SweepError>),
    /// No threads or sockets for the harness itself.
    #[error("the machine gives the harness no runtime")]
    Runtime(#[source] std::io::Error),
    /// A file of the scenario, or of the run.
    #[error("`{}` cannot be read", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The world's certificates.
    #[error("no certificate could be made")]
    Certificate(#[from] rcgen::Error),
    /// The world's SSH keys.
    #[error("no SSH key could be made")]
    Key(#[from] ssh_key::Error),
    /// Somebody asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// Something in the world did not do as asked; in its own words.
    #[error("{0}")]
    Said(String),
}

impl From<sweep::SweepError> for Error {
    fn from(error: sweep::SweepError) -> Self {
        Self::Sweep(Box::new(error))
    }
}

impl Error {
    /// The whole chain in one line, for the history.
    pub fn in_words(&self) -> String {
        let mut words = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(error) = source {
            words = format!("{words}: {error}");
            source = error.source();
        }
        words
    }
}
