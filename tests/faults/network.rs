//! The faults of the network and of SSH.

use filage::check::Ruling;
use filage_tests::{
    rehearsal::{Played, play_in},
    scenario::Scenario,
    turn::Turn,
};

/// What somebody feels of a fault.
enum Felt {
    /// The service is down, or answers wrongly, because of it; the other one is not.
    ByOnly(&'static str),
    /// So are both.
    ByBoth,
    /// Answers are late.
    Late(&'static str),
    /// The step fails as long as it is there, with these words.
    ByStep(&'static str, &'static str),
    /// The step is slow.
    Slowly(&'static str),
}

use Felt::{ByBoth, ByOnly, ByStep, Late, Slowly};

/// The faults of the scenario.
const FAULTS: [(&str, Felt); 10] = [
    ("deaf", ByBoth),
    ("mute", ByBoth),
    ("lossy", Late("notes")),
    ("apart", ByOnly("front")),
    ("no-way-out", ByOnly("front")),
    ("far-away", Late("notes")),
    ("narrow", Slowly("transfer-notes")),
    ("tunnel", ByStep("look", "timed out")),
    ("no-ssh", ByStep("look", "Connection refused")),
    ("other-key", ByStep("look-at-old", "verification failed")),
];

#[test]
fn each_is_felt_in_the_simulator_and_then_gone() {
    let unhurt = play(&["--no-faults"], "sim");
    for (fault, felt) in &FAULTS {
        let played = play(&["--fault", fault], "sim");
        played.assert_bit_and_gone(fault);
        assert_felt(&played, fault, felt);
        if let Slowly(step) = felt {
            let (slow, quick) = (seconds(&played, step), seconds(&unhurt, step));
            assert!(slow > quick + 5.0, "{fault}: {slow} s, {quick} s without it");
        }
    }
}

#[test]
fn they_are_felt_on_real_hosts_and_healing_one_heals_no_other() {
    let Some(turn) = Turn::of_one() else { return };
    // Of those on one host, one ends while another goes on.
    let runs = [
        &["apart", "no-way-out", "tunnel", "no-ssh", "other-key"][..],
        &["deaf", "mute", "narrow"],
        &["far-away"],
    ];
    for faults in runs {
        let arguments: Vec<&str> = faults.iter().flat_map(|it| ["--fault", it]).collect();
        let played = play(&arguments, "docker");
        for fault in faults {
            played.assert_bit_and_gone(fault);
            let (_, felt) = FAULTS.iter().find(|(id, _)| id == fault).expect("it is one of them");
            // What is felt of several at once is whose comes first.
            match felt {
                ByStep(step, _) => assert!(played.step(step).attempts > 1, "{fault}"),
                felt => assert_felt(&played, fault, felt),
            }
        }
        assert_eq!(played.verdict.verdict, Ruling::Pass, "{}", played.reasons());
        played.assert_gone(&turn.engine);
    }
}

fn play(arguments: &[&str], world: &str) -> Played {
    play_in(world, Scenario::of_tests("faults-network"), arguments)
}

fn seconds(played: &Played, step: &str) -> f64 {
    let step = played.step(step);
    let [from, to] =
        [step.started_at, step.ended_at].map(|it| it.expect("it was played").0.as_seconds());
    to - from
}

#[track_caller]
fn assert_felt(played: &Played, fault: &str, felt: &Felt) {
    let is_felt = |service: &str| {
        let outages = &played.service(service).outages;
        let mut causes = outages.iter().flat_map(|outage| &outage.causes);
        causes.any(|cause| cause.id == fault)
    };
    match felt {
        ByBoth => assert!(is_felt("notes") && is_felt("front"), "{fault}"),
        ByOnly(service) => {
            let other = if *service == "front" { "notes" } else { "front" };
            assert!(is_felt(service), "{fault}: {:#?}", played.service(service));
            assert!(!is_felt(other), "{fault}: {:#?}", played.service(other));
        }
        Late(service) => {
            let samples = played.service(service).samples;
            assert!(is_felt(service) || samples.slow > 0, "{fault}: {samples:?}");
        }
        ByStep(step, words) => {
            let step = played.step(step);
            assert!(step.attempts > 1 && step.verdict == Ruling::Pass, "{fault}: {step:#?}");
            let told = format!("{:?}", played.records());
            assert!(told.contains(words), "{fault}: nobody said `{words}`");
        }
        Slowly(step) => assert_eq!(played.step(step).verdict, Ruling::Pass, "{fault}"),
    }
}
