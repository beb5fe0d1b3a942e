//! What a scenario's folder gives to hosts: files, and folders with all that is below them.

use std::{fs, io, os::unix::fs::PermissionsExt, path::Path};

use super::{Error, client::Upload};

/// What one entry of a scenario may hold. More is a mistake: it all goes through memory.
const MAX_FILES: usize = 10_000;
const MAX_BYTES: usize = 256 << 20;

/// The file at `source` in the scenario's folder, to be `target` on a host, or all files below the
/// folder there. A file keeps its permission to be executed, and nothing else of its mode.
pub(super) fn read(scenario: &Path, target: &str, source: &str) -> Result<Vec<Upload>, Error> {
    let top = scenario.join(source);
    let (mut files, mut bytes) = (vec![], 0);
    let mut left = vec![(top.clone(), target.to_owned())];
    while let Some((path, target)) = left.pop() {
        let failed = |source| Error::File { path: path.clone(), source };
        if fs::metadata(&path).map_err(failed)?.is_dir() {
            for entry in fs::read_dir(&path).map_err(failed)? {
                left.push(below(&entry.map_err(failed)?, &target).map_err(failed)?);
            }
            continue;
        }
        let file = file(&path, &target).map_err(failed)?;
        bytes += file.content.len();
        files.push(file);
        if files.len() > MAX_FILES || bytes > MAX_BYTES {
            return Err(Error::Said(format!(
                "`{source}` has more than {MAX_FILES} files or {} MB; give it to the host in an \
                 image, or let a script make it",
                MAX_BYTES >> 20
            )));
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

/// An entry of a folder, and where it goes. A link might lead out of the scenario's folder.
fn below(entry: &fs::DirEntry, target: &str) -> io::Result<(std::path::PathBuf, String)> {
    let kind = entry.file_type()?;
    if !kind.is_file() && !kind.is_dir() {
        let name = entry.path();
        let text = format!("`{}` is neither file nor folder; put a file there", name.display());
        return Err(io::Error::other(text));
    }
    let name = entry.file_name();
    let name = name.to_str().ok_or_else(|| io::Error::other("a name in it is not UTF-8"))?;
    Ok((entry.path(), format!("{target}/{name}")))
}

fn file(path: &Path, target: &str) -> io::Result<Upload> {
    let executable = fs::metadata(path)?.permissions().mode() & 0o111 != 0;
    let mode = if executable { 0o755 } else { 0o644 };
    Ok(Upload::file(target, fs::read(path)?).mode(mode))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_goes_to_the_host_with_all_that_is_below_it() {
        let scenario = tempfile::tempdir().unwrap();
        let at = |path: &str| scenario.path().join(path);
        fs::create_dir_all(at("files/site/deep")).unwrap();
        fs::write(at("files/site/index.html"), "hi").unwrap();
        fs::write(at("files/site/deep/run me"), "#!/bin/sh").unwrap();
        fs::set_permissions(at("files/site/deep/run me"), PermissionsExt::from_mode(0o700))
            .unwrap();
        let found = read(scenario.path(), "/srv/www", "files/site").unwrap();
        let told: Vec<_> = found.iter().map(|file| (file.path.as_str(), file.mode)).collect();
        assert_eq!(told, [("/srv/www/deep/run me", 0o755), ("/srv/www/index.html", 0o644)]);
        assert_eq!(found[1].content, b"hi");

        let one = read(scenario.path(), "/etc/motd", "files/site/index.html").unwrap();
        assert_eq!((one.len(), one[0].path.as_str()), (1, "/etc/motd"));
    }

    #[test]
    fn a_link_in_a_folder_is_not_followed_out_of_the_scenario() {
        let scenario = tempfile::tempdir().unwrap();
        fs::create_dir(scenario.path().join("files")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", scenario.path().join("files/x")).unwrap();
        let error = read(scenario.path(), "/srv", "files").unwrap_err();
        assert!(error.in_words().contains("neither file nor folder"), "{}", error.in_words());
    }
}
