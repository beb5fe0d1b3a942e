//! Maps that keep the order in which they were filled, with a hash that is quick for short names. It does not
//! withstand keys that somebody made up to collide, so what was just read and nobody looked at is not kept
//! in them.

use rustc_hash::FxBuildHasher;

/// A map in the order of its making.
pub type IndexMap<K, V> = indexmap::IndexMap<K, V, FxBuildHasher>;
/// A set in the order of its making.
pub type IndexSet<K> = indexmap::IndexSet<K, FxBuildHasher>;
