//! Owns overlays: a file that lies over a scenario, adds faults to it, and says which of the scenario's
//! own faults and steps there still are.
//! Must not know: how a scenario is played.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Fault, Files, Mistakes, Scenario,
    mistake::{Mistake, Span},
    naming, read, suggest,
    tree::{At, NodeId, Tree},
    validate, yaml,
};
use crate::{
    base::{FaultId, StepId},
    fault::Trigger,
};

/// What lies over a scenario for one rehearsal: a schedule of faults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Overlay {
    /// The version of this format: 1.
    #[serde(rename = "filage-overlay")]
    #[schemars(range(min = 1, max = 1))]
    pub version: u32,
    /// The name of the scenario that it is for.
    pub scenario: String,
    /// What it shows, in a sentence.
    #[serde(default)]
    pub about: String,
    /// The seed with which it shows that in the simulator.
    #[serde(default)]
    pub seed: Option<u64>,
    /// The scenario's own faults that there are; all of them when left out, none with `[]`.
    #[serde(default)]
    pub own_faults: Option<Vec<FaultId>>,
    /// The steps that the operator forgets.
    #[serde(default)]
    pub skip: Vec<StepId>,
    /// What goes wrong besides, by id; written as in a scenario.
    #[serde(default)]
    pub faults: IndexMap<FaultId, Fault>,
}

impl Overlay {
    /// The version of the format.
    pub const VERSION: u32 = 1;

    /// Reads an overlay together with the text of the scenario it lies over, or tells all the mistakes
    /// in it at once.
    pub fn parse(
        file_name: &str,
        bytes: &[u8],
        scenario: &Base<'_>,
        files: &dyn Files,
    ) -> Result<Self, Mistakes> {
        let text = yaml::text(bytes)
            .map_err(|(shown, mistake)| Mistakes::new(file_name, &shown, vec![mistake]))?;
        let mut mistakes = vec![];
        match read_all(text, scenario, files, &mut mistakes) {
            Some(overlay) if mistakes.is_empty() => Ok(overlay),
            _ => Err(Mistakes::new(file_name, text, mistakes)),
        }
    }

    /// The scenario with its faults and those of the overlay.
    pub fn over(&self, mut scenario: Scenario) -> Scenario {
        scenario.faults.extend(self.faults.clone());
        scenario
    }

    /// The same for the scenario alone, of an overlay that was for a scenario with another one over it:
    /// the faults that it has from there become its own.
    pub fn without(mut self, below: &Self) -> Self {
        let (theirs, own): (Vec<_>, Vec<_>) = self
            .own_faults
            .unwrap_or_default()
            .into_iter()
            .partition(|id| below.faults.contains_key(id));
        let theirs = theirs.into_iter().map(|id| (id.clone(), below.faults[&id].clone()));
        self.faults = theirs.chain(self.faults).collect();
        Self { own_faults: Some(own), ..self }
    }

    /// As it is written to a file.
    pub fn to_yaml(&self) -> String {
        let Self { version, scenario, about, seed, own_faults, skip, faults } = self;
        let mut text = format!("filage-overlay: {version}\nscenario: {}\n", flow(scenario));
        if !about.is_empty() {
            text += &format!("about: {}\n", flow(about));
        }
        if let Some(seed) = seed {
            text += &format!("seed: {seed}\n");
        }
        if let Some(own) = own_faults {
            text += &format!("own_faults: {}\n", flow(own));
        }
        if !skip.is_empty() {
            text += &format!("skip: {}\n", flow(skip));
        }
        if !faults.is_empty() {
            text += "faults:\n";
            for (id, fault) in faults {
                text += &format!("  {id}: {}\n", flow(fault));
            }
        }
        text
    }
}

/// A scenario as it was written and read, for what lies over it.
#[derive(Debug)]
pub struct Base<'t> {
    bytes: &'t [u8],
    scenario: &'t Scenario,
}

impl<'t> Base<'t> {
    /// Of these bytes, in which [`super::parse`] found no mistake but this scenario.
    pub fn new(bytes: &'t [u8], scenario: &'t Scenario) -> Self {
        Self { bytes, scenario }
    }
}

fn read_all(
    text: &str,
    base: &Base<'_>,
    files: &dyn Files,
    mistakes: &mut Vec<Mistake>,
) -> Option<Overlay> {
    let (mut tree, root) = yaml::read(text, mistakes)?;
    let overlay: Overlay = read::read(&mut tree, root, mistakes)?;
    let for_this = check(&overlay, base.scenario, tree.at(root), mistakes);
    if for_this {
        faults(&overlay, base, (&tree, root), files, mistakes);
    }
    Some(overlay)
}

/// Tells what is wrong with all but the faults. Returns whether the overlay is for this scenario.
fn check(overlay: &Overlay, scenario: &Scenario, at: At<'_>, mistakes: &mut Vec<Mistake>) -> bool {
    let mut wrong = |at: At<'_>, span: Span, message: String, help: String| {
        if !at.is_made_up() {
            mistakes.push(Mistake::new(span, message).help(help));
        }
    };
    if overlay.version != Overlay::VERSION {
        let at = at.key("filage-overlay");
        let message = format!("unknown format version `{}`", overlay.version);
        wrong(at, at.span(), message, "this program reads version 1".to_owned());
    }
    if overlay.scenario != scenario.scenario {
        let at = at.key("scenario");
        let message = format!("an overlay for `{}`, not `{}`", overlay.scenario, scenario.scenario);
        wrong(at, at.span(), message, "play it over the scenario that it names".to_owned());
        return false;
    }
    let own: Vec<&str> = scenario.faults.keys().map(FaultId::as_str).collect();
    for (index, id) in overlay.own_faults.iter().flatten().enumerate() {
        if !scenario.faults.contains_key(id) {
            let at = at.key("own_faults").item(index);
            let help = suggest::hint(id.as_str(), "faults of the scenario", &own);
            wrong(at, at.span(), format!("unknown fault `{id}`"), help);
        }
    }
    let steps = naming::step_ids(scenario);
    let words: Vec<&str> = steps.iter().map(StepId::as_str).collect();
    for (index, id) in overlay.skip.iter().enumerate() {
        if !steps.contains(id) {
            let at = at.key("skip").item(index);
            let help = suggest::hint(id.as_str(), "steps", &words);
            wrong(at, at.span(), format!("unknown step `{id}`"), help);
        }
    }
    for (id, fault) in &overlay.faults {
        let at = at.key("faults").key(id.as_str());
        if scenario.faults.contains_key(id) {
            let message = format!("the scenario has a fault `{id}` already");
            wrong(at, at.key_span(), message, "give it an id of its own".to_owned());
        }
        if let Some(Trigger::During(step)) = &fault.from
            && overlay.skip.contains(step)
        {
            let at = at.key("from").key("during");
            let message = format!("`{step}` is skipped: nothing can go wrong during it");
            wrong(at, at.span(), message, "use `before` or `after`".to_owned());
        }
    }
    true
}

/// Tells what is wrong with the faults: they take the place of the scenario's own, in its value and in
/// its text, and all is looked at as if they had been written there.
fn faults(
    overlay: &Overlay,
    base: &Base<'_>,
    (tree, root): (&Tree, NodeId),
    files: &dyn Files,
    mistakes: &mut Vec<Mistake>,
) {
    let text = yaml::text(base.bytes).expect("the scenario was read before");
    let (mut whole, whole_root) = yaml::read(text, &mut vec![]).expect("and it was YAML");
    whole.graft(whole_root, "faults", tree, root);
    let scenario = Scenario { faults: overlay.faults.clone(), ..base.scenario.clone() };
    validate::validate(&scenario, whole.at(whole_root), files, mistakes);
}

/// On one line, as people write it; what is not said is left out.
fn flow(value: &impl Serialize) -> String {
    in_flow(&serde_json::to_value(value).expect("all of it is plain values"))
}

fn in_flow(value: &Value) -> String {
    match value {
        Value::Object(entries) => {
            let mut said: Vec<_> = entries.iter().filter(|(_, value)| is_said(value)).collect();
            said.sort_by_key(|(key, _)| place(key));
            let words: Vec<_> =
                said.iter().map(|(key, value)| format!("{key}: {}", in_flow(value))).collect();
            format!("{{ {} }}", words.join(", "))
        }
        Value::Array(items) => {
            let words: Vec<String> = items.iter().map(in_flow).collect();
            format!("[{}]", words.join(", "))
        }
        Value::String(text) if is_plain(text) => text.clone(),
        other => other.to_string(),
    }
}

fn is_said(value: &Value) -> bool {
    !(value.is_null() || *value == "")
}

/// What goes wrong stands before when, as one would say it.
fn place(key: &str) -> usize {
    let ends = ["from", "healed_by", "for"];
    match key {
        "about" => 0,
        _ => 1 + ends.iter().position(|end| *end == key).map_or(0, |place| place + 1),
    }
}

/// Whether a text means itself without quotes: ids and durations, not `true`, `null`, `12` or `~`.
fn is_plain(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || "-. ".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    let other = ["true", "false", "null", "yes", "no", "on", "off"];
    let number = text.parse::<f64>().is_ok() || text.starts_with("0x") || text.starts_with("0o");
    begins
        && text.chars().all(word)
        && !text.ends_with(' ')
        && !number
        && !other.contains(&text.to_lowercase().as_str())
}
