//! Each line of the end state has to hold after the migration, and again after a restart of the
//! hosts: what was started by hand and not enabled is found there.

use super::{EndStateVerdict, Look, Reason, ReasonKind, Ruling, blame::Scene, completeness};
use crate::{
    base::{CheckId, IndexMap},
    expect::{Expectation, Found},
    history::{History, Round, What},
};

pub(super) fn check(scene: &Scene<'_>, reasons: &mut Vec<Reason>) -> Vec<EndStateVerdict> {
    let (mut unseen, history) = (0, scene.history);
    let end_state = history.end_state();
    let lines: Vec<_> = end_state
        .iter()
        .zip(seen(history, end_state))
        .enumerate()
        .map(|(place, ((id, expectation), [found, found_again]))| {
            let look = |found| judge(scene, expectation, found);
            let first = found.map(look);
            // Mostly it is what it was.
            let same = first.clone().filter(|_| found == found_again);
            let again = same.or_else(|| found_again.map(look));
            if first.is_none() || again.is_none() {
                unseen += 1;
            }
            let (first, again) = (first.unwrap_or_else(not_seen), again.unwrap_or_else(not_seen));
            let verdict = first.verdict.combine(again.verdict);
            let expected = || scene.ties.expected(scene.rolled_back, place).to_owned();
            let line = EndStateVerdict {
                id: id.clone(),
                verdict,
                expected: scene.said_of(verdict, expected),
                found: first.found,
                after_restart: again,
            };
            reasons.extend(reason(&line, first.verdict));
            line
        })
        .collect();
    // Where the rehearsal ended early, that is reason enough.
    if unseen > 0 && completeness::whole(history) {
        let text = format!(
            "{unseen} of {} lines of the end state were not looked at twice, after the \
             migration and after a restart of the hosts",
            lines.len()
        );
        reasons.push(Reason::new(ReasonKind::EndState, Ruling::Unknown, text));
    }
    lines
}

/// What was found at last, line by line and round by round.
fn seen<'a>(
    history: &'a History,
    end_state: &IndexMap<CheckId, Expectation>,
) -> Vec<[Option<&'a Found>; 2]> {
    let mut seen = vec![[None; 2]; end_state.len()];
    for record in &history.records {
        if let What::Observed { check, round, found } = &record.what
            && let Some(place) = end_state.get_index_of(check)
        {
            seen[place][usize::from(*round == Round::AfterRestart)] = Some(found);
        }
    }
    seen
}

fn judge(scene: &Scene<'_>, expectation: &Expectation, found: &Found) -> Look {
    let verdict = match expectation.holds(found, &scene.history.begin.addresses) {
        Some(true) => Ruling::Pass,
        Some(false) => Ruling::Fail,
        None => Ruling::Unknown,
    };
    Look { verdict, found: scene.said_of(verdict, || found.to_string()) }
}

fn not_seen() -> Look {
    Look { verdict: Ruling::Unknown, found: "not looked at".to_owned() }
}

/// The reason that a line is by itself; those never looked at share one.
fn reason(line: &EndStateVerdict, first: Ruling) -> Option<Reason> {
    let (id, expected) = (&line.id, &line.expected);
    let again = &line.after_restart;
    let (ruling, when, found) = if first == Ruling::Fail {
        (Ruling::Fail, "", &line.found)
    } else if again.verdict == Ruling::Fail {
        (Ruling::Fail, " after a restart of the hosts", &again.found)
    } else if first == Ruling::Unknown && *line.found != not_seen().found {
        (Ruling::Unknown, "", &line.found)
    } else if again.verdict == Ruling::Unknown && *again.found != not_seen().found {
        (Ruling::Unknown, " after a restart of the hosts", &again.found)
    } else {
        return None;
    };
    let text = format!("end state `{id}`: expected that {expected}; found{when}: {found}");
    Some(Reason::new(ReasonKind::EndState, ruling, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check::testing::Story, expect::Listener};

    fn judged(first: Option<Found>, again: Option<Found>) -> (Ruling, Vec<String>) {
        let mut story = Story::new().expect_listener("mail-listens", "new", 25);
        for (round, found) in [(Round::First, first), (Round::AfterRestart, again)] {
            if let Some(found) = found {
                story = story.observed("mail-listens", round, found);
            }
        }
        let history = story.complete(1).history();
        let mut reasons = vec![];
        let lines = check(&Scene::of(&history), &mut reasons);
        (lines[0].verdict, reasons.into_iter().map(|reason| reason.text).collect())
    }

    fn listens() -> Option<Found> {
        Some(Found::Listeners(vec![Listener { port: 25, program: "master".into() }]))
    }

    #[test]
    fn holds_twice() {
        assert_eq!(judged(listens(), listens()), (Ruling::Pass, vec![]));
    }

    #[test]
    fn fails_at_once_or_after_the_restart() {
        let silent = || Some(Found::Listeners(vec![]));
        let text = |when: &str| {
            format!(
                "end state `mail-listens`: expected that `new` listens on 25; found{when}: no \
                 listener"
            )
        };
        assert_eq!(judged(silent(), listens()), (Ruling::Fail, vec![text("")]));
        let after = text(" after a restart of the hosts");
        assert_eq!(judged(listens(), silent()), (Ruling::Fail, vec![after]));
    }

    #[test]
    fn what_was_not_seen_is_unknown() {
        let unseen = Some(Found::Unseen("no SSH".into()));
        let (ruling, reasons) = judged(unseen, listens());
        assert_eq!(ruling, Ruling::Unknown);
        assert_eq!(
            reasons,
            ["end state `mail-listens`: expected that `new` listens on 25; found: could not be \
              seen: no SSH"]
        );
        let (ruling, reasons) = judged(listens(), None);
        assert_eq!(ruling, Ruling::Unknown);
        assert_eq!(
            reasons,
            ["1 of 1 lines of the end state were not looked at twice, after the migration and \
              after a restart of the hosts"]
        );
    }
}
