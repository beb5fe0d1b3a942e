//! Expectation against finding. Pure.

use std::fmt::{self, Display};

use super::{Expectation, File, Found, Http, Ports, RecordType, Unit};
use crate::base::{HostId, IndexMap};

impl Expectation {
    /// Whether what was found is as expected; none when nothing could be seen.
    pub fn holds(&self, found: &Found, addresses: &IndexMap<HostId, String>) -> Option<bool> {
        let agrees = |wanted: Option<bool>, is: bool| wanted.is_none_or(|wanted| wanted == is);
        Some(match (self, found) {
            (_, Found::Unseen(_)) => return None,
            (Self::Listens(Ports { ports, .. }), Found::Listeners(open)) => {
                ports.iter().all(|port| open.iter().any(|listener| listener.port == *port))
            }
            (Self::Silent(Ports { ports, .. }), Found::Listeners(open)) => {
                !ports.iter().any(|port| open.iter().any(|listener| listener.port == *port))
            }
            (Self::Running(wanted), Found::Services(states)) => {
                wanted.services.len() == states.len()
                    && states.iter().all(|state| state.running && state.at_boot)
            }
            (Self::Stopped(wanted), Found::Services(states)) => {
                wanted.services.len() == states.len()
                    && states.iter().all(|state| !state.running && !state.at_boot)
            }
            (
                Self::Unit(Unit { active, enabled, .. }),
                Found::Unit { active: is, enabled: will },
            ) => agrees(*active, *is) && agrees(*enabled, *will),
            (
                Self::File(File { exists: wanted, sha256: sum, contains: text, .. }),
                Found::File { exists, sha256, contains },
            ) => {
                wanted == exists
                    && (!wanted
                        || (sum.is_none() || sum == sha256)
                            && (text.is_none() || *contains == Some(true)))
            }
            (Self::SameData(_), Found::Data(sums)) => sums.len() == 2 && sums[0].1 == sums[1].1,
            (Self::Dns(dns), Found::Records(records)) => {
                let wanted = match &dns.is {
                    Some(host) => Some(addresses.get(host)?.clone()),
                    None => dns.value.as_ref().map(|value| match dns.kind {
                        // With the final dot or without, as in a zone file or in a browser.
                        RecordType::Mx | RecordType::Ptr => {
                            value.trim_end_matches('.').to_lowercase()
                        }
                        RecordType::A | RecordType::Txt => value.clone(),
                    }),
                };
                match wanted {
                    Some(value) => records.as_slice() == [value],
                    None => !records.is_empty(),
                }
            }
            (
                Self::Http(Http { status: wanted, contains: text, .. }),
                Found::Http { status, contains },
            ) => wanted == status && (text.is_none() || *contains == Some(true)),
            (Self::Mail(_), Found::Mail { accepted, readable, .. }) => *accepted && *readable,
            (Self::File(File { exists: false, .. }), Found::Absent(_)) => true,
            (_, Found::Absent(_)) => false,
            // A world that answers another question than the one asked has told nothing.
            _ => return None,
        })
    }
}

impl Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listeners(open) if open.is_empty() => write!(f, "no listener"),
            Self::Listeners(open) => {
                f.write_str("listeners: ")?;
                join(f, open, ", ", |f, it| write!(f, "{} ({})", it.port, it.program))
            }
            Self::Services(states) => join(f, states, "; ", |f, state| {
                let runs = if state.running { "runs" } else { "does not run" };
                let boots = if state.at_boot { "starts at boot" } else { "not at boot" };
                write!(f, "`{}` {runs}, {boots}", state.service)
            }),
            Self::Unit { active, enabled } => {
                let not = |yes: &bool| if *yes { "" } else { "not " };
                write!(f, "{}active, {}enabled", not(active), not(enabled))
            }
            Self::File { exists: false, .. } => write!(f, "no such file"),
            Self::File { sha256, contains, .. } => {
                write!(f, "the file, SHA-256 `{}`", sha256.as_deref().unwrap_or("unknown"))?;
                match contains {
                    Some(false) => write!(f, ", without the text"),
                    _ => Ok(()),
                }
            }
            Self::Data(sums) => {
                join(f, sums, ", ", |f, (host, sum)| write!(f, "{sum} on `{host}`"))
            }
            Self::Records(records) => f.write_str(&names(records)),
            Self::Http { status, contains: Some(false) } => write!(f, "{status} without the text"),
            Self::Http { status, .. } => write!(f, "{status}"),
            Self::Mail { accepted, readable, detail } => {
                let not = |yes: &bool| if *yes { "" } else { "not " };
                write!(f, "{}accepted, {}readable", not(accepted), not(readable))?;
                if detail.is_empty() { Ok(()) } else { write!(f, ": {detail}") }
            }
            Self::Absent(why) => f.write_str(why),
            Self::Unseen(why) => write!(f, "could not be seen: {why}"),
        }
    }
}

/// One after the other, with something between them.
fn join<T>(
    f: &mut fmt::Formatter<'_>,
    items: &[T],
    between: &str,
    one: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            f.write_str(between)?;
        }
        one(f, item)?;
    }
    Ok(())
}

pub(super) fn names<T: Display>(items: &[T]) -> String {
    if items.is_empty() {
        return "nothing".to_owned();
    }
    items.iter().map(|item| format!("`{item}`")).collect::<Vec<_>>().join(", ")
}

pub(super) fn numbers(ports: &[u16]) -> String {
    ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
}
