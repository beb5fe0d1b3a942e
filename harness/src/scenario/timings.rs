//! Owns `timings.yaml`: how long the steps of a scenario took on real hosts, for the simulator.
//! Must not know: how they were measured, what is made of them.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{Mistakes, Scenario, mistake::Mistake, naming, read, suggest, tree::At, yaml};
use crate::base::{Duration, StepId};

/// How long the steps of a scenario take.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timings {
    /// The scenario's name.
    pub scenario: String,
    /// How many runs they are from.
    pub runs: u32,
    /// What each step took.
    #[serde(default)]
    pub steps: IndexMap<StepId, Spread>,
}

/// How long something takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// Never less than this.
    pub least: Duration,
    /// Most often this.
    pub usual: Duration,
    /// Never more than this.
    pub most: Duration,
}

impl Timings {
    /// Reads timings of a scenario, or tells all the mistakes in them at once.
    pub fn parse(file_name: &str, bytes: &[u8], scenario: &Scenario) -> Result<Self, Mistakes> {
        let text = yaml::text(bytes)
            .map_err(|(shown, mistake)| Mistakes::new(file_name, &shown, vec![mistake]))?;
        let mut mistakes = vec![];
        match read_all(text, scenario, &mut mistakes) {
            Some(timings) if mistakes.is_empty() => Ok(timings),
            _ => Err(Mistakes::new(file_name, text, mistakes)),
        }
    }

    /// As they are written to a file.
    pub fn to_yaml(&self) -> String {
        let mut text = format!(
            "# Written by `filage calibrate`, for the simulator: how long each step took in {} runs on\n\
             # real hosts.\n\
             scenario: {}\nruns: {}\nsteps:\n",
            self.runs, self.scenario, self.runs
        );
        for (step, Spread { least, usual, most }) in &self.steps {
            text += &format!("  {step}: {{ least: {least}, usual: {usual}, most: {most} }}\n");
        }
        text
    }
}

fn read_all(text: &str, scenario: &Scenario, mistakes: &mut Vec<Mistake>) -> Option<Timings> {
    let (mut tree, root) = yaml::read(text, mistakes)?;
    let timings: Timings = read::read(&mut tree, root, mistakes)?;
    check(&timings, scenario, tree.at(root), mistakes);
    Some(timings)
}

fn check(timings: &Timings, scenario: &Scenario, at: At<'_>, mistakes: &mut Vec<Mistake>) {
    if timings.scenario != scenario.scenario && !at.key("scenario").is_made_up() {
        let message = format!("timings of `{}`, not of `{}`", timings.scenario, scenario.scenario);
        let help = "measure this scenario: `filage calibrate RUN... --into DIR`";
        mistakes.push(Mistake::new(at.key("scenario").span(), message).help(help));
        return;
    }
    let steps = naming::step_ids(scenario);
    let undos = naming::undo_ids(scenario, &steps).into_iter().flatten();
    let steps: Vec<StepId> = steps.iter().cloned().chain(undos).collect();
    let words: Vec<&str> = steps.iter().map(StepId::as_str).collect();
    for (step, Spread { least, usual, most }) in &timings.steps {
        let at = at.key("steps").key(step.as_str());
        if !steps.contains(step) {
            let help = suggest::hint(step.as_str(), "steps", &words);
            let mistake = Mistake::new(at.key_span(), format!("unknown step `{step}`"));
            mistakes.push(mistake.help(help));
        }
        if !(least <= usual && usual <= most) {
            let message = format!("`{least}`, `{usual}`, `{most}` are not in order");
            mistakes.push(Mistake::new(at.span(), message));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario() -> Scenario {
        serde_json::from_value(serde_json::json!({
            "filage": 1, "scenario": "tiny", "hosts": { "new": {} }, "services": {},
            "zone": { "name": "a.example" },
            "steps": [{ "id": "get", "install": "htop", "on": "new" }],
        }))
        .unwrap()
    }

    fn told(text: &str) -> Vec<String> {
        match Timings::parse("timings.yaml", text.as_bytes(), &scenario()) {
            Ok(_) => vec![],
            Err(mistakes) => mistakes.list().iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let ms = Duration::from_millis;
        let spread = Spread { least: ms(900), usual: ms(1_200), most: ms(61_500) };
        let steps = [("get".parse().unwrap(), spread)].into_iter().collect();
        let timings = Timings { scenario: "tiny".to_owned(), runs: 3, steps };
        let text = timings.to_yaml();
        let read = Timings::parse("timings.yaml", text.as_bytes(), &scenario());
        assert_eq!(read.unwrap(), timings, "{text}");
    }

    #[test]
    fn mistakes_are_told() {
        let spread = "{ least: 1s, usual: 2s, most: 3s }";
        for (text, expected) in [
            (format!("scenario: other\nruns: 1\nsteps: {{ get: {spread} }}"), "timings of `other`"),
            (format!("scenario: tiny\nruns: 1\nsteps: {{ got: {spread} }}"), "unknown step `got`"),
            (
                "scenario: tiny\nruns: 1\nsteps: { get: { least: 3s, usual: 2s, most: 1s } }"
                    .into(),
                "are not in order",
            ),
            ("scenario: tiny\nruns: 1\nsteps: { get: 5s }".into(), "found `5s`"),
            ("scenario: tiny".into(), "`runs` is missing"),
        ] {
            let told = told(&text);
            assert!(told.len() == 1 && told[0].contains(expected), "{text}: {told:?}");
        }
    }
}
