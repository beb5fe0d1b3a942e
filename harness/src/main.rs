//! The `filage` program.

use std::process::ExitCode;

/// Rehearsals in the simulator ask for memory all the time, and get it sooner from this one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    filage::cli::main()
}
