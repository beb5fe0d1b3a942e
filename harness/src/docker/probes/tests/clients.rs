//! What the kinds of clients remember, and what it takes until they let go of it.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpListener,
    sync::watch,
};

use super::*;

/// A service on two hosts: `old` at 127.0.0.1 and `new` at 127.0.0.2, on the same port.
struct Twins {
    port: u16,
    /// How many connections either has accepted.
    accepted: [Arc<AtomicUsize>; 2],
    /// Set it to close all connections of `old`.
    hang_up: watch::Sender<bool>,
}

impl Twins {
    /// Both greet; then they answer every line with a line.
    async fn new(greeting: &'static str, answer: &'static str) -> Self {
        let (old, new, port) = two_listeners().await;
        let accepted: [Arc<AtomicUsize>; 2] = [Arc::default(), Arc::default()];
        let (hang_up, told) = watch::channel(false);
        serve(old, Arc::clone(&accepted[0]), told, greeting, answer);
        serve(new, Arc::clone(&accepted[1]), watch::channel(false).1, greeting, answer);
        Self { port, accepted, hang_up }
    }

    fn accepted(&self) -> [usize; 2] {
        [0, 1].map(|twin: usize| self.accepted[twin].load(Ordering::SeqCst))
    }
}

async fn two_listeners() -> (TcpListener, TcpListener, u16) {
    loop {
        let old = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = old.local_addr().unwrap().port();
        if let Ok(new) = TcpListener::bind(("127.0.0.2", port)).await {
            return (old, new, port);
        }
    }
}

fn serve(
    listener: TcpListener,
    accepted: Arc<AtomicUsize>,
    hang_up: watch::Receiver<bool>,
    greeting: &'static str,
    answer: &'static str,
) {
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            accepted.fetch_add(1, Ordering::SeqCst);
            let mut hang_up = hang_up.clone();
            tokio::spawn(async move {
                tokio::select! {
                    () = converse(stream, greeting, answer) => {}
                    Ok(_) = hang_up.wait_for(|told| *told) => {}
                }
            });
        }
    });
}

/// An empty line of a request ends it, as in HTTP, or any line does, as in SMTP.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    greeting: &'static str,
    answer: &'static str,
) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    let _ = stream.write_all(greeting.as_bytes()).await;
    loop {
        line.clear();
        if !matches!(stream.read_line(&mut line).await, Ok(1..)) {
            return;
        }
        let ends = line == "\r\n" || !answer.starts_with("HTTP");
        if ends && stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

const PAGE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// Each kind of probe that can keep a connection, with servers for it.
async fn kept() -> Vec<(Value, Twins)> {
    let tcp = Twins::new("SSH-2.0\r\n", "").await;
    let http = Twins::new("", PAGE).await;
    let smtp = Twins::new("220 hi\r\n", "250 OK\r\n").await;
    let probe = |word: &str, port: u16| json!({ word: { "port": port } });
    vec![
        (json!({ "tcp": { "port": tcp.port, "banner": "SSH" } }), tcp),
        (probe("http", http.port), http),
        (probe("smtp", smtp.port), smtp),
    ]
}

/// The host that the next samples speak of: once the probes that were on their way are over, all
/// of them the same.
async fn next_hosts(samples: &mut UnboundedReceiver<Sample>, wanted: &str) {
    const IN_A_ROW: usize = 5;
    let mut row = 0;
    while row < IN_A_ROW {
        let sample = samples.recv().await.unwrap();
        assert_eq!(sample.answer, Answer::Up, "{sample:?}");
        let there = sample.host.is_some_and(|host| host.as_str() == wanted);
        row = if there { row + 1 } else { 0 };
    }
}

async fn moving(world: &World) -> (Sight, Arc<std::sync::atomic::AtomicU8>) {
    let (resolver, place) = moving_dns(1).await;
    let host = |at: &str, id: &str| (at.parse().unwrap(), id.parse().unwrap());
    let hosts = [host("127.0.0.1", "old"), host("127.0.0.2", "new")].into();
    (Sight { net: world.net.through(resolver), hosts, ..sight(world) }, place)
}

fn at_home(probe: Value, client: Client) -> Target {
    let homes = ["old", "new"].map(|id| id.parse().unwrap()).into();
    Target { homes, ..target(probe, client) }
}

#[tokio::test]
async fn who_asks_afresh_follows_the_name_at_once() {
    let world = World::new().await;
    for (probe, twins) in kept().await {
        let (sight, place) = moving(&world).await;
        let targets = vec![at_home(probe, Client::Fresh)];
        let (_prober, mut samples) = start(sight, StoryClock::start(), targets, often(5));
        next_hosts(&mut samples, "old").await;
        place.store(2, Ordering::SeqCst);
        next_hosts(&mut samples, "new").await;
        assert!(twins.accepted().iter().all(|accepted| *accepted >= 5), "{:?}", twins.accepted());
    }
}

#[tokio::test]
async fn who_keeps_a_connection_stays_until_it_ends() {
    let world = World::new().await;
    for kind in 0..kept().await.len() {
        let mut tries = 0;
        while !keeps_its_connection(&world, kind).await {
            tries += 1;
            assert!(tries < 20, "no connection is kept, or this machine is too busy to tell");
        }
    }
}

/// Whether it could be seen: who is asked while an answer is on its way needs another connection, which
/// leads to where the name says.
async fn keeps_its_connection(world: &World, kind: usize) -> bool {
    let (probe, twins) = kept().await.swap_remove(kind);
    let (sight, place) = moving(world).await;
    let targets = vec![at_home(probe.clone(), Client::Keepalive)];
    let (_prober, mut samples) = start(sight, StoryClock::start(), targets, often(20));
    next_hosts(&mut samples, "old").await;
    place.store(2, Ordering::SeqCst);
    let mut last = samples.recv().await.unwrap();
    for _ in 0..10 {
        let sample = samples.recv().await.unwrap();
        let next = last.launched + Duration::from_millis(30);
        let over = last.launched + Duration::from_micros(last.took_micros);
        if !(over..next).contains(&sample.launched) || twins.accepted()[0] > 1 {
            return false;
        }
        assert_eq!(sample.host, Some("old".parse().unwrap()), "{sample:?}");
        last = sample;
    }
    twins.hang_up.send(true).unwrap();
    // It notices, and comes back without a word to its user.
    next_hosts(&mut samples, "new").await;
    assert!((1..5).contains(&twins.accepted()[1]), "{probe}: {:?}", twins.accepted());
    true
}

#[tokio::test]
async fn who_resolved_once_stays_for_ever() {
    let world = World::new().await;
    let twins = Twins::new("SSH-2.0\r\n", "").await;
    let (sight, place) = moving(&world).await;
    let targets = vec![at_home(tcp(twins.port, Some("SSH")), Client::Pinned)];
    let (_prober, mut samples) = start(sight, StoryClock::start(), targets, often(5));
    next_hosts(&mut samples, "old").await;
    place.store(2, Ordering::SeqCst);
    for _ in 0..20 {
        let sample = samples.recv().await.unwrap();
        assert_eq!(sample.host, Some("old".parse().unwrap()), "{sample:?}");
    }
    assert_eq!(twins.accepted()[1], 0);
}

#[tokio::test]
async fn who_asks_late_asks_another_resolver() {
    let world = World::new().await;
    let twins = Twins::new("SSH-2.0\r\n", "").await;
    let (mut sight, place) = moving(&world).await;
    let (late, late_place) = moving_dns(1).await;
    sight.late = Some(world.net.through(late));
    let targets = vec![at_home(tcp(twins.port, Some("SSH")), Client::Late)];
    let (_prober, mut samples) = start(sight, StoryClock::start(), targets, often(5));
    place.store(2, Ordering::SeqCst);
    next_hosts(&mut samples, "old").await;
    late_place.store(2, Ordering::SeqCst);
    next_hosts(&mut samples, "new").await;
}

#[tokio::test]
async fn a_kept_connection_that_hangs_is_down_and_not_asked_again() {
    let world = World::new().await;
    // It answers the first request of each connection, and no second.
    let once = tcp_server(|stream| async move {
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
        }
        let _ = stream.write_all(PAGE.as_bytes()).await;
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    });
    let probe = json!({ "http": { "port": once.await } });
    let probing = Probing { deadline: SOON, ..often(400) };
    let (_prober, mut samples) = start_one(&world, probe, Client::Keepalive, probing);
    let mut answers = vec![];
    for _ in 0..4 {
        let sample = samples.recv().await.unwrap();
        answers.push(sample.answer);
        if sample.answer == Answer::Down {
            assert!(sample.detail.contains("while waiting for an HTTP answer"), "{sample:?}");
        }
    }
    assert_eq!(answers, [Answer::Up, Answer::Down, Answer::Up, Answer::Down]);
}

#[tokio::test]
async fn an_answer_after_which_the_server_closes_is_no_outage() {
    let world = World::new().await;
    let closing =
        http_server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
    let probe = json!({ "http": { "port": closing.await } });
    let (_prober, mut samples) = start_one(&world, probe, Client::Keepalive, often(5));
    let mut seen = BTreeSet::new();
    for _ in 0..20 {
        seen.insert(samples.recv().await.unwrap().detail);
    }
    assert_eq!(seen, [String::new()].into());
}
