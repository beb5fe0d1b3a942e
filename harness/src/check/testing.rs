//! Histories in a few words, for tests. Times are milliseconds.

use std::ops::Range;

use serde_json::json;

use crate::{
    base::{Id, IndexMap, OneOrMany, StoryTime},
    expect::{Expectation, Found, Ports},
    fault::{BrokenOff, Kind, NetworkDown, PortOccupied, Squatter, StepFails, Trigger},
    history::{
        Begin, Ending, FaultStage, Fold, History, Phase, Record, Refused, Round, Sample, Sink,
        StepOutcome, VERSION, What,
    },
    plan::{Fate, Fault, Group, Plan, Rollback, Service, ServiceKind, Step},
    probe::{Answer, Client, Probe, Probing, Tcp},
    scenario::{OnFailure, Refuses, Unit, Zone},
    step::{Point, Run, Start, Stop, Transfer, Verb, Via, Wait},
    writer::Writer,
};

/// A history that is being told.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    plan: Plan,
    records: Vec<Record>,
}

impl Story {
    /// The hosts `old` and `new`, and nothing else yet.
    pub(crate) fn new() -> Self {
        let host: crate::plan::Host = serde_json::from_value(json!({
            "virtualization": "kvm", "image": "debian-12", "docker": true, "user": "admin",
            "packages": [], "files": {},
        }))
        .expect("the host is well formed");
        let zone = Zone { name: name("asso"), ttl: duration("1h"), records: vec![] };
        let plan = Plan {
            scenario: "tiny".into(),
            about: "a few words".into(),
            seed: 7,
            zone,
            hosts: [(id("old"), host.clone()), (id("new"), host)].into_iter().collect(),
            services: IndexMap::default(),
            probing: Probing {
                every: duration("100ms"),
                deadline: duration("1s"),
                ..Probing::default()
            },
            steps: vec![],
            faults: IndexMap::default(),
            budgets: IndexMap::default(),
            end_state: IndexMap::default(),
            rollback: None,
            until: None,
            overlay: None,
        };
        Self { plan, records: vec![] }
    }

    /// A service that was stopped, started elsewhere, and is well; with a fault, and an end state.
    pub(crate) fn moved_links() -> Self {
        let listens = Found::Listeners(vec![crate::expect::Listener {
            port: 80,
            program: "docker-proxy".into(),
        }]);
        Self::new()
            .service("links", Some("5s"))
            .group("all", &["links"], "10s")
            .stop_step("stop-links", "links", "old")
            .start_step("start-links", "links", "new")
            .port_fault("squatter", "new", 80, None)
            .expect_listener("links-listens", "new", 80)
            .sampled("links", 0..1_000, "..........")
            .phase_at(1_000, Phase::Migrate)
            .fault_bites("squatter", 1_000)
            .played("stop-links", 1_500, 2_000, StepOutcome::Passed, "stopped")
            .fault_gone("squatter", 2_100)
            .played("start-links", 2_100, 3_000, StepOutcome::Passed, "started")
            .sampled("links", 1_000..5_000, "......xxxxxxx.......")
            .phase_at(5_000, Phase::Restart)
            .observed("links-listens", Round::First, listens.clone())
            .observed("links-listens", Round::AfterRestart, listens)
            .complete(6_000)
    }

    /// All records in the order of their time, samples included.
    pub(crate) fn records(&self) -> Vec<Record> {
        let mut records = self.records.clone();
        records.sort_by_key(|record| record.at);
        records
    }

    pub(crate) fn history(&self) -> History {
        folded(&self.begin(), self.records())
    }

    /// The first line.
    pub(crate) fn begin(&self) -> Begin {
        Begin {
            history_version: VERSION,
            run: "r1".into(),
            world: "none".into(),
            notes: vec!["made up".into()],
            addresses: [("old", "10.0.0.1"), ("new", "10.0.0.2")]
                .map(|(host, address)| (id(host), address.to_owned()))
                .into_iter()
                .collect(),
            plan: self.plan.clone().into(),
        }
    }

    /// A service on `old` with a probe.
    pub(crate) fn service(self, service: &str, budget: Option<&str>) -> Self {
        self.service_at(service, budget, 80)
    }

    pub(crate) fn service_at(mut self, service: &str, budget: Option<&str>, port: u16) -> Self {
        let unit = Unit {
            name: format!("{service}.service"),
            file: None,
            files: indexmap::IndexMap::new(),
            data: vec![],
            fill: indexmap::IndexMap::new(),
            listens: vec![port],
        };
        let told = Service {
            on: id("old"),
            kind: ServiceKind::Unit(unit),
            needs: vec![],
            name: name(service),
            probe: Some(Probe::Tcp(Tcp::at(port))),
            clients: vec![Client::Fresh],
            budgets: budget.map(|max| (Client::Fresh, duration(max))).into_iter().collect(),
            writer: None,
            refuses: Refuses::default(),
        };
        self.plan.services.insert(id(service), told);
        self
    }

    /// Something writes to the service, and is found again where `of` keeps it.
    pub(crate) fn writer(mut self, service: &str, of: &str, client: Client) -> Self {
        let writer: Writer = serde_json::from_value(json!({
            "writing": { "smtp": { "port": 25, "to": "me@asso.example", "from": "" } },
            "per_second": 5, "lanes": 2, "client": client, "deadline": "1s",
            "read": { "of": of, "reading": { "command": "scripts/read.sh" } },
        }))
        .expect("the writer is well formed");
        self.plan.services[&id(service)].writer = Some(writer);
        self
    }

    /// Where it is asked from.
    pub(crate) fn clients(mut self, service: &str, clients: &[Client]) -> Self {
        self.plan.services[&id(service)].clients = clients.to_vec();
        self
    }

    /// What one of its clients is promised.
    pub(crate) fn budget(mut self, service: &str, client: Client, max: &str) -> Self {
        self.plan.services[&id(service)].budgets.insert(client, duration(max));
        self
    }

    pub(crate) fn needs(mut self, service: &str, needed: &str) -> Self {
        self.plan.services[&id(service)].needs.push(id(needed));
        self
    }

    pub(crate) fn group(mut self, group: &str, services: &[&str], max: &str) -> Self {
        let services = services.iter().map(|service| id(service)).collect();
        self.plan.budgets.insert(group.into(), Group { services, max: duration(max) });
        self
    }

    pub(crate) fn stop_step(self, step: &str, service: &str, on: &str) -> Self {
        self.step(step, Verb::Stop(Stop { service: id(service), on: id(on) }))
    }

    pub(crate) fn start_step(self, step: &str, service: &str, on: &str) -> Self {
        self.step(step, Verb::Start(Start { service: id(service), on: id(on) }))
    }

    pub(crate) fn point_step(self, step: &str, service: &str, to: &str) -> Self {
        self.step(step, Verb::Point(Point { name: OneOrMany(vec![name(service)]), to: id(to) }))
    }

    pub(crate) fn transfer_step(self, step: &str, service: &str, from: &str, to: &str) -> Self {
        let (service, from, to) = (id(service), id(from), id(to));
        self.step(step, Verb::Transfer(Transfer { service, from, to, ahead: false }))
    }

    pub(crate) fn run_step(self, step: &str, on: &str) -> Self {
        let script = format!("scripts/{step}.sh");
        let run =
            Run { script, arguments: vec![], on: Some(id(on)), via: Via::Ssh, simulates: None };
        self.step(step, Verb::Run(run))
    }

    pub(crate) fn wait_step(self, step: &str) -> Self {
        self.step(step, Verb::Wait(Wait { duration: duration("1h"), why: "for people".into() }))
    }

    fn step(mut self, step: &str, verb: Verb) -> Self {
        self.plan.steps.push(Step {
            id: id(step),
            about: String::new(),
            needs: vec![],
            on_failure: OnFailure::Stop,
            deadline: duration("1m"),
            verb,
            fate: Fate::Play,
            undo: vec![],
        });
        self
    }

    /// A step is undone by starting a service; without an abort budget and an end state.
    pub(crate) fn undone_by_start(self, step: &str, undo: &str, service: &str, on: &str) -> Self {
        let mut story = self.start_step(undo, service, on);
        let undo = story.plan.steps.pop().expect("it was told just now");
        story.step_mut(step).undo.push(undo);
        story.plan.rollback = Some(Rollback { budget: None, end_state: IndexMap::default() });
        story
    }

    pub(crate) fn rolls_back(mut self, step: &str) -> Self {
        self.step_mut(step).on_failure = OnFailure::Rollback;
        self
    }

    pub(crate) fn abort_budget(mut self, max: &str) -> Self {
        self.plan.rollback.as_mut().expect("a step is undone").budget = Some(duration(max));
        self
    }

    pub(crate) fn skip(mut self, step: &str) -> Self {
        self.step_mut(step).fate = Fate::Skip;
        self
    }

    pub(crate) fn go_on_after(mut self, step: &str) -> Self {
        self.step_mut(step).on_failure = OnFailure::Continue;
        self
    }

    pub(crate) fn until(mut self, step: &str) -> Self {
        self.plan.until = Some(id(step));
        self
    }

    fn step_mut(&mut self, step: &str) -> &mut Step {
        self.plan.steps.iter_mut().find(|told| told.id == id(step)).expect("the step was told")
    }

    /// Exim on a port, from the start.
    pub(crate) fn port_fault(
        mut self,
        fault: &str,
        on: &str,
        port: u16,
        healed_by: Option<&str>,
    ) -> Self {
        let kind = Kind::PortOccupied(PortOccupied { on: id(on), port, by: Squatter::Exim4 });
        self.plan.faults.insert(id(fault), from_the_start(kind, healed_by));
        self
    }

    /// A host without network, from the start.
    pub(crate) fn network_fault(mut self, fault: &str, on: &str) -> Self {
        let kind = Kind::NetworkDown(NetworkDown { on: id(on) });
        self.plan.faults.insert(id(fault), from_the_start(kind, None));
        self
    }

    /// Somebody breaks the step off when all of it is done, and takes the migration back.
    pub(crate) fn called_off(mut self, fault: &str, step: &str) -> Self {
        let (at, roll_back) = (BrokenOff::After, true);
        let kind = Kind::StepFails(StepFails { step: id(step), at, roll_back });
        let from = Trigger::Before(id(step));
        self.plan.faults.insert(id(fault), Fault { from, ..from_the_start(kind, None) });
        self
    }

    pub(crate) fn without_faults(mut self) -> Self {
        self.plan.faults.values_mut().for_each(|fault| fault.active = false);
        self
    }

    pub(crate) fn expect_listener(mut self, check: &str, on: &str, port: u16) -> Self {
        let expectation = Expectation::Listens(Ports { on: id(on), ports: vec![port] });
        self.plan.end_state.insert(id(check), expectation);
        self
    }

    pub(crate) fn begin_migrate(self) -> Self {
        self.phase_at(0, Phase::Migrate)
    }

    pub(crate) fn phase_at(self, at: u64, phase: Phase) -> Self {
        self.record(at, What::Phase { phase })
    }

    /// The first attempt at a step.
    pub(crate) fn played(
        self,
        step: &str,
        from: u64,
        to: u64,
        outcome: StepOutcome,
        detail: &str,
    ) -> Self {
        self.attempted(step, 1, from, to, outcome, detail)
    }

    pub(crate) fn attempted(
        self,
        step: &str,
        attempt: u32,
        from: u64,
        to: u64,
        outcome: StepOutcome,
        detail: &str,
    ) -> Self {
        self.record(from, What::StepStarted { step: id(step), attempt })
            .record(to, What::StepEnded { step: id(step), outcome, detail: detail.into() })
    }

    pub(crate) fn not_played(self, step: &str, at: u64, outcome: StepOutcome) -> Self {
        self.record(at, What::StepEnded { step: id(step), outcome, detail: String::new() })
    }

    pub(crate) fn fault_stage(self, fault: &str, at: u64, stage: FaultStage, seen: &str) -> Self {
        self.record(at, What::Fault { fault: id(fault), stage, detail: seen.into() })
    }

    pub(crate) fn fault_bites(self, fault: &str, at: u64) -> Self {
        self.fault_stage(fault, at, FaultStage::Injected, "exim4 listens").fault_stage(
            fault,
            at,
            FaultStage::BiteVerified,
            "address already in use",
        )
    }

    pub(crate) fn fault_gone(self, fault: &str, at: u64) -> Self {
        self.fault_stage(fault, at, FaultStage::Healed, "exim4 removed").fault_stage(
            fault,
            at,
            FaultStage::GoneVerified,
            "the port is free",
        )
    }

    /// One launch per character, evenly spread over the time: `.` up, `s` slow, `x` down, `w` wrong, `?` no
    /// sample.
    pub(crate) fn sampled(self, service: &str, time: Range<u64>, samples: &str) -> Self {
        self.sampled_by(Client::Fresh, service, time, samples)
    }

    /// The same, from another client.
    pub(crate) fn sampled_by(
        self,
        client: Client,
        service: &str,
        time: Range<u64>,
        samples: &str,
    ) -> Self {
        let count = samples.len().max(1) as u64;
        samples.chars().zip(0..).fold(self, |story, (told, index)| {
            let at = time.start + (time.end - time.start) * index / count;
            let answer = match told {
                '.' => Answer::Up,
                's' => Answer::Slow,
                'x' => Answer::Down,
                'w' => Answer::Wrong,
                '?' => Answer::NoSample,
                other => panic!("no answer is written `{other}`"),
            };
            let mut record = sample(service, at, answer);
            if let What::Sample(sample) = &mut record.what {
                sample.client = client;
            }
            story.record(at, record.what)
        })
    }

    /// What a launch found at a host that has the address that was asked.
    pub(crate) fn asked(self, service: &str, at: u64, host: Option<&str>, up: bool) -> Self {
        let answer = if up { Answer::Up } else { Answer::Down };
        let mut record = sample(service, at, answer);
        if let What::Sample(sample) = &mut record.what {
            sample.host = host.map(id);
        }
        self.record(at, record.what)
    }

    /// The plan alone, of which nothing was played yet.
    pub(crate) fn without_records(mut self) -> Self {
        self.records.clear();
        self
    }

    pub(crate) fn passed(self, at: u64, by: u64) -> Self {
        self.record(at, What::Passed { by_micros: by * 1_000 })
    }

    pub(crate) fn observed(self, check: &str, round: Round, found: Found) -> Self {
        let at = self.records.last().map_or(0, |record| record.at.0 / 1_000);
        self.record(at, What::Observed { check: id(check), round, found })
    }

    pub(crate) fn refused(self, refused: Refused) -> Self {
        self.record(0, What::EgressRefused(refused))
    }

    pub(crate) fn complete(self, at: u64) -> Self {
        self.ended(at, Ending::Complete, "")
    }

    pub(crate) fn ended(self, at: u64, ending: Ending, detail: &str) -> Self {
        self.record(at, What::End { ending, detail: detail.into() })
    }

    pub(crate) fn record(mut self, at: u64, what: What) -> Self {
        self.records.push(Record { at: millis(at), what });
        self
    }
}

fn from_the_start(kind: Kind, healed_by: Option<&str>) -> Fault {
    Fault {
        about: String::new(),
        kind,
        from: Trigger::Start,
        healed_by: healed_by.map(id),
        duration: None,
        active: true,
    }
}

/// These records in this order, folded.
pub(crate) fn folded(begin: &Begin, records: impl IntoIterator<Item = Record>) -> History {
    let mut fold = Fold::default();
    fold.begin(begin).expect("there is room");
    for record in records {
        fold.record(&record).expect("there is room");
    }
    fold.finish().expect("it has begun")
}

pub(crate) fn phase(at: u64, phase: Phase) -> Record {
    Record { at: millis(at), what: What::Phase { phase } }
}

/// What the probe of a `fresh` client found.
pub(crate) fn sample(service: &str, launched: u64, answer: Answer) -> Record {
    let detail = match answer {
        Answer::Up | Answer::Slow => "",
        Answer::Down => "refused",
        Answer::Wrong => "status 500",
        Answer::NoSample => "no resolver",
    };
    let sample = Sample {
        service: id(service),
        client: Client::Fresh,
        launched: millis(launched),
        count: 1,
        every_micros: 0,
        answer,
        host: None,
        took_micros: 500,
        detail: detail.into(),
    };
    Record { at: sample.launched, what: What::Sample(sample) }
}

pub(crate) fn millis(millis: u64) -> StoryTime {
    StoryTime(millis * 1_000)
}

fn id<K>(text: &str) -> Id<K> {
    text.parse().expect("a test speaks of well-formed ids")
}

fn name(label: &str) -> crate::base::DnsName {
    format!("{label}.example").parse().expect("a test speaks of well-formed names")
}

fn duration(text: &str) -> crate::base::Duration {
    text.parse().expect("a test speaks of well-formed durations")
}
