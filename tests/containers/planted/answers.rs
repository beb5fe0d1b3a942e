//! Answers that come, but wrong, late, or never whole.

use filage::{base::Duration, check::Ruling, history::Sample, probe::Answer};
use filage_tests::{
    rehearsal::{Played, play},
    scenario::Scenario,
    turn::Turn,
};

use super::{by_console, shelf_that};

/// The new host takes over beside the old one, so that nothing is down by the way. It is mended when
/// it has been seen for a while.
fn taken_over_by_a_bad_host(bad: &str, mend: &str) -> Scenario {
    let steps = [
        &by_console("spoil", "new"),
        "  - start: shelf\n    on: new\n",
        "  - point: { name: www.shelf.example, to: new }\n",
        &by_console("mend", "new"),
    ];
    shelf_that(&steps.concat())
        .script("spoil.sh", bad)
        .script("mend.sh", &format!("until [ -e /run/visit ]; do sleep 0.1; done\n{mend}"))
        .with("budget: 1m", "budget: 500ms")
}

#[test]
fn a_new_host_with_another_sites_content_is_not_up() {
    let Some(turn) = Turn::of_one() else { return };
    let scenario = taken_over_by_a_bad_host(
        "cp /opt/page.html /opt/good.html\n\
         echo '<html>Welcome to nginx!</html>' > /opt/page.html",
        "sleep 2; mv /opt/good.html /opt/page.html",
    );
    let played = play(scenario, &[]).with_code(1);
    assert_wrong_for_a_while(&played, &["but without the text `A shelf of books`"]);
    played.assert_gone(&turn.engine);
}

#[test]
fn a_page_that_a_proxy_cuts_off_is_not_up_even_where_its_length_agrees() {
    let Some(turn) = Turn::of_one() else { return };
    let scenario = taken_over_by_a_bad_host(
        "echo half > /run/proxy\n\
         sed -i 's|^ExecStart=.*|& 8081|' /etc/systemd/system/shelf.service\n\
         systemctl daemon-reload\n\
         systemd-run --quiet --unit=proxy python3 /opt/proxy.py",
        "sleep 1; echo less > /run/proxy; sleep 1; echo whole > /run/proxy",
    );
    let played = play(scenario, &["--until", "mend"]).with_code(1);
    assert_wrong_for_a_while(&played, &["not with `</html>`", "breaks off"]);
    played.assert_gone(&turn.engine);
}

/// The new host answers, but not as wished; nobody is silent.
#[track_caller]
fn assert_wrong_for_a_while(played: &Played, whys: &[&str]) {
    let shelf = played.service("shelf");
    assert_eq!((shelf.verdict, shelf.samples.down), (Ruling::Fail, 0), "{shelf:#?}");
    let [outage] = shelf.outages.as_slice() else { panic!("one outage: {shelf:#?}") };
    assert!(outage.min_seconds.0 > Duration::from_secs(1), "{outage:#?}");
    let reason = played.reason_of("shelf");
    assert_eq!(reason.host.as_ref().map(|host| host.as_str()), Some("new"), "{reason:#?}");
    let new = played.address("new");
    let wrong = |sample: &Sample| sample.answer == Answer::Wrong;
    let samples: Vec<Sample> = played.samples().filter(wrong).collect();
    assert!(samples.iter().all(|it| it.host.as_ref().is_some_and(|host| host.as_str() == "new")));
    for why in whys {
        let told = samples.iter().filter(|it| it.detail.contains(why) && it.detail.contains(&new));
        assert!(told.count() > 2, "`{why}` is not said of {new}");
    }
    let last = whys[whys.len() - 1];
    played.assert_reasons(&["`shelf` was down for", "over the budget of 500ms", last]);
}

#[test]
fn connections_that_are_accepted_and_never_answered_are_down_by_the_deadline() {
    let Some(turn) = Turn::of_one() else { return };
    let scenario = shelf_that(&by_console("freeze", "old"))
        .script(
            "freeze.sh",
            "shelf=$(systemctl show --property MainPID --value shelf.service)\n\
             kill -STOP $shelf; sleep 3; kill -CONT $shelf",
        )
        .with("budget: 1m", "budget: 500ms")
        .with("services:\n", "probing: { deadline: 1s }\n\nservices:\n");
    let played = play(scenario, &[]).with_code(1);
    let shelf = played.service("shelf");
    let [outage] = shelf.outages.as_slice() else { panic!("one outage: {shelf:#?}") };
    assert_eq!(shelf.samples.wrong, 0, "nobody answered");
    // Who comes in the last second before it goes on is answered in time.
    assert!(outage.min_seconds.0 > Duration::from_secs(1), "{outage:#?}");
    assert!(outage.max_seconds.0 < Duration::from_secs(3), "{outage:#?}");
    let old = played.address("old");
    let words = format!("timed out after 1s while waiting for an HTTP answer from {old}:8080");
    played.assert_reasons(&["`shelf` was down", "over the budget of 500ms", &words, "`freeze`"]);
    assert_eq!(outage.causes[0].id, "freeze");
    played.assert_gone(&turn.engine);
}
