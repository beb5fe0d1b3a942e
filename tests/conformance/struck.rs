//! Owns a migration in which everything happens to hosts, services and copies of data that can, one
//! fault at a time or several.
//! Must not know: what comes of it.

use filage_tests::scenario::Scenario;

/// The books move from host to host, with somebody who tries again, compares, and looks after it.
const STEPS: &str = r#"
  - stop: shelf
    on: old
  - transfer: { service: shelf, from: old, to: new }
    on_failure: { retry: { times: 20, every: 1s } }
  - id: compare
    check:
      - same-data: { service: shelf, on: [old, new] }
    on_failure: continue
  - start: shelf
    on: new
    on_failure: { retry: { times: 20, every: 1s } }
  - point: { name: www.shelf.example, to: new }
  - id: look-after
    run: scripts/pause.sh
    simulates: [{ takes: 8s }]
  - id: start-again
    start: shelf
    on: new
    on_failure: { retry: { times: 20, every: 1s } }

"#;

/// Faults that end while somebody still tries again, and those that are found later.
const FAULTS: &str = r#"
faults:
  crash: { host-crash: { on: new }, from: { before: transfer-shelf }, for: 5s }
  power-cut: { host-crash: { on: new }, from: { after: point-www }, for: 3s }
  pause: { host-pause: { on: new }, from: { after: point-www }, for: 5s }
  no-boot: { boot-fails: { on: new }, from: { before: transfer-shelf }, for: 5s }
  lease: { lease-ended: { on: new }, from: { before: transfer-shelf }, for: 5s }
  refused: { service-does-not-start: { service: shelf, on: new }, from: { before: start-shelf }, for: 6s }
  slow: { service-starts-slowly: { service: shelf, on: new, by: 3s }, from: { before: start-shelf } }
  dies: { service-dies: { service: shelf, on: new }, from: { before: start-shelf }, healed_by: look-after }
  forgotten: { service-not-enabled: { service: shelf, on: new }, from: { after: start-again } }
  cut: { transfer-interrupted: { service: shelf }, from: { before: transfer-shelf }, for: 8s }
  flipped: { transfer-corrupted: { service: shelf }, from: { before: transfer-shelf } }
  backup: { transfer-older-copy: { service: shelf }, from: start }
"#;

/// A shelf that somebody puts books on all the while, with a file beside them in whose middle no book
/// is, for whoever flips a bit there.
pub(super) fn struck(written_to: Scenario) -> Scenario {
    let text = written_to.text();
    let (head, rest) = text.split_once("steps:\n").expect("the shelf has steps");
    let (_, end) = rest.split_once("end_state:\n").expect("and an end");
    let filled = "fill: { /srv/shelf/books: files/books";
    assert!(head.contains(filled), "{head}");
    let head = head.replace(filled, &format!("{filled}, /srv/shelf/ballast: scripts/ballast.sh"));
    let text =
        format!("{head}probing: {{ every: 500ms }}\n\nsteps:{STEPS}end_state:\n{end}{FAULTS}");
    written_to
        .script("pause.sh", "sleep 8")
        .script("ballast.sh", &"# nobody reads this\n".repeat(4_000))
        .with_text(text)
}
