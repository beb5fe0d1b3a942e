//! `service-does-not-start`, `service-starts-slowly`, `service-dies`, `service-not-enabled`, for units and
//! for containers of the host's own Docker, also at boot. Whatever a start meets is a script of the
//! fault: systemd runs it before the unit's program, and a wrapper around Docker's runtime before the
//! container's. What it did is written down where it did it, and read when the fault is to end.

use super::console;
use crate::{
    base::{Duration, FaultId, HostId, ServiceId},
    docker::{Error, container_args, operator::quote, stage::Stage},
    plan::ServiceKind,
    world::FaultAct,
};

/// What a fault does to a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Woe {
    /// Starts fail.
    NoStart,
    /// Starts take longer.
    SlowStart(Duration),
    /// It is killed so long after each start.
    Dies(Duration),
    /// It does not come back at boot.
    NotEnabled,
}

/// Scripts that starts of a service meet lie below here, in a folder of its name.
const STARTS: &str = "/var/lib/filage/starts.d";

pub(super) async fn act(
    stage: &Stage,
    id: &FaultId,
    (service, on): (&ServiceId, &HostId),
    woe: Woe,
    act: FaultAct,
) -> Result<String, Error> {
    let kind = &stage.plan.services[service].kind;
    let run = |command: String| async move { console(stage, on.as_str(), &command).await };
    if woe == Woe::NotEnabled {
        let seen = match act {
            FaultAct::Inject => String::new(),
            FaultAct::VerifyBite => format!("`{service}` did not come back when `{on}` was booted"),
            FaultAct::Heal => String::new(),
            FaultAct::VerifyGone => format!("`{service}` is enabled on `{on}`"),
        };
        return run(not_enabled(id, service, kind, act)).await.map(|_| seen);
    }
    match act {
        FaultAct::Inject => run(inject(id, service, kind, woe)).await,
        FaultAct::VerifyBite => {
            let bites = run(format!("wc -l < {}", bites(id))).await?;
            match (bites.as_str(), woe) {
                ("0", _) => {
                    Err(Error::Said(format!("nobody has started `{service}` on `{on}` since")))
                }
                (n, Woe::SlowStart(by)) => {
                    Ok(format!("{n} starts of `{service}` on `{on}` have taken {by} longer"))
                }
                (n, Woe::Dies(_)) => {
                    Ok(format!("{n} starts of `{service}` on `{on}` have ended in its death"))
                }
                (n, _) => Ok(format!("{n} starts of `{service}` on `{on}` have failed")),
            }
        }
        FaultAct::Heal => run(heal(id, service, kind, woe)).await,
        FaultAct::VerifyGone => run(gone(id, service, kind, woe))
            .await
            .map(|_| format!("starts of `{service}` on `{on}` are as they were"))
            .map_err(|_| Error::Said(format!("starts of `{service}` on `{on}` still meet it"))),
    }
}

fn inject(id: &FaultId, service: &ServiceId, kind: &ServiceKind, woe: Woe) -> String {
    let bites = bites(id);
    let note = format!("echo >> {bites}");
    match woe {
        Woe::NoStart => {
            let script = format!("{note}; echo 'its start is refused' >&2; exit 1");
            format!(": > {bites} && {}", at_starts(id, service, kind, &script, ""))
        }
        Woe::SlowStart(by) => {
            let script = format!("sleep {}; {note}", by.as_seconds());
            let patient = "TimeoutStartSec=infinity\n";
            format!(": > {bites} && {}", at_starts(id, service, kind, &script, patient))
        }
        Woe::Dies(after) => {
            let unit = format!(
                "[Service]\nExecStart=/bin/sh /var/lib/filage/{id}.sh\n\
                 [Install]\nWantedBy=multi-user.target\n"
            );
            let script = quote(&reaper(service, kind, after, &note));
            // One that systemd brings back would never be seen to be dead.
            let alone = drop_in(id, kind, "Restart=no\n");
            format!(
                ": > {bites} && printf '%s' {script} > /var/lib/filage/{id}.sh && \
                 printf '%s' {} > /etc/systemd/system/filage-{id}.service && {alone} \
                 systemctl daemon-reload && systemctl enable --quiet --now filage-{id}.service",
                quote(&unit)
            )
        }
        Woe::NotEnabled => unreachable!("it has a script of its own"),
    }
}

/// Where a fault counts what it did: a line each.
fn bites(id: &FaultId) -> String {
    format!("/var/lib/filage/{id}.bites")
}

/// Has all starts of a service run a script first, which may refuse them.
fn at_starts(
    id: &FaultId,
    service: &ServiceId,
    kind: &ServiceKind,
    script: &str,
    settings: &str,
) -> String {
    let folder = format!("{STARTS}/{service}");
    let place = format!("mkdir -p {folder} && echo {} > {folder}/{id}", quote(script));
    match kind {
        ServiceKind::Unit(_) => {
            let settings = format!("{settings}ExecStartPre=+/bin/sh {folder}/{id}\n");
            format!("{place} && {} systemctl daemon-reload", drop_in(id, kind, &settings))
        }
        ServiceKind::Container(_) => format!("{place} && {}", wrapped_runtime()),
    }
}

/// The beginning of a command, which adds settings to a unit; nothing for a container.
fn drop_in(id: &FaultId, kind: &ServiceKind, settings: &str) -> String {
    let ServiceKind::Unit(unit) = kind else { return String::new() };
    let folder = format!("/etc/systemd/system/{}.d", unit.name);
    let content = quote(&format!("[Service]\n{settings}"));
    format!("mkdir -p {folder} && printf '%s' {content} > {folder}/filage-{id}.conf &&")
}

/// Puts a wrapper around Docker's runtime, once, which runs the scripts of a container's service when
/// the container is to start.
fn wrapped_runtime() -> String {
    let wrapper = format!(
        "#!/bin/sh
for word; do [ \"$word\" != create ] || creates=1; id=$word; done
if [ -n \"${{creates-}}\" ]; then
	config=/var/lib/docker/containers/$id/config.v2.json
	name=$(sed -n 's|.*\"Name\":\"/\\([^\"]*\\)\".*|\\1|p' \"$config\")
	for script in {STARTS}/\"$name\"/*; do
		[ ! -e \"$script\" ] || sh \"$script\" || exit 1
	done
fi
exec \"$0.filage\" \"$@\"
"
    );
    format!(
        "runc=$(command -v runc) && {{ [ -e $runc.filage ] || \
         {{ cp -p $runc $runc.filage && printf '%s' {} > $runc.new && chmod 755 $runc.new && \
         mv $runc.new $runc; }}; }}",
        quote(&wrapper)
    )
}

/// A script that kills a service so long after each of its starts, or after the script's own.
fn reaper(service: &ServiceId, kind: &ServiceKind, after: Duration, note: &str) -> String {
    let (pid, kill) = match kind {
        ServiceKind::Unit(unit) => {
            (format!("systemctl show -p MainPID --value {}", unit.name), "kill -9 $pid".to_owned())
        }
        ServiceKind::Container(_) => {
            let id = container_args::id_of(service);
            let pid =
                format!("id={id}; [ -z \"$id\" ] || docker inspect -f '{{{{.State.Pid}}}}' $id");
            (pid, format!("docker kill {id}"))
        }
    };
    format!(
        "last=0
while sleep 0.2; do
	pid=$({pid})
	now=$(date +%s%3N)
	[ \"${{pid:-0}}\" -gt 0 ] || {{ last=0; continue; }}
	[ \"$pid\" = $last ] || {{ last=$pid; since=$now; }}
	[ $((now - since)) -lt {} ] || {{ {kill} && {note}; }}
done
",
        after.as_micros() / 1_000
    )
}

fn heal(id: &FaultId, service: &ServiceId, kind: &ServiceKind, woe: Woe) -> String {
    let reaper = match woe {
        Woe::Dies(_) => format!("systemctl disable --quiet --now filage-{id}.service;"),
        _ => String::new(),
    };
    let unit = match kind {
        ServiceKind::Unit(unit) => format!(
            "rm -f /etc/systemd/system/{name}.d/filage-{id}.conf; systemctl daemon-reload && \
             {{ systemctl reset-failed {name} 2>/dev/null || true; }}",
            name = unit.name
        ),
        ServiceKind::Container(_) => "true".to_owned(),
    };
    format!("{reaper} rm -f {STARTS}/{service}/{id}; {unit}")
}

/// Passes when it was seen that nothing of it is left.
fn gone(id: &FaultId, service: &ServiceId, kind: &ServiceKind, woe: Woe) -> String {
    let reaper = match woe {
        Woe::Dies(_) => format!(
            "state=$(systemctl show -p ActiveState --value filage-{id}.service) && \
             [ \"$state\" != active ] &&"
        ),
        _ => String::new(),
    };
    let unit = match kind {
        ServiceKind::Unit(unit) => format!(
            "drops=$(systemctl show -p DropInPaths --value {}) && \
             case $drops in *filage-{id}.conf*) false ;; esac",
            unit.name
        ),
        ServiceKind::Container(_) => "true".to_owned(),
    };
    format!("{reaper} [ ! -e {STARTS}/{service}/{id} ] && {unit}")
}

/// The four acts of `service-not-enabled`. What lies below /run is gone after a boot.
fn not_enabled(id: &FaultId, service: &ServiceId, kind: &ServiceKind, act: FaultAct) -> String {
    let (is_enabled, disable, enable, runs) = match kind {
        ServiceKind::Unit(unit) => {
            let name = &unit.name;
            (
                format!("systemctl is-enabled --quiet {name}"),
                format!("systemctl disable --quiet {name}"),
                format!("systemctl enable --quiet {name}"),
                format!("systemctl is-active --quiet {name}"),
            )
        }
        ServiceKind::Container(_) => {
            let id = container_args::id_of(service);
            let is = |field: &str, wanted: &str| {
                format!("[ \"$(docker inspect -f '{{{{{field}}}}}' {id})\" = {wanted} ]")
            };
            (
                is(".HostConfig.RestartPolicy.Name", "unless-stopped"),
                format!("docker update --restart=no {id} >/dev/null"),
                format!("docker update --restart=unless-stopped {id} >/dev/null"),
                is(".State.Running", "true"),
            )
        }
    };
    let mark = format!("/run/filage-{id}");
    let or_say =
        |test: &str, words: &str| format!("{{ {test} || {{ echo '{words}'; exit 1; }}; }}");
    let is_enabled = &is_enabled;
    match act {
        FaultAct::Inject => {
            let test = or_say(is_enabled, "it is not enabled");
            format!("{test} && {disable} && : > {mark}")
        }
        FaultAct::VerifyBite => {
            let booted = or_say(&format!("[ ! -e {mark} ]"), "the host was not booted since");
            let off = or_say(
                &format!("! {{ {is_enabled} || {runs}; }}"),
                "somebody has enabled or started it",
            );
            format!("{booted} && {off}")
        }
        FaultAct::Heal => enable,
        FaultAct::VerifyGone => or_say(is_enabled, "it is not enabled"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether `sh` can read it.
    fn is_read(command: &str) -> bool {
        let status = std::process::Command::new("sh").args(["-nc", command]).status();
        status.unwrap().success()
    }

    #[test]
    fn whatever_is_run_on_a_host_is_a_command() {
        let (id, service): (FaultId, ServiceId) = ("f".parse().unwrap(), "db".parse().unwrap());
        let unit = serde_json::json!({ "unit": { "name": "db.service", "listens": [1] } });
        let container = serde_json::json!({ "container": { "image": "images/db" } });
        let second = Duration::from_secs(1);
        for kind in [unit, container] {
            let kind: ServiceKind = serde_json::from_value(kind).unwrap();
            for woe in [Woe::NoStart, Woe::SlowStart(second), Woe::Dies(second)] {
                for command in [inject, heal, gone] {
                    let command = command(&id, &service, &kind, woe);
                    assert!(is_read(&command), "{command}");
                }
            }
            let acts =
                [FaultAct::Inject, FaultAct::VerifyBite, FaultAct::Heal, FaultAct::VerifyGone];
            for act in acts {
                let command = not_enabled(&id, &service, &kind, act);
                assert!(is_read(&command), "{command}");
            }
            assert!(is_read(&reaper(&service, &kind, second, "true")));
        }
    }
}
