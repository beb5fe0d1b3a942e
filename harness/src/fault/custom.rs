//! `custom`: a fault of the user's own.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Reach, Refers, one};
use crate::{base::HostId, step::Simulated};

/// A fault of the user's own: three scripts of the scenario's folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Custom {
    /// The script that makes it happen.
    pub inject: String,
    /// The script that makes it end.
    pub heal: String,
    /// The script that looks: it ends with 0 while the fault bites, and with 1 when it is gone.
    pub verify: String,
    /// The host on which they run, through its console; where the operator sits when left out.
    #[serde(default)]
    pub on: Option<HostId>,
    /// What `inject` amounts to, for the simulator; unknown there when left out.
    #[serde(default)]
    pub simulates: Option<Vec<Simulated>>,
    /// What `heal` amounts to, for the simulator.
    #[serde(default)]
    pub heal_simulates: Vec<Simulated>,
}

impl Describe for Custom {
    fn reach(&self) -> Reach<'_> {
        match &self.on {
            Some(on) => Reach { hosts: one(on), ..Reach::default() },
            // Nobody knows what a script at the operator's side does.
            None => {
                Reach { is_everywhere: true, updates: true, installs: true, ..Reach::default() }
            }
        }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        let scripts = [("inject", &self.inject), ("heal", &self.heal), ("verify", &self.verify)];
        let scripts = scripts.map(|(key, path)| (key, Refers::File(path)));
        let on = self.on.iter().map(|on| ("on", Refers::Host(on)));
        let simulates = self.simulates.iter().map(|all| ("simulates", Refers::Amounts(all)));
        let heals = ("heal_simulates", Refers::Amounts(&self.heal_simulates));
        scripts.into_iter().chain(on).chain(simulates).chain([heals]).collect()
    }
}

impl fmt::Display for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` goes wrong", self.inject)?;
        match &self.on {
            Some(on) => write!(f, " on `{on}`"),
            None => Ok(()),
        }
    }
}
