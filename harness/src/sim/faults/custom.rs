//! `custom`: what the scripts are said to amount to; that `verify` sees it is taken for granted.

use crate::{
    fault::Custom,
    sim::{
        hands::{Beat, Hands},
        verbs::amount,
    },
    step::Simulated,
    world::FaultAct,
};

pub(super) fn act(
    hands: &mut Hands<'_>,
    number: usize,
    args: &Custom,
    act: FaultAct,
) -> Result<String, String> {
    let verify = &args.verify;
    let stands = hands.facts.customs.contains(&number);
    match act {
        FaultAct::Inject => {
            let why =
                "does not say what it amounts to (`simulates:`), so this cannot be known here";
            let simulates = args.simulates.as_ref();
            let simulates = simulates.ok_or_else(|| format!("`{}` {why}", args.inject))?;
            hands.facts.customs.insert(number);
            amounts(hands, args, &args.inject, simulates)
        }
        FaultAct::VerifyBite if stands => Ok(format!("`{verify}` says that it bites")),
        FaultAct::VerifyBite => Err(format!("`{verify}` says that it does not bite")),
        FaultAct::Heal => {
            hands.facts.customs.remove(&number);
            amounts(hands, args, &args.heal, &args.heal_simulates)
        }
        FaultAct::VerifyGone if stands => Err(format!("`{verify}` says that it still bites")),
        FaultAct::VerifyGone => Ok(format!("`{verify}` says that it is gone")),
    }
}

/// Does what a script is said to do.
fn amounts(
    hands: &mut Hands<'_>,
    args: &Custom,
    script: &str,
    simulates: &[Simulated],
) -> Result<String, String> {
    for what in simulates {
        amount(hands, args.on.as_ref(), script, what).map_err(|beat| match beat {
            Beat::Fails(_, why) => why,
            other => unreachable!("what a script amounts to is done at once: {other:?}"),
        })?;
    }
    Ok(String::new())
}
