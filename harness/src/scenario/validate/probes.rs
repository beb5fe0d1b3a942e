//! Owns how services are asked: a probe must be able to succeed, and each client to do what makes
//! it that client.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{
    At, Context,
    services::{is_url_path, listens},
    words,
};
use crate::{
    base::{DnsName, Duration, ServiceId},
    probe::{Client, DnsExpect, HttpExpect, Probe, RecordKind, Smtp},
    scenario::Service,
};

pub(super) fn check(cx: &mut Context<'_>) {
    for (id, service) in &cx.scenario.services {
        if let Some(probe) = &service.probe {
            self::probe(cx, id, probe);
        }
        clients(cx, id, service);
    }
    let (probing, at) = (cx.scenario.probing, cx.at.key("probing"));
    let range = |from| Duration::from_millis(from)..=Duration::from_secs(60);
    cx.in_range(at.key("every"), &probing.every, range(5));
    cx.in_range(at.key("around_changes"), &probing.around_changes, range(1));
    cx.in_range(at.key("deadline"), &probing.deadline, range(10));
    cx.ttl(at.key("late_by"), probing.late_by);
}

fn probe(cx: &mut Context<'_>, id: &ServiceId, probe: &Probe) {
    let at = cx.service_at(id).key("probe").key(probe.word());
    slow_after(cx, probe, at.key("slow_after"));
    match probe {
        Probe::Http(http) | Probe::Https(http) => {
            url_path(cx, &http.path, at.key("path"));
            http_expect(cx, &http.expect, at.key("expect"));
        }
        Probe::Dns(dns) => dns_expect(cx, dns.kind, dns.expect.as_ref(), at),
        Probe::Doh(doh) => {
            url_path(cx, &doh.path, at.key("path"));
            dns_expect(cx, doh.kind, doh.expect.as_ref(), at);
        }
        Probe::Smtp(smtp) => self::smtp(cx, smtp, at),
        Probe::Imap(imap) => {
            words::one_line(cx, &imap.user, at.key("user"));
            words::one_line(cx, &imap.password, at.key("password"));
            words::one_line(cx, imap.select.as_deref().unwrap_or_default(), at.key("select"));
        }
        Probe::Sql(sql) => {
            if sql.query.trim().is_empty() {
                cx.wrong_but(
                    at.key("query"),
                    "the query is empty",
                    "expected for example `SELECT 1`",
                );
            }
        }
        Probe::Tcp(_) | Probe::Ssh(_) | Probe::Command(_) => {}
    }
    match probe.port() {
        None => {}
        Some(0) => cx.port(at.key("port"), 0),
        Some(port) => listens(cx, id, port, at.key("port")),
    }
}

fn url_path(cx: &mut Context<'_>, path: &str, at: At<'_>) {
    if !is_url_path(path) {
        let message =
            format!("`{path}` is no path of a URL: expected for example `/login?user=me`");
        cx.wrong(at, message);
    }
}

fn smtp(cx: &mut Context<'_>, smtp: &Smtp, at: At<'_>) {
    match &smtp.to {
        Some(to) => words::mail_address(cx, to, at.key("to")),
        None if smtp.deliver && !at.is_in_doubt() => {
            let message = "nobody is named whom the mail could be delivered to";
            let help = format!("add for example `to: me@{}`", cx.scenario.zone.name);
            cx.wrong_but(at.key("deliver"), message, help);
        }
        None => {}
    }
}

/// Tells a value that no record of the kind can have.
fn dns_expect(cx: &mut Context<'_>, kind: RecordKind, expect: Option<&DnsExpect>, at: At<'_>) {
    let Some(expect) = expect else { return };
    let is_name = |text: &str| text.parse::<DnsName>().is_ok();
    for (index, value) in expect.value.iter().enumerate() {
        let words: Vec<&str> = value.split_ascii_whitespace().collect();
        let (fits, example) = match kind {
            RecordKind::A => (value.parse::<Ipv4Addr>().is_ok(), "`192.0.2.7`"),
            RecordKind::Aaaa => (value.parse::<Ipv6Addr>().is_ok(), "`2001:db8::7`"),
            RecordKind::Ptr => (is_name(value), "`mail.asso.example`"),
            RecordKind::Mx => {
                let fits = matches!(words[..], [preference, name]
                    if preference.parse::<u16>().is_ok() && is_name(name));
                (fits, "`10 mail.asso.example`")
            }
            RecordKind::Sshfp => {
                let is_hex = |text: &str| text.chars().all(|c| c.is_ascii_hexdigit());
                let fits = matches!(words[..], [algorithm, hash, print]
                    if algorithm.parse::<u8>().is_ok() && hash.parse::<u8>().is_ok() && is_hex(print));
                (fits, "`4 2 9f8e...`")
            }
            RecordKind::Txt => (true, ""),
        };
        if !fits {
            let message = format!("`{value}` is no value of a record of type {kind}");
            let help = format!("expected for example {example}");
            cx.wrong_but(at.key("expect").key("value").item(index), message, help);
        }
    }
}

fn http_expect(cx: &mut Context<'_>, expect: &HttpExpect, at: At<'_>) {
    cx.in_range(at.key("status"), &expect.status, 100..=599);
    if let Some(sum) = &expect.sha256 {
        words::sha256(cx, sum, at.key("sha256"));
    }
    if expect.sha256.is_some() && (expect.contains.is_some() || expect.ends_with.is_some()) {
        let message = "`sha256` says already what the whole body is";
        cx.wrong_but(at.key("sha256"), message, "take `contains` and `ends_with` away");
    }
}

fn slow_after(cx: &mut Context<'_>, probe: &Probe, at: At<'_>) {
    let deadline = cx.scenario.probing.deadline;
    let Some(slow_after) = probe.slow_after() else { return };
    let in_doubt = cx.at.key("probing").is_in_doubt();
    if slow_after == Duration::ZERO {
        cx.wrong(at, "every answer would be slow: expected a time, such as `500ms`");
    } else if slow_after >= deadline && !in_doubt {
        let message =
            format!("no answer is slow after {slow_after}: it is given up after {deadline}");
        let help = "choose less than `deadline` of `probing`, or raise that";
        cx.wrong_but(at, message, help);
    }
}

fn clients(cx: &mut Context<'_>, id: &ServiceId, service: &Service) {
    let at = cx.service_at(id);
    if service.clients.is_empty() || at.is_in_doubt() {
        return;
    }
    let clients = at.key("clients");
    let Some(probe) = &service.probe else {
        let message = format!("`{id}` has clients, but no probe that they could ask with");
        return cx.wrong_but(clients, message, "give the service a `probe`");
    };
    for (index, client) in service.clients.iter().enumerate() {
        if service.clients[..index].contains(client) {
            cx.wrong(clients.item(index), format!("`{client}` is in the list already"));
        }
        if *client == Client::Keepalive && !probe.has_connection() {
            let word = probe.word();
            let message = format!("a `{word}` probe has no connection to keep");
            let help = format!("take `{client}` away; `fresh`, `pinned` and `late` can ask it");
            cx.wrong_but(clients.item(index), message, help);
        }
    }
}
