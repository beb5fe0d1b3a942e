//! `disk-slow`: limits of control groups do not reach what is in memory, and the machine's own disk is not
//! the host's. So a tracer (strace) looks at all programs of the host, and lets each that waits for the disk
//! wait longer. There can be one tracer only: it adds what all faults of the host add up to.

use super::{
    console,
    demands::Demand,
    effect::{Effect, Seen, sum},
};
use crate::{
    base::{FaultId, HostId},
    docker::{Error, operator::quote, stage::Stage},
    fault::{DiskSlow, Kind},
};

/// The package that has the tracer; it is in the image of a host that has such a fault.
pub(super) const PACKAGE: &str = "strace";

/// What it needs of the machine. Whether it has the tracer is up to the image.
pub(super) const TRACER: Demand = Demand {
    name: "look at programs of hosts (ptrace)",
    script: "test \"$(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null || echo 0)\" -lt 3",
    advice: "set the machine's kernel.yama.ptrace_scope to less than 3",
};

/// The faults that lie there, a file each, with the microseconds that they add.
const MARKS: &str = "/var/lib/filage/disk-slow.d";
/// What runs the tracer.
const UNIT: &str = "filage-disk-slow.service";
/// Waits until the tracer looks at systemd, and so at everybody.
const ATTACHED: &str = "{ n=0; until grep -q '^TracerPid:[[:space:]]*[1-9]' /proc/1/status; do \
                        n=$((n+1)); [ $n -lt 100 ] || { echo 'the tracer does not begin' >&2; exit 1; }; \
                        sleep 0.1; done; }";
/// What waits for the disk.
const SYNCS: &str = "fsync,fdatasync,sync,syncfs,msync,sync_file_range";

impl Effect for DiskSlow {
    fn host(&self) -> &HostId {
        &self.on
    }

    fn inject(&self, _: &Stage, id: &FaultId) -> String {
        // Everything but the tracer itself, systemd last; whatever these start is looked at as well.
        let tracer = format!(
            "{sum}; pids=$(ps -eo pid= --no-headers | tac | grep -vx \" *$$\" | sed 's/^ */-p /'); \
             exec strace -f -qq -o /dev/null -e trace={SYNCS} -e inject={SYNCS}:delay_exit=$sum $pids",
            sum = sum(MARKS)
        );
        // PID 1 is looked at too, so a unit that it waits for would wait for itself.
        let unit = format!(
            "[Unit]\nDefaultDependencies=no\nBefore=docker.service ssh.service\n\
             [Service]\nType=exec\nExecStart=/bin/sh {MARKS}.sh\nKillMode=process\n\
             [Install]\nWantedBy=sysinit.target\n"
        );
        format!(
            "mkdir -p {MARKS} && echo {} > {MARKS}/{id} && printf '%s' {} > {MARKS}.sh && \
             printf '%s' {} > /etc/systemd/system/{UNIT} && systemctl daemon-reload && \
             systemctl enable --quiet {UNIT} && systemctl restart {UNIT} && {ATTACHED}",
            self.by.as_micros(),
            quote(&tracer),
            quote(&unit)
        )
    }

    fn heal(&self, id: &FaultId) -> String {
        format!(
            "rm -f {MARKS}/{id}; if [ -n \"$(ls {MARKS})\" ]; then \
             systemctl restart {UNIT} && {ATTACHED}; else \
             systemctl disable --quiet --now {UNIT} && rm -f /etc/systemd/system/{UNIT} && \
             systemctl daemon-reload; fi"
        )
    }

    fn is_taken_for(&self, other: &Kind) -> bool {
        matches!(other, Kind::DiskSlow(_))
    }

    async fn look(&self, stage: &Stage, _: u16) -> Result<Seen, Error> {
        let host = self.on.as_str();
        // As a unit of the host: what comes through its console is no program of its own.
        let program = "import os, time\n\
                       file = os.open('/var/lib/filage/disk-slow.look', os.O_CREAT | os.O_WRONLY)\n\
                       os.write(file, b'x')\nbegan = time.monotonic()\nos.fsync(file)\n\
                       print(int((time.monotonic() - began) * 1000))\n";
        let look = format!("systemd-run --quiet --wait --pipe python3 -c {}", quote(program));
        let took = console(stage, host, &look).await?;
        let took: u64 = took.parse().map_err(|_| Error::Said(format!("`{took}` is no time")))?;
        let bites = took * 1_000 >= self.by.as_micros();
        Ok(Seen::new(bites, format!("a sync of the disk of `{host}` takes {took} ms")))
    }
}
