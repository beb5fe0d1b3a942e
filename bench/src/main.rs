//! The probes alone, in a process of their own, against small servers in another one: what each
//! costs this process, and how many a second it holds. And rehearsals in the simulator, one after the
//! other. One line of JSON for each figure.

mod measure;
mod rehearse;
mod serve;

use std::{path::Path, process::ExitCode};

fn main() -> ExitCode {
    let done = match std::env::args().nth(1).as_deref() {
        Some("probe") => measure::all(),
        Some("sim") => rehearse::all(Path::new("scenarios/proxgroup")),
        Some("serve") => serve::until_nobody_listens(),
        _ => Err("usage: filage-bench probe, or sim".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("filage-bench: {error}");
            ExitCode::FAILURE
        }
    }
}
