//! The three values, and their order.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a check says; of two, the greater counts.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Ruling {
    /// It was seen to be right.
    Pass,
    /// It could not be seen, or not well enough.
    Unknown,
    /// It was seen to be wrong.
    Fail,
}

impl Ruling {
    /// Both together.
    #[must_use]
    pub fn combine(self, other: Self) -> Self {
        self.max(other)
    }
}

impl FromIterator<Ruling> for Ruling {
    fn from_iter<I: IntoIterator<Item = Self>>(rulings: I) -> Self {
        rulings.into_iter().fold(Self::Pass, Self::combine)
    }
}

impl fmt::Display for Ruling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "pass",
            Self::Unknown => "unknown",
            Self::Fail => "fail",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Ruling, Ruling::*};

    fn any_ruling() -> impl Strategy<Value = Ruling> {
        prop_oneof![Just(Pass), Just(Unknown), Just(Fail)]
    }

    #[test]
    fn fail_beats_unknown_beats_pass() {
        assert_eq!([Pass, Unknown, Fail, Pass].into_iter().collect::<Ruling>(), Fail);
        assert_eq!([Pass, Unknown].into_iter().collect::<Ruling>(), Unknown);
        assert_eq!([].into_iter().collect::<Ruling>(), Pass);
    }

    proptest! {
        #[test]
        fn combine_is_monotone(a in any_ruling(), b in any_ruling(), c in any_ruling()) {
            prop_assert!(a.combine(b) >= a.max(b));
            prop_assert_eq!(a.combine(b), b.combine(a));
            if a <= b {
                prop_assert!(a.combine(c) <= b.combine(c));
            }
        }
    }
}
