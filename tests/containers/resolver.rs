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
    let (name, tag) = image(&turn);
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

#[test]
fn what_the_aged_cache_still_holds_is_never_fetched_anew() {
    let Some(turn) = Turn::of_one() else { return };
    let (name, tag) = image(&turn);
    let zone = "@ 3600 IN SOA ns.inside.example. admin.inside.example. 1 3600 600 86400 5\n\
                @ 3600 IN NS ns.inside.example.\nns 3600 IN A 127.0.0.2\n";
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let pair = GenericImage::new(name, tag)
            .with_wait_for(WaitFor::message_on_stderr("start of service"))
            .with_env_var("FILAGE_ZONES", "inside.example")
            .with_env_var("FILAGE_AUTHORITY", "127.0.0.2")
            .with_env_var("FILAGE_TSIG_SECRET", TSIG_SECRET)
            .with_copy_to("/etc/filage/zones/inside.example.zone", zone.as_bytes().to_vec())
            .with_cmd(["sh", "-c", BOTH])
            .with_host_config_modifier(|host| {
                host.publish_all_ports = Some(false);
                host.network_mode = Some("none".to_owned());
            })
            .start()
            .await
            .expect("authority and resolver start");
        let mut asked = pair.exec(ExecCommand::new(["sh", "-c", AGE])).await.expect("sh runs");
        let printed = asked.stdout_to_vec().await.expect("it prints");
        let printed = String::from_utf8_lossy(&printed).into_owned();
        let complaints = asked.stderr_to_vec().await.expect("it may print");
        let complaints = String::from_utf8_lossy(&complaints);
        assert_eq!(printed, "127.0.0.10\n".repeat(6 * (1 + 4 * 12 + 1)), "{complaints}");
    });
}

const TSIG_SECRET: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// Both servers in one container, each at an address of its own.
const BOTH: &str = r#"
at() { sed "s/0\.0\.0\.0$1/$2/" "/usr/local/sbin/$3" > "/tmp/$3"; }
at @53 127.0.0.2@53 filage-authority
at '$' 127.0.0.1 filage-resolver
sh /tmp/filage-authority &
exec sh /tmp/filage-resolver
"#;

/// Six times: a record of an hour is held, then published anew with two seconds to live, and asked for
/// all the while that the cache ages by a minute.
const AGE: &str = r#"
publish() {
    printf '%s\n' 'server 127.0.0.2' 'zone inside.example.' 'del www.inside.example. A' \
        "add www.inside.example. $1 A $2" send |
        knsupdate -y "hmac-sha256:filage:$FILAGE_TSIG_SECRET"
    until kdig @127.0.0.2 +short www.inside.example A | grep -qx "$2"; do sleep 0.05; done
}
ask() { kdig @127.0.0.1 +retry=2 +timeout=10 +short www.inside.example A; }
for round in 1 2 3 4 5 6; do
    publish 3600 127.0.0.10
    unbound-control -q flush_zone .
    ask
    publish 2 127.0.0.20
    for asker in 1 2 3 4; do
        for n in 1 2 3 4 5 6 7 8 9 10 11 12; do ask; done &
    done
    filage-age-cache 60
    wait
    ask
done
"#;

/// The image of the world's name servers.
fn image(turn: &Turn) -> (String, String) {
    turn.engine.image("dns").unwrap_or_else(|| {
        // The images of a world are built by whoever needs one first.
        drop(play(Scenario::of_tests("notes"), &["--until", "stop-notes"]));
        turn.engine.image("dns").expect("a world has been there")
    })
}

async fn ask(resolver: &ContainerAsync<GenericImage>, name: &str) -> String {
    let question = ExecCommand::new(["kdig", "@127.0.0.1", "+retry=2", "+timeout=10", name, "A"]);
    let mut asked = resolver.exec(question).await.expect("kdig runs");
    let answer = asked.stdout_to_vec().await.expect("it answers");
    String::from_utf8_lossy(&answer).into_owned()
}
