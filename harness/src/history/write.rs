//! Writing a history as it happens.

use std::io::{self, Write};

use super::{Begin, Record};

/// Somebody who follows a rehearsal: the file, the progress display, a test.
pub trait Sink {
    /// The rehearsal begins.
    fn begin(&mut self, begin: &Begin) -> io::Result<()>;
    /// Something happened.
    fn record(&mut self, record: &Record) -> io::Result<()>;
}

/// Writes JSON Lines, each whole line at once, so that a reader never sees half a record of a
/// rehearsal that goes on.
pub struct Writer<W> {
    output: W,
    line: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// A writer that starts at the beginning of `output`.
    pub fn new(output: W) -> Self {
        Self { output, line: vec![] }
    }

    fn line(&mut self, value: &impl serde::Serialize) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, value)?;
        self.line.push(b'\n');
        self.output.write_all(&self.line)
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
}

/// A history kept in memory.
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
        self.records.push(record.clone());
        Ok(())
    }
}
