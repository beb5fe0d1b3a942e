//! Owns where a scenario comes from: a folder with a `scenario.yaml`, and the files beside it.
//! Must not know: what is in them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{Base, FileKind, Files, Mistakes, Overlay, Scenario, Timings, parse, yaml};

/// The scenario's file in its folder.
const FILE: &str = "scenario.yaml";
/// How long its steps take, beside it.
pub const TIMINGS: &str = "timings.yaml";

/// Why there is no scenario.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum LoadError {
    /// There is nothing at the path.
    #[error("there is no folder `{}`", .path.display())]
    #[diagnostic(help("give the folder of a scenario, or its `scenario.yaml`"))]
    NoFolder {
        /// The path.
        path: PathBuf,
    },
    /// The folder is none of a scenario.
    #[error("the folder `{}` has no `scenario.yaml`", .path.display())]
    #[diagnostic(help("give the folder of a scenario, such as `scenarios/proxgroup`"))]
    NoScenario {
        /// The folder.
        path: PathBuf,
    },
    /// The file is there, but cannot be read.
    #[error("cannot read `{}`", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// There are mistakes in it.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Mistakes(#[from] Mistakes),
}

/// Reads the scenario of a folder; `path` may also be the scenario's file itself.
pub fn load(path: &Path) -> Result<Scenario, LoadError> {
    let file = find(path)?;
    let bytes =
        read(&file).map_err(|source| LoadError::Unreadable { path: file.clone(), source })?;
    let folder =
        Folder::of(&file).map_err(|source| LoadError::Unreadable { path: file.clone(), source })?;
    Ok(parse(&file.display().to_string(), &bytes, &folder)?)
}

/// The timings of a scenario, where its folder has some.
pub fn load_timings(path: &Path, scenario: &Scenario) -> Result<Option<Timings>, LoadError> {
    let file = find(path)?.with_file_name(TIMINGS);
    let bytes = match read(&file) {
        Ok(bytes) => bytes,
        Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(LoadError::Unreadable { path: file, source }),
    };
    Ok(Some(Timings::parse(&file.display().to_string(), &bytes, scenario)?))
}

/// Reads what lies over the scenario of a folder.
pub fn load_overlay(
    path: &Path,
    overlay: &Path,
    scenario: &Scenario,
) -> Result<Overlay, LoadError> {
    let unreadable = |file: &Path| {
        let path = file.to_owned();
        move |source| LoadError::Unreadable { path, source }
    };
    let file = find(path)?;
    let folder = Folder::of(&file).map_err(unreadable(&file))?;
    let text = read(&file).map_err(unreadable(&file))?;
    let bytes = read(overlay).map_err(unreadable(overlay))?;
    let base = Base::new(&text, scenario);
    Ok(Overlay::parse(&overlay.display().to_string(), &bytes, &base, &folder)?)
}

/// Complains of a scenario that has no way back, at its steps: none of them has an `undo`.
pub fn must_have_undo(path: &Path, scenario: &Scenario) -> Result<(), LoadError> {
    if scenario.steps.iter().any(|step| step.undo.is_some()) {
        return Ok(());
    }
    let file = find(path)?;
    let bytes =
        read(&file).map_err(|source| LoadError::Unreadable { path: file.clone(), source })?;
    Err(super::no_way_back(&file.display().to_string(), &bytes).into())
}

fn find(path: &Path) -> Result<PathBuf, LoadError> {
    if path.is_file() {
        return Ok(path.to_owned());
    }
    if !path.is_dir() {
        return Err(LoadError::NoFolder { path: path.to_owned() });
    }
    let file = path.join(FILE);
    match file.is_file() {
        true => Ok(file),
        false => Err(LoadError::NoScenario { path: path.to_owned() }),
    }
}

/// Reads a file, but no more of it than is needed to see that it is far too large.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    use io::Read;
    let mut bytes = vec![];
    fs::File::open(file)?.take(yaml::MAX_BYTES as u64 * 2).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The folder of a scenario on this machine.
#[derive(Debug)]
pub struct Folder {
    /// Without symbolic links, so that what leads out of it can be told.
    root: PathBuf,
}

impl Folder {
    /// The folder that a scenario's file is in.
    pub fn of(file: &Path) -> io::Result<Self> {
        let folder = file.canonicalize()?.parent().map(Path::to_owned);
        Ok(Self { root: folder.expect("a file is in a folder") })
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.root
    }
}

impl Files for Folder {
    fn kind(&self, path: &str) -> FileKind {
        let Ok(real) = self.root.join(path).canonicalize() else { return FileKind::Missing };
        match () {
            () if !real.starts_with(&self.root) => FileKind::Outside,
            () if real.is_dir() => FileKind::Folder,
            () if real.is_file() => FileKind::File,
            () => FileKind::Missing,
        }
    }
}
