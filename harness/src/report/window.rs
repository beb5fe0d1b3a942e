//! The downtime to announce, as lines for a person.

use crate::explore::{Bound, COVERAGES, Window};

/// The lines, with a final end of line each.
pub fn render(window: &Window) -> String {
    let Window { simulated, failed, real, rows } = window;
    let from = match real {
        0 => "SIMULATED, and corrected by no real run".to_owned(),
        1 => "simulated, corrected by 1 real run".to_owned(),
        many => format!("simulated, corrected by {many} real runs"),
    };
    let mut text = format!("\ndowntime to announce ({simulated} rehearsals, {from})\n");
    if *failed > 0 {
        text += &format!("  {failed} of the rehearsals did not pass: mend that first\n");
    }
    let width = rows.iter().map(|row| row.what.len()).max().unwrap_or_default();
    for row in rows {
        let bounds = row.bounds.iter().zip(COVERAGES);
        let bounds: Vec<_> = bounds.map(|(bound, sure)| in_words(*bound, sure)).collect();
        text += &format!("  {:width$}  {}\n", row.what, bounds.join("  "));
    }
    text + "  as sure as it says for a night that is like the others; see `filage plan --help`\n"
}

fn in_words(bound: Bound, sure: u32) -> String {
    match bound {
        Bound::AtMost(seconds) => format!("{sure} %: {seconds:<10}"),
        Bound::Endless => format!("{sure} %: {:<10}", "no end"),
        Bound::TooFew { needed } => format!("{sure} %: needs {needed} runs"),
    }
}
