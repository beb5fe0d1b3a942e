//! `dns-silent`: nothing comes back from the server; what the resolver holds lives on.

use super::{begin, besides, end};
use crate::{
    fault::DnsSilent,
    sim::{hands::Hands, wrongs::Wrong},
    world::FaultAct,
};

pub(super) fn act(
    hands: &mut Hands<'_>,
    number: usize,
    args: &DnsSilent,
    act: FaultAct,
) -> Result<String, String> {
    let server = args.server;
    let silent = hands.dns.wrongs().is_silent(server);
    match act {
        FaultAct::Inject => begin(hands, number, Wrong::Silent(server)),
        FaultAct::VerifyBite if silent => Ok(format!("the {server} does not answer")),
        FaultAct::VerifyBite => Err(format!("the {server} still answers")),
        FaultAct::Heal => end(hands, number),
        FaultAct::VerifyGone => {
            let still = format!("the {server} does not answer");
            let other = besides(hands, &still, |wrong| *wrong == Wrong::Silent(server));
            Ok(other.unwrap_or_else(|| format!("the {server} answers")))
        }
    }
}
