//! How this world plays each verb: one file per verb, each the twin of that of real hosts.
//! Must not know: the engine.

mod image;
mod install;
mod pace;
mod point;
mod run;
mod start;
mod stop;
mod transfer;
mod volume;

pub(super) use self::{run::amount, start::begin};
use super::hands::{Beat, Hands};
use crate::step::Verb;

/// Plays one beat of a step, counted from 0.
pub(super) fn play(hands: &mut Hands<'_>, verb: &Verb, number: usize, beat: u32) -> Beat {
    if beat == 0 {
        hands.whole = hands.whole + pace::slowed(hands, verb);
    }
    let played = match verb {
        Verb::Image(args) => image::play(hands, args, beat),
        Verb::Install(args) => install::play(hands, args, beat),
        Verb::Point(args) => point::point(hands, args, beat),
        Verb::Run(args) => run::play(hands, args, number, beat),
        Verb::Start(args) => start::play(hands, args, beat),
        Verb::Stop(args) => stop::play(hands, args, beat),
        Verb::Transfer(args) => transfer::play(hands, args, beat),
        Verb::Ttl(args) => point::ttl(hands, args, beat),
        Verb::Volume(args) => volume::play(hands, args, beat),
        Verb::Check(_) | Verb::Wait(_) => {
            unreachable!("`check` and `wait` are the engine's own: {number}")
        }
    };
    played.unwrap_or_else(|failure| failure)
}

/// There has to be room for what a service brings or makes on a host; where there is none, this fails.
fn must_fit(
    hands: &Hands<'_>,
    host: usize,
    service: usize,
    what: impl FnOnce() -> String,
) -> Result<(), Beat> {
    let is_full = !hands.is_unknown(host) && hands.facts.is_full(hands.layout, host, service);
    match is_full {
        true => Err(fails(format!("{}: {NO_ROOM}", what()))),
        false => Ok(()),
    }
}

/// What a full disk says.
const NO_ROOM: &str = "no space left on device";

/// It fails now, for this reason.
fn fails(why: String) -> Beat {
    Beat::Fails(crate::base::Duration::ZERO, why)
}
