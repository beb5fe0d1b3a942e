//! Owns what faults do to copies of data: whoever copies asks here, and says what came of it.
//! Must not know: how data is copied.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::base::{FaultId, ServiceId};

/// The faults that strike copies.
#[derive(Default)]
pub(super) struct Copies(Mutex<BTreeMap<FaultId, Struck>>);

/// What one does, and what was seen of it.
struct Struck {
    service: ServiceId,
    how: Harm,
    /// What it was seen to do last.
    seen: Option<String>,
}

/// What a fault does to a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Harm {
    /// It breaks off.
    Cut,
    /// It is corrupted once it has arrived.
    Corrupt,
    /// It is as the data was when the fault began.
    Older,
}

impl Copies {
    /// Copies of a service's data are struck from now on.
    pub(super) fn strike(&self, fault: &FaultId, service: &ServiceId, how: Harm) {
        let struck = Struck { service: service.clone(), how, seen: None };
        self.all().insert(fault.clone(), struck);
    }

    /// They are no more.
    pub(super) fn spare(&self, fault: &FaultId) {
        self.all().remove(fault);
    }

    /// Whether a fault strikes.
    pub(super) fn is_struck_by(&self, fault: &FaultId) -> bool {
        self.all().contains_key(fault)
    }

    /// The faults that do this to copies of a service's data.
    pub(super) fn struck_by(&self, service: &ServiceId, how: Harm) -> Vec<FaultId> {
        let all = self.all();
        let of_it = all.iter().filter(|(_, it)| it.service == *service && it.how == how);
        of_it.map(|(id, _)| id.clone()).collect()
    }

    /// These have struck, as was seen by this.
    pub(super) fn saw(&self, faults: &[FaultId], what: &str) {
        let mut all = self.all();
        for fault in faults {
            if let Some(struck) = all.get_mut(fault) {
                struck.seen = Some(what.to_owned());
            }
        }
    }

    /// What a fault was seen to do.
    pub(super) fn seen(&self, fault: &FaultId) -> Option<String> {
        self.all().get(fault)?.seen.clone()
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<FaultId, Struck>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a host keeps the older copy of a folder that a fault sends in its place.
pub(super) fn older(folder: &str, fault: &FaultId) -> String {
    format!("{}.filage-older-{fault}", folder.trim_end_matches('/'))
}
