//! Owns who a run belongs to, and whether that owner still lives.
//! Must not know: the engine.
//!
//! A run holds an exclusive lock on a file as long as its process lives; the kernel lets go of it
//! however the process ends. Numbers of processes are not looked at: they are given out again.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::{hash::Hasher, labels::RunLabels};

/// How often a lock file may be swept away under us while we take it.
const MAX_ATTEMPTS: usize = 100;

/// A lock could not be had.
#[derive(Debug, thiserror::Error)]
pub enum OwnerError {
    /// Another process holds it.
    #[error("`{run}` is running already; give the new run another name")]
    Taken {
        /// The run.
        run: String,
    },
    /// The file cannot be used.
    #[error("cannot lock `{}`; see that the folder can be written, or set XDG_STATE_HOME", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// The proof that a run's owner lives; it ends with this value, or with the process.
#[derive(Debug)]
pub struct RunLock {
    run: String,
    path: PathBuf,
    _file: File,
}

/// What has become of a run's owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// It lives, on this machine.
    Alive,
    /// It has ended.
    Dead,
    /// It is on another machine, or cannot be asked: nobody here can tell.
    Elsewhere,
}

impl RunLock {
    /// Takes the lock of a run that is about to begin.
    pub fn take(run: &str) -> Result<Self, OwnerError> {
        let path = runs_dir().join(format!("{run}.lock"));
        match lock(&path)? {
            Some(file) => Ok(Self { run: run.to_owned(), path, _file: file }),
            None => Err(OwnerError::Taken { run: run.to_owned() }),
        }
    }

    /// What all that the run makes on the engine is labelled with.
    pub fn labels(&self, keep: bool) -> RunLabels {
        let owner = format!("{} {}", machine(), self.path.display());
        RunLabels { run: self.run.clone(), owner, keep }
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        // While the lock is still held. A file that stays is swept later.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Owner {
    /// What has become of the owner that a label names.
    pub fn of(label: &str) -> Self {
        let Some((on, path)) = label.split_once(' ') else { return Self::Elsewhere };
        if on != machine() {
            return Self::Elsewhere;
        }
        match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::Dead,
            Err(_) => Self::Elsewhere,
            Ok(file) => match file.try_lock() {
                Ok(()) => Self::Dead,
                Err(TryLockError::WouldBlock) => Self::Alive,
                Err(TryLockError::Error(_)) => Self::Elsewhere,
            },
        }
    }
}

/// Where the harness keeps what outlives a run: locks.
pub fn state_dir() -> PathBuf {
    let set = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    set("XDG_STATE_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".local/state")))
        .unwrap_or_else(std::env::temp_dir)
        .join("filage")
}

/// Waits for the machine-wide lock of this name; it ends with the value.
pub async fn machine_lock(name: &str) -> Result<File, OwnerError> {
    let path = state_dir().join(format!("{name}.lock"));
    let file = open(&path)?;
    let failed = |source| OwnerError::Io { path, source };
    tokio::task::spawn_blocking(move || file.lock().map(|()| file))
        .await
        .expect("waiting for a lock does not panic")
        .map_err(failed)
}

/// The machine-wide lock of this name, if nobody has it now.
pub fn try_machine_lock(name: &str) -> Result<Option<File>, OwnerError> {
    lock(&state_dir().join(format!("{name}.lock")))
}

/// Removes the lock files of runs that have ended.
pub fn tidy_locks() {
    let Ok(entries) = std::fs::read_dir(runs_dir()) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let free = File::open(&path).ok().filter(|file| file.try_lock().is_ok());
        if free.is_some() {
            let _ = std::fs::remove_file(&path);
        }
    }
}

fn runs_dir() -> PathBuf {
    state_dir().join("runs")
}

/// The locked file, or `None` when another process has it.
fn lock(path: &Path) -> Result<Option<File>, OwnerError> {
    let failed = |source| OwnerError::Io { path: path.to_owned(), source };
    for _ in 0..MAX_ATTEMPTS {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        // A sweep may have removed the file between the two: then we hold a lock on nothing.
        let ours = file.metadata().map_err(failed)?;
        match std::fs::metadata(path) {
            Ok(there) if (there.dev(), there.ino()) == (ours.dev(), ours.ino()) => {
                return Ok(Some(file));
            }
            _ => continue,
        }
    }
    Err(failed(io::Error::other("it is removed again and again")))
}

fn open(path: &Path) -> Result<File, OwnerError> {
    let failed = |source| OwnerError::Io { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(failed)
}

/// A name for this machine, or for the container that we are in: containers of one image may
/// share a machine id, but not their name and root file system.
fn machine() -> String {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let mounts = read("/proc/self/mountinfo");
    let root = mounts.lines().rfind(|line| line.split(' ').nth(4) == Some("/"));
    let container = root.filter(|line| line.contains(" - overlay ")).unwrap_or_default();
    let mut hasher = Hasher::default();
    hasher.field(read("/etc/machine-id").trim());
    hasher.field(read("/proc/sys/kernel/hostname").trim());
    hasher.field(container.split_once(" - ").unwrap_or_default().1);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(on: &str, path: &Path) -> String {
        format!("{on} {}", path.display())
    }

    #[test]
    fn an_owner_lives_as_long_as_its_lock_is_held() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs/one.lock");
        let here = label(&machine(), &path);
        assert_eq!(Owner::of(&here), Owner::Dead, "no file");

        let held = lock(&path).unwrap().expect("nobody else has it");
        assert_eq!(Owner::of(&here), Owner::Alive);
        assert!(lock(&path).unwrap().is_none(), "it is taken");

        drop(held);
        assert_eq!(Owner::of(&here), Owner::Dead, "a file that nobody holds");
        assert!(lock(&path).unwrap().is_some());
    }

    #[test]
    fn an_owner_that_cannot_be_asked_is_not_declared_dead() {
        for label in [label("other-machine", Path::new("/nowhere.lock")), "garbage".into()] {
            assert_eq!(Owner::of(&label), Owner::Elsewhere, "{label}");
        }
    }
}
