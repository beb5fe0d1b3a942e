//! What one probe can find.

use serde::{Deserialize, Serialize};

/// What one probe found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// As expected.
    Up,
    /// As expected, but later than the probe's `slow_after`.
    Slow,
    /// An answer, but not the expected one.
    Wrong,
    /// No answer: refused, unreachable, timed out, no address.
    Down,
    /// The probe could not be sent; nothing is known.
    NoSample,
}

impl Answer {
    /// Whether the service does what it is for, be it slowly.
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Up | Self::Slow)
    }

    /// Whether it was seen not to.
    pub const fn is_bad(self) -> bool {
        matches!(self, Self::Wrong | Self::Down)
    }
}
