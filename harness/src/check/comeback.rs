//! Whether each service is there again after the restart of the hosts: what was started by hand and
//! not enabled is found here, also where no line of the end state asks for it.

use super::{Reason, ReasonKind, Ruling, blame::Scene};
use crate::{base::ServiceId, history::Phase, probe::Client};

pub(super) fn check(scene: &Scene<'_>, reasons: &mut Vec<Reason>) {
    let history = scene.history;
    let (Some(restart), Some(_)) =
        (history.phase_began(Phase::Restart), history.phase_began(Phase::Recheck))
    else {
        return;
    };
    let probed = scene.plan.services.iter().filter(|(_, service)| service.probe.is_some());
    for (id, _) in probed {
        let track = history.track(id, Client::Fresh);
        // No run reaches over the beginning of a phase.
        let last = |after: bool| {
            track.and_then(|track| track.known().rfind(|run| (run.first >= restart) == after))
        };
        // One that was down before is told as still down.
        if last(false).is_none_or(|before| !before.answer.is_good()) {
            continue;
        }
        match last(true) {
            Some(after) if after.answer.is_good() => {}
            Some(after) => {
                let text = format!(
                    "`{id}` did not come back after the restart of the hosts (last seen: {})",
                    after.last_detail
                );
                reasons.push(reason(id, Ruling::Fail, text));
            }
            None => {
                let text = format!("`{id}` was not seen after the restart of the hosts");
                reasons.push(reason(id, Ruling::Unknown, text));
            }
        }
    }
}

fn reason(service: &ServiceId, ruling: Ruling, text: String) -> Reason {
    let service = Some(service.clone());
    Reason { service, ..Reason::new(ReasonKind::Service, ruling, text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::Story;

    #[test]
    fn a_service_that_stays_down_after_the_restart_fails_without_any_line_of_the_end_state() {
        for (before, after, told) in [
            ("....", "xx..", &[][..]),
            ("....", "..xx", &[Ruling::Fail]),
            ("....", "..x?", &[Ruling::Fail]),
            ("....", "????", &[Ruling::Unknown]),
            ("....", "", &[Ruling::Unknown]),
            ("..xx", "xxxx", &[]),
        ] {
            let history = Story::new()
                .service("links", None)
                .begin_migrate()
                .sampled("links", 0..4_000, before)
                .phase_at(4_000, Phase::Restart)
                .sampled("links", 4_000..8_000, after)
                .phase_at(6_000, Phase::Recheck)
                .complete(8_000)
                .history();
            let mut reasons = vec![];
            check(&Scene::of(&history), &mut reasons);
            let rulings: Vec<_> = reasons.iter().map(|reason| reason.verdict).collect();
            assert_eq!(rulings, told, "{before} {after}: {reasons:?}");
        }
    }
}
