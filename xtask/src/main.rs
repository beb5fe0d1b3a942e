//! The chores of this repository: `cargo xtask NAME`.

mod bench;
mod conformance;
mod engine;
mod random;
mod shell;
mod soak;

use std::process::{Command, ExitCode};

use clap::{Parser, Subcommand};

use shell::{Failure, cargo, cargo_command, filage};

/// The chores of this repository.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Build what is missing, and rehearse scenarios/proxgroup: on real containers, or, where no Docker
    /// Engine can be had, in the simulator.
    Rehearse {
        /// What else to hand to `filage run`, such as `--no-faults`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Run every test, the container tests included.
    Test {
        /// What else to hand to `cargo test`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// What CI runs: format, lints, the core alone, every test.
    Ci,
    /// Play every case of tests/conformance in both worlds, and print predicted beside measured
    /// downtimes; it fails when the worlds differ.
    Conformance {
        /// Only the cases whose title contains one of these.
        cases: Vec<String>,
    },
    /// Play random scenarios in the simulator, and check what must hold for all of them.
    Random {
        /// How many.
        #[arg(default_value_t = 10_000)]
        times: u32,
    },
    /// Play scenarios/proxgroup with so many seeds, each twice: the histories must be the same, byte
    /// for byte.
    Determinism {
        /// How many.
        #[arg(default_value_t = 10_000)]
        seeds: u32,
    },
    /// Write the JSON Schemas to harness/schema.
    Schema,
    /// Measure; print a table and write target/bench.json.
    Bench {
        /// Only the figures whose name contains this, and those that are taken along with them.
        name: Option<String>,
    },
    /// Rehearse one scenario many times; it must pass each time.
    Soak {
        /// How often.
        #[arg(default_value_t = 20)]
        times: u32,
        /// The scenario's folder.
        #[arg(default_value = "tests/scenarios/shelf")]
        scenario: String,
        /// What else to hand to `filage run`.
        #[arg(last = true)]
        arguments: Vec<String>,
    },
}

fn main() -> ExitCode {
    let result = match Arguments::parse().chore {
        Chore::Rehearse { arguments } => rehearse(&arguments),
        Chore::Test { arguments } => test(&arguments),
        Chore::Ci => ci(),
        Chore::Schema => schema(),
        Chore::Conformance { cases } => conformance::conformance(&cases),
        Chore::Random { times } => random::random(times),
        Chore::Determinism { seeds } => random::determinism(seeds),
        Chore::Soak { times, scenario, arguments } => soak::soak(times, &scenario, &arguments),
        Chore::Bench { name } => bench::run(name.as_deref().unwrap_or_default()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::from(failure.code)
        }
    }
}

fn rehearse(arguments: &[String]) -> Result<(), Failure> {
    if let Err(none) = engine::ensure_running() {
        eprintln!("for a rehearsal on real hosts: {none}");
    }
    cargo(&["build", "--workspace"])?;
    let mut command = filage("debug");
    // Where no engine answers, the program simulates, and says what that cannot prove.
    command.args(["run", "scenarios/proxgroup", "--world", "auto"]).args(arguments);
    shell::run(&mut command)
}

fn test(arguments: &[String]) -> Result<(), Failure> {
    build_for_tests()?;
    shell::run(&mut all_tests(arguments))
}

/// How long all tests may take in CI: one that hangs is named before CI gives up without a word.
const CI_TESTS: &str = "70m";
/// What `timeout` says when the time was up.
const TIME_IS_UP: u8 = 124;

fn test_in_ci() -> Result<(), Failure> {
    build_for_tests()?;
    shell::run(&mut shell::bounded(&all_tests(&[]), CI_TESTS)).map_err(|failure| match failure.code {
        TIME_IS_UP => Failure::new(format!(
            "the tests did not end within {CI_TESTS}: whichever is announced above and has no result hangs"
        )),
        _ => failure,
    })
}

fn build_for_tests() -> Result<(), Failure> {
    engine::ensure_running()?;
    // The tests call the program as a user does, so it has to be there before they start.
    cargo(&["build", "--workspace"])
}

fn all_tests(arguments: &[String]) -> Command {
    let mut tests = cargo_command();
    tests.args(["test", "--workspace"]).args(arguments);
    tests
}

fn ci() -> Result<(), Failure> {
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    // The core knows neither Docker nor a command line.
    cargo(&["clippy", "-p", "filage", "--no-default-features", "--lib", "--", "-D", "warnings"])?;
    test_in_ci()
}

fn schema() -> Result<(), Failure> {
    cargo(&["build", "--workspace"])?;
    for name in ["scenario", "overlay", "verdict"] {
        let file = format!("{name}-1.json");
        let output = shell::output(filage("debug").args(["schema", name]))?;
        shell::write(&format!("harness/schema/{file}"), &output)?;
    }
    Ok(())
}
