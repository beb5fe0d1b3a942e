//! What is shown on standard error while a rehearsal goes on: a live display at a terminal, a line
//! for each event that matters anywhere else.

mod live;
mod narrator;

use std::{
    io::{self, IsTerminal},
    sync::Arc,
};

use self::{live::Live, narrator::Narrator};
use crate::{
    cli::seams::bug_at,
    history::{Begin, Record, Sink, What},
    plan::Plan,
};

/// Follows a rehearsal for the person who waits for it.
pub(super) struct Progress {
    narrator: Narrator,
    /// None where nobody looks at a terminal.
    live: Option<Live>,
}

impl Progress {
    /// For a rehearsal of this plan; `keep` says whether its world is left up.
    pub(super) fn new(plan: &Plan, keep: bool) -> Self {
        let live = io::stderr().is_terminal().then(Live::new);
        Self { narrator: Narrator::new(plan, keep), live }
    }

    /// Takes what a world has to say about itself.
    #[cfg_attr(not(feature = "docker"), expect(dead_code, reason = "only a world has notes"))]
    pub(super) fn notes(&self) -> Arc<dyn Fn(&str) + Send + Sync> {
        match &self.live {
            Some(live) => live.notes(),
            None => Arc::new(|note| eprintln!("{note}")),
        }
    }

    /// Leaves the terminal as it was.
    pub(super) fn finish(&mut self) {
        if let Some(live) = self.live.take() {
            live.finish();
        }
    }
}

impl Sink for Progress {
    fn begin(&mut self, _: &Begin) -> io::Result<()> {
        Ok(())
    }

    /// Never fails: a rehearsal does not end because nobody can watch it.
    fn record(&mut self, record: &Record) -> io::Result<()> {
        if let What::Phase { phase } = &record.what {
            bug_at(&format!("{phase:?}").to_lowercase());
        }
        let line = self.narrator.tell(record);
        match (&mut self.live, line) {
            (Some(live), line) => live.show(record, line, &self.narrator),
            (None, Some(line)) => eprintln!("{line}"),
            (None, None) => {}
        }
        Ok(())
    }
}
