//! Owns the words that every other module speaks: ids, story time, durations.
//! Must not know: files, clocks, scenarios, worlds.

mod ids;
mod many;
mod maps;
mod name;
mod time;

pub use ids::{CheckId, FaultId, HostId, Id, InvalidId, ServiceId, StepId, kinds};
pub use many::OneOrMany;
pub use maps::{IndexMap, IndexSet};
pub use name::{DnsName, InvalidDnsName, REVERSE, reversed};
pub use time::{Duration, InvalidDuration, StoryTime};
