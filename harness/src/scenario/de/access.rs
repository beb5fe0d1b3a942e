//! Owns the way through lists, maps and choices, one child at a time.
//! Must not know: what the children are.

use serde::de::{self, Deserializer, Visitor, value::StrDeserializer};

use super::{Failure, Made, NodeDeserializer};
use crate::scenario::{
    mistake::Span,
    tree::{Entry, NodeId, State},
};

/// The items of a list.
pub(super) struct Items<'t> {
    pub(super) of: NodeDeserializer<'t>,
    /// The last one first.
    pub(super) left: Vec<NodeId>,
}

impl<'de> de::SeqAccess<'de> for Items<'de> {
    type Error = Failure;

    fn next_element_seed<T: de::DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Made<Option<T::Value>> {
        let Some(item) = self.left.pop() else { return Ok(None) };
        let item = self.of.of(item);
        item.locate(seed.deserialize(item)).map(Some)
    }
}

/// The entries of a map.
pub(super) struct Entries<'t> {
    pub(super) of: NodeDeserializer<'t>,
    pub(super) left: indexmap::map::Iter<'t, String, Entry>,
    pub(super) value: Option<NodeId>,
}

impl<'de> de::MapAccess<'de> for Entries<'de> {
    type Error = Failure;

    fn next_key_seed<K: de::DeserializeSeed<'de>>(&mut self, seed: K) -> Made<Option<K::Value>> {
        let Some((text, entry)) = self.left.next() else { return Ok(None) };
        self.value = Some(entry.value);
        seed.deserialize(StrDeserializer::new(text))
            .map(Some)
            .map_err(|failure: Failure| failure.at(self.of.id, entry.key, Some(text)))
    }

    fn next_value_seed<T: de::DeserializeSeed<'de>>(&mut self, seed: T) -> Made<T::Value> {
        let value = self.of.of(self.value.take().expect("serde asks for the key first"));
        value.locate(seed.deserialize(value))
    }
}

/// A choice out of several: a word, or a key with what belongs to it.
pub(super) struct Variant<'t> {
    pub(super) of: NodeDeserializer<'t>,
    pub(super) name: &'t str,
    /// The place of the word.
    pub(super) span: Span,
    pub(super) value: Option<NodeId>,
}

impl Variant<'_> {
    /// The word without what belongs to it.
    fn too_little<T>(self) -> Made<T> {
        let Self { of, name, .. } = self;
        let message = format!("`{name}` alone says too little: write `{name}: ...`");
        of.locate(Err(de::Error::custom(message)))
    }
}

impl<'de> de::EnumAccess<'de> for Variant<'de> {
    type Error = Failure;
    type Variant = Self;

    fn variant_seed<T: de::DeserializeSeed<'de>>(self, seed: T) -> Made<(T::Value, Self)> {
        let chosen = seed
            .deserialize(StrDeserializer::new(self.name))
            .map_err(|failure: Failure| failure.at(self.of.id, self.span, None))?;
        Ok((chosen, self))
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'de> {
    type Error = Failure;

    fn unit_variant(self) -> Made<()> {
        match (self.value, &self.of.node().state) {
            (None, _) | (_, State::StandIn { .. }) => Ok(()),
            _ => self.of.wrong(format!("`{}` alone, with nothing under it", self.name)),
        }
    }

    fn newtype_variant_seed<T: de::DeserializeSeed<'de>>(self, seed: T) -> Made<T::Value> {
        match self.value {
            Some(value) => {
                let value = self.of.of(value);
                value.locate(seed.deserialize(value))
            }
            None => self.too_little(),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Made<V::Value> {
        match self.value {
            Some(value) => self.of.of(value).list(Some(length), visitor),
            None => self.too_little(),
        }
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Made<V::Value> {
        match self.value {
            Some(value) => self.of.of(value).deserialize_struct("", fields, visitor),
            None => self.too_little(),
        }
    }
}
