//! `wait`: for people, for a notice period, for caches to run out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Description, Reach};
use crate::base::Duration;

/// Let story time pass. It passes in a moment: the world ages what would have aged (DNS caches).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// How long.
    #[serde(rename = "for")]
    pub duration: Duration,
    /// What for.
    pub why: String,
}

impl Describe for Wait {
    fn word(&self) -> &'static str {
        "wait"
    }
    fn describe(&self) -> Description {
        Description {
            summary: format!("wait {}: {}", self.duration, self.why),
            touches: vec!["story time, and what is cached".to_owned()],
            ..Description::default()
        }
    }
    fn reach(&self) -> Reach {
        Reach::default()
    }
}
