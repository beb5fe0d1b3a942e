//! A panic is a bug of ours: it is caught, told, and has an exit code of its own. What was up is
//! taken down on the way.

use std::{
    panic::{self, AssertUnwindSafe, PanicHookInfo},
    path::{Path, PathBuf},
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use super::exit::Exit;

static RUN_FOLDER: OnceLock<PathBuf> = OnceLock::new();
/// Whether anything panicked, be it where a rehearsal could go on without it.
static PANICKED: AtomicBool = AtomicBool::new(false);

/// From now on a bug report should have this folder with it.
pub(super) fn belongs_to(run_folder: &Path) {
    // A process plays one rehearsal; a second folder would not be the one that is asked for.
    let _ = RUN_FOLDER.set(run_folder.to_owned());
}

/// Runs the program; a panic of it, on any thread, becomes [`Exit::Bug`].
pub(super) fn caught(program: impl FnOnce() -> Exit) -> Exit {
    panic::set_hook(Box::new(tell));
    let exit = panic::catch_unwind(AssertUnwindSafe(program));
    if PANICKED.load(Ordering::SeqCst) { Exit::Bug } else { exit.unwrap_or(Exit::Bug) }
}

fn tell(info: &PanicHookInfo<'_>) {
    PANICKED.store(true, Ordering::SeqCst);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_on_another_thread_is_a_bug_as_well() {
        let exit = caught(|| {
            let crash = std::thread::spawn(|| panic!("on purpose")).join();
            assert!(crash.is_err());
            Exit::Pass
        });
        // What other tests say when they fail is their own matter again.
        let _ = panic::take_hook();
        assert_eq!(exit, Exit::Bug);
    }
}
