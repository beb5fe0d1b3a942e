//! The matrix at a terminal, and below it what to look at: the smallest schedules.

use std::{
    collections::BTreeSet,
    fmt::{self, Write},
};

use super::{Matrix, Row, sign};
use crate::{
    check::Seconds,
    explore::{Advice, Confirmed, Coverage, Failure, Findings, Minimal, Outcome},
};

/// How it is written.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whether the terminal shows colours.
    pub colour: bool,
    /// The command that plays an overlay, up to its name.
    pub play: String,
    /// Where the page is.
    pub report: Option<String>,
}

/// The most characters of the targets in a row.
const TARGETS: usize = 40;

/// The summary, with a final end of line.
pub fn render(findings: &Findings, options: &Options) -> String {
    let mut text = String::new();
    write(&mut text, findings, options).expect("a text in memory can be written");
    text
}

fn write(out: &mut String, findings: &Findings, options: &Options) -> fmt::Result {
    let Findings { scenario, seed, rehearsals, wall_seconds, .. } = findings;
    writeln!(
        out,
        "{scenario}, explored: {rehearsals} rehearsals in {wall_seconds:.1} s (seed {seed})"
    )?;
    if findings.partial {
        writeln!(out, "  PARTIAL: it was ended before all was played; what was found until then:")?;
    }
    if !findings.as_it_is.is_empty() {
        let ways: Vec<_> =
            findings.as_it_is.iter().map(|it| format!("{}: {}", it.outcome, it.what)).collect();
        writeln!(
            out,
            "  the migration fails as it is, whatever goes wrong besides: {}",
            ways.join(", ")
        )?;
    }
    writeln!(out)?;
    matrix(out, findings, options)?;
    let heading = "the smallest schedules that break a promise, for each kind of mishap";
    smallest(out, heading, &findings.minimal, options)?;
    if let Some(advice) = &findings.advice {
        writeln!(out, "\nwhat would help most, with nothing else going wrong")?;
        writeln!(out, "  {}", advised(advice))?;
    }
    ending(out, &findings.coverage, options)
}

/// What was played, and where to read more.
pub(super) fn ending(out: &mut String, coverage: &[Coverage], options: &Options) -> fmt::Result {
    writeln!(out, "\nplayed")?;
    for covered in coverage {
        write!(out, "  {} of {} {}", covered.played, covered.of, covered.what)?;
        match covered.left_out.as_str() {
            "" => writeln!(out)?,
            why => writeln!(out, ": {why}")?,
        }
    }
    match &options.report {
        Some(report) => writeln!(out, "\nreport {report}"),
        None => Ok(()),
    }
}

fn matrix(out: &mut String, findings: &Findings, options: &Options) -> fmt::Result {
    let Matrix { steps, rows } = Matrix::of(findings);
    let labels: Vec<String> = rows.iter().map(label).collect();
    let width = labels.iter().map(|label| label.chars().count()).max().unwrap_or_default();
    // The numbers of the steps stand upright: tens above ones.
    let digits = |of: fn(usize) -> Option<usize>| -> String {
        (1..=steps.len())
            .map(|n| of(n).and_then(|digit| char::from_digit(digit as u32, 10)).unwrap_or(' '))
            .collect()
    };
    writeln!(
        out,
        "  {:width$}  {}",
        "",
        digits(|n| (n >= 10 && n % 10 == 0).then_some(n / 10 % 10))
    )?;
    writeln!(out, "  {:width$}  {}", "", digits(|n| Some(n % 10)))?;
    for (label, row) in labels.iter().zip(&rows) {
        let signs: String =
            row.outcomes.iter().map(|outcome| paint(*outcome, sign(*outcome), options)).collect();
        writeln!(out, "  {label:width$}  {signs}")?;
    }
    writeln!(out, "\n  {}", legend(|outcome| findings.count(outcome), options))?;
    writeln!(
        out,
        "  a sign is the worst of before, during and after a step; the counts are of cells"
    )?;
    let names: Vec<_> = steps.iter().zip(1..).map(|(step, n)| format!("{n} {step}")).collect();
    for line in wrapped(&names, 100) {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}

/// What each sign means, and how many there are.
pub(super) fn legend(count: impl Fn(Outcome) -> usize, options: &Options) -> String {
    let word = |outcome| {
        let sign = paint(Some(outcome), sign(Some(outcome)), options);
        format!("{sign} {outcome} ({})", count(outcome))
    };
    Outcome::ALL.map(word).join("  ")
}

fn label(row: &Row<'_>) -> String {
    let mut targets = String::new();
    for (place, target) in row.targets.iter().enumerate() {
        let more = row.targets.len() - place;
        if targets.len() + target.len() > TARGETS {
            targets += &format!(" and {more} more");
            break;
        }
        if place > 0 {
            targets += " ";
        }
        targets += target;
    }
    format!("{} {targets}", row.fault)
}

/// The most schedules that are shown; the report has all.
const SCHEDULES: usize = 20;

pub(super) fn smallest(
    out: &mut String,
    heading: &str,
    all: &[Minimal],
    options: &Options,
) -> fmt::Result {
    if all.is_empty() {
        return writeln!(out, "\nnothing was found that breaks a promise");
    }
    writeln!(out, "\n{heading}")?;
    for minimal in all.iter().take(SCHEDULES) {
        let Minimal { failures, schedule, why, advice, overlay, confirmed, .. } = minimal;
        writeln!(out, "  {schedule}")?;
        writeln!(out, "      {}", ways(failures, options))?;
        writeln!(out, "      {why}")?;
        if let Some(advice) = advice {
            writeln!(out, "      advice: {}", advised(advice))?;
        }
        if let Some(overlay) = overlay {
            writeln!(out, "      {} {overlay}", options.play)?;
        }
        if let Some(confirmed) = confirmed {
            writeln!(out, "      {}", in_words(confirmed))?;
        }
    }
    match all.len().saturating_sub(SCHEDULES) {
        0 => Ok(()),
        more => writeln!(out, "  and {more} more in the report"),
    }
}

/// The same in a line.
pub(super) fn ways(failures: &BTreeSet<Failure>, options: &Options) -> String {
    let ways: Vec<String> = grouped(failures)
        .into_iter()
        .map(|(outcome, what)| {
            format!("{}: {}", paint(Some(outcome), outcome, options), what.join(", "))
        })
        .collect();
    ways.join("; ")
}

/// What failed by how bad it is, the worst first.
pub(super) fn grouped(failures: &BTreeSet<Failure>) -> Vec<(Outcome, Vec<&str>)> {
    let mut groups: Vec<(Outcome, Vec<&str>)> = vec![];
    for Failure { outcome, what } in failures.iter().rev() {
        match groups.last_mut() {
            Some((same, all)) if same == outcome => all.insert(0, what),
            _ => groups.push((*outcome, vec![what])),
        }
    }
    groups
}

/// The most services whose downtime is told.
const SAVINGS: usize = 3;

/// A piece of advice in a sentence.
pub(super) fn advised(advice: &Advice) -> String {
    let Advice { text, before, after, saves, nights, .. } = advice;
    let mut words = text.clone();
    if before != after {
        words += &format!(": then it is {after}, not {before}");
    }
    let down = |seconds: &Option<Seconds>| {
        seconds.map_or_else(|| "down to the end".to_owned(), |seconds| seconds.to_string())
    };
    let told = saves.iter().take(SAVINGS);
    let told: Vec<_> = told
        .map(|it| format!("{} {} instead of {}", it.what, down(&it.after), down(&it.before)))
        .collect();
    if !told.is_empty() {
        words += &format!("; downtime of {}", told.join(", "));
    }
    format!("{words} (tried in {nights} nights)")
}

/// What real containers said of it.
pub(super) fn in_words(confirmed: &Confirmed) -> String {
    let Confirmed { agrees, failures, run } = confirmed;
    match (agrees, failures.iter().max()) {
        (true, _) => format!("confirmed on real containers: {run}"),
        (false, None) => format!("NOT confirmed: real containers pass: {run}"),
        (false, Some(worst)) => {
            format!("NOT confirmed: on real containers {}: {}: {run}", worst.outcome, worst.what)
        }
    }
}

/// Words with commas between them, in lines of at most so many characters.
fn wrapped(words: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![];
    for (place, word) in words.iter().enumerate() {
        let comma = if place + 1 < words.len() { "," } else { "" };
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() + 2 <= width => {
                line.push_str(&format!(" {word}{comma}"));
            }
            _ => lines.push(format!("{word}{comma}")),
        }
    }
    lines
}

pub(super) fn paint(
    outcome: Option<Outcome>,
    text: impl fmt::Display,
    options: &Options,
) -> String {
    let code = match outcome {
        _ if !options.colour => return text.to_string(),
        None => return text.to_string(),
        Some(Outcome::Survived) => "32",
        Some(Outcome::Unknown) => "2",
        Some(Outcome::Stuck) => "33",
        Some(Outcome::BudgetBroken) => "31",
        Some(Outcome::DataLost) => "1;35",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}
