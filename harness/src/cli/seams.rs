//! Where the program meets the modules that do the work.

pub(super) use crate::{
    engine::rehearse,
    plan::{Choices, FaultChoice, describe, resolve},
    scenario::load,
};
