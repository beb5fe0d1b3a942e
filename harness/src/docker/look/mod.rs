//! Owns the looks from the network: what a client finds when it asks once, for end states and
//! checks.
//! Must not know: hosts, containers, what is expected.
//!
//! "Nobody answers" is a finding ([`Found::Absent`]); [`Found::Unseen`] is for what could not be
//! looked at from here, be it for want of a working resolver.
//!
//! [`Found::Absent`]: crate::expect::Found::Absent
//! [`Found::Unseen`]: crate::expect::Found::Unseen

mod dns;
mod http;
mod mail;

pub use self::{dns::dns, http::http, mail::mail};
use super::probes::{short, visit::Miss};
use crate::{base::Duration, expect::Found};

/// When a look is given up.
const DEADLINE: Duration = Duration::from_secs(5);

/// What a miss means for a look.
fn found(miss: Miss) -> Found {
    match miss {
        Miss::Down(why) | Miss::Wrong(why) => Found::Absent(short(&why)),
        Miss::Unresolved(why) | Miss::Unable(why) => Found::Unseen(short(&why)),
    }
}
