//! Owns whether hosts run: what faults keep them off or still, and what a boot brings up.
//! Must not know: any one fault, how long a boot takes.

use std::collections::BTreeSet;

use super::{
    facts::{Certificate, Facts, Holder, SSH, State},
    layout::Layout,
};

/// Whether a host runs. Faults are named by their place.
#[derive(Debug, Clone, Default)]
pub(super) struct Power {
    /// Whether it is up.
    pub(super) is_on: bool,
    /// The faults that keep it switched off.
    pub(super) off_by: BTreeSet<usize>,
    /// Those that make it stand still.
    pub(super) paused_by: BTreeSet<usize>,
    /// Those with which no boot comes to its end.
    pub(super) unbootable_by: BTreeSet<usize>,
    /// How often it was booted.
    pub(super) boots: u32,
}

impl Power {
    /// Whether nothing on it moves.
    pub(super) fn is_paused(&self) -> bool {
        !self.paused_by.is_empty()
    }

    /// Whether commands can be run through its console: a boot that hangs can be looked at.
    pub(super) fn has_console(&self) -> bool {
        self.off_by.is_empty() && !self.is_paused()
    }
}

impl Facts {
    /// The power goes: nothing runs any more.
    pub(super) fn power_off(&mut self, host: usize) {
        let host = self.change_host(host);
        host.power.is_on = false;
        host.ports.clear();
    }

    /// Whether a fault keeps a host down.
    pub(super) fn must_be_down(&self, host: usize) -> bool {
        let power = &self.hosts[host].power;
        !power.off_by.is_empty() || !power.unbootable_by.is_empty()
    }

    /// The power comes back, unless a fault keeps the host down, and what is to come up at boot comes
    /// up: the host's own programs first, then services in the order of the scenario, as far as their
    /// ports are free.
    pub(super) fn boot(&mut self, layout: &Layout, host: usize) -> Vec<(usize, u32)> {
        if self.must_be_down(host) {
            return vec![];
        }
        let booted = self.change_host(host);
        booted.power.is_on = true;
        booted.power.boots += 1;
        booted.ports.insert(SSH, Holder::Ssh);
        for occupant in booted.squatters.iter().filter(|occupant| occupant.at_boot) {
            let holder = Holder::Squatter(occupant.fault, occupant.by);
            booted.ports.entry(occupant.port).or_insert(holder);
        }
        let mut back = vec![];
        for (service, instance) in &mut booted.instances {
            // Docker does not bring a container back that did not run; systemd asks only whether
            // the unit is enabled.
            let is_retried = instance.certificate == Certificate::Missing;
            let ran = instance.state != State::Stopped || is_retried;
            instance.state = State::Stopped;
            if instance.created && instance.at_boot && (ran || layout.services[*service].is_unit) {
                back.push(*service);
            }
        }
        let mut started = vec![];
        for service in back {
            let is_refused = self.troubles.refuses(host, service);
            if !is_refused && self.taken(layout, host, service).is_none() {
                let start = self.start(layout, host, service);
                started.extend(start.map(|start| (service, start)));
            }
        }
        started
    }
}
