//! Which services take writes at the moment, by when those were begun. Pure.

use crate::{
    base::{Duration, IndexMap, ServiceId, StoryTime},
    history::Write,
    writer::Told,
};

/// What was heard of the writes to each service.
#[derive(Debug, Clone, Default)]
pub(super) struct Receipts {
    services: IndexMap<ServiceId, Receipt>,
}

#[derive(Debug, Clone, Default)]
struct Receipt {
    /// When the latest was begun of those that were acknowledged.
    taken: Option<StoryTime>,
    /// How long the last of them took, if that is what was heard last.
    takes: Option<Duration>,
    complaint: String,
}

impl Receipts {
    /// Takes note of a write.
    pub(super) fn note(&mut self, write: &Write) {
        let receipt = self.services.entry(write.service.clone()).or_default();
        if write.told == Told::Acknowledged {
            receipt.taken = receipt.taken.max(Some(write.last_launched()));
            receipt.takes = Some(write.ended.since(write.launched));
        } else {
            receipt.takes = None;
            receipt.complaint.clone_from(&write.detail);
        }
    }

    /// Whether a write that was begun at `since` or later was acknowledged.
    pub(super) fn took(&self, service: &ServiceId, since: StoryTime) -> bool {
        let receipt = self.services.get(service);
        receipt.is_some_and(|receipt| receipt.taken.is_some_and(|taken| taken >= since))
    }

    /// When a write that is begun from now on will have been acknowledged, if that goes on as it
    /// did, `every` being the time from one to the next; none where it did not: that it does again
    /// is told by itself.
    pub(super) fn will_take(
        &self,
        service: &ServiceId,
        every: Duration,
        now: StoryTime,
    ) -> Option<StoryTime> {
        let receipt = self.services.get(service);
        let takes = receipt.map_or(Some(Duration::ZERO), |receipt| receipt.takes);
        takes.map(|takes| now + every + every + takes)
    }

    /// What was heard last of a write that was not acknowledged.
    pub(super) fn last_complaint(&self, service: &ServiceId) -> String {
        match self.services.get(service) {
            None => "nothing was heard of any".to_owned(),
            Some(receipt) => receipt.complaint.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::Client;

    fn write(launched: u64, told: Told) -> Write {
        Write {
            service: "web".parse().unwrap(),
            number: launched,
            count: 1,
            every_micros: 0,
            client: Client::Fresh,
            launched: StoryTime(launched),
            ended: StoryTime(launched + 5),
            told,
            host: None,
            attempts: 1,
            unanswered: 0,
            skipped: 0,
            detail: format!("{told:?} at {launched}"),
        }
    }

    #[test]
    fn writes_count_by_when_they_were_begun() {
        let web = "web".parse().unwrap();
        let mut receipts = Receipts::default();
        assert!(!receipts.took(&web, StoryTime(0)));
        assert_eq!(receipts.last_complaint(&web), "nothing was heard of any");
        receipts.note(&write(7, Told::Failed));
        assert!(!receipts.took(&web, StoryTime(0)));
        assert_eq!(receipts.last_complaint(&web), "Failed at 7");
        for launched in [5, 3] {
            receipts.note(&write(launched, Told::Acknowledged));
        }
        assert!(receipts.took(&web, StoryTime(5)) && !receipts.took(&web, StoryTime(6)));
        let several = Write { count: 3, every_micros: 2, ..write(5, Told::Acknowledged) };
        receipts.note(&several);
        assert!(receipts.took(&web, StoryTime(9)) && !receipts.took(&web, StoryTime(10)));
    }

    #[test]
    fn who_took_the_last_write_will_take_the_next() {
        let (web, every) = ("web".parse().unwrap(), Duration::from_micros(200));
        let mut receipts = Receipts::default();
        let soon = |receipts: &Receipts| receipts.will_take(&web, every, StoryTime(7));
        assert_eq!(soon(&receipts), Some(StoryTime(407)));
        receipts.note(&write(1, Told::Acknowledged));
        assert_eq!(soon(&receipts), Some(StoryTime(412)));
        receipts.note(&write(2, Told::Failed));
        assert_eq!(soon(&receipts), None);
    }
}
