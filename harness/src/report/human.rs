//! The summary for a person at a terminal: in about ten lines what was down how long and why, what
//! failed, and what to look at next.

use std::fmt::{self, Write};

use crate::{
    check::{CauseKind, Ruling, ServiceVerdict, StepVerdict, Verdict},
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
const REASONS: usize = 5;

/// The summary, with a final end of line.
pub fn render(verdict: &Verdict, options: &Options) -> String {
    let mut text = String::new();
    write(&mut text, verdict, options).expect("a text in memory can be written");
    text
}

fn write(out: &mut String, verdict: &Verdict, options: &Options) -> fmt::Result {
    headline(out, verdict, options)?;
    for reason in verdict.reasons.iter().take(REASONS) {
        let mark = paint(
            reason.verdict,
            match reason.verdict {
                Ruling::Fail => "✗",
                Ruling::Unknown => "?",
                Ruling::Pass => "✓",
            },
            options,
        );
        writeln!(out, "  {mark} {}", reason.text)?;
    }
    if verdict.reasons.len() > REASONS {
        writeln!(out, "  … and {} more, see the report", verdict.reasons.len() - REASONS)?;
    }
    services(out, verdict, options)?;
    for group in &verdict.groups {
        let (down, budget) = (group.downtime, group.budget_seconds);
        let mark = paint(group.verdict, &format!("{:<7}", group.verdict), options);
        let name = format!("together ({})", group.name);
        writeln!(out, "  {mark}  {name}: down {down} of {budget}")?;
    }
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

/// Those that were down a line each; those that were not share one.
fn services(out: &mut String, verdict: &Verdict, options: &Options) -> fmt::Result {
    let whole =
        |service: &&ServiceVerdict| service.outages.is_empty() && service.verdict == Ruling::Pass;
    let (up, down): (Vec<_>, Vec<_>) = verdict.services.iter().partition(whole);
    if !verdict.services.is_empty() {
        writeln!(out, "Downtime")?;
    }
    for service in down {
        let mark = paint(service.verdict, &format!("{:<7}", service.verdict), options);
        // Without a single answer, "down 0s" would be a claim.
        if service.unseen_seconds_max.is_none() {
            writeln!(out, "  {mark}  {}: not seen", service.name)?;
            continue;
        }
        write!(out, "  {mark}  {}: down {}", service.name, service.downtime)?;
        if let Some(budget) = service.budget_seconds {
            write!(out, " of {budget}")?;
        }
        let causes = causes(service);
        if !causes.is_empty() {
            write!(out, ", by {}", few(&causes))?;
        }
        writeln!(out)?;
    }
    if !up.is_empty() {
        let names: Vec<_> = up.iter().map(|service| service.name.as_str()).collect();
        let blind = up.iter().filter_map(|service| service.unseen_seconds_max).max();
        let mark = paint(Ruling::Pass, "pass   ", options);
        let names = names.join(", ");
        write!(out, "  {mark}  {names}: never seen down")?;
        match blind {
            Some(blind) => writeln!(out, " (an outage under {blind} could go unseen)")?,
            None => writeln!(out)?,
        }
    }
    Ok(())
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
          pass     links: down 1.2s to 1.6s of 5s, by squatter, start-links, stop-links
          pass     together (all): down 1.2s to 1.6s of 10s
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
          fail     mail: down 15s to 17s of 5m, by exim-holds-port-25, start-mail, stop-mail
          pass     doh: never seen down (an outage under 1s could go unseen)
          fail     together (all): down 15s to 17s of 10m
        Faults    exim-holds-port-25: bit, gone
        Steps     1 passed, 1 failed, 1 skipped, 1 not reached
        End state 0 of 2 hold, also after a restart; unknown: mail-listens, web-listens
        Refused   telemetry.example (nothing leaves the world)
        Again     filage run tiny --seed 7
        Report    runs/r1/report.html
        ");
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
