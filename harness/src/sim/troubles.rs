//! Owns what faults do to starts of services and to copies of their data, and how often each of them
//! has struck.
//! Must not know: hosts and services but as numbers.

use super::{
    books::Book,
    facts::{Certificate, Content},
};
use crate::base::Duration;

/// All such faults that are there.
#[derive(Debug, Clone, Default)]
pub(super) struct Troubles(Vec<Trouble>);

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    /// Its place.
    pub(super) fault: usize,
    pub(super) service: usize,
    pub(super) what: What,
    /// How often it has struck.
    pub(super) bites: u32,
}

/// What it does.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// Starts on this host fail.
    NoStart(usize),
    /// Starts on this host take longer.
    SlowStart(usize, Duration),
    /// On this host it dies so long after its start.
    Dies(usize, Duration),
    /// It is not brought back at boot; how often its host had booted when that began.
    NotEnabled(u32),
    /// On this host, its certificate is this.
    Certificate(usize, Certificate),
    /// Copies break off.
    CutOff,
    /// Copies are corrupted once they have arrived.
    Corrupted,
    /// Copies are as the data was on each host.
    Older(Vec<Option<(Content, Book)>>),
}

impl Troubles {
    /// One is there from now on.
    pub(super) fn add(&mut self, fault: usize, service: usize, what: What) {
        self.0.push(Trouble { fault, service, what, bites: 0 });
    }

    /// A fault is gone.
    pub(super) fn remove(&mut self, fault: usize) {
        self.0.retain(|it| it.fault != fault);
    }

    /// What a fault does, while it is there.
    pub(super) fn of(&self, fault: usize) -> Option<&Trouble> {
        self.0.iter().find(|it| it.fault == fault)
    }

    /// Somebody wants to start a service: whether that fails.
    pub(super) fn refuses(&mut self, host: usize, service: usize) -> bool {
        self.strikes(service, |what| matches!(what, What::NoStart(on) if *on == host))
    }

    /// A service begins to start.
    pub(super) fn note_start(&mut self, host: usize, service: usize) {
        self.strikes(service, |what| matches!(what, What::SlowStart(on, _) if *on == host));
    }

    /// What certificate a service finds that starts.
    pub(super) fn certificate(&mut self, host: usize, service: usize) -> Certificate {
        let wrong = [Certificate::Missing, Certificate::Expired];
        let found = wrong.into_iter().find(|wrong| {
            self.strikes(
                service,
                |what| matches!(what, What::Certificate(on, it) if *on == host && it == wrong),
            )
        });
        found.unwrap_or_default()
    }

    /// The faults that lie on the certificate of a service on a host.
    pub(super) fn certificates(
        &self,
        host: usize,
        service: usize,
    ) -> impl Iterator<Item = usize> + '_ {
        let of_service = self.0.iter().filter(move |it| it.service == service);
        let lies = move |it: &&Trouble| matches!(it.what, What::Certificate(on, _) if on == host);
        of_service.filter(lies).map(|it| it.fault)
    }

    /// By how much longer a service takes to start.
    pub(super) fn delay(&self, host: usize, service: usize) -> Duration {
        let delays = self.0.iter().filter(|it| it.service == service);
        delays
            .filter_map(|it| match it.what {
                What::SlowStart(on, by) if on == host => Some(by),
                _ => None,
            })
            .sum()
    }

    /// How long a service lives that has started, if it is to die.
    pub(super) fn lives_for(&self, host: usize, service: usize) -> Option<Duration> {
        let of_service = self.0.iter().filter(|it| it.service == service);
        of_service
            .filter_map(|it| match it.what {
                What::Dies(on, after) if on == host => Some(after),
                _ => None,
            })
            .min()
    }

    /// The time of a service has come: whether it dies.
    pub(super) fn kills(&mut self, host: usize, service: usize) -> bool {
        self.strikes(service, |what| matches!(what, What::Dies(on, _) if *on == host))
    }

    /// Data is being copied: whether that breaks off.
    pub(super) fn cuts_off(&mut self, service: usize) -> bool {
        self.strikes(service, |what| matches!(what, What::CutOff))
    }

    /// Data has arrived: whether it is corrupted.
    pub(super) fn corrupts(&mut self, service: usize) -> bool {
        self.strikes(service, |what| matches!(what, What::Corrupted))
    }

    /// What is sent in place of what a host holds, if so.
    pub(super) fn older(
        &mut self,
        service: usize,
        host: usize,
        now: Content,
    ) -> Option<(Content, Book)> {
        self.0.iter_mut().filter(|it| it.service == service).find_map(|it| {
            let What::Older(copies) = &it.what else { return None };
            let copy = copies[host].clone()?;
            it.bites += u32::from(copy.0 != now);
            Some(copy)
        })
    }

    /// Lets all of a kind strike that there are for a service, and tells whether there is one.
    fn strikes(&mut self, service: usize, is_it: impl Fn(&What) -> bool) -> bool {
        let mut struck = false;
        for it in self.0.iter_mut().filter(|it| it.service == service && is_it(&it.what)) {
            it.bites += 1;
            struck = true;
        }
        struck
    }
}
