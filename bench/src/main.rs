//! What `cargo xtask bench` measures in a process of its own. The probes alone, against small servers
//! in another one: what each costs this process, and how many a second it holds. Rehearsals in the
//! simulator, one after the other; how long a schedule takes to become small; and how it grows with the number of services. Lines of JSON.

mod explore;
mod growth;
mod measure;
mod rehearse;
mod serve;

use std::{path::Path, process::ExitCode};

/// That of the program that is measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["probe"] => measure::all(),
        ["sim"] => rehearse::all(Path::new("scenarios/proxgroup")),
        ["explore"] => explore::all(Path::new("scenarios/proxgroup")),
        ["serve"] => serve::until_nobody_listens(),
        ["growth", services] => services.parse().map_err(Into::into).and_then(growth::of),
        _ => Err("usage: filage-bench probe, sim, explore, or growth SERVICES".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("filage-bench: {error}");
            ExitCode::FAILURE
        }
    }
}
