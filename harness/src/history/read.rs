//! Reading a history back.

use std::io::BufRead;

use super::{Begin, History, VERSION, What};

/// A history that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file itself.
    #[error("line {line} cannot be read")]
    Io {
        /// Counted from 1.
        line: usize,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A line in the middle is damaged.
    #[error("line {line} is no record of a history")]
    Corrupt {
        /// Counted from 1.
        line: usize,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Another program wrote it, or another version of this one.
    #[error("history version {found}: this program reads version {VERSION}")]
    Version {
        /// What the first line says.
        found: u32,
    },
    /// Not even a first line.
    #[error("the history is empty")]
    Empty,
}

/// Reads a history up to its last whole line; one that breaks off is said to be cut.
pub fn read(input: impl BufRead) -> Result<History, ReadError> {
    let mut lines = Lines { input, number: 0 };
    let (first, _) = lines.next()?.ok_or(ReadError::Empty)?;
    let version: Version = lines.parse(&first)?;
    if version.history_version != VERSION {
        return Err(ReadError::Version { found: version.history_version });
    }
    let begin: Begin = lines.parse(&first)?;
    let mut records = vec![];
    let mut ended = false;
    while let Some((line, whole)) = lines.next()? {
        if !whole {
            break;
        }
        let record: super::Record = lines.parse(&line)?;
        ended = matches!(record.what, What::End { .. });
        records.push(record);
    }
    Ok(History { begin, records, cut: !ended })
}

#[derive(serde::Deserialize)]
struct Version {
    history_version: u32,
}

struct Lines<R> {
    input: R,
    number: usize,
}

impl<R: BufRead> Lines<R> {
    /// The next line, and whether it has its end.
    fn next(&mut self) -> Result<Option<(Vec<u8>, bool)>, ReadError> {
        let mut line = vec![];
        self.number += 1;
        let length = self
            .input
            .read_until(b'\n', &mut line)
            .map_err(|source| ReadError::Io { line: self.number, source })?;
        let whole = line.last() == Some(&b'\n');
        Ok((length > 0).then_some((line, whole)))
    }

    fn parse<T: serde::de::DeserializeOwned>(&self, line: &[u8]) -> Result<T, ReadError> {
        serde_json::from_slice(line)
            .map_err(|source| ReadError::Corrupt { line: self.number, source })
    }
}
