//! `clock-skew`: who asks for the time on the host is told a wrong one.

use super::ids;
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
            let others = hands.facts.hosts[host].skewed_by.iter().copied();
            Ok(match ids(hands, others) {
                None => differs(hands),
                Some(others) => format!("healed; other faults still lie on `{id}`: {others}"),
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
