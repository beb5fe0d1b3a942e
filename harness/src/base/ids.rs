//! Names that a user gives to things, one type per kind of thing so that they cannot be mixed up.

use std::{
    borrow::{Borrow, Cow},
    fmt,
    marker::PhantomData,
    str::FromStr,
    sync::Arc,
};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A host that takes part, such as `old` or `new`.
pub type HostId = Id<kinds::Host>;
/// A service that people use.
pub type ServiceId = Id<kinds::Service>;
/// One step of the migration.
pub type StepId = Id<kinds::Step>;
/// A fault that a scenario declares.
pub type FaultId = Id<kinds::Fault>;
/// One line of the end state.
pub type CheckId = Id<kinds::Check>;

/// The kinds of things that have an [`Id`].
pub mod kinds {
    macro_rules! kinds {
        ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {$(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub enum $name {}
            impl super::Kind for $name { const WORD: &'static str = $word; }
        )*};
    }
    kinds! {
        /// A server.
        Host = "host";
        /// What users use.
        Service = "service";
        /// One act of the migration.
        Step = "step";
        /// Something that goes wrong on purpose.
        Fault = "fault";
        /// A line of the end state.
        Check = "check";
    }
}

/// What an [`Id`] names.
pub trait Kind {
    /// The word for it in messages.
    const WORD: &'static str;
}

/// A name of at most 63 characters: lower-case letters, digits and inner hyphens, so that it can
/// stand in a host name, a container name and a file name alike. Cheap to clone.
pub struct Id<K>(Arc<str>, PhantomData<fn() -> K>);

impl<K> Id<K> {
    /// The most characters that an id may have (the length of a DNS label, RFC 1035).
    pub const MAX_CHARS: usize = 63;

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that cannot be an [`Id`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{found}` cannot be a name: expected at most 63 lower-case letters, digits and inner hyphens"
)]
pub struct InvalidId {
    /// What was found.
    pub found: String,
}

impl<K> FromStr for Id<K> {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let well_formed = !text.is_empty()
            && text.len() <= Self::MAX_CHARS
            && text.chars().all(inner)
            && !text.starts_with('-')
            && !text.ends_with('-');
        if well_formed {
            Ok(Self(text.into(), PhantomData))
        } else {
            Err(InvalidId { found: text.to_owned() })
        }
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0), PhantomData)
    }
}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        // Most are copies of the one in the plan.
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> std::hash::Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<K> Borrow<str> for Id<K> {
    fn borrow(&self) -> &str {
        &self.0
    }
}
impl<K> AsRef<str> for Id<K> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}
impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", K::WORD, self.0)
    }
}
impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de, K> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
impl<K: Kind> JsonSchema for Id<K> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}-id", K::WORD).into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
            "description": format!("The id of a {}.", K::WORD),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_dns_labels() {
        for good in ["a", "new", "exim-holds-port-25", &"x".repeat(63)] {
            assert!(good.parse::<StepId>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a_b", "a.b", "é", &"x".repeat(64)] {
            assert!(bad.parse::<StepId>().is_err(), "{bad}");
        }
    }
}
