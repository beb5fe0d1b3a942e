//! The folder that an image is built from.

use std::{borrow::Cow, collections::BTreeMap, fs, io, os::unix::fs::PermissionsExt, path::Path};

use include_dir::Dir;

use super::{DEFAULT_PARENT, ImageError};
use crate::docker::hash::Hasher;

/// What a folder may hold. More is a mistake: it all goes through memory.
const MAX_BYTES: usize = 256 << 20;
const MAX_FILES: usize = 10_000;
const DOCKERFILE: &str = "Dockerfile";

/// All files below a folder, by path.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Folder {
    /// For messages.
    path: std::path::PathBuf,
    files: BTreeMap<String, Entry>,
}

#[derive(Debug, PartialEq, Eq)]
struct Entry {
    executable: bool,
    content: Cow<'static, [u8]>,
}

impl Folder {
    /// Only a Dockerfile.
    pub(super) fn of_dockerfile(text: &str) -> Self {
        let entry = Entry { executable: false, content: Cow::Owned(text.into()) };
        Self { path: "generated".into(), files: [(DOCKERFILE.to_owned(), entry)].into() }
    }

    /// A folder in the program itself. Modes are not in it: scripts are taken for programs.
    pub(super) fn embedded(dir: &Dir<'static>) -> Self {
        let mut found = Self { path: Path::new("images").join(dir.path()), ..Self::default() };
        let mut dirs = vec![dir.clone()];
        while let Some(next) = dirs.pop() {
            dirs.extend(next.dirs().cloned());
            for file in next.files() {
                let path = file.path().strip_prefix(dir.path()).expect("it is below");
                let content = Cow::Borrowed(file.contents());
                let executable = content.starts_with(b"#!");
                found.files.insert(path.display().to_string(), Entry { executable, content });
            }
        }
        found
    }

    /// A folder on disk.
    pub(super) fn read(path: &Path) -> Result<Self, ImageError> {
        let mut found = Self { path: path.to_owned(), ..Self::default() };
        let (mut folders, mut bytes) = (vec![path.to_owned()], 0);
        while let Some(folder) = folders.pop() {
            let failed = |source| ImageError::Read { path: folder.clone(), source };
            for entry in fs::read_dir(&folder).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                let kind = entry.file_type().map_err(failed)?;
                if kind.is_dir() {
                    folders.push(entry.path());
                    continue;
                }
                if !kind.is_file() {
                    return Err(found.not_an_image(format!(
                        "`{}` is neither file nor folder; put a file in its place",
                        entry.path().display()
                    )));
                }
                let file = read_file(&entry.path())
                    .map_err(|source| ImageError::Read { path: entry.path(), source })?;
                bytes += file.content.len();
                let name = entry.path();
                let name = name.strip_prefix(path).expect("it is below").display().to_string();
                found.files.insert(name, file);
                if bytes > MAX_BYTES || found.files.len() > MAX_FILES {
                    return Err(found.not_an_image(format!(
                        "it has more than {MAX_FILES} files or {} MB",
                        MAX_BYTES >> 20
                    )));
                }
            }
        }
        Ok(found)
    }

    /// The image that it stands on, by the value of `ARG BASE` in front of the first `FROM`;
    /// `None` where the Dockerfile does not ask.
    pub(super) fn parent(&self) -> Result<Option<&str>, ImageError> {
        let dockerfile =
            self.files.get(DOCKERFILE).map(|entry| std::str::from_utf8(&entry.content));
        let text = match dockerfile {
            Some(Ok(text)) => text,
            Some(Err(_)) => return Err(self.not_an_image("its Dockerfile is not UTF-8".to_owned())),
            None => return Err(self.not_an_image("it has no Dockerfile".to_owned())),
        };
        let mut lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("FROM "));
        Ok(lines.find_map(|line| match line.strip_prefix("ARG BASE")? {
            "" => Some(DEFAULT_PARENT),
            rest => rest.strip_prefix('=').map(|parent| parent.trim_matches('"')),
        }))
    }

    pub(super) fn hash(&self, hasher: &mut Hasher) {
        for (path, entry) in &self.files {
            hasher.field(path);
            hasher.field([u8::from(entry.executable)]);
            hasher.field(&entry.content);
        }
    }

    /// The folder as a tar archive.
    pub(super) fn pack(&self) -> io::Result<Vec<u8>> {
        let mut archive = tar::Builder::new(Vec::new());
        for (path, entry) in &self.files {
            let mut header = tar::Header::new_gnu();
            header.set_mode(if entry.executable { 0o755 } else { 0o644 });
            header.set_size(entry.content.len() as u64);
            archive.append_data(&mut header, path, entry.content.as_ref())?;
        }
        archive.into_inner()
    }

    /// Writes the folder to disk.
    pub(super) fn write(&self, to: &Path) -> io::Result<()> {
        for (path, entry) in &self.files {
            let path = to.join(path);
            fs::create_dir_all(path.parent().unwrap_or(to))?;
            fs::write(&path, &entry.content)?;
        }
        Ok(())
    }

    fn not_an_image(&self, problem: String) -> ImageError {
        ImageError::Folder { path: self.path.clone(), problem }
    }
}

fn read_file(path: &Path) -> io::Result<Entry> {
    let executable = fs::metadata(path)?.permissions().mode() & 0o111 != 0;
    Ok(Entry { executable, content: Cow::Owned(fs::read(path)?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_is_what_the_dockerfile_says() {
        let parent =
            |text: &str| Folder::of_dockerfile(text).parent().unwrap().map(ToOwned::to_owned);
        assert_eq!(parent("# x\nARG BASE=host\nFROM ${BASE}\n").as_deref(), Some("host"));
        assert_eq!(parent("ARG BASE\nFROM ${BASE}\n").as_deref(), Some("service"));
        assert_eq!(parent("FROM debian:12\nARG BASE=host\n"), None, "too late to matter");
        assert_eq!(parent("ARG BASEMENT=1\nFROM x\n"), None);
        let none = Folder::default().parent().unwrap_err();
        assert!(none.to_string().ends_with("it has no Dockerfile"), "{none}");
    }

    #[test]
    fn a_folder_on_disk_is_read_whole_with_what_can_be_run() {
        let disk = tempfile::tempdir().unwrap();
        let path = disk.path();
        fs::create_dir(path.join("bin")).unwrap();
        fs::write(path.join("Dockerfile"), "FROM x").unwrap();
        fs::write(path.join("bin/run"), "#!/bin/sh").unwrap();
        let before = Folder::read(path).unwrap();
        assert_eq!(before.files.keys().collect::<Vec<_>>(), ["Dockerfile", "bin/run"]);

        fs::set_permissions(path.join("bin/run"), PermissionsExt::from_mode(0o755)).unwrap();
        let after = Folder::read(path).unwrap();
        let hash = |folder: &Folder| {
            let mut hasher = Hasher::default();
            folder.hash(&mut hasher);
            hasher.finish()
        };
        assert_ne!(hash(&before), hash(&after), "whether it can be run matters");

        let packed = after.pack().unwrap();
        let mut archive = tar::Archive::new(packed.as_slice());
        let modes = archive.entries().unwrap().map(|entry| entry.unwrap().header().mode().unwrap());
        assert_eq!(modes.collect::<Vec<_>>(), [0o644, 0o755]);
    }

    #[test]
    fn what_is_no_plain_file_is_refused_by_name() {
        let disk = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/etc/passwd", disk.path().join("link")).unwrap();
        let error = Folder::read(disk.path()).unwrap_err().to_string();
        assert!(error.contains("link` is neither file nor folder"), "{error}");
    }
}
