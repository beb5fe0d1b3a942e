//! `start`: now, and at every boot. When a port is taken, the one who holds it is named.

use crate::{
    base::{HostId, ServiceId},
    docker::{
        Error, container_args, observe,
        operator::{Hands, quote},
    },
    plan::ServiceKind,
    scenario::Container,
    step::Start,
};

pub(super) async fn play(hands: &Hands<'_>, args: &Start) -> Result<String, Error> {
    let Start { service, on } = args;
    match &hands.stage.plan.services[service].kind {
        ServiceKind::Container(container) => start_container(hands, service, container, on).await?,
        ServiceKind::Unit(unit) => {
            let name = &unit.name;
            hands
                .root_on(
                    on,
                    &format!("systemctl enable --now {name} && systemctl is-active {name}"),
                )
                .await?
                .expect(&format!("unit `{name}` did not start on `{on}`"))?;
        }
    }
    Ok(format!("`{service}` runs on `{on}`"))
}

async fn start_container(
    hands: &Hands<'_>,
    service: &ServiceId,
    container: &Container,
    on: &HostId,
) -> Result<(), Error> {
    let image = &hands.stage.setting.images.services[service];
    let create = container_args::create_args(service, container, image)
        .iter()
        .map(|word| quote(word))
        .collect::<Vec<_>>()
        .join(" ");
    let command = format!(
        "docker container inspect {service} >/dev/null 2>&1 || {create} >/dev/null; \
         docker update --restart=unless-stopped {service} >/dev/null && docker start {service}"
    );
    let said = hands.root_on(on, &command).await?;
    if said.code != 0 {
        let taken = TAKEN.iter().find_map(|words| said.complaint(words));
        let holders = match taken {
            Some(_) => holders(hands, container, on).await?,
            None => String::new(),
        };
        return Err(Error::Said(format!(
            "`{service}` did not start on `{on}`: {holders}Docker said: {}",
            taken.map_or_else(|| said.why(), str::to_owned)
        )));
    }
    hands
        .root_on(
            on,
            &format!("test \"$(docker inspect -f '{{{{.State.Running}}}}' {service})\" = true"),
        )
        .await?
        .expect(&format!("`{service}` died right after its start on `{on}`"))?;
    Ok(())
}

/// What Docker says when a port cannot be published because somebody has it: a program of the
/// host, or another container.
const TAKEN: [&str; 2] = ["address already in use", "port is already allocated"];

/// Who holds the ports that the service wants, in words.
async fn holders(hands: &Hands<'_>, container: &Container, on: &HostId) -> Result<String, Error> {
    let mut words = String::new();
    for port in container.publish.iter().map(|publish| publish.host) {
        let said = hands.ask_root_on(on, &format!("ss -Hltnp 'sport = :{port}'")).await?;
        for listener in observe::listeners(&said.stdout) {
            words += &format!("port {port} of `{on}` is held by `{}`; ", listener.program);
        }
    }
    Ok(words)
}
