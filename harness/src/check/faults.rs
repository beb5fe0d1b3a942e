//! A fault counts only if it was seen to bite and seen to be gone.

use super::{FaultVerdict, Reason, ReasonKind, Ruling, blame::Scene, spans::FaultSpan};
use crate::history::FaultStage;

pub(super) fn check(scene: &Scene<'_>, reasons: &mut Vec<Reason>) -> Vec<FaultVerdict> {
    scene
        .faults
        .iter()
        .map(|span| {
            let missing = missing(span);
            let verdict = if missing.is_some() { Ruling::Unknown } else { Ruling::Pass };
            if let Some(missing) = missing {
                reasons.push(Reason {
                    fault: Some(span.id.clone()),
                    host: span.fault.kind.reach().hosts.first().cloned(),
                    ..Reason::new(ReasonKind::Fault, verdict, sentence(span, &missing))
                });
            }
            FaultVerdict {
                id: span.id.clone(),
                kind: span.fault.kind.word().to_owned(),
                injected_at: span.injected.map(Into::into),
                bite_verified: span.bite_verified,
                healed_at: span.healed.map(Into::into),
                gone_verified: span.gone.is_some(),
                verdict,
                detail: span.detail.to_owned(),
            }
        })
        .collect()
}

/// The first thing that the fault lacks to count.
fn missing(span: &FaultSpan<'_>) -> Option<String> {
    let missing = if span.injected.is_none() {
        if span.last == Some(FaultStage::InjectFailed) {
            "could not be made to happen".to_owned()
        } else {
            format!("never came: its trigger is {}", span.fault.from)
        }
    } else if !span.bite_verified {
        "was not seen to bite".to_owned()
    } else if span.healed.is_none() {
        match &span.fault.healed_by {
            Some(step) => format!("was not ended, by step `{step}` or otherwise"),
            None => "was not ended".to_owned(),
        }
    } else if let Some(step) = span.fault.healed_by.as_ref().filter(|_| span.outlived_its_end) {
        format!("was there still after step `{step}`, which should have ended it")
    } else if span.gone.is_none() {
        "was not seen to be gone after its end".to_owned()
    } else {
        return None;
    };
    Some(missing)
}

fn sentence(span: &FaultSpan<'_>, missing: &str) -> String {
    let (id, kind) = (span.id, &span.fault.kind);
    let detail = if span.detail.is_empty() { String::new() } else { format!(": {}", span.detail) };
    format!("fault `{id}` ({kind}) {missing}{detail}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::Story;

    fn judged(story: Story) -> (Ruling, Vec<String>) {
        let history = story.history();
        let mut reasons = vec![];
        let faults = check(&Scene::of(&history), &mut reasons);
        let texts = reasons.into_iter().map(|reason| reason.text).collect();
        (faults.iter().map(|fault| fault.verdict).collect(), texts)
    }

    fn story() -> Story {
        Story::new().port_fault("exim", "new", 25, None)
    }

    #[test]
    fn a_fault_that_bit_and_went_counts() {
        let (ruling, reasons) = judged(story().fault_bites("exim", 1).fault_gone("exim", 2));
        assert_eq!((ruling, reasons), (Ruling::Pass, vec![]));
    }

    #[test]
    fn each_missing_stage_makes_it_unknown() {
        use FaultStage::*;
        for (stages, text) in [
            (&[Armed][..], "never came: its trigger is from the start: seen"),
            (&[Armed, InjectFailed], "could not be made to happen: seen"),
            (&[Injected, BiteNotSeen, Healed, GoneVerified], "was not seen to bite: seen"),
            (&[Injected, BiteVerified], "was not ended: seen"),
            (&[Injected, BiteVerified, HealFailed], "was not ended: seen"),
            (
                &[Injected, BiteVerified, Healed, GoneNotSeen],
                "was not seen to be gone after its end: seen",
            ),
        ] {
            let story = stages
                .iter()
                .fold(story(), |story, stage| story.fault_stage("exim", 1, *stage, "seen"));
            let (ruling, reasons) = judged(story);
            assert_eq!(ruling, Ruling::Unknown, "{stages:?}");
            let begin = "fault `exim` (port 25 of `new` is held by exim4) ";
            assert_eq!(reasons, [format!("{begin}{text}")], "{stages:?}");
        }
    }

    #[test]
    fn a_step_that_should_have_ended_a_fault_and_did_not_is_told_even_if_we_ended_it() {
        use FaultStage::*;
        let story = Story::new().port_fault("exim", "new", 25, Some("free-port"));
        let stages = [Injected, BiteVerified, GoneNotSeen, Healed, GoneVerified];
        let story =
            stages.iter().fold(story, |story, stage| story.fault_stage("exim", 1, *stage, "seen"));
        let (ruling, reasons) = judged(story);
        assert_eq!(ruling, Ruling::Unknown);
        assert!(reasons[0].contains("was there still after step `free-port`"), "{reasons:?}");
    }

    #[test]
    fn a_fault_left_out_is_no_part_of_the_verdict() {
        let history = story().without_faults().history();
        assert_eq!(check(&Scene::of(&history), &mut vec![]), []);
    }
}
