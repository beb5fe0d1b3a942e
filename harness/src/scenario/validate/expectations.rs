//! Owns what is expected of the world: it must be something that can be looked up.

use super::{
    At, Context, files,
    services::{is_url_path, listens},
    words,
};
use crate::{
    base::DnsName,
    expect::{Dns, Expectation, File, Http, Mail, Ports, RecordType, SameData, Unit},
};

pub(super) fn check(cx: &mut Context<'_>) {
    for (at, expectation) in cx.expectations() {
        match expectation {
            Expectation::Listens(Ports { ports, .. }) => self::ports(cx, ports, at.key("listens")),
            Expectation::Silent(Ports { ports, .. }) => self::ports(cx, ports, at.key("silent")),
            Expectation::Running(_) | Expectation::Stopped(_) => {}
            Expectation::Unit(unit) => self::unit(cx, unit, at.key("unit")),
            Expectation::File(file) => self::file(cx, file, at.key("file")),
            Expectation::SameData(same) => same_data(cx, same, at.key("same-data")),
            Expectation::Dns(dns) => self::dns(cx, dns, at.key("dns")),
            Expectation::Http(http) => self::http(cx, http, at.key("http")),
            Expectation::Mail(mail) => self::mail(cx, mail, at.key("mail")),
        }
    }
}

fn ports(cx: &mut Context<'_>, ports: &[u16], at: At<'_>) {
    if ports.is_empty() {
        cx.wrong(at.key("ports"), "the list of ports is empty");
    }
    for (index, port) in ports.iter().enumerate() {
        cx.port(at.key("ports").item(index), *port);
    }
}

fn unit(cx: &mut Context<'_>, unit: &Unit, at: At<'_>) {
    words::unit_name(cx, &unit.name, at.key("name"));
    if unit.active.is_none() && unit.enabled.is_none() && !at.is_in_doubt() {
        let message = format!("nothing is expected of `{}`", unit.name);
        cx.wrong_but(at, message, "add `active` or `enabled`, with `true` or `false`");
    }
}

fn file(cx: &mut Context<'_>, file: &File, at: At<'_>) {
    files::absolute(cx, &file.path, at.key("path"));
    if let Some(sum) = &file.sha256 {
        words::sha256(cx, sum, at.key("sha256"));
    }
    if !file.exists && (file.sha256.is_some() || file.contains.is_some()) && !at.is_in_doubt() {
        let message = "a file that does not exist has no content";
        cx.wrong_but(at.key("exists"), message, "take `sha256` and `contains` away");
    }
}

fn same_data(cx: &mut Context<'_>, same: &SameData, at: At<'_>) {
    if same.on[0] == same.on[1] && !at.is_in_doubt() {
        cx.wrong(at.key("on"), "twice the same host: its data is always the same");
    }
    if cx.service(&same.service).is_some_and(|service| !service.has_data()) {
        cx.wrong(at.key("service"), format!("`{}` has no data", same.service));
    }
}

fn dns(cx: &mut Context<'_>, dns: &Dns, at: At<'_>) {
    if dns.is.is_some() && dns.value.is_some() {
        cx.wrong_but(at.key("value"), "`is` and `value` are two answers", "keep one of them");
    }
    if dns.is.is_some() && dns.kind != RecordType::A {
        let message = "`is` names a host, which only an A record points to";
        cx.wrong_but(at.key("is"), message, "write the answer as `value`");
    }
}

fn http(cx: &mut Context<'_>, http: &Http, at: At<'_>) {
    cx.in_range(at.key("status"), &http.status, 100..=599);
    let Some(host) = host(&http.url) else {
        let message = format!("`{}` is no URL that can be asked for", http.url);
        let help = format!("expected for example `https://www.{}/`", cx.scenario.zone.name);
        return cx.wrong_but(at.key("url"), message, help);
    };
    let zone = &cx.scenario.zone.name;
    if !host.is_in(zone) && !cx.at.key("zone").is_in_doubt() {
        let message =
            format!("`{host}` is outside of the zone `{zone}`, the world has no such name");
        cx.wrong(at.key("url"), message);
    }
}

/// The host of a well-formed `http` or `https` URL.
fn host(url: &str) -> Option<DnsName> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (authority, 80_u16),
    };
    let path = path.is_empty() || is_url_path(path);
    host.parse().ok().filter(|_| port > 0 && path)
}

fn mail(cx: &mut Context<'_>, mail: &Mail, at: At<'_>) {
    words::mail_address(cx, &mail.to, at.key("to"));
    words::one_line(cx, &mail.password, at.key("password"));
    for port in [25, 143] {
        listens(cx, &mail.service, port, at.key("service"));
    }
}
