//! Faults and budgets that cannot be.

use insta::assert_snapshot;

use super::{SMALL, added, broken, told};
use crate::{fault::WORDS, scenario::suggest};

#[test]
fn no_fault() {
    let told = added("faults:\n  f: { from: start }\n");
    let told = told.replace(&suggest::words(&WORDS), "(all kinds)");
    assert_snapshot!(told, @"
    21:3: `f` does not say what goes wrong
      help: add one of (all kinds)
    ");
}

#[test]
fn several_faults() {
    let told = added(
        "faults:\n  f: { from: start, network-down: { on: new }, port-occupied: { on: new, port: 1 } }\n",
    );
    assert_snapshot!(told, @"
    21:21: `f` is several faults: `network-down`, `port-occupied`
      21:48: another one
      help: make a fault of each
    ");
}

#[test]
fn faults_of_the_network_that_cannot_be() {
    let mut all = String::new();
    for kind in [
        "partition: { between: [old] }",
        "partition: { between: [new, new] }",
        "packet-loss: { on: new, percent: 100 }",
        "delay: { on: new, by: 1ms }",
        "delay: { on: new, by: 1s, jitter: 2s }",
        "bandwidth: { on: new, bytes_per_second: 1 }",
        "mtu-black-hole: { on: new, mtu: 1500 }",
        "port-filtered: { on: new, port: 0 }",
        "one-way: { on: new, drops: sideways }",
        "ssh-refused: { on: newer }",
    ] {
        all += &added(&format!("faults:\n  f: {{ {kind}, from: start }}\n"));
    }
    assert_snapshot!(all, @"
    21:30: a partition is between two hosts, not 1
      help: name the two hosts that do not reach each other
    21:30: `new` cannot be cut off from itself
      help: name the two hosts that do not reach each other
    21:41: `100` is out of range: expected 1 to 99
    21:30: `1ms` is out of range: expected 10ms to 10s
    21:42: packets late by 1s cannot come 2s earlier
      help: at most as much as `by`
    21:48: `1` is out of range: expected 10000 to 10000000
    21:40: `1500` is out of range: expected 576 to 1499
    21:40: `0` is out of range: expected 1 to 65535
    21:35: unknown word `sideways`
      help: known words: `incoming`, `outgoing`
    21:27: unknown host `newer`
      help: did you mean `new`? known hosts: `old`, `new`
    ");
}

#[test]
fn exim_elsewhere() {
    let told =
        added("faults:\n  f: { from: start, port-occupied: { on: new, port: 26, by: exim4 } }\n");
    assert_snapshot!(told, @"
    21:53: Exim listens on port 25, not on 26
      help: `by: listener` can hold any port
    ");
}

#[test]
fn healed_too_early() {
    let told = added(
        "faults:\n  f: { from: { during: point-links }, network-down: { on: new }, healed_by: stop-links }\n",
    );
    assert_snapshot!(told, @"
    21:77: `stop-links` is over when the fault begins, it cannot heal it
      21:24: the fault begins here
      help: name a step that comes later
    ");
}

#[test]
fn healed_by_the_past() {
    let told = added(
        "faults:\n  f: { from: { after: stop-links }, network-down: { on: new }, healed_by: stop-links }\n",
    );
    assert_snapshot!(told, @"
    21:75: `stop-links` is over when the fault begins, it cannot heal it
      21:23: the fault begins here
      help: name a step that comes later
    ");
}

#[test]
fn during_a_moment() {
    let told = added(
        "  - wait: { for: 1s, why: w }\nfaults:\n  f: { from: { during: wait }, network-down: { on: new } }\n",
    );
    assert_snapshot!(told, @"
    22:24: nothing can go wrong during `wait`: a `wait` is over in a moment
      help: use `before` or `after`
    ");
}

#[test]
fn two_ends() {
    let told = added(
        "faults:\n  f: { from: start, network-down: { on: new }, healed_by: stop-links, for: 0s }\n",
    );
    assert_snapshot!(told, @"
    21:71: a fault with two ends
      21:48: and with this step
      help: keep one of them
    21:76: a fault of no length never was
    ");
}

#[test]
fn certificates_and_disks_that_nobody_has() {
    let mut all = String::new();
    for kind in [
        "certificate-expired: { service: links, on: new }",
        "certificate-not-issued: { service: link, on: new }",
        "certificate-not-issued: { service: links, on: bare }",
        "disk-full: { on: bare }",
    ] {
        let faults = format!("faults:\n  f: {{ {kind}, from: start }}\n");
        let bare = SMALL.replace("hosts:\n", "hosts:\n  bare: {}\n");
        all += &told(&format!("{bare}{faults}"));
    }
    assert_snapshot!(all, @"
    22:40: `links` has no certificate
      help: give its container the key `tls`: the folder where it finds its certificate
    22:43: unknown service `link`
      help: did you mean `links`? known services: `links`
    22:43: `links` has no certificate
      help: give its container the key `tls`: the folder where it finds its certificate
    22:54: this is about a host's Docker, and `bare` has none
      help: give `bare` the line `docker: true`
    22:25: this is about a host's Docker, and `bare` has none
      help: give `bare` the line `docker: true`
    ");
}

#[test]
fn lists_and_strict_servers_that_cannot_be() {
    let mut all = String::new();
    for kind in [
        "reverse-dns-missing: { on: newer }",
        "address-blacklisted: { on: new, list: bl.asso.example }",
        "address-blacklisted: { on: new, list: 18.198.in-addr.arpa }",
        "address-blacklisted: { on: new, list: blocklist }",
    ] {
        all += &added(&format!("faults:\n  f: {{ {kind}, from: start }}\n"));
    }
    all += &broken("    budget", "    refuses: { nameless: true }\n    budget");
    all += &broken("    budget", "    refuses: { listed: [asso.example] }\n    budget");
    assert_snapshot!(all, @"
    21:35: unknown host `newer`
      help: did you mean `new`? known hosts: `old`, `new`
    21:46: the blocklist `bl.asso.example` is not outside of the zone `asso.example`
      6:15: the zone
      help: name a zone outside of it, such as `blocklist.example`
    21:46: `18.198.in-addr.arpa` is a reverse zone and no blocklist
      help: name a zone outside of it, such as `blocklist.example`
    21:46: `blocklist` is no DNS name: expected for example `links.asso.example`
    13:5: no other service hands mail on to `links`
      help: whose mail is refused shows in what other services take by `writer: { smtp: ... }` and hand on to it: `read: { of: links, ... }`
    13:5: no other service hands mail on to `links`
      help: whose mail is refused shows in what other services take by `writer: { smtp: ... }` and hand on to it: `read: { of: links, ... }`
    13:25: the blocklist `asso.example` is not outside of the zone `asso.example`
      6:15: the zone
      help: name a zone outside of it, such as `blocklist.example`
    ");
}

#[test]
fn addresses_of_names_that_no_service_has() {
    let mut all = String::new();
    for name in ["old.asso.example", "link.asso.example"] {
        all += &added(&format!("faults:\n  f: {{ old-aaaa: {{ name: {name} }}, from: start }}\n"));
    }
    assert_snapshot!(all, @"
    21:26: `old.asso.example` is the name of no service
      help: did you mean `links.asso.example`? known names of services: `links.asso.example`
    21:26: unknown name `link.asso.example`
      help: did you mean `links.asso.example`? known names: `links.asso.example`, `new.asso.example`, `old.asso.example`
    ");
}

#[test]
fn times_that_are_too_long() {
    let told = added(
        "faults:\n  f: { from: start, service-dies: { service: links, on: new, after: 2h } }\n  \
         g: { from: start, service-starts-slowly: { service: links, on: new, by: 0s } }\n",
    );
    let skew =
        added("faults:\n  f: { from: start, clock-skew: { on: new, by: 1s, direction: ahead } }\n");
    assert!(skew.contains("`1s` is out of range: expected 1m to "), "{skew}");
    assert!(told.contains("`2h` is out of range: expected 1s to 1m"), "{told}");
    assert!(told.contains("`0s` is out of range: expected 1s to 1m"), "{told}");
}
