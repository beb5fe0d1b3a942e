//! How short an outage could have gone unseen: what is not seen to fail is not proved to have been up.

use super::{blame::Scene, outages::Window};
use crate::{
    base::{Duration, ServiceId, StoryTime},
    history::{Jumps, Run},
    probe::Answer,
    step::Verb,
};

/// The longest time within the window without an answer while the service seemed up, jumps of story
/// time left out; none where it never seemed up.
pub(super) fn longest(runs: &[Run], (from, to): Window, jumps: &Jumps) -> Option<Duration> {
    let mut longest = None;
    let mut last_good: Option<StoryTime> = None;
    let known = runs.iter().filter(|run| run.answer != Answer::NoSample);
    for run in known.take_while(|run| run.first < to) {
        if !run.answer.is_good() {
            last_good = None;
            continue;
        }
        if run.first >= from {
            let before = last_good.map(|last| jumps.played(last.max(from), run.first));
            longest = longest.max(before).max(Some(run.widest));
        }
        last_good = Some(run.last);
    }
    longest.max(last_good.map(|last| jumps.played(last.max(from), to)))
}

/// The same while steps stop, start or point the service, or what it needs: that is when an outage
/// would begin or end.
pub(super) fn around_changes(
    scene: &Scene<'_>,
    service: &ServiceId,
    runs: &[Run],
    window: Window,
) -> Option<Duration> {
    let touching = &scene.ties.service(service).touching;
    let changes = scene.attempts_at(touching).filter(|attempt| {
        matches!(attempt.step.verb, Verb::Stop(_) | Verb::Start(_) | Verb::Point(_))
    });
    changes
        .map(|change| (change.started.max(window.0), change.ended.min(window.1)))
        .filter(|(from, to)| from < to)
        .filter_map(|span| longest(runs, span, &scene.history.jumps))
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        check::testing::{Story, millis},
        history::StepOutcome::Passed,
        probe::Client,
    };

    /// A launch a second.
    fn seen(samples: &str, window: (u64, u64), jumps: &[(u64, u64)]) -> Option<u64> {
        let story = Story::new().service("links", None);
        let story = story.sampled("links", 0..samples.len() as u64 * 1_000, samples);
        let story =
            jumps.iter().fold(story, |story, (at, by)| story.passed(at * 1_000, by * 1_000));
        let history = story.history();
        let track = history.track(&"links".parse().unwrap(), Client::Fresh);
        let runs = track.map_or(&[][..], |track| &track.runs);
        let window = (millis(window.0 * 1_000), millis(window.1 * 1_000));
        longest(runs, window, &history.jumps).map(Duration::as_secs_ceil)
    }

    #[test]
    fn the_longest_time_without_an_answer_while_up() {
        for (samples, window, jumps, expected) in [
            ("......", (0, 6), &[][..], Some(1)),
            (".??...", (0, 6), &[], Some(3)),
            // Between a good and a bad answer nothing is unseen: it counts to the outage.
            (".??x..", (0, 6), &[], Some(1)),
            (".???", (0, 9), &[], Some(9)),
            ("....", (0, 4), &[(2, 1)], Some(1)),
            (".??.", (0, 4), &[(2, 2)], Some(1)),
            // What lies outside the window is of no interest.
            (".????.", (3, 7), &[], Some(2)),
            ("......", (9, 12), &[], Some(3)),
            ("xxx", (0, 3), &[], None),
            ("???", (0, 3), &[], None),
            ("", (0, 3), &[], None),
        ] {
            assert_eq!(seen(samples, window, jumps), expected, "{samples} {window:?}");
        }
    }

    #[test]
    fn around_changes_only_the_time_of_the_steps_counts() {
        let story = |needs: bool| {
            let story = Story::new()
                .service("links", None)
                .service("db", None)
                .stop_step("stop-db", "db", "old")
                .run_step("look", "old")
                .begin_migrate()
                .played("look", 0, 3_000, Passed, "")
                .played("stop-db", 3_000, 4_000, Passed, "")
                .sampled("links", 0..3_000, "...")
                .sampled("links", 3_010..3_950, "........................")
                .sampled("links", 4_000..9_000, ".....");
            if needs { story.needs("links", "db") } else { story }
        };
        let found = |story: Story| {
            let history = story.history();
            let scene = Scene::of(&history);
            let links = "links".parse().unwrap();
            let runs = &history.track(&links, Client::Fresh).unwrap().runs;
            let window = (millis(0), millis(9_000));
            around_changes(&scene, &links, runs, window).map(|blind| blind.as_micros() / 1_000)
        };
        assert_eq!(found(story(true)), Some(90), "from the last launch of the step to its end");
        assert_eq!(found(story(false)), None);
    }
}
