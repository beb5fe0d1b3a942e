//! `volume`: empty volumes, or empty data folders.

use crate::{
    docker::{
        Error,
        operator::{Hands, quote},
    },
    plan::ServiceKind,
    step::Volume,
};

pub(super) async fn play(hands: &Hands<'_>, args: &Volume) -> Result<String, Error> {
    let mut commands = vec!["set -e".to_owned()];
    let mut made = vec![];
    for service in args.services.iter() {
        match &hands.stage.plan.services[service].kind {
            ServiceKind::Container(container) => {
                for volume in container.volumes.keys() {
                    commands.push(format!("docker volume create {volume}"));
                    made.push(volume.as_str());
                }
            }
            ServiceKind::Unit(unit) => {
                for folder in &unit.data {
                    commands.push(format!("mkdir -p {}", quote(folder)));
                    made.push(folder);
                }
            }
        }
    }
    hands
        .root_on(&args.on, &commands.join("; "))
        .await?
        .expect(&format!("creating volumes on `{}`", args.on))?;
    Ok(format!("created {}", made.join(", ")))
}
