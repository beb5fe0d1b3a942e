//! When a fault is injected.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Duration, StepId};

/// When a fault is injected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    /// Before the first step: the host is handed over like that.
    Start,
    /// When the step is about to start; the step waits until the fault bites.
    Before(StepId),
    /// Once the step has started.
    During(StepId),
    /// When the step has ended; what follows it waits until the fault bites.
    After(StepId),
    /// At a story time, counted from the first step.
    At(Duration),
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => write!(f, "from the start"),
            Self::Before(step) => write!(f, "before step `{step}`"),
            Self::During(step) => write!(f, "during step `{step}`"),
            Self::After(step) => write!(f, "after step `{step}`"),
            Self::At(time) => write!(f, "{time} after the first step began"),
        }
    }
}
