//! Copies of scenarios, with a change or two.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

/// A copy of a scenario in a folder of its own, which goes with it.
#[derive(Debug)]
pub struct Scenario {
    folder: TempDir,
}

impl Scenario {
    /// A copy of `tests/scenarios/NAME`.
    pub fn of_tests(name: &str) -> Self {
        Self::copy(&crate::top().join("tests/scenarios").join(name))
    }

    /// A copy of `scenarios/NAME`.
    pub fn of_users(name: &str) -> Self {
        Self::copy(&crate::top().join("scenarios").join(name))
    }

    fn copy(source: &Path) -> Self {
        let folder = TempDir::with_prefix("filage-test-").expect("there is room for a scenario");
        copy_folder(source, &folder.path().join("scenario"))
            .unwrap_or_else(|error| panic!("copying `{}`: {error}", source.display()));
        Self { folder }
    }

    /// `notes`, of which each step that matters can be taken back, and its last one is broken off.
    pub fn notes_and_back() -> Self {
        Self::of_tests("notes")
            .with(
                "  - stop: notes\n    on: old\n",
                "  - stop: notes\n    on: old\n    undo: [{ start: notes, on: old }]\n",
            )
            .with(
                "  - start: notes\n    on: new\n",
                "  - start: notes\n    on: new\n    undo:\n      - { stop: notes, on: new }\n      \
                 - transfer: { service: notes, from: new, to: old }\n",
            )
            .with(
                "  - point: { name: www.notes.example, to: new }\n",
                "  - point: { name: www.notes.example, to: new }\n    on_failure: rollback\n    \
                 undo: [{ point: { name: www.notes.example, to: old } }]\n",
            )
            .with("budgets: { all: 1m }", "budgets: { all: 1m, abort: 1m }")
            .and("faults:\n  gives-up: { step-fails: { step: point-www, at: after } }\n")
    }

    /// The scenario's folder.
    pub fn dir(&self) -> PathBuf {
        self.folder.path().join("scenario")
    }

    /// A folder beside the scenario, for the run.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Keeps the folder for somebody to look at.
    pub fn keep(&mut self) {
        self.folder.disable_cleanup(true);
    }

    /// The text of `scenario.yaml`.
    pub fn text(&self) -> String {
        fs::read_to_string(self.file("scenario.yaml")).expect("the scenario can be read")
    }

    /// The scenario with `from`, which is there once, replaced by `to`.
    #[track_caller]
    #[must_use]
    pub fn with(self, from: &str, to: &str) -> Self {
        let text = self.text();
        let places = text.matches(from).count();
        assert_eq!(places, 1, "`{from}` is one place of the scenario\n{text}");
        self.with_text(text.replace(from, to))
    }

    /// The scenario with another text.
    #[must_use]
    pub fn with_text(self, text: impl AsRef<[u8]>) -> Self {
        fs::write(self.file("scenario.yaml"), text).expect("the copy can be written");
        self
    }

    /// The scenario with more at its end.
    #[must_use]
    pub fn and(self, more: &str) -> Self {
        let text = self.text();
        self.with_text(text + more)
    }

    /// The scenario with a script `scripts/NAME`, for `sh`.
    #[must_use]
    pub fn script(self, name: &str, content: &str) -> Self {
        let path = self.file("scripts").join(name);
        let written = fs::create_dir_all(path.parent().expect("it lies in `scripts`"))
            .and_then(|()| fs::write(&path, format!("#!/bin/sh\nset -eu\n{content}\n")))
            .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o755)));
        written.expect("the copy can be written");
        self
    }

    fn file(&self, path: &str) -> PathBuf {
        self.dir().join(path)
    }
}

impl Drop for Scenario {
    /// What a failed test played stays to be looked at.
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.keep();
            eprintln!("see `{}`", self.folder.path().display());
        }
    }
}

fn copy_folder(source: &Path, target: &Path) -> io::Result<()> {
    fs::create_dir_all(target)?;
    for entry in fs::read_dir(source)? {
        let entry = entry?;
        let target = target.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
