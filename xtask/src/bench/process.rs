//! A process and what it cost, read from /proc while it runs.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::{now, pause};
use crate::shell::{Failure, top};

/// What a process cost.
pub(super) struct Cost {
    pub(super) wall: Duration,
    pub(super) processor: Duration,
    pub(super) memory_peak_bytes: u64,
}

/// Runs a program to its end, which must be a success.
pub(super) fn measured(command: &mut Command) -> Result<Cost, Failure> {
    measured_with_code(command, 0)
}

/// Runs a program to its end, which must be with this exit code.
pub(super) fn measured_with_code(command: &mut Command, code: i32) -> Result<Cost, Failure> {
    let begun = now();
    let mut cost = Cost { wall: Duration::ZERO, processor: Duration::ZERO, memory_peak_bytes: 0 };
    watched(command, code, |child| {
        cost.processor = processor(child.id()).unwrap_or(cost.processor);
        cost.memory_peak_bytes = memory_peak(child.id()).unwrap_or(cost.memory_peak_bytes);
    })?;
    cost.wall = begun.elapsed();
    Ok(cost)
}

/// Runs a program to its end, which must be a success, and says how much of a processor it took
/// from the begin of a step of its history to the step's end.
pub(super) fn processor_during(
    command: &mut Command,
    history: &Path,
    step: &str,
) -> Result<f64, Failure> {
    let mut marks = vec![];
    let mut news = News { path: history, read: 0 };
    watched(command, 0, |child| {
        let event = ["step-started", "step-ended"].get(marks.len());
        if event.is_some_and(|event| news.tells(event, step))
            && let Some(processor) = processor(child.id())
        {
            marks.push((now(), processor));
        }
    })?;
    match marks.as_slice() {
        [(begun, before), (ended, after)] => {
            Ok((*after - *before).as_secs_f64() / (*ended - *begun).as_secs_f64())
        }
        _ => Err(Failure::new(format!("step `{step}` was not seen to begin and to end"))),
    }
}

/// What is new in a history that is being written, a whole line at once.
struct News<'a> {
    path: &'a Path,
    read: u64,
}

impl News<'_> {
    /// Whether a new line tells this of a step.
    fn tells(&mut self, event: &str, step: &str) -> bool {
        let (event, step) = (format!("\"event\":\"{event}\""), format!("\"step\":\"{step}\""));
        let text = self.text().unwrap_or_default();
        text.lines().any(|line| line.contains(&event) && line.contains(&step))
    }

    fn text(&mut self) -> io::Result<String> {
        let mut file = File::open(self.path)?;
        file.seek(SeekFrom::Start(self.read))?;
        let mut text = String::new();
        self.read += file.read_to_string(&mut text)? as u64;
        Ok(text)
    }
}

/// Runs a program to its end, which must be a success, and looks at it all the while.
fn watched(command: &mut Command, code: i32, mut look: impl FnMut(&Child)) -> Result<(), Failure> {
    let silent = command.current_dir(top()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = silent
        .spawn()
        .map_err(|error| Failure::new(format!("the program did not start: {error}")))?;
    loop {
        look(&child);
        match child.try_wait() {
            Ok(Some(status)) if status.code() == Some(code) => return Ok(()),
            Ok(Some(status)) => {
                return Err(Failure::new(format!("the program ended with {status}")));
            }
            Ok(None) => pause(),
            Err(error) => return Err(Failure::new(error.to_string())),
        }
    }
}

/// Processor time so far, user and system.
fn processor(pid: u32) -> Option<Duration> {
    /// What the kernel counts in, for user space, on every Linux.
    const TICKS_PER_SECOND: u64 = 100;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The program's name, in parentheses, may contain spaces.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND))
}

/// The peak of resident memory so far.
fn memory_peak(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = peak.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}
