//! Owns the way from nodes to the scenario's types, through serde, so that each failure knows the
//! innermost node that it comes from and speaks the user's words.
//! Must not know: the scenario's types, what is done about a failure.

mod access;

use std::fmt::{self, Display};

use serde::{Deserializer, de, de::Visitor, forward_to_deserialize_any};

use self::access::{Entries, Items, Variant};
use super::{
    mistake::Span,
    suggest,
    tree::{Content, Entry, Kind, Node, NodeId, Scalar, State, Tree},
};

/// Why a node could not become a value.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) what: What,
    /// Where; known as soon as the failure has left the innermost node.
    pub(super) place: Option<Place>,
}

#[derive(Debug)]
pub(super) enum What {
    /// The value is none of those that the type has.
    Wrong { expected: String },
    /// A key, or a word, that the type does not have.
    Unknown { found: String, known: &'static [&'static str] },
    /// A key that the type cannot do without.
    Missing { key: &'static str },
    /// In the type's own words.
    Other { message: String },
}

#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The node that is to blame.
    pub(super) node: NodeId,
    /// What to point at.
    pub(super) span: Span,
    /// The key of the node that is to blame, rather than the whole of it.
    pub(super) key: Option<String>,
}

impl Failure {
    fn new(what: What) -> Self {
        Self { what, place: None }
    }

    fn wrong(expected: impl Into<String>) -> Self {
        Self::new(What::Wrong { expected: expected.into() })
    }

    fn at(mut self, node: NodeId, span: Span, key: Option<&str>) -> Self {
        self.place.get_or_insert_with(|| Place { node, span, key: key.map(str::to_owned) });
        self
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.what)
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(What::Other { message: message.to_string() })
    }
    fn invalid_type(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::wrong(expected.to_string())
    }
    fn invalid_value(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::wrong(expected.to_string())
    }
    fn invalid_length(_: usize, expected: &dyn de::Expected) -> Self {
        Self::wrong(expected.to_string())
    }
    fn unknown_field(found: &str, known: &'static [&'static str]) -> Self {
        Self::new(What::Unknown { found: found.to_owned(), known })
    }
    fn unknown_variant(found: &str, known: &'static [&'static str]) -> Self {
        Self::unknown_field(found, known)
    }
    fn missing_field(key: &'static str) -> Self {
        Self::new(What::Missing { key })
    }
}

type Made<T> = Result<T, Failure>;

/// Makes a value of a node.
#[derive(Clone, Copy)]
pub(super) struct NodeDeserializer<'t> {
    tree: &'t Tree,
    id: NodeId,
}

/// What a deserializer has before it.
enum Found<'t> {
    Scalar(&'t Scalar),
    List(&'t [NodeId]),
    Map(&'t indexmap::IndexMap<String, Entry>),
    /// Anything that is asked for.
    StandIn {
        attempt: u8,
    },
}

/// The texts that stand for a text of which nothing is known: an id or a duration, a DNS name.
const STAND_INS: [&str; 2] = ["1s", "x.x"];

impl<'t> NodeDeserializer<'t> {
    pub(super) fn new(tree: &'t Tree, id: NodeId) -> Self {
        Self { tree, id }
    }

    fn of(self, id: NodeId) -> Self {
        Self { id, ..self }
    }

    fn node(self) -> &'t Node {
        self.tree.get(self.id)
    }

    fn found(self) -> Found<'t> {
        let node = self.node();
        match (&node.state, &node.content) {
            (State::StandIn { attempt }, _) => Found::StandIn { attempt: *attempt },
            (_, Content::Scalar(scalar)) => Found::Scalar(scalar),
            (_, Content::List(items)) => Found::List(items),
            (_, Content::Map(entries)) => Found::Map(entries),
        }
    }

    /// Says of a failure that it comes from here, unless it comes from further inside.
    fn locate<T>(self, made: Made<T>) -> Made<T> {
        made.map_err(|failure| failure.at(self.id, self.node().span, None))
    }

    fn wrong<T>(self, expected: impl Into<String>) -> Made<T> {
        self.locate(Err(Failure::wrong(expected)))
    }

    fn text<V: Visitor<'t>>(self, visitor: V) -> Made<V::Value> {
        match self.found() {
            // What looks like a number is a text where a text is asked for.
            Found::Scalar(scalar) if scalar.kind != Kind::Null => {
                self.locate(visitor.visit_str(&scalar.text))
            }
            Found::StandIn { attempt } => {
                let text = STAND_INS.get(usize::from(attempt)).unwrap_or(&STAND_INS[0]);
                self.locate(visitor.visit_str(text))
            }
            _ => self.wrong("a text"),
        }
    }

    /// A whole number between two bounds, given to `visit`.
    fn integer<T>(self, range: (i128, i128), visit: impl FnOnce(i128) -> Made<T>) -> Made<T> {
        let (min, max) = range;
        match self.found() {
            Found::Scalar(Scalar { kind: Kind::Int(value), .. }) => match value {
                value if (min..=max).contains(value) => self.locate(visit(*value)),
                _ => self.wrong(format!("a whole number from {min} to {max}")),
            },
            Found::StandIn { .. } => self.locate(visit(1)),
            _ => self.wrong("a whole number"),
        }
    }

    fn list<V: Visitor<'t>>(self, exactly: Option<usize>, visitor: V) -> Made<V::Value> {
        match (self.found(), exactly) {
            (Found::List(items), Some(length)) if items.len() != length => {
                self.wrong(format!("a list of {length} items"))
            }
            (Found::List(items), _) => {
                let left = items.iter().rev().copied().collect();
                self.locate(visitor.visit_seq(Items { of: self, left }))
            }
            (Found::StandIn { .. }, length) => {
                let left = vec![self.id; length.unwrap_or(0)];
                self.locate(visitor.visit_seq(Items { of: self, left }))
            }
            _ => self.wrong("a list"),
        }
    }

    fn map<V: Visitor<'t>>(self, expected: impl Fn() -> String, visitor: V) -> Made<V::Value> {
        let entries = match (self.found(), &self.node().content) {
            (Found::Map(entries), _) | (Found::StandIn { .. }, Content::Map(entries)) => entries,
            _ => return self.wrong(expected()),
        };
        self.locate(visitor.visit_map(Entries { of: self, left: entries.iter(), value: None }))
    }
}

/// Whole numbers: the type's name, its bounds, what the visitor is given.
macro_rules! integers {
    ($($deserialize:ident $visit:ident $type:ty;)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Made<V::Value> {
            let range = (i128::from(<$type>::MIN), i128::from(<$type>::MAX));
            self.integer(range, |value| {
                visitor.$visit(<$type>::try_from(value).expect("within the type's bounds"))
            })
        }
    )*};
}

impl<'de> Deserializer<'de> for NodeDeserializer<'de> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Made<V::Value> {
        match self.found() {
            Found::Scalar(scalar) => self.locate(match scalar.kind {
                Kind::Null => visitor.visit_unit(),
                Kind::Bool(value) => visitor.visit_bool(value),
                Kind::Int(value) => match (u64::try_from(value), i64::try_from(value)) {
                    (Ok(value), _) => visitor.visit_u64(value),
                    (_, Ok(value)) => visitor.visit_i64(value),
                    _ => visitor.visit_i128(value),
                },
                Kind::Float(value) => visitor.visit_f64(value),
                Kind::Text => visitor.visit_str(&scalar.text),
            }),
            Found::List(_) => self.list(None, visitor),
            Found::Map(_) => self.map(String::new, visitor),
            // Text first, then a number, for types that are one or the other.
            Found::StandIn { attempt } if usize::from(attempt) < STAND_INS.len() => {
                self.text(visitor)
            }
            Found::StandIn { .. } => self.locate(visitor.visit_u64(1)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Made<V::Value> {
        match self.found() {
            Found::Scalar(Scalar { kind: Kind::Bool(value), .. }) => {
                self.locate(visitor.visit_bool(*value))
            }
            Found::StandIn { .. } => self.locate(visitor.visit_bool(true)),
            _ => self.wrong("`true` or `false`"),
        }
    }

    integers! {
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
        deserialize_i64 visit_i64 i64;
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Made<V::Value> {
        self.text(visitor)
    }
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Made<V::Value> {
        self.text(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Made<V::Value> {
        match self.found() {
            Found::Scalar(Scalar { kind: Kind::Null, .. }) => self.locate(visitor.visit_none()),
            Found::StandIn { .. } => self.locate(visitor.visit_none()),
            _ => self.locate(visitor.visit_some(self)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Made<V::Value> {
        self.locate(visitor.visit_newtype_struct(self))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Made<V::Value> {
        self.list(None, visitor)
    }
    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Made<V::Value> {
        self.list(Some(length), visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Made<V::Value> {
        self.map(|| "keys and their values".to_owned(), visitor)
    }
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Made<V::Value> {
        let expected = || match fields {
            [only] => format!("the key `{only}`"),
            _ => format!("keys out of {}", suggest::words(fields)),
        };
        self.map(expected, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Made<V::Value> {
        let expected = || format!("one of {}", suggest::words(variants));
        let variant = match self.found() {
            Found::Scalar(scalar) if scalar.kind != Kind::Null => {
                Variant { of: self, name: &scalar.text, span: self.node().span, value: None }
            }
            Found::Map(entries) => match (entries.len(), entries.first()) {
                (1, Some((name, entry))) => {
                    Variant { of: self, name, span: entry.key, value: Some(entry.value) }
                }
                _ => return self.wrong(format!("one key out of {}", suggest::words(variants))),
            },
            Found::StandIn { .. } => {
                let name = variants[0];
                Variant { of: self, name, span: self.node().span, value: Some(self.id) }
            }
            _ => return self.wrong(expected()),
        };
        self.locate(visitor.visit_enum(variant))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Made<V::Value> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i8 i16 i32 f32 f64 char bytes byte_buf unit unit_struct tuple_struct identifier
    }
}
