//! What the probes of a service found, as coloured stretches along any axis.

use maud::{Markup, html};

use crate::{
    base::StoryTime,
    check::{Seconds, ServiceVerdict},
    history::History,
    probe::Answer,
};

/// Stretches narrower than this, in pixels, are drawn together.
const NARROW: f64 = 1.0;

/// A time during which all probes found the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) from: StoryTime,
    pub(super) to: StoryTime,
    pub(super) answer: Answer,
}

/// Where a lane lies, and how high it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) y: f64,
    pub(super) height: f64,
}

/// The samples of a service, each from its launch to the next, merged where they agree.
pub(super) fn stretches(history: &History, service: &ServiceVerdict) -> Vec<Stretch> {
    let runs = history.track(&service.name, service.client).map_or(&[][..], |track| &track.runs);
    let ends = runs.iter().skip(1).map(|run| run.first);
    let last = runs.last().map(|run| run.last + history.begin.plan.probing.every);
    let mut stretches: Vec<Stretch> = vec![];
    for (run, to) in runs.iter().zip(ends.chain(last)) {
        match stretches.last_mut().filter(|stretch| stretch.answer == run.answer) {
            Some(stretch) => stretch.to = to,
            None => stretches.push(Stretch { from: run.first, to, answer: run.answer }),
        }
    }
    stretches
}

/// The stretches as rectangles; `x` says where a moment stands, in pixels.
pub(super) fn draw(stretches: &[Stretch], place: Place, x: impl Fn(StoryTime) -> f64) -> Markup {
    html! {
        @for stretch in visible(stretches, &x) {
            @let (from, to) = (x(stretch.from), x(stretch.to));
            rect class=(class(stretch.answer)) x=(format!("{from:.1}")) y=(format!("{:.1}", place.y))
                width=(format!("{:.1}", (to - from).max(1.5))) height=(format!("{:.1}", place.height)) {
                title { (word(stretch.answer)) ", "
                    (Seconds::from(stretch.from).clock()) " to " (Seconds::from(stretch.to).clock()) }
            }
        }
    }
}

/// However often a service changes, no more stretches than the eye can tell apart; of those drawn
/// together, the worst shows.
fn visible(stretches: &[Stretch], x: impl Fn(StoryTime) -> f64) -> Vec<Stretch> {
    let mut visible: Vec<Stretch> = vec![];
    for stretch in stretches {
        let narrow = |last: &&mut Stretch| x(stretch.to) - x(last.from) < NARROW;
        match visible.last_mut().filter(narrow) {
            Some(last) => {
                last.to = stretch.to;
                last.answer = [last.answer, stretch.answer]
                    .into_iter()
                    .max_by_key(|answer| badness(*answer))
                    .expect("there are two");
            }
            None => visible.push(*stretch),
        }
    }
    visible
}

fn badness(answer: Answer) -> u8 {
    match answer {
        Answer::Up => 0,
        Answer::NoSample => 1,
        Answer::Slow => 2,
        Answer::Wrong => 3,
        Answer::Down => 4,
    }
}

fn class(answer: Answer) -> &'static str {
    match answer {
        Answer::Up => "up",
        Answer::Slow => "slow",
        Answer::Wrong => "wrong",
        Answer::Down => "down",
        Answer::NoSample => "unseen",
    }
}

fn word(answer: Answer) -> &'static str {
    match answer {
        Answer::Up => "up",
        Answer::Slow => "slow",
        Answer::Wrong => "wrong answer",
        Answer::Down => "down",
        Answer::NoSample => "not seen",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{self, testing::Story};

    fn told(samples: &str) -> Vec<Stretch> {
        let end = samples.len() as u64 * 100;
        let history =
            Story::new().service("links", None).sampled("links", 0..end, samples).history();
        stretches(&history, &check::verdict(&history).services[0])
    }

    #[test]
    fn samples_that_agree_are_one_stretch() {
        let told: Vec<_> = told("..xx?..")
            .iter()
            .map(|s| (s.from.0 / 1_000, s.to.0 / 1_000, class(s.answer)))
            .collect();
        assert_eq!(
            told,
            [(0, 200, "up"), (200, 400, "down"), (400, 500, "unseen"), (500, 700, "up")]
        );
    }

    #[test]
    fn what_is_too_narrow_is_drawn_together_and_the_worst_shows() {
        let flapping = told(&format!("{}{}", ".".repeat(100), "x.".repeat(1_000)));
        assert_eq!(flapping.len(), 2_001);
        let drawn = visible(&flapping, |at| at.as_seconds());
        let is_down = |stretch: &Stretch| stretch.answer == Answer::Down;
        // 200 s at a pixel a second.
        assert!((200..=230).contains(&drawn.len()), "{}", drawn.len());
        assert!(drawn.iter().filter(|stretch| is_down(stretch)).count() >= 195);
        // One that stands alone is never lost in a wide one.
        let alone = told("...............x...............");
        assert_eq!(visible(&alone, |at| at.as_seconds()).len(), 3);
    }
}
