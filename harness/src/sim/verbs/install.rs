//! `install`: packages that listen to nothing; what they would start is not known here.

use super::fails;
use crate::{
    sim::hands::{Beat, Hands},
    step::Install,
};

/// With a clock so far behind, the mirror's lists of packages are taken to be from the future: how old
/// they really are is up to the mirror.
const FROM_THE_FUTURE: i64 = -14 * 24 * 3_600;

pub(super) fn play(hands: &mut Hands<'_>, args: &Install, beat: u32) -> Result<Beat, Beat> {
    let on = hands.host(&args.on);
    hands.reach(on, || format!("installing on `{}`", args.on))?;
    if beat == 0 {
        return Ok(Beat::Next(hands.whole));
    }
    if !hands.is_unknown(on) && hands.skew(on) < FROM_THE_FUTURE {
        let why = "E: Release file is not valid yet";
        return Err(fails(format!("installing on `{}`: {why}", args.on)));
    }
    let has = &hands.facts.hosts[on].packages;
    let mut lacking = args.packages.iter().filter(|package| !has.contains(*package));
    if let (Some(package), false) = (lacking.next(), hands.facts.no_packages.is_empty()) {
        let why = format!("E: Unable to locate package {package}");
        return Err(fails(format!("installing on `{}`: {why}", args.on)));
    }
    hands.facts.hosts[on].packages.extend(args.packages.iter().cloned());
    Ok(Beat::Done(format!("installed {}", args.packages.join(" "))))
}
