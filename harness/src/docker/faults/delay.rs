//! `delay`: what the host sends waits in a queue of the kernel's until a program of ours lets it go
//! (`delay.py`), which needs no scheduler that a kernel may lack. One program serves all delays of a
//! host: they add up.

use std::time::Duration;

use super::{
    demands::Demand,
    effect::{Effect, Seen},
    traffic,
};
use crate::{
    base::{FaultId, HostId},
    docker::{Error, stage::Stage},
    fault::Delay,
};

/// The program.
const PROGRAM: &str = include_str!("delay.py");
/// What it needs of the machine.
pub(super) const QUEUE: Demand = Demand {
    name: "hold packets in a queue (NFQUEUE)",
    script: "iptables -t mangle -A POSTROUTING -o eth0 -j NFQUEUE --queue-num 25 --queue-bypass\n\
             iptables -t mangle -F POSTROUTING\n\
             python3 -c 'import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)'",
    advice: "load its kernel's modules nfnetlink_queue and xt_NFQUEUE",
};
/// What hands it packets.
const RULE: &str = "POSTROUTING -o eth0 -j NFQUEUE --queue-num 25 --queue-bypass";

impl Effect for Delay {
    fn host(&self) -> &HostId {
        &self.on
    }

    fn inject(&self, stage: &Stage, id: &FaultId) -> String {
        let unit = unit(stage.setting.net.has_ipv6);
        let (by, jitter) = (self.by.as_micros(), self.jitter.as_micros());
        format!(
            "cd /var/lib/filage && mkdir -p delay.d && printf '%s' '{PROGRAM}' > delay.py && \
             printf '%s' '{unit}' > /etc/systemd/system/filage-delay.service && \
             echo {by} {jitter} > delay.d.new && mv delay.d.new delay.d/{id} && \
             systemctl daemon-reload && systemctl enable --quiet --now filage-delay.service"
        )
    }

    fn heal(&self, id: &FaultId) -> String {
        format!(
            "cd /var/lib/filage && rm -f delay.d/{id}; [ -n \"$(ls -A delay.d)\" ] || \
             systemctl disable --quiet --now filage-delay.service"
        )
    }

    async fn look(&self, stage: &Stage, _: u16) -> Result<Seen, Error> {
        let host = self.on.as_str();
        let operator = stage.members.operator.into();
        let pings = traffic::ping(stage, host, operator, "-c 5 -i 0.3 -w 15 -W 12").await?;
        let Some(shortest) = pings.shortest else {
            return Err(Error::Said(format!("`{host}` pings the operator in vain")));
        };
        // Timers of the kernel are not exact; without the fault it is a hundredth of that.
        let least = self.by.to_std().saturating_sub(self.jitter.to_std()).max(MEASURABLE);
        let says = format!("pings from `{host}` take {} ms", shortest.as_millis());
        Ok(Seen::new(shortest >= least.mul_f64(0.9), says))
    }
}

/// A unit that runs the program, and hands it what the host sends.
fn unit(has_ipv6: bool) -> String {
    let tables = if has_ipv6 { &["iptables", "ip6tables"][..] } else { &["iptables"] };
    let each = |key: &str, act: &str| -> String {
        let line = |table: &&str| format!("{key}=/usr/sbin/{table} -t mangle -{act} {RULE}\n");
        tables.iter().map(line).collect()
    };
    let (starts, stops) = (each("ExecStartPost", "A"), each("ExecStop", "D"));
    format!(
        "[Unit]\nDefaultDependencies=no\nBefore=ssh.service docker.service\n\
         [Service]\nType=notify\nNotifyAccess=main\nExecStart=/usr/bin/python3 /var/lib/filage/delay.py\n\
         {starts}{stops}[Install]\nWantedBy=sysinit.target\n"
    )
}

/// What is less is nobody's delay.
const MEASURABLE: Duration = Duration::from_millis(5);
