//! Ids of writes: of one width, from one alphabet, none a part of another.

use std::fmt;

use crate::base::ServiceId;

/// What stands for the id in what a scenario writes.
pub const PLACEHOLDER: &str = "{id}";

/// What each id begins with.
const PREFIX: &str = "filage-";
/// How many digits a number has.
const DIGITS: usize = 8;

/// The id of one write: `filage-links-00000012`. Lower-case letters, digits and hyphens, so that it
/// can stand in a URL, in quotes of SQL, in a mail's header and in JSON as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteId<'a> {
    /// To which service.
    pub service: &'a ServiceId,
    /// Counted from 0.
    pub number: u64,
}

impl<'a> WriteId<'a> {
    /// The highest number that there is an id for.
    pub const MAX: u64 = 10_u64.pow(DIGITS as u32) - 1;

    /// The id of a write.
    pub fn new(service: &'a ServiceId, number: u64) -> Self {
        assert!(number <= Self::MAX, "write {number} has no id");
        Self { service, number }
    }

    /// A text with the id in each place that waits for it.
    pub fn fill(self, text: &str) -> String {
        text.replace(PLACEHOLDER, &self.to_string())
    }

    /// The numbers of all ids of a service in a text, as often as they are there.
    pub fn find(service: &ServiceId, text: &str) -> Vec<u64> {
        let prefix = format!("{PREFIX}{service}-");
        text.match_indices(&prefix)
            .filter_map(|(at, _)| number(&text[at + prefix.len()..]))
            .collect()
    }
}

impl fmt::Display for WriteId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}-{:0DIGITS$}", self.service, self.number)
    }
}

/// The number at the beginning of a text, unless it is part of the id of a service whose name goes
/// on with a number: of `a-00000001` and not of `a`.
fn number(text: &str) -> Option<u64> {
    let (digits, rest) = digits(text)?;
    let of_another = rest.strip_prefix('-').is_some_and(|rest| self::digits(rest).is_some());
    if of_another { None } else { digits.parse().ok() }
}

/// Eight digits and no more at the beginning of a text, and what follows them.
fn digits(text: &str) -> Option<(&str, &str)> {
    let (digits, rest) = text.split_at_checked(DIGITS)?;
    let is_digit = |c: char| c.is_ascii_digit();
    (digits.chars().all(is_digit) && !rest.starts_with(is_digit)).then_some((digits, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn service(id: &str) -> ServiceId {
        id.parse().expect("a test speaks of well-formed ids")
    }

    #[test]
    fn ids_are_filled_in_everywhere() {
        let links = service("links");
        let id = WriteId::new(&links, 12);
        assert_eq!(id.to_string(), "filage-links-00000012");
        assert_eq!(id.fill("/{id}?{id}={ID}"), "/filage-links-00000012?filage-links-00000012={ID}");
    }

    #[test]
    fn ids_are_found_whole_or_not_at_all() {
        for (text, found) in [
            ("", &[][..]),
            ("filage-links-00000012", &[12]),
            ("<a href=/filage-links-00000012>filage-links-00000012</a>", &[12, 12]),
            ("filage-links-00000012-copy é filage-links-99999999", &[12, 99_999_999]),
            ("filage-links-0000001", &[]),
            ("filage-links-000000012", &[]),
            ("filage-links-0000001é", &[]),
            ("filage-link-00000012 filage-links-2-00000012", &[]),
            ("filage-links-00000012-00000013", &[]),
        ] {
            assert_eq!(WriteId::find(&service("links"), text), found, "{text}");
        }
        let odd = service("links-00000012");
        assert_eq!(WriteId::find(&odd, "filage-links-00000012-00000013"), [13]);
    }

    proptest! {
        #[test]
        fn each_service_finds_its_own_ids_and_no_others(
            names in proptest::collection::vec("[a-c]{1,2}(-[0-9]{8})?", 2..5),
            numbers in proptest::collection::vec(0..=WriteId::MAX, 1..20),
            between in "[ ,\"/é]{1,3}",
        ) {
            let services: Vec<ServiceId> = names.iter().map(|name| service(name)).collect();
            let ids: Vec<(usize, u64)> =
                numbers.iter().enumerate().map(|(at, number)| (at % services.len(), *number)).collect();
            let text: String = ids
                .iter()
                .map(|(of, number)| format!("{}{between}", WriteId::new(&services[*of], *number)))
                .collect();
            for one in &services {
                let own: Vec<u64> =
                    ids.iter().filter(|(of, _)| services[*of] == *one).map(|(_, n)| *n).collect();
                prop_assert_eq!(WriteId::find(one, &text), own);
            }
        }
    }
}
