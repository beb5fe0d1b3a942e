//! The forms in which findings of an exploration are shown: a picture at a terminal, a page.

pub mod aborts;
pub mod html;
pub mod human;

use crate::{
    base::{IndexMap, StepId},
    explore::{Cell, Findings, Outcome},
};

/// The cells as a picture: a row for what goes wrong, a column for each step.
struct Matrix<'a> {
    steps: Vec<&'a StepId>,
    rows: Vec<Row<'a>>,
}

/// Targets of one kind of fault that came out the same at every step.
struct Row<'a> {
    fault: &'a str,
    targets: Vec<&'a str>,
    /// For each step the worst of its moments; none where nothing was played.
    outcomes: Vec<Option<Outcome>>,
}

impl<'a> Matrix<'a> {
    fn of(findings: &'a Findings) -> Self {
        let mut steps: Vec<&StepId> = findings.cells.iter().map(|cell| &cell.step).collect();
        steps.dedup();
        let place = |cell: &Cell| steps.iter().position(|step| **step == cell.step);
        let mut by_target: IndexMap<(&str, &str), Vec<Option<Outcome>>> = IndexMap::default();
        for cell in &findings.cells {
            let row = by_target.entry((cell.fault, &cell.target));
            let row = row.or_insert_with(|| vec![None; steps.len()]);
            let place = place(cell).expect("each step of a cell has its column");
            row[place] = row[place].max(Some(cell.outcome));
        }
        let mut rows: Vec<Row<'_>> = vec![];
        for ((fault, target), outcomes) in by_target {
            let twin = |row: &&mut Row<'_>| row.fault == fault && row.outcomes == outcomes;
            match rows.iter_mut().find(twin) {
                Some(row) => row.targets.push(target),
                None => rows.push(Row { fault, targets: vec![target], outcomes }),
            }
        }
        rows.sort_by_key(|row| row.fault);
        Self { steps, rows }
    }
}

/// One letter for each outcome.
fn sign(outcome: Option<Outcome>) -> char {
    match outcome {
        None => ' ',
        Some(Outcome::Survived) => '·',
        Some(Outcome::Unknown) => '?',
        Some(Outcome::Stuck) => 'S',
        Some(Outcome::BudgetBroken) => 'B',
        Some(Outcome::DataLost) => 'D',
    }
}
