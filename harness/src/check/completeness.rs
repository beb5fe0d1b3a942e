//! Whether the rehearsal was played to its end: what was not played proves nothing.

use super::{Reason, ReasonKind, Ruling};
use crate::history::{Ending, History, Phase, What};

/// Why the verdict is unknown at best.
pub(super) fn reasons(history: &History) -> Vec<Reason> {
    let mut texts = vec![];
    match history.ending() {
        Some((Ending::Complete, _)) => {}
        Some((Ending::Interrupted, detail)) => {
            texts.push(with("the rehearsal was interrupted", detail));
        }
        Some((Ending::WorldFailed, detail)) => {
            texts.push(with("the world could not be had, or failed on the way", detail));
        }
        None => texts.push("the history breaks off before its end".to_owned()),
    }
    // Where the rehearsal ended early, that is reason enough.
    if let Some(why) = egress_unseen(history).filter(|_| texts.is_empty()) {
        texts.push(format!("what was asked for outside the world could not be found out: {why}"));
    }
    if let Some(step) = &history.begin.plan.until {
        texts.push(format!(
            "the rehearsal ended after step `{step}`, as asked: it is no proof of the rest"
        ));
    }
    texts
        .into_iter()
        .map(|text| Reason::new(ReasonKind::Incomplete, Ruling::Unknown, text))
        .collect()
}

/// Whether all of the migration was played.
pub(super) fn whole(history: &History) -> bool {
    let complete = matches!(history.ending(), Some((Ending::Complete, _)));
    complete && history.begin.plan.until.is_none()
}

/// Whether the world broke before anything was checked: then what failed may have failed for that.
pub(super) fn broke(history: &History) -> bool {
    let failed = matches!(history.ending(), Some((Ending::WorldFailed, _)));
    failed && history.phase_began(Phase::Check).is_none()
}

fn egress_unseen(history: &History) -> Option<&str> {
    history.records.iter().find_map(|record| match &record.what {
        What::EgressUnseen { why } => Some(why.as_str()),
        _ => None,
    })
}

fn with(text: &str, detail: &str) -> String {
    if detail.is_empty() { text.to_owned() } else { format!("{text}: {detail}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::Story;

    fn told(story: &Story) -> Vec<String> {
        reasons(&story.history()).into_iter().map(|reason| reason.text).collect()
    }

    #[test]
    fn a_complete_history_needs_no_reason() {
        assert_eq!(told(&Story::new().complete(1)), [""; 0]);
    }

    #[test]
    fn egress_that_nobody_could_see_is_not_taken_for_none() {
        let unseen = What::EgressUnseen { why: "no such container".to_owned() };
        let story = Story::new().record(0, unseen);
        let text = "what was asked for outside the world could not be found out: no such container";
        assert_eq!(told(&story.clone().complete(1)), [text]);
        assert_eq!(
            told(&story.ended(1, Ending::Interrupted, "")),
            ["the rehearsal was interrupted"]
        );
    }

    #[test]
    fn an_early_end_is_no_proof() {
        let ended = |ending| told(&Story::new().ended(1, ending, "no space left"));
        assert_eq!(
            ended(Ending::WorldFailed),
            ["the world could not be had, or failed on the way: no space left"]
        );
        assert_eq!(ended(Ending::Interrupted), ["the rehearsal was interrupted: no space left"]);
        assert_eq!(told(&Story::new()), ["the history breaks off before its end"]);
        let until = Story::new().start_step("s", "links", "new").until("s").complete(1);
        assert_eq!(
            told(&until),
            ["the rehearsal ended after step `s`, as asked: it is no proof of the rest"]
        );
    }
}
