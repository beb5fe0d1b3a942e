//! Hosts, services and steps that make no sense together.

use insta::assert_snapshot;

use super::{super::told, added, broken};

#[test]
fn unknown_host() {
    let told = broken("to: new }\n  - start", "to: nwe }\n  - start");
    assert_snapshot!(told, @"
    16:48: unknown host `nwe`
      help: did you mean `new`? known hosts: `old`, `new`
    ");
}

#[test]
fn unknown_service() {
    let told = broken("stop: links", "stop: lniks");
    assert_snapshot!(told, @"
    15:11: unknown service `lniks`
      help: did you mean `links`? known services: `links`
    ");
}

#[test]
fn unknown_provider() {
    let told = broken("old: { docker", "old: { provider: ovh, docker");
    assert_snapshot!(told, @"
    4:20: unknown provider `ovh`
      help: there are no providers
    ");
}

#[test]
fn unknown_steps() {
    let told = added(
        "    needs: [start-lnks]\nfaults:\n  f: { network-down: { on: new }, from: { before: pont-links }, healed_by: nobody }\n",
    );
    assert_snapshot!(told, @"
    20:13: unknown step `start-lnks`
      help: did you mean `start-links`? known steps: `stop-links`, `transfer-links`, `start-links`, `point-links`
    22:51: unknown step `pont-links`
      help: did you mean `point-links`? known steps: `stop-links`, `transfer-links`, `start-links`, `point-links`
    22:76: unknown step `nobody`
      help: known steps: `stop-links`, `transfer-links`, `start-links`, `point-links`
    ");
}

#[test]
fn unknown_name() {
    let told = broken("point: { name: links.asso", "point: { name: link.asso");
    assert_snapshot!(told, @"
    19:20: unknown name `link.asso.example`
      help: did you mean `links.asso.example`? known names: `links.asso.example`, `new.asso.example`, `old.asso.example`
    ");
}

#[test]
fn name_outside_the_zone() {
    let told = broken("    name: links.asso.example", "    name: links.example");
    assert_snapshot!(told, @"
    11:11: `links.example` is outside of the zone `asso.example`
      6:15: the zone
    ");
}

#[test]
fn reserved_host() {
    let told = broken("hosts:", "hosts:\n  resolver: {}");
    assert_snapshot!(told, @"
    4:3: a host cannot be called `resolver`
      help: the world uses that name itself, choose another one
    ");
}

#[test]
fn doubled_step() {
    let told = broken("  - point:", "  - id: stop-links\n    point:");
    assert_snapshot!(told, @"
    19:9: two steps have the id `stop-links`
      15:5: and this one, by default
      help: give one of them another `id`
    ");
}

#[test]
fn doubled_ids() {
    let told = broken(
        "- stop: links\n",
        "- stop: links\n    id: a\n  - wait: { for: 1s, why: w }\n    id: a\n",
    );
    assert_snapshot!(told, @"
    18:9: two steps have the id `a`
      16:9: and this one
      help: give one of them another `id`
    ");
}

#[test]
fn neither_container_nor_unit() {
    let told = broken(
        "    container: { image: images/links, publish: [80], volumes: { data: /srv } }\n",
        "",
    );
    assert_snapshot!(told, @"
    8:3: `links` is neither a container nor a unit
      help: say what it is by the key `container` or `unit`
    ");
}

#[test]
fn container_and_unit() {
    let told = broken("    budget", "    unit: { name: x.service }\n    budget");
    assert_snapshot!(told, @"
    10:5: `links` is both a container and a unit
      13:5: a unit
      help: keep one of them
    ");
}

#[test]
fn no_docker() {
    let told = broken("  new: { docker: true }", "  new: {}");
    assert_snapshot!(told, @"
    16:48: `links` is a container, but `new` has no Docker
      help: give `new` the line `docker: true`
    18:9: `links` is a container, but `new` has no Docker
      help: give `new` the line `docker: true`
    ");
}

#[test]
fn service_cycle() {
    let told = broken("    budget", "    needs: [links]\n    budget");
    assert_snapshot!(told, @"
    13:12: services need each other in a circle: `links` -> `links`
      help: one of them has to come up first: take a need away
    ");
}

#[test]
fn step_cycle() {
    let told = broken("  - stop: links", "  - stop: links\n    needs: [point-links]");
    assert_snapshot!(told, @"
    16:12: steps need each other in a circle: `stop-links` -> `point-links` -> `start-links` -> `transfer-links` -> `stop-links`
      help: a step that says nothing needs the one before it; `needs: []` needs none
    ");
}

#[test]
fn listeners_from_the_start() {
    let told = broken(
        "steps:",
        "  site:\n    on: old\n    container: { image: images/doh, publish: [\"80:8080\"] }\n    name: asso.example\nsteps:",
    );
    assert_snapshot!(told, @"
    16:47: port 80 of `old` has two listeners
      10:49: `links` listens on it already
      help: give one of them another port, or stop it before
    ");
}

#[test]
fn listeners_after_a_start() {
    let told = broken(
        "steps:",
        "  site:\n    on: new\n    unit: { name: site.service, listens: [80] }\n    name: asso.example\nsteps:",
    );
    assert_snapshot!(told, @"
    10:49: port 80 of `new` has two listeners
      16:43: `site` listens on it already
      help: give one of them another port, or stop it before
    ");
}

#[test]
fn no_verb() {
    let told = broken("  - stop: links", "  - about: links");
    assert_snapshot!(told, @"
    15:5: the step has no verb
      help: say what it does by one of `check`, `image`, `install`, `point`, `run`, `start`, `stop`, `transfer`, `ttl`, `volume`, `wait`
    ");
}

#[test]
fn two_verbs() {
    let told = broken("  - stop: links", "  - stop: links\n    install: htop");
    assert_snapshot!(told, @"
    15:5: the step has several verbs: `stop`, `install`
      16:5: another one
      help: make a step of each
    ");
}

#[test]
fn on_missing() {
    let told = broken("  - start: links\n    on: new", "  - start: links");
    assert_snapshot!(told, @"
    17:5: `start` lacks its host
      help: add `on:` with the id of a host to the step
    ");
}

#[test]
fn on_useless() {
    let told = added("    on: new\n    via: console\n    arguments: [a]\n");
    assert_snapshot!(told, @"
    20:5: `on` means nothing to `point`
      help: it belongs to `install`, `run`, `start`, `stop`, `volume`
    21:5: `via` means nothing to `point`
      help: it belongs to `run`
    22:5: `arguments` means nothing to `point`
      help: it belongs to `run`
    ");
}

#[test]
fn same_host() {
    let told = broken("from: old, to: new", "from: new, to: new");
    assert_snapshot!(told, @"
    16:48: `transfer` goes from `new` to `new`, which is the same host
      16:39: from here
    ");
}

#[test]
fn no_data() {
    let told = broken(", volumes: { data: /srv }", "");
    assert_snapshot!(told, @"
    16:26: `links` has no data to transfer
      help: data is in the `volumes` of a container, or in the `data` of a unit
    ");
}

#[test]
fn fractions_of_ttl() {
    let told = broken("zone: { name: asso.example", "zone: { name: asso.example, ttl: 1500ms");
    assert_snapshot!(told, @"6:34: `1500ms` is no TTL: expected whole seconds, at least 1s");
}

#[test]
fn ttl_zero() {
    let told = added("  - ttl: { name: new.asso.example, to: 0s }\n");
    assert_snapshot!(told, @"20:40: `0s` is no TTL: expected whole seconds, at least 1s");
}

#[test]
fn deadline_of_nothing() {
    let told = added("    deadline: 2d\n");
    assert_snapshot!(told, @"20:15: `2d` is out of range: expected 1s to 24h");
}

#[test]
fn probing_too_often() {
    let told = added("probing: { every: 1ms, deadline: 2m }\n");
    assert_snapshot!(told, @"
    20:19: `1ms` is out of range: expected 5ms to 1m
    20:34: `2m` is out of range: expected 10ms to 1m
    ");
}

#[test]
fn budget_without_probe() {
    let told = broken("    probe: { http: {} }\n", "");
    assert_snapshot!(told, @"
    12:13: `links` has a budget, but no probe measures its downtime
      help: give the service a `probe`
    ");
}

#[test]
fn probe_of_another_port() {
    let told = broken("http: {}", "https: {}");
    assert_snapshot!(told, @"
    12:14: `links` does not listen on port 443
      help: ports of `links`: `80`
    ");
}

#[test]
fn port_zero() {
    let told = broken("http: {}", "http: { port: 0 }");
    assert_snapshot!(told, @"12:28: `0` is out of range: expected 1 to 65535");
}

#[test]
fn groups() {
    let told = added("budgets:\n  all: { services: [links], max: 5m }\n  few: 5m\n");
    assert_snapshot!(told, @"
    21:20: `all` stands for every service, it takes no list
      help: write `all: 5m`
    22:3: the group `few` is empty
      help: write `few: { services: [...], max: 5m }`; `all` alone stands for every service
    ");
}

#[test]
fn nobody() {
    let told =
        told("filage: 1\nscenario: s\nhosts: {}\nservices: {}\nsteps: []\nzone: { name: a.b }\n");
    assert_snapshot!(told, @"
    3:8: a migration without hosts is none
    4:11: a migration without services is none
    5:8: a migration without steps is none
    ");
}
