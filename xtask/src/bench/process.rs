//! A process and what it cost, read from /proc while it runs.

use std::{
    fs,
    process::{Command, Stdio},
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
    let begun = now();
    let mut child =
        match command.current_dir(top()).stdout(Stdio::null()).stderr(Stdio::null()).spawn() {
            Ok(child) => child,
            Err(error) => return Err(Failure::new(format!("the program did not start: {error}"))),
        };
    let mut cost = Cost { wall: Duration::ZERO, processor: Duration::ZERO, memory_peak_bytes: 0 };
    loop {
        if let Some((processor, memory)) = look(child.id()) {
            cost.processor = processor;
            cost.memory_peak_bytes = memory;
        }
        match child.try_wait() {
            Ok(Some(status)) if status.success() => break,
            Ok(Some(status)) => {
                return Err(Failure::new(format!("the program ended with {status}")));
            }
            Ok(None) => pause(),
            Err(error) => return Err(Failure::new(error.to_string())),
        }
    }
    cost.wall = begun.elapsed();
    Ok(cost)
}

/// Processor time (user and system) and the peak of resident memory so far.
fn look(pid: u32) -> Option<(Duration, u64)> {
    /// What the kernel counts in, for user space, on every Linux.
    const TICKS_PER_SECOND: u64 = 100;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The program's name, in parentheses, may contain spaces.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = peak.split_whitespace().next()?.parse().ok()?;
    Some((Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND), kilobytes * 1024))
}
