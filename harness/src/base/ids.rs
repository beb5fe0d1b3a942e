//! Names that a user gives to things, one type per kind of thing so that they cannot be mixed up.

use std::{
    borrow::Cow, collections::BTreeSet, fmt, hash, marker::PhantomData, ptr, str::FromStr,
    sync::Mutex,
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
/// stand in a host name, a container name and a file name alike. Cheap to clone: each different name is
/// kept once, for as long as the program runs.
pub struct Id<K>(&'static str, PhantomData<fn() -> K>);

/// The length of a DNS label (RFC 1035).
const MAX_CHARS: usize = 63;
/// All names so far. They are never given back, for they are few and short; were they counted instead,
/// threads that rehearse the same plan would spend a third of their time waiting for each other's counts.
static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// The one copy of a name; none of what cannot be one.
fn kept(name: &str) -> Option<&'static str> {
    let mut names = NAMES.lock().expect("nothing panics while it holds the names");
    if let Some(known) = names.get(name) {
        return Some(known);
    }
    is_well_formed(name).then(|| {
        let name: &'static str = Box::leak(name.into());
        names.insert(name);
        name
    })
}

fn is_well_formed(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty()
        && name.len() <= MAX_CHARS
        && name.chars().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

impl<K> Id<K> {
    /// The most characters that an id may have: those of a DNS label.
    pub const MAX_CHARS: usize = MAX_CHARS;

    /// The name itself.
    pub fn as_str(&self) -> &'static str {
        self.0
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
        let name = kept(text).ok_or_else(|| InvalidId { found: text.to_owned() })?;
        Ok(Self(name, PhantomData))
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        Self(self.0, PhantomData)
    }
}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        // The same name is always the same copy of it.
        ptr::eq(self.0, other.0)
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
        self.0.cmp(other.0)
    }
}
impl<K> hash::Hash for Id<K> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        // Where the copy is tells as much as what it says. Nothing is put in the order of hashes.
        self.0.as_ptr().hash(state);
    }
}
impl<K> AsRef<str> for Id<K> {
    fn as_ref(&self) -> &str {
        self.0
    }
}
impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", K::WORD, self.0)
    }
}
impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
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

    #[test]
    fn the_same_name_is_the_same_id() {
        let id = |name: &str| name.parse::<StepId>().unwrap();
        assert_eq!(id("new"), id(&["n", "ew"].concat()));
        assert_ne!(id("new"), id("ne"));
        let host = |name: &str| name.parse::<HostId>().unwrap();
        assert_eq!(host("new").as_str(), id("new").as_str());
    }
}
