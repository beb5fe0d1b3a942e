//! Owns what the user wrote: text in, value out, every mistake with its place.
//! Must not know: how a scenario is played.
//!
//! In reading order: [`model`](Scenario) is what can be written; `yaml` makes a `tree` of the
//! text, `read` (through `de`) a value of the tree, `validate` looks whether the value makes
//! sense; `mistake` is how all of them complain, `folder` where a scenario comes from.

mod de;
mod folder;
mod mistake;
mod model;
mod naming;
mod overlay;
mod read;
mod refuses;
mod schema;
mod suggest;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod text;
mod timings;
mod tree;
mod validate;
mod writer;
mod yaml;

pub use folder::{Folder, LoadError, TIMINGS, load, load_overlay, load_timings, must_have_undo};
pub use mistake::{Label, Mistake, Mistakes, Span};
pub use model::*;
pub use naming::{step_ids, undo_ids};
pub use overlay::{Base, Overlay};
pub use schema::{overlay_schema, schema};
pub use timings::{Spread, Timings};

pub(crate) use model::ABORT;
pub(crate) use naming::unique;
pub(crate) use suggest::hint;

/// The scenario's folder, as far as a scenario can be judged by it.
pub trait Files {
    /// What is at a path below the folder.
    fn kind(&self, path: &str) -> FileKind;
}

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Nothing.
    Missing,
    /// A file.
    File,
    /// A folder.
    Folder,
    /// Something outside of the scenario's folder, by a symbolic link.
    Outside,
}

/// Reads a scenario, or tells all the mistakes in it at once.
pub fn parse(file_name: &str, bytes: &[u8], files: &dyn Files) -> Result<Scenario, Mistakes> {
    let text = yaml::text(bytes)
        .map_err(|(shown, mistake)| Mistakes::new(file_name, &shown, vec![mistake]))?;
    let mut mistakes = vec![];
    let scenario = read_all(text, files, &mut mistakes);
    match scenario {
        Some(scenario) if mistakes.is_empty() => Ok(scenario),
        _ => Err(Mistakes::new(file_name, text, mistakes)),
    }
}

fn read_all(text: &str, files: &dyn Files, mistakes: &mut Vec<Mistake>) -> Option<Scenario> {
    let (mut tree, root) = yaml::read(text, mistakes)?;
    let scenario: Scenario = read::read(&mut tree, root, mistakes)?;
    validate::validate(&scenario, tree.at(root), files, mistakes);
    Some(scenario)
}

/// What is wrong with a scenario that is to be taken back and cannot be.
fn no_way_back(file_name: &str, bytes: &[u8]) -> Mistakes {
    let text = yaml::text(bytes).unwrap_or_default();
    let read = yaml::read(text, &mut vec![]);
    let span = read.map(|(tree, root)| tree.at(root).key("steps").key_span()).unwrap_or_default();
    let mistake = Mistake::new(span, "nothing can be taken back: no step has an `undo`")
        .help("give the steps that can be taken back an `undo`: what undoes them, in order");
    Mistakes::new(file_name, text, vec![mistake])
}
