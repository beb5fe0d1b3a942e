//! `transfer-interrupted`, `transfer-corrupted`, `transfer-older-copy`: what can become of data on its
//! way to another host. Nothing of it shows before somebody copies the data.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Reach, Refers, one};
use crate::base::ServiceId;

/// A kind that strikes each `transfer` of a service, from its words for people.
macro_rules! of_transfers {
    ($($(#[$doc:meta])* $kind:ident: $words:literal,)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
            #[serde(deny_unknown_fields)]
            pub struct $kind {
                /// Whose data.
                pub service: ServiceId,
            }

            impl Describe for $kind {
                fn reach(&self) -> Reach<'_> {
                    Reach { services: one(&self.service), ..Reach::default() }
                }

                fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
                    vec![("service", Refers::Service(&self.service))]
                }

                fn is_trap(&self) -> bool {
                    true
                }
            }

            impl fmt::Display for $kind {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write!(f, $words, self.service)
                }
            }
        )*
    };
}

of_transfers! {
    /// The connection is cut in the midst of each copy of a service's data.
    TransferInterrupted: "copies of the data of `{}` break off",
    /// A byte of a service's data becomes another one after it was compared with what was sent.
    TransferCorrupted: "the data of `{}` is corrupted when it has arrived",
    /// What arrives of a service's data is as it was when the fault began.
    TransferOlderCopy: "an older copy of the data of `{}` arrives",
}
