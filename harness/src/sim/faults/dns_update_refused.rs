//! `dns-update-refused`: the authoritative server does not know the key any more.

use super::{begin, besides, end};
use crate::{
    sim::{hands::Hands, wrongs::Wrong},
    world::FaultAct,
};

pub(super) fn act(hands: &mut Hands<'_>, number: usize, act: FaultAct) -> Result<String, String> {
    match act {
        FaultAct::Inject => begin(hands, number, Wrong::Refusing),
        FaultAct::VerifyBite if hands.dns.wrongs().refuses_updates() => {
            Ok("a signed update is refused: BADKEY".to_owned())
        }
        FaultAct::VerifyBite => Err("a signed update is taken".to_owned()),
        FaultAct::Heal => end(hands, number),
        FaultAct::VerifyGone => {
            let still = "a signed update is refused";
            let other = besides(hands, still, |wrong| *wrong == Wrong::Refusing);
            Ok(other.unwrap_or_else(|| "a signed update is taken".to_owned()))
        }
    }
}
