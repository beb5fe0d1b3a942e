//! What exploring finds, in small migrations and in that of the story.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::{
    plan::{Choices, Plan, resolve},
    scenario::{FileKind, Files, parse},
    sim::Given,
};

/// Every file is there.
struct Anything;

impl Files for Anything {
    fn kind(&self, path: &str) -> FileKind {
        match path.contains('.') || path.ends_with("Dockerfile") {
            true => FileKind::File,
            false => FileKind::Folder,
        }
    }
}

/// One service with data moves, as it should.
const SMALL: &str = r#"
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

fn plan(text: &str) -> Plan {
    let scenario = parse("scenario.yaml", text.as_bytes(), &Anything);
    let scenario = scenario.unwrap_or_else(|mistakes| panic!("{}", mistakes.plain()));
    resolve(&scenario, &Choices::default()).expect("nothing is chosen")
}

/// Ends it after so many rehearsals.
struct Until(usize, AtomicUsize);

impl Watcher for Until {
    fn begins(&self, _: &str, _: usize) {}
    fn played(&self) {
        self.1.fetch_add(1, Ordering::Relaxed);
    }
    fn is_over(&self) -> bool {
        self.1.load(Ordering::Relaxed) >= self.0
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
    step `start-links` is skipped
        stuck: end state, budget broken: links, data lost: links
    an older copy of the data of `links` arrives from the start, for 1m
        data lost: links
    step `transfer-links` is skipped
        data lost: links
    `new` does not come back from a reboot after step `volume-links`, for 1m
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
    copies of the data of `links` break off from the start, for 1m
        stuck: migration, budget broken: links
    step `image-links` is skipped
        stuck: migration, budget broken: links
    step `point-links` is skipped
        budget broken: links
    step `stop-links` is skipped
        stuck: migration
    ");
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
        let scenario = parse("scenario.yaml", SMALL.as_bytes(), &Anything).unwrap();
        let base = crate::scenario::Base::new(SMALL.as_bytes(), &scenario);
        let overlay = crate::scenario::Overlay::parse("o.yaml", text.as_bytes(), &base, &Anything);
        let overlay = overlay.unwrap_or_else(|mistakes| panic!("{text}{}", mistakes.plain()));
        let choices = Choices::default().under(&overlay);
        let again = resolve(&overlay.over(scenario), &choices).expect("it is good");
        assert_eq!(again, minimal.schedule.over(&plan), "{text}");
    }
}

#[test]
fn what_cannot_touch_each_other_makes_no_pair() {
    let plan = plan(&SMALL.replace(
        "steps:",
        "  site:\n    on: old\n    name: site.asso.example\n    \
         container: { image: images/site, publish: [80] }\nsteps:\n  - start: site\n    on: new",
    ));
    let singles = cells::singles(&plan);
    let all = pairs::pairs(&plan, &singles, &vec![true; singles.len()]);
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
    let none = pairs::pairs(&plan, &singles, &vec![false; singles.len()]);
    assert_eq!(none, pairs::Pairs::default(), "what fails alone needs no company");
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
