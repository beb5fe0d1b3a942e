//! Owns what the user wrote: text in, value out, every mistake with its place.
//! Must not know: how a scenario is played.

mod model;
mod text;

pub use model::*;
