//! Owns the proof that both worlds are one: the same scenario with the same arguments comes to the
//! same in the simulator and on real hosts, and what it predicts stands beside what was measured.
//! Must not know: how either world does anything.
//!
//! The simulator plays every case in each `cargo test`; real hosts play the short ones there, where
//! an engine answers, and all of them in `cargo xtask conformance`.

mod cases;
mod outcome;
mod struck;
mod table;
mod twins;

use std::fmt::Write as _;

use filage_tests::{
    rehearsal::{Played, play_in, try_play_in},
    turn::Turn,
};

use self::{
    cases::{CASES, Case},
    outcome::Outcome,
};

/// Names the words of which a case's title must have one; every title has the empty word.
const WANTED: &str = "FILAGE_CONFORMANCE";

/// Plays a case in the simulator.
fn simulate(case: &Case) -> Played {
    play_in("sim", (case.scenario)(), case.arguments)
}

#[test]
fn the_simulator_comes_to_what_is_written_down() {
    let mut all = String::new();
    for case in &CASES {
        let outcome = Outcome::of(&simulate(case));
        writeln!(all, "{}\n{}", case.title(), outcome.amiss()).expect("text takes more");
    }
    insta::assert_snapshot!("simulated", filage_tests::redact::redacted(&all, None));
}

#[test]
fn both_worlds_come_to_the_same() {
    let mut differences = String::new();
    let cases = chosen(std::env::var(WANTED).ok().as_deref());
    println!("{}", table::head());
    for case in &cases {
        let Some(turn) = Turn::of_one() else { return };
        let simulated = simulate(case);
        let real = match try_play_in("docker", (case.scenario)(), case.arguments) {
            Ok(real) => real,
            Err(it) => {
                println!("{}", table::not_played(case));
                let (title, why) = (case.title(), &it.said.stderr);
                differences += &format!("{title}\n  not played: {why}\n");
                continue;
            }
        };
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

/// The short cases, when nobody says which; all of them, or those with one of some words in their
/// title, when somebody does.
fn chosen(wanted: Option<&str>) -> Vec<&'static Case> {
    let is_chosen = |case: &&Case| match wanted {
        None => case.short,
        Some(words) => words.split(',').any(|word| case.title().contains(word)),
    };
    let chosen: Vec<&Case> = CASES.iter().filter(is_chosen).collect();
    assert!(!chosen.is_empty(), "no case has one of `{}` in its title", wanted.unwrap_or_default());
    chosen
}
