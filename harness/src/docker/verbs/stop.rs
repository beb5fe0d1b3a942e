//! `stop`: now, and for every boot to come.

use crate::{
    docker::{Error, container_args, operator::Hands},
    plan::ServiceKind,
    step::Stop,
};

pub(super) async fn play(hands: &Hands<'_>, args: &Stop) -> Result<String, Error> {
    let Stop { service, on } = args;
    let command = match &hands.stage.plan.services[service].kind {
        ServiceKind::Container(_) => {
            let id = container_args::id_of(service);
            format!(
                "id={id} || exit 1; test -n \"$id\" || {{ echo 'there is no container {service}' >&2; exit 1; }}; \
                 docker update --restart=no $id && docker stop $id"
            )
        }
        ServiceKind::Unit(unit) => format!("systemctl disable --now {}", unit.name),
    };
    hands.root_on(on, &command).await?.expect(&format!("`{service}` did not stop on `{on}`"))?;
    Ok(format!("`{service}` stopped on `{on}`"))
}
