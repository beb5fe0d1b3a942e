//! The picture of a rehearsal, as SVG: a lane per service, the faults as bands, a bar per step.

use maud::{Markup, html};

use super::{
    axis::Axis,
    lane::{self, Place},
};
use crate::{
    base::StoryTime,
    check::{Seconds, ServiceVerdict, StepVerdict, Verdict},
    history::{History, Phase, StepOutcome, What},
};

const WIDTH: f64 = 1_200.0;
const LEFT: f64 = 210.0;
// For the label of what begins at the very end.
const RIGHT: f64 = 44.0;
const TOP: f64 = 34.0;
const LANE: f64 = 22.0;
const ROW: f64 = 16.0;
const GAP: f64 = 14.0;

/// The picture, with a text that says the same for those who cannot see it.
pub(super) fn render(history: &History, verdict: &Verdict) -> Markup {
    let axis = Axis::new(history, LEFT, WIDTH - LEFT - RIGHT);
    let faults: Vec<_> = verdict.faults.iter().filter(|f| f.injected_at.is_some()).collect();
    let steps: Vec<_> = verdict.steps.iter().filter(|step| step.started_at.is_some()).collect();
    let lanes_at = TOP;
    let faults_at = lanes_at + LANE * verdict.services.len() as f64 + GAP;
    let steps_at =
        faults_at + if faults.is_empty() { 0.0 } else { ROW * faults.len() as f64 + GAP };
    let bottom = steps_at + ROW * steps.len() as f64 + 4.0;
    let end = history.last;
    html! {
        svg role="img" aria-labelledby="picture-title picture-text" viewBox=(format!("0 0 {WIDTH} {}", n(bottom + 24.0)))
            xmlns="http://www.w3.org/2000/svg" {
            title id="picture-title" { "What happened, over story time" }
            desc id="picture-text" { (in_words(verdict)) }
            @for (fault, row) in faults.iter().zip(0u32..) {
                @let from = axis.x(moment(fault.injected_at));
                @let to = axis.x(gone(history, fault.id.as_str()).unwrap_or(end));
                @let y = faults_at + ROW * f64::from(row);
                rect.band x=(n(from)) y=(n(TOP)) width=(n(width(from, to))) height=(n(bottom - TOP)) {}
                (label(y + 12.0, fault.id.as_str()))
                rect.fault x=(n(from)) y=(n(y + 2.0)) width=(n(width(from, to))) height=(n(ROW - 4.0)) rx="2" {
                    title { "fault " (fault.id) ": " (fault.detail) }
                }
            }
            (phases(history, &axis, bottom))
            @for (service, row) in verdict.services.iter().zip(0u32..) {
                (lane(history, service, &axis, lanes_at + LANE * f64::from(row)))
            }
            @for jump in axis.breaks() {
                @let (from, to) = (axis.x(jump.from), axis.x(jump.to));
                rect.break x=(n(from)) y=(n(TOP - 6.0)) width=(n(width(from, to))) height=(n(bottom - TOP + 10.0)) {
                    title { "story time jumps by " (Seconds(jump.to.since(jump.from))) }
                }
            }
            @for (step, row) in steps.iter().zip(0u32..) {
                (bar(step, &axis, steps_at + ROW * f64::from(row), end))
            }
            @for tick in axis.ticks() {
                line.tick x1=(n(tick.x)) x2=(n(tick.x)) y1=(n(bottom)) y2=(n(bottom + 5.0)) {}
                text.tick x=(n(tick.x)) y=(n(bottom + 18.0)) text-anchor="middle" { (tick.label) }
            }
        }
    }
}

/// What the picture shows.
fn in_words(verdict: &Verdict) -> String {
    let services = verdict.services.iter().map(|service| {
        let (down, times) = (service.downtime, service.outages.len());
        let told =
            service.unseen().unwrap_or_else(|| format!("down for {down} in {times} outages"));
        format!("{} was {told}. ", service.name)
    });
    services.chain(["The tables below have all figures.".to_owned()]).collect()
}

fn phases(history: &History, axis: &Axis, bottom: f64) -> Markup {
    let mut taken = f64::MIN;
    let marks: Vec<_> = history
        .records
        .iter()
        .filter_map(|record| match record.what {
            What::Phase { phase } => Some((axis.x(record.at), phase)),
            _ => None,
        })
        .map(|(x, phase)| {
            // Phases that follow at once would write over each other.
            let room = x > taken;
            if room {
                taken = x + 7.0 * word(phase).len() as f64 + 8.0;
            }
            (x, phase, room)
        })
        .collect();
    html! {
        @for (x, phase, room) in marks {
            line.phase x1=(n(x)) x2=(n(x)) y1="18" y2=(n(bottom)) { title { (word(phase)) } }
            @if room { text.phase x=(n(x + 3.0)) y="14" { (word(phase)) } }
        }
    }
}

/// What the phase is called.
pub(super) fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Up => "up",
        Phase::Baseline => "baseline",
        Phase::Migrate => "migrate",
        Phase::Rollback => "roll back",
        Phase::Heal => "heal",
        Phase::Settle => "settle",
        Phase::Check => "check",
        Phase::Restart => "restart",
        Phase::Recheck => "recheck",
        Phase::Read => "read",
        Phase::Down => "down",
    }
}

fn lane(history: &History, service: &ServiceVerdict, axis: &Axis, y: f64) -> Markup {
    let place = Place { y: y + 3.0, height: LANE - 6.0 };
    html! {
        (label(y + 15.0, &service.title()))
        (lane::draw(&lane::stretches(history, service), place, |at| axis.x(at)))
        @for row in &service.flapping {
            @let from = axis.x(moment(Some(row.from)));
            @let to = row.to.map_or_else(|| axis.x(history.last), |to| axis.x(moment(Some(to))));
            rect.flapping x=(n(from)) y=(n(y + LANE - 3.0)) width=(n(width(from, to))) height="2" {
                title { (service.title()) " flapping: " (row.outages) " outages" }
            }
        }
    }
}

fn bar(step: &StepVerdict, axis: &Axis, y: f64, end: StoryTime) -> Markup {
    let from = axis.x(moment(step.started_at));
    let to = axis.x(step.ended_at.map_or(end, |ended| moment(Some(ended))));
    let class = match step.outcome {
        Some(StepOutcome::Failed | StepOutcome::TimedOut) => "step failed",
        _ => "step",
    };
    html! {
        (label(y + 12.0, step.id.as_str()))
        rect class=(class) x=(n(from)) y=(n(y + 3.0)) width=(n(width(from, to))) height=(n(ROW - 6.0)) rx="2" {
            title { (step.id) ": " (step.summary) }
        }
    }
}

/// A name in the left margin, cut where it would leave it.
fn label(y: f64, name: &str) -> Markup {
    const SHOWN: usize = 30;
    let shown: String = if name.chars().count() > SHOWN {
        name.chars().take(SHOWN - 1).chain(['…']).collect()
    } else {
        name.to_owned()
    };
    html! { text.label x=(n(LEFT - 8.0)) y=(n(y)) text-anchor="end" { (shown) } }
}

fn gone(history: &History, fault: &str) -> Option<StoryTime> {
    history.records.iter().rev().find_map(|record| match &record.what {
        What::Fault { fault: id, stage: crate::history::FaultStage::GoneVerified, .. }
            if id.as_str() == fault =>
        {
            Some(record.at)
        }
        _ => None,
    })
}

fn moment(seconds: Option<Seconds>) -> StoryTime {
    StoryTime::default() + seconds.unwrap_or_default().0
}

/// Wide enough to be seen.
fn width(from: f64, to: f64) -> f64 {
    (to - from).max(1.5)
}

fn n(pixels: f64) -> String {
    format!("{pixels:.1}")
}
