//! Owns how a plan reads to somebody who wants to know what will happen.
//! Must not know: worlds, colours, the width of a terminal.

use std::fmt::Display;

use super::model::{Fate, Fault, Host, Plan, Service, ServiceKind, Step};
use crate::{
    base::DnsName,
    fault::Trigger,
    probe::{Client, DnsExpect, Probe, Probing, RecordKind},
    scenario::{OnFailure, Refuses, Retry, Then},
    step::{Run, Verb},
    writer::Writer,
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
    let Probing { every, around_changes, deadline, late_by } = plan.probing;
    page.line(1, &format!("asked every {every}, every {around_changes} around changes; an answer after {deadline} does not count"));
    if plan.has_late_clients() {
        page.line(1, &format!("the resolver of late clients holds every record for {late_by}"));
    }
    if plan.writers().next().is_some() {
        page.section("writers");
        page.table(plan.writers().flat_map(|(id, of)| writer(id, of)));
    }
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
    if let Some(rollback) = &plan.rollback {
        page.section("after a rollback");
        let lines = rollback.end_state.iter();
        page.table(lines.map(|(id, of)| vec![id.to_string(), of.to_string()]));
        if let Some(budget) = rollback.budget {
            page.line(1, &format!("undone, and all services answer, within {budget}"));
        }
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
    vec![id.to_string(), on, name, kind, ports, needs, refuses(&service.refuses)]
}

/// Whose mail a service refuses, if anybody's.
fn refuses(refuses: &Refuses) -> String {
    let nameless =
        refuses.nameless.then(|| "without a reverse name until they have one".to_owned());
    let listed = (!refuses.listed.is_empty())
        .then(|| format!("on the blocklist {} for good", list(&refuses.listed)));
    match nameless.into_iter().chain(listed).collect::<Vec<_>>().as_slice() {
        [] => String::new(),
        hosts => format!("refuses mail of hosts {}", hosts.join(", and of hosts ")),
    }
}

fn downtime(id: &impl Display, service: &Service) -> Vec<String> {
    let budgets: Vec<String> = service
        .budgets
        .iter()
        .map(|(client, max)| match client {
            Client::Fresh => format!("{max} at most"),
            client => format!("{max} at most ({client})"),
        })
        .collect();
    let budget = match budgets.as_slice() {
        [] => "no budget".to_owned(),
        budgets => budgets.join(", "),
    };
    let probe = match &service.probe {
        Some(probe) => {
            let slow = probe.slow_after().map(|after| format!(", slow after {after}"));
            let slow = slow.unwrap_or_default();
            format!("{}{slow}, from {} clients", self::probe(probe), list(&service.clients))
        }
        None => "not measured".to_owned(),
    };
    vec![id.to_string(), budget, probe]
}

fn probe(probe: &Probe) -> String {
    let port = probe.port().map_or_else(String::new, |port| format!(" {port}"));
    format!("{}{port}{}", probe.word(), question(probe))
}

/// What follows the word and the port of a probe.
fn question(probe: &Probe) -> String {
    let told = |word: &str, text: Option<&String>| {
        text.map_or_else(String::new, |text| format!(" {word} `{text}`"))
    };
    match probe {
        Probe::Tcp(tcp) => told("answers", tcp.banner.as_ref()),
        Probe::Http(http) | Probe::Https(http) => {
            let expect = &http.expect;
            let body = [
                told("with", expect.contains.as_ref()),
                told("to the end", expect.ends_with.as_ref()),
                told("of SHA-256", expect.sha256.as_ref()),
            ];
            format!(" {} answers {}{}", http.path, expect.status, body.concat())
        }
        Probe::Dns(dns) => records(dns.kind, &dns.query, dns.expect.as_ref()),
        Probe::Doh(doh) => {
            format!(" {}{}", doh.path, records(doh.kind, &doh.query, doh.expect.as_ref()))
        }
        Probe::Smtp(smtp) => {
            let verb = if smtp.deliver { "delivers to" } else { "takes mail for" };
            told(verb, smtp.to.as_ref())
        }
        Probe::Imap(imap) => {
            format!(" lets `{}` in{}", imap.user, told("to", imap.select.as_ref()))
        }
        Probe::Ssh(_) => " has its host key".to_owned(),
        Probe::Sql(sql) => {
            let value = sql.expect.as_ref().map(|expect| &expect.value);
            format!(" ({}) answers `{}`{}", sql.engine, sql.query, told("with", value))
        }
        Probe::Command(command) => format!(" {}", command.run),
    }
}

fn records(kind: RecordKind, name: &DnsName, expect: Option<&DnsExpect>) -> String {
    let kind = if kind == RecordKind::A { String::new() } else { format!(" the {kind} of") };
    let value = expect.map(|expect| format!(" as `{}`", list(&expect.value)));
    format!(" knows{kind} {name}{}", value.unwrap_or_default())
}

/// A line for how often, one for what is written, and one for how that is found again.
fn writer(id: &impl Display, writer: &Writer) -> [Vec<String>; 3] {
    let Writer { writing, per_second, lanes, client, deadline, read } = writer;
    let often = format!(
        "{per_second} a second, from {client} clients, {lanes} at once; given up after {deadline}"
    );
    [
        vec![id.to_string(), often],
        vec![String::new(), format!("written by {writing}")],
        vec![String::new(), format!("read from {} by {}", read.of, read.reading)],
    ]
}

fn fault(id: &impl Display, fault: &Fault) -> Vec<String> {
    let trigger = match &fault.from {
        Trigger::Start => "from the start".to_owned(),
        trigger => trigger.to_string(),
    };
    let end = match (&fault.healed_by, fault.duration) {
        (Some(step), _) => format!("until step `{step}` has passed"),
        (None, Some(duration)) => format!("for {duration}"),
        (None, None) if fault.kind.shows_in_mail() => "until all is judged".to_owned(),
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
    if let Verb::Run(run) = &step.verb {
        details.push(("simulated", simulated(run)));
    }
    details.push(("deadline", step.deadline.to_string()));
    details.extend(on_failure(step).map(|text| ("on failure", text)));
    details.extend(step.undo.iter().map(|undo| ("undo", self::undo(undo))));
    details
}

/// What a failure means, where it is not just the end.
fn on_failure(step: &Step) -> Option<String> {
    match &step.on_failure {
        OnFailure::Stop => None,
        OnFailure::Continue => Some("continue".to_owned()),
        OnFailure::Rollback => Some("roll back".to_owned()),
        OnFailure::Retry(Retry { times, every, then }) => {
            let then = if *then == Then::Rollback { ", then roll back" } else { "" };
            Some(format!("retry {times} times, every {every}{then}"))
        }
    }
}

/// A step that undoes another.
fn undo(undo: &Step) -> String {
    let summary = undo.verb.describe().summary;
    let on_failure = on_failure(undo).map(|text| format!("; on failure: {text}"));
    let (id, deadline) = (&undo.id, undo.deadline);
    format!("{summary} ({id}, within {deadline}{})", on_failure.unwrap_or_default())
}

/// What a world without real hosts makes of a script.
fn simulated(run: &Run) -> String {
    let Some(simulates) = &run.simulates else {
        let place =
            run.on.as_ref().map_or("all hosts and of DNS".to_owned(), |on| format!("`{on}`"));
        return format!(
            "not: what is true of {place} afterwards is not known there, as `simulates:` does not \
             say what the script amounts to"
        );
    };
    let does: Vec<_> = simulates.iter().map(ToString::to_string).collect();
    if does.is_empty() { "it only looks".to_owned() } else { does.join(", ") }
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
