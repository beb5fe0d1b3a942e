//! `clock-skew`: all hosts have the machine's clock, which stays as it is. Programs of the host that start
//! from now on ask a library instead (libfaketime), which is loaded into each of them and adds what all
//! faults of the host add up to. The host's systemd itself, what ran before, and containers ask the kernel.

use super::{
    console,
    effect::{Effect, Seen},
};
use crate::{
    base::{FaultId, HostId},
    docker::{Error, members::OPERATOR, operator::quote, stage::Stage},
    fault::ClockSkew,
};

/// The package that has the library; it is in the image of a host that has such a fault.
pub(in crate::docker) const PACKAGE: &str = "libfaketime";
/// The faults that lie there, a file each, with the seconds that they add.
const MARKS: &str = "/var/lib/filage/clock-skew.d";
/// Says what to load, in a place that is empty after a boot, until the unit has filled it: systemd itself
/// keeps the right time.
const LOADED: &str = "/run/filage-clock";
/// The unit that fills it.
const UNIT: &str = "filage-clock.service";
/// How far what a look tells may lie from what is meant: looks take time.
const TOLERANCE: i64 = 20;

impl Effect for ClockSkew {
    fn host(&self) -> &HostId {
        &self.on
    }

    fn inject(&self, _: &Stage, id: &FaultId) -> String {
        // Only the time of day is wrong, not how fast it passes, nor when files were changed.
        let settings = "FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1";
        let script = format!(
            "ls /usr/lib/*/faketime/libfaketime.so.1 > {LOADED} && systemctl set-environment {settings}"
        );
        let unit = format!(
            "[Unit]\nDefaultDependencies=no\nBefore=sysinit.target\n\
             [Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c {}\n\
             [Install]\nWantedBy=sysinit.target\n",
            quote(&script)
        );
        format!(
            "mkdir -p {MARKS} && echo {} > {MARKS}/{id} && {} && \
             {{ grep -q FAKETIME /etc/environment 2>/dev/null || \
             printf '%s\\n' {settings} >> /etc/environment; }} && \
             printf '%s' {} > /etc/systemd/system/{UNIT} && systemctl daemon-reload && \
             systemctl enable --quiet --now {UNIT} && ln -sfn {LOADED} /etc/ld.so.preload",
            self.seconds(),
            set(),
            quote(&unit)
        )
    }

    fn heal(&self, id: &FaultId) -> String {
        format!(
            "rm -f {MARKS}/{id}; if [ -n \"$(ls {MARKS})\" ]; then {}; else \
             rm -f /etc/ld.so.preload {LOADED} /etc/faketimerc && \
             sed -i /FAKE/d /etc/environment && systemctl disable --quiet {UNIT} && \
             rm -f /etc/systemd/system/{UNIT} && systemctl daemon-reload; fi",
            set()
        )
    }

    async fn look(&self, stage: &Stage, _: u16) -> Result<Seen, Error> {
        let host = self.on.as_str();
        let right = seconds(&console(stage, OPERATOR, "date +%s").await?)?;
        let shown = seconds(&console(stage, host, "date +%s").await?)?;
        let meant = seconds(&console(stage, host, &format!("{}; echo $sum", sum())).await?)?;
        let differs = shown - right;
        let bites = differs.abs() > TOLERANCE && (differs - meant).abs() <= TOLERANCE;
        Ok(Seen::new(bites, format!("the clock of `{host}` differs by {differs} seconds")))
    }
}

/// Adds up what all faults add.
fn sum() -> String {
    format!(
        "sum=0; for mark in {MARKS}/*; do [ ! -e \"$mark\" ] || sum=$((sum + $(cat $mark))); done"
    )
}

/// Has the library add that.
fn set() -> String {
    format!("{{ {}; printf '%+d\\n' $sum > /etc/faketimerc; }}", sum())
}

fn seconds(said: &str) -> Result<i64, Error> {
    said.parse().map_err(|_| Error::Said(format!("`{said}` is no time")))
}
