//! Words that differ from run to run, replaced, so that the rest can be compared.

use std::path::Path;

/// Replaces what differs: the run's id, addresses of the world, lengths of time, and a path. How short an
/// outage could go unseen around changes is told only where it is less than elsewhere, which is up to
/// the moment.
pub fn redacted(text: &str, path: Option<&Path>) -> String {
    let text = match path {
        Some(path) => text.replace(&path.display().to_string(), "[path]"),
        None => text.to_owned(),
    };
    let text: String = text.split_inclusive(|c: char| c.is_whitespace()).map(word).collect();
    text.replace("; under [time] around changes", "")
}

fn word(word: &str) -> String {
    let core = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let stands_for = if is_run(core) {
        "[run]"
    } else if core.starts_with("198.") && core.parse::<std::net::Ipv4Addr>().is_ok() {
        "[address]"
    } else if is_time(core) {
        "[time]"
    } else {
        return word.to_owned();
    };
    word.replace(core, stands_for)
}

/// Such as `20261122-113012-4f2a`.
fn is_run(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_hexdigit());
    parts.iter().map(|part| part.len()).eq([8, 6, 4]) && parts.into_iter().all(digits)
}

/// Such as `250ms`, `4.2s` or `10m`.
fn is_time(word: &str) -> bool {
    let number = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &word[number.len()..];
    ["ms", "s", "m", "h"].contains(&unit) && number.parse::<f64>().is_ok()
}
