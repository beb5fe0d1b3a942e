//! `stale-resolver`: whatever the resolver holds or fetches it holds for so long at least. When the
//! last such fault is over, it holds nothing.

use super::{begin, besides, end};
use crate::{
    fault::StaleResolver,
    sim::{hands::Hands, wrongs::Wrong},
    world::FaultAct,
};

const PROMPT: &str = "the resolver holds no record for longer than it says";

pub(super) fn act(
    hands: &mut Hands<'_>,
    number: usize,
    args: &StaleResolver,
    act: FaultAct,
) -> Result<String, String> {
    match act {
        FaultAct::Inject => begin(hands, number, Wrong::Stale(args.by)),
        FaultAct::VerifyBite => {
            let (name, left, ttl) = hands.dns.overstaying(hands.clock).ok_or(PROMPT)?;
            let (name, ttl) = (&hands.layout.names[name], ttl.as_secs_ceil());
            let left = left.as_secs_ceil();
            Ok(format!("the resolver holds `{name}` for {left} s, whose TTL is {ttl} s"))
        }
        FaultAct::Heal => end(hands, number),
        FaultAct::VerifyGone => {
            let still = "the resolver holds records for longer than they say";
            let other = besides(hands, still, |wrong| matches!(wrong, Wrong::Stale(_)));
            Ok(other.unwrap_or_else(|| PROMPT.to_owned()))
        }
    }
}
