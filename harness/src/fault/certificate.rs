//! `certificate-expired`, `certificate-not-issued`: what lies on a host in the place of a service's
//! certificate. Programs read it when they start, so nothing of it shows before somebody starts the
//! service there, or boots the host.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Reach, Refers, one};
use crate::base::{HostId, ServiceId};

/// A kind that strikes the certificate of one service on one host, from its words for people.
macro_rules! of_certificates {
    ($($(#[$doc:meta])* $kind:ident: $words:literal,)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
            #[serde(deny_unknown_fields)]
            pub struct $kind {
                /// Which service; its container has a `tls` folder.
                pub service: ServiceId,
                /// On which host.
                pub on: HostId,
            }

            impl Describe for $kind {
                fn reach(&self) -> Reach<'_> {
                    let (hosts, services) = (one(&self.on), one(&self.service));
                    Reach { hosts, services, ..Reach::default() }
                }

                fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
                    vec![
                        ("service", Refers::Certified(&self.service)),
                        ("on", Refers::DockerHost(&self.on)),
                    ]
                }

                fn is_trap(&self) -> bool {
                    true
                }
            }

            impl fmt::Display for $kind {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write!(f, $words, self.service, self.on)
                }
            }
        )*
    };
}

of_certificates! {
    /// The certificate of a service on a host has run out: what starts there serves it, and clients
    /// refuse it.
    CertificateExpired: "the certificate of `{}` on `{}` has run out",
    /// No certificate of a service lies on a host: what reads it at its start does not start there.
    CertificateNotIssued: "no certificate of `{}` lies on `{}`",
}
