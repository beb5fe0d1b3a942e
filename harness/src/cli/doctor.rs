//! `filage doctor`: what this machine can do.

use clap::Args;

use super::{
    args::PlainFormat,
    exit::{Exit, Failure},
    output::{print, print_json},
    world::{self, Finding},
};

const AFTER_HELP: &str = "\
Examples:
  filage doctor
  filage doctor --format json

Exit codes: 0 a rehearsal can be played here, 3 something is in the way.";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct DoctorArgs {
    /// How it is printed
    #[arg(long, value_enum, default_value = "human")]
    format: PlainFormat,
}

pub(super) fn main(args: &DoctorArgs) -> Result<Exit, Failure> {
    let findings = world::doctor();
    match args.format {
        PlainFormat::Human => findings.iter().for_each(|finding| print(&line(finding))),
        PlainFormat::Json => print_json(&findings.iter().map(json).collect::<Vec<_>>()),
    }
    let hindered = findings.iter().any(|finding| finding.ok == Some(false));
    Ok(if hindered { Exit::Unknown } else { Exit::Pass })
}

fn line(finding: &Finding) -> String {
    let mark = match finding.ok {
        Some(true) => "✓",
        Some(false) => "✗",
        None => "?",
    };
    let mut line = format!("{mark} {}: {}\n", finding.name, finding.found);
    if finding.ok != Some(true) && !finding.advice.is_empty() {
        line.push_str(&format!("    {}\n", finding.advice));
    }
    line
}

fn json(finding: &Finding) -> serde_json::Value {
    serde_json::json!({
        "name": finding.name,
        "ok": finding.ok,
        "found": finding.found,
        "advice": finding.advice,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_given_where_something_is_amiss() {
        let told = |ok| {
            line(&Finding {
                name: "engine".into(),
                ok,
                found: "20.10".into(),
                advice: "start it".into(),
            })
        };
        assert_eq!(told(Some(true)), "✓ engine: 20.10\n");
        assert_eq!(told(Some(false)), "✗ engine: 20.10\n    start it\n");
        assert_eq!(told(None), "? engine: 20.10\n    start it\n");
    }
}
