//! The summary for a person at a terminal: in about ten lines what was down how long and why, what
//! failed, and what to look at next.

use std::fmt::{self, Write};

use crate::{
    check::{
        CauseKind, GroupVerdict, LedgerVerdict, Outage, PhaseKind, Ruling, ServiceVerdict,
        StepVerdict, Verdict,
    },
    history::StepOutcome,
};

/// How the summary is written, and what else the reader should know.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whether the terminal shows colours.
    pub colour: bool,
    /// Where the report is.
    pub report: Option<String>,
    /// The command that plays it again.
    pub again: Option<String>,
}

/// The most reasons that are shown; the report has all.
const REASONS: usize = 3;
/// The most lines of reasons and of downtime together.
const LINES: usize = 6;

/// The most lines of advice.
const ADVICE: usize = 1;
/// The smallest share of an outage that is told.
const WORTH_TELLING: f64 = 0.1;

/// The summary, with a final end of line.
pub fn render(verdict: &Verdict, options: &Options) -> String {
    let mut text = String::new();
    write(&mut text, verdict, options).expect("a text in memory can be written");
    text
}

fn write(out: &mut String, verdict: &Verdict, options: &Options) -> fmt::Result {
    headline(out, verdict, options)?;
    let reasons = room(verdict.reasons.len(), REASONS);
    for reason in &verdict.reasons[..reasons] {
        let mark = match reason.verdict {
            Ruling::Fail => "✗",
            Ruling::Unknown => "?",
            Ruling::Pass => "✓",
        };
        writeln!(out, "  {} {}", paint(reason.verdict, mark, options), reason.text)?;
    }
    more(out, verdict.reasons.len() - reasons)?;
    downtime(out, verdict, LINES.saturating_sub(reasons), options)?;
    rollback(out, verdict)?;
    ledger(out, verdict, options)?;
    faults(out, verdict)?;
    steps(out, verdict)?;
    end_state(out, verdict)?;
    if !verdict.egress_refused.is_empty() {
        let names: Vec<_> =
            verdict.egress_refused.iter().map(|refused| refused.name.as_str()).collect();
        writeln!(out, "Refused   {} (nothing leaves the world)", few(&names))?;
    }
    if let Some(again) = options.again.as_ref().filter(|_| verdict.verdict != Ruling::Pass) {
        writeln!(out, "Again     {again}")?;
    }
    if let Some(report) = &options.report {
        writeln!(out, "Report    {report}")?;
    }
    Ok(())
}

fn headline(out: &mut String, verdict: &Verdict, options: &Options) -> fmt::Result {
    let word = verdict.verdict.to_string().to_uppercase();
    writeln!(
        out,
        "{} {} in {} of story time (world {}, seed {}, run {})",
        paint(verdict.verdict, &word, options),
        verdict.scenario,
        verdict.story_seconds,
        verdict.world,
        verdict.seed,
        verdict.run,
    )
}

/// Services that were down, and groups, a line each, the worst where there are too many; services
/// that were not share one.
fn downtime(out: &mut String, verdict: &Verdict, lines: usize, options: &Options) -> fmt::Result {
    let whole = |service: &&ServiceVerdict| {
        service.outages.is_empty()
            && service.slow_times.is_empty()
            && service.verdict == Ruling::Pass
    };
    let (up, down): (Vec<_>, Vec<_>) = verdict.services.iter().partition(whole);
    if !verdict.services.is_empty() {
        writeln!(out, "Downtime")?;
    }
    let services = down.iter().map(|service| (service.verdict, service_line(service)));
    let groups = verdict.groups.iter().map(|group| (group.verdict, group_line(group)));
    let mut rows: Vec<_> = services.chain(groups).collect();
    let shown = room(rows.len(), lines);
    let left_out = rows.len() - shown;
    if left_out > 0 {
        rows.sort_by_key(|(ruling, _)| std::cmp::Reverse(*ruling));
        rows.truncate(shown);
    }
    for (ruling, row) in rows {
        writeln!(out, "  {}  {row}", paint(ruling, &format!("{ruling:<7}"), options))?;
    }
    more(out, left_out)?;
    if !up.is_empty() {
        let names: Vec<_> = up.iter().map(|service| service.title()).collect();
        let mark = paint(Ruling::Pass, "pass   ", options);
        writeln!(out, "  {mark}  {}: never seen down{}", names.join(", "), blind(&up))?;
    }
    advice(out, verdict)
}

/// How short an outage of one of them could have gone unseen.
fn blind(services: &[&ServiceVerdict]) -> String {
    let all = services.iter().filter_map(|service| service.unseen_seconds_max).max();
    let changes =
        services.iter().filter_map(|service| service.unseen_around_changes_seconds_max).max();
    let Some(all) = all else { return String::new() };
    let around = changes.filter(|changes| *changes < all);
    let around = around.map_or_else(String::new, |max| format!("; under {max} around changes"));
    format!(" (an outage under {all} could go unseen{around})")
}

/// What would shorten the worst downtime.
fn advice(out: &mut String, verdict: &Verdict) -> fmt::Result {
    let mut advised: Vec<_> =
        verdict.services.iter().filter(|service| service.advice.is_some()).collect();
    advised
        .sort_by_key(|service| std::cmp::Reverse((service.verdict, service.downtime.max_seconds)));
    for service in advised.into_iter().take(ADVICE) {
        let advice = service.advice.as_deref().unwrap_or_default();
        writeln!(out, "Advice    {}: {advice}", service.title())?;
    }
    Ok(())
}

fn service_line(service: &ServiceVerdict) -> String {
    let mut line = format!("{}: ", service.title());
    if service.outages.is_empty() && service.verdict == Ruling::Pass {
        line += "never seen down";
    } else {
        line += &service.in_words();
    }
    let longest = service.outages.iter().max_by_key(|outage| outage.max_seconds);
    let split = longest.map_or_else(Vec::new, Outage::split);
    let told: Vec<_> = split
        .iter()
        .filter(|(kind, share)| *share >= WORTH_TELLING && *kind != PhaseKind::Unexplained)
        .map(|(kind, share)| format!("{:.0}% {kind}", share * 100.0))
        .collect();
    if !told.is_empty() {
        line += &format!(" ({})", told.join(", "));
    }
    if let Some(slow) = service.slow() {
        line += &format!(", slow for {slow}");
    }
    let causes = causes(service);
    if !causes.is_empty() {
        line += &format!(", by {}", few(&causes));
    }
    line
}

fn group_line(group: &GroupVerdict) -> String {
    format!("together ({}): {}", group.name, group.in_words())
}

/// How many of so many lines are shown. A single one too many takes no more room than to say so.
fn room(lines: usize, most: usize) -> usize {
    if lines <= most + 1 { lines } else { most }
}

/// Where to find what a section has no room for.
fn more(out: &mut String, left_out: usize) -> fmt::Result {
    match left_out {
        0 => Ok(()),
        _ => writeln!(out, "  … and {left_out} more, see report.html"),
    }
}

/// The causes of all outages of a service, each once, the weightiest of each outage first.
fn causes(service: &ServiceVerdict) -> Vec<&str> {
    let mut names = vec![];
    for cause in service.outages.iter().flat_map(|outage| &outage.causes) {
        if !names.contains(&cause.id.as_str()) {
            names.push(&cause.id);
        }
    }
    // A fault says more than the step that met it.
    let is_fault = |id: &str| {
        let mut all = service.outages.iter().flat_map(|outage| &outage.causes);
        all.any(|cause| cause.kind == CauseKind::Fault && cause.id == id)
    };
    names.sort_by_key(|id| !is_fault(id));
    names
}

fn rollback(out: &mut String, verdict: &Verdict) -> fmt::Result {
    let Some(rollback) = &verdict.rollback else { return Ok(()) };
    writeln!(out, "Rollback  after `{}` failed: {}", rollback.step, rollback.in_words())
}

/// Ledgers that are not as they must be a line each; the others share one.
fn ledger(out: &mut String, verdict: &Verdict, options: &Options) -> fmt::Result {
    let passes = |ledger: &&LedgerVerdict| ledger.verdict == Ruling::Pass;
    let (kept, not): (Vec<_>, Vec<_>) = verdict.ledger.iter().partition(passes);
    if !verdict.ledger.is_empty() {
        writeln!(out, "Ledger")?;
    }
    let shown = room(not.len(), LINES);
    let line = |ledger: &LedgerVerdict| format!("{}: {}", ledger.service, ledger.summary());
    let mut rows: Vec<_> =
        not.iter().take(shown).map(|ledger| (ledger.verdict, line(ledger))).collect();
    match kept.as_slice() {
        [] => {}
        [only] => rows.push((Ruling::Pass, line(only))),
        kept => {
            let names: Vec<_> = kept.iter().map(|ledger| ledger.service.as_str()).collect();
            let acknowledged: u64 = kept.iter().map(|ledger| ledger.acknowledged).sum();
            let all = format!("{}: {acknowledged} acknowledged, all there", names.join(", "));
            rows.push((Ruling::Pass, all));
        }
    }
    for (ruling, row) in rows {
        writeln!(out, "  {}  {row}", paint(ruling, &format!("{ruling:<7}"), options))?;
    }
    more(out, not.len() - shown)
}

fn faults(out: &mut String, verdict: &Verdict) -> fmt::Result {
    if verdict.faults.is_empty() {
        return Ok(());
    }
    let told: Vec<_> = verdict
        .faults
        .iter()
        .map(|fault| {
            let bit = if fault.bite_verified { "bit" } else { "not seen to bite" };
            let gone = if fault.gone_verified { "gone" } else { "not seen to go" };
            match fault.injected_at {
                Some(_) => format!("{}: {bit}, {gone}", fault.id),
                None => format!("{}: never came", fault.id),
            }
        })
        .collect();
    writeln!(out, "Faults    {}", told.join("; "))
}

fn steps(out: &mut String, verdict: &Verdict) -> fmt::Result {
    let words = |step: &StepVerdict| match (step.outcome, step.verdict) {
        (Some(StepOutcome::Passed), _) => "passed",
        (Some(StepOutcome::Failed | StepOutcome::TimedOut), Ruling::Pass) => "failed as allowed",
        (Some(StepOutcome::Failed | StepOutcome::TimedOut), _) => "failed",
        (Some(StepOutcome::Skipped), _) => "skipped",
        (Some(StepOutcome::NotReached) | None, _) => "not reached",
    };
    let told: Vec<_> = ["passed", "failed as allowed", "failed", "skipped", "not reached"]
        .into_iter()
        .map(|word| (verdict.steps.iter().filter(|step| words(step) == word).count(), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if told.is_empty() { Ok(()) } else { writeln!(out, "Steps     {}", told.join(", ")) }
}

fn end_state(out: &mut String, verdict: &Verdict) -> fmt::Result {
    if verdict.end_state.is_empty() {
        return Ok(());
    }
    let of = |wanted| verdict.end_state.iter().filter(move |line| line.verdict == wanted);
    let all = verdict.end_state.len();
    write!(out, "End state {} of {all} hold, also after a restart", of(Ruling::Pass).count())?;
    for (ruling, word) in [(Ruling::Fail, "fails"), (Ruling::Unknown, "unknown")] {
        let ids: Vec<_> = of(ruling).map(|line| line.id.as_str()).collect();
        if !ids.is_empty() {
            write!(out, "; {word}: {}", few(&ids))?;
        }
    }
    writeln!(out)
}

/// The first of many.
fn few(names: &[&str]) -> String {
    const SHOWN: usize = 4;
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{shown}, {} more", names.len() - SHOWN) } else { shown }
}

/// SGR codes (ECMA-48), understood by every terminal that says that it has colours.
fn paint(ruling: Ruling, text: &str, options: &Options) -> String {
    let code = match ruling {
        Ruling::Pass => 32,
        Ruling::Unknown => 33,
        Ruling::Fail => 31,
    };
    if options.colour { format!("\x1b[1;{code}m{text}\x1b[0m") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        check::{self, testing::Story},
        history::Refused,
        writer::Told,
    };

    fn rendered(story: &Story) -> String {
        let report = Some("runs/r1/report.html".to_owned());
        let again = Some("filage run tiny --seed 7".to_owned());
        let options = Options { colour: false, report, again };
        render(&check::verdict(&story.history()), &options)
    }

    #[test]
    fn a_pass() {
        insta::assert_snapshot!(rendered(&Story::moved_links()), @"
        PASS tiny in 6s of story time (world none, seed 7, run r1)
        Downtime
          pass     links: down 1.2s to 1.6s of 5s (94% starting), by squatter, start-links, stop-links
          pass     together (all): down 1.2s to 1.6s of 10s
        Advice    links: 1.5s of 1.6s is starting: start it before the stop if it can run twice, or see in its log what it waits for (step `start-links`)
        Faults    squatter: bit, gone
        Steps     2 passed
        End state 1 of 1 hold, also after a restart
        Report    runs/r1/report.html
        ");
    }

    #[test]
    fn a_service_that_nobody_saw_is_not_said_to_have_been_down_for_no_time() {
        let story = Story::new().service("links", Some("5m")).begin_migrate().complete(9_000);
        let text = rendered(&story);
        assert!(text.contains("  unknown  links: not seen\n"), "{text}");
        assert!(!text.contains("down 0s"), "{text}");
    }

    #[test]
    fn a_service_with_budget_0_that_was_not_seen_for_a_while_is_not_said_to_have_been_down() {
        let story = Story::new().service("doh", Some("0")).group("all", &["doh"], "1s");
        let story = story.begin_migrate().sampled("doh", 0..13_000, "...???????...");
        let text = rendered(&story.complete(13_000));
        assert!(text.contains("  unknown  doh: not seen for 8s\n"), "{text}");
        assert!(text.contains("  unknown  together (all): not seen\n"), "{text}");
        assert!(!text.contains("down 0s"), "{text}");
    }

    #[test]
    fn a_summary_of_many_failures_is_short_and_shows_the_worst() {
        let mut story = Story::new();
        for n in 0..20 {
            let budget = if n == 13 { "0" } else { "5m" };
            story =
                story.service(&format!("s{n}"), Some(budget)).run_step(&format!("run-{n}"), "new");
        }
        story = story.begin_migrate();
        for n in 0..20_u64 {
            let samples = if n == 0 { ".........." } else { "..xx......" };
            let (service, step, at) = (format!("s{n}"), format!("run-{n}"), 1_000 + n);
            story = story.sampled(&service, 0..10_000, samples);
            story = story.played(&step, at, at + 1, StepOutcome::Failed, "no");
        }
        let text = rendered(&story.complete(10_000));
        assert!(text.lines().count() <= 15, "{text}");
        assert!(text.contains("and 18 more, see report.html"), "{text}");
        assert!(text.contains("  fail     s13: down 1s to 3s of 0s"), "{text}");
        assert!(text.contains("s0: never seen down"), "{text}");
    }

    #[test]
    fn a_fail() {
        let story = Story::new()
            .service_at("mail", Some("5m"), 25)
            .service("doh", Some("0"))
            .group("all", &["mail", "doh"], "10m")
            .stop_step("stop-mail", "mail", "old")
            .run_step("free-port-25", "new")
            .skip("free-port-25")
            .start_step("start-mail", "mail", "new")
            .start_step("point", "mail", "new")
            .port_fault("exim-holds-port-25", "new", 25, Some("free-port-25"))
            .expect_listener("mail-listens", "new", 25)
            .expect_listener("web-listens", "new", 443)
            .begin_migrate()
            .fault_bites("exim-holds-port-25", 0)
            .sampled("mail", 0..20_000, "....xxxxxxxxxxxxxxxx")
            .sampled("doh", 0..20_000, "....................")
            .played("stop-mail", 3_500, 4_200, StepOutcome::Passed, "")
            .not_played("free-port-25", 4_200, StepOutcome::Skipped)
            .played("start-mail", 4_200, 6_000, StepOutcome::Failed, "address already in use")
            .not_played("point", 6_000, StepOutcome::NotReached)
            .fault_gone("exim-holds-port-25", 7_000)
            .refused(Refused { who: "new".into(), name: "telemetry.example".into() })
            .complete(20_000);
        insta::assert_snapshot!(rendered(&story), @"
        FAIL tiny in 20s of story time (world none, seed 7, run r1)
          ✗ step `start-mail` (start `mail` on `new`) failed: address already in use; fault `exim-holds-port-25` was there: port 25 of `new` is held by exim4, and step `free-port-25` that ends it was skipped
          ✗ `mail` was still down at the end, after 17s in all (last seen: refused); put down to step `start-mail`, fault `exim-holds-port-25`, step `stop-mail` (port 25 of `new` is held by exim4)
          ✗ of `all` together, at least one was still down at the end, after 17s in all (`mail`)
          ? 2 of 2 lines of the end state were not looked at twice, after the migration and after a restart of the hosts
        Downtime
          fail     mail: down 15s to 17s of 5m (93% a taken port), by exim-holds-port-25, start-mail, stop-mail
          fail     together (all): down 15s to 17s of 10m
          pass     doh: never seen down (an outage under 1s could go unseen)
        Advice    mail: 15.8s of 17s is a taken port: look for listeners on its ports before the stop, not after it (step `start-mail`)
        Faults    exim-holds-port-25: bit, gone
        Steps     1 passed, 1 failed, 1 skipped, 1 not reached
        End state 0 of 2 hold, also after a restart; unknown: mail-listens, web-listens
        Refused   telemetry.example (nothing leaves the world)
        Again     filage run tiny --seed 7
        Report    runs/r1/report.html
        ");
    }

    #[test]
    fn a_ledger() {
        let story = Story::moved_with_a_writer()
            .wrote(0..30, 0, Told::Acknowledged, "old")
            .wrote(30..60, 6_000, Told::Acknowledged, "new")
            .found("new", 1..60);
        let text = rendered(&story.complete(12_000));
        assert!(
            text.contains("Ledger\n  fail     links: 60 acknowledged, 59 there, 1 lost\n"),
            "{text}"
        );
        assert!(text.contains("`links` lost 1 acknowledged write"), "{text}");
    }

    #[test]
    fn colours_only_where_asked() {
        let verdict = check::verdict(&Story::moved_links().history());
        assert!(!render(&verdict, &Options::default()).contains('\x1b'));
        assert!(
            render(&verdict, &Options { colour: true, ..Options::default() }).contains("\x1b[")
        );
    }
}
