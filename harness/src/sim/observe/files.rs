//! Files: those that the scenario gives to hosts, and the one that a fault brings. Of others nothing
//! is known.

use crate::{
    base::HostId,
    expect::{Expectation, File, Found},
    plan::{Plan, ServiceKind},
    sim::{Given, facts::Content, hands::Hands},
    step::Verb,
};

/// What is known of a file.
enum Known<'a> {
    Missing,
    /// It is there; where it came from, if that is known.
    There(Option<&'a str>),
}

/// Looks at a file.
pub(super) fn look(hands: &Hands<'_>, wanted: &File) -> Found {
    let (host, path) = (hands.host(&wanted.on), &wanted.path);
    let source = match known(hands, host, path) {
        None => {
            return Found::Unseen(format!("the simulator cannot know whether `{path}` is there"));
        }
        Some(Known::Missing) => {
            return Found::File { exists: false, sha256: None, contains: None };
        }
        Some(Known::There(source)) => source,
    };
    let content = source.and_then(|source| hands.given.files.get(source));
    let contains = match (&wanted.contains, content) {
        (None, _) => None,
        (Some(text), Some(content)) => Some(holds(content, text)),
        (Some(_), None) => return unread(path, "content"),
    };
    match wanted.sha256 {
        None => Found::File { exists: true, sha256: None, contains },
        Some(_) => unread(path, "checksum"),
    }
}

fn unread(path: &str, what: &str) -> Found {
    Found::Unseen(format!("`{path}` is there; the simulator cannot know its {what}"))
}

/// What follows from the scenario, for a path of a host.
fn known<'a>(hands: &Hands<'a>, host: usize, path: &str) -> Option<Known<'a>> {
    const EXIM: (&str, &str) = ("/usr/sbin/exim4", "exim4-daemon-light");
    let plan = hands.plan;
    let (id, planned) = plan.hosts.get_index(host)?;
    if path == EXIM.0 {
        return Some(match hands.facts.hosts[host].packages.contains(EXIM.1) {
            true => Known::There(None),
            false => Known::Missing,
        });
    }
    if let Some(source) = planned.files.get(path) {
        return Some(Known::There(Some(source)));
    }
    plan.services.values().enumerate().find_map(|(number, service)| {
        let ServiceKind::Unit(unit) = &service.kind else { return None };
        if let Some(source) = unit.files.get(path) {
            return Some(Known::There(Some(source)));
        }
        let filled = unit.fill.get(path);
        let below =
            |folder: &String| path.starts_with(&format!("{}/", folder.trim_end_matches('/')));
        if !unit.data.iter().any(below) {
            let here = if service.on == *id { filled } else { None };
            return here.map(|source| Known::There(Some(source)));
        }
        // What is in a data folder comes along with the data.
        match hands.facts.instance(host, number).data {
            None | Some(Content { is_bare: true, .. }) => Some(Known::Missing),
            Some(_) => filled.map(|source| Known::There(Some(source))),
        }
    })
}

/// Whether something that a service shows, a text or an account, lies in its data: it has some, and the
/// text does not stand in its other files alone.
pub(in crate::sim) fn lies_in_data(kind: &ServiceKind, given: &Given, text: &str) -> bool {
    let has = |source: &String| Some(holds(given.files.get(source)?, text));
    let is_built_in = || match kind {
        ServiceKind::Unit(unit) => {
            // What fills the data and was not read may hold it.
            unit.files.values().any(|it| has(it) == Some(true))
                && unit.fill.values().all(|it| has(it) == Some(false))
        }
        // What is in an image is not known.
        ServiceKind::Container(_) => false,
    };
    kind.has_data() && !is_built_in()
}

fn holds(file: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(file).contains(text)
}

/// The files of the scenario's folder whose content some expectation asks for, or some answer shows.
pub(in crate::sim) fn looked_into(plan: &Plan) -> Vec<&str> {
    let checks = plan.all_steps().flat_map(|step| match &step.verb {
        Verb::Check(check) => check.expectations.as_slice(),
        _ => &[],
    });
    let asked = plan.end_state.values().chain(checks).filter_map(|expectation| match expectation {
        Expectation::File(file) if file.contains.is_some() => Some((&file.on, &file.path)),
        _ => None,
    });
    let asked = asked.flat_map(|(on, path)| sources(plan, on, path));
    let shown = plan.services.values().filter(|service| service.kind.has_data());
    let shown = shown.flat_map(|service| match &service.kind {
        ServiceKind::Unit(unit) => unit.files.values().chain(unit.fill.values()).collect(),
        ServiceKind::Container(_) => vec![],
    });
    asked.chain(shown.map(String::as_str)).collect()
}

fn sources<'a>(plan: &'a Plan, on: &HostId, path: &str) -> Vec<&'a str> {
    let of_host = plan.hosts.get(on).and_then(|host| host.files.get(path));
    let of_units = plan.services.values().filter_map(|service| match &service.kind {
        ServiceKind::Unit(unit) => unit.files.get(path).or(unit.fill.get(path)),
        ServiceKind::Container(_) => None,
    });
    of_host.into_iter().chain(of_units).map(String::as_str).collect()
}
