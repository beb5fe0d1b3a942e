//! Owns writers: what they write must be found again, and there must be something that keeps it.

use std::ops::RangeInclusive;

use super::{
    At, Context,
    services::{is_url_path, listens},
    words::{self, one_line},
};
use crate::{
    base::{Duration, ServiceId},
    expect::Expectation,
    scenario::{
        HttpWrite, Mistake, Reader, SqlRead, Writer, suggest,
        writer::{READS, WRITES},
    },
    writer::{PLACEHOLDER, SqlEngine},
};

const RATE: RangeInclusive<u32> = 1..=200;
const LANES: RangeInclusive<u32> = 1..=32;

pub(super) fn check(cx: &mut Context<'_>) {
    for (id, service) in &cx.scenario.services {
        if let Some(writer) = &service.writer {
            self::writer(cx, id, writer);
        }
    }
    for (id, expectation) in &cx.scenario.end_state {
        if let Expectation::SameData(same) = expectation {
            same_data(cx, &same.service, cx.at.key("end_state").key(id.as_str()));
        }
    }
}

fn writer(cx: &mut Context<'_>, id: &ServiceId, writer: &Writer) {
    let at = cx.service_at(id).key("writer");
    one_of(cx, &writer.writes(), &WRITES, at, "says how it writes");
    cx.in_range(at.key("per_second"), &writer.per_second, RATE);
    cx.in_range(at.key("lanes"), &writer.lanes, LANES);
    let deadlines = Duration::from_millis(100)..=Duration::from_secs(60);
    cx.in_range(at.key("deadline"), &writer.deadline, deadlines);
    if let Some((word, http)) = writer.request() {
        request(cx, http, at.key(word));
    }
    if let Some(sql) = &writer.sql {
        let at = at.key("sql");
        one_line(cx, &sql.user, at.key("user"));
        one_line(cx, &sql.password, at.key("password"));
        one_line(cx, &sql.database, at.key("database"));
        holds_id(cx, &[(&sql.insert, at.key("insert"))], at.key("insert"));
    }
    if let Some(smtp) = &writer.smtp {
        let at = at.key("smtp");
        words::mail_address(cx, &smtp.to, at.key("to"));
        if !smtp.from.is_empty() {
            words::mail_address(cx, &smtp.from, at.key("from"));
        }
    }
    for (word, port) in ports(writer) {
        listens_or_zero(cx, id, port, at.key(word).key("port"));
    }
    reader(cx, id, writer);
}

fn ports(writer: &Writer) -> Vec<(&'static str, u16)> {
    let Writer { http, https, sql, smtp, .. } = writer;
    let ports = [
        http.as_ref().map(|http| ("http", http.port.unwrap_or(80))),
        https.as_ref().map(|http| ("https", http.port.unwrap_or(443))),
        sql.as_ref().map(|sql| ("sql", sql.port.unwrap_or(sql.engine.port()))),
        smtp.as_ref().map(|smtp| ("smtp", smtp.port)),
    ];
    ports.into_iter().flatten().collect()
}

fn request(cx: &mut Context<'_>, http: &HttpWrite, at: At<'_>) {
    let paths = [("post", &http.post), ("put", &http.put)];
    let written: Vec<_> =
        paths.into_iter().filter_map(|(key, path)| Some((key, path.as_ref()?))).collect();
    let keys: Vec<&str> = written.iter().map(|(key, _)| *key).collect();
    one_of(cx, &keys, &["post", "put"], at, "says what is asked for");
    for (key, path) in &written {
        if !is_url_path(path) {
            let message = format!("`{path}` is no path of a URL: expected for example `/add`");
            cx.wrong(at.key(key), message);
        }
    }
    let contents = [
        ("form", http.form.is_some()),
        ("json", http.json.is_some()),
        ("body", http.body.is_some()),
    ];
    let contents: Vec<_> = contents.into_iter().filter_map(|(key, is)| is.then_some(key)).collect();
    if contents.len() > 1 {
        several(cx, &contents, at, "a request holds one thing");
    }
    if let Some(status) = &http.expect.status {
        cx.in_range(at.key("expect").key("status"), status, 100..=599);
    }
    for (name, value) in &http.headers {
        header(cx, name, value, at.key("headers").key(name));
    }
    let json = http.json.as_ref().map(ToString::to_string);
    let mut texts: Vec<(&String, At<'_>)> =
        written.iter().map(|(key, path)| (*path, at.key(key))).collect();
    let form = at.key("form");
    texts.extend(http.form.iter().flatten().map(|(name, value)| (value, form.key(name))));
    texts.extend(json.iter().map(|json| (json, at.key("json"))));
    texts.extend(http.body.iter().map(|body| (body, at.key("body"))));
    holds_id(cx, &texts, at);
    for (name, value) in &http.headers {
        placeholders(cx, value, at.key("headers").key(name));
    }
}

fn header(cx: &mut Context<'_>, name: &str, value: &str, at: At<'_>) {
    // RFC 9110, 5.6.2.
    let fits = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(fits) {
        let help = "letters, digits and hyphens, for example `X-Api-Key`";
        cx.wrong_key(at, format!("`{name}` is no name of a header"), help);
    }
    if !value.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
        cx.wrong(at, "the value of a header is one line of ASCII");
    }
}

/// Tells texts in none of which the id has its place.
fn holds_id(cx: &mut Context<'_>, texts: &[(&String, At<'_>)], at: At<'_>) {
    let mut misspelt = false;
    for (text, at) in texts {
        misspelt |= placeholders(cx, text, *at);
    }
    let held = misspelt || texts.iter().any(|(text, _)| text.contains(PLACEHOLDER));
    if !held && !at.is_in_doubt() {
        let message = format!("`{PLACEHOLDER}` is nowhere in what is written");
        let help = "without its id, a write cannot be found again; put it into a text that is kept";
        cx.wrong_but(at, message, help);
    }
}

/// Tells words in braces that stand for nothing, and whether there are any.
fn placeholders(cx: &mut Context<'_>, text: &str, at: At<'_>) -> bool {
    let mut found = false;
    for (begin, _) in text.match_indices('{') {
        let Some((word, _)) = text[begin + 1..].split_once('}') else { continue };
        let is_word = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
        if is_word && word != "id" {
            found = true;
            let message = format!("unknown placeholder `{{{word}}}`");
            cx.wrong_but(at, message, format!("only `{PLACEHOLDER}` stands for something"));
        }
    }
    found
}

fn reader(cx: &mut Context<'_>, id: &ServiceId, writer: &Writer) {
    let at = cx.service_at(id).key("writer").key("read");
    let reader = &writer.read;
    one_of(cx, &reader.reads(), &READS, at, "says how it reads");
    let of = reader.of.as_ref().unwrap_or(id);
    if cx.service(of).is_some_and(|service| !service.has_data()) {
        let place =
            if reader.of.is_some() { at.key("of") } else { cx.service_at(id).key("writer") };
        let mistake = Mistake::new(
            if reader.of.is_some() { place.span() } else { place.key_span() },
            format!("`{of}` keeps no data in which a write could be found"),
        );
        let help = "name the service that keeps it by `read: { of: SERVICE, ... }`; data is in the \
                    `volumes` of a container, or in the `data` of a unit";
        cx.tell(place, mistake.help(help));
    }
    for (word, port) in read_ports(reader, writer) {
        listens_or_zero(cx, of, port, at.key(word).key("port"));
    }
    for (word, http) in [("http", &reader.http), ("https", &reader.https)] {
        if let Some(http) = http.as_ref().filter(|http| !is_url_path(&http.path)) {
            let message =
                format!("`{}` is no path of a URL: expected for example `/all`", http.path);
            cx.wrong(at.key(word).key("path"), message);
        }
    }
    if let Some(sql) = &reader.sql {
        query(cx, sql, writer, at.key("sql"));
    }
    if let Some(imap) = &reader.imap {
        let at = at.key("imap");
        one_line(cx, &imap.user, at.key("user"));
        one_line(cx, &imap.password, at.key("password"));
        one_line(cx, &imap.mailbox, at.key("mailbox"));
    }
}

fn read_ports(reader: &Reader, writer: &Writer) -> Vec<(&'static str, u16)> {
    let Reader { http, https, sql, imap, .. } = reader;
    let writes = writer.sql.as_ref();
    let engine = |sql: &SqlRead| sql.engine.or(writes.map(|it| it.engine)).unwrap_or_default();
    let same_engine = |engine: SqlEngine| writes.filter(|it| it.engine == engine);
    let ports = [
        http.as_ref().map(|http| ("http", http.port.unwrap_or(80))),
        https.as_ref().map(|http| ("https", http.port.unwrap_or(443))),
        sql.as_ref().map(|sql| {
            let engine = engine(sql);
            let written = sql.port.or_else(|| same_engine(engine)?.port);
            ("sql", written.unwrap_or(engine.port()))
        }),
        imap.as_ref().map(|imap| ("imap", imap.port)),
    ];
    ports.into_iter().flatten().collect()
}

/// Tells credentials that neither the query nor a statement that writes has.
fn query(cx: &mut Context<'_>, sql: &SqlRead, writer: &Writer, at: At<'_>) {
    for (key, written) in
        [("user", &sql.user), ("password", &sql.password), ("database", &sql.database)]
    {
        match written {
            Some(text) => one_line(cx, text, at.key(key)),
            None if writer.sql.is_none() && !at.is_in_doubt() => {
                let mistake = Mistake::new(at.key_span(), format!("`sql` lacks the key `{key}`"));
                cx.tell(at, mistake.help("only beside a writer by `sql` it can be left out"));
            }
            None => {}
        }
    }
}

/// Data that is still written to after it was copied is not the same in both places.
fn same_data(cx: &mut Context<'_>, service: &ServiceId, at: At<'_>) {
    let mut writers = cx.scenario.services.iter().filter(|(id, it)| {
        it.writer.as_ref().is_some_and(|writer| writer.read.of.as_ref().unwrap_or(id) == service)
    });
    let Some((id, _)) = writers.next() else { return };
    let writer = cx.service_at(id).key("writer").key_span();
    let message =
        format!("the data of `{service}` cannot be the same: writes go on after the move");
    let mistake = Mistake::new(at.key("same-data").key_span(), message)
        .and(writer, "these")
        .help("take the line away: that nothing was lost is proved by the writes themselves");
    cx.tell(at, mistake);
}

fn listens_or_zero(cx: &mut Context<'_>, id: &ServiceId, port: u16, at: At<'_>) {
    if port == 0 { cx.port(at, 0) } else { listens(cx, id, port, at) }
}

/// Tells none and several of the keys of which there must be one.
fn one_of(cx: &mut Context<'_>, written: &[&str], keys: &[&str], at: At<'_>, what: &str) {
    match written {
        [_] => {}
        [] if at.is_in_doubt() => {}
        [] => {
            let mistake = Mistake::new(at.key_span(), format!("nothing {what}"));
            cx.tell(at, mistake.help(format!("write one of {}", suggest::words(keys))));
        }
        _ => several(cx, written, at, &format!("only one of these {what}")),
    }
}

fn several(cx: &mut Context<'_>, keys: &[&str], at: At<'_>, message: &str) {
    let mut mistake = Mistake::new(at.key(keys[0]).key_span(), message);
    for key in &keys[1..] {
        mistake = mistake.and(at.key(key).key_span(), "another one");
    }
    cx.tell(at, mistake.help("keep one of them"));
}
