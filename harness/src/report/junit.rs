//! `junit.xml`, for CI servers: a suite for the services, the rollback, the ledger, the end state, the faults and
//! the steps each. What is unknown is an error, so that no server takes it for a pass.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::{
    check::{
        EndStateVerdict, LedgerVerdict, Reason, ReasonKind, RollbackVerdict, Ruling, Seconds,
        StepVerdict, Verdict,
    },
    history::StepOutcome,
};

/// The verdict as JUnit's XML.
pub fn render(verdict: &Verdict) -> String {
    let mut report = Report::new(format!("filage {}", verdict.scenario));
    report.set_time(to_std(verdict.story_seconds));
    let suites = [
        ("rehearsal", rehearsal(verdict)),
        ("services", services(verdict)),
        ("rollback", verdict.rollback.iter().map(|of| rollback(verdict, of)).collect()),
        ("ledger", verdict.ledger.iter().map(|of| ledger(verdict, of)).collect()),
        ("end state", verdict.end_state.iter().map(end_state).collect()),
        ("faults", faults(verdict)),
        ("steps", verdict.steps.iter().map(step).collect()),
    ];
    for (name, cases) in suites {
        // Most scenarios have no writers, and most rehearsals no rollback.
        if matches!(name, "ledger" | "rollback") && cases.is_empty() {
            continue;
        }
        let mut suite = TestSuite::new(name);
        suite.add_test_cases(cases);
        report.add_test_suite(suite);
    }
    // Texts come from anywhere; what XML cannot hold has been taken out of them by the library.
    report.to_string().expect("a report in memory can be written")
}

/// Whether it was played to its end.
fn rehearsal(verdict: &Verdict) -> Vec<TestCase> {
    let texts: Vec<_> = of_kind(verdict, ReasonKind::Incomplete).map(|r| r.text.clone()).collect();
    let ruling = if texts.is_empty() { Ruling::Pass } else { Ruling::Unknown };
    vec![TestCase::new("played to its end", status(ruling, "incomplete", texts.join("; ")))]
}

fn services(verdict: &Verdict) -> Vec<TestCase> {
    let services = verdict.services.iter().map(|service| {
        let texts: Vec<_> = of_kind(verdict, ReasonKind::Service)
            .filter(|reason| reason.service.as_ref() == Some(&service.name))
            .filter(|reason| reason.client.is_none_or(|client| client == service.client))
            .map(|reason| reason.text.clone())
            .collect();
        let name = format!("{} ({})", service.name, service.client);
        let mut case = TestCase::new(name, status(service.verdict, "downtime", texts.join("; ")));
        case.set_time(to_std(service.downtime.max_seconds));
        case
    });
    let groups = verdict.groups.iter().map(|group| {
        let budget = group.budget_seconds;
        let text = format!("together down for {}, budget {budget}", group.downtime);
        let mut case = TestCase::new(
            format!("together: {}", group.name),
            status(group.verdict, "downtime", text),
        );
        case.set_time(to_std(group.downtime.max_seconds));
        case
    });
    services.chain(groups).collect()
}

fn rollback(verdict: &Verdict, rollback: &RollbackVerdict) -> TestCase {
    let texts: Vec<_> = of_kind(verdict, ReasonKind::Rollback).map(|r| r.text.clone()).collect();
    let text = if texts.is_empty() { rollback.in_words() } else { texts.join("; ") };
    let name = format!("after {}", rollback.step);
    let mut case = TestCase::new(name, status(rollback.verdict, "rollback", text));
    if let Some(took) = rollback.took {
        case.set_time(to_std(took.max_seconds));
    }
    case
}

fn ledger(verdict: &Verdict, ledger: &LedgerVerdict) -> TestCase {
    let texts: Vec<_> = of_kind(verdict, ReasonKind::Ledger)
        .filter(|reason| reason.service.as_ref() == Some(&ledger.service))
        .map(|reason| reason.text.clone())
        .collect();
    let text = if texts.is_empty() { ledger.summary() } else { texts.join("; ") };
    TestCase::new(ledger.service.to_string(), status(ledger.verdict, "ledger", text))
}

fn end_state(line: &EndStateVerdict) -> TestCase {
    let text = format!(
        "expected that {}; found: {}; found after a restart: {}",
        line.expected, line.found, line.after_restart.found
    );
    TestCase::new(line.id.to_string(), status(line.verdict, "end-state", text))
}

fn faults(verdict: &Verdict) -> Vec<TestCase> {
    verdict
        .faults
        .iter()
        .map(|fault| {
            let text = of_kind(verdict, ReasonKind::Fault)
                .find(|reason| reason.fault.as_ref() == Some(&fault.id))
                .map_or_else(String::new, |reason| reason.text.clone());
            TestCase::new(fault.id.to_string(), status(fault.verdict, "fault", text))
        })
        .collect()
}

fn step(step: &StepVerdict) -> TestCase {
    let status = match step.outcome {
        Some(StepOutcome::Passed) => TestCaseStatus::success(),
        Some(StepOutcome::Skipped) => skipped("the operator forgot it, as asked"),
        Some(StepOutcome::NotReached) => skipped("not reached"),
        Some(StepOutcome::Failed | StepOutcome::TimedOut) if step.verdict == Ruling::Pass => {
            skipped(&format!("failed, which the scenario allows: {}", step.detail))
        }
        Some(StepOutcome::Failed | StepOutcome::TimedOut) => {
            status(Ruling::Fail, "step", step.detail.clone())
        }
        None => status(Ruling::Unknown, "step", "it did not come to an end".to_owned()),
    };
    let mut case = TestCase::new(step.id.to_string(), status);
    if let (Some(started), Some(ended)) = (step.started_at, step.ended_at) {
        let took = ended.0.as_micros().saturating_sub(started.0.as_micros());
        case.set_time(Duration::from_micros(took));
    }
    case
}

fn of_kind(verdict: &Verdict, kind: ReasonKind) -> impl Iterator<Item = &Reason> {
    verdict.reasons.iter().filter(move |reason| reason.kind == kind)
}

fn status(ruling: Ruling, about: &str, text: String) -> TestCaseStatus {
    let kind = match ruling {
        Ruling::Pass => return TestCaseStatus::success(),
        Ruling::Unknown => NonSuccessKind::Error,
        Ruling::Fail => NonSuccessKind::Failure,
    };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(format!("{about}-{ruling}")).set_message(text);
    status
}

fn skipped(why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(why);
    status
}

fn to_std(seconds: Seconds) -> Duration {
    seconds.0.to_std()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        check::{self, testing::Story},
        writer::Told,
    };

    #[test]
    fn a_ledger_is_a_suite_of_its_own() {
        let story = Story::moved_with_a_writer()
            .wrote(0..30, 0, Told::Acknowledged, "old")
            .wrote(30..60, 6_000, Told::Acknowledged, "new")
            .found("new", 1..60);
        let text = render(&check::verdict(&story.complete(12_000).history()));
        let begin = text.find("<testsuite name=\"ledger\"").expect("there is one");
        let end = begin + text[begin..].find("</testsuite>").expect("it ends");
        insta::assert_snapshot!(text[begin..end], @r#"
        <testsuite name="ledger" tests="1" disabled="0" errors="0" failures="1">
                <testcase name="links">
                    <failure message="`links` lost 1 acknowledged write: it was made before `transfer-links` began" type="ledger-fail"/>
                </testcase>
        "#);
    }

    #[test]
    fn suites_and_cases() {
        let story = Story::moved_links()
            .start_step("late", "links", "new")
            .expect_listener("unseen", "new", 81)
            .played("late", 3_500, 4_000, StepOutcome::Failed, "no image `links` & no <tag>");
        insta::assert_snapshot!(render(&check::verdict(&story.history())), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="filage tiny" tests="9" failures="1" errors="1" time="6.000">
            <testsuite name="rehearsal" tests="1" disabled="0" errors="0" failures="0">
                <testcase name="played to its end">
                </testcase>
            </testsuite>
            <testsuite name="services" tests="2" disabled="0" errors="0" failures="0">
                <testcase name="links (fresh)" time="1.600">
                </testcase>
                <testcase name="together: all" time="1.600">
                </testcase>
            </testsuite>
            <testsuite name="end state" tests="2" disabled="0" errors="1" failures="0">
                <testcase name="links-listens">
                </testcase>
                <testcase name="unseen">
                    <error message="expected that `new` listens on 81; found: not looked at; found after a restart: not looked at" type="end-state-unknown"/>
                </testcase>
            </testsuite>
            <testsuite name="faults" tests="1" disabled="0" errors="0" failures="0">
                <testcase name="squatter">
                </testcase>
            </testsuite>
            <testsuite name="steps" tests="3" disabled="0" errors="0" failures="1">
                <testcase name="stop-links" time="0.500">
                </testcase>
                <testcase name="start-links" time="0.900">
                </testcase>
                <testcase name="late" time="0.500">
                    <failure message="no image `links` &amp; no &lt;tag&gt;" type="step-fail"/>
                </testcase>
            </testsuite>
        </testsuites>
        "#);
    }
}
