//! Story seconds, as `verdict.json` has them and as people read them.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::base::{Duration, StoryTime};

/// A length of story time, or a moment counted from the beginning; a number of seconds in JSON,
/// exact to the microsecond.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(pub Duration);

impl From<Duration> for Seconds {
    fn from(duration: Duration) -> Self {
        Self(duration)
    }
}

impl From<StoryTime> for Seconds {
    fn from(moment: StoryTime) -> Self {
        Self(moment.since(StoryTime::default()))
    }
}

impl Seconds {
    /// As a moment, to the tenth: `11:00:04.2` hours after the beginning.
    pub fn clock(self) -> String {
        let tenths = self.0.as_micros() / 100_000;
        let (hours, minutes, seconds) = (tenths / 36_000, tenths / 600 % 60, tenths / 10 % 60);
        format!("{hours}:{minutes:02}:{seconds:02}.{}", tenths % 10)
    }
}

impl fmt::Display for Seconds {
    /// Short enough to be read in passing: `40ms`, `3.1s`, `5m 12.3s`, `2h 5m`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.as_micros();
        let text = match micros {
            0 => "0s".to_owned(),
            1..1_000 => "1ms".to_owned(),
            1_000..1_000_000 => format!("{}ms", micros / 1_000),
            1_000_000..60_000_000 => tenths(micros / 100_000),
            60_000_000..3_600_000_000 => {
                let tenths_of_second = micros / 100_000;
                format!("{}m {}", tenths_of_second / 600, tenths(tenths_of_second % 600))
            }
            _ => format!("{}h {}m", micros / 3_600_000_000, micros / 60_000_000 % 60),
        };
        f.pad(text.trim_end_matches(" 0m").trim_end_matches(" 0s"))
    }
}

fn tenths(tenths: u64) -> String {
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole}s"),
        (whole, tenth) => format!("{whole}.{tenth}s"),
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0.as_seconds())
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        // The cast saturates, and a story is far shorter than 2^53 microseconds.
        if seconds >= 0.0 {
            Ok(Self(Duration::from_micros((seconds * 1e6).round() as u64)))
        } else {
            Err(de::Error::custom("expected a number of seconds, zero or more"))
        }
    }
}

impl JsonSchema for Seconds {
    fn schema_name() -> Cow<'static, str> {
        "seconds".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "number",
            "minimum": 0,
            "description": "Seconds of story time; moments are counted from its beginning.",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn seconds_read_well() {
        for (micros, text) in [
            (0, "0s"),
            (7, "1ms"),
            (40_000, "40ms"),
            (3_000_000, "3s"),
            (3_149_000, "3.1s"),
            (20_000_000, "20s"),
            (59_999_999, "59.9s"),
            (300_000_000, "5m"),
            (312_300_000, "5m 12.3s"),
            (600_000_000, "10m"),
            (7_200_000_000, "2h"),
            (7_500_000_000, "2h 5m"),
        ] {
            assert_eq!(Seconds(Duration::from_micros(micros)).to_string(), text);
        }
    }

    #[test]
    fn moments_read_like_a_clock() {
        for (micros, text) in [
            (0, "0:00:00.0"),
            (61_250_000, "0:01:01.2"),
            (39_604_200_000, "11:00:04.2"),
            (360_000_000_000, "100:00:00.0"),
        ] {
            assert_eq!(Seconds(Duration::from_micros(micros)).clock(), text);
        }
    }

    proptest! {
        #[test]
        fn json_keeps_each_microsecond(micros in 0..Duration::MAX.as_micros()) {
            let seconds = Seconds(Duration::from_micros(micros));
            let json = serde_json::to_string(&seconds).unwrap();
            prop_assert_eq!(serde_json::from_str::<Seconds>(&json).unwrap(), seconds);
        }
    }
}
