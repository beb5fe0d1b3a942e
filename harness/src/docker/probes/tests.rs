//! Each probe against servers that answer well, badly or never; and the open loop.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    runtime::Handle,
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
};

use super::{testing::*, *};
use crate::probe::{Dns, Doh, Http, HttpExpect, Smtp, Tcp};

const NEVER: Duration = Duration::from_secs(3600);
/// Long enough for a busy machine: who answers is never given up.
const PATIENT: Duration = Duration::from_secs(60);
/// For those who never answer.
const SOON: Duration = Duration::from_millis(200);

fn start(
    world: &World,
    clock: StoryClock,
    name: &str,
    probe: Probe,
    probing: Probing,
) -> (Prober, UnboundedReceiver<Sample>) {
    let target = Target {
        service: "links".parse().unwrap(),
        client: Client::Fresh,
        name: name.parse().unwrap(),
        probe,
    };
    let (sender, samples) = unbounded_channel();
    let send = move |sample| drop(sender.send(sample));
    let net = world.net.clone();
    (Prober::start(&Handle::current(), clock, net, vec![target], probing, send), samples)
}

async fn sample(world: &World, name: &str, probe: Probe, deadline: Duration) -> Sample {
    let probing = Probing { every: NEVER, deadline };
    let (_prober, mut samples) = start(world, StoryClock::start(), name, probe, probing);
    samples.recv().await.unwrap()
}

/// Asks `up.test` and demands the answer, and a word of the reason.
async fn expect(world: &World, probe: Probe, answer: Answer, word: &str) {
    let deadline = if word.starts_with("timed out") { SOON } else { PATIENT };
    let sample = sample(world, "up.test", probe.clone(), deadline).await;
    assert_eq!(sample.answer, answer, "{probe:?}: {sample:?}");
    assert!(sample.detail.contains(word), "{probe:?}: {sample:?}");
    assert_eq!(sample.detail.is_empty(), answer == Answer::Up, "{sample:?}");
}

fn tcp(port: u16, banner: Option<&str>) -> Probe {
    Probe::Tcp(Tcp { port, banner: banner.map(str::to_owned) })
}

fn http(port: u16, contains: Option<&str>) -> Http {
    let contains = contains.map(str::to_owned);
    Http { port: Some(port), path: "/a?b".to_owned(), expect: HttpExpect { status: 200, contains } }
}

#[tokio::test]
async fn tcp_answers() {
    let world = World::new().await;
    let silent = silent_server().await;
    let in_two = tcp_server(|mut stream| async move {
        stream.write_all(b"SSH-").await.unwrap();
        tokio::task::yield_now().await;
        stream.write_all(b"2.0-test\r\n").await.unwrap();
        let _ = stream.read(&mut [0]).await;
    });
    let in_two = in_two.await;
    expect(&world, tcp(silent, None), Answer::Up, "").await;
    expect(&world, tcp(in_two, Some("SSH-2.0")), Answer::Up, "").await;
    let other = saying("220 hello\r\n").await;
    expect(&world, tcp(other, Some("SSH")), Answer::Wrong, "`220 hello`, expected `SSH`").await;
    expect(&world, tcp(saying("").await, Some("SSH")), Answer::Down, "without an answer").await;
    expect(&world, tcp(silent, Some("SSH")), Answer::Down, "timed out after 200ms while").await;
    let dead = dead_port().await;
    let refused = format!("connection refused by 127.0.0.1:{dead}");
    expect(&world, tcp(dead, None), Answer::Down, &refused).await;
}

#[tokio::test]
async fn a_banner_is_sought_in_the_first_bytes_only() {
    let world = World::new().await;
    let chatty =
        tcp_server(
            |mut stream| async move { while stream.write_all(&[b'x'; 4096]).await.is_ok() {} },
        );
    expect(&world, tcp(chatty.await, Some("y")), Answer::Wrong, "xxx").await;
}

#[tokio::test]
async fn names_that_do_not_resolve_are_down() {
    let world = World::new().await;
    for (name, deadline, word) in [
        ("nowhere.test", PATIENT, "no address for `nowhere.test`"),
        ("refused.test", PATIENT, "no address for `refused.test`: the resolver"),
        ("servfail.test", PATIENT, "no address for `servfail.test`: the resolver"),
        ("silent.test", SOON, "timed out after 200ms while asking the resolver"),
    ] {
        let sample = sample(&world, name, tcp(1, None), deadline).await;
        assert_eq!(sample.answer, Answer::Down, "{sample:?}");
        assert!(sample.detail.contains(word), "{sample:?}");
    }
}

#[tokio::test]
async fn aliases_are_followed() {
    let world = World::new().await;
    let port = silent_server().await;
    let sample = sample(&world, "alias.test", tcp(port, None), PATIENT).await;
    assert_eq!(sample.answer, Answer::Up, "{sample:?}");
}

#[tokio::test]
async fn http_answers() {
    let world = World::new().await;
    let expect = async |port, text, answer, word: &str| {
        expect(&world, Probe::Http(http(port, text)), answer, word).await;
    };
    let good = http_server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").await;
    expect(good, None, Answer::Up, "").await;
    expect(good, Some("ell"), Answer::Up, "").await;
    expect(good, Some("bye"), Answer::Wrong, "without the text `bye`").await;
    let chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
    expect(http_server(chunked).await, Some("hello"), Answer::Up, "").await;
    let busy = http_server("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n").await;
    let told = format!("status 503 from 127.0.0.1:{busy}, expected 200");
    expect(busy, None, Answer::Wrong, &told).await;
    let cut = http_server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello").await;
    expect(cut, Some("hello"), Answer::Wrong, "breaks off").await;
    expect(saying("SSH-2.0-x\r\n").await, None, Answer::Wrong, "does not answer in HTTP").await;
    expect(http_server("").await, None, Answer::Down, "without an answer").await;
    expect(silent_server().await, None, Answer::Down, "timed out").await;
    expect(dead_port().await, None, Answer::Down, "connection refused").await;
}

#[tokio::test]
async fn an_endless_body_is_read_to_its_bound() {
    let world = World::new().await;
    let endless = tcp_server(|mut stream| async move {
        let _ = stream.read(&mut [0; 1024]).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
    });
    let endless = endless.await;
    expect(&world, Probe::Http(http(endless, None)), Answer::Up, "").await;
    expect(&world, Probe::Http(http(endless, Some("y"))), Answer::Wrong, "without the text").await;
}

#[tokio::test]
async fn https_answers() {
    const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    let world = World::new().await;
    let expect = async |port, answer, word: &str| {
        expect(&world, Probe::Https(http(port, Some("ell"))), answer, word).await;
    };
    expect(https_server(&world.ca, "up.test", OK).await, Answer::Up, "").await;
    let stranger = https_server(&Ca::new(), "up.test", OK).await;
    expect(stranger, Answer::Wrong, "not accepted").await;
    let misnamed = https_server(&world.ca, "other.test", OK).await;
    expect(misnamed, Answer::Wrong, "not accepted").await;
    expect(saying("HTTP/1.1 400 Bad\r\n\r\n").await, Answer::Wrong, "no TLS with").await;
    expect(saying("").await, Answer::Down, "closed the connection").await;
    expect(silent_server().await, Answer::Down, "timed out").await;
    expect(dead_port().await, Answer::Down, "connection refused").await;
}

#[tokio::test]
async fn dns_answers() {
    let world = World::new().await;
    let port = world.resolver.port();
    let probe = |port, query: &str| Probe::Dns(Dns { port, query: query.parse().unwrap() });
    expect(&world, probe(port, "many.test"), Answer::Up, "").await;
    expect(&world, probe(port, "refused.test"), Answer::Wrong, "for `refused.test`").await;
    expect(&world, probe(port, "garbage.test"), Answer::Wrong, "does not answer in DNS").await;
    expect(&world, probe(port, "silent.test"), Answer::Down, "timed out").await;
    let (gone, socket) = silent_udp().await;
    drop(socket);
    expect(&world, probe(gone.port(), "up.test"), Answer::Down, "connection refused").await;
}

#[tokio::test]
async fn doh_answers() {
    let world = World::new().await;
    let server = async |head: &'static str| {
        let answer = move |content: &[u8]| {
            let question = hickory_proto::op::Message::from_vec(content).unwrap();
            [head.as_bytes(), b"\r\n\r\n", &dns_answer(&question).to_vec().unwrap()].concat()
        };
        https_server_with(&world.ca, "up.test", answer).await
    };
    let expect = async |port, query: &str, answer, word: &str| {
        let (path, query) = ("/dns-query".to_owned(), query.parse().unwrap());
        expect(&world, Probe::Doh(Doh { port, path, query }), answer, word).await;
    };
    let good = server("HTTP/1.1 200 OK\r\nContent-Type: application/dns-message").await;
    expect(good, "many.test", Answer::Up, "").await;
    expect(good, "nowhere.test", Answer::Wrong, "for `nowhere.test`").await;
    expect(good, "refused.test", Answer::Wrong, "for `refused.test`").await;
    let html = server("HTTP/1.1 200 OK\r\nContent-Type: text/html").await;
    expect(html, "up.test", Answer::Wrong, "content type `text/html`").await;
    let failing = server("HTTP/1.1 500 Oh\r\nContent-Type: application/dns-message").await;
    expect(failing, "up.test", Answer::Wrong, "status 500, expected 200").await;
    let garbage = "HTTP/1.1 200 OK\r\nContent-Type: application/dns-message\r\n\r\nno DNS";
    let garbage = https_server(&world.ca, "up.test", garbage).await;
    expect(garbage, "up.test", Answer::Wrong, "no DNS message").await;
    expect(dead_port().await, "up.test", Answer::Down, "connection refused").await;
}

#[tokio::test]
async fn smtp_answers() {
    let world = World::new().await;
    let expect = async |port, answer, word: &str| {
        expect(&world, Probe::Smtp(Smtp { port }), answer, word).await;
    };
    let (good, heard) = scripted(&[
        ("", "220-mail.asso.test\r\n220 ESMTP\r\n"),
        ("EHLO [127.0.0.1]", "250-mail.asso.test\r\n250-PIPELINING\r\n250 8BITMIME\r\n"),
    ])
    .await;
    expect(good, Answer::Up, "").await;
    assert_eq!(heard.await.unwrap(), "EHLO [127.0.0.1]\r\nQUIT\r\n");
    let (refusing, _) = scripted(&[("", "220 hi\r\n"), ("EHLO", "502 no\r\n")]).await;
    expect(refusing, Answer::Wrong, "says `502 no`, expected 250").await;
    expect(saying("554 go away\r\n").await, Answer::Wrong, "`554 go away`").await;
    expect(saying("SSH-2.0-x\r\n").await, Answer::Wrong, "which is no SMTP").await;
    expect(saying("").await, Answer::Down, "without an answer").await;
    expect(silent_server().await, Answer::Down, "timed out after 200ms while waiting for the gre")
        .await;
    expect(dead_port().await, Answer::Down, "connection refused").await;
}

#[tokio::test]
async fn endless_lines_and_replies_are_bounded() {
    let world = World::new().await;
    for endless in ["220 without an end ", "220-line\r\n"] {
        let port = tcp_server(move |mut stream| async move {
            while stream.write_all(endless.as_bytes()).await.is_ok() {}
        });
        let probe = Probe::Smtp(Smtp { port: port.await });
        expect(&world, probe, Answer::Wrong, "without an end").await;
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_no_sample() {
    let world = World::new().await;
    let probe = Probe::Http(Http { path: "no path".to_owned(), ..http(80, None) });
    expect(&world, probe, Answer::NoSample, "`no path` cannot be asked for").await;
}

#[tokio::test]
async fn answers_that_never_come_do_not_hold_up_launches() {
    let (silent, socket) = silent_udp().await;
    let world = World::new().await.with_resolver(silent);
    let probing = Probing { every: Duration::from_millis(10), deadline: PATIENT };
    let (_prober, mut samples) =
        start(&world, StoryClock::start(), "up.test", tcp(1, None), probing);
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
    let probing = Probing { every: Duration::from_millis(1), deadline: NEVER };
    let (_prober, mut samples) =
        start(&world, StoryClock::start(), "up.test", tcp(1, None), probing);
    let sample = samples.recv().await.unwrap();
    assert_eq!(sample.answer, Answer::NoSample, "{sample:?}");
    assert_eq!(sample.detail, "256 probes still wait for an answer");
}

#[test]
fn the_bound_fits_the_deadline() {
    let most = |every, deadline| {
        most_in_flight(Probing {
            every: Duration::from_millis(every),
            deadline: Duration::from_millis(deadline),
        })
    };
    assert_eq!(
        [most(100, 2000), most(1000, 10), most(300, 1000), most(1, 60_000)],
        [24, 5, 8, 256]
    );
}

#[tokio::test]
async fn samples_carry_the_story_time_of_their_launch() {
    let world = World::new().await;
    let clock = StoryClock::start();
    let probing = Probing { every: Duration::from_millis(5), deadline: PATIENT };
    let probe = tcp(silent_server().await, None);
    clock.pass(Duration::from_secs(100));
    let (_prober, mut samples) = start(&world, clock.clone(), "up.test", probe, probing);
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
async fn a_stopped_prober_lets_go_of_all_that_waits() {
    let (silent, socket) = silent_udp().await;
    let world = World::new().await.with_resolver(silent);
    let probing = Probing { every: Duration::from_millis(10), deadline: NEVER };
    let (prober, mut samples) =
        start(&world, StoryClock::start(), "up.test", tcp(1, None), probing);
    socket.recv_from(&mut [0; 512]).await.unwrap();
    prober.stop().await;
    assert_eq!(samples.recv().await, None, "the sender is gone with the last probe");
}

#[test]
fn details_are_short_and_on_one_line() {
    assert_eq!(short("a\r\nb"), "a  b");
    assert_eq!(short(&"é".repeat(200)), "é".repeat(200));
    assert_eq!(short(&"é".repeat(201)), "é".repeat(199) + "…");
}

#[test]
fn a_probe_that_this_machine_was_too_busy_to_follow_is_no_outage() {
    let ms = Duration::from_millis;
    for (took, stalled, ours) in [
        (ms(40), true, false), // refused at once
        (ms(2_001), false, false),
        (ms(2_001), true, true),
        (ms(5_100), false, true),
    ] {
        assert_eq!(super::is_our_fault(took, ms(2_000), stalled), ours, "{took} {stalled}");
    }
}
