//! Standard output: the result, in the format that was asked for, and nothing else.

use std::io::{self, IsTerminal, Write};

/// Prints the result. A reader that went away has read enough.
pub(super) fn print(text: &str) {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    if let Err(error) = written
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        eprintln!("cannot write the result: {error}");
    }
}

/// Prints a value as JSON.
pub(super) fn print_json(value: &impl serde::Serialize) {
    let text = serde_json::to_string_pretty(value).expect("results are made of plain values");
    print(&format!("{text}\n"));
}

/// Whether the reader sees colours. See <https://no-color.org>.
pub(super) fn colour() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stdout().is_terminal() && !refused
}
