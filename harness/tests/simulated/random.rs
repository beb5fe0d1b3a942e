//! Random worlds: scenarios that nobody would write, with faults that nobody would wish for. What
//! holds for all of them. `FILAGE_RANDOM_WORLDS=10000` plays so many instead of 256.

use std::{cell::Cell, collections::BTreeMap, io, rc::Rc, thread};

use filage::{
    base::{Duration, ServiceId, StoryTime},
    check::{LedgerVerdict, Ruling, verdict},
    engine::rehearse,
    history::{Begin, Ending, FaultStage, Fold, History, Phase, Record, Sink, Tee, What, Writer},
    plan::{Choices, FaultChoice, Plan, resolve},
    probe::{Answer, Client},
    scenario::Scenario,
    sim::Truth,
    world::{Action, ActionId, Capabilities, Egress, Event, Pace, TeardownError, World},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::world;

/// How many hosts there may be, and how many of the rest.
const HOSTS: usize = 3;
const SERVICES: usize = 5;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn host() -> impl Strategy<Value = String> {
    (0..HOSTS).prop_map(|n| format!("h{n}"))
}

fn service() -> impl Strategy<Value = String> {
    (0..SERVICES).prop_map(|n| format!("s{n}"))
}

fn probe(port: u16) -> impl Strategy<Value = Value> {
    prop_oneof![
        2 => Just(json!({ "http": { "port": port, "expect": { "contains": "x" } } })),
        2 => Just(json!({ "http": { "port": port } })),
        1 => Just(json!({ "https": { "port": port, "slow_after": "1ms" } })),
        1 => Just(json!({ "tcp": { "port": port } })),
        1 => Just(json!({ "tcp": { "port": port, "banner": "hi" } })),
        1 => Just(json!({ "dns": { "port": port, "query": "s0.w.example" } })),
        1 => Just(json!({ "doh": { "port": port, "query": "s0.w.example" } })),
        1 => Just(json!({ "smtp": { "port": port } })),
    ]
}

/// What writes to a service, where it keeps that itself or has it kept by one that it needs.
fn writer(number: usize, port: u16) -> impl Strategy<Value = Option<Value>> {
    let ways = prop_oneof![Just("http"), Just("https"), Just("sql"), Just("smtp")];
    let client = prop_oneof![Just("fresh"), Just("keepalive"), Just("pinned"), Just("late")];
    let rest = (1..50_u32, 1..6_u32, prop_oneof![Just("300ms"), Just("3s")], 0..=number);
    let writer = (ways, client, rest).prop_map(move |(way, client, rest)| {
        let (per_second, lanes, deadline, of) = rest;
        let written = match way {
            "sql" => json!({
                "port": port, "user": "u", "password": "p", "database": "d", "insert": "{id}",
            }),
            "smtp" => json!({ "port": port, "to": "a@w.example" }),
            _ => json!({ "port": port, "post": "/{id}" }),
        };
        let read =
            json!({ "of": format!("s{of}"), "http": { "port": 8_000 + of * 3, "path": "/" } });
        json!({
            way: written, "client": client, "per_second": per_second, "lanes": lanes,
            "deadline": deadline, "read": read,
        })
    });
    proptest::option::weighted(0.5, writer)
}

/// Ports are few, so that services get in each other's way.
fn any_service(number: usize) -> impl Strategy<Value = Value> {
    (
        (0..HOSTS, any::<bool>(), any::<bool>(), 0..3_u16),
        (any::<u8>(), any::<u8>(), 0..4_u8),
        proptest::option::weighted(0.8, Just(())),
    )
        .prop_flat_map(move |((on, unit, data, port), (needs, clients, budget), probed)| {
            let port = 8_000 + number as u16 * 3 + port;
            (probe(port), writer(number, port)).prop_map(move |(probe, writer)| {
                let needs: Vec<_> =
                    (0..number).filter(|n| needs >> n & 3 == 3).map(|n| format!("s{n}")).collect();
                let clients: Vec<_> = ["keepalive", "pinned", "late"]
                    .into_iter()
                    .enumerate()
                    .filter(|(n, _)| clients >> n & 1 == 1)
                    .map(|(_, client)| client)
                    .collect();
                let mut service = json!({
                    "on": format!("h{on}"), "name": format!("s{number}.w.example"),
                    "needs": needs, "clients": clients,
                });
                if unit {
                    let data = if data { vec!["/srv/data"] } else { vec![] };
                    service["unit"] = json!({
                        "name": format!("s{number}.service"), "listens": [port], "data": data,
                    });
                } else {
                    let volumes = if data { json!({ "data": "/srv" }) } else { json!({}) };
                    service["container"] =
                        json!({ "image": "images/x", "publish": [port], "volumes": volumes });
                }
                if probed.is_some() {
                    service["probe"] = probe;
                }
                if let Some(writer) = writer {
                    service["writer"] = writer;
                }
                if budget > 0 {
                    service["budget"] = json!(["0s", "10s", "1h"][usize::from(budget - 1)]);
                }
                service
            })
        })
}

fn simulates() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!([])),
        host().prop_map(|on| json!([{ "free-port": { "port": 8_001, "on": on } }])),
        host().prop_map(|on| json!([{ "network-up": on }, { "takes": "3s" }])),
        (service(), host())
            .prop_map(|(service, on)| json!([{ "start": { "service": service, "on": on } }])),
        (service(), host())
            .prop_map(|(service, on)| json!([{ "stop": { "service": service, "on": on } }])),
        (service(), host(), host()).prop_map(|(service, from, to)| {
            json!([{ "copy": { "service": service, "from": from, "to": to } }])
        }),
        (service(), host())
            .prop_map(|(service, on)| json!([{ "clear": { "service": service, "on": on } }])),
    ]
}

fn verb() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => (service(), host()).prop_map(|(it, on)| json!({ "start": it, "on": on })),
        3 => (service(), host()).prop_map(|(it, on)| json!({ "stop": it, "on": on })),
        3 => (service(), host(), host())
            .prop_map(|(it, from, to)| json!({ "transfer": { "service": it, "from": from, "to": to } })),
        3 => (service(), host()).prop_map(|(it, to)| {
            json!({ "point": { "name": format!("{it}.w.example"), "to": to } })
        }),
        2 => (service(), 1..30_u64).prop_map(|(it, to)| {
            json!({ "ttl": { "name": format!("{it}.w.example"), "to": format!("{to}s") } })
        }),
        2 => (1..20_000_u64).prop_map(|s| json!({ "wait": { "for": format!("{s}s"), "why": "x" } })),
        1 => (service(), host()).prop_map(|(it, on)| json!({ "volume": it, "on": on })),
        2 => (service(), host(), host())
            .prop_map(|(it, from, to)| json!({ "image": { "services": it, "from": from, "to": to } })),
        1 => host().prop_map(|on| json!({ "install": "htop", "on": on })),
        1 => (host(), 8_000..8_015_u16).prop_map(|(on, port)| {
            json!({ "check": [{ "listens": { "on": on, "ports": [port] } }] })
        }),
        2 => (host(), any::<bool>(), simulates()).prop_map(|(on, console, simulates)| {
            let via = if console { "console" } else { "ssh" };
            json!({ "run": "x.sh", "on": on, "via": via, "simulates": simulates })
        }),
    ]
}

fn step(number: usize) -> impl Strategy<Value = Value> {
    (verb(), 0..4_u8, 0..8_u8, 0..6_u8).prop_map(move |(mut step, failure, needs, deadline)| {
        step["id"] = json!(format!("t{number}"));
        step["on_failure"] = match failure {
            0 => json!("stop"),
            1 => json!({ "retry": { "times": 2, "every": "1s" } }),
            _ => json!("continue"),
        };
        if needs == 0 {
            step["needs"] = json!([]);
        }
        if deadline == 0 {
            step["deadline"] = json!("1s");
        }
        step
    })
}

fn fault(steps: usize) -> impl Strategy<Value = Value> {
    let id = move || (0..steps).prop_map(|n| format!("t{n}"));
    (host(), 8_000..8_015_u16, any::<bool>(), 0..5_u8, id(), id(), 0..3_u8).prop_map(
        |(on, port, link, from, at, healer, end)| {
            let mut fault = match link {
                true => json!({ "network-down": { "on": on } }),
                false => json!({ "port-occupied": { "on": on, "port": port } }),
            };
            fault["from"] = match from {
                0 => json!("start"),
                1 => json!({ "before": at }),
                2 => json!({ "during": at }),
                3 => json!({ "after": at }),
                _ => json!({ "at": "7s" }),
            };
            match end {
                0 => fault["healed_by"] = json!(healer),
                1 => fault["for"] = json!("4s"),
                _ => {}
            }
            fault
        },
    )
}

/// A scenario, whether or not it makes sense: parsing would tell, resolving does not care.
fn any_scenario() -> impl Strategy<Value = Scenario> {
    let services: Vec<_> = (0..SERVICES).map(|n| any_service(n).boxed()).collect();
    let count = 1..10_usize;
    (services, count, 1..200_u64).prop_flat_map(|(services, count, ttl)| {
        let steps: Vec<_> = (0..count).map(|n| step(n).boxed()).collect();
        let faults = proptest::collection::vec(fault(count), 0..4);
        (Just(services), steps, faults, Just(ttl)).prop_map(|(services, steps, faults, ttl)| {
            let named = |prefix: &str, all: Vec<Value>| -> serde_json::Map<String, Value> {
                let all = all.into_iter().enumerate();
                all.map(|(n, value)| (format!("{prefix}{n}"), value)).collect()
            };
            let hosts = (0..HOSTS).map(|_| json!({ "docker": true })).collect();
            let end_state = json!({
                "runs": { "running": { "on": "h1", "services": ["s0", "s1"] } },
                "gone": { "stopped": { "on": "h0", "services": "s0" } },
                "points": { "dns": { "name": "s0.w.example", "is": "h1" } },
                "same": { "same-data": { "service": "s1", "on": ["h0", "h1"] } },
                "answers": { "http": { "url": "http://s2.w.example:8006/" } },
                "mail": { "mail": { "service": "s3", "to": "a@w.example", "password": "x" } },
            });
            let scenario = json!({
                "filage": 1, "scenario": "random",
                "zone": { "name": "w.example", "ttl": format!("{ttl}s") },
                "hosts": named("h", hosts), "services": named("s", services),
                "steps": steps, "faults": named("f", faults),
                // Fewer launches to look at one by one.
                "probing": { "around_changes": "30ms" },
                "budgets": { "all": "1h" }, "end_state": end_state,
            });
            serde_json::from_value(scenario).expect("it is well formed, if senseless")
        })
    })
}

/// A world that counts how often it is waited for.
struct Counted<W>(W, usize);

impl<W: World> World for Counted<W> {
    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }
    fn now(&self) -> StoryTime {
        self.0.now()
    }
    fn submit(&mut self, id: ActionId, action: Action) {
        self.0.submit(id, action);
    }
    fn cancel(&mut self, id: ActionId) {
        self.0.cancel(id);
    }
    fn wait(&mut self, until: StoryTime) -> Event {
        self.1 += 1;
        assert!(self.1 < 100_000, "the rehearsal hangs at {:?}", self.0.now());
        self.0.wait(until)
    }
    fn pace(&mut self, service: &ServiceId, pace: Pace) {
        self.0.pace(service, pace);
    }
    fn catch_up(&mut self, service: Option<&ServiceId>) {
        self.0.catch_up(service);
    }
    fn recorded(&mut self, service: &ServiceId, number: u64) {
        self.0.recorded(service, number);
    }
    fn awaits_records(&self) -> bool {
        self.0.awaits_records()
    }
    fn teardown(&mut self) -> Result<Egress, TeardownError> {
        self.0.teardown()
    }
}

/// All launches, each by itself.
#[derive(Default)]
struct Launches(BTreeMap<(String, Client), Vec<(StoryTime, Answer)>>);

impl Sink for Launches {
    fn begin(&mut self, _: &Begin) -> io::Result<()> {
        Ok(())
    }
    fn record(&mut self, record: &Record) -> io::Result<()> {
        if let What::Sample(sample) = &record.what {
            let key = (sample.service.to_string(), sample.client);
            let launches = sample.launches().map(|launch| (launch, sample.answer));
            self.0.entry(key).or_default().extend(launches);
        }
        Ok(())
    }
}

struct Played {
    history: History,
    launches: Launches,
    truth: Vec<Truth>,
    ending: Ending,
    bytes: Vec<u8>,
}

fn play(plan: &Rc<Plan>) -> Played {
    let plan = std::sync::Arc::new(Plan::clone(plan));
    let mut world = Counted(world(&plan), 0);
    let (mut fold, mut launches, mut bytes) = (Fold::default(), Launches::default(), vec![]);
    let mut writer = Writer::new(&mut bytes);
    let sink = &mut Tee(&mut fold, &mut launches);
    let ending = rehearse("sim", &plan, &mut world, &mut Tee(sink, &mut writer));
    let ending = ending.expect("memory can be written to");
    let history = fold.finish().expect("it has begun");
    Played { history, launches, truth: world.0.truth(), ending, bytes }
}

fn at(truth: &Truth, moment: StoryTime) -> Answer {
    let changes = &truth.changes;
    let since = changes.partition_point(|(at, _)| *at <= moment);
    since.checked_sub(1).map_or(Answer::NoSample, |since| changes[since].1)
}

/// Every launch found what was true, and none is missing.
fn probes_see_the_truth(plan: &Plan, played: &Played) -> Result<(), TestCaseError> {
    let jumps: Vec<_> = played
        .history
        .records
        .iter()
        .filter_map(|record| match record.what {
            What::Passed { by_micros } => Some((record.at, by_micros)),
            _ => None,
        })
        .collect();
    for truth in &played.truth {
        let key = (truth.service.to_string(), truth.client);
        let Some(launches) = played.launches.0.get(&key) else { continue };
        for (launch, answer) in launches {
            prop_assert_eq!(at(truth, *launch), *answer, "{:?} at {:?}", key, launch);
        }
        for pair in launches.windows(2) {
            let (before, after) = (pair[0].0, pair[1].0);
            prop_assert!(before < after, "{:?}: {:?} after {:?}", key, after, before);
            let jumped: u64 =
                jumps.iter().filter(|(at, _)| before < *at && *at <= after).map(|it| it.1).sum();
            let gap = after.since(before).as_micros() - jumped;
            // Where it becomes less dense, one grid ends before the other begins.
            let widest = (plan.probing.every + plan.probing.around_changes).as_micros();
            prop_assert!(gap <= widest, "{:?}: {} at {:?}", key, gap, after);
        }
    }
    Ok(())
}

/// The downtime that is told contains the true one, but for what came and went between launches.
fn intervals_contain_the_truth(played: &Played) -> Result<(), TestCaseError> {
    let began = |phase| played.history.phase_began(phase);
    let (Some(from), Some(to)) = (began(Phase::Migrate), began(Phase::Restart)) else {
        return Ok(());
    };
    for told in verdict(&played.history).services {
        let key = (told.name.to_string(), told.client);
        let Some(launches) = played.launches.0.get(&key) else { continue };
        let truth = played.truth.iter().find(|it| (it.service.to_string(), it.client) == key);
        let Some(truth) = truth else { continue };
        // What a launch saw of each stretch of the truth; what none saw goes to the one before.
        let mut down = 0;
        let mut was_down = false;
        let ends = truth.changes.iter().skip(1).map(|(at, _)| *at).chain([to]);
        let mut known = true;
        for ((start, answer), end) in truth.changes.iter().zip(ends) {
            let (start, end) = ((*start).max(from), end.min(to));
            if start >= end {
                continue;
            }
            let first = launches.partition_point(|(launch, _)| *launch < start);
            let seen = launches.get(first).is_some_and(|(launch, _)| *launch < end);
            if seen {
                was_down = answer.is_bad();
                known &= *answer != Answer::NoSample;
            }
            if was_down {
                down += end.since(start).as_micros();
            }
        }
        if !known {
            continue;
        }
        let seconds = Duration::from_micros(down).as_seconds();
        // A stretch that no launch saw may lie at an edge: less than a launch apart.
        let blur = 0.2;
        let (min, max) = (told.downtime.min_seconds, told.downtime.max_seconds);
        let within = seconds_of(min) <= seconds + blur && seconds <= seconds_of(max) + blur;
        prop_assert!(within, "{key:?}: {seconds} is not in {min:?} to {max:?}");
    }
    Ok(())
}

fn seconds_of(seconds: impl serde::Serialize) -> f64 {
    serde_json::to_value(seconds).ok().and_then(|it| it.as_f64()).expect("seconds are a number")
}

/// A verdict that is not pass says why; faults are followed to their end.
fn whatever_is_amiss_is_said(plan: &Plan, played: &Played) -> Result<(), TestCaseError> {
    let told = verdict(&played.history);
    prop_assert_eq!(told.reasons.is_empty(), told.verdict == Ruling::Pass);
    prop_assert!(told.reasons.iter().all(|reason| !reason.text.is_empty()));
    if played.ending != Ending::Complete {
        prop_assert!(told.verdict != Ruling::Pass);
        return Ok(());
    }
    for (id, _) in plan.active_faults() {
        let mut stages = played.history.records.iter().filter_map(|record| match &record.what {
            What::Fault { fault, stage, .. } if fault == id => Some(*stage),
            _ => None,
        });
        let last = stages.next_back();
        let ended = [
            FaultStage::Armed,
            FaultStage::InjectFailed,
            FaultStage::GoneVerified,
            FaultStage::GoneNotSeen,
            FaultStage::HealFailed,
        ];
        prop_assert!(last.is_some_and(|last| ended.contains(&last)), "{:?}: {:?}", id, last);
    }
    Ok(())
}

/// Every acknowledged write is of exactly one class, none is told of twice, and none is there that
/// nobody wrote.
fn ledgers_add_up(plan: &Plan, played: &Played) -> Result<(), TestCaseError> {
    for (service, _) in plan.writers() {
        let records = played.history.records.iter();
        let mut writes: Vec<_> = records
            .filter_map(|record| match &record.what {
                What::Written(write) if write.service == *service => Some(write.numbers()),
                _ => None,
            })
            .collect();
        writes.sort_by_key(|numbers| *numbers.start());
        for pair in writes.windows(2) {
            prop_assert!(pair[0].end() < pair[1].start(), "{}: {:?}", service, pair);
        }
    }
    for ledger in verdict(&played.history).ledger {
        let LedgerVerdict { acknowledged, present, lost, stranded, unseen, .. } = ledger;
        let twice = acknowledged.checked_sub(present + lost + stranded + unseen);
        prop_assert!(twice.is_some_and(|twice| twice <= ledger.duplicate), "{:#?}", ledger);
        prop_assert_eq!(ledger.unexpected, 0, "{:#?}", ledger);
    }
    Ok(())
}

#[test]
fn whatever_happens_probes_see_the_truth_and_what_is_amiss_is_said() {
    let all: u32 = super::from_environment("FILAGE_RANDOM_WORLDS").unwrap_or(256);
    let threads = super::threads() as u32;
    let shares = (0..threads).map(|number| all / threads + u32::from(number < all % threads));
    let lanes: Vec<_> = shares.map(|cases| thread::spawn(move || play_some(cases))).collect();
    let complete: u32 = lanes.into_iter().map(|lane| lane.join().expect("all hold")).sum();
    // So that the test cannot be empty.
    assert!(complete >= all / 2, "only {complete} of {all} were played to their end");
}

/// Plays so many, and says how many of them were played to their end.
fn play_some(cases: u32) -> u32 {
    let complete = Cell::new(0);
    let mut runner = proptest::test_runner::TestRunner::new(config(cases));
    let worlds = (any_scenario(), any::<u64>(), any::<bool>());
    let played = runner.run(&worlds, |(scenario, seed, faults)| {
        let faults = if faults { FaultChoice::All } else { FaultChoice::None };
        let plan = resolve(&scenario, &Choices { seed, faults, ..Choices::default() }).unwrap();
        let plan = Rc::new(plan);
        let played = play(&plan);
        complete.set(complete.get() + u32::from(played.ending == Ending::Complete));
        probes_see_the_truth(&plan, &played)?;
        intervals_contain_the_truth(&played)?;
        whatever_is_amiss_is_said(&plan, &played)?;
        ledgers_add_up(&plan, &played)?;
        prop_assert!(played.bytes == super::bytes(Plan::clone(&plan)), "another history");
        Ok(())
    });
    played.unwrap_or_else(|error| panic!("{error}"));
    complete.get()
}
