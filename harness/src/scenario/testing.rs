//! Scenarios of tests, in a folder that has every file.

use super::{FileKind, Files, Scenario, parse};

/// That folder.
pub(crate) struct Anything;

impl Files for Anything {
    fn kind(&self, path: &str) -> FileKind {
        match path.contains('.') || path.ends_with("Dockerfile") {
            true => FileKind::File,
            false => FileKind::Folder,
        }
    }
}

/// The scenario that a text is, which must be without a mistake.
pub(crate) fn scenario(text: &str) -> Scenario {
    let scenario = parse("scenario.yaml", text.as_bytes(), &Anything);
    scenario.unwrap_or_else(|mistakes| panic!("{}", mistakes.plain()))
}
