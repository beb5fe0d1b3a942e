//! Writing a history as it happens.

use std::io::{self, Write};

use super::{Begin, Record};

/// Somebody who follows a rehearsal: the file, the progress display, a test.
pub trait Sink {
    /// The rehearsal begins.
    fn begin(&mut self, begin: &Begin) -> io::Result<()>;
    /// Something happened.
    fn record(&mut self, record: &Record) -> io::Result<()>;
    /// The same, for a follower that keeps what it is told and need not copy it then.
    fn take(&mut self, record: Record) -> io::Result<()> {
        self.record(&record)
    }
    /// What was recorded outlives this machine from now on, where that is what the follower is for.
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes JSON Lines, each whole line at once, so that a reader never sees half a record of a
/// rehearsal that goes on.
pub struct Writer<W> {
    output: W,
    line: Vec<u8>,
    /// Whether a line could not be written. Nothing may follow half a line.
    broken: bool,
}

impl<W: Write> Writer<W> {
    /// A writer that starts at the beginning of `output`.
    pub fn new(output: W) -> Self {
        Self { output, line: vec![], broken: false }
    }

    /// What it writes to.
    pub fn output(&self) -> &W {
        &self.output
    }

    fn line(&mut self, value: &impl serde::Serialize) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other("a line before could not be written"));
        }
        self.line.clear();
        serde_json::to_writer(&mut self.line, value)?;
        self.line.push(b'\n');
        self.output.write_all(&self.line).inspect_err(|_| self.broken = true)
    }
}

impl<W: Write> Sink for Writer<W> {
    fn begin(&mut self, begin: &Begin) -> io::Result<()> {
        self.line(begin)
    }
    fn record(&mut self, record: &Record) -> io::Result<()> {
        self.line(record)
    }
}

/// Two followers in one, the first told first.
pub struct Tee<'a>(pub &'a mut dyn Sink, pub &'a mut dyn Sink);

impl Sink for Tee<'_> {
    fn begin(&mut self, begin: &Begin) -> io::Result<()> {
        self.0.begin(begin)?;
        self.1.begin(begin)
    }
    fn record(&mut self, record: &Record) -> io::Result<()> {
        self.0.record(record)?;
        self.1.record(record)
    }
    fn take(&mut self, record: Record) -> io::Result<()> {
        self.0.record(&record)?;
        self.1.take(record)
    }
    fn sync(&mut self) -> io::Result<()> {
        self.0.sync()?;
        self.1.sync()
    }
}

/// A history kept in memory, every sample of it.
#[derive(Debug, Default)]
pub struct Memory {
    /// The first line.
    pub begin: Option<Begin>,
    /// The others.
    pub records: Vec<Record>,
}

impl Sink for Memory {
    fn begin(&mut self, begin: &Begin) -> io::Result<()> {
        self.begin = Some(begin.clone());
        Ok(())
    }
    fn record(&mut self, record: &Record) -> io::Result<()> {
        self.take(record.clone())
    }
    fn take(&mut self, record: Record) -> io::Result<()> {
        self.records.push(record);
        Ok(())
    }
}
