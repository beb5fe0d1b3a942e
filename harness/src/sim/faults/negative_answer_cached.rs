//! `negative-answer-cached`: the resolver holds that there is no such name, and nothing else of it.

use super::{begin, besides, end};
use crate::{
    fault::NegativeAnswerCached,
    sim::{
        hands::Hands,
        wrongs::{NoName, Wrong},
    },
    world::FaultAct,
};

pub(super) fn act(
    hands: &mut Hands<'_>,
    number: usize,
    args: &NegativeAnswerCached,
    act: FaultAct,
) -> Result<String, String> {
    let name = &args.name;
    match act {
        FaultAct::Inject => begin(hands, number, Wrong::Negative(name.clone())),
        FaultAct::VerifyBite => match hands.dns.wrongs().told(name) {
            Some(NoName::Negative) => Ok(format!("the resolver answers NXDOMAIN for `{name}`")),
            _ => Err(format!("the resolver does not answer NXDOMAIN for `{name}`")),
        },
        FaultAct::Heal => end(hands, number),
        FaultAct::VerifyGone => {
            let still = format!("the resolver answers NXDOMAIN for `{name}`");
            let other = besides(
                hands,
                &still,
                |wrong| matches!(wrong, Wrong::Negative(it) if name.is_in(it)),
            );
            Ok(other
                .unwrap_or_else(|| format!("the resolver does not answer NXDOMAIN for `{name}`")))
        }
    }
}
