//! What exploring finds, in small migrations and in that of the story.

use std::{
    cmp::Ordering,
    sync::atomic::{self, AtomicUsize},
};

use super::*;
use crate::{
    base::Duration,
    check::{Seconds, Verdict},
    plan::{Choices, Plan, resolve},
    rehearsals::Rehearsals,
    scenario::{
        Spread, Timings,
        testing::{Anything, scenario},
    },
    sim::Given,
};

/// One service with data moves, as it should.
pub(super) const SMALL: &str = r#"
filage: 1
scenario: small
hosts:
  old: { docker: true }
  new: { docker: true }
zone: { name: asso.example, ttl: 5s }
services:
  links:
    on: old
    container: { image: images/links, publish: [8080], volumes: { data: /srv } }
    name: links.asso.example
    probe: { http: { port: 8080 } }
    budget: 2m
    writer:
      http: { port: 8080, post: /a, form: { lsturl: "{id}" } }
      read: { http: { port: 8080, path: /all } }
steps:
  - image: { services: [links], from: old, to: new }
  - volume: links
    on: new
  - stop: links
  - transfer: { service: links, from: old, to: new }
  - start: links
    on: new
  - point: { name: links.asso.example, to: new }
end_state:
  moved: { running: { on: new, services: [links] } }
"#;

pub(super) fn plan(text: &str) -> Plan {
    resolve(&scenario(text), &Choices::default()).expect("nothing is chosen")
}

/// Ends it after so many rehearsals.
struct Until(usize, AtomicUsize);

impl Watcher for Until {
    fn begins(&self, _: &str, _: usize) {}
    fn played(&self) {
        self.1.fetch_add(1, atomic::Ordering::Relaxed);
    }
    fn is_over(&self) -> bool {
        self.1.load(atomic::Ordering::Relaxed) >= self.0
    }
    fn is_interrupted(&self) -> bool {
        self.is_over()
    }
}

fn patient() -> Until {
    Until(usize::MAX, AtomicUsize::new(0))
}

fn explored(plan: &Plan, limits: Limits) -> Findings {
    explore(plan, Given::default(), limits, &patient())
}

const SINGLES: Limits = Limits { pairs: 0, random: 0, threads: 2 };

#[test]
fn the_findings_are_the_same_on_any_number_of_threads() {
    let plan = plan(SMALL);
    let on = |threads| explored(&plan, Limits { pairs: 10, random: 5, threads });
    assert_eq!(on(1), on(5));
}

#[test]
fn a_small_migration_survives_some_and_not_all() {
    let findings = explored(&plan(SMALL), SINGLES);
    assert_eq!(findings.as_it_is, [].into());
    assert!(!findings.partial);
    let told: Vec<String> = findings
        .minimal
        .iter()
        .map(|it| {
            let failures = it.failures.iter().map(|it| format!("{}: {}", it.outcome, it.what));
            format!("{}\n    {}", it.schedule, failures.collect::<Vec<_>>().join(", "))
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    step `start-links` is done too early, before `transfer-links`
        stuck: migration, budget broken: links, data lost: links
    step `start-links` is done on `old` instead
        stuck: end state, budget broken: links, data lost: links
    step `start-links` is left out
        stuck: end state, budget broken: links, data lost: links
    step `transfer-links` is left out
        data lost: links
    an older copy of the data of `links` arrives from the start, for 1m
        data lost: links
    `new` does not come back from a reboot after step `volume-links`, for 1m
        stuck: migration, budget broken: links
    the disk of the Docker of `new` is full after step `image-links`, for 1m
        stuck: migration, budget broken: links
    the authoritative server does not answer before step `image-links`, for 1m
        stuck: migration, budget broken: links
    the authoritative server refuses updates from the start, for 1m
        stuck: migration, budget broken: links
    `new` has crashed after step `volume-links`, for 1m
        stuck: migration, budget broken: links
    `new` stands still after step `volume-links`, for 1m
        stuck: migration, budget broken: links
    the lease of `old` has ended after step `stop-links`, for 1m
        stuck: migration, budget broken: links
    packets of more than 1400 bytes from and to `new` vanish after step `volume-links`, for 1m
        stuck: migration, budget broken: links
    `new` is without network after step `volume-links`, for 1m
        stuck: migration, budget broken: links
    what is sent to `new` is lost after step `volume-links`, for 1m
        stuck: migration, budget broken: links
    port 8080 of `new` is held by a listener from the start, for 1m
        stuck: migration, budget broken: links
    `links` dies 2s after its start on `new` from the start, for 1m
        stuck: end state, budget broken: links
    `links` does not start on `new` from the start, for 1m
        stuck: migration, budget broken: links
    `new` has another SSH host key after step `volume-links`, for 1m
        stuck: migration, budget broken: links
    `new` refuses SSH after step `volume-links`, for 1m
        stuck: migration, budget broken: links
    step `stop-links` is broken off after all is done
        stuck: migration, budget broken: links
    step `image-links` is left out
        stuck: migration, budget broken: links
    copies of the data of `links` break off from the start, for 1m
        stuck: migration, budget broken: links
    step `transfer-links` is begun 3m late
        budget broken: links
    step `point-links` is left out
        budget broken: links
    step `transfer-links` is done too early, before `stop-links`
        stuck: migration
    step `stop-links` is done on `new` instead
        stuck: migration
    step `stop-links` is left out
        stuck: migration
    ");
}

#[test]
fn what_only_explains_changes_no_failure() {
    let plan = plan(SMALL);
    let rehearsals = Rehearsals::new(plan.clone(), Given::default());
    let crew = crew::Crew::new(&plan, &rehearsals, &Nobody, 1);
    let mut failing = 0;
    for single in cells::singles(&plan) {
        let schedule = Schedule(vec![single.mishap.clone()]);
        let expected = failures(&crew.verdict(&schedule));
        failing += usize::from(!expected.is_empty());
        assert_eq!(crew.play(&schedule), expected, "{schedule}");
    }
    assert!(failing > 100, "{failing}");
}

/// Plays nights in which all of this goes wrong and one thing more: each is the same as if it were played from
/// the beginning. Returns how many of them were not.
fn same_from_where_it_begins(plan: &Plan, schedule: &Schedule, singles: &[cells::Single]) -> usize {
    let mut rehearsals = Rehearsals::new(schedule.over(plan), Given::default());
    let more = |single: &cells::Single| single.mishap.over(rehearsals.plan()).expect("it is new");
    let more: Vec<_> = singles.iter().map(more).collect();
    let mut told = vec![0; more.len()];
    let branched = rehearsals.with_each(plan.seed, &more, |place, judge, history| {
        told[place] += 1;
        let schedule = schedule.and([singles[place].mishap.clone()]);
        let whole = Rehearsals::new(schedule.over(plan), Given::default()).verdict(plan.seed);
        assert_eq!(judge.verdict(history), whole, "{schedule}");
    });
    assert!(told.iter().all(|times| *times == 1), "{told:?}");
    branched
}

#[test]
fn a_night_is_the_same_from_where_something_else_begins() {
    let plan = plan(SMALL);
    let singles = cells::singles(&plan);
    let own = Schedule::default();
    let is_early = |single: &&cells::Single| single.fault == "step-early";
    let early = singles.iter().filter(is_early).count();
    let branched = same_from_where_it_begins(&plan, &own, &singles);
    assert!(early > 0 && branched > 200);
    assert_eq!(branched, singles.len() - early, "but for steps that are done too early");
    // Whatever goes wrong already: faults, traps, slips of each kind.
    for single in singles.iter().step_by(singles.len() / 40) {
        let some: Vec<_> = singles.iter().filter(|other| *other != single).cloned().collect();
        let some: Vec<_> = some.into_iter().step_by(7).collect();
        same_from_where_it_begins(&plan, &Schedule(vec![single.mishap.clone()]), &some);
    }
}

#[test]
fn what_was_found_until_the_end_is_kept() {
    let plan = plan(SMALL);
    let all = explored(&plan, SINGLES);
    let some = explore(&plan, Given::default(), SINGLES, &Until(9, AtomicUsize::new(0)));
    assert!(some.partial);
    assert!(some.cells.len() >= 9 && some.cells.len() < all.cells.len(), "{}", some.cells.len());
    assert_eq!(some.cells, all.cells[..some.cells.len()]);
}

#[test]
fn an_overlay_plays_the_schedule_again() {
    let plan = plan(SMALL);
    let findings = explored(&plan, SINGLES);
    assert!(!findings.minimal.is_empty());
    for minimal in findings.minimal {
        let text = minimal.schedule.overlay(&plan, "again").to_yaml();
        let scenario = scenario(SMALL);
        let base = crate::scenario::Base::new(SMALL.as_bytes(), &scenario);
        let overlay = crate::scenario::Overlay::parse("o.yaml", text.as_bytes(), &base, &Anything);
        let overlay = overlay.unwrap_or_else(|mistakes| panic!("{text}{}", mistakes.plain()));
        let choices = Choices::default().under(&overlay);
        let again = resolve(&overlay.over(scenario), &choices).expect("it is good");
        assert_eq!(again, minimal.schedule.over(&plan), "{text}");
    }
}

#[test]
fn what_the_plan_leaves_out_is_forgotten_in_every_schedule_too() {
    let mut left_out = plan(SMALL);
    left_out.steps[5].fate = crate::plan::Fate::Skip;
    let forgotten = Mishap::skipped(left_out.steps[5].id.clone());
    let own = Schedule::of(&left_out);
    assert_eq!(own, Schedule(vec![forgotten]));
    assert_eq!(own.over(&left_out), own.over(&plan(SMALL)));
    assert_eq!(Schedule::default().over(&left_out), plan(SMALL), "nothing goes wrong");
    let overlay = own.overlay(&left_out, "").to_yaml();
    assert!(overlay.contains("step-skipped: { step-skipped: { step: point-links } }"), "{overlay}");
}

#[test]
fn what_cannot_touch_each_other_makes_no_pair() {
    let plan = plan(&SMALL.replace(
        "steps:",
        "  site:\n    on: old\n    name: site.asso.example\n    \
         container: { image: images/site, publish: [80] }\nsteps:\n  - start: site\n    on: new",
    ));
    let singles = cells::singles(&plan);
    let usual = usual(&plan);
    let noticed: Vec<_> = (0..singles.len()).map(|place| Some(noticed(&usual, place))).collect();
    let all = pairs::pairs(&plan, &singles, &noticed, &usual);
    let has = |one: &str, other: &str| {
        all.worth.iter().any(|(first, second)| {
            let targets = [&singles[*first].target, &singles[*second].target];
            targets == [one, other] || targets == [other, one]
        })
    };
    assert!(!has("new:80", "new:8080"), "each port is another service's");
    assert!(has("new", "new:8080") && has("new", "new:80"), "all services come to the host");
    let is_cut = |index: &usize| {
        let single = &singles[*index];
        single.fault == "network-down" && single.target == "new"
    };
    let twice = all.worth.iter().any(|(first, second)| is_cut(first) && is_cut(second));
    assert!(!twice, "a fault twice is one that lasts longer");
    let none = pairs::pairs(&plan, &singles, &vec![None; singles.len()], &usual);
    assert_eq!(none, pairs::Pairs::default(), "what fails alone needs no company");
}

/// What becomes of it if nothing goes wrong.
fn usual(plan: &Plan) -> Verdict {
    Rehearsals::new(plan.clone(), Given::default()).verdict(plan.seed)
}

/// A night like the usual one but for a downtime that no other one has.
fn noticed(usual: &Verdict, place: usize) -> Verdict {
    let mut night = usual.clone();
    night.services[0].downtime.max_seconds =
        Seconds(Duration::from_secs(1_000 + 10 * place as u64));
    night
}

#[test]
fn of_moments_that_nobody_tells_apart_only_the_nearest_one_makes_a_pair() {
    let plan = plan(SMALL);
    let (singles, usual) = (cells::singles(&plan), usual(&plan));
    let place = |single: &cells::Single| plan.steps.iter().position(|it| it.id == single.step);
    let is = |single: &cells::Single, fault: &str| single.fault == fault && single.target == "new";
    type Alone<'a> = &'a dyn Fn(usize) -> Option<Verdict>;
    // How many pairs there are with the delay before the slow disk, beside it, and after it.
    let pairs = |delay: Alone, disk: Alone| {
        let alone = |(place, single): (usize, &cells::Single)| match single.fault {
            "delay" => delay(place),
            "disk-slow" => disk(place),
            _ => None,
        };
        let alone: Vec<_> = singles.iter().enumerate().map(alone).collect();
        let mut counts = [0; 3];
        for (one, other) in pairs::pairs(&plan, &singles, &alone, &usual).worth {
            let both = [&singles[one], &singles[other]];
            let find = |fault| both.into_iter().find(|single| is(single, fault));
            if let (Some(delay), Some(disk)) = (find("delay"), find("disk-slow")) {
                let side = [Ordering::Less, Ordering::Equal, Ordering::Greater]
                    .iter()
                    .position(|it| *it == place(delay).cmp(&place(disk)));
                counts[side.expect("it is one of them")] += 1;
            }
        }
        counts
    };
    let told_apart: Alone = &|place| Some(noticed(&usual, place));
    let as_usual: Alone = &|_| Some(usual.clone());
    let all_the_same: Alone = &|_| Some(noticed(&usual, 0));
    let [before, beside, after] = pairs(told_apart, told_apart);
    assert!(before > 0 && beside > 0 && after > 0);
    assert_eq!(pairs(as_usual, told_apart), [0, beside, after]);
    assert_eq!(pairs(told_apart, as_usual), [before, beside, 0]);
    assert_eq!(pairs(as_usual, as_usual), [0, beside, 0]);
    assert_eq!(pairs(all_the_same, told_apart), [0, beside, after]);
    assert_eq!(pairs(told_apart, &|_| None), [0, 0, 0]);
}

#[test]
fn what_is_left_out_of_the_pairs_fails_at_a_nearer_step_too() {
    let plan = plan(SMALL);
    let (singles, usual, own) = (cells::singles(&plan), usual(&plan), Schedule::of(&plan));
    let rehearsals = Rehearsals::new(plan.clone(), Given::default());
    let crew = crew::Crew::new(&plan, &rehearsals, &Nobody, 1);
    let night = |places: &[usize]| {
        crew.verdict(&own.and(places.iter().map(|place| singles[*place].mishap.clone())))
    };
    let seen = |place| {
        let night = night(&[place]);
        failures(&night).is_empty().then_some(night)
    };
    let alone: Vec<_> = (0..singles.len()).map(seen).collect();
    let all_noticed: Vec<_> = (0..singles.len())
        .map(|place| alone[place].as_ref().map(|_| noticed(&usual, place)))
        .collect();
    let worth = pairs::pairs(&plan, &singles, &alone, &usual).worth;
    let mut left_out = pairs::pairs(&plan, &singles, &all_noticed, &usual).worth;
    left_out.retain(|pair| !worth.contains(pair));
    assert!(left_out.len() > 100, "{}", left_out.len());
    let failures_of = |(one, other): &pairs::Pair| {
        let mut failures = failures(&night(&[*one, *other]));
        // That one fault keeps the other from being seen is no weakness of the migration's.
        failures.retain(|failure| failure.outcome != Outcome::Unknown);
        failures
    };
    let what = |(one, other): &pairs::Pair| {
        let mut both = [one, other].map(|it| (singles[*it].fault, &singles[*it].target));
        both.sort_unstable();
        both
    };
    for pair in left_out.into_iter().step_by(7) {
        let failures = failures_of(&pair);
        let mut nearer = worth.iter().filter(|other| what(other) == what(&pair));
        let is_found = failures.is_empty() || nearer.any(|it| failures_of(it) == failures);
        assert!(is_found, "{:#?}: {failures:?}", [&singles[pair.0], &singles[pair.1]]);
    }
}

#[test]
fn what_helps_most_is_found_by_trying() {
    let plan = plan(&SMALL.replace("ttl: 5s", "ttl: 1h"));
    let findings = explored(&plan, Limits { random: 0, pairs: 0, threads: 2 });
    let advice = findings.advice.expect("users are stranded for an hour");
    assert!(advice.text.starts_with("lower the TTL of all names"), "{}", advice.text);
    assert_eq!((advice.before, advice.after), (Outcome::BudgetBroken, Outcome::Survived));
    assert_eq!(advice.edit.len(), 2, "{:?}", advice.edit);
    let saved: Vec<&str> = advice.saves.iter().map(|saving| saving.what.as_str()).collect();
    assert_eq!(saved, ["all of it", "links"]);
}

#[test]
fn a_long_copy_is_advised_to_begin_before_the_stop() {
    let plan = plan(&SMALL.replace("budget: 2m", "budget: 30m"));
    let step = plan.steps[3].id.clone();
    let advised = |minutes: u64| {
        let takes = Duration::from_secs(60 * minutes);
        let spread = Spread { least: takes, usual: takes, most: takes };
        let timings = Timings { steps: [(step.clone(), spread)].into(), ..Timings::default() };
        let given = Given { timings, ..Given::default() };
        explore(&plan, given, SINGLES, &patient()).advice
    };
    let advice = advised(9).expect("it saves eight minutes");
    assert!(advice.text.starts_with("copy the data of `links` before `stop-links`"), "{advice:?}");
    assert_eq!(advice.edit, ["- transfer: { service: links, from: old, to: new, ahead: true }"]);
    let saved = |advice: &Advice| {
        let of = advice.saves.iter().find(|it| it.what == "links").expect("it is links that moves");
        let seconds = |down: Option<Seconds>| down.expect("it ends").0.as_seconds();
        seconds(of.before) - seconds(of.after)
    };
    assert!((470.0..485.0).contains(&saved(&advice)), "{:?}", advice.saves);
    // What takes moments anyway is not worth a step.
    let moments = explored(&plan, SINGLES).advice;
    assert!(moments.is_none_or(|it| !it.text.contains("only what differs")));
}

/// The same with a way back from every step; `start` is what undoes the start on the new host.
fn with_a_way_back(start: &str) -> Plan {
    let undo = |text: String, (step, undo): (&str, &str)| {
        assert!(text.contains(step), "{step}");
        text.replace(step, &format!("{step}    undo: [{undo}]\n"))
    };
    let text = [
        ("  - stop: links\n", "{ start: links, on: old }"),
        ("  - start: links\n    on: new\n", start),
        (
            "  - id: point-links\n    point: { name: links.asso.example, to: new }\n",
            "{ point: { name: links.asso.example, to: old } }",
        ),
    ];
    let watched = "  - id: watch\n    wait: { for: 1m, why: whether all is well }\nend_state:";
    let small = SMALL.replace("  - point:", "  - id: point-links\n    point:");
    let small = small.replace("end_state:", watched);
    plan(&text.into_iter().fold(small, undo))
}

/// What is half started may not be there to be stopped.
const STOPPED: &str = "{ stop: links, on: new, on_failure: continue }";
const STOPPED_AND_COPIED_BACK: &str = "{ stop: links, on: new, on_failure: continue }, \
                                       { transfer: { service: links, from: new, to: old } }";

fn aborted(plan: &Plan) -> Aborts {
    abort(plan, Given::default(), 2, &patient())
}

#[test]
fn a_migration_that_can_be_taken_back_is_so_from_everywhere() {
    let aborts = aborted(&with_a_way_back(STOPPED_AND_COPIED_BACK));
    let bad: Vec<_> = aborts.cells.iter().filter(|it| it.outcome != Outcome::Survived).collect();
    assert!(bad.is_empty(), "{bad:#?}");
    assert!(aborts.cells.iter().all(|cell| cell.is_back == Some(true)), "{:#?}", aborts.cells);
    assert_eq!((aborts.point_of_no_return, aborts.partial), (None, false));
    assert_eq!(aborts.coverage[0].played, 20, "six steps, three moments, and two of the wait");
    let took = |step: &str| {
        let last = aborts.cells.iter().rfind(|cell| cell.step.as_str() == step).expect(step);
        last.took.expect("all is back").max_seconds
    };
    assert!(took("point-links") > took("stop-links"), "there is more to undo");
    assert_eq!(took("image-links").0, Duration::ZERO, "nothing was down");
}

#[test]
fn writes_that_a_rollback_leaves_behind_make_a_point_of_no_return() {
    let plan = with_a_way_back(STOPPED);
    let aborts = aborted(&plan);
    let point = aborts.point_of_no_return.as_ref().expect("new writes are on the new host alone");
    let lost = Failure { outcome: Outcome::DataLost, what: "links".to_owned() };
    assert!(point.failures.contains(&lost), "{point:#?}");
    assert_eq!(point.since(), "once step `watch` is done", "nobody writes there before");
    assert!(point.why.contains("`links` left"), "{}", point.why);
    let told = |it: &Minimal| (it.schedule.to_string(), it.failures.contains(&lost));
    assert_eq!(
        aborts.minimal.iter().map(told).collect::<Vec<_>>(),
        [("step `watch` is broken off after all is done, and all is rolled back".to_owned(), true)]
    );
    let Abort { step, moment, .. } = &aborts.cells[aborts.worst_first()[0]];
    assert_eq!((step.as_str(), *moment), ("watch", Moment::After));
}

#[test]
fn a_service_that_no_undo_starts_again_is_no_way_back() {
    let mut plan = with_a_way_back(STOPPED_AND_COPIED_BACK);
    let stop = plan.steps.iter_mut().find(|step| step.id.as_str() == "stop-links");
    stop.expect("it is there").undo.clear();
    let point = aborted(&plan).point_of_no_return.expect("it stays down");
    assert_eq!(point.since(), "once step `stop-links` is done");
    let down = Failure { outcome: Outcome::BudgetBroken, what: "links".to_owned() };
    assert!(point.failures.contains(&down), "{point:#?}");
}

#[test]
fn what_takes_longer_than_its_budget_is_back_but_late() {
    let mut plan = with_a_way_back(STOPPED_AND_COPIED_BACK);
    plan.rollback.as_mut().expect("it has one").budget = Some(Duration::from_secs(1));
    let aborts = aborted(&plan);
    assert_eq!(aborts.worst(), Outcome::BudgetBroken);
    assert_eq!(aborts.point_of_no_return, None, "late, and all of it");
    let late = aborts.minimal.iter().flat_map(|it| &it.failures).map(|it| it.what.as_str());
    assert_eq!(late.collect::<Vec<_>>(), ["rollback"]);
}

#[test]
fn what_the_scenario_lets_fail_can_be_broken_off_and_taken_back() {
    let mut plan = with_a_way_back(STOPPED_AND_COPIED_BACK);
    let start = plan.steps.iter_mut().find(|step| step.id.as_str() == "start-links");
    start.expect("it is there").on_failure = crate::scenario::OnFailure::Continue;
    let aborts = aborted(&plan);
    let cells: Vec<_> =
        aborts.cells.iter().filter(|cell| cell.step.as_str() == "start-links").collect();
    assert_eq!(cells.len(), 3);
    assert!(cells.iter().all(|cell| cell.is_back == Some(true)), "{cells:#?}");
}
