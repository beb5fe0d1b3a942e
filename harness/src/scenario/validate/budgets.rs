//! Owns budgets: only what is measured can have one.

use super::Context;
use crate::{
    probe::Client,
    scenario::{
        Mistake,
        model::{ABORT, ALL},
    },
};

pub(super) fn check(cx: &mut Context<'_>) {
    services(cx);
    groups(cx);
}

fn services(cx: &mut Context<'_>) {
    for (id, service) in &cx.scenario.services {
        let at = cx.service_at(id);
        let Some(budget) = service.budget.as_ref().filter(|_| !at.is_in_doubt()) else { continue };
        if service.probe.is_none() {
            let message = format!("`{id}` has a budget, but no probe measures its downtime");
            cx.wrong_but(at.key("budget"), message, "give the service a `probe`");
            continue;
        }
        for client in budget.0.keys() {
            if *client != Client::Fresh && !service.clients.contains(client) {
                let message =
                    format!("`{id}` has a budget for `{client}` clients, but none asks it");
                let help = format!("write `clients: [{client}]`, or take the budget away");
                cx.wrong_but(at.key("budget").key(&client.to_string()), message, help);
            }
        }
    }
}

fn groups(cx: &mut Context<'_>) {
    for (name, group) in &cx.scenario.budgets {
        let at = cx.at.key("budgets").key(name);
        let list = at.key("services");
        match (name.as_str(), group.services.is_empty()) {
            (ALL, false) => {
                let message = "`all` stands for every service, it takes no list";
                cx.wrong_but(list, message, format!("write `all: {}`", group.max));
            }
            (ALL, true) => {
                let probed = cx.scenario.services.values().any(|service| service.probe.is_some());
                if !probed && !cx.at.key("services").is_in_doubt() {
                    cx.wrong(at, "no service has a probe, so `all` measures nothing");
                }
            }
            (ABORT, false) => {
                let message = "`abort` is the time of a rollback, it takes no list";
                cx.wrong_but(list, message, format!("write `abort: {}`", group.max));
            }
            (ABORT, true) => {}
            (_, true) if !at.is_in_doubt() => {
                let mistake = Mistake::new(at.key_span(), format!("the group `{name}` is empty"));
                let max = group.max;
                let help = format!(
                    "write `{name}: {{ services: [...], max: {max} }}`; `all` alone stands for every service"
                );
                cx.tell(at, mistake.help(help));
            }
            _ => {}
        }
        for (index, id) in group.services.iter().enumerate() {
            if cx.service(id).is_some_and(|service| service.probe.is_none()) {
                let message = format!("no probe measures the downtime of `{id}`");
                cx.wrong_but(list.item(index), message, "give the service a `probe`");
            }
        }
    }
}
