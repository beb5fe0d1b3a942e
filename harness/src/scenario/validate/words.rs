//! Owns words that end up in commands, in files and in names of the world: nothing that a user
//! writes may become syntax there by accident.

use super::{At, Context};
use crate::base::DnsName;

/// Names that the world itself uses.
const RESERVED_HOSTS: [&str; 6] =
    ["authority", "keeper", "late-resolver", "operator", "packages", "resolver"];
/// The most characters of a scenario's name.
const MAX_NAME: usize = 100;

pub(super) fn check(cx: &mut Context<'_>) {
    let (scenario, root) = (cx.scenario, cx.at);
    let name = &scenario.scenario;
    if name.trim().is_empty() || name.chars().count() > MAX_NAME || has_control(name) {
        let message = format!("a scenario's name is one line of 1 to {MAX_NAME} characters");
        cx.wrong(root.key("scenario"), message);
    } else if name.contains(['/', '\\']) || name.starts_with('.') {
        let message = format!("`{name}` cannot be the name of a folder, which a run's would be");
        cx.wrong_but(root.key("scenario"), message, "leave out slashes and a leading dot");
    }
    if scenario.filage != 1 {
        let message = format!("unknown format version `{}`", scenario.filage);
        cx.wrong_but(root.key("filage"), message, "this program reads version 1");
    }
    for (section, empty) in [
        ("hosts", scenario.hosts.is_empty()),
        ("services", scenario.services.is_empty()),
        ("steps", scenario.steps.is_empty()),
    ] {
        if empty && !root.key(section).is_in_doubt() {
            cx.wrong(root.key(section), format!("a migration without {section} is none"));
        }
    }
    hosts(cx);
    containers(cx);
    units(cx);
    steps(cx);
}

fn hosts(cx: &mut Context<'_>) {
    for (id, host) in &cx.scenario.hosts {
        let at = cx.host_at(id);
        if RESERVED_HOSTS.contains(&id.as_str()) {
            let message = format!("a host cannot be called `{id}`");
            cx.wrong_key(at, message, "the world uses that name itself, choose another one");
        }
        if !is_user(&host.user) {
            let help =
                "at most 32 lower-case letters, digits, `_` and `-`, beginning with a letter";
            cx.wrong_but(at.key("user"), format!("`{}` is no name of a user", host.user), help);
        }
        for (index, package) in host.packages.iter().enumerate() {
            self::package(cx, package, at.key("packages").item(index));
        }
    }
}

fn containers(cx: &mut Context<'_>) {
    let services = cx.scenario.services.iter();
    for (id, container) in services.filter_map(|(id, of)| Some((id, of.container.as_ref()?))) {
        let at = cx.service_at(id).key("container");
        if id.as_str().len() < 2 {
            let message = format!("a container cannot be called `{id}`");
            cx.wrong_key(cx.service_at(id), message, "Docker wants two characters at least");
        }
        for (name, value) in &container.environment {
            let at = at.key("environment").key(name);
            if !is_variable(name) {
                cx.wrong_key(
                    at,
                    format!("`{name}` is no name of an environment variable"),
                    "letters, digits and `_`, not beginning with a digit",
                );
            }
            one_line(cx, value, at);
        }
        for name in container.volumes.keys() {
            let at = at.key("volumes").key(name);
            if !is_volume(name) {
                let help = "write `name: /path`, the name of two or more letters, digits, `_`, `.` and `-`";
                cx.wrong_key(at, format!("`{name}` is no name of a volume"), help);
            }
        }
    }
}

fn units(cx: &mut Context<'_>) {
    for (id, service) in &cx.scenario.services {
        if let Some(unit) = &service.unit {
            unit_name(cx, &unit.name, cx.service_at(id).key("unit").key("name"));
        }
    }
}

fn steps(cx: &mut Context<'_>) {
    for (at, step) in cx.all_steps() {
        for (item, name) in step.install.iter().flat_map(|packages| packages.iter()).enumerate() {
            package(cx, name, at.key("install").item(item));
        }
        for (item, argument) in step.arguments.iter().flatten().enumerate() {
            one_line(cx, argument, at.key("arguments").item(item));
        }
        if let Some(wait) = &step.wait {
            one_line(cx, &wait.why, at.key("wait").key("why"));
        }
    }
}

/// Tells a text with characters that cannot be shown.
pub(super) fn one_line(cx: &mut Context<'_>, text: &str, at: At<'_>) {
    if has_control(text) {
        cx.wrong(at, "the text has line ends or control characters: expected one line");
    }
}

/// Tells a text that nobody can send mail to.
pub(super) fn mail_address(cx: &mut Context<'_>, address: &str, at: At<'_>) {
    let plain =
        |text: &str| text.chars().all(|c| c.is_ascii_graphic() && !"<>()[],;:\\\"".contains(c));
    let shape = address.split_once('@').filter(|(user, domain)| {
        !user.is_empty() && plain(user) && domain.parse::<DnsName>().is_ok()
    });
    if shape.is_none() {
        let help = format!("expected for example `me@{}`", cx.scenario.zone.name);
        cx.wrong_but(at, format!("`{address}` is no mail address"), help);
    }
}

/// Tells a text that is no hash.
pub(super) fn sha256(cx: &mut Context<'_>, sum: &str, at: At<'_>) {
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    if sum.len() != 64 || !sum.chars().all(is_hex) {
        cx.wrong(at, format!("`{sum}` is no SHA-256: expected 64 digits of 0-9 and a-f"));
    }
}

pub(super) fn unit_name(cx: &mut Context<'_>, name: &str, at: At<'_>) {
    let well_formed = |stem: &str| {
        !stem.is_empty()
            && stem.len() < 200
            && !stem.starts_with('-')
            && stem.chars().all(|c| c.is_ascii_alphanumeric() || "_.@:-".contains(c))
    };
    if !name.strip_suffix(".service").is_some_and(well_formed) {
        let help = "expected for example `tor.service`";
        cx.wrong_but(at, format!("`{name}` is no name of a systemd service"), help);
    }
}

fn package(cx: &mut Context<'_>, name: &str, at: At<'_>) {
    // Debian Policy 5.6.1.
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c);
    let well_formed = name.len() >= 2
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.chars().all(inner);
    if !well_formed {
        let help = "lower-case letters, digits, `+`, `-` and `.`, such as `libstdc++6`";
        cx.wrong_but(at, format!("`{name}` is no name of a package"), help);
    }
}

fn is_user(name: &str) -> bool {
    name.len() <= 32
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c))
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn is_volume(name: &str) -> bool {
    (2..=63).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
}

fn has_control(text: &str) -> bool {
    text.contains(char::is_control)
}
