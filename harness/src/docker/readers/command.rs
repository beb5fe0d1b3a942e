//! By a script of the scenario's, through the host's console.

use std::{fs, time::Duration};

use crate::{
    base::HostId,
    docker::{client::Exec, stage::Stage},
};

/// What the script prints.
pub(super) async fn run(stage: &Stage, host: &HostId, script: &str) -> Result<String, String> {
    const CALL: &str = "f=$(mktemp) && cat > \"$f\" && chmod 700 \"$f\" && { \"$f\"; code=$?; \
                        rm -f \"$f\"; exit $code; }";
    let path = stage.setting.scenario_dir.join(script);
    let content = fs::read(&path).map_err(|error| format!("`{script}` cannot be read: {error}"))?;
    let exec = Exec::new(["sh", "-c", CALL])
        .stdin(content)
        .timeout(Duration::from_secs(20))
        .ended_by("filage-read");
    let container = stage.members.container(host.as_str());
    let output = stage.setting.client.exec(&container, exec).await;
    let output = output.map_err(|error| error.to_string())?;
    if output.code == 0 {
        return Ok(output.stdout);
    }
    let why = output.stderr.trim().lines().last().unwrap_or_default();
    Err(format!("`{script}` ended on `{host}` with exit code {}: {why}", output.code))
}
