//! The folder of a run: its history as it happens, the log of each step, and the reports.

use std::{
    fs::{self, File},
    io::{self, BufReader, Write},
    path::{Path, PathBuf},
};

use crate::{
    base::{IndexMap, StepId},
    check::{self, Verdict},
    history::{self, Begin, History, ReadError, Record, Sink, What, Writer},
    report::{html, json, junit},
};

const HISTORY: &str = "history.jsonl";
const REPORT: &str = "report.html";

/// A run's folder.
#[derive(Debug, Clone)]
pub(super) struct Folder(PathBuf);

/// Why an old run cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum FolderError {
    /// There is no history.
    #[error("cannot read `{}`", .path.display())]
    NoHistory {
        /// Where it should be.
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// It is damaged.
    #[error("`{}` is no history that can be read", .path.display())]
    BadHistory {
        /// Where it is.
        path: PathBuf,
        #[source]
        source: ReadError,
    },
    /// It cannot be written to.
    #[error("cannot write to `{}`", .path.display())]
    ReadOnly {
        /// The folder.
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl Folder {
    /// A new folder for a run; it must not exist yet.
    pub(super) fn create(path: &Path) -> Result<Self, FolderError> {
        let read_only = |source| FolderError::ReadOnly { path: path.to_owned(), source };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(read_only)?;
        }
        fs::create_dir(path).map_err(read_only)?;
        fs::create_dir_all(path.join("logs/steps")).map_err(read_only)?;
        Ok(Self(path.to_owned()))
    }

    /// The folder of an old run.
    pub(super) fn open(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Where logs go.
    pub(super) fn logs(&self) -> PathBuf {
        self.0.join("logs")
    }

    /// Where the page is.
    pub(super) fn report(&self) -> PathBuf {
        self.0.join(REPORT)
    }

    /// What follows a rehearsal and writes down all of it.
    pub(super) fn recorder(&self) -> Result<Recorder, FolderError> {
        let history = File::create_new(self.0.join(HISTORY))
            .map_err(|source| FolderError::ReadOnly { path: self.0.clone(), source })?;
        Ok(Recorder { history: Writer::new(history), logs: Logs::new(self.logs().join("steps")) })
    }

    /// The history, read back from the file.
    pub(super) fn history(&self) -> Result<History, FolderError> {
        let path = self.0.join(HISTORY);
        let file = File::open(&path)
            .map_err(|source| FolderError::NoHistory { path: path.clone(), source })?;
        history::read(BufReader::new(file))
            .map_err(|source| FolderError::BadHistory { path, source })
    }

    /// The bytes of the history.
    pub(super) fn history_bytes(&self) -> Result<Vec<u8>, FolderError> {
        let path = self.0.join(HISTORY);
        fs::read(&path).map_err(|source| FolderError::NoHistory { path, source })
    }

    /// Judges the history and writes all reports.
    pub(super) fn judge(&self, history: &History) -> Result<Verdict, FolderError> {
        let verdict = check::verdict(history);
        let write = |name: &str, text: String| {
            fs::write(self.0.join(name), text)
                .map_err(|source| FolderError::ReadOnly { path: self.0.clone(), source })
        };
        write("verdict.json", json::render(&verdict))?;
        write("junit.xml", junit::render(&verdict))?;
        write(REPORT, html::render(history, &verdict))?;
        Ok(verdict)
    }
}

/// Writes the history, and what each step prints.
pub(super) struct Recorder {
    history: Writer<File>,
    logs: Logs,
}

impl Sink for Recorder {
    fn begin(&mut self, begin: &Begin) -> io::Result<()> {
        self.history.begin(begin)
    }
    fn record(&mut self, record: &Record) -> io::Result<()> {
        self.history.record(record)?;
        self.logs.record(record)
    }
    fn sync(&mut self) -> io::Result<()> {
        self.history.output().sync_data()
    }
}

/// A file for each step that prints something.
struct Logs {
    folder: PathBuf,
    files: IndexMap<StepId, File>,
}

impl Logs {
    fn new(folder: PathBuf) -> Self {
        Self { folder, files: IndexMap::default() }
    }

    fn record(&mut self, record: &Record) -> io::Result<()> {
        match &record.what {
            What::StepOutput { step, line } => writeln!(self.file(step)?, "{line}"),
            What::StepStarted { step, attempt } if *attempt > 1 => {
                writeln!(self.file(step)?, "--- attempt {attempt} ---")
            }
            _ => Ok(()),
        }
    }

    fn file(&mut self, step: &StepId) -> io::Result<&mut File> {
        match self.files.entry(step.clone()) {
            indexmap::map::Entry::Occupied(entry) => Ok(entry.into_mut()),
            indexmap::map::Entry::Vacant(entry) => {
                // Ids are DNS labels, so they are file names too.
                let file = File::create(self.folder.join(format!("{step}.log")))?;
                Ok(entry.insert(file))
            }
        }
    }
}
