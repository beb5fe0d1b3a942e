//! Every check is a room of its own: here is for each a history that it must pass, one that it must fail
//! and one that it must call unknown.

use super::{ReasonKind, Ruling, testing::Story, verdict};
use crate::{
    expect::{Found, Listener},
    history::{Ending, FaultStage, Phase, Round, StepOutcome},
    writer::Told,
};

/// What one check makes of three histories.
struct Room {
    name: &'static str,
    passes: Story,
    /// None for a check that only says what is not proved.
    fails: Option<Story>,
    unknown: Story,
}

/// All kinds. The match below has an arm for each: the compiler insists on it.
const KINDS: [ReasonKind; 8] = [
    ReasonKind::Incomplete,
    ReasonKind::Step,
    ReasonKind::Service,
    ReasonKind::Group,
    ReasonKind::Rollback,
    ReasonKind::Ledger,
    ReasonKind::EndState,
    ReasonKind::Fault,
];

fn rooms(kind: ReasonKind) -> Vec<Room> {
    match kind {
        ReasonKind::Incomplete => vec![completeness()],
        ReasonKind::Step => vec![steps()],
        ReasonKind::Service => vec![downtime(), comeback()],
        ReasonKind::Group => vec![groups()],
        ReasonKind::Rollback => vec![rollback()],
        ReasonKind::Ledger => vec![ledger()],
        ReasonKind::EndState => vec![end_state()],
        ReasonKind::Fault => vec![faults()],
    }
}

#[test]
fn each_check_passes_fails_and_is_unsure() {
    for kind in KINDS {
        for room in rooms(kind) {
            let found = |story: &Story| {
                let verdict = verdict(&story.history());
                let reasons = verdict.reasons.iter().filter(|reason| reason.kind == kind);
                reasons.map(|reason| reason.verdict).max().unwrap_or(Ruling::Pass)
            };
            assert_eq!(found(&room.passes), Ruling::Pass, "{}", room.name);
            assert_eq!(found(&room.unknown), Ruling::Unknown, "{}", room.name);
            if let Some(fails) = &room.fails {
                assert_eq!(found(fails), Ruling::Fail, "{}", room.name);
            }
        }
    }
}

fn completeness() -> Room {
    Room {
        name: "completeness",
        passes: Story::moved_links(),
        fails: None,
        unknown: Story::new().begin_migrate().ended(1_000, Ending::Interrupted, ""),
    }
}

fn steps() -> Room {
    let played = |outcome| {
        let story = Story::new().service("links", None).start_step("start", "links", "new");
        story.played("start", 0, 100, outcome, "").complete(1_000)
    };
    Room {
        name: "steps",
        passes: played(StepOutcome::Passed),
        fails: Some(played(StepOutcome::Failed)),
        unknown: Story::new().start_step("start", "links", "new").complete(1_000),
    }
}

/// A launch a second, with a budget of 3 s.
fn probed(samples: &str) -> Story {
    let end = samples.len() as u64 * 1_000;
    let story = Story::new().service("links", Some("3s")).group("all", &["links"], "3s");
    story.begin_migrate().sampled("links", 0..end, samples).phase_at(end, Phase::Restart)
}

fn downtime() -> Room {
    Room {
        name: "downtime",
        passes: probed("..xx..").complete(9_000),
        fails: Some(probed("..xxxxx..").complete(9_000)),
        unknown: probed("..xxx..").complete(9_000),
    }
}

fn comeback() -> Room {
    let after = |samples: &str| {
        let story = probed("....").sampled("links", 4_000..8_000, samples);
        story.phase_at(6_000, Phase::Recheck).complete(8_000)
    };
    Room {
        name: "comeback",
        passes: after("xx.."),
        fails: Some(after("xxxx")),
        unknown: after("????"),
    }
}

fn groups() -> Room {
    Room { name: "groups", ..downtime() }
}

fn rollback() -> Room {
    let taken_back = |samples: &str| {
        let story = Story::new()
            .service("links", None)
            .stop_step("stop", "links", "old")
            .undone_by_start("stop", "undo", "links", "old")
            .start_step("start", "links", "new")
            .rolls_back("start")
            .abort_budget("3s");
        let story = story.begin_migrate().played("stop", 0, 1_000, StepOutcome::Passed, "");
        let story = story.played("start", 1_000, 2_000, StepOutcome::Failed, "");
        let story = story.phase_at(2_000, Phase::Rollback);
        let story = story.played("undo", 2_000, 3_000, StepOutcome::Passed, "");
        let story = story.phase_at(3_000, Phase::Heal).sampled("links", 0..9_000, samples);
        story.phase_at(9_000, Phase::Restart).complete(9_000)
    };
    Room {
        name: "rollback",
        passes: taken_back(".xxxx...."),
        fails: Some(taken_back(".xxxxxxx.")),
        unknown: taken_back(".xxxxx..."),
    }
}

fn ledger() -> Room {
    let written = || {
        let story = Story::moved_with_a_writer().wrote(0..30, 0, Told::Acknowledged, "old");
        story.wrote(30..60, 6_000, Told::Acknowledged, "new")
    };
    Room {
        name: "ledger",
        passes: written().found("new", 0..60).complete(12_000),
        fails: Some(written().found("new", (0..20).chain(30..60)).complete(12_000)),
        unknown: written().complete(12_000),
    }
}

fn end_state() -> Room {
    let looked = |first: Found, again: Found| {
        let story = Story::new().expect_listener("listens", "new", 25);
        let story = story.observed("listens", Round::First, first);
        story.observed("listens", Round::AfterRestart, again).complete(1_000)
    };
    let there = || Found::Listeners(vec![Listener { port: 25, program: "master".into() }]);
    Room {
        name: "end state",
        passes: looked(there(), there()),
        fails: Some(looked(there(), Found::Listeners(vec![]))),
        unknown: looked(there(), Found::Unseen("no SSH".into())),
    }
}

fn faults() -> Room {
    let story = || Story::new().port_fault("exim", "new", 25, None).fault_bites("exim", 1);
    Room {
        name: "faults",
        passes: story().fault_gone("exim", 2).complete(1_000),
        fails: None,
        unknown: story().fault_stage("exim", 2, FaultStage::HealFailed, "").complete(1_000),
    }
}
