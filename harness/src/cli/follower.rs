//! Who follows an exploration at a terminal.

use std::{
    io::{self, IsTerminal},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use super::exit::Exit;
use crate::explore::Watcher;

/// Shows how far it is, and ends it when the time is over or somebody presses Ctrl-C.
pub(super) struct Follower {
    began: Instant,
    most: Option<Duration>,
    interrupted: Arc<AtomicBool>,
    bar: Mutex<ProgressBar>,
}

impl Follower {
    #[expect(clippy::disallowed_methods, reason = "who waits for findings lives in real time")]
    pub(super) fn new(most: Option<Duration>) -> Self {
        let interrupted = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&interrupted);
        let handler = move || {
            if asked.swap(true, Ordering::Relaxed) {
                std::process::exit(Exit::Unknown as i32);
            }
            eprintln!("interrupted: ending with what was found so far; once more leaves at once");
        };
        ctrlc::set_handler(handler).expect("a process explores once");
        Self { began: Instant::now(), most, interrupted, bar: Mutex::new(ProgressBar::hidden()) }
    }

    /// Leaves the terminal as it was. Returns how many seconds it took.
    pub(super) fn finish(&self) -> f64 {
        self.bar.lock().expect("no holder panics").finish_and_clear();
        self.began.elapsed().as_secs_f64()
    }
}

impl Watcher for Follower {
    fn begins(&self, what: &str, count: usize) {
        let mut bar = self.bar.lock().expect("no holder panics");
        bar.finish_and_clear();
        if !io::stderr().is_terminal() {
            eprintln!("{count} {what}");
            return;
        }
        let style = "{msg:>20} {wide_bar} {human_pos}/{human_len}, {per_sec}, {eta} left";
        let style = ProgressStyle::with_template(style).expect("the template is well formed");
        *bar = ProgressBar::new(count as u64).with_style(style).with_message(what.to_owned());
    }

    fn played(&self) {
        self.bar.lock().expect("no holder panics").inc(1);
    }

    fn is_over(&self) -> bool {
        let late = || self.most.is_some_and(|most| self.began.elapsed() >= most);
        self.is_interrupted() || late()
    }

    fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}
