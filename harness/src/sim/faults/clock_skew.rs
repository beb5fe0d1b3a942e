//! `clock-skew`: who asks for the time on the host is told a wrong one.

use crate::{
    fault::{ClockSkew, Kind},
    sim::hands::Hands,
    world::FaultAct,
};

pub(super) fn act(
    hands: &mut Hands<'_>,
    number: usize,
    args: &ClockSkew,
    act: FaultAct,
) -> Result<String, String> {
    let id = &args.on;
    let host = hands.host(id);
    let differs = |hands: &Hands<'_>| {
        let skew = hands.skew(host);
        format!("the clock of `{id}` differs by {skew} seconds")
    };
    match act {
        FaultAct::Inject => {
            hands.facts.hosts[host].skewed_by.insert(number);
            Ok(String::new())
        }
        FaultAct::VerifyBite if hands.skew(host) == 0 => Err(differs(hands)),
        FaultAct::VerifyBite => Ok(differs(hands)),
        FaultAct::Heal => {
            hands.facts.hosts[host].skewed_by.remove(&number);
            Ok(String::new())
        }
        FaultAct::VerifyGone => {
            let others = hands.facts.hosts[host].skewed_by.iter();
            let ids = others.filter_map(|it| hands.plan.faults.get_index(*it));
            let ids: Vec<_> = ids.map(|(id, _)| id.as_str()).collect();
            Ok(match ids.as_slice() {
                [] => differs(hands),
                ids => format!("healed; other faults still lie on `{id}`: {}", ids.join(" ")),
            })
        }
    }
}

/// By how many seconds a fault makes a clock go ahead.
pub(super) fn seconds(kind: &Kind) -> i64 {
    match kind {
        Kind::ClockSkew(args) => args.seconds(),
        _ => 0,
    }
}
