//! The engine against a world that does what a script says, in virtual time.

mod ends;
mod fake;
mod faults;
mod paces;
mod plans;
mod random;
mod rollback;
mod schedule;
mod slips;
mod steps;
mod writers;

use std::{io, rc::Rc};

use self::fake::{Fake, Play, Safe, Script};
use super::{EngineError, rehearse};
use crate::{
    base::{ServiceId, StoryTime},
    history::{Begin, Ending, Memory, Record, Sink, StepOutcome, What},
    plan::Plan,
    world::Pace,
};

/// A rehearsal that was played.
struct Played {
    ending: Result<Ending, EngineError>,
    records: Vec<Record>,
    log: Vec<String>,
    torn_down: usize,
    waits: usize,
    most_steps: usize,
    paces: Vec<(StoryTime, ServiceId, Pace)>,
}

fn play(plan: &Plan, script: Script) -> Played {
    play_into(plan, script, usize::MAX)
}

/// Plays with a sink that takes so many records.
fn play_into(plan: &Plan, script: Script, room: usize) -> Played {
    let mut world = Fake::new(plan, script);
    let safe = Rc::clone(&world.safe);
    let mut sink = Full { memory: Memory::default(), room, unsafe_writes: vec![], safe };
    let ending = rehearse("run-1", &plan.clone().into(), &mut world, &mut sink);
    Played {
        ending,
        records: sink.memory.records,
        log: world.log,
        torn_down: world.torn_down,
        waits: world.waits,
        most_steps: world.most_steps,
        paces: world.paces,
    }
}

/// A sink with an end.
struct Full {
    memory: Memory,
    room: usize,
    unsafe_writes: Vec<(ServiceId, u64)>,
    safe: Safe,
}

impl Full {
    fn take_room(&mut self) -> io::Result<()> {
        self.room = self.room.checked_sub(1).ok_or(io::ErrorKind::StorageFull)?;
        Ok(())
    }
}

impl Sink for Full {
    fn begin(&mut self, begin: &Begin) -> io::Result<()> {
        self.take_room()?;
        self.memory.begin(begin)
    }
    fn record(&mut self, record: &Record) -> io::Result<()> {
        self.take_room()?;
        if let What::Written(write) = &record.what {
            self.unsafe_writes.push((write.service.clone(), write.number));
        }
        self.memory.record(record)
    }
    fn sync(&mut self) -> io::Result<()> {
        self.take_room()?;
        self.safe.borrow_mut().extend(self.unsafe_writes.drain(..));
        Ok(())
    }
}

impl Played {
    /// What happened, a line each, without the samples and what steps print.
    fn told(&self) -> String {
        let lines = self.records.iter().filter_map(|record| {
            Some(format!("{:>8.1} {}", record.at.as_seconds(), words(&record.what)?))
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The same between the phases `migrate` and `settle`.
    fn migration(&self) -> String {
        let told = self.told();
        let all = told.lines().skip_while(|line| !line.ends_with("phase Migrate"));
        all.take_while(|line| !line.ends_with("phase Settle")).collect::<Vec<_>>().join("\n")
    }

    /// What happened to one step or fault.
    fn about(&self, id: &str) -> Vec<String> {
        let words = self.records.iter().filter_map(|record| words(&record.what));
        words.filter(|line| line.split([' ', ':']).any(|word| word == id)).collect()
    }

    fn at(&self, line: &str) -> StoryTime {
        let found =
            self.records.iter().find(|it| words(&it.what).is_some_and(|it| it.starts_with(line)));
        found.unwrap_or_else(|| panic!("no `{line}` in\n{}", self.told())).at
    }

    fn has(&self, line: &str) -> bool {
        self.records.iter().any(|it| words(&it.what).is_some_and(|it| it.starts_with(line)))
    }

    /// How each step ended at last, in the order of their ends.
    fn outcomes(&self) -> Vec<(String, StepOutcome)> {
        let mut last = crate::base::IndexMap::default();
        for record in &self.records {
            if let What::StepEnded { step, outcome, .. } = &record.what {
                last.shift_remove(step.as_str());
                last.insert(step.as_str().to_owned(), *outcome);
            }
        }
        last.into_iter().collect()
    }

    fn detail_of_end(&self) -> &str {
        match self.records.last().map(|record| &record.what) {
            Some(What::End { detail, .. }) => detail,
            other => panic!("the last record is {other:?}"),
        }
    }
}

fn words(what: &What) -> Option<String> {
    let line = match what {
        What::Phase { phase } => format!("phase {phase:?}"),
        What::StepStarted { step, attempt } => format!("start {step} {attempt}"),
        What::StepOutput { .. } | What::Sample(_) | What::Written(_) => return None,
        What::Read(read) => format!("read {} on {}: {}", read.service, read.host, read.found),
        What::StepEnded { step, outcome, detail } => format!("{outcome:?} {step}: {detail}"),
        What::Fault { fault, stage, detail } => format!("{stage:?} {fault}: {detail}"),
        What::Passed { by_micros } => format!("passed {}", StoryTime(*by_micros).as_seconds()),
        What::Observed { check, round, found } => format!("{round:?} {check}: {found}"),
        What::EgressUnseen { why } => format!("egress unseen: {why}"),
        What::EgressRefused(refused) => format!("refused {} {}", refused.who, refused.name),
        What::End { ending, detail } => format!("end {ending:?}: {detail}"),
    };
    Some(line.trim_end().to_owned())
}
