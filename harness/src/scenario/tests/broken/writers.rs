//! Writers whose writes could not be made, or not be found again.

use insta::assert_snapshot;

use super::{added, broken};

/// What is told of the small scenario with a writer.
fn writer(writer: &str) -> String {
    broken("    budget: 5m\n", &format!("    budget: 5m\n    writer: {writer}\n"))
}

const READ: &str = "read: { http: { path: /all } }";

#[test]
fn a_writer_of_each_kind_is_no_mistake() {
    for good in [
        "http: { post: /a, form: { url: 'https://example.org/{id}', format: json } }",
        "http: { put: '/{id}' }",
        "http: { post: /a, json: { deep: [{ uid: '{id}' }] } }",
        "http: { post: /a, body: '{\"a\": \"{id}\", \"b\": {} }' }",
        "sql: { port: 80, user: u, password: p, database: d, insert: \"INSERT INTO a VALUES ('{id}')\" }",
        "smtp: { port: 80, to: me@asso.example }",
    ] {
        assert_eq!(writer(&format!("{{ {good}, {READ} }}")), "no mistake\n", "{good}");
    }
}

#[test]
fn nothing_says_how_it_writes_or_reads() {
    assert_snapshot!(writer("{ per_second: 2, read: {} }"), @"
    14:5: nothing says how it writes
      help: write one of `http`, `https`, `sql`, `smtp`
    14:30: nothing says how it reads
      help: write one of `http`, `https`, `sql`, `imap`, `command`
    ");
}

#[test]
fn two_ways_to_write_and_to_read() {
    let told = writer(
        "{ http: { post: /a, put: /b, form: { a: '{id}' }, body: '{id}' }, smtp: { port: 80, to: me@asso.example }, read: { http: {}, command: scripts/fill.sh } }",
    );
    assert_snapshot!(told, @"
    14:15: only one of these says how it writes
      14:79: another one
      help: keep one of them
    14:23: only one of these says what is asked for
      14:33: another one
      help: keep one of them
    14:42: a request holds one thing
      14:63: another one
      help: keep one of them
    14:128: only one of these says how it reads
      14:138: another one
      help: keep one of them
    ");
}

#[test]
fn a_write_without_its_id() {
    let told = writer(&format!("{{ http: {{ post: /a, form: {{ url: '{{ID}}' }} }}, {READ} }}"));
    assert_snapshot!(told, @"
    14:46: unknown placeholder `{ID}`
      help: only `{id}` stands for something
    ");
    let sql =
        "sql: { port: 80, user: u, password: p, database: d, insert: INSERT INTO a VALUES (1) }";
    assert_snapshot!(writer(&format!("{{ {sql}, {READ} }}")), @"
    14:75: `{id}` is nowhere in what is written
      help: without its id, a write cannot be found again; put it into a text that is kept
    ");
}

#[test]
fn a_request_that_cannot_be_sent() {
    let told = writer(&format!(
        "{{ http: {{ port: 81, post: 'a/{{id}}', headers: {{ 'X Key': é }}, expect: {{ status: 99 }} }}, {READ} }}"
    ));
    assert_snapshot!(told, @"
    14:29: `links` does not listen on port 81
      help: ports of `links`: `80`
    14:39: `a/{id}` is no path of a URL: expected for example `/add`
    14:60: `X Key` is no name of a header
      help: letters, digits and hyphens, for example `X-Api-Key`
    14:69: the value of a header is one line of ASCII
    14:92: `99` is out of range: expected 100 to 599
    ");
}

#[test]
fn out_of_range() {
    let told = writer(&format!(
        "{{ http: {{ post: '/{{id}}' }}, per_second: 0, lanes: 33, deadline: 2m, {READ} }}"
    ));
    assert_snapshot!(told, @"
    14:52: `0` is out of range: expected 1 to 200
    14:62: `33` is out of range: expected 1 to 32
    14:76: `2m` is out of range: expected 100ms to 1m
    ");
    let told = writer(&format!("{{ http: {{ post: '/{{id}}' }}, per_second: 201, {READ} }}"));
    assert_snapshot!(told, @"14:52: `201` is out of range: expected 1 to 200");
}

#[test]
fn an_unknown_client() {
    let told = writer(&format!("{{ http: {{ post: '/{{id}}' }}, client: freshh, {READ} }}"));
    assert_snapshot!(told, @"
    14:48: unknown word `freshh`
      help: did you mean `fresh`? known words: `fresh`, `keepalive`, `pinned`, `late`
    ");
}

#[test]
fn nothing_to_read_and_nobody_to_ask() {
    assert_snapshot!(writer("{ http: { post: '/{id}' } }"), @"14:5: `writer` lacks the key `read`");
    let told = writer("{ http: { post: '/{id}' }, read: { of: lniks, http: {} } }");
    assert_snapshot!(told, @"
    14:52: unknown service `lniks`
      help: did you mean `links`? known services: `links`
    ");
    let told = writer("{ http: { post: '/{id}' }, read: { http: { port: 81, path: all } } }");
    assert_snapshot!(told, @"
    14:62: `links` does not listen on port 81
      help: ports of `links`: `80`
    14:72: `all` is no path of a URL: expected for example `/all`
    ");
    let told = writer("{ http: { post: '/{id}' }, read: { command: scripts/none.sh } }");
    assert_snapshot!(told, @"
    14:57: `scripts/none.sh` is missing, expected a file
      help: paths begin in the folder of the scenario, for example `files/motd`
    ");
}

#[test]
fn sql_without_credentials() {
    let told =
        writer("{ http: { post: '/{id}' }, read: { sql: { port: 80, user: u, query: q } } }");
    assert_snapshot!(told, @"
    14:48: `sql` lacks the key `database`
      help: only beside a writer by `sql` it can be left out
    14:48: `sql` lacks the key `password`
      help: only beside a writer by `sql` it can be left out
    ");
    let told = writer(&format!("{{ sql: {{ port: 80, insert: '{{id}}', user: u }}, {READ} }}"));
    assert_snapshot!(told, @"
    14:15: `sql` lacks the key `database`
    14:15: `sql` lacks the key `password`
    ");
}

#[test]
fn mail_to_nobody() {
    let told = writer(&format!("{{ smtp: {{ port: 80, to: me, from: '<a>@b.c' }}, {READ} }}"));
    assert_snapshot!(told, @"
    14:37: `me` is no mail address
      help: expected for example `me@asso.example`
    14:47: `<a>@b.c` is no mail address
      help: expected for example `me@asso.example`
    ");
}

#[test]
fn a_writer_on_a_service_that_keeps_nothing() {
    let stateless = "  doh:\n    on: old\n    container: { image: images/doh, publish: [443] }\n    name: doh.asso.example\n    writer: { http: { port: 443, post: '/{id}' }, read: { http: { port: 443 } } }\nsteps:\n";
    assert_snapshot!(broken("steps:\n", stateless), @"
    18:5: `doh` keeps no data in which a write could be found
      help: name the service that keeps it by `read: { of: SERVICE, ... }`; data is in the `volumes` of a container, or in the `data` of a unit
    ");
    let of_another = stateless
        .replace("read: { http: { port: 443 } }", "read: { of: doh, http: { port: 443 } }");
    assert_snapshot!(broken("steps:\n", &of_another), @"
    18:63: `doh` keeps no data in which a write could be found
      help: name the service that keeps it by `read: { of: SERVICE, ... }`; data is in the `volumes` of a container, or in the `data` of a unit
    ");
    let elsewhere =
        stateless.replace("read: { http: { port: 443 } }", "read: { of: links, http: {} }");
    assert_eq!(broken("steps:\n", &elsewhere), "no mistake\n");
}

#[test]
fn data_that_is_written_to_is_not_the_same_in_two_places() {
    let with = "    budget: 5m\n    writer: { http: { post: '/{id}' }, read: { http: {} } }\n";
    let text = super::SMALL.replace("    budget: 5m\n", with);
    let line = "end_state:\n  same: { same-data: { service: links, on: [old, new] } }\n";
    assert_snapshot!(super::told(&(text + line)), @"
    22:11: the data of `links` cannot be the same: writes go on after the move
      14:5: these
      help: take the line away: that nothing was lost is proved by the writes themselves
    ");
    assert_eq!(added(line), "no mistake\n");
}
