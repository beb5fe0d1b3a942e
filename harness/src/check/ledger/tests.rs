//! Ledgers of made-up histories: each class, each verdict, and what is said of it.

use proptest::prelude::*;

use super::{testing::write, *};
use crate::{
    check::{self, LedgerVerdict, Reason, ReasonKind, testing::Story},
    history::{Ending, StepOutcome::Passed},
    writer::Tally,
};

fn moved() -> Story {
    Story::moved_with_a_writer()
}

/// The same with 30 writes to `old`, 10 that nobody took, and 30 to `new`.
fn written() -> Story {
    moved()
        .wrote(0..30, 0, Told::Acknowledged, "old")
        .wrote(30..40, 3_000, Told::Failed, "old")
        .wrote(40..70, 6_000, Told::Acknowledged, "new")
}

fn judged(story: Story) -> (LedgerVerdict, Vec<Reason>) {
    let mut verdict = check::verdict(&story.complete(12_000).history());
    let reasons = verdict.reasons.into_iter().filter(|it| it.kind == ReasonKind::Ledger).collect();
    (verdict.ledger.remove(0), reasons)
}

/// The verdict, and the only reason for it.
fn told(story: Story) -> (Ruling, String) {
    let (ledger, reasons) = judged(story);
    let texts: Vec<_> = reasons.iter().map(|reason| reason.text.as_str()).collect();
    assert!(reasons.iter().all(|reason| reason.verdict <= ledger.verdict), "{texts:?}");
    (ledger.verdict, texts.join("\n"))
}

fn all() -> impl Iterator<Item = u64> + Clone {
    (0..30).chain(40..70)
}

#[test]
fn all_acknowledged_writes_are_there() {
    let (ledger, reasons) = judged(written().found("new", all()).found("old", 0..30));
    assert_eq!((ledger.verdict, reasons), (Ruling::Pass, vec![]));
    assert_eq!((ledger.acknowledged, ledger.present, ledger.failed), (60, 60, 10));
    assert_eq!((ledger.lost, ledger.stranded, ledger.duplicate, ledger.unseen), (0, 0, 0, 0));
    assert_eq!(ledger.host.as_str(), "new");
    let found: Vec<_> =
        ledger.holdings.iter().map(|it| format!("{}: {}", it.host, it.found)).collect();
    assert_eq!(found, ["new: 60 writes", "old: 30 writes"]);
    assert_eq!((ledger.examples, ledger.late_writes.count), (vec![], 0));
}

#[test]
fn writes_after_the_transfer_and_before_the_stop_are_lost() {
    let (ledger, reasons) =
        judged(written().found("new", all().filter(|n| !(22..30).contains(n))).found("old", []));
    assert_eq!((ledger.verdict, ledger.lost, ledger.present), (Ruling::Fail, 8, 52));
    insta::assert_snapshot!(reasons[0].text, @"`links` lost 8 acknowledged writes: they were made after `transfer-links` began and before `stop-links` began");
    let first = &ledger.examples[0];
    assert_eq!((first.id.as_str(), first.class), ("filage-links-00000022", LedgerClass::Lost));
    let during: Vec<_> = first.during.iter().map(ToString::to_string).collect();
    assert_eq!(during, ["transfer-links"]);
    assert_eq!(ledger.examples.len(), 8);
}

#[test]
fn writes_that_only_the_old_host_has_are_stranded() {
    let story = written()
        .wrote(70..75, 5_600, Told::Acknowledged, "old")
        .found("new", all())
        .found("old", (0..30).chain(70..75));
    let (ledger, reasons) = judged(story);
    assert_eq!((ledger.verdict, ledger.stranded, ledger.lost), (Ruling::Fail, 5, 0));
    insta::assert_snapshot!(reasons[0].text, @"`links` left 5 acknowledged writes behind on `old`, they are not on `new`: they were made after `point-links` ended");
    assert_eq!(ledger.examples[0].found[0].host.as_str(), "old");
    // They went to the old host after the name had been pointed to the new one.
    assert_eq!(ledger.late_writes.count, 5);
    let late = &ledger.late_writes.first[0];
    assert_eq!((late.host.as_str(), late.address.as_deref()), ("old", Some("10.0.0.1")));
    assert_eq!(late.id, "filage-links-00000070");
}

#[test]
fn what_is_there_twice_is_a_duplicate_unless_the_sender_explains_it() {
    let twice = written().found("new", all().chain([5, 7, 7]));
    insta::assert_snapshot!(told(twice).1, @"`links` has 2 writes more than once on `new`: they were made before `transfer-links` began");

    let again = Write { attempts: 3, unanswered: 2, ..write(70, 7_000, Told::Acknowledged, "new") };
    let explained = written().write(again.clone()).found("new", all().chain([70, 70, 70]));
    let (ledger, reasons) = judged(explained);
    assert_eq!((ledger.verdict, reasons), (Ruling::Pass, vec![]));
    assert_eq!((ledger.sent_again, ledger.duplicate, ledger.present), (1, 0, 61));

    let too_often = written().write(again).found("new", all().chain([70; 4]));
    assert_eq!(told(too_often).0, Ruling::Fail);
}

#[test]
fn a_write_that_nobody_answered_may_be_there_or_not() {
    let open = || written().wrote(70..72, 3_000, Told::Indeterminate, "old");
    for (found, recovered) in [(&[][..], 0), (&[70], 1), (&[70, 71], 2)] {
        let (ledger, reasons) = judged(open().found("new", all().chain(found.iter().copied())));
        assert_eq!((ledger.verdict, reasons), (Ruling::Pass, vec![]));
        assert_eq!((ledger.recovered, ledger.indeterminate), (recovered, 2));
    }
    assert_eq!(told(open().found("new", all().chain([70, 70]))).0, Ruling::Fail);
}

#[test]
fn answers_that_are_not_true_prove_nothing() {
    let (ledger, reasons) = judged(written().found("new", all().chain([33, 34, 90, 91])));
    assert_eq!((ledger.verdict, ledger.unexpected), (Ruling::Unknown, 4));
    insta::assert_snapshot!(reasons[0].text, @"`links` has 4 writes that it refused or that nobody made (`filage-links-00000033`, `filage-links-00000034`, `filage-links-00000090`, ...): its answers cannot be relied on, so they prove nothing");
    // That something was lost is certain all the same.
    assert_eq!(told(written().found("new", (0..30).chain([33]))).0, Ruling::Fail);
}

#[test]
fn what_cannot_be_read_is_unknown_and_never_lost() {
    let unread = || Held::Unread("connection refused".to_owned());
    let (ledger, reasons) = judged(written().read("new", unread()).found("old", 0..30));
    assert_eq!((ledger.verdict, ledger.unseen, ledger.lost), (Ruling::Unknown, 60, 0));
    insta::assert_snapshot!(reasons[0].text, @"what was written to `links` could not be read on `new`, so nothing is proved of it: connection refused");
    insta::assert_snapshot!(told(written().found("old", 0..30)).1, @"what was written to `links` was not looked for on `new`, so nothing is proved of it");
    // The other hosts matter only to what is missing.
    assert_eq!(told(written().found("new", all()).read("old", unread())).0, Ruling::Pass);
    let missing = written().found("new", all().skip(1)).read("old", unread());
    insta::assert_snapshot!(told(missing).1, @"`links` lost 1 acknowledged write: it was made before `transfer-links` began; what `old` still has could not be read: connection refused");
}

#[test]
fn a_service_that_is_not_there_holds_nothing() {
    let nothing = Held::Nothing("`new` has no container `links`".to_owned());
    insta::assert_snapshot!(told(written().read("new", nothing).found("old", [])).1, @"`links` lost 60 acknowledged writes; `new` has no container `links`");
}

#[test]
fn without_an_acknowledged_write_nothing_is_proved() {
    let story = moved().wrote(0..5, 0, Told::Failed, "old").found("new", []).found("old", []);
    let (ruling, text) = told(story);
    assert_eq!(ruling, Ruling::Unknown);
    insta::assert_snapshot!(text, @"no write to `links` was acknowledged, so nothing is proved of its data (last heard: refused)");
}

#[test]
fn a_service_that_takes_no_write_after_the_migration_fails() {
    let silent = |client| {
        let story = moved().writer("links", "links", client);
        story.wrote(0..30, 0, Told::Acknowledged, "old").found("new", 0..30)
    };
    let refused = |client| silent(client).wrote(30..35, 8_200, Told::Failed, "new");
    let (ruling, text) = told(refused(Client::Fresh));
    assert_eq!(ruling, Ruling::Fail);
    insta::assert_snapshot!(text, @"`links` took no write any more after the migration, the last at 0:00:02.9 (last heard: refused)");
    // Who holds on to an old address is promised nothing.
    assert_eq!(told(refused(Client::Pinned)), (Ruling::Pass, String::new()));
    // It is not its fault that nobody tried.
    let (ruling, text) = told(silent(Client::Fresh));
    assert_eq!(ruling, Ruling::Unknown);
    insta::assert_snapshot!(text, @"nobody wrote to `links` any more after the migration, the last at 0:00:02.9, so it is not proved that it takes writes");
}

#[test]
fn a_rehearsal_that_ended_early_has_reason_enough() {
    let story = moved().wrote(0..5, 0, Told::Acknowledged, "old");
    let verdict = check::verdict(&story.ended(9_000, Ending::Interrupted, "").history());
    assert_eq!(verdict.ledger[0].verdict, Ruling::Unknown);
    assert!(verdict.reasons.iter().all(|reason| reason.kind != ReasonKind::Ledger));
}

#[test]
fn a_service_that_never_left_is_where_it_was() {
    let story = Story::new()
        .service("links", None)
        .writer("links", "links", Client::Fresh)
        .begin_migrate()
        .wrote(0..5, 0, Told::Acknowledged, "old")
        .found("old", 0..5);
    let (ledger, reasons) = judged(story);
    assert_eq!((ledger.verdict, ledger.host.as_str(), reasons), (Ruling::Pass, "old", vec![]));
}

#[test]
fn a_name_without_a_start_leads_to_where_it_points() {
    let story = Story::new()
        .service("links", None)
        .writer("links", "links", Client::Fresh)
        .point_step("point-links", "links", "new")
        .begin_migrate()
        .played("point-links", 1_000, 1_500, Passed, "")
        .wrote(0..5, 0, Told::Acknowledged, "old")
        .found("new", [])
        .found("old", 0..5);
    assert_eq!(judged(story).0.stranded, 5);
}

#[test]
fn a_ledger_in_a_line() {
    insta::assert_snapshot!(judged(written().found("new", all())).0.summary(), @"60 acknowledged, all there; 10 not taken");
    let story = written()
        .wrote(70..73, 3_000, Told::Indeterminate, "old")
        .wrote(80..82, 6_000, Told::Acknowledged, "old")
        .write(Write { unanswered: 1, skipped: 3, ..write(90, 7_000, Told::Acknowledged, "new") })
        .found("new", all().skip(2).chain([5, 31, 70, 90, 90]))
        .found("old", 80..81);
    insta::assert_snapshot!(judged(story).0.summary(), @"63 acknowledged, 58 there, 3 lost, 1 stranded, 1 there more often than written; 10 not taken, 3 unanswered (1 of them there), 1 there more than once, as they were sent again, 1 there that should not be, 2 taken by another host after the change, 3 left out");
    insta::assert_snapshot!(judged(moved().found("new", [])).0.summary(), @"0 acknowledged");
}

#[test]
fn what_was_left_out_is_counted() {
    let story = written()
        .write(Write { skipped: 7, ..write(70, 7_000, Told::Failed, "new") })
        .found("new", all());
    assert_eq!(judged(story).0.skipped, 7);
}

/// What was said of a write, how often nobody answered, and how often it is on each host.
#[derive(Debug)]
struct Truth {
    told: Option<Told>,
    unanswered: u64,
    new: u64,
    old: u64,
}

impl Truth {
    fn any() -> impl Strategy<Value = Vec<Self>> {
        let told = prop_oneof![
            Just(None),
            Just(Some(Told::Acknowledged)),
            Just(Some(Told::Failed)),
            Just(Some(Told::Indeterminate)),
        ];
        let one = (told, 0_u64..3, 0_u64..3, 0_u64..2).prop_map(|(told, unanswered, new, old)| {
            let unanswered = unanswered + u64::from(told == Some(Told::Indeterminate));
            Self { told, unanswered, new, old }
        });
        proptest::collection::vec(one, 0..40)
    }

    fn is_acknowledged(&self) -> bool {
        self.told == Some(Told::Acknowledged)
    }

    /// As often on the new host as its attempts explain.
    fn is_fine(&self) -> bool {
        (1..=1 + self.unanswered).contains(&self.new)
    }
}

fn tally(truth: &[Truth], times: impl Fn(&Truth) -> u64) -> Tally {
    (0..).zip(truth).flat_map(|(number, one)| (0..times(one)).map(move |_| number)).collect()
}

proptest! {
    #[test]
    fn every_acknowledged_write_is_in_exactly_one_class(
        truth in Truth::any(),
        unread in any::<bool>(),
    ) {
        let mut story = moved();
        for (number, one) in (0..).zip(&truth) {
            if let Some(told) = one.told {
                let unanswered = one.unanswered;
                story = story.write(Write { unanswered, ..write(number, number * 10, told, "old") });
            }
        }
        let new = match unread {
            true => Held::Unread("no".to_owned()),
            false => Held::Writes(tally(&truth, |one| one.new)),
        };
        let (ledger, _) =
            judged(story.read("new", new).read("old", Held::Writes(tally(&truth, |one| one.old))));

        let count = |holds: &dyn Fn(&Truth) -> bool| {
            truth.iter().filter(|one| holds(one)).count() as u64
        };
        prop_assert_eq!(ledger.acknowledged, count(&Truth::is_acknowledged));
        let missing = |one: &Truth| one.is_acknowledged() && one.new == 0;
        if unread {
            prop_assert_eq!(ledger.unseen, ledger.acknowledged);
            prop_assert_eq!((ledger.lost, ledger.stranded, ledger.present), (0, 0, 0));
            prop_assert_ne!(ledger.verdict, Ruling::Pass);
        } else {
            prop_assert_eq!(ledger.lost, count(&|one| missing(one) && one.old == 0));
            prop_assert_eq!(ledger.stranded, count(&|one| missing(one) && one.old > 0));
            prop_assert_eq!(
                ledger.present,
                count(&|one| one.is_acknowledged() && one.is_fine())
            );
            let twice = count(&|one| one.is_acknowledged() && one.new > 0 && !one.is_fine());
            let classes = ledger.present + ledger.lost + ledger.stranded + twice;
            prop_assert_eq!(ledger.acknowledged, classes);
            prop_assert!(ledger.duplicate >= twice);
            if ledger.lost + ledger.stranded + ledger.duplicate > 0 {
                prop_assert_eq!(ledger.verdict, Ruling::Fail);
            }
        }
        let unexpected = count(&|one| {
            let there = (!unread && one.new > 0) || one.old > 0;
            there && matches!(one.told, None | Some(Told::Failed))
        });
        prop_assert_eq!(ledger.unexpected, unexpected);
    }

    #[test]
    fn several_writes_in_a_row_are_judged_as_each_by_itself(
        rows in proptest::collection::vec((any_told(), 1_u64..30, 0_u64..3, any::<bool>()), 1..12),
        new in proptest::collection::vec((0_u64..200, 1_u64..40, 1_u64..3), 0..6),
        old in proptest::collection::vec((0_u64..200, 1_u64..40), 0..4),
    ) {
        let (mut rows_told, mut number, mut at) = (vec![], 0, 0);
        for (told, count, unanswered, is_new) in rows {
            let host = if is_new { "new" } else { "old" };
            let row = write(number, at, told, host);
            let (every_micros, skipped) = (70_000, unanswered);
            rows_told.push(Write { count, every_micros, unanswered, skipped, ..row });
            // Now and then a number is missing.
            number += count + unanswered / 2;
            at += count * 70 + 5;
        }
        let runs = |first, count| first..=first + count - 1;
        let new = new.into_iter().flat_map(|(first, count, times)| vec![runs(first, count); times as usize]);
        let new = Held::Writes(Tally::of_runs(new));
        let old = Tally::of_runs(old.into_iter().map(|(first, count)| runs(first, count)));
        let told = |writes: Vec<Write>| {
            let story = writes.into_iter().fold(moved(), Story::write);
            judged(story.read("new", new.clone()).read("old", Held::Writes(old.clone())))
        };
        let each = rows_told.iter().flat_map(|row| row.numbers().map(|number| row.one(number)));
        prop_assert_eq!(told(each.collect()), told(rows_told.clone()));
    }
}

fn any_told() -> impl Strategy<Value = Told> {
    prop_oneof![Just(Told::Acknowledged), Just(Told::Failed), Just(Told::Indeterminate)]
}
