//! `stop`: now, and for every boot to come.

use crate::{
    docker::{Error, operator::Hands},
    plan::ServiceKind,
    step::Stop,
};

pub(super) async fn play(hands: &Hands<'_>, args: &Stop) -> Result<String, Error> {
    let Stop { service, on } = args;
    let command = match &hands.stage.plan.services[service].kind {
        ServiceKind::Container(_) => {
            format!("docker update --restart=no {service} && docker stop {service}")
        }
        ServiceKind::Unit(unit) => format!("systemctl disable --now {}", unit.name),
    };
    hands.root_on(on, &command).await?.expect(&format!("`{service}` did not stop on `{on}`"))?;
    Ok(format!("`{service}` stopped on `{on}`"))
}
