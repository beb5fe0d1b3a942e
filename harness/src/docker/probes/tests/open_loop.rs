//! When probes are launched, whatever becomes of them.

use hickory_proto::op::Message;
use tokio::net::{TcpSocket, TcpStream};

use super::*;
use crate::world::Pace;

#[tokio::test]
async fn answers_that_never_come_do_not_hold_up_launches() {
    let (silent, socket) = silent_udp().await;
    let world = World::new().await.with_resolver(silent);
    let (_prober, mut samples) = start_one(&world, tcp(1, None), Client::Fresh, often(10));
    // Each launch asks from a fresh socket, so each asker is another launch.
    let mut askers = std::collections::BTreeSet::new();
    while askers.len() < 5 {
        askers.insert(socket.recv_from(&mut [0; 512]).await.unwrap().1);
    }
    assert!(samples.try_recv().is_err(), "none of them was answered");
}

#[tokio::test]
async fn launches_beyond_the_bound_are_no_samples() {
    let (silent, _socket) = silent_udp().await;
    let world = World::new().await.with_resolver(silent);
    let probing = Probing { deadline: Duration::from_millis(NEVER), ..often(1) };
    let (_prober, mut samples) = start_one(&world, tcp(1, None), Client::Fresh, probing);
    let sample = samples.recv().await.unwrap();
    assert_eq!(sample.answer, Answer::NoSample, "{sample:?}");
    assert_eq!(sample.detail, "256 probes still wait for an answer");
}

#[tokio::test]
async fn samples_carry_the_story_time_of_their_launch() {
    let world = World::new().await;
    let clock = StoryClock::start();
    let targets = vec![target(tcp(silent_server().await, None), Client::Fresh)];
    clock.pass(Duration::from_secs(100));
    let (_prober, mut samples) = start(sight(&world), clock.clone(), targets, often(5));
    let first = samples.recv().await.unwrap();
    assert!(first.launched.as_seconds() >= 100.0, "{first:?}");
    clock.pass(Duration::from_secs(1000));
    let mut last = first;
    while last.launched.as_seconds() < 1100.0 {
        last = samples.recv().await.unwrap();
    }
    assert!(last.launched <= clock.now());
}

#[tokio::test]
async fn a_launch_is_when_the_question_leaves_for_the_service() {
    let (resolver, socket) = silent_udp().await;
    let world = World::new().await.with_resolver(resolver);
    let clock = StoryClock::start();
    let targets = vec![target(tcp(silent_server().await, None), Client::Fresh)];
    let (_prober, mut samples) = start(sight(&world), clock.clone(), targets, often(NEVER));
    let mut buffer = [0; 512];
    let (length, asker) = socket.recv_from(&mut buffer).await.unwrap();
    clock.pass(Duration::from_secs(100));
    let question = Message::from_vec(&buffer[..length]).unwrap();
    socket.send_to(&dns_answer(&question).to_vec().unwrap(), asker).await.unwrap();
    let sample = samples.recv().await.unwrap();
    assert_eq!(sample.answer, Answer::Up, "{sample:?}");
    assert!(sample.launched.as_seconds() >= 100.0, "{sample:?}");
}

#[tokio::test]
async fn an_answer_to_a_repeated_first_packet_would_tell_nothing_of_the_launch() {
    let world = World::new().await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    // As long as two wait to be accepted, the kernel loses the first packets of others.
    let _waiting = [TcpStream::connect(address).await, TcpStream::connect(address).await];
    let sample = sample(&world, "up.test", tcp(address.port(), None), PATIENT).await;
    assert_eq!(sample.answer, Answer::Down, "{sample:?}");
    assert_eq!(sample.detail, format!("timed out after 900ms while connecting to {address}"));
}

#[tokio::test]
async fn a_stopped_prober_lets_go_of_all_that_waits() {
    let (silent, socket) = silent_udp().await;
    let world = World::new().await.with_resolver(silent);
    let probing = Probing { deadline: Duration::from_millis(NEVER), ..often(10) };
    let (prober, mut samples) = start_one(&world, tcp(1, None), Client::Fresh, probing);
    socket.recv_from(&mut [0; 512]).await.unwrap();
    prober.stop().await;
    assert_eq!(samples.recv().await, None, "the sender is gone with the last probe");
}

#[tokio::test]
async fn a_service_is_asked_more_often_when_that_is_wished() {
    let world = World::new().await;
    let port = silent_server().await;
    let probing = Probing { around_changes: Duration::from_millis(5), ..often(NEVER) };
    let targets = vec![
        target(tcp(port, None), Client::Fresh),
        target(tcp(port, None), Client::Pinned),
        Target { service: "site".parse().unwrap(), ..target(tcp(port, None), Client::Fresh) },
    ];
    let (prober, mut samples) = start(sight(&world), StoryClock::start(), targets, probing);
    let first = samples.recv().await.unwrap();
    assert_eq!(first.service.as_str(), "links");
    prober.pace(&"links".parse().unwrap(), Pace::Dense);
    // From both clients, and the other service not at all: its turn comes in an hour.
    let mut clients = std::collections::BTreeMap::<_, usize>::new();
    while clients.len() < 2 || clients.values().any(|count| *count < 5) {
        let sample = samples.recv().await.unwrap();
        assert_eq!(sample.service.as_str(), "links");
        *clients.entry(sample.client).or_default() += 1;
    }
    prober.pace(&"links".parse().unwrap(), Pace::Base);
    // What was on its way may still come; then nothing does.
    let quiet = std::time::Duration::from_millis(500);
    let end = async { while tokio::time::timeout(quiet, samples.recv()).await.is_ok() {} };
    tokio::time::timeout(quiet * 20, end).await.expect("it is asked once an hour again");
}
