//! What a probe costs, and how many of them are held.

use std::{
    collections::BTreeMap,
    error::Error,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use filage::{
    docker::measuring::{NetView, Prober, Sight, StoryClock, Target},
    probe::{Answer, Client, Probing},
};
use serde_json::{Value, json};

use crate::serve::NAME;

/// How often each figure is taken.
const TIMES: usize = 5;
/// How long it is measured each time, once it is warm.
const FOR: Duration = Duration::from_secs(5);
const WARM_UP: Duration = Duration::from_millis(500);

type Failure = Box<dyn Error>;

pub(crate) fn all() -> Result<(), Failure> {
    let servers = Servers::start()?;
    let tcp = json!({ "tcp": { "port": servers.tcp } });
    let https = json!({ "https": { "port": servers.https, "expect": { "contains": "hello" } } });
    let cost = |probe: &Value| -> Result<Vec<f64>, Failure> {
        (0..TIMES).map(|_| servers.ask(probe, 1, 4).map(|run| run.micros_each())).collect()
    };
    figure("tcp_probe_cpu", "us", "<= 150", cost(&tcp)?);
    figure("https_probe_cpu", "us", "<= 400", cost(&https)?);
    let mut held = vec![];
    let mut unaccounted = vec![];
    for _ in 0..TIMES {
        let run = servers.ask(&tcp, 20, 10)?;
        held.push(run.answered as f64 / run.took.as_secs_f64());
        unaccounted.push(run.due.saturating_sub(run.answered + run.not_sent) as f64);
    }
    figure("probes_held_per_second", "1/s", ">= 2000", held);
    figure("probes_unaccounted", "of 10000", "0", unaccounted);
    Ok(())
}

pub(crate) fn figure(name: &str, unit: &str, goal: &str, samples: Vec<f64>) {
    println!("{}", json!({ "name": name, "unit": unit, "goal": goal, "samples": samples }));
}

/// The servers, in a process of their own; they end with this value.
struct Servers {
    process: Child,
    sight: (String, String),
    tcp: u64,
    https: u64,
}

/// What some seconds of probing came to.
struct Run {
    took: Duration,
    cpu: Duration,
    /// How many launches there should have been.
    due: u64,
    answered: u64,
    not_sent: u64,
}

impl Servers {
    fn start() -> Result<Self, Failure> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut told = String::new();
        let stdout = process.stdout.take().ok_or("its output was asked for")?;
        BufReader::new(stdout).read_line(&mut told)?;
        let told: Value = serde_json::from_str(&told)?;
        let text = |key: &str| told[key].as_str().map(str::to_owned).ok_or("a text was due");
        let port = |key: &str| told[key].as_u64().ok_or("a port was due");
        Ok(Self {
            sight: (text("resolver")?, text("ca")?),
            tcp: port("tcp")?,
            https: port("https")?,
            process,
        })
    }

    /// Has so many clients ask every so many milliseconds.
    fn ask(&self, probe: &Value, targets: u64, every_ms: u64) -> Result<Run, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let (answered, not_sent) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
            let counts = (Arc::clone(&answered), Arc::clone(&not_sent));
            let prober = Prober::start(
                &tokio::runtime::Handle::current(),
                StoryClock::start(),
                self.sight()?,
                (0..targets).map(|n| target(n, probe)).collect::<Result<_, _>>()?,
                Probing { every: Duration::from_millis(every_ms).into(), ..Probing::default() },
                move |sample| match sample.answer {
                    Answer::Up => drop(counts.0.fetch_add(1, Ordering::Relaxed)),
                    Answer::NoSample => drop(counts.1.fetch_add(1, Ordering::Relaxed)),
                    other => panic!("{other:?}: {}", sample.detail),
                },
            );
            tokio::time::sleep(WARM_UP).await;
            let (begun, before) = (now(), Used::now()?);
            let so_far = [&answered, &not_sent].map(|count| count.load(Ordering::Relaxed));
            tokio::time::sleep(FOR).await;
            let (took, used) = (now() - begun, Used::now()?);
            let [answered, not_sent] = [(&answered, so_far[0]), (&not_sent, so_far[1])]
                .map(|(count, before)| count.load(Ordering::Relaxed) - before);
            prober.stop().await;
            // One launch of each target may lie on either side of the ends.
            let due = (took.as_micros() as u64 / (every_ms * 1_000) - 1) * targets;
            Ok(Run { took, cpu: used.since(before), due, answered, not_sent })
        })
    }

    fn sight(&self) -> Result<Sight, Failure> {
        let (resolver, ca) = &self.sight;
        Ok(Sight {
            net: NetView::new(resolver.parse()?, ca)?,
            late: None,
            hosts: [("127.0.0.1".parse()?, "host".parse()?)].into(),
            host_keys: BTreeMap::new(),
            runner: Arc::new(|_| panic!("no program is to be run")),
        })
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        // They end with their standard input; this makes sure, and leaves no zombie.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn target(n: u64, probe: &Value) -> Result<Target, Failure> {
    Ok(Target {
        service: format!("site-{n}").parse()?,
        client: Client::Fresh,
        name: NAME.parse()?,
        probe: serde_json::from_value(probe.clone())?,
        homes: ["host".parse()?].into(),
    })
}

impl Run {
    fn micros_each(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.answered as f64
    }
}

/// The processor's time that this process has used.
#[derive(Clone, Copy)]
struct Used(Duration);

impl Used {
    fn now() -> Result<Self, Failure> {
        let mut whole = Duration::ZERO;
        for thread in std::fs::read_dir("/proc/self/task")? {
            // Nanoseconds on a processor come first.
            let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            let nanos = text.split_whitespace().next().ok_or("an empty schedstat")?;
            whole += Duration::from_nanos(nanos.parse()?);
        }
        Ok(Self(whole))
    }

    fn since(self, before: Self) -> Duration {
        self.0.saturating_sub(before.0)
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
fn now() -> Instant {
    Instant::now()
}
