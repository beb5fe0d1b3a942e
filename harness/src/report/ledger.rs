//! The ledger's part of the page.

use maud::{Markup, html};

use super::html::{ruling, ticked, when};
use crate::check::{LateWrites, LedgerClass, LedgerExample, LedgerVerdict, Verdict};

/// What became of the writes, and of which something is wrong.
pub(super) fn render(verdict: &Verdict) -> Markup {
    html! {
        @if !verdict.ledger.is_empty() {
            section {
                h2 { "Ledger" }
                table {
                    thead { tr {
                        th { "Verdict" } th { "Service" } th { "Acknowledged" } th { "There" } th { "Lost" }
                        th { "Stranded" } th { "Twice" } th { "Not seen" } th { "Not taken" }
                        th { "Unanswered" } th { "Last taken" } th { "Found" }
                    } }
                    tbody { @for ledger in &verdict.ledger { (row(ledger)) } }
                }
                @for ledger in &verdict.ledger {
                    (examples(ledger))
                    (late(ledger, &ledger.late_writes))
                }
            }
        }
    }
}

fn row(ledger: &LedgerVerdict) -> Markup {
    html! { tr {
        td { (ruling(ledger.verdict)) }
        td { (ledger.service) " " small { (ledger.client) } }
        td { (ledger.acknowledged) }
        td { (ledger.present) @if ledger.sent_again > 0 { " " small { (ledger.sent_again) " sent again" } } }
        td { (ledger.lost) }
        td { (ledger.stranded) }
        td { (ledger.duplicate) }
        td { (ledger.unseen) }
        td { (ledger.failed) @if ledger.skipped > 0 { " " small { (ledger.skipped) " left out" } } }
        td { (ledger.indeterminate) @if ledger.recovered > 0 { " " small { (ledger.recovered) " there" } } }
        td { (when(ledger.last_acknowledged_at)) }
        td { @for holding in &ledger.holdings { div { (holding.host) ": " (ticked(&holding.found)) } } }
    } }
}

fn examples(ledger: &LedgerVerdict) -> Markup {
    let word = |class: LedgerClass| match class {
        LedgerClass::Lost => "lost",
        LedgerClass::Stranded => "stranded",
        LedgerClass::Duplicate => "there more often than written",
        LedgerClass::Unexpected => "should not be there",
    };
    let of = |class| match class {
        LedgerClass::Lost => ledger.lost,
        LedgerClass::Stranded => ledger.stranded,
        LedgerClass::Duplicate => ledger.duplicate,
        LedgerClass::Unexpected => ledger.unexpected,
    };
    let told = |class| ledger.examples.iter().filter(move |it| it.class == class);
    let classes =
        [LedgerClass::Lost, LedgerClass::Stranded, LedgerClass::Duplicate, LedgerClass::Unexpected];
    html! {
        @for class in classes.into_iter().filter(|class| of(*class) > 0) {
            h3 { (ledger.service) ": " (of(class)) " " (word(class)) }
            ul { @for one in told(class) { (example(one)) } (more(of(class), told(class).count())) }
        }
    }
}

fn example(example: &LedgerExample) -> Markup {
    html! { li {
        code { (example.id) }
        @if example.answered_at.is_some() { ", answered at " (when(example.answered_at)) }
        @for (at, step) in example.during.iter().enumerate() {
            @if at == 0 { ", while " } @else { ", " }
            code { (step) }
        }
        @for copies in &example.found { "; on " (copies.host) " " (copies.times) " times" }
    } }
}

fn late(ledger: &LedgerVerdict, late: &LateWrites) -> Markup {
    html! {
        @if late.count > 0 {
            h3 { (ledger.service) ": " (late.count) " taken by another host after the change" }
            ul {
                @for one in &late.first { li {
                    code { (one.id) } ", at " (one.at.clock()) " from " (one.client) " clients, by "
                    (one.host) @if let Some(address) = &one.address { " (" (address) ")" }
                } }
                (more(late.count, late.first.len()))
            }
        }
    }
}

fn more(all: u64, told: usize) -> Markup {
    let more = all.saturating_sub(told as u64);
    html! { @if more > 0 { li { "and " (more) " more" } } }
}
