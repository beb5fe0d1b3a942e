//! People's slips: a step that is forgotten, late, done twice, done elsewhere, done too early, or broken
//! off. They are the engine's to play, so they are alike in all worlds, and begin when it is the step's
//! turn.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Nonsense, Reach, Refers};
use crate::base::{Duration, HostId, StepId};

/// The operator forgets a step; what follows goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepSkipped {
    /// Which step.
    pub step: StepId,
}

/// A step is begun only a while after its turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepLate {
    /// Which step.
    pub step: StepId,
    /// By how much, in story time.
    pub by: Duration,
}

/// A step is done again as soon as it has passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepTwice {
    /// Which step.
    pub step: StepId,
}

/// A step is done on the wrong host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepElsewhere {
    /// Which step.
    pub step: StepId,
    /// The wrong host.
    pub on: HostId,
}

/// A step is done before another one that should come first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepEarly {
    /// Which step.
    pub step: StepId,
    /// The one that it should come after.
    pub before: StepId,
}

/// An attempt at a step is broken off, and counts as failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepFails {
    /// Which step.
    pub step: StepId,
    /// How far it comes.
    #[serde(default)]
    pub at: BrokenOff,
    /// Whether the migration is rolled back, whatever the step's `on_failure` says.
    #[serde(default)]
    pub roll_back: bool,
}

/// How far a step comes that is broken off.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum BrokenOff {
    /// Nothing of it is done.
    #[default]
    Before,
    /// It is ended half a second after it began, wherever it is.
    During,
    /// All of it is done, and then it counts as failed.
    After,
}

/// What a slip does to its step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slip<'a> {
    /// The step.
    pub step: &'a StepId,
    /// What becomes of it.
    pub how: SlipHow<'a>,
}

/// See [`Slip`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlipHow<'a> {
    /// See [`StepSkipped`].
    Skipped,
    /// See [`StepLate`].
    Late(Duration),
    /// See [`StepTwice`].
    Twice,
    /// See [`StepElsewhere`].
    Elsewhere(&'a HostId),
    /// See [`StepEarly`].
    Early(&'a StepId),
    /// See [`StepFails`].
    Fails {
        /// How far the step comes.
        at: BrokenOff,
        /// Whether the migration is rolled back in any case.
        rolls_back: bool,
    },
}

/// What all of them have in common: they strike a step, and nobody heals what people did.
macro_rules! slip {
    ($kind:ident, |$it:ident| $how:expr, $words:expr, [$(($key:literal, $refers:expr)),*]) => {
        impl Describe for $kind {
            fn reach(&self) -> Reach<'_> {
                Reach { step: Some(&self.step), ..Reach::default() }
            }
            fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
                let $it = self;
                vec![("step", Refers::Step(&$it.step)), $(($key, $refers)),*]
            }
            fn nonsense(&self) -> Vec<Nonsense> {
                let SlipHow::Late(by) = self.slip().expect("it is one").how else { return vec![] };
                let day = Duration::from_secs(24 * 3600);
                Nonsense::out_of_range("by", &by, Duration::from_secs(1)..=day).into_iter().collect()
            }
            fn slip(&self) -> Option<Slip<'_>> {
                let $it = self;
                Some(Slip { step: &$it.step, how: $how })
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let $it = self;
                write!(f, "step `{}` {}", $it.step, $words)
            }
        }
    };
}

slip!(StepSkipped, |it| SlipHow::Skipped, "is left out", []);
slip!(StepLate, |it| SlipHow::Late(it.by), format!("is begun {} late", it.by), []);
slip!(StepTwice, |it| SlipHow::Twice, "is done twice", []);
slip!(
    StepElsewhere,
    |it| SlipHow::Elsewhere(&it.on),
    format!("is done on `{}` instead", it.on),
    [("on", Refers::Host(&it.on))]
);
slip!(
    StepEarly,
    |it| SlipHow::Early(&it.before),
    format!("is done too early, before `{}`", it.before),
    [("before", Refers::Step(&it.before))]
);
slip!(
    StepFails,
    |it| SlipHow::Fails { at: it.at, rolls_back: it.roll_back },
    format!(
        "is broken off {}{}",
        it.at,
        if it.roll_back { ", and all is rolled back" } else { "" }
    ),
    []
);

impl fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Before => "before anything is done",
            Self::During => "half a second after it began",
            Self::After => "after all is done",
        })
    }
}
