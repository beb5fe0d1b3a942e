//! The programs of probes: handed to the operator when the world comes up, run there when asked.
//! Must not know: what their ends mean.

use std::{fs, sync::Arc};

use super::{
    Error,
    client::{Exec, Stream, Upload},
    members::OPERATOR,
    probes::{Call, Ended, Runner},
    stage::Stage,
};
use crate::{base::ServiceId, probe::Probe};

/// The programs of all probes that have one.
pub(super) fn files(stage: &Stage) -> Result<Vec<Upload>, Error> {
    let services = stage.plan.services.iter();
    let commands = services.filter_map(|(id, service)| match &service.probe {
        Some(Probe::Command(command)) => Some((id, command)),
        _ => None,
    });
    let upload = |(id, command): (&ServiceId, &crate::probe::Command)| {
        let path = stage.setting.scenario_dir.join(&command.run);
        let content = fs::read(&path).map_err(|source| Error::File { path, source })?;
        Ok(Upload::file(place(id), content).mode(0o755))
    };
    commands.map(upload).collect()
}

/// Runs them.
pub(super) fn runner(stage: Arc<Stage>) -> Runner {
    Arc::new(move |call| {
        let stage = Arc::clone(&stage);
        Box::pin(async move { run(&stage, call).await })
    })
}

async fn run(stage: &Stage, call: Call) -> Result<Ended, String> {
    let Call { service, name, address, within, begun } = call;
    // The engine cannot end it, so it ends by itself. It says when it begins by an empty line.
    let seconds = within.as_seconds().to_string();
    let words = [
        "timeout",
        "--kill-after=1",
        &seconds,
        "sh",
        "-c",
        "echo; exec \"$@\"",
        "sh",
        &place(&service),
        name.as_str(),
        &address.to_string(),
    ];
    // The visit gives it up before.
    let exec = Exec::new(words).timeout(within.to_std() * 2);
    let (mut begun, mut last_line) = (Some(begun), String::new());
    let mut on_line = |_: Stream, line: &str| match begun.take() {
        Some(begun) => begun(),
        None if !line.trim().is_empty() => line.clone_into(&mut last_line),
        None => {}
    };
    let container = stage.members.container(OPERATOR);
    let code = stage.setting.client.exec_lines(&container, exec, &mut on_line).await;
    Ok(Ended { code: code.map_err(|error| error.to_string())?, last_line })
}

fn place(service: &ServiceId) -> String {
    format!("/etc/filage/probes/{service}")
}
