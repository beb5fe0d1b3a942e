//! Probes that cannot succeed, and clients that are none.

use insta::assert_snapshot;

use super::{added, broken};

#[test]
fn slow_after_the_deadline() {
    let told = broken("http: {}", "http: { slow_after: 2s }");
    assert_snapshot!(told, @"
    12:34: no answer is slow after 2s: it is given up after 2s
      help: choose less than `deadline` of `probing`, or raise that
    ");
    assert_eq!(broken("http: {}", "http: { slow_after: 1999ms }"), "no mistake\n");
}

#[test]
fn slow_at_once() {
    assert_snapshot!(broken("http: {}", "http: { slow_after: 0s }"), @"12:34: every answer would be slow: expected a time, such as `500ms`");
}

#[test]
fn body_of_no_hash() {
    let told = broken("http: {}", "http: { expect: { sha256: abc, ends_with: \"</html>\" } }");
    assert_snapshot!(told, @"
    12:40: `abc` is no SHA-256: expected 64 digits of 0-9 and a-f
    12:40: `sha256` says already what the whole body is
      help: take `contains` and `ends_with` away
    ");
}

#[test]
fn unknown_client() {
    assert_snapshot!(broken("    budget", "    clients: [fresh, keep-alive]\n    budget"), @"
    13:22: unknown word `keep-alive`
      help: did you mean `keepalive`? known words: `fresh`, `keepalive`, `pinned`, `late`
    ");
}

#[test]
fn client_twice() {
    assert_snapshot!(broken("    budget", "    clients: [late, late]\n    budget"), @"13:21: `late` is in the list already");
}

#[test]
fn clients_without_probe() {
    let told = broken("    probe: { http: {} }\n    budget: 5m\n", "    clients: [late]\n");
    assert_snapshot!(told, @"
    12:14: `links` has clients, but no probe that they could ask with
      help: give the service a `probe`
    ");
}

#[test]
fn a_connection_that_there_is_none_of() {
    let told = broken(
        "publish: [80], volumes: { data: /srv } }\n    name: links.asso.example\n    probe: { http: {} }",
        "publish: [53], volumes: { data: /srv } }\n    name: links.asso.example\n    probe: { dns: { query: asso.example } }\n    clients: [pinned, keepalive]",
    );
    assert_snapshot!(told, @"
    13:23: a `dns` probe has no connection to keep
      help: take `keepalive` away; `fresh`, `pinned` and `late` can ask it
    ");
}

#[test]
fn budget_for_a_client_that_nobody_is() {
    let told = broken("budget: 5m", "budget: { fresh: 5m, late: 1h }");
    assert_snapshot!(told, @"
    13:32: `links` has a budget for `late` clients, but none asks it
      help: write `clients: [late]`, or take the budget away
    ");
}

#[test]
fn probing_that_cannot_be() {
    let told = added("probing: { around_changes: 0s, late_by: 1500ms }\n");
    assert_snapshot!(told, @"
    20:28: `0s` is out of range: expected 1ms to 1m
    20:41: `1500ms` is no TTL: expected whole seconds, at least 1s
    ");
}

#[test]
fn a_mail_to_nobody() {
    let told = broken(
        "publish: [80], volumes: { data: /srv } }\n    name: links.asso.example\n    probe: { http: {} }",
        "publish: [25], volumes: { data: /srv } }\n    name: links.asso.example\n    probe: { smtp: { deliver: true } }",
    );
    assert_snapshot!(told, @"
    12:31: nobody is named whom the mail could be delivered to
      help: add for example `to: me@asso.example`
    ");
}

#[test]
fn values_that_no_record_has() {
    for (kind, value) in [
        ("A", "links.asso.example"),
        ("AAAA", "192.0.2.7"),
        ("MX", "mail.asso.example"),
        ("SSHFP", "4 2"),
        ("PTR", "192.0.2.7."),
    ] {
        let probe = format!(
            "publish: [53], volumes: {{ data: /srv }} }}\n    name: links.asso.example\n    \
             probe: {{ dns: {{ query: asso.example, type: {kind}, expect: {{ value: {value} }} }} }}"
        );
        let told = broken(
            "publish: [80], volumes: { data: /srv } }\n    name: links.asso.example\n    probe: { http: {} }",
            &probe,
        );
        let expected = format!(
            "`{value}` is no value of a record of type {kind}\n  help: expected for example"
        );
        assert!(told.contains(&expected), "{told}");
    }
}

#[test]
fn a_program_that_there_is_none_of() {
    let told = broken(
        "probe: { http: {} }",
        "probe: { command: { run: scripts/probe.sh } }\n    clients: [keepalive]",
    );
    assert_snapshot!(told, @"
    12:30: `scripts/probe.sh` is missing, expected a file
      help: paths begin in the folder of the scenario, for example `files/motd`
    13:15: a `command` probe has no connection to keep
      help: take `keepalive` away; `fresh`, `pinned` and `late` can ask it
    ");
}

#[test]
fn a_query_of_nothing() {
    let told = broken(
        "probe: { http: {} }",
        "probe: { sql: { port: 80, user: me, database: links, query: \"\" } }",
    );
    assert_snapshot!(told, @"
    12:65: the query is empty
      help: expected for example `SELECT 1`
    ");
}

#[test]
fn an_unknown_type_of_record() {
    let told = broken(
        "probe: { http: {} }",
        "probe: { dns: { query: asso.example, type: NS, port: 80 } }",
    );
    assert_snapshot!(told, @"
    12:48: unknown word `NS`
      help: known words: `A`, `AAAA`, `PTR`, `MX`, `TXT`, `SSHFP`
    ");
}
