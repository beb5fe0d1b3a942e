//! Owns how a plan reads to somebody who wants to know what will happen.
//! Must not know: worlds, colours, the width of a terminal.

use std::fmt::Display;

use super::model::{Fate, Fault, Host, Plan, Service, ServiceKind, Step};
use crate::{
    fault::Trigger,
    probe::{Probe, Probing},
    scenario::{OnFailure, Retry},
};

/// The whole plan as plain text, every default written out.
pub fn describe(plan: &Plan) -> String {
    let mut page = Page::default();
    page.line(0, &format!("{} (seed {})", plan.scenario, plan.seed));
    if !plan.about.is_empty() {
        page.line(0, &plan.about);
    }
    let zone = &plan.zone;
    page.section("zone");
    page.line(1, &format!("{}, TTL {}", zone.name, zone.ttl));
    for record in &zone.records {
        page.line(1, record);
    }
    page.section("hosts");
    page.table(plan.hosts.iter().map(|(id, of)| vec![id.to_string(), host(of)]));
    page.section("services");
    page.table(plan.services.iter().map(|(id, of)| service(id, of)));
    page.section("downtime");
    let services = plan.services.iter().map(|(id, of)| downtime(id, of));
    let groups = plan.budgets.iter().map(|(name, group)| {
        let together = format!("{} together", list(&group.services));
        vec![name.clone(), format!("{} at most", group.max), together]
    });
    page.table(services.chain(groups));
    let Probing { every, deadline } = plan.probing;
    page.line(1, &format!("asked every {every}; an answer after {deadline} does not count"));
    if !plan.faults.is_empty() {
        page.section("faults");
        page.table(plan.faults.iter().map(|(id, of)| fault(id, of)));
    }
    page.section("steps");
    steps(&mut page, plan);
    if !plan.end_state.is_empty() {
        page.section("end state");
        page.table(plan.end_state.iter().map(|(id, of)| vec![id.to_string(), of.to_string()]));
    }
    page.text
}

fn host(host: &Host) -> String {
    let mut parts = vec![host.image.to_string(), format!("profile {}", host.virtualization)];
    parts.push(if host.docker { "with Docker" } else { "without Docker" }.to_owned());
    parts.push(format!("login as {}", host.user));
    if !host.packages.is_empty() {
        parts.push(format!("packages {}", list(&host.packages)));
    }
    parts.extend(host.files.iter().map(|(path, from)| format!("{path} from {from}")));
    parts.join(", ")
}

fn service(id: &impl Display, service: &Service) -> Vec<String> {
    let ports = service.kind.ports();
    let kind = match &service.kind {
        ServiceKind::Container(container) => format!("container of {}", container.image),
        ServiceKind::Unit(unit) => format!("unit {}", unit.name),
    };
    let ports = match ports.as_slice() {
        [] => "no port".to_owned(),
        ports => format!("port {}", list(ports)),
    };
    let needs = match service.needs.as_slice() {
        [] => String::new(),
        needs => format!("needs {}", list(needs)),
    };
    let (on, name) = (format!("on {}", service.on), service.name.to_string());
    vec![id.to_string(), on, name, kind, ports, needs]
}

fn downtime(id: &impl Display, service: &Service) -> Vec<String> {
    let budget = match service.budget {
        Some(max) => format!("{max} at most"),
        None => "no budget".to_owned(),
    };
    let probe = match &service.probe {
        Some(probe) => format!("{}, from a {} client", self::probe(probe), service.client),
        None => "not measured".to_owned(),
    };
    vec![id.to_string(), budget, probe]
}

fn probe(probe: &Probe) -> String {
    let (word, port) = (probe.word(), probe.port());
    match probe {
        Probe::Tcp(tcp) => match &tcp.banner {
            Some(banner) => format!("{word} {port} answers `{banner}`"),
            None => format!("{word} {port}"),
        },
        Probe::Http(http) | Probe::Https(http) => {
            let contains = http.expect.contains.as_ref();
            let text = contains.map_or_else(String::new, |text| format!(" with `{text}`"));
            format!("{word} {port} {} answers {}{text}", http.path, http.expect.status)
        }
        Probe::Dns(dns) => format!("{word} {port} knows {}", dns.query),
        Probe::Doh(doh) => format!("{word} {port} {} knows {}", doh.path, doh.query),
        Probe::Smtp(_) => format!("{word} {port}"),
    }
}

fn fault(id: &impl Display, fault: &Fault) -> Vec<String> {
    let trigger = match &fault.from {
        Trigger::Start => "from the start".to_owned(),
        trigger => trigger.to_string(),
    };
    let end = match (&fault.healed_by, fault.duration) {
        (Some(step), _) => format!("until step `{step}` has passed"),
        (None, Some(duration)) => format!("for {duration}"),
        (None, None) => "until the migration is over".to_owned(),
    };
    let active = if fault.active { "" } else { "left out of this rehearsal" };
    vec![id.to_string(), fault.kind.to_string(), trigger, end, active.to_owned()]
}

fn steps(page: &mut Page, plan: &Plan) {
    let digits = plan.steps.len().to_string().len();
    let widest = plan.steps.iter().map(|step| step.id.as_str().len()).max().unwrap_or(0);
    let mut before = None;
    for (number, step) in (1..).zip(&plan.steps) {
        let fate = match step.fate {
            Fate::Play => "",
            Fate::Skip => " (skipped)",
            Fate::Beyond => " (beyond the end of this rehearsal)",
        };
        let summary = step.verb.describe().summary;
        page.line(1, &format!("{number:>digits$}. {:<widest$}  {summary}{fate}", step.id));
        for (word, text) in details(step, before) {
            page.line(1, &format!("{:digits$}  {word:<10} {text}", ""));
        }
        before = Some(step);
    }
}

/// What there is to say of a step besides what it does: a word, and the text for it.
fn details(step: &Step, before: Option<&Step>) -> Vec<(&'static str, String)> {
    let description = step.verb.describe();
    let mut details = vec![];
    if !step.about.is_empty() {
        details.push(("about", step.about.clone()));
    }
    let usual: Vec<_> = before.map(|step| step.id.clone()).into_iter().collect();
    if step.needs != usual {
        let needs = if step.needs.is_empty() { "no step".to_owned() } else { list(&step.needs) };
        details.push(("after", needs));
    }
    for (word, texts) in [
        ("needs", description.needs),
        ("touches", description.touches),
        ("may break", description.may_break),
    ] {
        if !texts.is_empty() {
            details.push((word, texts.join("; ")));
        }
    }
    details.push(("deadline", step.deadline.to_string()));
    match &step.on_failure {
        OnFailure::Stop => {}
        OnFailure::Continue => details.push(("on failure", "continue".to_owned())),
        OnFailure::Retry(Retry { times, every }) => {
            details.push(("on failure", format!("retry {times} times, every {every}")));
        }
    }
    details
}

fn list<T: Display>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

/// Lines and aligned tables.
#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn line(&mut self, depth: usize, line: &str) {
        self.text += &"  ".repeat(depth);
        self.text += line.trim_end();
        self.text += "\n";
    }

    fn section(&mut self, title: &str) {
        self.text += "\n";
        self.line(0, title);
    }

    /// Rows of cells, each column as wide as its widest cell.
    fn table(&mut self, rows: impl Iterator<Item = Vec<String>>) {
        let rows: Vec<Vec<String>> = rows.collect();
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
        };
        let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
        for row in &rows {
            let cells = row.iter().zip(&widths).filter(|(_, width)| **width > 0);
            let line: Vec<String> = cells.map(|(cell, width)| format!("{cell:<width$}")).collect();
            self.line(1, &line.join("  "));
        }
    }
}
