//! Careless moves of what is written to all along: writes are lost, left behind, or have nowhere to
//! go.

use filage::{
    check::{LedgerClass, LedgerVerdict, Ruling},
    history::Sample,
};
use filage_tests::{
    rehearsal::{Played, play},
    scenario::Scenario,
    turn::Turn,
};

use super::{MOVE, by_console, shelf_that};

/// The shelf with these steps, and somebody who puts books there.
fn written_to_while(steps: &str) -> Scenario {
    shelf_that(steps).with(
        "    budget: 1m\n",
        "    writer:\n      http: { port: 8080, post: \"/shelf?id={id}\", expect: { status: 201 } }\n      \
         per_second: 20\n      read: { http: { port: 8080, path: /shelf } }\n    budget: 1m\n",
    )
}

/// A step that runs a script of the same name as the operator, who can log in everywhere.
fn by_hand(id: &str) -> String {
    format!("  - id: {id}\n    run: scripts/{id}.sh\n")
}

/// Waits until a host has ten books more than before.
fn ten_more(host: &str) -> String {
    let books = format!("$(ssh {host} 'sudo wc -l < /srv/shelf/books')");
    format!("had={books}\nwhile [ {books} -lt $((had + 10)) ]; do sleep 0.1; done\n")
}

const COPY: &str = "ssh old 'sudo tar -C /srv -cf - shelf' | ssh new 'sudo tar -C /srv -xf -'\n";

const SWITCH: &str =
    "  - start: shelf\n    on: new\n  - point: { name: www.shelf.example, to: new }\n";

#[test]
fn nothing_that_is_written_while_the_shelf_moves_is_lost() {
    let Some(turn) = Turn::of_one() else { return };
    let played = play(written_to_while(MOVE), &[]).with_code(0);
    let ledger = played.ledger("shelf");
    assert_eq!((ledger.verdict, ledger.present), (Ruling::Pass, ledger.acknowledged));
    assert!(ledger.holdings.len() == 2 && ledger.examples.is_empty(), "{ledger:#?}");
    played.assert_gone(&turn.engine);
}

#[test]
fn writes_after_the_copy_and_before_the_stop_are_left_behind() {
    let Some(turn) = Turn::of_one() else { return };
    let stop = "  - stop: shelf\n    on: old\n";
    let scenario = written_to_while(&[&by_hand("copy"), stop, SWITCH].concat())
        .script("copy.sh", &(ten_more("old") + COPY + &ten_more("old")));
    let played = play(scenario, &[]).with_code(1);
    let ledger = assert_wrong(&played, LedgerClass::Stranded);
    assert!(ledger.stranded >= 10, "{ledger:#?}");
    let words = format!("`shelf` left {} acknowledged writes behind on `old`", ledger.stranded);
    played.assert_reasons(&[&words, "they are not on `new`", "before `stop-shelf` ended"]);
    assert!(ledger.examples.iter().all(|it| it.found[0].host.as_str() == "old"));
    played.assert_gone(&turn.engine);
}

#[test]
fn writes_after_the_copy_are_lost_when_the_old_host_is_cleared() {
    let Some(turn) = Turn::of_one() else { return };
    let stop = "  - stop: shelf\n    on: old\n";
    let scenario =
        written_to_while(&[&by_hand("copy"), stop, SWITCH, &by_console("clear", "old")].concat())
            .script("copy.sh", &(ten_more("old") + COPY + &ten_more("old")))
            .script("clear.sh", "rm -r /srv/shelf");
    let played = play(scenario, &[]).with_code(1);
    let ledger = assert_wrong(&played, LedgerClass::Lost);
    assert!(ledger.lost >= 10, "{ledger:#?}");
    let words = format!("`shelf` lost {} acknowledged writes", ledger.lost);
    played.assert_reasons(&[&words, "before `stop-shelf` ended"]);
    assert!(ledger.examples.iter().all(|it| it.found.is_empty()), "{ledger:#?}");
    played.assert_gone(&turn.engine);
}

#[test]
fn a_transfer_of_what_is_still_written_to_does_not_pass() {
    let Some(turn) = Turn::of_one() else { return };
    let steps = "  - transfer: { service: shelf, from: old, to: new }\n";
    let played = play(written_to_while(steps), &[]).with_code(1);
    played.assert_reasons(&[
        "is not what is on `old`",
        "/srv/shelf",
        "is the service still running there?",
    ]);
    played.assert_gone(&turn.engine);
}

#[test]
fn writes_that_the_old_host_takes_after_the_switch_are_left_behind_and_listed() {
    let Some(turn) = Turn::of_one() else { return };
    // Whoever was told the old address for an hour goes on to write there until the run ends. The
    // shelf's own two seconds may be over just when the name is switched, and nobody is late then.
    let scenario = written_to_while(&[&by_hand("copy"), SWITCH].concat())
        .with("ttl: 2s", "ttl: 1h")
        .script("copy.sh", COPY);
    let played = play(scenario, &[]).with_code(1);
    let ledger = assert_wrong(&played, LedgerClass::Stranded);
    let late = &ledger.late_writes;
    assert!(late.count > 0 && late.count <= ledger.stranded, "{ledger:#?}");
    let old = played.address("old");
    for write in &late.first {
        assert_eq!((write.host.as_str(), write.address.as_deref()), ("old", Some(old.as_str())));
        assert_eq!(write.client.to_string(), "fresh");
    }
    played.assert_reasons(&["acknowledged writes behind on `old`"]);
    let words = format!("{} taken by another host after the change", late.count);
    assert!(played.said.stdout.contains(&words), "`{words}` is not in\n{}", played.said.stdout);
    played.assert_gone(&turn.engine);
}

#[test]
fn a_volume_restored_from_an_older_copy_has_lost_what_came_after_it() {
    let Some(turn) = Turn::of_one() else { return };
    let scenario =
        written_to_while(&[MOVE, &by_hand("back-up"), &by_console("restore", "new")].concat())
            .script(
                "back-up.sh",
                &format!("{}ssh new 'sudo cp /srv/shelf/books /root'\n{0}", ten_more("new")),
            )
            .script(
                "restore.sh",
                "systemctl stop shelf\ncp /root/books /srv/shelf/books\nsystemctl start shelf",
            );
    let played = play(scenario, &[]).with_code(1);
    let ledger = assert_wrong(&played, LedgerClass::Lost);
    assert!(ledger.lost >= 10 && ledger.stranded == 0, "{ledger:#?}");
    played.assert_reasons(&[&format!("`shelf` lost {} acknowledged writes", ledger.lost)]);
    played.assert_gone(&turn.engine);
}

#[test]
fn a_desk_that_moves_before_its_shelf_finds_none() {
    let Some(turn) = Turn::of_one() else { return };
    let desk = "  desk:
    on: old
    needs: [shelf]
    name: desk.shelf.example
    unit:
      name: desk.service
      file: files/desk.service
      files: { /opt/desk.py: files/desk.py }
      listens: [8090]
    probe: { http: { port: 8090 } }
    writer:
      http: { port: 8090, post: \"/shelf?id={id}\", expect: { status: 201 } }
      read: { of: shelf, http: { port: 8080, path: /shelf } }
    budget: 500ms

steps:
";
    // The new host is prepared for the shelf that it will have, and the desk goes there first.
    let steps = [
        &by_console("prepare", "new"),
        "  - stop: desk\n    on: old\n  - start: desk\n    on: new\n",
        "  - point: { name: desk.shelf.example, to: new }\n",
        &by_console("rest", "new"),
        MOVE,
    ];
    let scenario = shelf_that(&steps.concat())
        .with("steps:\n", desk)
        .script("prepare.sh", "echo 127.0.0.1 www.shelf.example >> /etc/hosts")
        .script("rest.sh", "sleep 3");
    let played = play(scenario, &[]).with_code(1);
    let desk = played.service("desk");
    assert_eq!(desk.verdict, Ruling::Fail);
    played.assert_reasons(&["`desk` was down for", "over the budget of 500ms"]);
    let lost_for_words =
        |it: &Sample| it.service.as_str() == "desk" && it.detail.contains("status 502");
    let at_a_loss: Vec<Sample> = played.samples().filter(lost_for_words).collect();
    let on_new = |it: &Sample| it.host.as_ref().is_some_and(|host| host.as_str() == "new");
    assert!(at_a_loss.iter().filter(|it| on_new(it)).count() > 10, "{at_a_loss:#?}");
    // Nobody was told that a book is on the shelf that is not.
    let ledger = played.ledger("desk");
    assert_eq!((ledger.verdict, ledger.lost + ledger.stranded), (Ruling::Pass, 0), "{ledger:#?}");
    assert!(ledger.failed + ledger.indeterminate > 0, "{ledger:#?}");
    played.assert_gone(&turn.engine);
}

/// The ledger fails for this and for nothing else.
#[track_caller]
fn assert_wrong(played: &Played, class: LedgerClass) -> &LedgerVerdict {
    let ledger = played.ledger("shelf");
    assert_eq!((ledger.verdict, played.service("shelf").verdict), (Ruling::Fail, Ruling::Pass));
    let LedgerVerdict { lost, stranded, duplicate, unexpected, .. } = ledger;
    let all = [
        (LedgerClass::Lost, *lost),
        (LedgerClass::Stranded, *stranded),
        (LedgerClass::Duplicate, *duplicate),
        (LedgerClass::Unexpected, *unexpected),
    ];
    for (of, count) in all {
        assert_eq!(count > 0, of == class, "{ledger:#?}");
    }
    assert!(ledger.examples.iter().all(|it| it.class == class));
    ledger
}
