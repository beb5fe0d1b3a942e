//! Files for containers, whether they run or not.
//!
//! A file under a memory file system of the container (`/run`) is silently lost by the engine.

use std::{collections::BTreeSet, path::Path};

use bollard::query_parameters::{ContainerArchiveInfoOptions, UploadToContainerOptions};
use futures_util::future::try_join_all;

use super::{Client, ClientError, is_gone, refused};

/// A file to be, owned by root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Where: absolute.
    pub path: String,
    /// Who may read and write it, such as `0o644`.
    pub mode: u32,
    /// What is in it.
    pub content: Vec<u8>,
}

impl Upload {
    /// A file that everybody may read.
    pub fn file(path: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), mode: 0o644, content: content.into() }
    }

    /// With another mode.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }
}

/// Folders that only the harness uses: they need no look whether they are there.
const OUR_FOLDERS: [&str; 2] = ["/etc/filage", "/var/lib/filage"];

impl Client {
    /// Puts files into a container, all at once, and makes the folders that they need.
    pub async fn upload(&self, container: &str, files: &[Upload]) -> Result<(), ClientError> {
        if files.is_empty() {
            return Ok(());
        }
        let folders = self.missing(container, parents(files)).await?;
        let packed = pack(&folders, files)?;
        let options = UploadToContainerOptions { path: "/".to_owned(), ..<_>::default() };
        self.docker
            .upload_to_container(container, Some(options), bollard::body_full(packed.into()))
            .await
            .map_err(|source| refused(format!("put files into `{container}`"), source))
    }

    /// Which of these folders are to be made. One that exists must not be packed: the engine
    /// would give it our mode and owner.
    async fn missing(
        &self,
        container: &str,
        folders: BTreeSet<String>,
    ) -> Result<Vec<String>, ClientError> {
        let looks = folders.into_iter().map(|folder| async move {
            if OUR_FOLDERS.iter().any(|ours| Path::new(&folder).starts_with(ours)) {
                return Ok(Some(folder));
            }
            let options = ContainerArchiveInfoOptions { path: folder.clone() };
            match self.docker.get_container_archive_info(container, Some(options)).await {
                Ok(_) => Ok(None),
                Err(source) if is_gone(&source) => Ok(Some(folder)),
                Err(source) => {
                    Err(refused(format!("look for `{folder}` in `{container}`"), source))
                }
            }
        });
        Ok(try_join_all(looks).await?.into_iter().flatten().collect())
    }
}

/// All folders above the files, those right under the root excepted: they are always there.
fn parents(files: &[Upload]) -> BTreeSet<String> {
    let above = files.iter().flat_map(|file| Path::new(&file.path).ancestors().skip(1));
    let deep = above.filter(|folder| folder.components().count() > 2);
    deep.map(|folder| folder.to_string_lossy().into_owned()).collect()
}

fn pack(folders: &[String], files: &[Upload]) -> Result<Vec<u8>, ClientError> {
    let mut archive = tar::Builder::new(Vec::new());
    let folders = folders.iter().map(|path| (path, 0o755, tar::EntryType::Directory, &[][..]));
    let files = files
        .iter()
        .map(|file| (&file.path, file.mode, tar::EntryType::Regular, file.content.as_slice()));
    for (path, mode, kind, content) in folders.chain(files) {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_size(content.len() as u64);
        let relative = path.trim_start_matches('/');
        archive
            .append_data(&mut header, relative, content)
            .map_err(|source| ClientError::BadPath { path: path.clone(), source })?;
    }
    Ok(archive.into_inner().expect("memory takes what is written"))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn file(path: &str, mode: u32) -> Upload {
        Upload { path: path.to_owned(), mode, content: path.into() }
    }

    #[test]
    fn folders_come_before_what_is_in_them_and_the_first_level_is_left_alone() {
        let files = [file("/etc/filage/tls/links/key.pem", 0o600), file("/root/x", 0o644)];
        let folders: Vec<_> = parents(&files).into_iter().collect();
        assert_eq!(folders, ["/etc/filage", "/etc/filage/tls", "/etc/filage/tls/links"]);

        let packed = pack(&folders, &files).unwrap();
        let mut archive = tar::Archive::new(packed.as_slice());
        let entries = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut content = String::new();
            entry.read_to_string(&mut content).unwrap();
            let path = entry.path().unwrap().display().to_string();
            format!("{:o} {path} {content}", entry.header().mode().unwrap())
        });
        insta::assert_snapshot!(entries.collect::<Vec<_>>().join("\n"), @r"
        755 etc/filage 
        755 etc/filage/tls 
        755 etc/filage/tls/links 
        600 etc/filage/tls/links/key.pem /etc/filage/tls/links/key.pem
        644 root/x /root/x
        ");
    }

    #[test]
    fn a_path_that_climbs_is_refused() {
        let error = pack(&[], &[file("/etc/../shadow", 0o600)]).unwrap_err();
        assert!(error.to_string().contains("`/etc/../shadow`"), "{error}");
    }
}
