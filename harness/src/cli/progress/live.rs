//! The display at a terminal: the phase, the services, and the steps that run.

use std::{sync::Arc, time::Duration};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use owo_colors::OwoColorize;

use super::narrator::Narrator;
use crate::{
    base::{IndexMap, StepId},
    history::{Record, What},
};

// `wide_msg` is cut at the edge of the terminal; a line that wraps could not be drawn over.

/// How often spinners turn.
const TICK: Duration = Duration::from_millis(120);

/// The lines at the bottom of the terminal; what is over scrolls away above them.
pub(super) struct Live {
    all: MultiProgress,
    phase: ProgressBar,
    services: ProgressBar,
    steps: IndexMap<StepId, ProgressBar>,
}

impl Live {
    pub(super) fn new() -> Self {
        let all = MultiProgress::new();
        let phase = all.add(spinner("{spinner} {prefix:.bold} {elapsed:.dim} {wide_msg:.dim}"));
        let services = all.add(spinner("  {wide_msg}"));
        Self { all, phase, services, steps: IndexMap::default() }
    }

    /// Notes of the world stand beside the phase.
    pub(super) fn notes(&self) -> Arc<dyn Fn(&str) + Send + Sync> {
        let phase = self.phase.clone();
        Arc::new(move |note| phase.set_message(note.to_owned()))
    }

    /// Shows a record, and the sentence for it if there is one.
    pub(super) fn show(&mut self, record: &Record, line: Option<String>, narrator: &Narrator) {
        match &record.what {
            What::Phase { phase } => {
                self.phase.set_prefix(narrator.phase(*phase));
                self.phase.set_message("");
                self.phase.reset_elapsed();
            }
            // The line of a step that runs says it already.
            What::StepStarted { step, attempt: 1 } => return self.begin(step, narrator),
            What::StepEnded { step, .. } => self.end(step),
            What::Sample(_) => self.services.set_message(services(narrator)),
            _ => {}
        }
        if let Some(line) = line {
            // A terminal that went away is no reason to end a rehearsal.
            let _ = self.all.println(line);
        }
    }

    pub(super) fn finish(self) {
        let _ = self.all.clear();
    }

    fn begin(&mut self, step: &StepId, narrator: &Narrator) {
        let bar = self.all.add(spinner("  {spinner} {prefix} {elapsed:.dim} {wide_msg:.dim}"));
        bar.set_prefix(step.to_string());
        bar.set_message(narrator.summary(step).to_owned());
        self.steps.insert(step.clone(), bar);
    }

    fn end(&mut self, step: &StepId) {
        if let Some(bar) = self.steps.shift_remove(step) {
            bar.finish_and_clear();
            self.all.remove(&bar);
        }
    }
}

fn services(narrator: &Narrator) -> String {
    let words: Vec<_> = narrator
        .services()
        .map(|(id, state)| match state.up {
            Some(true) => format!("{} {id}", "●".green()),
            Some(false) => format!("{} {id}", "✗".red()),
            None => format!("{} {id}", "○".dimmed()),
        })
        .collect();
    words.join("  ")
}

fn spinner(template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).expect("the template is well formed");
    let bar = ProgressBar::new_spinner().with_style(style);
    bar.enable_steady_tick(TICK);
    bar
}
