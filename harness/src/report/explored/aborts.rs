//! The way back from everywhere: a line for each step, at a terminal and as a page.

use std::fmt::{self, Write};

use maud::{Markup, html};

use super::{
    super::html::page,
    html::{STYLE, chip, coverage, facts, legend, smallest, square},
    human::{self, Options, ending, grouped, in_words, paint, ways},
    sign,
};
use crate::{
    base::StepId,
    check::Interval,
    explore::{Abort, Aborts, Moment, PointOfNoReturn},
};

/// The columns.
const MOMENTS: [Moment; 3] = [Moment::Before, Moment::During, Moment::After];
/// What they are.
const COLUMNS: &str = "before: nothing of the step is done; during: half a second after it began; after: \
                       all of it is done";

/// What it means that there is no way back.
const NO_RETURN: &str = "a rollback does not bring everything back";

/// One step.
struct Row<'a> {
    number: usize,
    step: &'a StepId,
    cells: [Option<&'a Abort>; 3],
}

impl<'a> Row<'a> {
    fn all(aborts: &'a Aborts) -> Vec<Self> {
        let mut rows: Vec<Self> = vec![];
        for cell in &aborts.cells {
            if rows.last().is_none_or(|row| *row.step != cell.step) {
                rows.push(Self { number: rows.len() + 1, step: &cell.step, cells: [None; 3] });
            }
            let row = rows.last_mut().expect("it was pushed");
            let column = MOMENTS.iter().position(|moment| *moment == cell.moment);
            row.cells[column.expect("each moment has its column")] = Some(cell);
        }
        rows
    }

    /// The longest time until everything was back.
    fn took(&self) -> Option<Interval> {
        let took = self.cells.iter().flatten().filter_map(|cell| cell.took);
        took.max_by_key(|took| took.max_seconds)
    }

    /// That in words, unless there is a moment from which not everything comes back.
    fn took_in_words(&self) -> String {
        let is_lost = |cell: &&Abort| cell.is_back == Some(false);
        match self.took() {
            _ if self.cells.iter().flatten().any(is_lost) => "not back".to_owned(),
            Some(took) => took.max_seconds.to_string(),
            None => "not seen".to_owned(),
        }
    }
}

/// Whether all can be taken back, in a sentence.
fn in_a_sentence(aborts: &Aborts) -> String {
    let bad = aborts.cells.iter().filter(|cell| cell.is_back == Some(false)).count();
    let unseen = aborts.cells.iter().any(|cell| cell.is_back.is_none());
    match (bad, unseen) {
        (0, false) => "there is a way back from every step".to_owned(),
        (0, true) => "no step was seen from which there is no way back".to_owned(),
        (1, _) => "there is no way back from one of these moments".to_owned(),
        (bad, _) => format!("there is no way back from {bad} of these moments"),
    }
}

/// How long it takes at most to be back.
fn slowest_in_words(aborts: &Aborts) -> Option<String> {
    let (cell, took) = aborts.slowest()?;
    let Abort { step, moment, .. } = cell;
    let took = took.max_seconds;
    let budget = match aborts.budget_seconds {
        None => ", without a budget (`budgets: { abort: ... }`)".to_owned(),
        Some(budget) if took > budget => format!(", over the budget of {budget}"),
        Some(budget) => format!(", within the budget of {budget}"),
    };
    Some(format!("back after {took} at most, when it is broken off {moment} `{step}`{budget}"))
}

/// What a terminal shows, with a final end of line.
pub fn human(aborts: &Aborts, options: &Options) -> String {
    let mut text = String::new();
    write(&mut text, aborts, options).expect("a text in memory can be written");
    text
}

fn write(out: &mut String, aborts: &Aborts, options: &Options) -> fmt::Result {
    let Aborts { scenario, seed, rehearsals, wall_seconds, .. } = aborts;
    writeln!(
        out,
        "{scenario}, broken off at each step and rolled back: {rehearsals} rehearsals in \
         {wall_seconds:.1} s (seed {seed})"
    )?;
    if aborts.partial {
        writeln!(out, "  PARTIAL: it was ended before all was played; what was found until then:")?;
    }
    writeln!(out)?;
    table(out, aborts, options)?;
    writeln!(out, "\n{}", in_a_sentence(aborts))?;
    if let Some(point) = &aborts.point_of_no_return {
        writeln!(out, "POINT OF NO RETURN: {}, {NO_RETURN}", point.since())?;
        writeln!(out, "      {}", ways(&point.failures, options))?;
        writeln!(out, "      {}", point.why)?;
    }
    if let Some(slowest) = slowest_in_words(aborts) {
        writeln!(out, "{slowest}")?;
    }
    if !aborts.minimal.is_empty() {
        let heading = "where it breaks a promise first, for each kind of failure";
        human::smallest(out, heading, &aborts.minimal, options)?;
    }
    confirmed(out, aborts)?;
    ending(out, &aborts.coverage, options)
}

fn table(out: &mut String, aborts: &Aborts, options: &Options) -> fmt::Result {
    let rows = Row::all(aborts);
    let width = rows.iter().map(|row| row.step.as_str().chars().count()).max().unwrap_or(0);
    writeln!(out, "  {:4}{:width$}  before  during  after  back after at most", "", "step")?;
    for row in &rows {
        let Row { number, step, cells } = row;
        let sign = |cell: &Option<&Abort>| {
            let outcome = cell.map(|cell| cell.outcome);
            paint(outcome, sign(outcome), options)
        };
        let [before, during, after] = [&cells[0], &cells[1], &cells[2]].map(sign);
        let took = row.took_in_words();
        writeln!(
            out,
            "  {number:>2}  {:width$}  {before}       {during}       {after}      {took}",
            step.as_str()
        )?;
    }
    writeln!(out, "\n  {}", human::legend(|outcome| aborts.count(outcome), options))?;
    writeln!(out, "  {COLUMNS}")
}

fn confirmed(out: &mut String, aborts: &Aborts) -> fmt::Result {
    let asked: Vec<_> = confirmations(aborts).collect();
    if !asked.is_empty() {
        writeln!(out, "\non real containers")?;
    }
    for (cell, told) in asked {
        writeln!(out, "  {} {} ({}): {told}", cell.moment, cell.step, cell.outcome)?;
    }
    Ok(())
}

fn confirmations(aborts: &Aborts) -> impl Iterator<Item = (&Abort, String)> {
    aborts.cells.iter().filter_map(|cell| Some((cell, in_words(cell.confirmed.as_ref()?))))
}

/// The page; `play` is the command that plays an overlay, up to its name.
pub fn html(aborts: &Aborts, play: &str) -> String {
    let title = format!("{}, broken off and rolled back", aborts.scenario);
    let content = html! {
        header {
            h1 { (title) }
            (facts(aborts.rehearsals, aborts.wall_seconds, aborts.seed, aborts.partial))
            p { b { (in_a_sentence(aborts)) } @if let Some(slowest) = slowest_in_words(aborts) { "; " (slowest) } }
        }
        main {
            @if let Some(point) = &aborts.point_of_no_return { (no_return(point)) }
            (rows(aborts))
            @if !aborts.minimal.is_empty() {
                (smallest("Where it breaks a promise first, for each kind of failure", &aborts.minimal, play))
            }
            (confirmed_rows(aborts))
            (coverage(&aborts.coverage))
        }
    };
    page(&title, STYLE, &content)
}

fn no_return(point: &PointOfNoReturn) -> Markup {
    html! { section {
        h2 { "Point of no return" }
        p { (point.since()) ", " (NO_RETURN) "." }
        @for (outcome, what) in grouped(&point.failures) { div { (chip(outcome)) " " (what.join(", ")) } }
        p { small { (point.why) } }
    } }
}

fn rows(aborts: &Aborts) -> Markup {
    html! { section {
        h2 { "Broken off at each step" }
        (legend(|outcome| aborts.count(outcome)))
        table.matrix {
            thead { tr {
                th {} th { "step" }
                @for moment in MOMENTS { th { (moment) } }
                th { "back after at most" } th { "what failed" }
            } }
            tbody { @for row in Row::all(aborts) { (row_of(&row)) } }
        }
        p { small { (COLUMNS) } }
    } }
}

fn row_of(row: &Row<'_>) -> Markup {
    let worst = row.cells.iter().flatten().max_by_key(|cell| cell.outcome);
    let failures = worst.map(|cell| grouped(&cell.failures)).unwrap_or_default();
    html! { tr {
        td { (row.number) }
        td { (row.step) }
        @for (cell, moment) in row.cells.iter().zip(MOMENTS) {
            td.square {
                (square(cell.map(|cell| cell.outcome), &format!("{moment} {}", row.step)))
            }
        }
        td { (row.took_in_words()) }
        td { @for (outcome, what) in failures { div { (outcome) ": " (what.join(", ")) } } }
    } }
}

fn confirmed_rows(aborts: &Aborts) -> Markup {
    let asked: Vec<_> = confirmations(aborts).collect();
    html! {
        @if !asked.is_empty() { section {
            h2 { "On real containers" }
            ul { @for (cell, told) in asked { li { (cell.moment) " " (cell.step) " " (chip(cell.outcome)) " " (told) } } }
        } }
    }
}
