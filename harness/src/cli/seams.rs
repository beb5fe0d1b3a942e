//! Where the program meets the modules that do the work.

#[cfg(feature = "docker")]
pub(super) use crate::engine::rehearse;
pub(super) use crate::{
    plan::{Choices, FaultChoice, describe, resolve},
    scenario::load,
};
