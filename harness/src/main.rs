//! The `filage` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    filage::cli::main()
}
