//! `port-occupied`: a real program listens on the port, also after a reboot. Exim comes from
//! Debian's package, which the host's image has for this; the plain listener is a unit of ours.

use super::console;
use crate::{
    base::FaultId,
    docker::{Error, stage::Stage},
    fault::{PortOccupied, Squatter},
    world::FaultAct,
};

/// A listener that does nothing else.
const LISTENER: &str = "import socket,time\n\
    s=socket.create_server((\"0.0.0.0\",PORT))\n\
    while True: time.sleep(3600)\n";

pub(super) async fn act(
    stage: &Stage,
    id: &FaultId,
    args: &PortOccupied,
    act: FaultAct,
) -> Result<String, Error> {
    let (host, port) = (args.on.as_str(), args.port);
    let program = match args.by {
        Squatter::Exim4 => "exim4",
        Squatter::Listener => "python3",
    };
    match act {
        FaultAct::Inject => console(stage, host, &inject(id, args)).await,
        FaultAct::VerifyBite => {
            // What a service would meet that wants the port on all addresses.
            let bind = format!(
                "python3 -c 'import socket; s=socket.socket(); \
                 s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); \
                 s.bind((\"0.0.0.0\", {port}))' 2>&1 | tail -n 1 | grep 'Address already in use'"
            );
            wait_for(stage, host, &format!("{} && {bind}", held(id, args))).await.map_err(
                |_| Error::Said(format!("port {port} of `{host}` is not held by `{program}`")),
            )?;
            Ok(format!("port {port} of `{host}` is held by `{program}`"))
        }
        FaultAct::Heal => console(stage, host, &heal(id, args)).await,
        FaultAct::VerifyGone => {
            wait_for(stage, host, &free(id, args)).await.map_err(|_| {
                Error::Said(format!("port {port} of `{host}` is still held by `{program}`"))
            })?;
            Ok(format!("port {port} of `{host}` is not held by `{program}`"))
        }
    }
}

fn inject(id: &FaultId, args: &PortOccupied) -> String {
    match args.by {
        // It is a SysV script: `enable --now` would enable it and start nothing.
        Squatter::Exim4 => "systemctl enable exim4 && systemctl start exim4".to_owned(),
        Squatter::Listener => {
            let program = LISTENER.replace("PORT", &args.port.to_string());
            let unit = format!(
                "[Service]\nExecStart=/usr/bin/python3 /var/lib/filage/{id}.py\n\
                 [Install]\nWantedBy=multi-user.target\n"
            );
            format!(
                "printf '%s' '{program}' > /var/lib/filage/{id}.py && \
                 printf '%s' '{unit}' > /etc/systemd/system/filage-{id}.service && \
                 systemctl daemon-reload && systemctl enable --now filage-{id}.service"
            )
        }
    }
}

fn heal(id: &FaultId, args: &PortOccupied) -> String {
    match args.by {
        // The package may be gone already, and a listener may have outlived it.
        Squatter::Exim4 => {
            "systemctl stop exim4; systemctl disable exim4; pkill -x exim4; true".to_owned()
        }
        Squatter::Listener => format!("systemctl disable --now filage-{id}.service"),
    }
}

/// A command that passes while the program of the fault listens on the port: that of its unit, not
/// any other of the same name, such as a service in Python.
fn held(id: &FaultId, args: &PortOccupied) -> String {
    let listeners = format!("ss -Hltnp 'sport = :{}'", args.port);
    match args.by {
        Squatter::Exim4 => format!("{listeners} | grep -q '\"exim4\"'"),
        Squatter::Listener => format!(
            "pid=$(systemctl show -p MainPID --value filage-{id}.service) && [ \"$pid\" -gt 0 ] \
             && {listeners} | grep -q \",pid=$pid,\""
        ),
    }
}

/// A command that passes when it was seen that the program of the fault holds the port no more;
/// that it could not be looked at is no proof.
fn free(id: &FaultId, args: &PortOccupied) -> String {
    match args.by {
        Squatter::Exim4 => format!(
            "{{ open=$(ss -Hltnp 'sport = :{}') && case $open in *'\"exim4\"'*) false ;; esac; }}",
            args.port
        ),
        Squatter::Listener => format!(
            "{{ state=$(systemctl show -p ActiveState --value filage-{id}.service) && \
             [ \"$state\" != active ]; }}"
        ),
    }
}

/// Waits inside the host, five seconds at most, until a command passes.
async fn wait_for(stage: &Stage, host: &str, command: &str) -> Result<String, Error> {
    let wait =
        format!("n=0; until {command}; do n=$((n+1)); [ $n -ge 50 ] && exit 1; sleep 0.1; done");
    console(stage, host, &wait).await
}
