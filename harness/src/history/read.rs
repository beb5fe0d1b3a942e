//! Reading a history back, folding it while it is read.

use std::{
    borrow::Cow,
    io::{self, BufRead},
};

use serde::{Deserialize, de::Error};

use super::{Begin, Fold, History, Record, Sink, VERSION, fold::Told};
use crate::{
    base::{InvalidId, StoryTime},
    probe::{Answer, Client},
};

/// The longest line: the first one has a whole plan in it, others one line that a step printed.
const LONGEST_LINE: u64 = 64 << 20;
/// How much of a damaged line is shown.
const SHOWN: usize = 60;

/// A history that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file itself.
    #[error("line {line} cannot be read")]
    Io {
        /// Counted from 1.
        line: u64,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A line in the middle is damaged.
    #[error("line {line} is no record of a history, but `{found}` ({why})")]
    Damaged {
        /// Counted from 1.
        line: u64,
        /// How it begins.
        found: String,
        /// What is wrong with it.
        why: String,
    },
    /// There is more after the record that the rehearsal is over.
    #[error("line {line} comes after the end of the rehearsal: `{found}`")]
    AfterEnd {
        /// Counted from 1.
        line: u64,
        /// How it begins.
        found: String,
    },
    /// Another program wrote it, or another version of this one.
    #[error("history version {found}: this program reads version {VERSION}")]
    Version {
        /// What the first line says.
        found: u32,
    },
    /// Not even a first line.
    #[error("the history is empty, or breaks off in its first line")]
    Empty,
}

impl ReadError {
    /// The line up to which it is sound, where that is of use.
    pub fn sound_until(&self) -> Option<u64> {
        match self {
            Self::Damaged { line, .. } | Self::AfterEnd { line, .. } if *line > 1 => Some(line - 1),
            _ => None,
        }
    }
}

/// Reads a history up to its last whole line; one that breaks off is said to be cut.
pub fn read(input: impl BufRead) -> Result<History, ReadError> {
    let mut lines = Lines { input, line: vec![], number: 0 };
    let mut fold = Fold::default();
    begin(&mut lines, &mut fold)?;
    while lines.advance()? == Advance::Whole {
        if fold.ended() {
            return Err(ReadError::AfterEnd { line: lines.number, found: lines.excerpt() });
        }
        if let Err(error) = take(&mut fold, lines.text()) {
            // Pages that were never written read as zeros after a power failure.
            if lines.line.contains(&0) && lines.only_zeros_follow()? {
                break;
            }
            return Err(lines.damaged(&error));
        }
    }
    if fold.ended() && !lines.line.is_empty() {
        return Err(ReadError::AfterEnd { line: lines.number, found: lines.excerpt() });
    }
    Ok(fold.finish().expect("it has begun"))
}

fn begin(lines: &mut Lines<impl BufRead>, fold: &mut Fold) -> Result<(), ReadError> {
    if lines.advance()? != Advance::Whole {
        return Err(ReadError::Empty);
    }
    let damaged = |error| lines.damaged(&error);
    let version: Version = serde_json::from_slice(lines.text()).map_err(damaged)?;
    if version.history_version != VERSION {
        return Err(ReadError::Version { found: version.history_version });
    }
    let begin: Begin = serde_json::from_slice(lines.text()).map_err(damaged)?;
    fold.begin(&begin).expect("a fold in memory can be written to");
    Ok(())
}

#[derive(Deserialize)]
struct Version {
    history_version: u32,
}

/// A sample, by far the most frequent record, read without copying anything.
#[derive(Deserialize)]
struct SampleLine<'a> {
    #[serde(rename = "event")]
    _event: SampleWord,
    // Ids are never escaped; where somebody did it all the same, the other way of reading copies.
    service: &'a str,
    client: Client,
    launched_micros: u64,
    #[serde(default = "super::one")]
    count: u64,
    #[serde(default)]
    every_micros: u64,
    #[serde(default)]
    host: Option<&'a str>,
    answer: Answer,
    took_micros: u64,
    #[serde(borrow, default)]
    detail: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SampleWord {
    Sample,
}

impl SampleLine<'_> {
    fn told(&self) -> Result<Told<'_>, InvalidId> {
        Ok(Told {
            service: self.service.parse()?,
            client: self.client,
            launched: StoryTime(self.launched_micros),
            count: self.count,
            every_micros: self.every_micros,
            host: self.host.map(str::parse).transpose()?,
            answer: self.answer,
            took_micros: self.took_micros,
            detail: &self.detail,
        })
    }
}

fn take(fold: &mut Fold, line: &[u8]) -> Result<(), serde_json::Error> {
    match serde_json::from_slice::<SampleLine<'_>>(line) {
        Ok(sample) => fold.sample(sample.told().map_err(serde_json::Error::custom)?),
        Err(_) => {
            let record: Record = serde_json::from_slice(line)?;
            fold.record(&record).map_err(serde_json::Error::custom)?;
        }
    }
    Ok(())
}

struct Lines<R> {
    input: R,
    line: Vec<u8>,
    number: u64,
}

#[derive(Debug, PartialEq, Eq)]
enum Advance {
    Whole,
    /// What is left has no end of line.
    Rest,
}

impl<R: BufRead> Lines<R> {
    /// Goes to the next line.
    fn advance(&mut self) -> Result<Advance, ReadError> {
        self.line.clear();
        self.number += 1;
        let mut bounded = io::Read::take(&mut self.input, LONGEST_LINE);
        bounded
            .read_until(b'\n', &mut self.line)
            .map_err(|source| ReadError::Io { line: self.number, source })?;
        if self.line.last() == Some(&b'\n') {
            return Ok(Advance::Whole);
        }
        if self.line.len() as u64 == LONGEST_LINE && !self.only_zeros_follow()? {
            return Err(self.damaged(&serde_json::Error::custom("it has no end")));
        }
        Ok(Advance::Rest)
    }

    /// The line without its end.
    fn text(&self) -> &[u8] {
        self.line.strip_suffix(b"\n").unwrap_or(&self.line)
    }

    /// Whether nothing but zeros is left to read.
    fn only_zeros_follow(&mut self) -> Result<bool, ReadError> {
        loop {
            let number = self.number;
            let io = |source| ReadError::Io { line: number, source };
            let some = self.input.fill_buf().map_err(io)?;
            if some.iter().any(|byte| *byte != 0) {
                return Ok(false);
            }
            let length = some.len();
            if length == 0 {
                return Ok(true);
            }
            self.input.consume(length);
        }
    }

    fn damaged(&self, error: &serde_json::Error) -> ReadError {
        // Each line is parsed for itself, so that the parser's own number is always 1.
        let text = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let why = match text.strip_suffix(&place) {
            Some(why) if error.line() > 0 => format!("{why}, at character {}", error.column()),
            _ => text,
        };
        ReadError::Damaged { line: self.number, found: self.excerpt(), why }
    }

    /// How the line begins, fit to be shown.
    fn excerpt(&self) -> String {
        let begin = &self.line[..self.line.len().min(SHOWN)];
        let text = String::from_utf8_lossy(begin);
        let shown: String = text.trim_end().escape_debug().to_string().replace("\\\"", "\"");
        if self.line.len() > SHOWN { format!("{shown}…") } else { shown }
    }
}
