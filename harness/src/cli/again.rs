//! The command that plays a rehearsal again.

use crate::plan::{Fate, Plan};

/// The same scenario, seed, faults and forgotten steps.
pub(super) fn command(dir: &str, plan: &Plan, simulated: bool) -> String {
    let mut words = vec!["filage run".to_owned(), quoted(dir), format!("--seed {}", plan.seed)];
    words.extend(plan.overlay.iter().map(|file| format!("--with {}", quoted(file))));
    if simulated {
        words.push("--world sim".to_owned());
    }
    let active: Vec<_> = plan.active_faults().map(|(id, _)| id).collect();
    if active.is_empty() && !plan.faults.is_empty() {
        words.push("--no-faults".to_owned());
    } else if active.len() < plan.faults.len() {
        words.extend(active.iter().map(|id| format!("--fault {id}")));
    }
    let skipped = plan.steps.iter().filter(|step| step.fate == Fate::Skip);
    words.extend(skipped.map(|step| format!("--skip {}", step.id)));
    words.extend(plan.until.iter().map(|step| format!("--until {step}")));
    words.join(" ")
}

/// As a POSIX shell reads it back.
pub(super) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::Story;

    #[test]
    fn all_choices_are_in_it() {
        let story = || {
            Story::new()
                .service("links", None)
                .start_step("one", "links", "new")
                .start_step("two", "links", "new")
        };
        let command =
            |story: Story| super::command("my scenario", &story.history().begin.plan, false);
        assert_eq!(command(story()), "filage run 'my scenario' --seed 7");
        assert_eq!(
            command(
                story().skip("one").until("two").port_fault("f", "new", 25, None).without_faults()
            ),
            "filage run 'my scenario' --seed 7 --no-faults --skip one --until two"
        );
        let one_of_two = story().port_fault("f", "new", 25, None).without_faults();
        assert_eq!(
            command(one_of_two.port_fault("g", "new", 26, None)),
            "filage run 'my scenario' --seed 7 --fault g"
        );
    }

    #[test]
    fn shells_read_paths_back() {
        assert_eq!(quoted("scenarios/proxgroup"), "scenarios/proxgroup");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
