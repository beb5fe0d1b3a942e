//! `host-crash`, `lease-ended`, `host-pause`, `boot-fails`: through the Docker Engine, on the container
//! that is the host. Several may lie on one host; it is back when the last is healed.

use std::time::Duration;

use super::console;
use crate::{
    base::{FaultId, HostId},
    docker::{Error, host, members::OPERATOR, operator::quote, power::Hold, stage::Stage},
    world::FaultAct,
};

/// How long a host may take to shut down before it is killed.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// How a host goes down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// In the midst of everything.
    Crash,
    /// Switched off by its provider, in order.
    Lease,
    /// It stands still.
    Pause,
    /// It is rebooted, and hangs early in the boot.
    Boot,
}

pub(super) async fn act(
    stage: &Stage,
    id: &FaultId,
    on: &HostId,
    way: Way,
    act: FaultAct,
) -> Result<String, Error> {
    match act {
        FaultAct::Inject => inject(stage, id, on, way).await.map(|()| String::new()),
        FaultAct::VerifyBite => {
            let state = stage.setting.client.inspect(&stage.members.container(on.as_str())).await?;
            let is_down = match way {
                Way::Crash | Way::Lease => !state.running,
                Way::Pause => state.paused,
                Way::Boot => true,
            };
            let silent = console(stage, OPERATOR, &knock(stage, on, "!", 5)).await;
            match (is_down, silent) {
                (true, Ok(_)) => Ok(match way {
                    Way::Crash | Way::Lease => format!("`{on}` does not answer on port 22"),
                    Way::Pause => format!("`{on}` takes connections on port 22, and says nothing"),
                    Way::Boot => format!("`{on}` was rebooted, and does not answer on port 22"),
                }),
                (false, _) => Err(Error::Said(format!("`{on}` runs"))),
                (_, Err(_)) => Err(Error::Said(format!("port 22 of `{on}` still answers"))),
            }
        }
        FaultAct::Heal => heal(stage, id, on, way).await.map(|()| String::new()),
        FaultAct::VerifyGone => gone(stage, id, on).await,
    }
}

async fn inject(stage: &Stage, id: &FaultId, on: &HostId, way: Way) -> Result<(), Error> {
    if way == Way::Boot {
        console(stage, on.as_str(), &hang(id)).await?;
    }
    let _turn = stage.power.turn().await;
    let others = stage.power.others(on, id);
    let is_off = others.values().any(|how| *how == Hold::Off);
    let is_still = others.values().any(|how| *how == Hold::Still);
    let how = match way {
        Way::Crash | Way::Lease => Hold::Off,
        Way::Pause => Hold::Still,
        Way::Boot => Hold::Unbootable,
    };
    if is_off || (is_still && way == Way::Pause) {
        stage.power.hold(on, id, how);
        return Ok(());
    }
    let (client, container) = (&stage.setting.client, stage.members.container(on.as_str()));
    if is_still {
        client.unpause(&container).await?;
    } else if way != Way::Pause {
        // What the wall has refused is forgotten with the power.
        stage.note_wall(on).await?;
    }
    // From now on it is no accident that it does not run.
    stage.power.hold(on, id, how);
    let done = match way {
        Way::Crash => client.kill(&container).await,
        Way::Lease => client.stop(&container, SHUTDOWN).await,
        Way::Pause => client.pause(&container).await,
        Way::Boot => client.restart(&container, SHUTDOWN).await,
    };
    if done.is_err() {
        stage.power.release(on, id);
    }
    Ok(done?)
}

async fn heal(stage: &Stage, id: &FaultId, on: &HostId, way: Way) -> Result<(), Error> {
    if way == Way::Boot {
        console(stage, on.as_str(), &mend(id)).await?;
    }
    let _turn = stage.power.turn().await;
    let others = stage.power.others(on, id);
    let has = |wanted: Hold| others.values().any(|how| *how == wanted);
    let (client, container) = (&stage.setting.client, stage.members.container(on.as_str()));
    if !has(Hold::Off) {
        match way {
            Way::Crash | Way::Lease => client.start(&container).await?,
            Way::Pause if has(Hold::Still) => {}
            Way::Pause => client.unpause(&container).await?,
            Way::Boot => client.restart(&container, SHUTDOWN).await?,
        }
        if way != Way::Pause && !has(Hold::Unbootable) {
            host::await_boot(stage, on).await?;
        }
        if way != Way::Pause && has(Hold::Still) {
            client.pause(&container).await?;
        }
    }
    stage.power.release(on, id);
    Ok(())
}

async fn gone(stage: &Stage, id: &FaultId, on: &HostId) -> Result<String, Error> {
    let others = stage.power.others(on, id);
    if !others.is_empty() {
        let ids: Vec<&str> = others.keys().map(FaultId::as_str).collect();
        return Ok(format!("healed; `{on}` stays down because of {}", ids.join(" ")));
    }
    if console(stage, OPERATOR, &knock(stage, on, "", 12)).await.is_ok() {
        return Ok(format!("`{on}` answers on port 22"));
    }
    // Another fault may keep everybody from getting there.
    let up = console(stage, on.as_str(), "systemctl is-active --quiet ssh.service").await;
    match up {
        Ok(_) => Ok(format!("`{on}` is up, and without network")),
        Err(_) => Err(Error::Said(format!("port 22 of `{on}` does not answer"))),
    }
}

/// A command for the operator's shell: waits until port 22 of a host greets, or does not.
fn knock(stage: &Stage, on: &HostId, wanted: &str, tries: u32) -> String {
    let address = stage.members.addresses[on];
    let greeted =
        format!("timeout 2 bash -c 'exec 3<>/dev/tcp/{address}/22 && head -c 4 <&3' 2>&1");
    format!(
        "n=0; until {wanted} {greeted} | grep -q SSH-; do \
         n=$((n+1)); [ $n -ge {tries} ] && exit 1; sleep 0.1; done"
    )
}

/// Makes the next boot hang before it gets to the network, as one does that waits for a disk. The
/// console works: somebody has to find out.
fn hang(id: &FaultId) -> String {
    let unit = "[Unit]\nDefaultDependencies=no\nBefore=sysinit.target\n\
                [Service]\nType=oneshot\nTimeoutStartSec=infinity\n\
                ExecStart=/bin/sh -c 'ip link set eth0 down; exec sleep infinity'\n\
                [Install]\nRequiredBy=sysinit.target\n";
    format!(
        "printf '%s' {} > /etc/systemd/system/filage-{id}.service && systemctl daemon-reload && \
         systemctl enable --quiet filage-{id}.service",
        quote(unit)
    )
}

fn mend(id: &FaultId) -> String {
    format!(
        "systemctl disable --quiet filage-{id}.service && \
         rm -f /etc/systemd/system/filage-{id}.service && systemctl daemon-reload"
    )
}
