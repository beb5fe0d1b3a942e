//! `port-occupied`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Mender, Nonsense, Reach, Refers, Symptom, one};
use crate::base::HostId;

/// A program that nobody thought of listens on a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PortOccupied {
    /// Which host.
    pub on: HostId,
    /// The TCP port.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// Who holds it.
    #[serde(default)]
    pub by: Squatter,
}

/// Who holds an occupied port.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Squatter {
    /// A plain listener of the harness's own; any port.
    #[default]
    Listener,
    /// Debian's Exim, as the distribution installs it by default; port 25 only.
    Exim4,
}

/// Debian's Exim listens here and nowhere else.
const SMTP: u16 = 25;

impl Describe for PortOccupied {
    fn reach(&self) -> Reach<'_> {
        Reach { hosts: one(&self.on), ports: one(&self.port), ..Reach::default() }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        vec![("on", Refers::Host(&self.on))]
    }

    fn nonsense(&self) -> Vec<Nonsense> {
        let range = Nonsense::out_of_range("port", &self.port, 1..=u16::MAX);
        let elsewhere = self.by == Squatter::Exim4 && self.port != SMTP && self.port != 0;
        let exim = elsewhere.then(|| Nonsense {
            key: "port",
            message: format!("Exim listens on port {SMTP}, not on {}", self.port),
            help: "`by: listener` can hold any port".to_owned(),
        });
        range.into_iter().chain(exim).collect()
    }

    fn mender(&self) -> Mender {
        Mender::Step
    }

    /// Exim is installed.
    fn is_prepared(&self) -> bool {
        self.by == Squatter::Exim4
    }

    fn symptom(&self) -> Symptom {
        Symptom::PortTaken
    }
}

impl fmt::Display for PortOccupied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "port {} of `{}` is held by {}", self.port, self.on, self.by)
    }
}

impl fmt::Display for Squatter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Listener => "a listener",
            Self::Exim4 => "exim4",
        })
    }
}
