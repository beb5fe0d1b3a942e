//! Keys and values that the format does not have.

use insta::assert_snapshot;

use super::{super::told, SMALL, added, broken};

#[test]
fn unknown_key() {
    let told = broken("    budget: 5m", "    bugdet: 5m");
    assert_snapshot!(told, @"
    13:5: unknown key `bugdet`
      help: did you mean `budget`? known keys: `on`, `container`, `unit`, `needs`, `name`, `probe`, `clients`, `budget`, `writer`, `refuses`
    ");
}

#[test]
fn unknown_key_that_was_needed() {
    let told = broken("    name: links", "    nmae: links");
    assert_snapshot!(told, @"
    11:5: unknown key `nmae`
      help: did you mean `name`? known keys: `on`, `container`, `unit`, `needs`, `name`, `probe`, `clients`, `budget`, `writer`, `refuses`
    ");
}

#[test]
fn missing_keys() {
    let told = broken("filage: 1\nscenario: small\n", "");
    assert_snapshot!(told, @"
    1:1: the key `filage` is missing
    1:1: the key `scenario` is missing
    ");
}

#[test]
fn missing_section() {
    let told = broken("zone: { name: asso.example }\n", "");
    assert_snapshot!(told, @"1:1: the key `zone` is missing");
}

#[test]
fn missing_key_of_a_step() {
    let told = broken("from: old, to: new", "from: old");
    assert_snapshot!(told, @"16:5: `transfer` lacks the key `to`");
}

#[test]
fn wrong_type() {
    let told = broken("new: { docker: true }", "new: { docker: yes }");
    assert_snapshot!(told, @"
    5:18: found `yes`, expected `true` or `false`
      help: write `true`
    ");
}

#[test]
fn quoted_number() {
    let told = broken("filage: 1", "filage: '1'");
    assert_snapshot!(told, @"
    1:9: found the text `1`, expected a whole number
      help: write `1` without quotes
    ");
}

#[test]
fn number_too_large() {
    let told = broken("http: {}", "http: { port: 70000 }");
    assert_snapshot!(told, @"12:28: found `70000`, expected a whole number from 0 to 65535");
}

#[test]
fn no_duration() {
    let told = broken("budget: 5m", "budget: 5 minutess");
    assert_snapshot!(told, @"13:13: `5 minutess` is no duration: expected for example `250ms`, `5m` or `1h 30m`, a year at most");
}

#[test]
fn no_list() {
    let told = broken("publish: [80]", "publish: 80");
    assert_snapshot!(told, @"
    10:48: found `80`, expected a list
      help: write `[80]`
    ");
}

#[test]
fn no_map() {
    let told = broken("probe: { http: {} }", "probe: http");
    assert_snapshot!(told, @"12:12: `http` alone says too little: write `http: ...`");
}

#[test]
fn no_port() {
    let told = broken("publish: [80]", "publish: [eighty]");
    assert_snapshot!(told, @"10:49: found `eighty`, expected a port such as `8080`, or `8080:80` for host and container");
}

#[test]
fn nothing_where_text_is_needed() {
    let told = broken("scenario: small", "scenario:");
    assert_snapshot!(told, @"2:1: found nothing, expected a text");
}

#[test]
fn no_id() {
    let told = broken("  new: { docker", "  New: { docker");
    assert_snapshot!(told, @"5:3: `New` cannot be a name: expected at most 63 lower-case letters, digits and inner hyphens");
}

#[test]
fn no_choice() {
    let told = broken("http: {}", "htttp: {}");
    assert_snapshot!(told, @"
    12:14: unknown key `htttp`
      help: did you mean `http`? known keys: `tcp`, `http`, `https`, `dns`, `doh`, `smtp`, `imap`, `ssh`, `sql`, `command`
    ");
}

#[test]
fn two_choices() {
    let told = broken("http: {}", "http: {}, tcp: { port: 80 }");
    assert_snapshot!(told, @"12:12: found the keys `http`, `tcp`, expected one key out of `tcp`, `http`, `https`, `dns`, `doh`, `smtp`, `imap`, `ssh`, `sql`, `command`");
}

#[test]
fn bad_word() {
    let told = added("faults:\n  f: { network-down: { on: new }, from: strat }\n");
    assert_snapshot!(told, @"
    21:41: unknown word `strat`
      help: did you mean `start`? known words: `start`, `before`, `during`, `after`, `at`
    ");
}

#[test]
fn word_too_little() {
    let told = added("faults:\n  f: { network-down: { on: new }, from: after }\n");
    assert_snapshot!(told, @"21:41: `after` alone says too little: write `after: ...`");
}

#[test]
fn empty_names() {
    let told = broken("links.asso.example, to", "[], to");
    assert_snapshot!(told, @"19:20: the list is empty: expected at least one name");
}

#[test]
fn retry_without_times() {
    let told = broken("    on: new", "    on: new\n    on_failure: { retry: {} }");
    assert_snapshot!(told, @"19:19: `retry` lacks the key `times`");
}

#[test]
fn format_version() {
    let told = broken("filage: 1", "filage: 2");
    assert_snapshot!(told, @"
    1:9: unknown format version `2`
      help: this program reads version 1
    ");
}

#[test]
fn same_alias_twice() {
    let told =
        told(&SMALL.replace("{ docker: true }", "*h").replacen("*h", "&h { dokcer: true }", 1));
    assert_snapshot!(told, @"
    4:13: unknown key `dokcer`
      help: did you mean `docker`? known keys: `provider`, `image`, `docker`, `user`, `packages`, `files`
    ");
}

#[test]
fn all_at_once() {
    let told = told(
        &SMALL
            .replace(
                "docker: true }\n  new: { docker: true }",
                "docker: yes }\n  new: { dokcer: true }",
            )
            .replace("budget: 5m", "budget: soon")
            .replace("stop: links", "stop: lnks")
            .replace("to: new }\n", "to: nwe }\n"),
    );
    assert_snapshot!(told, @"
    4:18: found `yes`, expected `true` or `false`
      help: write `true`
    5:10: unknown key `dokcer`
      help: did you mean `docker`? known keys: `provider`, `image`, `docker`, `user`, `packages`, `files`
    13:13: `soon` is no duration: expected for example `250ms`, `5m` or `1h 30m`, a year at most
    15:11: unknown service `lnks`
      help: did you mean `links`? known services: `links`
    16:48: unknown host `nwe`
      help: did you mean `new`? known hosts: `old`, `new`
    19:44: unknown host `nwe`
      help: did you mean `new`? known hosts: `old`, `new`
    ");
}

#[test]
fn what_follows_is_not_told() {
    let told = broken("  old: { docker: true }", "  old: { docker: maybe }");
    assert_snapshot!(told, @"4:18: found `maybe`, expected `true` or `false`");
}
