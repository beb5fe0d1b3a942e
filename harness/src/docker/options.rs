//! What the Docker world is asked for, and how it is asked to stop.

use std::{path::PathBuf, sync::Arc};

use tokio::sync::watch;

/// What a Docker world needs to know beside its plan.
#[derive(Clone)]
pub struct Options {
    /// The run's id.
    pub run: String,
    /// The folder that the plan's paths speak of.
    pub scenario_dir: PathBuf,
    /// Where the logs of containers go.
    pub logs: PathBuf,
    /// Leave everything running at the end.
    pub keep: bool,
    /// Told in a line what is being prepared.
    pub progress: Arc<dyn Fn(&str) + Send + Sync>,
    /// How to stop early.
    pub interrupt: Interrupt,
}

/// A wish to stop, from a signal handler to everything that waits. Once asked, it stays asked.
#[derive(Clone)]
pub struct Interrupt(Arc<watch::Sender<bool>>);

impl Interrupt {
    /// Nobody has asked yet.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Asks.
    pub fn ask(&self) {
        self.0.send_replace(true);
    }

    /// Ends when somebody has asked.
    pub(super) async fn asked(&self) {
        let mut receiver = self.0.subscribe();
        if receiver.wait_for(|asked| *asked).await.is_err() {
            unreachable!("we hold the sender");
        }
    }
}

impl Default for Interrupt {
    fn default() -> Self {
        Self::new()
    }
}
