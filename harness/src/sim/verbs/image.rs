//! `image`: the images arrive at the end, all of them or none.

use super::{fails, must_fit};
use crate::{
    sim::hands::{Beat, Hands},
    step::Image,
};

pub(super) fn play(hands: &mut Hands<'_>, args: &Image, beat: u32) -> Result<Beat, Beat> {
    let (from, to) = (hands.host(&args.from), hands.host(&args.to));
    let what = || format!("copying images from `{}` to `{}`", args.from, args.to);
    hands.reach(from, what)?;
    hands.reach(to, what)?;
    if beat == 0 {
        return Ok(Beat::Next(hands.whole));
    }
    let services: Vec<_> = args.services.iter().map(|id| hands.service(id)).collect();
    if !hands.is_unknown(from) {
        let missing = services.iter().find(|it| !hands.facts.hosts[from].images.contains(it));
        if let Some(missing) = missing {
            let (id, _) = hands.plan.services.get_index(*missing).expect("it is of this plan");
            return Err(fails(format!(
                "{}: the image of `{id}`: reference does not exist",
                what()
            )));
        }
    }
    for service in &services {
        must_fit(hands, to, *service, what)?;
    }
    hands.facts.hosts[to].images.extend(&services);
    Ok(Beat::Done(format!("{} images on `{}`", services.len(), args.to)))
}
