//! The page of an exploration, which needs nothing else, in light and dark.

use maud::{Markup, html};

use super::{
    super::html::page,
    Matrix, Row,
    human::{advised, grouped, in_words},
    sign,
};
use crate::{
    base::StepId,
    explore::{Advice, Cell, Coverage, Findings, Minimal, Outcome},
};

pub(super) const STYLE: &str = concat!(include_str!("../report.css"), include_str!("explored.css"));

/// How much was played, and whether that was all.
pub(super) fn facts(rehearsals: usize, wall_seconds: f64, seed: u64, partial: bool) -> Markup {
    html! {
        p.facts {
            b { (rehearsals) } " rehearsals in "
            b { (format!("{wall_seconds:.1} s")) }
            " · seed " b { (seed) } " · world " b { "sim" }
        }
        @if partial {
            p { "It was ended before all was played. This is what was found until then." }
        }
    }
}

/// The page; `play` is the command that plays an overlay, up to its name.
pub fn render(findings: &Findings, play: &str) -> String {
    let content = html! {
        header {
            h1 { (findings.scenario) ", explored" }
            (facts(findings.rehearsals, findings.wall_seconds, findings.seed, findings.partial))
            @if !findings.as_it_is.is_empty() {
                p { "The migration fails as it is, whatever goes wrong besides: "
                    @for failure in &findings.as_it_is { (chip(failure.outcome)) " " (failure.what) " " }
                }
            }
        }
        main {
            (smallest("The smallest schedules that break a promise", &findings.minimal, play))
            (matrix(findings))
            @if let Some(advice) = &findings.advice { section {
                h2 { "What would help most, with nothing else going wrong" }
                (advice_of(advice))
            } }
            (coverage(&findings.coverage))
            (cells(findings))
        }
    };
    page(&format!("{}, explored", findings.scenario), STYLE, &content)
}

pub(super) fn smallest(heading: &str, all: &[Minimal], play: &str) -> Markup {
    html! {
        section {
            h2 { (heading) }
            @if all.is_empty() { p { "None was found." } }
            table { tbody {
                @for minimal in all { tr {
                    td { @for (outcome, what) in grouped(&minimal.failures) {
                        div { (chip(outcome)) " " (what.join(", ")) }
                    } }
                    td {
                        ul.schedule {
                            @for mishap in &minimal.schedule.0 { li { (mishap) } }
                            @if minimal.schedule.0.is_empty() { li { (minimal.schedule) } }
                        }
                        small { (minimal.why) }
                        @if let Some(advice) = &minimal.advice { (advice_of(advice)) }
                        @if let Some(overlay) = &minimal.overlay { p { code { (play) " " (overlay) } } }
                        @if let Some(confirmed) = &minimal.confirmed { p { (in_words(confirmed)) } }
                    }
                } }
            } }
        }
    }
}

fn advice_of(advice: &Advice) -> Markup {
    html! {
        p { b { "Advice: " } (advised(advice)) }
        @if !advice.edit.is_empty() { pre { (advice.edit.join("\n")) } }
    }
}

fn matrix(findings: &Findings) -> Markup {
    let Matrix { steps, rows } = Matrix::of(findings);
    html! {
        section {
            h2 { "What goes wrong, at which step" }
            (legend(|outcome| findings.count(outcome)))
            table.matrix {
                thead { tr { th {} th {} @for step in &steps { th.upright { span { (step) } } } } }
                tbody { @for row in &rows { (matrix_row(row, &steps)) } }
            }
            p { small { "A square is the worst of before, during and after a step." } }
        }
    }
}

/// What each square means, and how many there are.
pub(super) fn legend(count: impl Fn(Outcome) -> usize) -> Markup {
    html! { p.legend {
        @for outcome in Outcome::ALL {
            span { (square(Some(outcome), "")) " " (outcome) " (" (count(outcome)) ")" }
        }
    } }
}

fn matrix_row(row: &Row<'_>, steps: &[&StepId]) -> Markup {
    html! { tr {
        th { (row.fault) }
        td { (row.targets.join(", ")) }
        @for (outcome, step) in row.outcomes.iter().zip(steps) {
            td.square { (square(*outcome, &format!("{} at {step}", row.fault))) }
        }
    } }
}

pub(super) fn coverage(coverage: &[Coverage]) -> Markup {
    html! {
        section {
            h2 { "What was played" }
            ul {
                @for covered in coverage { li {
                    (covered.played) " of " (covered.of) " " (covered.what)
                    @if !covered.left_out.is_empty() { ": " (covered.left_out) }
                } }
            }
        }
    }
}

/// What is not survived, cell by cell.
fn cells(findings: &Findings) -> Markup {
    let bad: Vec<&Cell> =
        findings.cells.iter().filter(|cell| cell.outcome != Outcome::Survived).collect();
    html! {
        section {
            details {
                summary { "All " (bad.len()) " cells that are not survived" }
                table {
                    thead { tr { th { "Outcome" } th { "Fault" } th { "Target" } th { "When" } th { "What failed" } } }
                    tbody { @for cell in bad { tr {
                        td { (chip(cell.outcome)) }
                        td { (cell.fault) }
                        td { (cell.target) }
                        td { (when(cell)) }
                        td { @for failure in &cell.failures { div { (failure.outcome) ": " (failure.what) } } }
                    } } }
                }
            }
        }
    }
}

/// The moment, the step, and how.
fn when(cell: &Cell) -> String {
    let Cell { moment, step, variant, .. } = cell;
    match variant {
        Some(variant) => format!("{moment} {step}, {variant}"),
        None => format!("{moment} {step}"),
    }
}

pub(super) fn chip(outcome: Outcome) -> Markup {
    html! { span class={ "ruling " (class(outcome)) } { (outcome) } }
}

pub(super) fn square(outcome: Option<Outcome>, title: &str) -> Markup {
    html! {
        @if let Some(known) = outcome {
            i class={ "cell " (class(known)) } title=(format!("{title}: {known}")) { (sign(outcome)) }
        }
    }
}

fn class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Survived => "survived",
        Outcome::Unknown => "unknown",
        Outcome::Stuck => "stuck",
        Outcome::BudgetBroken => "budget",
        Outcome::DataLost => "data",
    }
}
