//! Each probe against servers that answer well, badly or never.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::docker::probes::short;

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
    let expect = async |port, text: Option<&str>, answer, word: &str| {
        let probe =
            json!({ "http": { "port": port, "path": "/a?b", "expect": { "contains": text } } });
        expect(&world, probe, answer, word).await;
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
async fn a_truncated_or_foreign_body_is_found_although_its_length_agrees() {
    // Of the whole page.
    let whole = "7d5c6ed5d3d368a27eeda06c13e0165b2e00b487c212a29f353314f3cc086594";
    let world = World::new().await;
    let page = http_server("HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n<p>all</html>\n").await;
    let cut = http_server("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<p>all").await;
    let expect = async |port: u16, expected, answer, word: &str| {
        expect(&world, json!({ "http": { "port": port, "expect": expected } }), answer, word).await;
    };
    expect(page, json!({ "ends_with": "</html>" }), Answer::Up, "").await;
    let told =
        format!("status 200 from 127.0.0.1:{cut}, but the body ends with `<p>all`, not with");
    expect(cut, json!({ "ends_with": "</html>" }), Answer::Wrong, &told).await;
    expect(page, json!({ "sha256": whole }), Answer::Up, "").await;
    expect(page, json!({ "sha256": whole.to_uppercase() }), Answer::Up, "").await;
    expect(cut, json!({ "sha256": whole }), Answer::Wrong, "but 6 bytes with the SHA-256").await;
}

#[tokio::test]
async fn an_answer_that_comes_late_is_slow() {
    let world = World::new().await;
    let port = tcp_server(|mut stream| async move {
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        let _ = stream.write_all(b"SSH-2.0\r\n").await;
        let _ = stream.read(&mut [0]).await;
    });
    let port = port.await;
    let probe = |after| json!({ "tcp": { "port": port, "banner": "SSH", "slow_after": after } });
    expect(&world, probe("1m"), Answer::Up, "").await;
    expect(&world, probe("50ms"), Answer::Slow, "ms, slow after 50ms").await;
}

#[tokio::test]
async fn an_answer_from_a_host_where_nobody_started_the_service_is_wrong() {
    let world = World::new().await;
    let port = silent_server().await;
    let ask = async |hosts: &[(&str, &str)]| {
        let mut sight = sight(&world);
        sight.hosts =
            hosts.iter().map(|(at, id)| (at.parse().unwrap(), id.parse().unwrap())).collect();
        let targets = vec![target(tcp(port, None), Client::Fresh)];
        let (_prober, mut samples) = start(sight, StoryClock::start(), targets, often(NEVER));
        samples.recv().await.unwrap()
    };
    let at_home = ask(&[("127.0.0.1", "new")]).await;
    assert_eq!(at_home.answer, Answer::Up, "{at_home:?}");
    assert_eq!(at_home.host, Some("new".parse().unwrap()));
    let away = ask(&[("127.0.0.1", "relay")]).await;
    assert_eq!(away.answer, Answer::Wrong, "{away:?}");
    assert_eq!(away.detail, "`relay` answers, where no step starts `links`");
    assert_eq!(away.host, Some("relay".parse().unwrap()));
    let nowhere = ask(&[("127.0.0.9", "new")]).await;
    assert_eq!(nowhere.answer, Answer::Wrong, "{nowhere:?}");
    assert_eq!(nowhere.detail, "127.0.0.1 answers, which is no host of this migration");
    assert_eq!(nowhere.host, None);
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
    let expect = async |expected, answer, word: &str| {
        expect(&world, json!({ "http": { "port": endless, "expect": expected } }), answer, word)
            .await;
    };
    expect(json!({}), Answer::Up, "").await;
    expect(json!({ "contains": "y" }), Answer::Wrong, "without the text").await;
    expect(json!({ "ends_with": "x" }), Answer::Wrong, "longer than 1048576 bytes").await;
    expect(json!({ "sha256": "0".repeat(64) }), Answer::Wrong, "longer than 1048576 bytes").await;
}

#[tokio::test]
async fn https_answers() {
    const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    let world = World::new().await;
    let expect = async |port, answer, word: &str| {
        let probe = json!({ "https": { "port": port, "expect": { "contains": "ell" } } });
        expect(&world, probe, answer, word).await;
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
    let probe = |port: u16, query: &str| json!({ "dns": { "port": port, "query": query } });
    expect(&world, probe(port, "many.test"), Answer::Up, "").await;
    expect(&world, probe(port, "refused.test"), Answer::Wrong, "for `refused.test`").await;
    expect(&world, probe(port, "garbage.test"), Answer::Wrong, "does not answer in DNS").await;
    expect(&world, probe(port, "silent.test"), Answer::Down, "timed out").await;
    let (gone, socket) = silent_udp().await;
    drop(socket);
    expect(&world, probe(gone.port(), "up.test"), Answer::Down, "connection refused").await;
}

#[tokio::test]
async fn records_are_judged() {
    let world = World::new().await;
    let port = world.resolver.port();
    for (kind, query, value, word) in [
        ("A", "many.test", json!("127.0.0.1"), ""),
        ("A", "many.test", json!(["127.0.0.2", "127.0.0.1"]), ""),
        ("A", "up.test", json!("127.0.0.2"), "`127.0.0.1`, expected `127.0.0.2` for `up.test`"),
        ("MX", "asso.test", json!("10 Mail.Asso.test"), ""),
        ("MX", "asso.test", json!("20 mail.asso.test"), "`10 mail.asso.test`, expected `20 mail"),
        ("TXT", "asso.test", json!("v=spf1 -all"), ""),
        ("TXT", "asso.test", json!("V=spf1 -all"), "expected `V=spf1 -all`"),
        ("PTR", "4.3.18.198.in-addr.arpa", json!("mail.asso.test"), ""),
        ("SSHFP", "ssh.test", json!("4 2 ABCD"), ""),
        ("AAAA", "six.test", json!("2001:db8::7"), ""),
        ("AAAA", "up.test", json!("2001:db8::7"), "no AAAA record, expected `2001:db8::7`"),
    ] {
        let expect = json!({ "value": value });
        let probe = json!({
            "dns": { "port": port, "query": query, "type": kind, "expect": expect }
        });
        let answer = if word.is_empty() { Answer::Up } else { Answer::Wrong };
        super::expect(&world, probe, answer, word).await;
    }
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
        let probe = json!({ "doh": { "port": port, "query": query } });
        expect(&world, probe, answer, word).await;
    };
    let good = server("HTTP/1.1 200 OK\r\nContent-Type: application/dns-message").await;
    expect(good, "many.test", Answer::Up, "").await;
    for (value, answer, word) in [
        ("10 mail.asso.test", Answer::Up, ""),
        ("10 other.asso.test", Answer::Wrong, "expected `10 other.asso.test` for `asso.test`"),
    ] {
        let expect = json!({ "value": value });
        let probe = json!({
            "doh": { "port": good, "query": "asso.test", "type": "MX", "expect": expect }
        });
        super::expect(&world, probe, answer, word).await;
    }
    expect(good, "asso.test", Answer::Wrong, "no A record for `asso.test`").await;
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
    let expect = async |port: u16, answer, word: &str| {
        expect(&world, json!({ "smtp": { "port": port } }), answer, word).await;
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
        let probe = json!({ "smtp": { "port": port.await } });
        expect(&world, probe, Answer::Wrong, "without an end").await;
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_no_sample() {
    let world = World::new().await;
    let probe = json!({ "http": { "path": "no path" } });
    expect(&world, probe, Answer::NoSample, "`no path` cannot be asked for").await;
}

#[test]
fn details_are_short_and_on_one_line() {
    assert_eq!(short("a\r\nb"), "a  b");
    assert_eq!(short(&"é".repeat(200)), "é".repeat(200));
    assert_eq!(short(&"é".repeat(201)), "é".repeat(199) + "…");
}
