//! A part of the world alone: its resolver, without a world around it.

use filage_tests::{rehearsal::play, scenario::Scenario, turn::Turn};
use testcontainers::{
    ContainerAsync, GenericImage, ImageExt,
    core::{ExecCommand, WaitFor},
    runners::AsyncRunner,
};

#[test]
fn the_resolver_refuses_names_from_outside_and_tells_who_asked() {
    let Some(turn) = Turn::of_one() else { return };
    let (name, tag) = turn.engine.image("dns").unwrap_or_else(|| {
        // The images of a world are built by whoever needs one first.
        drop(play(Scenario::of_tests("notes"), &["--until", "stop-notes"]));
        turn.engine.image("dns").expect("a world has been there")
    });
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let resolver = GenericImage::new(name, tag)
            .with_wait_for(WaitFor::message_on_stderr("start of service"))
            .with_env_var("FILAGE_ZONES", "inside.example")
            .with_env_var("FILAGE_AUTHORITY", "127.0.0.2")
            .with_cmd(["filage-resolver"])
            // It is asked from inside: nothing of it is to be seen on the machine.
            .with_host_config_modifier(|host| {
                host.publish_all_ports = Some(false);
                host.network_mode = Some("none".to_owned());
            })
            .start()
            .await
            .expect("the resolver starts");
        let outside = ask(&resolver, "telemetry.outside-name.org").await;
        assert!(outside.contains("REFUSED"), "{outside}");
        // A name of the zone is not refused; that its authority is away is another matter.
        let inside = ask(&resolver, "www.inside.example").await;
        assert!(inside.contains("SERVFAIL"), "{inside}");

        let log = resolver.stderr_to_vec().await.expect("it has a log");
        let log = String::from_utf8_lossy(&log).into_owned();
        assert!(log.contains("info: . refuse 127.0.0.1@"), "{log}");
        assert!(log.contains("telemetry.outside-name.org. A IN"), "{log}");
        assert!(!log.contains("refuse 127.0.0.1@0 www.inside.example"), "{log}");
    });
}

async fn ask(resolver: &ContainerAsync<GenericImage>, name: &str) -> String {
    let question = ExecCommand::new(["kdig", "@127.0.0.1", "+retry=2", "+timeout=10", name, "A"]);
    let mut asked = resolver.exec(question).await.expect("kdig runs");
    let answer = asked.stdout_to_vec().await.expect("it answers");
    String::from_utf8_lossy(&answer).into_owned()
}
