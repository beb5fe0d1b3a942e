//! The logs of a world, kept in the run's folder before the world is gone.

use std::{fs, path::Path};

use futures_util::future::join_all;

use super::{
    client::ClientError,
    members::{AUTHORITY, OPERATOR, PACKAGES, RESOLVER},
    stage::Stage,
};
use crate::{base::HostId, plan::ServiceKind};

/// The most that one log may take.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Saves what can be saved, and gives the resolver's log back. What cannot be read is told in its
/// place: an empty log must mean that nothing was logged.
pub(super) async fn save(stage: &Stage) -> Result<String, ClientError> {
    let folder = &stage.setting.logs;
    let members: Vec<&str> = [AUTHORITY, RESOLVER, PACKAGES, OPERATOR]
        .into_iter()
        .chain(stage.plan.hosts.keys().map(HostId::as_str))
        .collect();
    let containers = members.iter().map(|member| async move {
        let log = stage.setting.client.logs(&stage.members.container(member)).await;
        (*member, log)
    });
    let inside = stage.plan.hosts.keys().map(|host| inside(stage, host));
    let (containers, inside) = tokio::join!(join_all(containers), join_all(inside));
    for (name, log) in inside.into_iter().flatten() {
        write(&folder.join(name), &log);
    }
    let mut of_resolver = Ok(String::new());
    for (member, log) in containers {
        match &log {
            Ok(log) => write(&folder.join(format!("{member}.log")), log),
            Err(error) => write(&folder.join(format!("{member}.log")), &unread(error)),
        }
        if member == RESOLVER {
            of_resolver = log.map(|log| String::from_utf8_lossy(&log).into_owned());
        }
    }
    of_resolver
}

fn unread(error: &dyn std::fmt::Display) -> Vec<u8> {
    format!("this log could not be read: {error}\n").into_bytes()
}

/// The journal of a host, and the logs of the containers in it, in one call.
async fn inside(stage: &Stage, host: &HostId) -> Vec<(String, Vec<u8>)> {
    const MARK: &str = "\u{1}filage-log ";
    let mut script =
        format!("echo '{MARK}journal'; journalctl --no-pager -q -o short-iso -n 2000; ");
    for (id, service) in &stage.plan.services {
        if stage.plan.hosts[host].docker && matches!(service.kind, ServiceKind::Container(_)) {
            script += &format!("echo '{MARK}{id}'; docker logs --tail 2000 {id} 2>&1; ");
        }
    }
    let output = match stage.console(host.as_str(), &script).await {
        Ok(output) => output,
        Err(error) => return vec![(format!("{host}-journal.log"), unread(&error))],
    };
    output
        .stdout
        .split(MARK)
        .skip(1)
        .filter_map(|part| part.split_once('\n'))
        .map(|(name, log)| (format!("{host}-{name}.log"), log.as_bytes().to_vec()))
        .collect()
}

fn write(path: &Path, log: &[u8]) {
    let start = log.len().saturating_sub(MAX_BYTES);
    let saved = path.parent().map_or(Ok(()), fs::create_dir_all);
    if let Err(error) = saved.and_then(|()| fs::write(path, &log[start..])) {
        tracing::warn!("{} was not saved: {error}", path.display());
    }
}
