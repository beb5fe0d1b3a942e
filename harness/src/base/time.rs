//! Story time and durations, both in whole microseconds.

use std::{borrow::Cow, fmt, ops, str::FromStr};

use jiff::{
    SignedDuration,
    fmt::friendly::{Designator, Spacing, SpanParser, SpanPrinter},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A moment on the clock of the migration: microseconds since the rehearsal began, waits for
/// people included.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct StoryTime(pub u64);

impl StoryTime {
    /// The time that passed since `earlier`, or none when that is in the future.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// In seconds.
    pub fn as_seconds(self) -> f64 {
        Duration::from_micros(self.0).as_seconds()
    }
}

impl ops::Add<Duration> for StoryTime {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.as_micros()))
    }
}

/// A length of time, written as people write it: `250ms`, `5m`, `1h 30m`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(u64);

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// The longest that a scenario may speak of: a year.
    pub const MAX: Self = Self(366 * 24 * 3_600_000_000);

    /// From whole microseconds.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }
    /// From whole milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis * 1_000)
    }
    /// From whole seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds * 1_000_000)
    }
    /// In whole microseconds.
    pub const fn as_micros(self) -> u64 {
        self.0
    }
    /// In whole seconds, rounded up (what a DNS TTL can say).
    pub const fn as_secs_ceil(self) -> u64 {
        self.0.div_ceil(1_000_000)
    }
    /// In seconds.
    pub fn as_seconds(self) -> f64 {
        // Exact: a year in microseconds is far below 2^53.
        self.0 as f64 / 1e6
    }
    /// For the standard library's functions.
    pub const fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_micros(self.0)
    }
}

impl From<std::time::Duration> for Duration {
    fn from(duration: std::time::Duration) -> Self {
        Self(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
    }
}

impl ops::Add for Duration {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::iter::Sum for Duration {
    fn sum<I: Iterator<Item = Self>>(durations: I) -> Self {
        durations.fold(Self::ZERO, ops::Add::add)
    }
}

/// A text that is no [`Duration`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is no duration: expected for example `250ms`, `5m` or `1h 30m`, a year at most")]
pub struct InvalidDuration {
    /// What was found.
    pub found: String,
}

impl FromStr for Duration {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Self, InvalidDuration> {
        let invalid = || InvalidDuration { found: text.to_owned() };
        if text == "0" {
            return Ok(Self::ZERO);
        }
        let span = SpanParser::new().parse_span(text).map_err(|_| invalid())?;
        let (days, rest) = (i64::from(span.get_days()), span.days(0));
        let signed = SignedDuration::try_from(rest)
            .ok()
            .and_then(|rest| rest.checked_add(SignedDuration::from_hours(days.checked_mul(24)?)))
            .ok_or_else(invalid)?;
        let micros = u64::try_from(signed.as_micros()).map_err(|_| invalid())?;
        Some(Self(micros)).filter(|duration| *duration <= Self::MAX).ok_or_else(invalid)
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let printer =
            SpanPrinter::new().designator(Designator::Compact).spacing(Spacing::BetweenUnits);
        let signed = SignedDuration::from_micros(i64::try_from(self.0).unwrap_or(i64::MAX));
        f.pad(&printer.duration_to_string(&signed))
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Duration {
    fn schema_name() -> Cow<'static, str> {
        "duration".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A length of time such as `250ms`, `5m` or `1h 30m`.",
            "examples": ["250ms", "5m", "1h 30m"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_print() {
        for (text, micros, printed) in [
            ("0", 0, "0s"),
            ("0s", 0, "0s"),
            ("250ms", 250_000, "250ms"),
            ("5m", 300_000_000, "5m"),
            ("1h30m", 5_400_000_000, "1h 30m"),
            ("2d", 172_800_000_000, "48h"),
        ] {
            let duration: Duration = text.parse().unwrap();
            assert_eq!(duration.as_micros(), micros, "{text}");
            assert_eq!(duration.to_string(), printed);
            assert_eq!(printed.parse(), Ok(duration));
        }
        for text in ["", "5", "-5m", "5 minutess", "400d", "1 month"] {
            assert!(text.parse::<Duration>().is_err(), "{text}");
        }
    }
}
