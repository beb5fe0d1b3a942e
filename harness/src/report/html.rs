//! `report.html`: one page that needs nothing else, in light and dark.

use std::collections::BTreeSet;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{ledger, outages, picture};
use crate::{
    base::StepId,
    check::{Ruling, Seconds, ServiceVerdict, StepVerdict, Verdict},
    history::{History, StepOutcome, What},
};

/// The page. Links to logs are relative to the run's folder.
pub fn render(history: &History, verdict: &Verdict) -> String {
    let plan = &history.begin.plan;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (verdict.scenario) ": " (verdict.verdict) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (ruling(verdict.verdict)) " " (verdict.scenario) }
                    @if !plan.about.is_empty() { p { (plan.about) } }
                    p.facts {
                        "story time " b { (verdict.story_seconds) }
                        " · world " b { (verdict.world) }
                        " · seed " b { (verdict.seed) }
                        " · run " b { (verdict.run) }
                    }
                }
                main {
                    (reasons(verdict))
                    section {
                        h2 { "What happened" }
                        div.picture { (picture::render(history, verdict)) }
                        (legend())
                    }
                    (services(verdict))
                    (outages::render(history, verdict))
                    (ledger::render(verdict))
                    (end_state(verdict))
                    (faults(verdict))
                    (steps(verdict, &with_logs(history)))
                    (refused(verdict))
                    (notes(verdict))
                }
            }
        }
    };
    page.into_string()
}

fn reasons(verdict: &Verdict) -> Markup {
    html! {
        @if !verdict.reasons.is_empty() {
            section {
                h2 { "Why" }
                ul.reasons {
                    @for reason in &verdict.reasons { li { (ruling(reason.verdict)) " " (ticked(&reason.text)) } }
                }
            }
        }
    }
}

fn legend() -> Markup {
    html! {
        p.legend {
            @for (class, word) in [
                ("up", "up"), ("slow", "slow"), ("down", "down"), ("wrong", "wrong answer"), ("unseen", "not seen"),
                ("flapping", "flapping"), ("step", "step"), ("failed", "failed step"), ("fault", "fault"),
                ("break", "story time jumps"),
            ] {
                span { i class=(class) {} (word) }
            }
        }
    }
}

fn services(verdict: &Verdict) -> Markup {
    html! {
        section {
            h2 { "Services" }
            table {
                thead { tr {
                    th { "Verdict" } th { "Service" } th { "Down for" } th { "Budget" } th { "Could go unseen" }
                    th { "Answers took" } th { "Probes" }
                } }
                tbody {
                    @for service in &verdict.services { (service_row(service)) }
                    @for group in &verdict.groups { tr {
                        td { (ruling(group.verdict)) }
                        td { "together: " (group.name) }
                        td { (group.unseen().unwrap_or_else(|| group.downtime.to_string())) }
                        td { (group.budget_seconds) }
                        td colspan="3" { @for (at, id) in group.services.iter().enumerate() {
                            @if at > 0 { ", " } (id)
                        } }
                    } }
                }
            }
        }
    }
}

fn service_row(service: &ServiceVerdict) -> Markup {
    let samples = &service.samples;
    html! { tr {
        td { (ruling(service.verdict)) }
        td { (service.name) " " small { (service.client) } }
        td {
            (service.unseen().unwrap_or_else(|| service.downtime.to_string()))
            @if service.outages.len() > 1 { " in " (service.outages.len()) " outages" }
            @if let Some(error) = &service.last_error { div { small { "last seen: " (error) } } }
        }
        td { (maybe(service.budget_seconds)) }
        td {
            (maybe(service.unseen_seconds_max))
            @if let Some(blind) = service.unseen_around_changes_seconds_max {
                div { small { (blind) " around changes" } }
            }
        }
        td { @if let Some(latency) = &service.latency {
            "p50 " (latency.p50_seconds) div { small {
                "p90 " (latency.p90_seconds) ", p99 " (latency.p99_seconds) ", max " (latency.max_seconds)
            } }
        } @else { "–" } }
        td { (samples.up) " up"
            @if samples.slow > 0 { ", " (samples.slow) " slow" }
            @if samples.down > 0 { ", " (samples.down) " down" }
            @if samples.wrong > 0 { ", " (samples.wrong) " wrong" }
            @if samples.none > 0 { ", " (samples.none) " not sent" }
        }
    } }
}

fn end_state(verdict: &Verdict) -> Markup {
    html! {
        @if !verdict.end_state.is_empty() {
            section {
                h2 { "End state" }
                table {
                    thead { tr {
                        th { "Verdict" } th { "Line" } th { "Expected" } th { "Found" }
                        th { "Found after a restart of the hosts" }
                    } }
                    tbody { @for line in &verdict.end_state { tr {
                        td { (ruling(line.verdict)) }
                        td { (line.id) }
                        td { (ticked(&line.expected)) }
                        td { (ticked(&line.found)) }
                        td { (ticked(&line.after_restart.found)) }
                    } } }
                }
            }
        }
    }
}

fn faults(verdict: &Verdict) -> Markup {
    let yes = |seen: bool| if seen { "seen" } else { "not seen" };
    html! {
        @if !verdict.faults.is_empty() {
            section {
                h2 { "Faults" }
                table {
                    thead { tr {
                        th { "Verdict" } th { "Fault" } th { "Kind" } th { "Injected" } th { "Bite" }
                        th { "Healed" } th { "Gone" } th { "Last seen" }
                    } }
                    tbody { @for fault in &verdict.faults { tr {
                        td { (ruling(fault.verdict)) }
                        td { (fault.id) }
                        td { (fault.kind) }
                        td { (when(fault.injected_at)) }
                        td { (yes(fault.bite_verified)) }
                        td { (when(fault.healed_at)) }
                        td { (yes(fault.gone_verified)) }
                        td { (ticked(&fault.detail)) }
                    } } }
                }
            }
        }
    }
}

fn steps(verdict: &Verdict, logs: &BTreeSet<&StepId>) -> Markup {
    html! {
        section {
            h2 { "Steps" }
            table {
                thead { tr {
                    th { "Outcome" } th { "Step" } th { "What" } th { "From" } th { "To" } th { "Attempts" }
                    th { "Detail" } th { "Log" }
                } }
                tbody { @for step in &verdict.steps { tr {
                    td { (outcome(step)) }
                    td { (step.id) }
                    td { (ticked(&step.summary)) }
                    td { (when(step.started_at)) }
                    td { (when(step.ended_at)) }
                    td { (step.attempts) }
                    td { (ticked(&step.detail)) }
                    td { @if logs.contains(&step.id) { a href=(format!("logs/steps/{}.log", step.id)) { "log" } } }
                } } }
            }
        }
    }
}

fn outcome(step: &StepVerdict) -> Markup {
    let (class, word) = match step.outcome {
        Some(StepOutcome::Passed) => ("pass", "passed"),
        Some(StepOutcome::Failed | StepOutcome::TimedOut) if step.verdict == Ruling::Pass => {
            ("unknown", "failed, allowed")
        }
        Some(StepOutcome::Failed) => ("fail", "failed"),
        Some(StepOutcome::TimedOut) => ("fail", "timed out"),
        Some(StepOutcome::Skipped) => ("unknown", "skipped"),
        Some(StepOutcome::NotReached) => ("unknown", "not reached"),
        None => ("unknown", "no end"),
    };
    html! { span class=(format!("ruling {class}")) { (word) } }
}

fn refused(verdict: &Verdict) -> Markup {
    html! {
        @if !verdict.egress_refused.is_empty() {
            section {
                h2 { "Refused outside" }
                p { "Nothing leaves the world. These were asked for and not had:" }
                ul { @for refused in &verdict.egress_refused { li { code { (refused.name) } " by " (refused.who) } } }
            }
        }
    }
}

fn notes(verdict: &Verdict) -> Markup {
    html! {
        @if !verdict.notes.is_empty() {
            section {
                h2 { "About this world" }
                ul { @for note in &verdict.notes { li { (ticked(note)) } } }
            }
        }
    }
}

/// The steps that printed something.
fn with_logs(history: &History) -> BTreeSet<&StepId> {
    history
        .records
        .iter()
        .filter_map(|record| match &record.what {
            What::StepOutput { step, .. } => Some(step),
            _ => None,
        })
        .collect()
}

pub(super) fn ruling(ruling: Ruling) -> Markup {
    html! { span class=(format!("ruling {ruling}")) { (ruling) } }
}

fn maybe(seconds: Option<Seconds>) -> String {
    seconds.map_or_else(|| "–".to_owned(), |seconds| seconds.to_string())
}

pub(super) fn when(moment: Option<Seconds>) -> String {
    moment.map_or_else(|| "–".to_owned(), Seconds::clock)
}

/// Text whose `words in backticks` are code.
pub(super) fn ticked(text: &str) -> Markup {
    // An odd number of backticks leaves the last one as it is.
    let whole = text.matches('`').count().is_multiple_of(2);
    html! {
        @if whole {
            @for (at, part) in text.split('`').enumerate() {
                @if at % 2 == 1 { code { (part) } } @else { (part) }
            }
        } @else { (text) }
    }
}

const STYLE: &str = include_str!("report.css");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        check::{self, testing::Story},
        writer::Told,
    };

    fn page() -> String {
        let history = Story::moved_links()
            .service("mail", None)
            .passed(3_200, 100)
            .record(
                1_600,
                What::StepOutput { step: "stop-links".parse().unwrap(), line: "stopped".into() },
            )
            .attempted("start-links", 2, 3_000, 3_100, StepOutcome::Failed, "<script>`x`</script>")
            .history();
        render(&history, &check::verdict(&history))
    }

    /// Every element that is opened is closed, in order.
    fn assert_well_formed(page: &str) {
        const VOID: [&str; 2] = ["meta", "!DOCTYPE"];
        let mut open = vec![];
        for tag in page.split('<').skip(1) {
            let (inside, _) = tag.split_once('>').expect("each tag has its end");
            let name = inside.split([' ', '/']).next().unwrap();
            if let Some(closed) = inside.strip_prefix('/') {
                assert_eq!(open.pop(), Some(closed), "in {inside}");
            } else if !VOID.contains(&name) {
                open.push(name);
            }
        }
        assert_eq!(open, [""; 0]);
    }

    #[test]
    fn the_page_is_well_formed_and_names_all() {
        let page = page();
        assert_well_formed(&page);
        for text in ["links", "mail", "stop-links", "squatter", "links-listens", "made up"] {
            assert!(page.contains(text), "{text}");
        }
        assert!(page.contains(r#"href="logs/steps/stop-links.log""#));
        assert!(!page.contains(r#"href="logs/steps/start-links.log""#));
    }

    #[test]
    fn the_ledger_names_what_is_not_as_it_must_be() {
        let history = Story::moved_with_a_writer()
            .wrote(0..30, 0, Told::Acknowledged, "old")
            .wrote(30..33, 5_600, Told::Acknowledged, "old")
            .found("new", (0..30).filter(|number| *number != 22))
            .found("old", (0..30).filter(|number| *number != 22).chain(30..33))
            .complete(12_000)
            .history();
        let page = render(&history, &check::verdict(&history));
        assert_well_formed(&page);
        for text in [
            "<h2>Ledger</h2>",
            "links: 1 lost",
            "<code>filage-links-00000022</code>, answered at 0:00:02.2, while <code>transfer-links</code>",
            "links: 3 stranded",
            "; on old 1 times",
            "links: 3 taken by another host after the change",
            "by old (10.0.0.1)",
        ] {
            assert!(page.contains(text), "{text}");
        }
    }

    #[test]
    fn what_hosts_print_is_text_and_nothing_comes_from_outside() {
        let page = page();
        assert!(page.contains("&lt;script&gt;<code>x</code>"));
        assert!(!page.contains("<script"));
        let links = page.matches("http").count();
        assert_eq!(links, page.matches(r#"xmlns="http://www.w3.org/2000/svg""#).count());
    }
}
