//! `host-crash`, `host-pause`, `boot-fails`, `lease-ended`: a whole host is gone, or stands still.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Reach, Refers, one};
use crate::base::HostId;

/// A kind that strikes all of one host, from its words for people.
macro_rules! of_hosts {
    ($($(#[$doc:meta])* $kind:ident: $words:literal,)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
            #[serde(deny_unknown_fields)]
            pub struct $kind {
                /// Which host.
                pub on: HostId,
            }

            impl Describe for $kind {
                fn reach(&self) -> Reach<'_> {
                    Reach { hosts: one(&self.on), ..Reach::default() }
                }

                fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
                    vec![("on", Refers::Host(&self.on))]
                }
            }

            impl fmt::Display for $kind {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write!(f, $words, self.on)
                }
            }
        )*
    };
}

of_hosts! {
    /// A host loses its power in the midst of everything; healed, it is booted again.
    HostCrash: "`{}` has crashed",
    /// A host stands still: it takes connections, and says nothing on them.
    HostPause: "`{}` stands still",
    /// A host is rebooted and does not come back; healed, the cause is gone and it is booted.
    BootFails: "`{}` does not come back from a reboot",
    /// The provider has switched a host off for good; healed, the lease is renewed.
    LeaseEnded: "the lease of `{}` has ended",
}
