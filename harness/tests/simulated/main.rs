//! The simulated world, played by the engine and judged by the checks: what no module of the core
//! may test alone, because none knows all three. Needs no Docker.

mod ledger;
mod random;
mod scenarios;
mod seeds;

use std::{
    fs,
    num::NonZero,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    thread,
};

use filage::{
    check::{Verdict, verdict},
    engine::rehearse,
    history::{Fold, Writer},
    plan::{Choices, Plan, resolve},
    scenario::load,
    sim::{Given, World, files_looked_into},
};

/// How many of something are wished for, if that is said.
fn from_environment<T: FromStr>(name: &str) -> Option<T> {
    let said = std::env::var(name).ok()?;
    Some(said.parse().unwrap_or_else(|_| panic!("{name}={said} is no number")))
}

/// As many as this machine has cores: no thread of a test shares anything with another.
fn threads() -> u64 {
    thread::available_parallelism().map_or(1, NonZero::get) as u64
}

/// A folder of the repository.
fn folder(dir: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(dir)
}

/// The plan of a scenario of the repository.
fn plan(dir: &str, choices: &Choices) -> Plan {
    let scenario = load(&folder(dir));
    let scenario = scenario.unwrap_or_else(|error| panic!("{error:?}"));
    resolve(&scenario, choices).expect("the choices are those of the scenario")
}

fn world(plan: &Arc<Plan>) -> World {
    World::new(Arc::clone(plan), Arc::default())
}

/// A world that knows the files of the scenario's folder.
fn world_in(dir: &str, plan: &Arc<Plan>) -> World {
    let read = |path: &str| {
        let bytes = fs::read(folder(dir).join(path));
        (path.to_owned(), bytes.expect("a file of the repository can be read"))
    };
    let files = files_looked_into(plan).into_iter().map(read).collect();
    World::new(Arc::clone(plan), Arc::new(Given { files, ..Given::default() }))
}

fn judged(plan: Plan) -> Verdict {
    let plan = Arc::new(plan);
    judged_in(world(&plan), &plan)
}

fn judged_in(mut world: World, plan: &Arc<Plan>) -> Verdict {
    let mut fold = Fold::default();
    rehearse("sim", plan, &mut world, &mut fold).expect("memory can be written to");
    verdict(&fold.finish().expect("it has begun"))
}

/// The history, byte for byte.
fn bytes(plan: Plan) -> Vec<u8> {
    let plan = Arc::new(plan);
    let mut bytes = vec![];
    let mut writer = Writer::new(&mut bytes);
    rehearse("sim", &plan, &mut world(&plan), &mut writer).expect("memory can be written to");
    bytes
}
