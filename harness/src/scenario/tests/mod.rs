//! What becomes of texts, the broken ones above all.

mod broken;
mod good;
mod overlays;
mod places;
mod properties;
mod telling;

use super::{FileKind, Files, Mistakes, Scenario, parse};

/// A scenario that says everything at least once.
pub(crate) const GOOD: &str = include_str!("good.yaml");

/// The folder of the scenarios in these tests.
pub(crate) struct Fixture;

impl Files for Fixture {
    fn kind(&self, path: &str) -> FileKind {
        match path {
            "images/db" | "images/links" | "images/doh" | "images/empty" | "files" => {
                FileKind::Folder
            }
            "images/db/Dockerfile"
            | "images/links/Dockerfile"
            | "images/doh/Dockerfile"
            | "scripts/fill.sh"
            | "scripts/free-port-25.sh"
            | "files/motd"
            | "files/mail"
            | "files/mail.service" => FileKind::File,
            "files/link" => FileKind::Outside,
            _ => FileKind::Missing,
        }
    }
}

pub(crate) fn read(text: &str) -> Result<Scenario, Mistakes> {
    parse("scenario.yaml", text.as_bytes(), &Fixture)
}

/// What is told of a text with mistakes.
pub(super) fn told(text: &str) -> String {
    match read(text) {
        Ok(_) => "no mistake\n".to_owned(),
        Err(mistakes) => mistakes.plain().replace("scenario.yaml:", ""),
    }
}
