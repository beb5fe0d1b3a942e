//! Owns the table of predicted against measured downtimes.
//! Must not know: what may differ.

use filage::check::{Interval, Verdict};

use super::cases::Case;

/// What the columns are.
pub(super) fn head() -> String {
    row("case", "service", "predicted", "measured", "verdict")
}

/// The services of a case: what the simulator predicted, and what was measured. One that was down in
/// neither world has no row; every case has one.
pub(super) fn rows(case: &Case, simulated: &Verdict, real: &Verdict, same: bool) -> String {
    let title = case.title();
    let said = match same {
        true => format!("{:?}, the same", real.verdict).to_lowercase(),
        false => format!("{:?} and {:?}: DIFFERS", simulated.verdict, real.verdict),
    };
    let mut rows = String::new();
    for predicted in &simulated.services {
        let key = (&predicted.name, predicted.client);
        let measured = real.services.iter().find(|it| (&it.name, it.client) == key);
        let measured = measured.map_or_else(Interval::default, |it| it.downtime);
        let never = Interval::default();
        if predicted.downtime == never && measured == never {
            continue;
        }
        let service = format!("{} ({})", predicted.name, predicted.client);
        let first = rows.is_empty();
        let (title, said) = if first { (title.as_str(), said.as_str()) } else { ("", "") };
        let (predicted, measured) = (predicted.downtime.to_string(), measured.to_string());
        rows += &format!("{}\n", row(title, &service, &predicted, &measured, said));
    }
    match rows.is_empty() {
        true => format!("{}\n", row(&title, "none was down", "", "", &said)),
        false => rows,
    }
}

/// A case that real hosts could not play.
pub(super) fn not_played(case: &Case) -> String {
    row(&case.title(), "", "", "", "NOT PLAYED on real hosts")
}

fn row(case: &str, service: &str, predicted: &str, measured: &str, verdict: &str) -> String {
    format!("{case:<44} {service:<18} {predicted:<18} {measured:<18} {verdict}")
}
