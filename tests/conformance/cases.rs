//! Owns the cases: scenarios and arguments that both worlds play.
//! Must not know: what comes of them.

use filage_tests::scenario::Scenario;

use super::struck;

/// A rehearsal that both worlds play.
pub(super) struct Case {
    /// What it is about, where the arguments do not tell.
    name: &'static str,
    /// What is played.
    pub(super) scenario: fn() -> Scenario,
    /// What else `filage run` is called with.
    pub(super) arguments: &'static [&'static str],
    /// Whether real hosts play it in every `cargo test`.
    pub(super) short: bool,
}

impl Case {
    /// How it is called in tables.
    pub(super) fn title(&self) -> String {
        let words: Vec<&str> = [self.name].into_iter().chain(self.arguments.to_vec()).collect();
        words.join(" ")
    }
}

const fn case(
    name: &'static str,
    scenario: fn() -> Scenario,
    arguments: &'static [&'static str],
) -> Case {
    Case { name, scenario, arguments, short: false }
}

const fn short(
    name: &'static str,
    scenario: fn() -> Scenario,
    arguments: &'static [&'static str],
) -> Case {
    Case { name, scenario, arguments, short: true }
}

fn proxgroup() -> Scenario {
    Scenario::of_users("proxgroup")
}

/// The same with a lowered TTL that outlasts what is done next, however slow the machine: who forgets to
/// wait for it strands clients in any case.
fn with_a_longer_ttl() -> Scenario {
    proxgroup().with("\n      to: 5s\n", "\n      to: 30s\n")
}

fn every() -> Scenario {
    Scenario::of_tests("every")
}

fn notes() -> Scenario {
    Scenario::of_tests("notes")
}

fn tiny() -> Scenario {
    Scenario::of_tests("tiny")
}

fn twins() -> Scenario {
    Scenario::of_tests("twins")
}

fn kinds() -> Scenario {
    Scenario::of_tests("kinds")
}

/// Everything that can go wrong with names and packages, one after the other.
fn names() -> Scenario {
    Scenario::of_tests("names")
}

/// The operator who watches does no more than that.
fn clients() -> Scenario {
    let clients = Scenario::of_tests("clients");
    let text = clients.text();
    let watch = "    run: scripts/watch.sh\n";
    clients.with_text(text.replace(watch, &format!("{watch}    simulates: []\n")))
}

/// A guest book, and the old address of it.
fn guests() -> Scenario {
    Scenario::of_tests("guests")
}

/// Something is wrong with certificates, or with the disk of a host's Docker.
fn vault() -> Scenario {
    Scenario::of_tests("vault")
}

/// A mail server that refuses mail of hosts without a reverse name, and of those on a blocklist.
fn strict() -> Scenario {
    Scenario::of_tests("strict")
}

fn network() -> Scenario {
    Scenario::of_tests("faults-network")
}

/// The same, of a name that has an IPv6 address as well.
fn network_with_ipv6() -> Scenario {
    let forgotten = "  forgotten: { old-aaaa: { name: notes.network.example }, from: start }\n";
    network().with("\nfaults:\n", &format!("\nfaults:\n{forgotten}"))
}

/// A host that loses its network for good while its data is copied.
fn cut_off() -> Scenario {
    notes().and("faults:\n  cut: { network-down: { on: old }, from: { during: transfer-notes } }\n")
}

/// A unit whose port is taken from a moment on, until the migration is over.
fn squatted() -> Scenario {
    notes().and(
        "faults:\n  squatter:\n    port-occupied: { on: new, port: 8080 }\n    from: { at: 0s }\n",
    )
}

/// Somebody puts books on the shelf all the while.
fn written_to() -> Scenario {
    Scenario::of_tests("shelf").with(
        "    budget: 1m\n",
        "    writer:\n      http: { port: 8080, post: \"/shelf?id={id}\", expect: { status: 201 } }\n      \
         per_second: 20\n      read: { http: { port: 8080, path: /shelf } }\n    budget: 1m\n",
    )
}

/// When the new host has taken books for a while, somebody copies the old shelf once more.
fn copied_twice() -> Scenario {
    let again = "  - point: { name: www.shelf.example, to: new }\n  \
                 - id: pause\n    run: scripts/pause.sh\n    simulates: [{ takes: 6s }]\n  \
                 - id: stop-again\n    stop: shelf\n    on: new\n  \
                 - id: copy-again\n    transfer: { service: shelf, from: old, to: new }\n  \
                 - id: start-again\n    start: shelf\n    on: new\n";
    written_to()
        .script("pause.sh", "sleep 6")
        .with("  - point: { name: www.shelf.example, to: new }\n", again)
}

/// Everything happens to hosts, services and copies of data that can.
fn struck() -> Scenario {
    struck::struck(written_to())
}

/// The last step is broken off, and all is taken back.
fn taken_back() -> Scenario {
    Scenario::notes_and_back()
}

/// All cases, those of the story first.
pub(super) const CASES: [Case; 102] = [
    // With and without each of its faults, and with each step forgotten that matters.
    case("proxgroup", proxgroup, &[]),
    case("proxgroup", proxgroup, &["--no-faults"]),
    case("proxgroup", proxgroup, &["--fault", "new-host-without-network"]),
    case("proxgroup", proxgroup, &["--fault", "exim-holds-port-25"]),
    case("proxgroup", proxgroup, &["--skip", "ticket-network"]),
    case("proxgroup", proxgroup, &["--skip", "free-port-25"]),
    case("proxgroup", proxgroup, &["--skip", "copy-images"]),
    case("proxgroup", proxgroup, &["--skip", "lower-ttl"]),
    case("proxgroup, longer TTL", with_a_longer_ttl, &["--skip", "new-ttl-runs-out"]),
    case("proxgroup", proxgroup, &["--skip", "stop-schemas"]),
    case("proxgroup", proxgroup, &["--skip", "transfer-links"]),
    case("proxgroup", proxgroup, &["--skip", "transfer-db"]),
    case("proxgroup", proxgroup, &["--skip", "transfer-mail"]),
    case("proxgroup", proxgroup, &["--skip", "start-db"]),
    case("proxgroup", proxgroup, &["--skip", "point-site"]),
    case("proxgroup", proxgroup, &["--skip", "point-mail"]),
    case("proxgroup", proxgroup, &["--skip", "start-mail"]),
    // Every verb, every fault, each step forgotten.
    short("every", every, &[]),
    case("every", every, &["--no-faults"]),
    case("every", every, &["--fault", "cable"]),
    case("every", every, &["--fault", "blackout"]),
    case("every", every, &["--fault", "storm"]),
    case("every", every, &["--fault", "squatter"]),
    case("every", every, &["--skip", "ticket"]),
    case("every", every, &["--skip", "image-page"]),
    case("every", every, &["--skip", "volume-page"]),
    case("every", every, &["--skip", "lower-ttl"]),
    case("every", every, &["--skip", "old-ttl-runs-out"]),
    case("every", every, &["--skip", "start-hello"]),
    case("every", every, &["--skip", "new-ttl-runs-out"]),
    case("every", every, &["--skip", "stop-hello"]),
    case("every", every, &["--skip", "transfer-page"]),
    short("every", every, &["--skip", "free-port"]),
    case("every", every, &["--skip", "point-page"]),
    // Units and containers with data, clients of every kind, probes of more kinds.
    short("notes", notes, &[]),
    short("notes", notes, &["--skip", "transfer-notes"]),
    case("notes", notes, &["--skip", "stop-notes"]),
    case("notes", notes, &["--until", "start-notes"]),
    case("notes, cut off", cut_off, &[]),
    case("notes, squatted", squatted, &[]),
    case("notes, taken back", taken_back, &[]),
    case("tiny", tiny, &[]),
    short("twins", twins, &["--skip", "start-hello"]),
    case("twins", twins, &[]),
    short("clients", clients, &[]),
    case("kinds", kinds, &["--skip", "other-key", "--skip", "own-key"]),
    // Each fault of the network and of SSH.
    case("faults-network", network, &["--fault", "deaf"]),
    case("faults-network", network, &["--fault", "mute"]),
    case("faults-network", network, &["--fault", "apart"]),
    case("faults-network", network, &["--fault", "lossy"]),
    case("faults-network", network, &["--fault", "far-away"]),
    case("faults-network", network, &["--fault", "narrow"]),
    case("faults-network", network, &["--fault", "tunnel"]),
    case("faults-network", network, &["--fault", "no-way-out"]),
    case("faults-network", network, &["--fault", "no-ssh"]),
    case("faults-network", network, &["--fault", "other-key"]),
    case("faults-network, IPv6", network_with_ipv6, &["--fault", "forgotten", "--fault", "apart"]),
    // Names and packages, with each of the faults.
    case("names", names, &["--no-faults"]),
    case("names", names, &["--fault", "no-mirror"]),
    case("names", names, &["--fault", "battery-empty"]),
    case("names", names, &["--fault", "authority-dies"]),
    case("names", names, &["--fault", "key-revoked"]),
    case("names", names, &["--fault", "resolver-dies"]),
    case("names", names, &["--fault", "all-fail"]),
    case("names", names, &["--fault", "one-fails"]),
    case("names", names, &["--fault", "asked-too-early"]),
    case("names", names, &["--fault", "overstays"]),
    case("names", names, &["--fault", "panel-knows-better"]),
    case("names", names, &["--fault", "killed-by-hand"]),
    // A name whose AAAA record stays behind.
    case("guests", guests, &["--no-faults"]),
    case("guests", guests, &["--fault", "forgotten"]),
    case("guests", guests, &["--fault", "forgotten", "--skip", "keep-at-hand"]),
    case("guests", guests, &["--fault", "forgotten", "--fault", "cable"]),
    case("guests", guests, &["--fault", "found"]),
    // What can be wrong with certificates and disks.
    case("vault", vault, &["--no-faults"]),
    case("vault", vault, &["--fault", "run-out"]),
    case("vault", vault, &["--fault", "too-late"]),
    case("vault", vault, &["--fault", "no-room-at-first"]),
    case("vault", vault, &["--fault", "no-room-to-stop"]),
    case("vault", vault, &["--fault", "no-room-any-more"]),
    case("vault", vault, &["--fault", "worn-out"]),
    // What a strict mail server does not like.
    case("strict", strict, &["--no-faults"]),
    case("strict", strict, &["--fault", "no-name"]),
    case("strict", strict, &["--fault", "no-name", "--skip", "ticket"]),
    case("strict", strict, &["--fault", "on-a-list"]),
    // What becomes of writes.
    short("shelf, written to", written_to, &[]),
    case("shelf, written to", written_to, &["--skip", "transfer-shelf"]),
    case("shelf, copied twice", copied_twice, &[]),
    // What can happen to hosts, services and copies.
    case("shelf, struck", struck, &["--no-faults"]),
    case("shelf, struck", struck, &["--fault", "crash"]),
    case("shelf, struck", struck, &["--fault", "power-cut"]),
    case("shelf, struck", struck, &["--fault", "pause"]),
    case("shelf, struck", struck, &["--fault", "no-boot"]),
    case("shelf, struck", struck, &["--fault", "lease"]),
    case("shelf, struck", struck, &["--fault", "refused"]),
    case("shelf, struck", struck, &["--fault", "slow"]),
    case("shelf, struck", struck, &["--fault", "dies"]),
    case("shelf, struck", struck, &["--fault", "forgotten"]),
    case("shelf, struck", struck, &["--fault", "cut"]),
    case("shelf, struck", struck, &["--fault", "flipped"]),
    case("shelf, struck", struck, &["--fault", "backup"]),
    short(
        "shelf, struck",
        struck,
        &["--fault", "lease", "--fault", "crash", "--fault", "refused", "--fault", "pause"],
    ),
];
