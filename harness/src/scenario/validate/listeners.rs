//! Owns listeners: at any time of the migration, one for each port of a host.

use std::collections::BTreeMap;

use super::{At, Context};
use crate::{
    base::{HostId, ServiceId},
    scenario::Mistake,
};

/// Who listens where: the service, and where that is written.
type Listeners<'a> = BTreeMap<(&'a HostId, u16), (&'a ServiceId, At<'a>)>;

/// Follows the steps in the order of the text, as far as services come and go.
pub(super) fn check(cx: &mut Context<'_>) {
    let scenario = cx.scenario;
    let mut listeners = Listeners::new();
    for (id, service) in &scenario.services {
        begin(cx, &mut listeners, id, &service.on, "");
    }
    for step in &scenario.steps {
        if let Some((id, service)) =
            step.stop.as_ref().and_then(|id| scenario.services.get_key_value(id))
        {
            let on = step.on.as_ref().unwrap_or(&service.on);
            for (port, _) in ports(cx, id) {
                if listeners.get(&(on, port)).is_some_and(|(listener, _)| *listener == id) {
                    listeners.remove(&(on, port));
                }
            }
        }
        if let (Some(id), Some(on)) = (&step.start, &step.on) {
            let after = format!(" after it was started on `{on}`");
            begin(cx, &mut listeners, id, on, &after);
        }
    }
}

fn begin<'a>(
    cx: &mut Context<'a>,
    listeners: &mut Listeners<'a>,
    id: &'a ServiceId,
    on: &'a HostId,
    when: &str,
) {
    for (port, at) in ports(cx, id) {
        match listeners.get(&(on, port)).copied() {
            // Started again where it runs already.
            Some((other, written)) if other == id && written.span() == at.span() => {}
            Some((other, written)) => {
                let message = format!("port {port} of `{on}` has two listeners");
                let mistake = Mistake::new(at.span(), message)
                    .seen(format!("`{id}` listens on it{when}"))
                    .and(written.span(), format!("`{other}` listens on it already"));
                cx.tell(at, mistake.help("give one of them another port, or stop it before"));
            }
            None => {
                listeners.insert((on, port), (id, at));
            }
        }
    }
}

/// The ports of a service, with where they are written.
fn ports<'a>(cx: &Context<'a>, id: &ServiceId) -> Vec<(u16, At<'a>)> {
    let Some(service) = cx.service(id) else { return vec![] };
    let at = cx.service_at(id);
    let publish = at.key("container").key("publish");
    let listens = at.key("unit").key("listens");
    let published = service.container.iter().flat_map(|container| &container.publish).enumerate();
    let listened = service.unit.iter().flat_map(|unit| &unit.listens).enumerate();
    published
        .map(|(index, port)| (port.host, publish.item(index)))
        .chain(listened.map(|(index, port)| (*port, listens.item(index))))
        .collect()
}
