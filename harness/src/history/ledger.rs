//! What writers were told, and what readers found.

use std::{fmt, ops::RangeInclusive};

use serde::{Deserialize, Serialize};

use crate::{
    base::{Duration, HostId, ServiceId, StoryTime},
    probe::Client,
    writer::{Tally, Told},
};

/// One write, recorded when nothing more will be heard of it; or several in a row that were begun at
/// equal distances and came to the same, each after the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// To which service.
    pub service: ServiceId,
    /// Which of the service's, counted from 0; of several, the first.
    pub number: u64,
    /// How many writes in a row it stands for.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub count: u64,
    /// The time from the beginning of one to that of the next, where there are several.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub every_micros: u64,
    /// From which client.
    pub client: Client,
    /// When it was begun; of several, the first.
    #[serde(rename = "launched_micros")]
    pub launched: StoryTime,
    /// When the last was heard of it; of several, of the first.
    #[serde(rename = "ended_micros")]
    pub ended: StoryTime,
    /// What was heard.
    pub told: Told,
    /// The host at the address that was written to at last, where one has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostId>,
    /// How often it was tried.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub attempts: u64,
    /// How many attempts were sent and never answered: each may have been taken.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unanswered: u64,
    /// How many writes were left out since the one before, because nobody was free for them; between
    /// several in a row none was.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skipped: u64,
    /// Why, where it is not acknowledged.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

impl Write {
    /// The last of the writes that it stands for.
    pub fn last_number(&self) -> u64 {
        self.number.saturating_add(self.count.saturating_sub(1))
    }

    /// The writes that it stands for.
    pub fn numbers(&self) -> RangeInclusive<u64> {
        self.number..=self.last_number()
    }

    /// When the last of them was begun.
    pub fn last_launched(&self) -> StoryTime {
        self.launched + self.later(self.last_number())
    }

    /// When the last of them had come to its end.
    pub fn last_ended(&self) -> StoryTime {
        self.ended + self.later(self.last_number())
    }

    /// The one with this number, by itself.
    #[must_use]
    pub fn one(&self, number: u64) -> Self {
        assert!(self.numbers().contains(&number), "{number} is not of {:?}", self.numbers());
        let later = self.later(number);
        Self {
            number,
            count: 1,
            every_micros: 0,
            launched: self.launched + later,
            ended: self.ended + later,
            skipped: if number == self.number { self.skipped } else { 0 },
            ..self.clone()
        }
    }

    /// The writes among them that were begun after a moment, by their numbers.
    pub fn begun_after(&self, moment: StoryTime) -> RangeInclusive<u64> {
        let early = match moment.0.checked_sub(self.launched.0) {
            None => 0,
            Some(since) => since.checked_div(self.every_micros).map_or(self.count, |full| full + 1),
        };
        self.number.saturating_add(early)..=self.last_number()
    }

    fn later(&self, number: u64) -> Duration {
        Duration::from_micros(self.every_micros.saturating_mul(number - self.number))
    }
}

/// What a reader found of the writes to a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// To which service they were written.
    pub service: ServiceId,
    /// Where they were looked for.
    pub host: HostId,
    /// What was found.
    pub found: Held,
}

/// What can be found where writes are looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// What is there of them.
    Writes(Tally),
    /// There is nothing that could keep them, for this reason.
    Nothing(String),
    /// It could not be read, for this reason.
    Unread(String),
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Writes(tally) if tally.there.is_empty() => f.write_str("no write"),
            Self::Writes(tally) => {
                let plural = if tally.there.len() == 1 { "" } else { "s" };
                write!(f, "{} write{plural}", tally.there.len())?;
                match tally.several.len() {
                    0 => Ok(()),
                    several => write!(f, ", {several} of them more than once"),
                }
            }
            Self::Nothing(why) => write!(f, "nothing: {why}"),
            Self::Unread(why) => write!(f, "could not be read: {why}"),
        }
    }
}

const fn one() -> u64 {
    1
}
const fn is_one(count: &u64) -> bool {
    *count == 1
}
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Record, What};

    fn line(what: What) -> String {
        let record = Record { at: StoryTime(7), what };
        let line = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), record);
        line
    }

    fn write() -> Write {
        Write {
            service: "links".parse().unwrap(),
            number: 12,
            count: 1,
            every_micros: 0,
            client: Client::Fresh,
            launched: StoryTime(7),
            ended: StoryTime(9),
            told: Told::Acknowledged,
            host: Some("old".parse().unwrap()),
            attempts: 1,
            unanswered: 0,
            skipped: 0,
            detail: String::new(),
        }
    }

    #[test]
    fn a_write_is_a_short_line_and_reads_back() {
        insta::assert_snapshot!(line(What::Written(write())), @r#"{"at_micros":7,"event":"written","service":"links","number":12,"client":"fresh","launched_micros":7,"ended_micros":9,"told":"acknowledged","host":"old"}"#);
        let queued = Write { attempts: 3, unanswered: 1, skipped: 4, host: None, ..write() };
        insta::assert_snapshot!(line(What::Written(queued)), @r#"{"at_micros":7,"event":"written","service":"links","number":12,"client":"fresh","launched_micros":7,"ended_micros":9,"told":"acknowledged","attempts":3,"unanswered":1,"skipped":4}"#);
    }

    #[test]
    fn several_writes_are_one_line_and_each_can_be_told() {
        let several = Write { count: 3, every_micros: 10, skipped: 2, ..write() };
        insta::assert_snapshot!(line(What::Written(several.clone())), @r#"{"at_micros":7,"event":"written","service":"links","number":12,"count":3,"every_micros":10,"client":"fresh","launched_micros":7,"ended_micros":9,"told":"acknowledged","host":"old","skipped":2}"#);
        assert_eq!((several.last_number(), several.last_launched()), (14, StoryTime(27)));
        let last = Write { number: 14, launched: StoryTime(27), ended: StoryTime(29), ..write() };
        assert_eq!((several.one(14), several.last_ended()), (last, StoryTime(29)));
        assert_eq!(several.one(12), Write { skipped: 2, ..write() });
        for (moment, begun) in [(0, 12..=14), (7, 13..=14), (16, 13..=14), (17, 14..=14)] {
            assert_eq!(several.begun_after(StoryTime(moment)), begun, "{moment}");
        }
        assert!(several.begun_after(StoryTime(27)).is_empty());
        assert!(write().begun_after(StoryTime(7)).is_empty());
        assert_eq!(write().begun_after(StoryTime(6)), 12..=12);
    }

    #[test]
    fn a_holding_is_a_short_line_and_reads_back() {
        let of = |found| Holding {
            service: "links".parse().unwrap(),
            host: "new".parse().unwrap(),
            found,
        };
        let found = [0, 1, 2, 4, 4].into_iter().collect();
        insta::assert_snapshot!(line(What::Read(of(Held::Writes(found)))), @r#"{"at_micros":7,"event":"read","service":"links","host":"new","found":{"writes":{"there":[[0,2],[4,4]],"several":[[4,2]]}}}"#);
        insta::assert_snapshot!(line(What::Read(of(Held::Nothing("no container".into())))), @r#"{"at_micros":7,"event":"read","service":"links","host":"new","found":{"nothing":"no container"}}"#);
        line(What::Read(of(Held::Unread("refused".into()))));
    }

    #[test]
    fn findings_in_words() {
        for (numbers, words) in [
            (&[][..], "no write"),
            (&[3], "1 write"),
            (&[0, 1, 1], "2 writes, 1 of them more than once"),
        ] {
            assert_eq!(Held::Writes(numbers.iter().copied().collect()).to_string(), words);
        }
    }
}
