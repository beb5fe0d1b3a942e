//! Triggers, menders, and faults that do not do as they should.

use super::{
    Play, Script, StepOutcome as O,
    plans::{network_down, plan, port_occupied, seconds, step},
    play,
};
use crate::{
    fault::{Kind, ReverseDnsMissing, ServiceNotEnabled, Trigger},
    history::{Ending, Phase},
    plan::Fate,
    probe::Client,
};

const ALL: [&str; 5] = ["Armed", "Injected", "BiteVerified", "Healed", "GoneVerified"];

fn stages(played: &super::Played, fault: &str) -> Vec<String> {
    let about = played.about(fault);
    about.iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
}

#[test]
fn faults_of_the_start_are_there_before_the_baseline_and_mended_by_their_steps() {
    let plan =
        plan([step("ticket", &[]), step("free-port", &["ticket"]), step("b", &["free-port"])])
            .fault("net", network_down(Trigger::Start).healed_by("ticket"))
            .fault("exim", port_occupied(Trigger::Start).healed_by("free-port"));
    insta::assert_snapshot!(play(&plan, Script::default()).told(), @r"
     0.0 phase Up
     1.0 Armed net: from the start
     1.0 Armed exim: from the start
     2.0 Injected net: inject net done
     2.0 Injected exim: inject exim done
     3.0 BiteVerified net: verify bite of net done
     3.0 BiteVerified exim: verify bite of exim done
     3.0 phase Baseline
     4.0 phase Migrate
     4.0 start ticket 1
     5.0 Passed ticket: step ticket done
     6.0 Healed net: heal net done
     7.0 GoneVerified net: verify net gone done
     7.0 start free-port 1
     8.0 Passed free-port: step free-port done
     9.0 Healed exim: healed by step `free-port`
     9.0 GoneVerified exim: verify exim gone done
     9.0 start b 1
    10.0 Passed b: step b done
    10.0 phase Heal
    10.0 phase Settle
    15.0 phase Check
    15.1 First port-443: listeners: 443 (nginx)
    15.1 phase Restart
    18.0 phase Recheck
    18.1 AfterRestart port-443: listeners: 443 (nginx)
    18.1 phase Down
    18.1 refused new example.org
    18.1 end Complete:
    ");
}

#[test]
fn each_trigger_strikes_at_its_time() {
    let steps = || {
        [step("a", &[]), step("b", &["a"]).within(5000), step("pause", &["b"]).waits(100)]
            .into_iter()
            .chain([step("c", &["pause"])])
    };
    let script = || Script::default().with("step b", &[Play::Done(10_000)]);
    for (trigger, after, not_after) in [
        (Trigger::Before("b".parse().unwrap()), "Passed a", "start b"),
        (Trigger::During("b".parse().unwrap()), "start b", "Passed b"),
        (Trigger::After("b".parse().unwrap()), "Passed b", "start pause"),
        (Trigger::At(seconds(3)), "start b", "Passed b"),
        (Trigger::At(seconds(60)), "start pause", "Passed pause"),
    ] {
        let played = play(&plan(steps()).fault("net", network_down(trigger.clone())), script());
        assert_eq!(stages(&played, "net"), ALL, "{trigger}");
        let bites = played.at("BiteVerified net");
        assert!(played.at(after) <= bites, "{trigger}: {}", played.told());
        assert!(bites <= played.at(not_after), "{trigger}: {}", played.told());
        assert!(played.at("Healed net") >= played.at("phase Heal"), "{trigger}");
        assert!(played.outcomes().iter().all(|(_, outcome)| *outcome == O::Passed));
    }
}

#[test]
fn a_fault_of_a_time_strikes_when_nothing_else_happens() {
    let plan = plan([step("a", &[])]).fault("net", network_down(Trigger::At(seconds(3))));
    let played = play(&plan, Script::default().with("step a", &[Play::Done(10_000)]));
    let injected = played.at("Injected net").since(played.at("phase Migrate"));
    assert_eq!(injected, seconds(4), "begun after 3 s, done a second later");
}

#[test]
fn a_fault_that_is_not_reached_stays_armed() {
    for trigger in [
        Trigger::At(seconds(1000)),
        Trigger::After("bad".parse().unwrap()),
        Trigger::Before("b".parse().unwrap()),
        Trigger::During("skipped".parse().unwrap()),
    ] {
        let plan = plan([
            step("skipped", &[]).fated(Fate::Skip),
            step("bad", &["skipped"]),
            step("b", &["bad"]),
        ]);
        let plan = plan.fault("net", network_down(trigger.clone()));
        let played = play(&plan, Script::default().with("step bad", &[Play::Fails(1)]));
        assert_eq!(stages(&played, "net"), ["Armed"], "{trigger}");
    }
}

#[test]
fn a_fault_that_is_left_out_does_not_appear() {
    let mut fault = network_down(Trigger::Start);
    fault.active = false;
    let played = play(&plan([step("a", &[])]).fault("net", fault), Script::default());
    assert_eq!(played.about("net"), Vec::<String>::new());
}

#[test]
fn a_fault_with_a_duration_is_healed_when_it_is_over() {
    let short = || plan([step("a", &[])]);
    let script = || Script::default().with("step a", &[Play::Done(20_000)]);
    for trigger in [Trigger::Start, Trigger::During("a".parse().unwrap())] {
        let plan = short().fault("net", network_down(trigger).lasts(5));
        let played = play(&plan, script());
        assert_eq!(stages(&played, "net"), ALL);
        let lasted = played.at("Healed net").since(played.at("Injected net"));
        assert_eq!(lasted, seconds(6), "begun after 5 s, done a second later");
        assert!(played.at("Healed net") < played.at("Passed a"));
    }
}

#[test]
fn a_wait_makes_no_fault_last_longer() {
    let hours = 10 * 3600;
    for trigger in [
        Trigger::Start,
        Trigger::Before("pause".parse().unwrap()),
        Trigger::During("pause".parse().unwrap()),
        Trigger::At(seconds(3600)),
    ] {
        let steps = [step("a", &[]), step("pause", &["a"]).waits(hours).within(30)];
        let plan = plan(steps).fault("net", network_down(trigger.clone()).lasts(60));
        let played = play(&plan, Script::default());
        assert_eq!(stages(&played, "net"), ALL, "{trigger}");
        let lasted = played.at("Healed net").since(played.at("Injected net"));
        assert!(lasted >= seconds(60) && lasted < seconds(63), "{trigger}: {lasted}");
        let waited = played.at("Passed pause").since(played.at("start pause"));
        assert!(waited >= seconds(hours) && waited < seconds(hours + 20), "{trigger}: {waited}");
    }
}

#[test]
fn a_fault_ends_during_the_baseline_when_its_time_is_over() {
    let plan = plan([step("a", &[])]).fault("net", network_down(Trigger::Start).lasts(5));
    let script = Script { outages: vec![("web", 0, 30)], ..Script::default() };
    let played = play(&plan, script);
    assert!(played.at("Healed net") < played.at("phase Migrate"));
    assert_eq!(stages(&played, "net"), ALL);
}

#[test]
fn faults_that_do_not_do_as_they_should_stop_no_migration() {
    for (broken, expected) in [
        ("inject exim", &["Armed", "InjectFailed"][..]),
        ("verify bite of exim", &["Armed", "Injected", "BiteNotSeen", "Healed", "GoneVerified"]),
        (
            "verify exim gone",
            &["Armed", "Injected", "BiteVerified", "GoneNotSeen", "Healed", "GoneNotSeen"],
        ),
        ("heal exim", &ALL),
    ] {
        for play_of in [Play::Fails(50), Play::Hangs(0), Play::Hangs(700_000)] {
            let plan = plan([step("a", &[]), step("free-port", &["a"]), step("b", &["free-port"])])
                .fault("exim", port_occupied(Trigger::Start).healed_by("free-port"));
            let played = play(&plan, Script::default().with(broken, &[play_of]));
            assert_eq!(stages(&played, "exim"), expected, "{broken} {play_of:?}");
            let outcomes = played.outcomes();
            assert!(outcomes.iter().all(|(_, outcome)| *outcome == O::Passed), "{outcomes:?}");
            assert_eq!(played.ending.unwrap(), Ending::Complete);
        }
    }
}

#[test]
fn a_step_that_does_not_mend_leaves_it_to_the_heal() {
    let plan = plan([step("free-port", &[]), step("b", &["free-port"])])
        .fault("exim", port_occupied(Trigger::Start).healed_by("free-port"));
    let script = Script::default();
    let once = [Play::Fails(1_000), Play::Done(1_000)];
    insta::assert_snapshot!(play(&plan, script.with("verify exim gone", &once)).migration(), @r"
    4.0 phase Migrate
    4.0 start free-port 1
    5.0 Passed free-port: step free-port done
    6.0 GoneNotSeen exim: verify exim gone failed
    6.0 start b 1
    7.0 Passed b: step b done
    7.0 phase Heal
    8.0 Healed exim: heal exim done
    9.0 GoneVerified exim: verify exim gone done
    ");
}

#[test]
fn a_healing_step_that_did_not_pass_heals_nothing() {
    for fate in [Fate::Skip, Fate::Play] {
        let plan = plan([step("ticket", &[]).goes_on().fated(fate), step("b", &["ticket"])])
            .fault("net", network_down(Trigger::Start).healed_by("ticket"));
        let played = play(&plan, Script::default().with("step ticket", &[Play::Fails(100)]));
        assert_eq!(stages(&played, "net"), ALL);
        let heal = played.records.iter().find(|record| {
            matches!(record.what, crate::history::What::Phase { phase: Phase::Heal })
        });
        assert!(played.at("Healed net") >= heal.unwrap().at);
    }
}

#[test]
fn a_heal_that_fails_is_tried_once_more_at_the_end() {
    let plan = plan([step("ticket", &[])])
        .fault("net", network_down(Trigger::Start).healed_by("ticket").lasts(3000));
    let played = play(&plan, Script::default().with("heal net", &[Play::Fails(100)]));
    let expected = ["Armed", "Injected", "BiteVerified", "HealFailed", "HealFailed"];
    assert_eq!(stages(&played, "net"), expected);
}

#[test]
fn a_step_before_which_a_fault_strikes_may_be_left_out() {
    for trigger in [Trigger::Before("a".parse().unwrap()), Trigger::After("a".parse().unwrap())] {
        let plan = plan([step("a", &[]).fated(Fate::Skip), step("b", &["a"])]);
        let played = play(&plan.fault("net", network_down(trigger)), Script::default());
        assert_eq!(stages(&played, "net"), ALL);
        assert!(played.at("BiteVerified net") <= played.at("start b 1"));
    }
}

#[test]
fn faults_compose() {
    let during = || Trigger::During("a".parse().unwrap());
    let plan = plan([step("a", &[]), step("ticket", &["a"]), step("b", &["ticket"])])
        .fault("one", network_down(during()).healed_by("ticket"))
        .fault("two", network_down(during()))
        .fault("three", port_occupied(Trigger::Before("ticket".parse().unwrap())));
    let played = play(&plan, Script::default());
    for fault in ["one", "two", "three"] {
        assert_eq!(stages(&played, fault), ALL, "{fault}");
    }
    assert!(played.at("GoneVerified one") <= played.at("start b 1"));
    assert!(played.at("Healed two") >= played.at("phase Heal"));
}

/// Mail that waits would get through if it were healed before, and a ticket that nobody opened would not be missed.
#[test]
fn what_shows_in_mail_lasts_until_the_writes_were_looked_for() {
    let nameless = || {
        let mut fault = network_down(Trigger::Start);
        fault.kind = Kind::ReverseDnsMissing(ReverseDnsMissing { on: "new".parse().unwrap() });
        fault
    };
    let healed_at = |fault, fate| {
        let steps = [step("ticket", &[]).fated(fate), step("b", &["ticket"])];
        let played = play(
            &plan(steps).written_from(Client::Fresh).fault("nameless", fault),
            Script::default(),
        );
        assert_eq!(stages(&played, "nameless"), ALL);
        (played.at("Healed nameless"), played)
    };
    let (healed, played) = healed_at(nameless().healed_by("ticket"), Fate::Play);
    assert!(healed <= played.at("start b"), "{}", played.told());
    for fault in [nameless(), nameless().healed_by("ticket")] {
        let (healed, played) = healed_at(fault, Fate::Skip);
        let read = played.at("phase Read");
        assert!(read <= healed && healed <= played.at("phase Down"), "{}", played.told());
    }
    let (healed, played) = healed_at(nameless().lasts(3000), Fate::Play);
    assert!(healed <= played.at("phase Settle"), "{}", played.told());
}

#[test]
fn what_shows_only_at_a_restart_lasts_until_after_it() {
    let mut forgotten = network_down(Trigger::After("a".parse().unwrap()));
    let (service, on) = ("web".parse().unwrap(), "new".parse().unwrap());
    forgotten.kind = Kind::ServiceNotEnabled(ServiceNotEnabled { service, on });
    let plan = plan([step("a", &[]), step("b", &["a"])]).fault("forgotten", forgotten);
    let played = play(&plan, Script::default());
    assert_eq!(stages(&played, "forgotten"), ALL);
    assert!(played.at("phase Recheck") <= played.at("BiteVerified forgotten"));
    assert!(played.at("GoneVerified forgotten") <= played.at("phase Down"));
}
