//! How the simulator grows: migrations of many services, hosts in proportion, read, planned, played
//! and judged, all in this process.

use std::{
    error::Error,
    fmt::Write as _,
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use filage::{
    check::{Ruling, verdict},
    engine::rehearse,
    history::Fold,
    plan::{Choices, resolve},
    scenario::{FileKind, Files, parse},
    sim::{Given, World},
};
use serde_json::json;

/// How many services move from one old host to one new one.
const SERVICES_A_PAIR: usize = 10;
/// How many faults there are, at most: nobody has hundreds.
const FAULTS: usize = 4;
/// A size is played as often as fits into this, and at least so often.
const FOR: Duration = Duration::from_secs(2);
const TIMES: usize = 3;
/// What else is of no use.
const MOST_TIMES: usize = 100;

type Failure = Box<dyn Error>;

/// Measures one size: the seconds of each rehearsal, and the peak of this process's memory.
pub(crate) fn of(services: usize) -> Result<(), Failure> {
    let text = scenario(services);
    let begun = now();
    let mut samples = vec![];
    while samples.len() < TIMES || begun.elapsed() < FOR && samples.len() < MOST_TIMES {
        let once = now();
        play(&text)?;
        samples.push(once.elapsed().as_secs_f64());
    }
    println!("{}", json!({ "seconds": samples, "memory_bytes": memory_peak()? }));
    Ok(())
}

/// From the scenario's text to its verdict, which must be a pass.
fn play(text: &str) -> Result<(), Failure> {
    let mut laps = Laps(now());
    let scenario = parse("scenario.yaml", text.as_bytes(), &Folder);
    let scenario = scenario.map_err(|mistakes| format!("{mistakes:?}"))?;
    laps.tell("read");
    let plan = Arc::new(resolve(&scenario, &Choices::default())?);
    laps.tell("planned");
    let mut world = World::new(Arc::clone(&plan), Arc::new(Given::default()));
    let mut fold = Fold::default();
    rehearse("growth", &plan, &mut world, &mut fold)?;
    laps.tell("played");
    let told = verdict(&fold.finish().ok_or("the rehearsal has begun")?);
    laps.tell("judged");
    match told.verdict {
        Ruling::Pass => Ok(()),
        _ => Err(format!("it must pass: {:#?}", told.reasons.first()).into()),
    }
}

/// Where the time went, on standard error, if that is wished.
struct Laps(Instant);

impl Laps {
    fn tell(&mut self, what: &str) {
        if std::env::var_os("FILAGE_BENCH_LAPS").is_some() {
            eprintln!("{what}: {:.4} s", self.0.elapsed().as_secs_f64());
        }
        self.0 = now();
    }
}

/// A migration of so many services, each pair of hosts by itself and one service after the other;
/// with budgets, dependencies, a few faults, and an end state.
fn scenario(services: usize) -> String {
    let pairs = services.div_ceil(SERVICES_A_PAIR);
    let mut text = "filage: 1\nscenario: growth\nzone: { name: growth.example, ttl: 5s }\n\
         budgets: { all: 1000h }\nhosts:\n"
        .to_owned();
    let mut parts = [const { String::new() }; 4];
    for pair in 0..pairs {
        add(
            &mut text,
            &format!("  old{pair}: {{ docker: true }}\n  new{pair}: {{ docker: true }}\n"),
        );
        let first = pair * SERVICES_A_PAIR;
        add_pair(&mut parts, pair, first..services.min(first + SERVICES_A_PAIR));
    }
    for (key, part) in ["services", "steps", "faults", "end_state"].into_iter().zip(parts) {
        add(&mut text, &format!("{key}:\n{part}"));
    }
    text
}

fn add_pair(parts: &mut [String; 4], pair: usize, services: std::ops::Range<usize>) {
    let [all, steps, faults, end_state] = parts;
    let ids: Vec<String> = services.clone().map(|n| format!("s{n}")).collect();
    let names: Vec<String> = ids.iter().map(|id| format!("{id}.growth.example")).collect();
    add(
        steps,
        &format!("  - id: support{pair}\n    wait: {{ for: 1h, why: support }}\n    needs: []\n"),
    );
    add(
        steps,
        &format!("  - id: ttl{pair}\n    ttl: {{ name: [{}], to: 2s }}\n", names.join(", ")),
    );
    for (n, id) in services.zip(&ids) {
        let port = 1024 + n % SERVICES_A_PAIR;
        let needs = if n % SERVICES_A_PAIR == 1 { format!("s{}", n - 1) } else { String::new() };
        let kind = match n % 2 {
            0 => format!(
                "container: {{ image: images/any, publish: [{port}], volumes: {{ {id}: /srv }} }}"
            ),
            _ => format!("unit: {{ name: {id}.service, listens: [{port}], data: [/srv/{id}] }}"),
        };
        add(
            all,
            &format!(
                "  {id}:\n    on: old{pair}\n    name: {id}.growth.example\n    needs: [{needs}]\n    \
                 {kind}\n    probe: {{ http: {{ port: {port} }} }}\n    budget: 10h\n"
            ),
        );
        if n % 2 == 0 {
            let image = format!("services: {id}, from: old{pair}, to: new{pair}");
            add(steps, &format!("  - image: {{ {image} }}\n"));
        }
        add(
            steps,
            &format!(
                "  - stop: {id}\n    on: old{pair}\n  - transfer: {{ service: {id}, from: old{pair}, to: \
                 new{pair} }}\n  - start: {id}\n    on: new{pair}\n  - point: {{ name: {id}.growth.example, \
                 to: new{pair} }}\n"
            ),
        );
        add(
            end_state,
            &format!("  {id}-points:\n    dns: {{ name: {id}.growth.example, is: new{pair} }}\n"),
        );
    }
    if pair < FAULTS {
        add(
            faults,
            &format!(
                "  cut{pair}:\n    network-down: {{ on: new{pair} }}\n    from: start\n    healed_by: support{pair}\n"
            ),
        );
    }
    let moved = ids.join(", ");
    add(
        end_state,
        &format!("  new{pair}:\n    running: {{ on: new{pair}, services: [{moved}] }}\n"),
    );
    add(
        end_state,
        &format!("  old{pair}:\n    stopped: {{ on: old{pair}, services: [{moved}] }}\n"),
    );
}

fn add(text: &mut String, more: &str) {
    text.write_str(more).expect("text takes more");
}

/// A folder that has all that the scenario names.
struct Folder;

impl Files for Folder {
    fn kind(&self, path: &str) -> FileKind {
        if path.ends_with("Dockerfile") { FileKind::File } else { FileKind::Folder }
    }
}

/// The peak of resident memory so far.
fn memory_peak() -> Result<u64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes =
        peak.and_then(|peak| peak.split_whitespace().next()).ok_or("no peak is told")?;
    Ok(kilobytes.parse::<u64>()? * 1024)
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time, outside the harness")]
fn now() -> Instant {
    Instant::now()
}
