//! `old-aaaa`: the name has an AAAA record, which leads to its first host. Afterwards it has none, and the
//! resolver that honours TTL holds none.

use super::{begin, besides, end};
use crate::{
    fault::OldAaaa,
    sim::{hands::Hands, wrongs::Wrong},
    world::FaultAct,
};

pub(super) fn act(
    hands: &mut Hands<'_>,
    number: usize,
    args: &OldAaaa,
    act: FaultAct,
) -> Result<String, String> {
    let name = &args.name;
    let place = hands.layout.name(name.as_str());
    let place = place.ok_or_else(|| format!("`{name}` is the name of no service"))?;
    let old = hands.dns.known_old_host(place, hands.clock.story());
    let old = old.and_then(|host| hands.plan.hosts.get_index(host));
    let still =
        old.map(|(id, _)| format!("the resolver answers the address of `{id}` for `{name} AAAA`"));
    let none = format!("the resolver answers nothing for `{name} AAAA`");
    match act {
        FaultAct::Inject => begin(hands, number, Wrong::OldAaaa(name.clone())),
        FaultAct::VerifyBite => still.ok_or(none),
        FaultAct::Heal => end(hands, number),
        FaultAct::VerifyGone => {
            let what = format!("`{name}` still has an IPv6 address");
            let same = |wrong: &Wrong| matches!(wrong, Wrong::OldAaaa(it) if it == name);
            match (besides(hands, &what, same), still) {
                (Some(others), _) => Ok(others),
                (None, Some(still)) => Err(still),
                (None, None) => {
                    let what = format!("the resolver has no answer for `{name} AAAA`");
                    Ok(besides(hands, &what, |it| it.withholds(name)).unwrap_or(none))
                }
            }
        }
    }
}
