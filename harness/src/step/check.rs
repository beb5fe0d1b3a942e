//! `check`: look before going on.

use serde::{Deserialize, Serialize};

use super::{Describe, Description, Reach};
use crate::expect::Expectation;

/// Expectations that must hold for the migration to go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// All of these must hold.
    pub expectations: Vec<Expectation>,
}

impl Describe for Check {
    fn word(&self) -> &'static str {
        "check"
    }
    fn describe(&self) -> Description {
        Description {
            summary: format!(
                "check that {}",
                self.expectations
                    .iter()
                    .map(Expectation::to_string)
                    .collect::<Vec<_>>()
                    .join(", and that ")
            ),
            ..Description::default()
        }
    }
    fn reach(&self) -> Reach {
        Reach::default()
    }
}
