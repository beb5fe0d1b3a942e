//! `run`: a script of the user's, on a host or where the operator sits.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Description, Reach, Simulated};
use crate::base::{Duration, HostId};

/// Run a script of the scenario's folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The script, as a path in the scenario's folder; its first line names its interpreter.
    pub script: String,
    /// What it is called with.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// The host; left out: at the operator's side, from where all hosts answer to their names.
    #[serde(default)]
    pub on: Option<HostId>,
    /// The way to the host.
    #[serde(default)]
    pub via: Via,
    /// What it amounts to, for a world that cannot run it; an empty list: it only looks. Left out,
    /// such a world cannot know what is true afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulates: Option<Vec<Simulated>>,
}

/// The way by which a step reaches its host.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// As an operator does from afar.
    #[default]
    Ssh,
    /// The provider's console, which works without network; it is root's.
    Console,
}

impl Run {
    /// The hosts that it is known to act on: its own, and those that it is said to act on.
    pub fn places(&self) -> Vec<&HostId> {
        let said = self.simulates.iter().flatten().filter_map(|what| what.on().flatten());
        self.on.iter().chain(said).collect()
    }
}

impl Describe for Run {
    fn word(&self) -> &'static str {
        "run"
    }
    fn describe(&self) -> Description {
        let place = match (&self.on, self.via) {
            (None, _) => "at the operator's side".to_owned(),
            (Some(host), Via::Ssh) => format!("on `{host}`"),
            (Some(host), Via::Console) => format!("on `{host}`, through its console"),
        };
        let needs = match (&self.on, self.via) {
            (Some(host), Via::Ssh) => vec![format!("SSH to `{host}`")],
            _ => vec![],
        };
        Description {
            summary: format!("run `{}` {place}", self.script),
            needs,
            touches: vec!["whatever the script touches".to_owned()],
            may_break: vec!["whatever the script breaks".to_owned()],
        }
    }
    fn reach(&self) -> Reach {
        let simulated = self.simulates.iter().flatten();
        let services = simulated.filter_map(|what| what.service().cloned()).collect();
        Reach { services, hosts: self.on.iter().cloned().collect(), ..Reach::default() }
    }
    fn default_deadline(&self) -> Duration {
        Duration::from_secs(300)
    }
}
