//! DNS names, as a user writes them: absolute, without the final dot.

use std::{
    borrow::{Borrow, Cow},
    fmt,
    net::Ipv4Addr,
    str::FromStr,
};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

/// An absolute DNS name, in lower case and without the final dot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct DnsName(String);

impl DnsName {
    /// The name, without a final dot.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is `zone` or a name below it.
    pub fn is_in(&self, zone: &Self) -> bool {
        self.is_below(&zone.0)
    }

    /// Whether it is that of an address, or of a zone of such names.
    pub fn is_reverse(&self) -> bool {
        [REVERSE, "ip6.arpa"].iter().any(|zone| self.is_below(zone))
    }

    fn is_below(&self, zone: &str) -> bool {
        self.0.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

/// Where the names of addresses are (RFC 1035, 3.5).
pub const REVERSE: &str = "in-addr.arpa";

/// The name by which a zone of addresses speaks of one: [`REVERSE`], or a blocklist (RFC 5782, 2.1).
pub fn reversed(address: Ipv4Addr, zone: &str) -> String {
    let [a, b, c, d] = address.octets();
    format!("{d}.{c}.{b}.{a}.{zone}")
}

/// A text that is no [`DnsName`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is no DNS name: expected for example `links.asso.example`")]
pub struct InvalidDnsName {
    /// What was found.
    pub found: String,
}

impl FromStr for DnsName {
    type Err = InvalidDnsName;

    fn from_str(text: &str) -> Result<Self, InvalidDnsName> {
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
        };
        if text.len() <= 253 && text.contains('.') && text.split('.').all(label) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidDnsName { found: text.to_owned() })
        }
    }
}

impl Borrow<str> for DnsName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for DnsName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for DnsName {
    fn schema_name() -> Cow<'static, str> {
        "dns-name".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "An absolute DNS name in lower case, without the final dot.",
            "examples": ["links.asso.example"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_zones() {
        let name = |text: &str| text.parse::<DnsName>().unwrap();
        assert!(name("links.asso.example").is_in(&name("asso.example")));
        assert!(name("asso.example").is_in(&name("asso.example")));
        assert!(!name("lasso.example").is_in(&name("asso.example")));
        assert_eq!(reversed(Ipv4Addr::new(198, 18, 0, 7), REVERSE), "7.0.18.198.in-addr.arpa");
        assert!(name("7.0.18.198.in-addr.arpa").is_reverse());
        assert!(!name("www.notin-addr.arpa").is_reverse());
        for bad in ["", "example", "a..b", ".a.b", "a.b.", "A.b", "-a.b", "a b.c"] {
            assert!(bad.parse::<DnsName>().is_err(), "{bad}");
        }
    }
}
