//! Owns what the data of a service holds of what was written to it, as runs of numbers: a copy of the
//! data is a copy of this.
//! Must not know: who wrote it, and what was said to them.

use crate::writer::Tally;

/// What the data of one service on one host holds.
#[derive(Debug, Clone, Default)]
pub(super) struct Book {
    /// What is there, in the order in which it came.
    kept: Vec<Entry>,
    /// What is there to be handed on to the service that keeps it.
    queue: Vec<Entry>,
    /// It comes from a host of which nobody knows any more what is true, since this step.
    pub(super) unknown: Option<usize>,
}

/// Writes in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// The number of their writer.
    pub(super) writer: usize,
    pub(super) first: u64,
    pub(super) last: u64,
}

impl Book {
    /// They are there from now on.
    pub(super) fn keep(&mut self, entry: Entry) {
        add(&mut self.kept, entry);
    }

    /// They wait there from now on.
    pub(super) fn enqueue(&mut self, entry: Entry) {
        add(&mut self.queue, entry);
    }

    /// Takes out what waits of a writer.
    pub(super) fn dequeue(&mut self, writer: usize) -> Vec<Entry> {
        self.queue.extract_if(.., |entry| entry.writer == writer).collect()
    }

    /// Whether anything waits of a writer.
    pub(super) fn has_queued(&self, writer: usize) -> bool {
        self.queue.iter().any(|entry| entry.writer == writer)
    }

    /// How often each write of a writer is there.
    pub(super) fn tally(&self, writer: usize) -> Tally {
        let own = self.kept.iter().filter(|entry| entry.writer == writer);
        Tally::of_runs(own.map(|entry| entry.first..=entry.last))
    }
}

fn add(entries: &mut Vec<Entry>, new: Entry) {
    match entries.last_mut() {
        Some(last) if last.writer == new.writer && last.last + 1 == new.first => {
            last.last = new.last;
        }
        _ => entries.push(new),
    }
}
