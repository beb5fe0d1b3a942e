//! Owns the resolved plan: what will be played, with nothing unknown, defaulted or ambiguous.
//! Must not know: worlds, time, results.

mod describe;
mod model;
mod resolve;
#[cfg(test)]
mod tests;
mod writers;

pub use describe::describe;
pub use model::*;
pub use resolve::{ChoiceError, Choices, FaultChoice, resolve};
