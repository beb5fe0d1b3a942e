//! When is written, what is safe before the next write, and what is read at the end.

use super::{
    EngineError, Play, Played, Script,
    plans::{id, plan, step},
    play, play_into,
};
use crate::{
    base::StoryTime,
    history::{Ending, Held, What, Write},
    plan::{Fate, Plan},
    probe::Client,
    writer::Told,
};

/// `web` moves to `new` and is written to all along.
fn written() -> Plan {
    plan([step("start", &[])]).written_from(Client::Fresh)
}

fn script() -> Script {
    let found = |numbers: std::ops::Range<u64>| Held::Writes(numbers.collect());
    let holdings = [(("web", "new"), found(0..40)), (("web", "old"), found(0..3))].into();
    Script { holdings, ..Script::default() }
}

fn writes(played: &Played) -> Vec<&Write> {
    let written = played.records.iter().filter_map(|record| match &record.what {
        What::Written(write) => Some(write),
        _ => None,
    });
    written.collect()
}

#[test]
fn is_written_from_the_baseline_to_the_settling_and_read_at_the_end() {
    let played = play(&written(), script());
    assert_eq!(played.ending.as_ref().unwrap(), &Ending::Complete, "{}", played.told());
    insta::assert_snapshot!(played.told(), @"
     0.0 phase Up
     1.0 phase Baseline
     2.0 phase Migrate
     2.0 start start 1
     3.0 Passed start: step start done
     3.0 phase Heal
     3.0 phase Settle
     9.0 phase Check
     9.1 First port-443: listeners: 443 (nginx)
     9.1 phase Restart
    12.0 phase Recheck
    12.1 AfterRestart port-443: listeners: 443 (nginx)
    12.1 phase Read
    12.2 read web on new: 40 writes
    12.3 read web on old: 3 writes
    12.3 phase Down
    12.3 refused new example.org
    12.3 end Complete:
    ");
    let writes = writes(&played);
    let numbers: Vec<u64> = writes.iter().map(|write| write.number).collect();
    assert_eq!(numbers, (0..numbers.len() as u64).collect::<Vec<_>>());
    let baseline = played.at("phase Baseline")..played.at("phase Migrate");
    assert!(baseline.contains(&writes[0].launched), "{:?}", writes[0]);
    let settle = played.at("phase Settle")..played.at("phase Check");
    assert!(settle.contains(&writes.last().unwrap().launched));
}

#[test]
fn each_write_is_on_disk_before_the_next_is_begun() {
    let played = play(&written(), script());
    let lines = played.log.iter().filter(|line| line.contains(" web "));
    let lines: Vec<_> = lines.filter(|line| !line.starts_with("read")).collect();
    assert!(lines.len() > 20, "{lines:?}");
    for (number, pair) in lines.chunks(2).enumerate() {
        assert_eq!(pair[0], &format!("write web {number}"));
        assert!(pair.get(1).is_none_or(|line| **line == format!("recorded web {number}")));
    }
}

#[test]
fn without_a_writer_nobody_writes_and_nobody_reads() {
    let played = play(&plan([step("start", &[])]), script());
    assert!(!played.log.iter().any(|line| line.contains("writ") || line.starts_with("read")));
    assert!(!played.has("phase Read"));
}

#[test]
fn a_writer_that_nobody_answers_before_the_migration_makes_no_rehearsal() {
    let script = Script { refusals: vec![("web", 0, 200)], ..script() };
    let played = play(&written(), script);
    assert_eq!(played.ending.as_ref().unwrap(), &Ending::WorldFailed, "{}", played.told());
    assert_eq!(
        played.detail_of_end(),
        "no write to service `web` was taken before the migration: refused"
    );
    assert!(!played.has("phase Migrate"));
}

#[test]
fn a_rehearsal_that_ends_early_is_read_too() {
    let beyond = step("beyond", &["start"]).fated(Fate::Beyond);
    let mut plan = plan([step("start", &[]), beyond]).written_from(Client::Fresh);
    plan.until = Some(id("start"));
    let played = play(&plan, script());
    let told = played.told();
    let end: Vec<_> = told.lines().skip_while(|line| !line.ends_with("phase Heal")).collect();
    insta::assert_snapshot!(end.join("\n"), @"
    3.0 phase Heal
    4.0 phase Read
    4.1 read web on new: 40 writes
    4.2 read web on old: 3 writes
    4.2 phase Down
    4.2 refused new example.org
    4.2 end Complete:
    ");
    assert_eq!(played.log.iter().filter(|line| *line == "stop writing").count(), 1);
}

#[test]
fn settling_waits_for_a_write_that_is_taken() {
    let script = Script { refusals: vec![("web", 3, 20)], ..script() };
    let played = play(&written(), script);
    let settle = played.at("phase Settle");
    let taken = |write: &Write| write.told == Told::Acknowledged && write.launched >= settle;
    assert!(writes(&played).into_iter().any(taken), "{}", played.told());
    assert!(played.at("phase Check") > StoryTime(20_000_000), "{}", played.told());
}

#[test]
fn what_cannot_be_read_is_told_with_its_reason() {
    let script = script()
        .with("read web on new", &[Play::Fails(100)])
        .with("read web on old", &[Play::Hangs(100)]);
    let played = play(&written(), script);
    assert!(played.has("read web on new: could not be read: read web on new failed"));
    assert!(played.has("read web on old: could not be read: nothing came of it within 2m"));
    assert_eq!(played.ending.unwrap(), Ending::Complete);
}

#[test]
fn writers_that_do_not_come_to_an_end_end_the_rehearsal() {
    let played = play(&written(), script().with("stop writing", &[Play::Hangs(100)]));
    assert_eq!(played.ending.as_ref().unwrap(), &Ending::WorldFailed);
    let why = "the writers did not come to an end: not done within 45s: cancelled";
    assert_eq!(played.detail_of_end(), why);
    assert!(!played.has("phase Check"));
}

#[test]
fn a_history_that_cannot_be_made_safe_ends_the_rehearsal() {
    let rooms = 0..play(&written(), script()).records.len() * 2;
    let ended = rooms.map(|room| play_into(&written(), script(), room));
    for played in ended {
        assert_eq!(played.torn_down, 1);
        let full = matches!(played.ending, Err(EngineError::Sink { .. }));
        assert!(full || played.ending.is_ok_and(|ending| ending == Ending::Complete));
    }
}
