//! Writes while a service moves: what is lost, left behind or there twice on real hosts is so here,
//! and for the same reasons.

use std::{fs, sync::Arc};

use filage::{
    check::{LedgerClass, LedgerVerdict, Reason, Ruling, Verdict},
    history::{Fold, History, Sink, StepOutcome, Tee, What, Write},
    plan::{Choices, Fate, FaultChoice, Plan, resolve},
    scenario::load,
    sim::{Given, World},
    writer::Told,
};

use super::{folder, judged, judged_in, plan, world, world_in};

const MOVE: &str =
    "  - stop: shelf\n    on: old\n  - transfer: { service: shelf, from: old, to: new }\n";
const STOP: &str = "  - stop: shelf\n    on: old\n";
const SWITCH: &str =
    "  - start: shelf\n    on: new\n  - point: { name: www.shelf.example, to: new }\n";
const WRITER: &str = "    writer:\n      http: { port: 8080, post: \"/shelf?id={id}\" }\n      \
                      per_second: 20\n      read: { http: { port: 8080, path: /shelf } }\n";

/// A script at the operator's side that amounts to this.
fn script(id: &str, simulates: &str) -> String {
    format!("  - id: {id}\n    run: scripts/x.sh\n    simulates: [{simulates}]\n")
}

fn copy() -> String {
    script("copy", "{ copy: { service: shelf, from: old, to: new } }, { takes: 1s }")
}

fn clear() -> String {
    script("clear", "{ clear: { service: shelf, on: old } }")
}

/// The shelf with a writer and these steps.
fn shelf(writer: &str, steps: &[&str]) -> Plan {
    scenario("shelf", |text| {
        let (head, rest) = text.split_once("steps:\n").unwrap();
        let (_, tail) = rest.split_once("end_state:\n").unwrap();
        let head = head.replace("    budget: 1m\n", &format!("{writer}    budget: 1m\n"));
        // What is asked of the end elsewhere is not what is asked here.
        let tail = if steps.concat().contains("stop: shelf") {
            tail
        } else {
            "  any: { dns: { name: www.shelf.example, is: new } }\n"
        };
        format!("{head}steps:\n{}\nend_state:\n{tail}", steps.concat())
    })
}

/// A scenario of the tests with another text.
fn scenario(name: &str, edit: impl Fn(&str) -> String) -> Plan {
    let (from, to) = (folder(&format!("tests/scenarios/{name}")), tempfile::tempdir().unwrap());
    copy_folder(&from, to.path());
    fs::create_dir_all(to.path().join("scripts")).unwrap();
    fs::write(to.path().join("scripts/x.sh"), "#!/bin/sh\n").unwrap();
    let file = to.path().join("scenario.yaml");
    let text = edit(&fs::read_to_string(&file).unwrap());
    fs::write(&file, text).unwrap();
    let scenario = load(to.path()).unwrap_or_else(|error| panic!("{error:?}"));
    resolve(&scenario, &Choices::default()).unwrap()
}

fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_folder(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

fn ledger(verdict: &Verdict) -> &LedgerVerdict {
    let [ledger] = verdict.ledger.as_slice() else { panic!("{:#?}", verdict.ledger) };
    ledger
}

/// The ledger fails for this and for nothing else, and says so in these words.
#[track_caller]
fn assert_wrong(verdict: &Verdict, class: LedgerClass, words: &[&str]) {
    let ledger = ledger(verdict);
    assert_eq!(ledger.verdict, Ruling::Fail, "{ledger:#?}");
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
    assert!(ledger.examples.iter().all(|it| it.class == class), "{ledger:#?}");
    let texts: Vec<_> = verdict.reasons.iter().map(|Reason { text, .. }| text.as_str()).collect();
    for words in words {
        assert!(texts.iter().any(|text| text.contains(words)), "`{words}` is not in {texts:#?}");
    }
}

#[test]
fn nothing_that_is_written_while_the_shelf_moves_is_lost() {
    for client in ["fresh", "keepalive"] {
        let writer = format!("{WRITER}      client: {client}\n");
        let verdict = judged(shelf(&writer, &[MOVE, SWITCH]));
        let ledger = ledger(&verdict);
        assert_eq!(verdict.verdict, Ruling::Pass, "{:#?}", verdict.reasons);
        assert_eq!(ledger.present, ledger.acknowledged);
        assert!(ledger.acknowledged > 15 && ledger.failed > 20, "{ledger:#?}");
        let found: Vec<_> = ledger.holdings.iter().map(|it| it.host.as_str()).collect();
        assert_eq!(found, ["new", "old"]);
    }
}

#[test]
fn proxgroup_loses_nothing() {
    for seed in 0..20 {
        let plan = plan("scenarios/proxgroup", &Choices { seed, ..Choices::default() });
        let verdict = judged(plan);
        assert_eq!(verdict.ledger.len(), 4);
        for ledger in verdict.ledger {
            assert_eq!(ledger.verdict, Ruling::Pass, "{seed}: {ledger:#?}");
            assert!(ledger.present == ledger.acknowledged && ledger.present > 50, "{ledger:#?}");
            // Mail waits in its sender's queue until it is taken; the others are turned away.
            let turned_away = ledger.failed + ledger.indeterminate;
            assert_eq!(turned_away == 0, ledger.service.as_str() == "mail", "{seed}: {ledger:#?}");
        }
    }
}

#[test]
fn writes_after_the_copy_and_before_the_stop_are_left_behind() {
    let verdict = judged(shelf(WRITER, &[&copy(), STOP, SWITCH]));
    let words =
        format!("`shelf` left {} acknowledged writes behind on `old`", ledger(&verdict).stranded);
    let rest = ["they are not on `new`", "before `stop-shelf` ended"];
    assert_wrong(&verdict, LedgerClass::Stranded, &[&words, rest[0], rest[1]]);
    assert!(ledger(&verdict).examples.iter().all(|it| it.found[0].host.as_str() == "old"));
}

#[test]
fn writes_after_the_copy_are_lost_when_the_old_host_is_cleared() {
    let verdict = judged(shelf(WRITER, &[&copy(), STOP, SWITCH, &clear()]));
    let words = format!("`shelf` lost {} acknowledged writes", ledger(&verdict).lost);
    assert_wrong(&verdict, LedgerClass::Lost, &[&words, "before `stop-shelf` ended"]);
}

#[test]
fn a_start_without_any_copy_leaves_everything_behind() {
    let verdict = judged(shelf(WRITER, &[STOP, SWITCH]));
    assert_wrong(&verdict, LedgerClass::Stranded, &["acknowledged writes behind on `old`"]);
    let ledger = ledger(&verdict);
    // What the new host took is there, and nothing else.
    assert_eq!(ledger.present + ledger.stranded, ledger.acknowledged);
    assert!(ledger.present > 0);
}

#[test]
fn a_page_of_the_program_is_shown_whatever_became_of_the_data() {
    let plan = Arc::new(shelf(WRITER, &[STOP, SWITCH]));
    let with_files = judged_in(world_in("tests/scenarios/shelf", &plan), &plan);
    assert_eq!(with_files.services[0].verdict, Ruling::Pass, "{:#?}", with_files.reasons);
    // Who does not know the program's files takes the text for a part of the data.
    let without = judged_in(world(&plan), &plan);
    assert_eq!(without.services[0].verdict, Ruling::Fail);
    assert!(without.reasons.iter().any(|it| it.text.contains("its data is empty")));
    // So does who has not read what fills the data: it may stand there too.
    let page = "files/page.html".to_owned();
    let text = fs::read(folder("tests/scenarios/shelf").join(&page)).unwrap();
    let given = Given { files: [(page, text)].into(), ..Given::default() };
    let half = judged_in(World::new(Arc::clone(&plan), Arc::new(given)), &plan);
    assert_eq!(half.services[0].verdict, Ruling::Fail);
}

#[test]
fn a_transfer_of_what_is_still_written_to_does_not_pass() {
    let verdict =
        judged(shelf(WRITER, &["  - transfer: { service: shelf, from: old, to: new }\n"]));
    let text = &verdict.reasons[0].text;
    for words in ["is not what is on `old`", "/srv/shelf", "is the service still running there?"] {
        assert!(text.contains(words), "`{words}` is not in {text}");
    }
    let quiet = judged(shelf("", &["  - transfer: { service: shelf, from: old, to: new }\n"]));
    assert!(quiet.steps.iter().all(|step| step.verdict == Ruling::Pass), "nobody wrote");
}

#[test]
fn writes_that_the_old_host_takes_after_the_switch_are_left_behind_and_listed() {
    let verdict = judged(shelf(WRITER, &[&copy(), SWITCH]));
    assert_wrong(&verdict, LedgerClass::Stranded, &["acknowledged writes behind on `old`"]);
    let late = &ledger(&verdict).late_writes;
    assert!(late.count > 0 && late.count <= ledger(&verdict).stranded, "{late:#?}");
    for write in &late.first {
        assert_eq!((write.host.as_str(), write.address.as_deref()), ("old", Some("198.18.0.10")));
    }
}

#[test]
fn a_pinned_writer_is_turned_away_and_promised_nothing() {
    let verdict = judged(shelf(&format!("{WRITER}      client: pinned\n"), &[MOVE, SWITCH]));
    let ledger = ledger(&verdict);
    assert_eq!((ledger.verdict, ledger.present), (Ruling::Pass, ledger.acknowledged));
    assert!(ledger.failed > 100, "{ledger:#?}");
}

#[test]
fn a_late_writer_goes_on_to_write_to_the_old_host() {
    let verdict = judged(shelf(&format!("{WRITER}      client: late\n"), &[&copy(), SWITCH]));
    assert_wrong(&verdict, LedgerClass::Stranded, &[]);
    let ledger = ledger(&verdict);
    // It never finds the way.
    assert!(ledger.late_writes.count > 5, "{ledger:#?}");
}

#[test]
fn a_script_of_which_nothing_is_said_leaves_nothing_proved() {
    let run = "  - id: dump\n    run: scripts/x.sh\n    on: new\n";
    let verdict = judged(shelf(WRITER, &[MOVE, SWITCH, run]));
    assert_eq!(ledger(&verdict).verdict, Ruling::Unknown, "{:#?}", ledger(&verdict));
    let text = "what was written to `shelf` could not be read on `new`";
    assert!(verdict.reasons.iter().any(|it| it.text.contains(text)), "{:#?}", verdict.reasons);
}

#[test]
fn mail_that_is_in_the_servers_queue_moves_with_it() {
    let verdict = judged(plan("tests/scenarios/post", &Choices::default()));
    let ledger = ledger(&verdict);
    assert_eq!(
        (ledger.verdict, ledger.present),
        (Ruling::Pass, ledger.acknowledged),
        "{ledger:#?}"
    );
    assert!(ledger.acknowledged > 20, "{ledger:#?}");
}

#[test]
fn a_queue_that_is_copied_while_both_sides_run_is_delivered_twice() {
    let plan = scenario("post", |text| {
        let moved =
            "  - stop: relay\n    on: old\n  - transfer: { service: relay, from: old, to: new }\n";
        let copied = script("copy", "{ copy: { service: relay, from: old, to: new } }");
        text.replace(moved, &copied).replace("stopped: { on: old", "running: { on: old")
    });
    let verdict = judged(plan);
    let words =
        format!("`relay` has {} writes more than once on `new`", ledger(&verdict).duplicate);
    assert_wrong(&verdict, LedgerClass::Duplicate, &[&words]);
    let example = &ledger(&verdict).examples[0];
    let found: Vec<_> = example.found.iter().map(|it| (it.host.as_str(), it.times)).collect();
    assert_eq!(found, [("new", 2)]);
}

/// `strict` with another text and with these faults, of which nobody opens a ticket if that is said.
fn strict(faults: &[&str], opens_ticket: bool, edit: impl Fn(&str) -> String) -> Verdict {
    let mut plan = scenario("strict", edit);
    for (id, fault) in &mut plan.faults {
        fault.active = faults.contains(&id.as_str());
    }
    assert_eq!(plan.active_faults().count(), faults.len());
    for step in &mut plan.steps {
        if step.id.as_str() == "ticket" && !opens_ticket {
            step.fate = Fate::Skip;
        }
    }
    let verdict = judged(plan);
    for fault in &verdict.faults {
        assert_eq!(fault.verdict, Ruling::Pass, "{fault:#?}");
    }
    verdict
}

/// Before the ticket, somebody looks this up.
fn looks_up(text: &str, dns: &str) -> String {
    let look =
        format!("  - id: look-up\n    check: [{{ dns: {dns} }}]\n    on_failure: continue\n");
    text.replace("  - id: ticket\n", &format!("{look}  - id: ticket\n"))
}

#[test]
fn mail_of_a_host_without_a_name_waits_until_it_has_one() {
    for faults in [&[][..], &["no-name"]] {
        let verdict = strict(faults, true, str::to_owned);
        assert_eq!(verdict.verdict, Ruling::Pass, "{faults:?}: {:#?}", verdict.reasons);
        let ledger = ledger(&verdict);
        assert!(ledger.acknowledged > 20 && ledger.present == ledger.acknowledged, "{ledger:#?}");
    }
}

#[test]
fn mail_of_a_host_that_nobody_gives_a_name_stays_in_the_queue() {
    let verdict = strict(&["no-name"], false, str::to_owned);
    let words = "meanwhile the address of `new` has no reverse name (fault `no-name`)";
    assert_wrong(&verdict, LedgerClass::Lost, &[words]);
    let named = verdict.end_state.iter().find(|it| it.id.as_str() == "the-address-has-its-name");
    let named = named.unwrap();
    assert_eq!((named.verdict, named.found.as_str()), (Ruling::Fail, "nothing"));
}

#[test]
fn mail_of_a_host_on_a_blocklist_is_bounced() {
    let verdict = strict(&["on-a-list"], true, str::to_owned);
    let words = "meanwhile the address of `new` is on the blocklist `blocklist.example` (fault `on-a-list`)";
    assert_wrong(&verdict, LedgerClass::Lost, &["`relay` lost ", words]);
    let ledger = ledger(&verdict);
    // What the old host took is there, and what the new one took when it was off the list.
    assert_eq!(ledger.present + ledger.lost, ledger.acknowledged);
    assert!(ledger.present > 10 && ledger.lost > 5, "{ledger:#?}");
}

/// A server that is less strict takes it, and so does any from its own host.
#[test]
fn mail_is_taken_by_who_does_not_look() {
    let both = ["no-name", "on-a-list"];
    for (what, instead) in [
        ("nameless: true, listed: [blocklist.example]", "listed: [other.example]"),
        ("    on: hub\n", "    on: new\n"),
    ] {
        let verdict = strict(&both, true, |text| {
            let text = text.replace("running: { on: hub", "running: { on: new");
            match what.contains("hub") {
                true => {
                    text.replace(what, instead).replace("[25]\n    refuses", "[24]\n    refuses")
                }
                false => text
                    .replace("on: new, services: box", "on: hub, services: box")
                    .replace(what, instead),
            }
        });
        let ledger = ledger(&verdict);
        assert_eq!(ledger.verdict, Ruling::Pass, "{instead}: {:#?}", verdict.reasons);
    }
}

/// What the name servers say of an address while a fault lasts.
#[test]
fn names_and_lists_are_looked_up_truly() {
    let new = "11.0.18.198";
    for (dns, without, with) in [
        (
            format!("{{ type: PTR, name: {new}.in-addr.arpa, value: new.strict.example }}"),
            true,
            false,
        ),
        (
            "{ type: PTR, name: relay.strict.example, value: new.strict.example }".to_owned(),
            true,
            false,
        ),
        (format!("{{ name: {new}.blocklist.example, value: 127.0.0.2 }}"), false, true),
        (format!("{{ type: TXT, name: {new}.blocklist.example }}"), false, true),
        (format!("{{ type: A, name: {new}.other.example }}"), false, false),
        ("{ name: 2.0.0.127.blocklist.example, value: 127.0.0.2 }".to_owned(), true, true),
        (
            "{ type: PTR, name: 10.0.18.198.in-addr.arpa, value: old.strict.example }".to_owned(),
            true,
            true,
        ),
    ] {
        for (faults, holds) in [(&[][..], without), (&["no-name", "on-a-list"], with)] {
            let verdict = strict(faults, true, |text| looks_up(text, &dns));
            let look = verdict.steps.iter().find(|step| step.id.as_str() == "look-up").unwrap();
            assert_eq!(look.outcome == Some(StepOutcome::Passed), holds, "{dns} {faults:?}");
        }
    }
}

#[test]
fn a_name_is_back_when_the_last_fault_that_took_it_is_healed() {
    let again = "  again: { reverse-dns-missing: { on: new }, from: { before: ticket }, healed_by: look-after }\n";
    let faults = ["no-name", "again"];
    let with = |text: &str| text.replace("  on-a-list:\n", &format!("{again}  on-a-list:\n"));
    let verdict = strict(&faults, true, with);
    assert_eq!(verdict.verdict, Ruling::Pass, "{:#?}", verdict.reasons);
    let said: Vec<_> = verdict.faults.iter().map(|fault| fault.detail.as_str()).collect();
    assert_eq!(
        said,
        [
            "healed; `new` (198.18.0.11) has no reverse name because of again",
            "`new` (198.18.0.11) has the reverse name `new.strict.example`",
        ]
    );
}

/// Keeps what is told of each write.
#[derive(Default)]
struct Writes(Vec<Write>);

impl Sink for Writes {
    fn begin(&mut self, _: &filage::history::Begin) -> std::io::Result<()> {
        Ok(())
    }
    fn record(&mut self, record: &filage::history::Record) -> std::io::Result<()> {
        if let What::Written(write) = &record.what {
            self.0.push(write.clone());
        }
        Ok(())
    }
}

fn written(plan: Plan) -> (Vec<Write>, History) {
    let plan = Arc::new(plan);
    let (mut writes, mut fold) = (Writes::default(), Fold::default());
    let played =
        filage::engine::rehearse("sim", &plan, &mut world(&plan), &mut Tee(&mut writes, &mut fold));
    played.unwrap();
    writes.0.sort_by_key(|write| write.number);
    (writes.0, fold.finish().unwrap())
}

#[test]
fn each_write_is_told_once_and_hundreds_of_them_in_a_few_lines() {
    let (writes, _) = written(shelf(WRITER, &[MOVE, SWITCH]));
    let mut next = 0;
    for write in &writes {
        assert_eq!(write.number, next);
        next = write.last_number() + 1;
        assert!(write.ended >= write.launched);
        assert_eq!(write.detail.is_empty(), write.told == Told::Acknowledged, "{write:?}");
    }
    assert!(next > 100 && writes.len() < 20, "{next} in {}", writes.len());
}

#[test]
fn who_waits_for_answers_in_vain_has_no_lane_left() {
    let unreachable =
        "faults:\n  cut: { network-down: { on: old }, from: { before: stop-shelf }, for: 20s }\n";
    let plan = scenario("shelf", |text| {
        let writer = format!("{WRITER}      lanes: 2\n      deadline: 3s\n    budget: 1m\n");
        let text = text.replace("    budget: 1m\n", &writer);
        let text = text.replace(
            "  - stop: shelf\n    on: old\n",
            "  - stop: shelf\n    on: old\n    on_failure: { retry: { times: 20, every: 1s } }\n",
        );
        text.replace("end_state:\n", &format!("{unreachable}end_state:\n"))
    });
    assert!(plan.active_faults().count() == 1);
    let (writes, history) = written(plan);
    let verdict = filage::check::verdict(&history);
    let ledger = &verdict.ledger[0];
    assert_eq!(ledger.verdict, Ruling::Pass, "{ledger:#?}");
    // Two lanes, three seconds each, twenty a second: 58 of 60 are left out.
    let vain: Vec<_> = writes
        .iter()
        .filter(|write| {
            write.told == Told::Failed && write.ended.since(write.launched).as_secs_ceil() == 3
        })
        .collect();
    let count: u64 = vain.iter().map(|write| write.count).sum();
    assert!((10..=20).contains(&count), "{count}");
    assert!(ledger.skipped > 300, "{ledger:#?}");
}

#[test]
fn without_faults_the_same_is_true() {
    let choices = Choices { faults: FaultChoice::None, ..Choices::default() };
    let verdict = judged(plan("scenarios/proxgroup", &choices));
    assert!(verdict.ledger.iter().all(|ledger| ledger.verdict == Ruling::Pass));
}
