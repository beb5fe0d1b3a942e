//! How this world plays each verb: one file per verb, each as an operator would do it over SSH.
//! Must not know: the engine.

mod harm;
mod image;
mod install;
mod point;
mod run;
mod start;
mod stop;
mod transfer;
mod volume;

use std::time::Duration;

use super::{Error, operator::Hands, stage::Stage};
use crate::{
    base::{HostId, StepId},
    step::Verb,
};

/// The engine gives a step up at its deadline, and has it ended. What has not ended by then for
/// whatever reason does so by itself, so much later.
const GRACE: Duration = Duration::from_secs(1);

/// Plays a step, on another host than the planned one if one is named; the answer says what was done.
pub(super) async fn play(
    stage: &Stage,
    step: &StepId,
    on: Option<&HostId>,
) -> Result<String, Error> {
    let planned = stage.plan.step(step).expect("the engine speaks of steps of its own plan");
    let hands = Hands { stage, step, deadline: planned.deadline.to_std() + GRACE };
    let elsewhere = on.and_then(|on| planned.verb.elsewhere(on));
    match elsewhere.as_ref().unwrap_or(&planned.verb) {
        Verb::Image(args) => image::play(&hands, args).await,
        Verb::Install(args) => install::play(&hands, args).await,
        Verb::Point(args) => point::point(&hands, args).await,
        Verb::Run(args) => run::play(&hands, args).await,
        Verb::Start(args) => start::play(&hands, args).await,
        Verb::Stop(args) => stop::play(&hands, args).await,
        Verb::Transfer(args) => transfer::play(&hands, args).await,
        Verb::Ttl(args) => point::ttl(&hands, args).await,
        Verb::Volume(args) => volume::play(&hands, args).await,
        Verb::Check(_) | Verb::Wait(_) => {
            unreachable!("`check` and `wait` are the engine's own: {step}")
        }
    }
}
