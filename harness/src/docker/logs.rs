//! The logs of a world, kept in the run's folder before the world is gone.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read,
    path::Path,
};

use super::{
    Error,
    client::{ClientError, Exec},
    stage::Stage,
    wall,
};
use crate::{base::HostId, plan::ServiceKind};

/// The most that one log may take.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Saves what a member has printed. What cannot be read is told in its place: an empty log must mean
/// that nothing was logged.
pub(super) async fn of_container(stage: &Stage, member: &str) -> Result<Vec<u8>, ClientError> {
    let log = stage.setting.client.logs(&stage.members.container(member)).await;
    let path = stage.setting.logs.join(format!("{member}.log"));
    match &log {
        Ok(log) => write(&path, log),
        Err(error) => write(&path, &unread(error)),
    }
    log
}

/// Saves what a host has printed, its journal and the logs of the containers in it; what its wall
/// refused, as the host prints it.
pub(super) async fn of_host(stage: &Stage, host: &HostId) -> Result<String, Error> {
    let (_, inside) = tokio::join!(of_container(stage, host.as_str()), inside(stage, host));
    for (name, log) in inside.logs {
        write(&stage.setting.logs.join(format!("{host}-{name}.log")), &log);
    }
    inside.wall
}

fn unread(error: &dyn std::fmt::Display) -> Vec<u8> {
    format!("this log could not be read: {error}\n").into_bytes()
}

/// What is to be had inside a host.
struct Inside {
    /// The journal, and the logs of the containers in it.
    logs: Vec<(String, Vec<u8>)>,
    wall: Result<String, Error>,
}

/// Gets it all in one call, which costs more than what is done in it.
async fn inside(stage: &Stage, host: &HostId) -> Inside {
    let is_container = |kind: &ServiceKind| matches!(kind, ServiceKind::Container(_));
    let services = stage.plan.services.iter().filter(|(_, service)| is_container(&service.kind));
    let containers: Vec<&str> = match stage.plan.hosts[host].docker {
        true => services.map(|(id, _)| id.as_str()).collect(),
        false => vec![],
    };
    let wall = wall::look(&stage.setting.net);
    let exec = Exec::new(["sh", "-c", &script(&containers, wall)]);
    let container = stage.members.container(host.as_str());
    let output = stage.setting.client.exec_bytes(&container, exec).await;
    let (mut files, complaint) = match &output {
        Ok(output) => (unpacked(&output.stdout), output.stderr.clone()),
        Err(error) => (BTreeMap::new(), error.to_string()),
    };
    let there = files.remove(LIST).and_then(|list| names(&list));
    let mut log = |file: &str| {
        let log = files.remove(file).map(|log| plain(&log));
        log.unwrap_or_else(|| unread(&complaint.trim_end()))
    };
    let mut logs = vec![("journal".to_owned(), log(JOURNAL))];
    logs.extend(containers.into_iter().map(|id| match &there {
        // Docker takes a name that nobody has for the beginning of an id.
        Some(there) if !there.contains(id) => {
            (id.to_owned(), format!("there is no container `{id}`\n").into_bytes())
        }
        _ => (id.to_owned(), log(id)),
    }));
    let wall = match (output, files.remove(WALL)) {
        (Err(error), _) => Err(error.into()),
        (Ok(_), None) => Err(wall::gone(host.as_str())),
        (Ok(_), Some(wall)) => Ok(String::from_utf8_lossy(&wall).into_owned()),
    };
    Inside { logs, wall }
}

// Files among the logs of containers, none of which has such a name.
const JOURNAL: &str = "+journal";
const WALL: &str = "+wall";
const LIST: &str = "+list";

/// Prints files as an archive. The inner engine is asked without its own client, which would take
/// many times as long for each of them.
fn script(containers: &[&str], wall: &str) -> String {
    let mut script = format!(
        "d=$(mktemp -d -p /run) && trap 'rm -rf \"$d\"' EXIT && cd \"$d\" || exit
         journalctl --no-pager -q -o short-iso -n 2000 >{JOURNAL} 2>&1 &
         {{ {wall} >{WALL} || rm {WALL}; }} &\n"
    );
    if !containers.is_empty() {
        script += &format!(
            "timeout 5 curl -sS --unix-socket /var/run/docker.sock \
             -o {LIST} 'http://docker/containers/json?all=1'"
        );
    }
    for id in containers {
        let url = format!("http://docker/containers/{id}/logs?stdout=1&stderr=1&tail=2000");
        script += &format!(" -o {id} '{url}'");
    }
    script + "\nwait; tar -cf - -- *"
}

/// The files of an archive, as far as it can be read.
fn unpacked(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = tar::Archive::new(archive);
    let entries = archive.entries().into_iter().flatten().filter_map(Result::ok);
    entries
        .filter_map(|mut entry| {
            let name = entry.path().ok()?.to_str()?.to_owned();
            let mut content = vec![];
            entry.read_to_end(&mut content).ok()?;
            Some((name, content))
        })
        .collect()
}

/// The names in the engine's list of containers, if it is one.
fn names(list: &[u8]) -> Option<BTreeSet<String>> {
    #[derive(serde::Deserialize)]
    struct Listed {
        #[serde(rename = "Names")]
        names: Vec<String>,
    }
    let list: Vec<Listed> = serde_json::from_slice(list).ok()?;
    let names = list.into_iter().flat_map(|listed| listed.names);
    Some(names.map(|name| name.trim_start_matches('/').to_owned()).collect())
}

/// A log without the header that the engine puts before each piece of what a container printed.
/// What has none, such as the engine's own complaint, is kept as it is.
fn plain(log: &[u8]) -> Vec<u8> {
    let (mut text, mut rest) = (vec![], log);
    while let [0..=2, 0, 0, 0, a, b, c, d, pieces @ ..] = rest {
        let size = usize::try_from(u32::from_be_bytes([*a, *b, *c, *d])).unwrap_or(usize::MAX);
        let (piece, next) = pieces.split_at(size.min(pieces.len()));
        text.extend_from_slice(piece);
        rest = next;
    }
    text.extend_from_slice(rest);
    text
}

fn write(path: &Path, log: &[u8]) {
    let start = log.len().saturating_sub(MAX_BYTES);
    let saved = path.parent().map_or(Ok(()), fs::create_dir_all);
    if let Err(error) = saved.and_then(|()| fs::write(path, &log[start..])) {
        tracing::warn!("{} was not saved: {error}", path.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(stream: u8, text: &str) -> Vec<u8> {
        let size = u32::try_from(text.len()).unwrap().to_be_bytes();
        [&[stream, 0, 0, 0], &size[..], text.as_bytes()].concat()
    }

    #[test]
    fn pieces_of_a_log_are_put_together_and_what_is_none_is_kept() {
        // A size whose bytes are no text.
        let long = "x".repeat(0xfeff);
        let framed = [piece(1, "out\n"), piece(2, &long), piece(1, ""), piece(1, "é\n")].concat();
        assert_eq!(plain(&framed), format!("out\n{long}é\n").as_bytes());
        assert_eq!(plain(&framed[..10]), b"ou", "one that was cut");
        let complaint = br#"{"message":"No such container: links"}"#;
        assert_eq!(plain(complaint), complaint);
        assert_eq!(plain(b""), b"");
    }

    #[test]
    fn only_the_names_of_containers_are_theirs() {
        let list = br#"[{"Id":"db12","Names":["/links"],"State":"running"}]"#;
        assert_eq!(names(list), Some(["links".to_owned()].into()));
        assert_eq!(names(br#"{"message":"not now"}"#), None);
    }

    #[test]
    fn logs_come_out_of_an_archive_and_a_broken_one_gives_what_it_can() {
        let mut builder = tar::Builder::new(vec![]);
        for (name, log) in [("journal", "booted\n"), ("links", "answered\n")] {
            let mut header = tar::Header::new_gnu();
            header.set_size(log.len() as u64);
            builder.append_data(&mut header, name, log.as_bytes()).unwrap();
        }
        let archive = builder.into_inner().unwrap();
        let names = |logs: BTreeMap<String, Vec<u8>>| logs.into_keys().collect::<Vec<_>>();
        assert_eq!(unpacked(&archive)["links"], b"answered\n");
        assert_eq!(names(unpacked(&archive[..1024])), ["journal"]);
        assert_eq!(names(unpacked(b"no archive")), [""; 0]);
    }
}
