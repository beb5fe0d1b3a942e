//! Owns what a rehearsal comes to, in lines that both worlds can say alike: no times, no addresses,
//! no checksums, no programs' names.
//! Must not know: which world it was.

use std::{collections::BTreeMap, fmt::Write as _};

use filage::{
    check::{FaultVerdict, LedgerVerdict, Ruling, StepVerdict},
    expect::Found,
    history::{Begin, History, Round, StepOutcome, What},
};
use filage_tests::rehearsal::Played;

/// What a rehearsal comes to: what each line is about, and what it says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome(BTreeMap<String, Line>);

#[derive(Debug, PartialEq, Eq)]
struct Line {
    says: String,
    /// Whether it says no more than that all is well, or than what follows from other lines.
    is_plain: bool,
}

impl Outcome {
    pub(super) fn of(played: &Played) -> Self {
        let verdict = &played.verdict;
        let mut all = Self(BTreeMap::new());
        let ruling = format!("{:?}, exit code {}", verdict.verdict, played.said.code);
        all.add("all in all".to_owned(), ruling.to_lowercase(), false);
        for step in &verdict.steps {
            let follows = step.outcome == Some(StepOutcome::NotReached);
            let is_plain = is_well(step.verdict) || follows;
            all.add(format!("step {}", step.id), outcome(step), is_plain);
        }
        for fault in &verdict.faults {
            all.add(format!("fault {}", fault.id), course(fault), is_well(fault.verdict));
        }
        for service in &verdict.services {
            let title = format!("service {} ({})", service.name, service.client);
            all.add(title, word(service.verdict), is_well(service.verdict));
        }
        for group in &verdict.groups {
            let title = format!("together {}", group.name);
            all.add(title, word(group.verdict), is_well(group.verdict));
        }
        for ledger in &verdict.ledger {
            let title = format!("ledger {} ({})", ledger.service, ledger.client);
            all.add(title, classes(ledger), is_well(ledger.verdict));
        }
        let found = found(&played.history());
        for line in &verdict.end_state {
            let (first, second) = (line.verdict, line.after_restart.verdict);
            let found = found.get(line.id.as_str()).map_or("nothing", String::as_str);
            let says = format!("{}, after the restart {}: {found}", word(first), word(second));
            all.add(format!("end state {}", line.id), says, is_well(first) && is_well(second));
        }
        all
    }

    fn add(&mut self, about: String, says: String, is_plain: bool) {
        let before = self.0.insert(about, Line { says, is_plain });
        assert_eq!(before, None, "each line is about something of its own");
    }

    /// The lines that say that something is amiss, and how many do not.
    pub(super) fn amiss(&self) -> String {
        let mut text = String::new();
        for (about, line) in self.0.iter().filter(|(_, line)| !line.is_plain) {
            writeln!(text, "  {about}: {}", line.says).expect("text takes more");
        }
        let plain = self.0.values().filter(|line| line.is_plain).count();
        writeln!(text, "  and {plain} plain lines").expect("text takes more");
        text
    }

    /// What this one and the one on real hosts do not say alike; empty where there is nothing.
    pub(super) fn unlike(&self, real: &Self) -> String {
        let nothing = Line { says: "nothing".to_owned(), is_plain: false };
        let mut abouts: Vec<&String> = self.0.keys().chain(real.0.keys()).collect();
        abouts.sort();
        abouts.dedup();
        let mut text = String::new();
        for about in abouts {
            let [here, there] = [self, real].map(|it| it.0.get(about).unwrap_or(&nothing));
            if here != there {
                let (sim, docker) = (&here.says, &there.says);
                writeln!(text, "  {about}\n    simulated: {sim}\n    real:      {docker}")
                    .expect("text takes more");
            }
        }
        text
    }
}

fn word(ruling: Ruling) -> String {
    format!("{ruling:?}").to_lowercase()
}

fn is_well(ruling: Ruling) -> bool {
    ruling == Ruling::Pass
}

fn outcome(step: &StepVerdict) -> String {
    step.outcome.map_or_else(|| "never ended".to_owned(), |it| format!("{it:?}").to_lowercase())
}

fn course(fault: &FaultVerdict) -> String {
    let stage = |done: bool, what: &str| if done { what.to_owned() } else { format!("not {what}") };
    let stages = [
        stage(fault.injected_at.is_some(), "injected"),
        stage(fault.bite_verified, "seen to bite"),
        stage(fault.gone_verified, "seen to be gone"),
    ];
    stages.join(", ")
}

/// Which classes of acknowledged writes there are, not how many. Those to which nobody said yes or
/// no are left out: whether there is one is up to the moment.
fn classes(ledger: &LedgerVerdict) -> String {
    let classes = [
        (ledger.present, "present"),
        (ledger.lost, "lost"),
        (ledger.stranded, "stranded"),
        (ledger.duplicate, "duplicate"),
        (ledger.unexpected, "unexpected"),
        (ledger.unseen, "unseen"),
    ];
    let there: Vec<&str> =
        classes.into_iter().filter_map(|(count, class)| (count > 0).then_some(class)).collect();
    format!("{} on `{}`: {}", word(ledger.verdict), ledger.host, there.join(", "))
}

/// What was found for each line of the end state, last in each round, as far as it is the same in
/// every world.
fn found(history: &History) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, BTreeMap<bool, String>> = BTreeMap::new();
    for record in &history.records {
        if let What::Observed { check, round, found } = &record.what {
            let after_restart = *round == Round::AfterRestart;
            let rounds = all.entry(check.to_string()).or_default();
            rounds.insert(after_restart, comparable(found, &history.begin));
        }
    }
    all.into_iter()
        .map(|(check, rounds)| {
            let mut rounds: Vec<String> = rounds.into_values().collect();
            rounds.dedup();
            (check, rounds.join("; after the restart "))
        })
        .collect()
}

fn comparable(found: &Found, begin: &Begin) -> String {
    match found {
        // A host has listeners of its own, and the simulator does not know programs by their names.
        Found::Listeners(open) => {
            let services: Vec<u16> =
                begin.plan.services.values().flat_map(|service| service.kind.ports()).collect();
            let mut ports: Vec<u16> = open.iter().map(|it| it.port).collect();
            ports.retain(|port| services.contains(port));
            ports.sort_unstable();
            ports.dedup();
            format!("ports {ports:?}")
        }
        Found::Data(sums) => {
            let differ = sums.windows(2).any(|pair| pair[0].1 != pair[1].1);
            (if differ { "other data" } else { "the same data" }).to_owned()
        }
        Found::Records(records) => {
            let named = |record: &String| {
                let host = begin.addresses.iter().find(|(_, address)| *address == record);
                host.map_or_else(|| record.clone(), |(host, _)| host.to_string())
            };
            let records: Vec<String> = records.iter().map(named).collect();
            records.join(", ")
        }
        Found::File { exists, contains, .. } => match (exists, contains) {
            (false, _) => "no such file".to_owned(),
            (true, Some(false)) => "without the text".to_owned(),
            (true, _) => "there".to_owned(),
        },
        Found::Mail { accepted, readable, .. } => {
            format!("accepted: {accepted}, readable: {readable}")
        }
        // With which status a program answers when its data is gone, the simulator does not know.
        Found::Http { contains: Some(false), .. } => "an answer without the text".to_owned(),
        Found::Services(_) | Found::Unit { .. } | Found::Http { .. } => found.to_string(),
        // Words of whoever did not answer.
        Found::Absent(_) => "absent".to_owned(),
        Found::Unseen(_) => "could not be seen".to_owned(),
    }
}
