//! `volume`: empty volumes, or empty data folders; what is there stays.

use crate::{
    plan::ServiceKind,
    sim::{
        facts::Content,
        hands::{Beat, Hands},
    },
    step::Volume,
};

pub(super) fn play(hands: &mut Hands<'_>, args: &Volume, beat: u32) -> Result<Beat, Beat> {
    let on = hands.host(&args.on);
    hands.reach(on, || format!("creating volumes on `{}`", args.on))?;
    if beat == 0 {
        return Ok(Beat::Next(hands.whole));
    }
    let mut made = vec![];
    for id in args.services.iter() {
        let service = hands.service(id);
        match &hands.plan.services[service].kind {
            ServiceKind::Container(container) => {
                made.extend(container.volumes.keys().map(String::as_str));
            }
            ServiceKind::Unit(unit) => made.extend(unit.data.iter().map(String::as_str)),
        }
        if hands.layout.services[service].has_data {
            hands.facts.change(on, service).data.get_or_insert(Content::EMPTY);
        }
    }
    Ok(Beat::Done(format!("created {}", made.join(", "))))
}
