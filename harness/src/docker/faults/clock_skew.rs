//! `clock-skew`: all hosts have the machine's clock, which stays as it is. Programs that start from now on
//! in SSH sessions and as units of the host ask a library instead (libfaketime), which adds what all faults of
//! the host add up to. Systemd itself and the SSH server are left alone: that one locks itself in so tightly
//! that the library ends it. What ran before, and containers, ask the kernel.

use super::{
    console,
    effect::{Effect, Seen, sum},
};
use crate::{
    base::{FaultId, HostId},
    docker::{Error, members::OPERATOR, operator::quote, stage::Stage},
    fault::{ClockSkew, Kind},
};

/// The package that has the library; it is in the image of a host that has such a fault.
pub(super) const PACKAGE: &str = "libfaketime";
/// The faults that lie there, a file each, with the seconds that they add.
const MARKS: &str = "/var/lib/filage/clock-skew.d";
/// The unit that has systemd load the library into other units, also after a boot.
const UNIT: &str = "filage-clock.service";
/// What is in the environment of programs then. Only the time of day is wrong, not how fast it passes, nor when
/// files were changed.
const SETTINGS: [&str; 4] = [
    "LD_PRELOAD=$(ls /usr/lib/*/faketime/libfaketime.so.1)",
    "FAKETIME_DONT_FAKE_MONOTONIC=1",
    "DONT_FAKE_MONOTONIC=1",
    "NO_FAKE_STAT=1",
];
/// Has sudo set them again, which drops what could deceive it.
const SUDO: &str = "/etc/sudoers.d/filage-clock";
/// The settings of the SSH server's unit.
const SSH: &str = "/etc/systemd/system/ssh.service.d/filage-clock.conf";
/// How far what a look tells may lie from what is meant: looks take time.
const TOLERANCE: i64 = 20;

impl Effect for ClockSkew {
    fn host(&self) -> &HostId {
        &self.on
    }

    fn inject(&self, _: &Stage, id: &FaultId) -> String {
        let settings = SETTINGS.join(" ");
        let unit = format!(
            "[Unit]\nDefaultDependencies=no\nBefore=sysinit.target\n\
             [Service]\nType=oneshot\nRemainAfterExit=yes\n\
             ExecStart=/bin/sh -c 'systemctl set-environment {}'\n\
             [Install]\nWantedBy=sysinit.target\n",
            // systemd has a use of its own for dollars.
            settings.replace('$', "$$")
        );
        format!(
            "mkdir -p {MARKS} $(dirname {SSH}) && echo {seconds} > {MARKS}/{id} && {set} && \
             {{ grep -q FAKE /etc/environment 2>/dev/null || \
             printf '%s\\n' {settings} >> /etc/environment; }} && \
             echo 'Defaults env_file=/etc/environment' > {SUDO} && chmod 440 {SUDO} && \
             printf '[Service]\\nUnsetEnvironment=LD_PRELOAD\\n' > {SSH} && \
             printf '%s' {unit} > /etc/systemd/system/{UNIT} && systemctl daemon-reload && \
             systemctl enable --quiet --now {UNIT}",
            seconds = self.seconds(),
            set = set(),
            unit = quote(&unit)
        )
    }

    fn heal(&self, id: &FaultId) -> String {
        let names = SETTINGS.map(|it| it.split_once('=').map_or(it, |(name, _)| name));
        format!(
            "rm -f {MARKS}/{id}; if [ -n \"$(ls {MARKS})\" ]; then {}; else \
             sed -i -E '/^({})=/d' /etc/environment && systemctl unset-environment {} && \
             systemctl disable --quiet {UNIT} && rm -f /etc/systemd/system/{UNIT} {SSH} {SUDO} && \
             systemctl daemon-reload && rm -f /etc/faketimerc; fi",
            set(),
            names.join("|"),
            names.join(" ")
        )
    }

    fn is_taken_for(&self, other: &Kind) -> bool {
        matches!(other, Kind::ClockSkew(_))
    }

    async fn look(&self, stage: &Stage, _: u16) -> Result<Seen, Error> {
        let host = self.on.as_str();
        let right = seconds(&console(stage, OPERATOR, "date +%s").await?)?;
        // As a unit of the host: what comes through its console is no program of its own.
        let date = "systemd-run --quiet --wait --pipe date +%s";
        let shown = seconds(&console(stage, host, date).await?)?;
        let meant = seconds(&console(stage, host, &format!("{}; echo $sum", sum(MARKS))).await?)?;
        let differs = shown - right;
        let bites = differs.abs() > TOLERANCE && (differs - meant).abs() <= TOLERANCE;
        Ok(Seen::new(bites, format!("the clock of `{host}` differs by {differs} seconds")))
    }
}

/// Has the library add that.
fn set() -> String {
    format!("{{ {}; printf '%+d\\n' $sum > /etc/faketimerc; }}", sum(MARKS))
}

fn seconds(said: &str) -> Result<i64, Error> {
    said.parse().map_err(|_| Error::Said(format!("`{said}` is no time")))
}
