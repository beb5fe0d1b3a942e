//! What can go wrong with images.

use std::{io, path::PathBuf};

use crate::docker::{client::ClientError, owner::OwnerError};

/// An image could not be had.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The engine does not obey.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The lock on images could not be had.
    #[error(transparent)]
    Owner(#[from] OwnerError),
    /// There is none of this name.
    #[error("this program has no image `{name}` in it; it was built without the folder `images`")]
    Unknown {
        /// The name.
        name: String,
    },
    /// A folder cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// What.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A folder is no image.
    #[error("`{}` cannot be an image: {problem}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The engine could not build it.
    #[error("image `{name}` cannot be built: {problem}; the last lines were:\n{tail}")]
    Build {
        /// The image.
        name: String,
        /// What the engine says.
        problem: String,
        /// The end of what the build printed.
        tail: String,
    },
    /// There is no Debian to start from.
    #[error("no image to start from: {problem}")]
    Rootfs {
        /// What was tried, and what can be done.
        problem: String,
    },
}
