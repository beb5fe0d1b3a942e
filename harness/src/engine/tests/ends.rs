//! How rehearsals end: complete, early, or with nobody who writes it down.

use std::io;

use super::{
    EngineError, Fake, Play, Script, StepOutcome as O,
    plans::{network_down, plan, port_occupied, step},
    play, play_into, rehearse,
};
use crate::{
    expect::{Found, Listener},
    fault::Trigger,
    history::{self, Ending, What},
    plan::Plan,
};

/// A plan with something of everything.
fn rich() -> Plan {
    plan([
        step("a", &[]),
        step("retried", &["a"]).again(1, 5),
        step("pause", &["a"]).waits(600),
        step("slow", &["a"]).within(3).goes_on(),
        step("check", &["retried", "pause"]).checks(&[25, 443]),
        step("free-port", &["check"]),
        step("last", &["free-port", "slow"]),
    ])
    .fault("net", network_down(Trigger::During("a".parse().unwrap())).healed_by("check"))
    .fault("exim", port_occupied(Trigger::Start).healed_by("free-port"))
}

fn rich_script() -> Script {
    let script = Script::default().with("step retried", &[Play::Fails(300), Play::Done(300)]);
    script.with("step slow", &[Play::Hangs(12_000)])
}

#[test]
fn the_same_script_gives_the_same_history() {
    let (one, other) = (play(&rich(), rich_script()), play(&rich(), rich_script()));
    assert_eq!(one.records, other.records);
    assert_eq!(one.log, other.log);
    assert_eq!(one.ending.unwrap(), Ending::Complete);
    assert_eq!(one.torn_down, 1);
    let samples = one.records.iter().filter(|it| matches!(it.what, What::Sample(_))).count();
    assert!(samples > 10, "{samples}");
    let lines = one.records.iter().filter(|it| matches!(it.what, What::StepOutput { .. })).count();
    assert_eq!(lines, 6, "one for each attempt at a step of the world's");
}

#[test]
fn an_interruption_leads_straight_down_at_any_moment() {
    let whole = play(&rich(), rich_script());
    for at in 0..whole.waits {
        let script = Script { interrupt_at: Some(at), ..rich_script() };
        let played = play(&rich(), script);
        assert_eq!(played.ending.as_ref().unwrap(), &Ending::Interrupted, "at {at}");
        assert_eq!(played.torn_down, 1);
        assert_eq!(played.waits, at + 1, "nothing is waited for any more");
        assert_eq!(played.detail_of_end(), "somebody asked to stop");
        let is_down = |line: &&str| line.ends_with("phase Down");
        assert_eq!(played.told().lines().filter(is_down).count(), 1);
        if played.has("phase Migrate") {
            assert_eq!(played.outcomes().len(), 7, "at {at}: {}", played.told());
        }
        let same = played.records.iter().zip(&whole.records).take_while(|(a, b)| a == b).count();
        let after = &played.records[same..];
        let begun = |what: &What| matches!(what, What::StepStarted { .. } | What::Observed { .. });
        assert!(!after.iter().any(|it| begun(&it.what)), "at {at}: {}", played.told());
    }
}

#[test]
fn an_interruption_cancels_what_runs() {
    let plan = plan([step("a", &[]), step("b", &["a"])]);
    let waits = play(&plan, Script::default()).waits;
    let cancelled = (0..waits)
        .map(|at| play(&plan, Script { interrupt_at: Some(at), ..Script::default() }))
        .find(|played| played.has("NotReached a: broken off while it ran"))
        .expect("one of them strikes while `a` runs");
    assert_eq!(cancelled.log.last().unwrap(), "cancel step a");
    assert!(cancelled.has("NotReached b:"));
}

#[test]
fn the_world_is_taken_down_once_wherever_the_sink_fails() {
    let whole = play(&rich(), rich_script());
    for room in 0..=whole.records.len() {
        let played = play_into(&rich(), rich_script(), room);
        assert_eq!(played.torn_down, 1, "room for {room}");
        assert!(matches!(played.ending, Err(EngineError::Sink { .. })), "room for {room}");
        assert_eq!(played.records, whole.records[..room.saturating_sub(1)]);
    }
    let script = Script { leaves_something: true, ..rich_script() };
    let error = play_into(&rich(), script, 7).ending.unwrap_err();
    insta::assert_snapshot!(error, @"the history cannot be written (no storage space), and the world is not all gone");
}

#[test]
fn a_full_disk_ends_the_rehearsal_and_leaves_a_history_that_can_be_read() {
    let whole = written(usize::MAX).disk;
    for room in (0..whole.len()).step_by(997) {
        let Written { ending, torn_down, disk } = written(room);
        assert!(matches!(ending, Err(EngineError::Sink { .. })), "room for {room}");
        assert_eq!(torn_down, 1, "room for {room}");
        assert_eq!(disk, whole[..room], "nothing is written after it was full");
        match history::read(&disk[..]) {
            Ok(history) => assert!(history.cut, "room for {room}"),
            Err(error) => assert!(!disk.contains(&b'\n'), "room for {room}: {error}"),
        }
    }
}

#[test]
fn what_is_left_behind_is_told() {
    let script = Script { leaves_something: true, ..Script::default() };
    let played = play(&plan([step("a", &[])]), script.clone());
    assert_eq!(played.ending.as_ref().unwrap(), &Ending::WorldFailed);
    let left = "could not take everything down: a network is in use";
    assert_eq!(played.detail_of_end(), left);
    let played = play(&plan([]), script.with("up", &[Play::Fails(1)]));
    assert_eq!(played.detail_of_end(), format!("the world did not come up: up failed; {left}"));
}

#[test]
fn a_world_that_does_not_come_up_is_no_rehearsal() {
    for (play_of, why) in [
        (Play::Fails(500), "the world did not come up: up failed"),
        (Play::Hangs(0), "the world did not come up: not done within 1h: cancelled"),
        (Play::Hangs(700_000), "the world did not come up: not done within 1h"),
    ] {
        let played = play(&rich(), Script::default().with("up", &[play_of]));
        assert_eq!(played.ending.as_ref().unwrap(), &Ending::WorldFailed);
        assert_eq!(played.detail_of_end(), why);
        assert_eq!(played.torn_down, 1);
        assert_eq!(played.outcomes(), []);
        assert!(!played.has("phase Baseline"));
    }
}

#[test]
fn every_service_must_answer_before_the_migration() {
    let down = Script { outages: vec![("web", 0, 1000)], ..Script::default() };
    let mute = Script { mute: vec!["web"], ..Script::default() };
    for (script, why) in [(down, "connection refused"), (mute, "no probe came back")] {
        let played = play(&rich(), script);
        assert_eq!(played.ending.as_ref().unwrap(), &Ending::WorldFailed);
        let text = format!("service `web` did not answer before the migration: {why}");
        assert_eq!(played.detail_of_end(), text);
        let waited = played.at("phase Down").since(played.at("phase Baseline")).as_seconds();
        assert!((60.0..60.1).contains(&waited), "{waited}");
        assert!(!played.has("phase Migrate"));
    }
}

#[test]
fn a_service_may_need_a_moment_before_the_migration() {
    let script = Script { outages: vec![("web", 0, 40)], ..Script::default() };
    let played = play(&plan([step("a", &[])]), script);
    assert!(played.at("start a 1").as_seconds() > 41.0, "two answers in a row after 40 s");
    assert_eq!(played.ending.unwrap(), Ending::Complete);
}

#[test]
fn when_probing_breaks_the_rehearsal_ends() {
    let plan = plan([step("a", &[]), step("b", &["a"])]);
    let script = Script::default().with("probe", &[Play::Fails(2_500)]);
    let played = play(&plan, script.with("step a", &[Play::Done(5_000)]));
    assert_eq!(played.ending.as_ref().unwrap(), &Ending::WorldFailed);
    let why = "probe failed";
    assert_eq!(played.detail_of_end(), why);
    assert_eq!(
        played.outcomes(),
        [("a".into(), O::NotReached), ("b".into(), O::NotReached)],
        "{}",
        played.told()
    );
}

#[test]
fn not_settling_is_found_by_others() {
    let script = Script { outages: vec![("web", 3, 10_000)], ..Script::default() };
    let played = play(&plan([step("a", &[])]), script);
    let settled = played.at("phase Check").since(played.at("phase Settle")).as_seconds();
    assert!((30.0..30.1).contains(&settled), "{settled}");
    let restarted = played.at("phase Recheck").since(played.at("phase Restart")).as_seconds();
    assert!(restarted < 2.0, "what was down is not waited for after the restart: {restarted}");
    assert_eq!(played.ending.unwrap(), Ending::Complete);
}

#[test]
fn services_are_waited_for_after_the_restart() {
    let script = Script { outages: vec![("web", 9, 40), ("web", 60, 900)], ..Script::default() };
    let script = script.with("restart", &[Play::Done(4_000)]);
    let played = play(&plan([step("a", &[])]), script);
    assert!(played.at("phase Restart").as_seconds() < 12.0, "{}", played.told());
    assert!((41.0..43.0).contains(&played.at("phase Recheck").as_seconds()), "{}", played.told());
}

#[test]
fn hosts_that_do_not_restart_are_no_proof_of_anything() {
    let played =
        play(&plan([step("a", &[])]), Script::default().with("restart", &[Play::Fails(100)]));
    assert_eq!(played.ending.as_ref().unwrap(), &Ending::WorldFailed);
    assert_eq!(played.detail_of_end(), "the hosts did not restart: restart failed");
    assert!(played.has("First port-443"));
    assert!(!played.has("AfterRestart port-443"));
}

#[test]
fn the_end_state_gets_a_moment_and_only_the_last_finding_counts() {
    let words = "`new` listens on 443".to_owned();
    let closed = Found::Listeners(vec![]);
    let open = Found::Listeners(vec![Listener { port: 443, program: "caddy".to_owned() }]);
    let plan = plan([step("a", &[])]);

    let mut script = Script::default();
    let findings = vec![closed.clone(), open.clone(), closed.clone(), closed.clone(), open];
    script.findings.insert(words.clone(), findings);
    let played = play(&plan, script.clone());
    assert_eq!(
        played.about("port-443"),
        ["First port-443: listeners: 443 (caddy)", "AfterRestart port-443: listeners: 443 (caddy)"]
    );

    script.findings.insert(words, vec![closed]);
    let played = play(&plan, script);
    assert_eq!(
        played.about("port-443"),
        ["First port-443: no listener", "AfterRestart port-443: no listener"]
    );
    let looked = played.at("phase Restart").since(played.at("phase Check")).as_seconds();
    assert!((10.0..=11.0).contains(&looked), "{looked}");
    let looked = played.at("phase Down").since(played.at("phase Recheck")).as_seconds();
    assert!((20.0..=21.0).contains(&looked), "{looked}");
}

#[test]
fn even_a_bug_of_the_world_leaves_nothing_behind() {
    let plan = plan([step("a", &[]), step("b", &["a"])]);
    let script = Script::default().with("step a", &[Play::Twice]);
    let mut world = super::Fake::new(&plan, script);
    let mut sink = crate::history::Memory::default();
    let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        super::rehearse("run-1", &plan.clone().into(), &mut world, &mut sink)
    }));
    let panic = *played.unwrap_err().downcast::<String>().unwrap();
    assert!(panic.ends_with("ended, which is not under way"), "{panic}");
    assert_eq!(world.torn_down, 1);
}

/// A rehearsal written to a disk.
struct Written {
    ending: Result<Ending, EngineError>,
    torn_down: usize,
    disk: Vec<u8>,
}

/// Plays onto a disk with so much room.
fn written(room: usize) -> Written {
    let plan = rich();
    let mut world = Fake::new(&plan, rich_script());
    let mut disk = Disk { content: vec![], room };
    let ending =
        rehearse("run-1", &plan.clone().into(), &mut world, &mut history::Writer::new(&mut disk));
    Written { ending, torn_down: world.torn_down, disk: disk.content }
}

struct Disk {
    content: Vec<u8>,
    room: usize,
}

impl io::Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = bytes.len().min(self.room - self.content.len());
        if length == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.content.extend(&bytes[..length]);
        Ok(length)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
