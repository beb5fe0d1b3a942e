//! The outages' part of the page: each close to, what it was spent with, and what would shorten it.

use maud::{Markup, html};

use super::{
    html::ticked,
    lane::{self, Place, Stretch},
};
use crate::{
    base::StoryTime,
    check::{Outage, PhaseKind, Seconds, ServiceVerdict, Verdict},
    history::History,
};

/// The most outages that are shown, and the most slow times.
const SHOWN: usize = 20;
/// The width and height of the picture of an outage.
const CLOSE_UP: (f64, f64) = (600.0, 12.0);

pub(super) fn render(history: &History, verdict: &Verdict) -> Markup {
    let mut outages: Vec<_> = verdict
        .services
        .iter()
        .flat_map(|service| service.outages.iter().map(move |outage| (service, outage)))
        .collect();
    let left_out = outages.len().saturating_sub(SHOWN);
    if left_out > 0 {
        outages.sort_by_key(|(_, outage)| std::cmp::Reverse(outage.max_seconds));
        outages.truncate(SHOWN);
    }
    html! {
        @if !outages.is_empty() {
            section {
                h2 { "Outages" }
                (advice(verdict))
                table.outages {
                    thead { tr {
                        th { "Service" } th { "When" } th { "Down for" } th { "Spent with" } th { "Put down to" }
                    } }
                    tbody { @for service in &verdict.services {
                        @let stretches = lane::stretches(history, service);
                        @for (_, outage) in outages.iter().filter(|(of, _)| std::ptr::eq(*of, service)) {
                            (row(service, outage, &stretches))
                        }
                    } }
                }
                @if left_out > 0 { p { "… and " (left_out) " shorter ones, see " code { "verdict.json" } } }
            }
        }
        (restless(verdict))
    }
}

fn advice(verdict: &Verdict) -> Markup {
    let advised: Vec<_> =
        verdict.services.iter().filter_map(|it| Some((it.title(), it.advice.as_ref()?))).collect();
    html! {
        @if !advised.is_empty() {
            ul.advice { @for (title, advice) in advised { li { b { (title) } ": " (ticked(advice)) } } }
        }
    }
}

fn row(service: &ServiceVerdict, outage: &Outage, stretches: &[Stretch]) -> Markup {
    html! { tr {
        td { (service.title()) }
        td { (outage.from.clock()) " to " (outage.to.map_or("the end".to_owned(), Seconds::clock)) }
        td { (outage.length()) }
        td.spent {
            (close_up(outage, stretches))
            (bar(outage))
            div.phases { @for (kind, share) in outage.split() {
                @if share >= 0.005 { span { i class=(class(kind)) {} (percent(share)) " " (kind) } }
            } }
        }
        td { @for cause in &outage.causes {
            div { (ticked(&cause.to_string()))
                @if let Some(share) = cause.share { " " small { (percent(share)) } } }
        } }
    } }
}

/// What the probes found from a little before the outage to a little after it.
fn close_up(outage: &Outage, stretches: &[Stretch]) -> Markup {
    let (width, height) = CLOSE_UP;
    let start = StoryTime::default();
    let first = start + outage.from.0;
    let last = outage.to.map_or_else(|| first + outage.max_seconds.0, |to| start + to.0);
    let margin = (last.0 - first.0) / 10 + 1;
    let (from, to) = (StoryTime(first.0.saturating_sub(margin)), StoryTime(last.0 + margin));
    let x = |at: StoryTime| {
        let at = at.clamp(from, to);
        at.since(from).as_seconds() / to.since(from).as_seconds() * width
    };
    let begin = stretches.partition_point(|stretch| stretch.to <= from);
    let length = stretches[begin..].partition_point(|stretch| stretch.from < to);
    let place = Place { y: 0.0, height };
    html! {
        svg.close role="img" viewBox=(format!("0 0 {width} {height}")) preserveAspectRatio="none"
            xmlns="http://www.w3.org/2000/svg" aria-label="what the probes found" {
            (lane::draw(&stretches[begin..begin + length], place, x))
        }
    }
}

/// The phases beside each other, each as wide as its share.
fn bar(outage: &Outage) -> Markup {
    html! {
        div.bar { @for phase in &outage.phases {
            @let step = phase.step.as_ref().map(|step| format!(" ({step})")).unwrap_or_default();
            i class=(class(phase.phase)) style=(format!("width:{:.1}%", phase.share * 100.0))
                title=(format!("{} {}{step}", phase.seconds, phase.phase)) {}
        } }
    }
}

/// Services that came and went, and services that were slow.
fn restless(verdict: &Verdict) -> Markup {
    let flapping = || verdict.services.iter().filter(|service| !service.flapping.is_empty());
    let slow = || verdict.services.iter().filter(|service| !service.slow_times.is_empty());
    html! {
        @if flapping().next().is_some() {
            section {
                h2 { "Flapping" }
                ul { @for service in flapping() { @for row in service.flapping.iter().take(SHOWN) { li {
                    b { (service.title()) } " had " (row.outages) " outages from " (row.from.clock()) " to "
                    (row.to.map_or("the end".to_owned(), Seconds::clock)) ", with little time between them: down "
                    (row.downtime) " in all"
                } } } }
            }
        }
        @if slow().next().is_some() {
            section {
                h2 { "Slow" }
                ul { @for service in slow() {
                    @for time in service.slow_times.iter().take(SHOWN) { li {
                        b { (service.title()) } " answered late from " (time.from.clock()) " to "
                        (time.to.map_or("the end".to_owned(), Seconds::clock)) ": for " (time.length()) ", "
                        (time.answers) @if time.answers == 1 { " answer" } @else { " answers" }
                    } }
                    @if service.slow_times.len() > SHOWN {
                        li { b { (service.title()) } ": " (service.slow_times.len() - SHOWN) " more, see " code { "verdict.json" } }
                    }
                } }
            }
        }
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn class(kind: PhaseKind) -> &'static str {
    match kind {
        PhaseKind::Transferring => "p-transferring",
        PhaseKind::Starting => "p-starting",
        PhaseKind::Stopped => "p-stopped",
        PhaseKind::Working => "p-working",
        PhaseKind::WaitingForDns => "p-dns",
        PhaseKind::RefusedByPort => "p-port",
        PhaseKind::StartFailed => "p-failed",
        PhaseKind::Network => "p-network",
        PhaseKind::Faulted => "p-faulted",
        PhaseKind::Idle => "p-idle",
        PhaseKind::Unexplained => "p-unexplained",
    }
}
