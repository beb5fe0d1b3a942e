//! Hosts with a Docker Engine inside.

use std::fs;

use filage::check::Ruling;
use filage_tests::{rehearsal::play, scenario::Scenario, turn::Turn};

#[test]
fn a_container_moves_with_its_volume_and_comes_back_after_a_restart() {
    let Some(turn) = Turn::of_one() else { return };
    let played = play(Scenario::of_tests("tiny"), &[]).with_code(0);
    assert_eq!(played.line("the-data-is-the-same").after_restart.verdict, Ruling::Pass);
    assert_eq!(played.line("runs-on-new").after_restart.verdict, Ruling::Pass);
    for host in ["old", "new"] {
        let log = |name: &str| {
            let path = played.folder.join(format!("logs/{host}-{name}.log"));
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{host} {name}: {error}"))
        };
        assert!(log("journal").contains("systemd"), "{host}: {}", log("journal"));
        let printed = log("tiny");
        assert!(printed.contains("GET /first.txt"), "{host}: {printed}");
        assert!(!printed.contains('\0'), "{host}: with the engine's own headers: {printed:?}");
    }
    played.assert_gone(&turn.engine);
}

#[test]
fn a_container_that_was_started_by_hand_is_found_by_the_restart() {
    let Some(turn) = Turn::of_one() else { return };
    let scenario = Scenario::of_tests("tiny")
        // Nobody has to wait for an answer that cannot come.
        .with(
            "    probe: { http: { port: 8080, path: /first.txt, expect: { contains: acknowledged } } }\n\
             \x20   budget: 1m\n",
            "",
        )
        .script(
            "start-by-hand.sh",
            "image=$(sudo docker images --format '{{.Repository}}:{{.Tag}}' | head -n 1)\n\
             sudo docker run --detach --name tiny --publish 8080:80 \
             --volume tiny-data:/srv/tiny \"$image\"",
        )
        .with("  - start: tiny\n", "  - id: by-hand\n    run: scripts/start-by-hand.sh\n");
    let played = play(scenario, &[]).with_code(1);
    let listens = played.line("new-listens");
    let found = (&listens.found, &listens.after_restart);
    assert!(listens.found.contains("8080"), "it ran after the migration: {found:#?}");
    assert_eq!(listens.after_restart.verdict, Ruling::Fail, "and no more after a boot: {found:#?}");
    assert_eq!(listens.verdict, Ruling::Fail);
    played.assert_reasons(&["new-listens", "restart"]);
    played.assert_gone(&turn.engine);
}
