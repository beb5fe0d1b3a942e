//! Both worlds beside each other: every case of tests/conformance.

use crate::{
    engine,
    shell::{Failure, cargo, cargo_command, run},
};

/// Plays the cases whose title contains one of these words, or all.
pub(crate) fn conformance(cases: &[String]) -> Result<(), Failure> {
    engine::ensure_running()?;
    // The tests call the program as a user does, so it has to be there before they start.
    cargo(&["build", "--workspace"])?;
    let mut tests = cargo_command();
    tests.args(["test", "--quiet", "--package", "filage-tests", "--test", "filage", "--"]);
    tests.args(["--exact", "--nocapture", "conformance::both_worlds_come_to_the_same"]);
    run(tests.env("FILAGE_CONFORMANCE", cases.join(",")))
}
