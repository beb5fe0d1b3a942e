//! Owns the proof that both worlds are one: the same scenario with the same arguments comes to the
//! same in the simulator and on real hosts, and what it predicts stands beside what was measured.
//! Must not know: how either world does anything.
//!
//! The simulator plays every case in each `cargo test`; real hosts play the short ones there, where
//! an engine answers, and all of them in `cargo xtask conformance`.

mod cases;
mod outcome;
mod table;
mod twins;

use std::fmt::Write as _;

use filage_tests::{
    rehearsal::{Played, play_in},
    turn::Turn,
};

use self::{
    cases::{CASES, Case},
    outcome::Outcome,
};

/// Names the words of which a case's title must have one, for who plays only some of all.
const WANTED: &str = "FILAGE_CONFORMANCE";

/// Plays a case, which is the same in every world.
fn play(case: &Case, world: &str) -> Played {
    play_in(world, (case.scenario)(), case.arguments)
}

#[test]
fn the_simulator_comes_to_what_is_written_down() {
    let mut all = String::new();
    for case in &CASES {
        let outcome = Outcome::of(&play(case, "sim"));
        writeln!(all, "{}\n{}", case.title(), outcome.amiss()).expect("text takes more");
    }
    insta::assert_snapshot!("simulated", filage_tests::redact::redacted(&all, None));
}

#[test]
fn short_cases_come_to_the_same_on_real_hosts() {
    for case in CASES.iter().filter(|case| case.short) {
        let Some(turn) = Turn::of_one() else { return };
        let (simulated, real) = (play(case, "sim"), play(case, "docker"));
        let differences = Outcome::of(&simulated).unlike(&Outcome::of(&real));
        assert!(
            differences.is_empty(),
            "{}:\n{differences}see `{}`",
            case.title(),
            real.kept().display()
        );
        real.assert_gone(&turn.engine);
    }
}

/// What `cargo xtask conformance` runs.
#[test]
#[ignore = "half an hour on real hosts: cargo xtask conformance"]
fn all_cases_come_to_the_same_on_real_hosts() {
    let wanted = std::env::var(WANTED).unwrap_or_default();
    let is_wanted =
        |case: &&Case| wanted.is_empty() || wanted.split(',').any(|it| case.title().contains(it));
    let cases: Vec<&Case> = CASES.iter().filter(is_wanted).collect();
    assert!(!cases.is_empty(), "no case has one of `{wanted}` in its title");
    println!("{}", table::head());
    let mut differences = String::new();
    for case in &cases {
        // Alone, as figures are taken.
        let turn = Turn::of_two().expect("`cargo xtask conformance` has seen to an engine");
        let (simulated, real) = (play(case, "sim"), play(case, "docker"));
        let differ = Outcome::of(&simulated).unlike(&Outcome::of(&real));
        print!("{}", table::rows(case, &simulated.verdict, &real.verdict, differ.is_empty()));
        if !differ.is_empty() {
            let kept = real.kept();
            differences += &format!("{}\n{differ}  see `{}`\n", case.title(), kept.display());
            continue;
        }
        real.assert_gone(&turn.engine);
    }
    let count = cases.len();
    assert!(differences.is_empty(), "the worlds differ:\n\n{differences}");
    println!("\n{count} cases, the same verdicts in both worlds");
}
