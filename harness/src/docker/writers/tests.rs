//! Writers against small servers on this machine.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
};

use super::*;
use crate::{
    docker::probes::testing::{World, dead_port, http_server, saying, silent_server, tcp_server},
    writer::Told,
};

/// A writer at work, and what it tells.
struct Bench {
    writers: Writers,
    told: UnboundedReceiver<Write>,
    clock: StoryClock,
    work: tokio::task::JoinHandle<Result<(), String>>,
}

impl Bench {
    async fn new(name: &str, writer: &str) -> Self {
        let World { net, .. } = World::new().await;
        let hosts = [("127.0.0.1".parse().unwrap(), "old".parse().unwrap())].into();
        let sight = Sight {
            net,
            late: None,
            hosts,
            host_keys: BTreeMap::new(),
            runner: Arc::new(|_| panic!("no program is to be run")),
        };
        let target = Target {
            service: "links".parse().unwrap(),
            name: name.parse().unwrap(),
            writer: serde_json::from_str(writer).unwrap(),
        };
        let (send, told) = unbounded_channel();
        let send: Send = Arc::new(move |write| {
            let _ = send.send(write);
        });
        let (clock, drain) = (StoryClock::start(), Duration::from_millis(1_500));
        let (writers, work) =
            Writers::start(&Handle::current(), &clock, &sight, vec![target], send, drain);
        Self { writers, told, clock, work: tokio::spawn(work) }
    }

    async fn next(&mut self) -> Write {
        let next = tokio::time::timeout(BOUND, self.told.recv()).await;
        next.expect("the writer tells of its next write").expect("the writer goes on")
    }

    fn record(&self, write: &Write) {
        self.writers.recorded(&write.service, write.number);
    }

    /// Tells it to stop; what was told until the end.
    async fn stop(mut self) -> Vec<Write> {
        self.writers.stop().await;
        let work = tokio::time::timeout(BOUND, self.work).await.expect("the writer ends");
        work.unwrap().unwrap();
        let mut told = vec![];
        while let Some(write) = self.told.recv().await {
            told.push(write);
        }
        told
    }
}

fn http(port: u16, more: &str) -> String {
    let write = r#""method": "post", "path": "/a", "headers": { "X-Key": "k-{id}" }"#;
    let write = format!(
        r#"{{ "port": {port}, {write}, "content": {{ "form": {{ "url": "https://x/{{id}}" }} }},
              "expect": {{ "status": null, "contains": "taken" }} }}"#
    );
    writer("http", &write, more)
}

fn smtp(port: u16, more: &str) -> String {
    let write = format!(r#"{{ "port": {port}, "to": "me@asso.test", "from": "" }}"#);
    writer("smtp", &write, more)
}

fn writer(word: &str, write: &str, more: &str) -> String {
    let client = if more.contains("client") { "" } else { r#""client": "fresh","# };
    format!(
        r#"{{ "writing": {{ "{word}": {write} }}, {client} {more}
              "per_second": 50, "deadline": "300ms",
              "read": {{ "of": "links", "reading": {{ "command": "x" }} }} }}"#
    )
}

/// The same writer, with one write a second. The port has digits too: only the rate is changed.
fn once_a_second(writer: &str) -> String {
    writer.replace("\"per_second\": 50", "\"per_second\": 1")
}

const ONE_LANE: &str = r#""lanes": 1,"#;
/// No test waits longer for a writer.
const BOUND: std::time::Duration = std::time::Duration::from_secs(60);
const TAKEN: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntaken";

#[tokio::test]
async fn each_answer_says_what_it_says() {
    for (port, told, words) in [
        (http_server(TAKEN).await, Told::Acknowledged, ""),
        (
            http_server("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await,
            Told::Failed,
            "status 404 from 127.0.0.1",
        ),
        (
            http_server("HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n").await,
            Told::Indeterminate,
            "status 503",
        ),
        (
            http_server("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\noops").await,
            Told::Indeterminate,
            "without the text `taken`",
        ),
        (
            http_server("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\ntaken").await,
            Told::Indeterminate,
            "breaks off",
        ),
        (dead_port().await, Told::Failed, "connection refused"),
        (silent_server().await, Told::Indeterminate, "timed out after 300ms while waiting"),
        (saying("").await, Told::Indeterminate, ""),
    ] {
        let mut bench = Bench::new("up.test", &http(port, ONE_LANE)).await;
        let write = bench.next().await;
        assert_eq!((write.told, write.number, write.attempts), (told, 0, 1), "{}", write.detail);
        assert!(write.detail.contains(words), "{}", write.detail);
        assert_eq!(write.unanswered, u64::from(told == Told::Indeterminate));
        assert_eq!(write.host.as_ref().map(HostId::as_str), Some("old"));
    }
    let mut bench = Bench::new("nowhere.test", &http(1, ONE_LANE)).await;
    let write = bench.next().await;
    assert_eq!((write.told, write.host), (Told::Failed, None));
}

#[tokio::test]
async fn a_request_carries_its_id() {
    let (send, mut requests) = unbounded_channel();
    let port = tcp_server(move |mut stream| {
        let send = send.clone();
        async move {
            let mut request = vec![];
            while !request.ends_with(b"00000000") {
                stream.read_buf(&mut request).await.unwrap();
            }
            let _ = stream.write_all(TAKEN.as_bytes()).await;
            let _ = send.send(String::from_utf8(request).unwrap());
        }
    })
    .await;
    let _bench = Bench::new("up.test", &http(port, ONE_LANE)).await;
    let request = requests.recv().await.unwrap();
    for line in [
        "POST /a HTTP/1.1\r\n",
        "content-type: application/x-www-form-urlencoded\r\n",
        "x-key: k-filage-links-00000000\r\n",
        &format!("host: up.test:{port}\r\n"),
        "\r\n\r\nurl=https%3A%2F%2Fx%2Ffilage-links-00000000",
    ] {
        assert!(request.contains(line), "{line} is not in\n{request}");
    }
}

#[tokio::test]
async fn no_next_write_before_the_last_is_on_record() {
    let mut bench = Bench::new("up.test", &http(http_server(TAKEN).await, ONE_LANE)).await;
    let mut write = bench.next().await;
    for number in 1..4 {
        // As long as five moments of the grid.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        assert!(bench.told.try_recv().is_err(), "the lane waits");
        let recorded = bench.clock.now();
        bench.record(&write);
        write = bench.next().await;
        assert_eq!(write.number, number);
        assert!(write.launched >= recorded && write.skipped > 0, "{write:?}");
    }
}

#[tokio::test]
async fn when_all_lanes_are_busy_a_write_is_left_out_and_counted() {
    let most = Arc::new(AtomicUsize::new(0));
    let (busy, peak) = (Arc::new(AtomicUsize::new(0)), Arc::clone(&most));
    let port = tcp_server(move |mut stream| {
        let (busy, peak) = (Arc::clone(&busy), Arc::clone(&peak));
        async move {
            peak.fetch_max(busy.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
            busy.fetch_sub(1, Ordering::SeqCst);
        }
    })
    .await;
    let mut bench = Bench::new("up.test", &http(port, r#""lanes": 3,"#)).await;
    let mut told = vec![];
    for _ in 0..6 {
        let write = bench.next().await;
        bench.record(&write);
        told.push(write);
    }
    told.extend(bench.stop().await);
    let numbers: std::collections::BTreeSet<u64> = told.iter().map(|write| write.number).collect();
    assert_eq!(numbers.len(), told.len(), "each is told of once");
    assert_eq!(numbers.last().copied(), Some(told.len() as u64 - 1), "none is left out of the row");
    // Three every 300 ms, of fifteen moments.
    assert!(told.iter().map(|write| write.skipped).sum::<u64>() > 12, "{told:#?}");
    assert!(most.load(Ordering::SeqCst) <= 3, "at most three at once");
}

#[tokio::test]
async fn who_keeps_connections_writes_on_the_same_one() {
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    let port = tcp_server(move |stream| {
        counted.fetch_add(1, Ordering::SeqCst);
        answer_all(stream)
    })
    .await;
    let more = r#""client": "keepalive", "lanes": 1,"#;
    let mut bench = Bench::new("up.test", &http(port, more)).await;
    for number in 0..4 {
        let write = bench.next().await;
        assert_eq!((write.number, write.told), (number, Told::Acknowledged), "{}", write.detail);
        assert_eq!(write.host.as_ref().map(HostId::as_str), Some("old"));
        bench.record(&write);
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

/// Takes each request of a connection.
async fn answer_all(stream: TcpStream) {
    let mut stream = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            let mut content = vec![0; length];
            stream.read_exact(&mut content).await.unwrap();
            stream.write_all(TAKEN.as_bytes()).await.unwrap();
        }
    }
}

/// How a mail server behaves in one conversation.
#[derive(Clone, Copy)]
enum Mood {
    Takes,
    /// Says this to RCPT.
    Says(&'static str),
    /// Takes the mail and goes without a word.
    Leaves,
}

/// A mail server with a mood for each conversation, the last for all that follow.
async fn mail_server(moods: &'static [Mood]) -> u16 {
    let conversations = Arc::new(AtomicUsize::new(0));
    tcp_server(move |stream| {
        let number = conversations.fetch_add(1, Ordering::SeqCst);
        converse(stream, *moods.get(number).or(moods.last()).unwrap())
    })
    .await
}

async fn converse(stream: TcpStream, mood: Mood) {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 mail.asso.test\r\n").await.unwrap();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        let reply = match (line.split_whitespace().next().unwrap_or_default(), mood) {
            ("RCPT", Mood::Says(reply)) => reply,
            ("DATA", _) => "354 go on\r\n",
            (".", Mood::Leaves) => return,
            ("EHLO" | "MAIL" | "RCPT" | "RSET" | ".", _) => "250 OK\r\n",
            ("QUIT", _) => return,
            _ => continue,
        };
        stream.write_all(reply.as_bytes()).await.unwrap();
    }
}

#[tokio::test]
async fn mail_that_met_a_transient_failure_is_sent_again() {
    const LATER: Mood = Mood::Says("450 4.2.0 come later\r\n");
    for (moods, told, attempts, unanswered) in [
        (&[Mood::Takes][..], Told::Acknowledged, 1, 0),
        (&[LATER, Mood::Takes], Told::Acknowledged, 2, 0),
        (&[Mood::Leaves, Mood::Takes], Told::Acknowledged, 2, 1),
        (&[Mood::Says("550 5.1.1 nobody\r\n")], Told::Failed, 1, 0),
        (&[Mood::Leaves, Mood::Says("550 5.1.1 nobody\r\n")], Told::Indeterminate, 2, 1),
    ] {
        // Slow enough that the first mail has the first conversations.
        let writer = once_a_second(&smtp(mail_server(moods).await, ONE_LANE));
        let mut bench = Bench::new("up.test", &writer.replace("\"300ms\"", "\"3s\"")).await;
        let first = async {
            loop {
                let write = bench.next().await;
                bench.record(&write);
                if write.number == 0 {
                    break write;
                }
            }
        };
        let write = tokio::time::timeout(BOUND, first).await.expect("the first mail is told of");
        assert_eq!(write.told, told, "{write:?}");
        if moods.len() == 1 {
            assert_eq!((write.attempts, write.unanswered), (attempts, unanswered), "{write:?}");
        }
        assert!(write.attempts >= attempts && write.unanswered >= unanswered, "{write:?}");
    }
}

#[tokio::test]
async fn mail_is_queued_while_nobody_takes_it_and_told_of_at_the_end() {
    let bench = Bench::new("up.test", &smtp(dead_port().await, ONE_LANE)).await;
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    let told = bench.stop().await;
    assert!(told.len() > 10, "a sender goes on to take mail: {}", told.len());
    for write in told {
        assert_eq!((write.told, write.unanswered), (Told::Failed, 0));
        assert!(write.detail.starts_with("still in the sender's queue: "), "{}", write.detail);
        assert!(write.attempts <= 4, "{}", write.attempts);
    }
}

#[tokio::test]
async fn what_is_queued_when_writing_stops_is_still_delivered() {
    let port = mail_server(&[Mood::Says("450 4.2.0 come later\r\n"), Mood::Takes]).await;
    let writer = once_a_second(&smtp(port, ONE_LANE));
    let bench = Bench::new("up.test", &writer).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let told = bench.stop().await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].told, told[0].attempts), (Told::Acknowledged, 2));
}
