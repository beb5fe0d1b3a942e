//! Owns the labels that say what on an engine is ours, whose it is, and how long it is to stay.
//! Must not know: how anything is created or removed.

use std::collections::BTreeMap;

/// The run that a container, network or volume belongs to.
pub const RUN: &str = "filage.run";
/// The machine whose harness holds the run's lock.
pub const OWNER: &str = "filage.owner";
/// It outlives its run, until somebody cleans up with `--all`.
pub const KEEP: &str = "filage.keep";
/// The image's name; an image of ours.
pub const IMAGE: &str = "filage.image";
/// What the volume caches; a volume that outlives runs.
pub const CACHE: &str = "filage.cache";
/// How many bytes a copy of what is cached takes.
pub const BYTES: &str = "filage.bytes";

/// What a run's things are labelled with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunLabels {
    /// The run.
    pub run: String,
    /// See [`OWNER`].
    pub owner: String,
    /// Whether it is kept when it has ended.
    pub keep: bool,
}

impl RunLabels {
    /// The labels.
    pub fn map(&self) -> BTreeMap<String, String> {
        let mut labels = BTreeMap::new();
        labels.insert(RUN.to_owned(), self.run.clone());
        labels.insert(OWNER.to_owned(), self.owner.clone());
        if self.keep {
            labels.insert(KEEP.to_owned(), "true".to_owned());
        }
        labels
    }
}
