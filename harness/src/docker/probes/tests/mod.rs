//! Probes against small servers on this machine.

mod answers;
mod clients;
mod families;
mod logins;
mod open_loop;

use serde_json::{Value, json};
use tokio::{
    runtime::Handle,
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
};

use super::{testing::*, *};
use crate::{base::Duration, probe::Answer};

/// An hour, in milliseconds.
const NEVER: u64 = 3_600_000;
/// Long enough for a busy machine: who answers is never given up.
const PATIENT: Duration = Duration::from_secs(60);
/// For those who never answer.
const SOON: Duration = Duration::from_millis(200);

fn often(every_ms: u64) -> Probing {
    let every = Duration::from_millis(every_ms);
    Probing { every, deadline: PATIENT, ..Probing::default() }
}

/// The service `links` at `up.test`, which is at home on `new`.
fn target(probe: Value, client: Client) -> Target {
    Target {
        service: "links".parse().unwrap(),
        client,
        name: "up.test".parse().unwrap(),
        probe: serde_json::from_value(probe).unwrap(),
        homes: ["new".parse().unwrap()].into(),
    }
}

/// This machine is the host `new`.
fn sight(world: &World) -> Sight {
    let here = ("127.0.0.1".parse().unwrap(), "new".parse().unwrap());
    Sight {
        net: world.net.clone(),
        late: None,
        hosts: [here].into(),
        host_keys: BTreeMap::new(),
        runner: Arc::new(|_| panic!("no program is to be run")),
    }
}

fn start(
    sight: Sight,
    clock: StoryClock,
    targets: Vec<Target>,
    probing: Probing,
) -> (Prober, UnboundedReceiver<Sample>) {
    let (sender, samples) = unbounded_channel();
    let send = move |sample| drop(sender.send(sample));
    (Prober::start(&Handle::current(), clock, sight, targets, probing, send), samples)
}

fn start_one(
    world: &World,
    probe: Value,
    client: Client,
    probing: Probing,
) -> (Prober, UnboundedReceiver<Sample>) {
    start(sight(world), StoryClock::start(), vec![target(probe, client)], probing)
}

async fn sample(world: &World, name: &str, probe: Value, deadline: Duration) -> Sample {
    let target = Target { name: name.parse().unwrap(), ..target(probe, Client::Fresh) };
    let probing = Probing { deadline, ..often(NEVER) };
    let (_prober, mut samples) = start(sight(world), StoryClock::start(), vec![target], probing);
    samples.recv().await.unwrap()
}

/// Asks `up.test` and demands the answer, and a word of the reason.
async fn expect(world: &World, probe: Value, answer: Answer, word: &str) {
    let deadline = if word.starts_with("timed out") { SOON } else { PATIENT };
    let sample = sample(world, "up.test", probe.clone(), deadline).await;
    assert_eq!(sample.answer, answer, "{probe}: {sample:?}");
    assert!(sample.detail.contains(word), "{probe}: {sample:?}");
    assert_eq!(sample.detail.is_empty(), answer == Answer::Up, "{sample:?}");
}

fn tcp(port: u16, banner: Option<&str>) -> Value {
    json!({ "tcp": { "port": port, "banner": banner } })
}
