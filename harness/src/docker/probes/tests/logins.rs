//! Probes that do more than look: log in, deliver, agree on keys, query, run a program.

use std::sync::Mutex;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::*;
use crate::docker::probes::command::{Call, Ended};

#[tokio::test]
async fn imap_answers() {
    let world = World::new().await;
    let probe = |port: u16| json!({ "imap": { "port": port, "user": "anna", "password": "se\"cret", "select": "INBOX" } });
    let (good, heard) = scripted(&[
        ("", "* OK ready\r\n"),
        ("a1 LOGIN", "a1 OK in\r\n"),
        ("a2 SELECT", "* 3 EXISTS\r\na2 OK open\r\n"),
    ])
    .await;
    expect(&world, probe(good), Answer::Up, "").await;
    let words = "a1 LOGIN \"anna\" \"se\\\"cret\"\r\na2 SELECT \"INBOX\"\r\nz LOGOUT\r\n";
    assert_eq!(heard.await.unwrap(), words);
    let (stranger, _) = scripted(&[("", "* OK\r\n"), ("a1", "a1 NO not you\r\n")]).await;
    expect(&world, probe(stranger), Answer::Wrong, "says `NO not you` to `LOGIN`").await;
    let (empty, _) =
        scripted(&[("", "* OK\r\n"), ("a1", "a1 OK\r\n"), ("a2", "a2 NO gone\r\n")]).await;
    expect(&world, probe(empty), Answer::Wrong, "says `NO gone` to `SELECT`").await;
    expect(&world, probe(saying("* BYE\r\n").await), Answer::Wrong, "expected `* OK`").await;
    let hangs = "timed out after 200ms while waiting for the greeting";
    expect(&world, probe(silent_server().await), Answer::Down, hangs).await;
    expect(&world, probe(dead_port().await), Answer::Down, "connection refused").await;
}

#[tokio::test]
async fn imap_goes_on_where_somebody_is_logged_in() {
    let world = World::new().await;
    let (port, heard) = scripted(&[
        ("", "* OK ready\r\n"),
        ("a1 LOGIN", "a1 OK in\r\n"),
        ("a2 NOOP", "* 1 EXISTS\r\na2 OK\r\n"),
        ("a3 NOOP", "a3 OK\r\n"),
        ("a4 NOOP", "* BYE too long\r\n"),
    ])
    .await;
    let probe = json!({ "imap": { "port": port, "user": "anna", "password": "x" } });
    let (prober, mut samples) = start_one(&world, probe, Client::Keepalive, often(200));
    for _ in 0..3 {
        let sample = samples.recv().await.unwrap();
        assert_eq!(sample.answer, Answer::Up, "{sample:?}");
    }
    // Nobody takes a second connection.
    prober.stop().await;
    assert!(heard.await.unwrap().contains("a2 NOOP\r\na3 NOOP\r\n"));
}

const EHLO: (&str, &str) = ("EHLO", "250 OK\r\n");

#[tokio::test]
async fn smtp_takes_mail() {
    let world = World::new().await;
    let probe = |port: u16, deliver: bool| json!({ "smtp": { "port": port, "to": "anna@asso.test", "deliver": deliver } });
    let (willing, heard) = scripted(&[
        ("", "220 hi\r\n"),
        EHLO,
        ("MAIL FROM:<>", "250 OK\r\n"),
        ("RCPT TO:<anna@asso.test>", "250 OK\r\n"),
        ("RSET", "250 OK\r\n"),
    ])
    .await;
    expect(&world, probe(willing, false), Answer::Up, "").await;
    assert!(heard.await.unwrap().ends_with("\r\nRSET\r\nQUIT\r\n"));
    let (greylists, _) = scripted(&[
        ("", "220 hi\r\n"),
        EHLO,
        ("MAIL", "250 OK\r\n"),
        ("RCPT", "450 come later\r\n"),
    ])
    .await;
    expect(&world, probe(greylists, true), Answer::Wrong, "`450 come later`, expected 250").await;
    let (takes, heard) = scripted(&[
        ("", "220 hi\r\n"),
        EHLO,
        ("MAIL", "250 OK\r\n"),
        ("RCPT", "250 OK\r\n"),
        ("DATA", "354 go on\r\n"),
        (".\r\n", "250 queued\r\n"),
    ])
    .await;
    expect(&world, probe(takes, true), Answer::Up, "").await;
    let heard = heard.await.unwrap();
    assert!(heard.contains("\r\nMessage-ID: <probe-links-fresh-0@filage.invalid>\r\n"), "{heard}");
    let (leaves, _) = scripted(&[("", "421 no more today\r\n")]).await;
    expect(&world, probe(leaves, false), Answer::Down, "closes the connection: `421").await;
}

/// A PostgreSQL that lets everybody in and answers each query with one value.
async fn postgres(mut stream: TcpStream, value: &'static str) {
    let length = stream.read_u32().await.unwrap_or(4);
    let mut startup = vec![0; length as usize - 4];
    let _ = stream.read_exact(&mut startup).await;
    let message = |kind: u8, body: &[u8]| {
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        [&[kind][..], &length, body].concat()
    };
    let ready = message(b'Z', b"I");
    let welcome = [message(b'R', &[0; 4]), ready.clone()].concat();
    let _ = stream.write_all(&welcome).await;
    while stream.read_u8().await.is_ok_and(|kind| kind == b'Q') {
        let length = stream.read_u32().await.unwrap();
        let mut query = vec![0; length as usize - 4];
        stream.read_exact(&mut query).await.unwrap();
        let mut column = b"\0\x01c\0".to_vec();
        column.extend([0; 18]);
        let mut row = vec![0, 1, 0, 0, 0, value.len() as u8];
        row.extend(value.as_bytes());
        let answer = match &query[..] {
            b"SELECT 1\0" => [
                message(b'T', &column),
                message(b'D', &row),
                message(b'C', b"SELECT 1\0"),
                ready.clone(),
            ],
            _ => [
                message(b'E', b"SERROR\0C42P01\0Mno such table\0\0"),
                ready.clone(),
                vec![],
                vec![],
            ],
        };
        let _ = stream.write_all(&answer.concat()).await;
    }
}

/// A MySQL that does the same.
async fn mysql(mut stream: TcpStream, value: &'static str) {
    let packet = |number: u8, body: &[u8]| {
        let length = u32::try_from(body.len()).unwrap().to_le_bytes();
        [&length[..3], &[number], body].concat()
    };
    async fn read(stream: &mut TcpStream) -> Option<Vec<u8>> {
        let mut head = [0; 4];
        stream.read_exact(&mut head).await.ok()?;
        let mut body = vec![0; u32::from_le_bytes([head[0], head[1], head[2], 0]) as usize];
        stream.read_exact(&mut body).await.ok()?;
        Some(body)
    }
    let mut greeting = b"\x0a5.5.5-test\0\x01\0\0\0saltsalt\0\x0f\xa2\x21\x02\0\x08\0\x15".to_vec();
    greeting.extend([0; 10]);
    greeting.extend(b"saltsaltsalt\0mysql_native_password\0");
    let _ = stream.write_all(&packet(0, &greeting)).await;
    let ok = b"\0\0\0\x02\0\0\0";
    if read(&mut stream).await.is_none() {
        return;
    }
    let _ = stream.write_all(&packet(2, ok)).await;
    while let Some(command) = read(&mut stream).await.filter(|command| command[0] == 3) {
        if command[1..] != *b"SELECT 1" {
            let error = b"\xff\x7a\x04#42S02no such table";
            let _ = stream.write_all(&packet(1, error)).await;
            continue;
        }
        let column = b"\x03def\0\0\0\x01c\0\x0c\x21\0\xff\0\0\0\xfd\0\0\0\0\0";
        let end = b"\xfe\0\0\x02\0";
        let mut row = vec![value.len() as u8];
        row.extend(value.as_bytes());
        let answer = [
            packet(1, b"\x01"),
            packet(2, column),
            packet(3, end),
            packet(4, &row),
            packet(5, end),
        ];
        let _ = stream.write_all(&answer.concat()).await;
    }
}

#[tokio::test]
async fn sql_answers() {
    let world = World::new().await;
    for engine in ["mysql", "postgres"] {
        let good = match engine {
            "mysql" => tcp_server(|stream| mysql(stream, "42")).await,
            _ => tcp_server(|stream| postgres(stream, "42")).await,
        };
        let ask = async |port: u16, query: &str, value: Option<&str>, answer, word: &str| {
            let probe = json!({ "sql": {
                "engine": engine, "port": port, "user": "me", "database": "links", "query": query,
                "expect": value.map(|value| json!({ "value": value })),
            } });
            expect(&world, probe, answer, word).await;
        };
        ask(good, "SELECT 1", None, Answer::Up, "").await;
        ask(good, "SELECT 1", Some("42"), Answer::Up, "").await;
        ask(good, "SELECT 1", Some("43"), Answer::Wrong, "answers `42`, expected `43`").await;
        ask(good, "SELECT x", None, Answer::Wrong, "no such table`").await;
        let hangs = "timed out after 200ms while";
        ask(silent_server().await, "SELECT 1", None, Answer::Down, hangs).await;
        ask(saying("").await, "SELECT 1", None, Answer::Down, "closed the connection").await;
        ask(dead_port().await, "SELECT 1", None, Answer::Down, "connection refused").await;
    }
}

#[tokio::test]
async fn sql_goes_on_where_somebody_is_logged_in() {
    let world = World::new().await;
    for engine in ["mysql", "postgres"] {
        let accepted = Arc::new(Mutex::new(0));
        let count = Arc::clone(&accepted);
        let port = tcp_server(move |stream| {
            *count.lock().unwrap() += 1;
            async move {
                match engine {
                    "mysql" => mysql(stream, "1").await,
                    _ => postgres(stream, "1").await,
                }
            }
        });
        let probe = json!({ "sql": {
            "engine": engine, "port": port.await, "user": "me", "database": "links",
        } });
        let (_prober, mut samples) = start_one(&world, probe, Client::Keepalive, often(50));
        for _ in 0..10 {
            let sample = samples.recv().await.unwrap();
            assert_eq!(sample.answer, Answer::Up, "{engine}: {sample:?}");
        }
        let accepted = *accepted.lock().unwrap();
        assert!(accepted < 10, "{engine}: a connection for each of {accepted}");
    }
}

#[tokio::test]
async fn ssh_answers() {
    let world = World::new().await;
    let (ours, other) = (SshKey::new(), SshKey::new());
    let ask = async |port: u16, answer: Answer, word: &str| {
        let mut sight = sight(&world);
        sight.host_keys.insert("127.0.0.1".parse().unwrap(), ours.public());
        let probe = json!({ "ssh": { "port": port } });
        let deadline = if word.starts_with("timed out") { SOON } else { PATIENT };
        let probing = Probing { deadline, ..often(NEVER) };
        let targets = vec![target(probe, Client::Fresh)];
        let (_prober, mut samples) = start(sight, StoryClock::start(), targets, probing);
        let sample = samples.recv().await.unwrap();
        assert_eq!(sample.answer, answer, "{sample:?}");
        assert!(sample.detail.contains(word), "{sample:?}");
    };
    ask(ssh_server(&ours, &ours).await, Answer::Up, "").await;
    ask(ssh_server(&other, &other).await, Answer::Wrong, "has another host key: SHA256:").await;
    // It says that it has our key, and cannot sign with it.
    ask(ssh_server(&ours, &other).await, Answer::Wrong, "does not prove").await;
    ask(saying("HTTP/1.1 400 Bad\r\n").await, Answer::Down, "without an answer").await;
    ask(saying("SSH-2.0-x\r\n\0\0\0\0\0\0").await, Answer::Wrong, "impossible length").await;
    let full = saying("Exceeded MaxStartups\r\n").await;
    ask(full, Answer::Down, "closed the connection").await;
    let hangs = "timed out after 200ms while waiting for the banner";
    ask(silent_server().await, Answer::Down, hangs).await;
    ask(dead_port().await, Answer::Down, "connection refused").await;
}

#[tokio::test]
async fn no_ssh_host_key_is_looked_for_in_vain() {
    let world = World::new().await;
    let key = SshKey::new();
    let probe = json!({ "ssh": { "port": ssh_server(&key, &key).await } });
    let sample = sample(&world, "up.test", probe, PATIENT).await;
    assert_eq!(sample.answer, Answer::Wrong, "{sample:?}");
    assert!(sample.detail.contains("has no key of the world"), "{sample:?}");
}

#[tokio::test]
async fn a_program_says_what_it_found() {
    let world = World::new().await;
    for (code, line, answer, detail) in [
        (0, "fine", Answer::Up, ""),
        (1, "", Answer::Down, "`p.sh` says that it is down"),
        (1, "no answer", Answer::Down, "`p.sh` says that it is down: no answer"),
        (2, "old page", Answer::Wrong, "`p.sh` says that it is wrong: old page"),
        (3, "", Answer::NoSample, "`p.sh` ended with 3, which says nothing of the service"),
        (127, "curl: not found", Answer::NoSample, "of the service: curl: not found"),
    ] {
        let mut sight = sight(&world);
        sight.runner = Arc::new(move |call: Call| {
            assert_eq!((call.service.as_str(), call.name.as_str()), ("links", "up.test"));
            assert_eq!(call.address.to_string(), "127.0.0.1");
            (call.begun)();
            Box::pin(async move { Ok(Ended { code, last_line: line.to_owned() }) })
        });
        let targets = vec![target(json!({ "command": { "run": "p.sh" } }), Client::Fresh)];
        let (_prober, mut samples) = start(sight, StoryClock::start(), targets, often(NEVER));
        let sample = samples.recv().await.unwrap();
        assert_eq!(sample.answer, answer, "{sample:?}");
        assert!(sample.detail.ends_with(detail), "{sample:?}");
    }
}

#[tokio::test]
async fn the_time_to_start_a_program_is_not_the_services() {
    let world = World::new().await;
    let ask = async |starts: Duration, runs: Duration| {
        let mut sight = sight(&world);
        sight.runner = Arc::new(move |call: Call| {
            Box::pin(async move {
                tokio::time::sleep(starts.to_std()).await;
                (call.begun)();
                tokio::time::sleep(runs.to_std()).await;
                Ok(Ended { code: 0, last_line: String::new() })
            })
        });
        let targets = vec![target(json!({ "command": { "run": "p.sh" } }), Client::Fresh)];
        let probing = Probing { deadline: SOON, ..often(NEVER) };
        let clock = StoryClock::start();
        let (_prober, mut samples) = start(sight, clock, targets, probing);
        samples.recv().await.unwrap()
    };
    let (ms, hour) = (Duration::from_millis, Duration::from_secs(3600));
    let slow = ask(ms(100), ms(0)).await;
    assert_eq!(slow.answer, Answer::Up, "{slow:?}");
    assert!(slow.launched.0 >= 100_000 && slow.took_micros < 100_000, "{slow:?}");
    let never_starts = ask(hour, ms(0)).await;
    assert_eq!(never_starts.answer, Answer::NoSample, "{never_starts:?}");
    assert!(never_starts.detail.contains("while starting `p.sh`"), "{never_starts:?}");
    let never_ends = ask(ms(0), hour).await;
    assert_eq!(never_ends.answer, Answer::Down, "{never_ends:?}");
    assert!(never_ends.detail.contains("waiting for the end of `p.sh`"), "{never_ends:?}");
}
