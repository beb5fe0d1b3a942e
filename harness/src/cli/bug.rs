//! A panic is a bug of ours: it is caught, told, and has an exit code of its own. What was up is
//! taken down on the way.

use std::{
    panic::{self, AssertUnwindSafe, PanicHookInfo},
    path::{Path, PathBuf},
    sync::OnceLock,
};

use super::exit::Exit;

static RUN_FOLDER: OnceLock<PathBuf> = OnceLock::new();

/// From now on a bug report should have this folder with it.
pub(super) fn belongs_to(run_folder: &Path) {
    // A process plays one rehearsal; a second folder would not be the one that is asked for.
    let _ = RUN_FOLDER.set(run_folder.to_owned());
}

/// Runs the program; a panic of it becomes [`Exit::Bug`].
pub(super) fn caught(program: impl FnOnce() -> Exit) -> Exit {
    panic::set_hook(Box::new(tell));
    panic::catch_unwind(AssertUnwindSafe(program)).unwrap_or(Exit::Bug)
}

fn tell(info: &PanicHookInfo<'_>) {
    eprintln!("this is a bug in filage, not in your scenario: {info}");
    eprint!("please report it with the command that you ran and this text");
    match RUN_FOLDER.get() {
        Some(folder) => eprintln!(", and the folder `{}`", folder.display()),
        None => eprintln!(),
    }
    if std::env::var_os("RUST_BACKTRACE").is_some() {
        eprintln!("{}", std::backtrace::Backtrace::force_capture());
    }
}
