//! From a scenario to a plan, and how it reads.

use insta::assert_snapshot;
use proptest::prelude::*;

use super::{ChoiceError, Choices, Fate, FaultChoice, Plan, describe, resolve};
use crate::scenario::{FileKind, Files, Scenario, parse};

const GOOD: &str = include_str!("../scenario/tests/good.yaml");

/// A folder in which every path is right.
struct Anything;

impl Files for Anything {
    fn kind(&self, path: &str) -> FileKind {
        let file = path.starts_with("scripts")
            || path.starts_with("files")
            || path.ends_with("Dockerfile");
        if file { FileKind::File } else { FileKind::Folder }
    }
}

fn good() -> Scenario {
    parse("good.yaml", GOOD.as_bytes(), &Anything).unwrap_or_else(|it| panic!("{}", it.plain()))
}

fn plan(choices: &Choices) -> Plan {
    resolve(&good(), choices).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_plan_in_words() {
    assert_snapshot!(describe(&plan(&Choices { seed: 7, ..Choices::default() })), @"
    déménagement (seed 7)
    Everything that a scenario can say, at least once.

    zone
      asso.example, TTL 1h
      @ MX 10 mail.asso.example.
      www CNAME links

    hosts
      old    debian-12, profile kvm, with Docker, login as root
      new    debian-12, profile lxc, with Docker, login as admin, packages exim4-daemon-light, /etc/motd from files/motd
      relay  debian-12, profile kvm, without Docker, login as admin

    services
      db      on old    db.asso.example      container of images/db     port 3307
      links   on old    links.asso.example   container of images/links  port 443       needs db
      doh     on old    doh.asso.example     container of images/doh    port 8443
      mail    on old    mail.asso.example    unit mail.service          port 25, 143
      shop    on relay  shop.asso.example    unit shop.service          port 80, 5432
      basket  on relay  basket.asso.example  unit basket.service        port 8080
      tor     on relay  tor.asso.example     unit tor.service           port 9001

    downtime
      db      no budget                         tcp 3307 answers `MariaDB`, from fresh clients
      links   5m at most, 1h 5m at most (late)  https 443 /?q=1 answers 200 with `Lstu` to the end `</html>`, from fresh, keepalive, pinned, late clients
      doh     0s at most                        doh 8443 /dns-query knows the MX of asso.example as `10 mail.asso.example`, from fresh clients
      mail    no budget                         smtp 25 takes mail for `me@asso.example`, slow after 500ms, from fresh clients
      shop    no budget                         sql 5432 (postgres) answers `SELECT 1` with `1`, from fresh clients
      basket  no budget                         not measured
      tor     no budget                         command scripts/fill.sh, from fresh clients
      all     10m at most                       db, links, doh, mail, shop, tor together
      pair    6m at most                        db, links together
      asked every 200ms, every 10ms around changes; an answer after 1s does not count
      the resolver of late clients holds every record for 1h

    writers
      links   10 a second, from keepalive clients, 3 at once; given up after 2s
              written by https 443 PUT /a/{id}
              read from links by command scripts/fill.sh
      mail    5 a second, from fresh clients, 2 at once; given up after 5s
              written by smtp 25 to me@asso.example
              read from mail by imap 143 INBOX of me
      shop    5 a second, from fresh clients, 2 at once; given up after 5s
              written by sql 5432 (postgres) INSERT INTO a VALUES ('{id}')
              read from shop by sql 5432 (postgres) SELECT a FROM a
      basket  5 a second, from fresh clients, 2 at once; given up after 5s
              written by http 8080 POST /add
              read from shop by http 80 /all

    faults
      exim-holds-port-25  port 25 of `new` is held by exim4           from the start                  until step `free-port-25` has passed
      link-lost           `new` is without network                    during step `transfer-db`       for 10s
      late                port 8080 of `relay` is held by a listener  30m after the first step began  until the migration is over

    steps
       1. ttl-links       set the TTL of `links.asso.example` and `www.asso.example` to 5s
          needs      the authoritative server
          touches    the address records of `links.asso.example` and `www.asso.example`; caches follow when the old TTL has run out
          deadline   1m
       2. wait            wait 1h: the old TTL runs out
          touches    story time, and what is cached
          deadline   1m
       3. unplug          run `scripts/free-port-25.sh` on `new`, through its console
          touches    whatever the script touches
          may break  whatever the script breaks
          simulated  not: what is true of `new` afterwards is not known there, as `simulates:` does not say what the script amounts to
          deadline   1m
          on failure retry 3 times, every 5s
       4. free-port-25    run `scripts/free-port-25.sh` at the operator's side
          about      the port is found to be taken
          touches    whatever the script touches
          may break  whatever the script breaks
          simulated  not: what is true of all hosts and of DNS afterwards is not known there, as `simulates:` does not say what the script amounts to
          deadline   5m
       5. install-htop    install `htop` on `new`
          needs      SSH to `new`; the package mirror, through the world's caching proxy
          touches    the packages of `new`, and the daemons that they bring
          may break  whatever shares a port with a new daemon on `new`
          deadline   5m
          on failure continue
       6. volume-db       create the volumes of `db` and `links` on `new`
          needs      SSH to `new`
          touches    the volumes of `new`
          deadline   1m
       7. image-db        copy the images of `db` and `links` from `old` to `new`
          after      no step
          needs      Docker on `old` and `new`; SSH to `old` and `new`
          touches    the images on `new`
          deadline   10m
       8. stop-links      stop `links` on `old`
          needs      SSH to `old`
          touches    the listeners of `old`
          may break  `links`, for everybody whose DNS points to `old`
          deadline   1m
          undo       start `links` on `old` (undo-stop-links, within 2m; on failure: retry 2 times, every 1s)
       9. stop-db         stop `db` on `old`
          needs      SSH to `old`
          touches    the listeners of `old`
          may break  `db`, for everybody whose DNS points to `old`
          deadline   1m
          undo       start `db` on `old` (db-again, within 2m)
      10. transfer-db     transfer the data of `db` from `old` to `new`
          after      stop-db, image-db, volume-db
          needs      SSH to `old` and `new`; `db` stopped on `old`, or what it writes meanwhile is lost
          touches    the data of `db` on `new`
          may break  `db` on `new`, if it runs there already
          deadline   10m
      11. start-db        start `db` on `new`
          needs      SSH to `new`; the image or the files of `db` on `new`; its ports free on `new`
          touches    the listeners of `new`
          may break  `db`, when a port of it is taken
          deadline   2m
          on failure roll back
      12. transfer-links  transfer the data of `links` from `old` to `new`
          needs      SSH to `old` and `new`; `links` stopped on `old`, or what it writes meanwhile is lost
          touches    the data of `links` on `new`
          may break  `links` on `new`, if it runs there already
          deadline   10m
      13. start-links     start `links` on `new`
          needs      SSH to `new`; the image or the files of `links` on `new`; its ports free on `new`
          touches    the listeners of `new`
          may break  `links`, when a port of it is taken
          deadline   2m
      14. point-links     point `links.asso.example` to `new`
          needs      the authoritative server
          touches    the address records of `links.asso.example`
          may break  clients whose resolver still holds the old address of `links.asso.example`, for up to its TTL
          deadline   1m
          on failure retry 1 times, every 1s, then roll back
      15. check           check that `links.asso.example` A is the address of `new`, and that `https://links.asso.example/` answers 200 with `Lstu`
          deadline   1m
      16. wait-2          wait 1m: caches
          touches    story time, and what is cached
          deadline   1m

    end state
      new-listens  `new` listens on 443, 3307
      old-silent   nothing listens on 443 of `old`
      new-runs     `db`, `links` run on `new`, also after a boot
      old-stopped  `links` does not run on `old`, nor after a boot
      ssh          unit `ssh.service` of `new` is active and enabled
      motd         file `/etc/motd` of `new` has SHA-256 `e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855`
      gone         file `/srv/links` of `old` does not exist
      same-rows    the data of `db` is the same on `old` and `new`
      name         `links.asso.example` A is the address of `new`
      mx           `asso.example` MX is `10 mail.asso.example.`
      page         `https://links.asso.example:443/a?b=c` answers 200
      mail         `mail` accepts a mail to `me@asso.example` and shows it

    after a rollback
      old-serves       `db`, `links`, `doh`, `mail` run on `old`, also after a boot
      relay-serves     `shop`, `basket`, `tor` run on `relay`, also after a boot
      db-at-old        `db.asso.example` A is the address of `old`
      links-at-old     `links.asso.example` A is the address of `old`
      doh-at-old       `doh.asso.example` A is the address of `old`
      mail-at-old      `mail.asso.example` A is the address of `old`
      shop-at-relay    `shop.asso.example` A is the address of `relay`
      basket-at-relay  `basket.asso.example` A is the address of `relay`
      tor-at-relay     `tor.asso.example` A is the address of `relay`
      undone, and all services answer, within 20m
    ");
}

#[test]
fn a_step_needs_the_one_before_it_unless_it_says_otherwise() {
    let plan = plan(&Choices::default());
    let needs = |id: &str| {
        let step = plan.step(&id.parse().unwrap()).expect("the step is there");
        step.needs.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(needs("ttl-links"), "");
    assert_eq!(needs("wait"), "ttl-links");
    assert_eq!(needs("image-db"), "");
    assert_eq!(needs("transfer-db"), "stop-db image-db volume-db");
}

#[test]
fn until_leaves_out_what_the_last_step_does_not_need() {
    let until = Some("stop-db".parse().unwrap());
    let skip = vec!["stop-links".parse().unwrap(), "wait-2".parse().unwrap()];
    let plan = plan(&Choices { until, skip, ..Choices::default() });
    let with = |fate: Fate| {
        let steps = plan.steps.iter().filter(|step| step.fate == fate);
        steps.map(|step| step.id.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(with(Fate::Play), "image-db stop-db");
    assert_eq!(with(Fate::Skip), "stop-links");
    assert!(with(Fate::Beyond).contains("wait-2"));
}

#[test]
fn faults_are_chosen() {
    let active = |faults| {
        let plan = plan(&Choices { faults, ..Choices::default() });
        plan.active_faults().map(|(id, _)| id.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(active(FaultChoice::All), "exim-holds-port-25 link-lost late");
    assert_eq!(active(FaultChoice::None), "");
    assert_eq!(active(FaultChoice::Only(vec!["late".parse().unwrap()])), "late");
}

#[test]
fn a_group_of_all_is_one_of_what_is_measured() {
    let plan = plan(&Choices::default());
    let all: Vec<_> = plan.budgets["all"].services.iter().map(ToString::to_string).collect();
    assert_eq!(all, ["db", "links", "doh", "mail", "shop", "tor"]);
    assert_eq!(plan.budgets["pair"].services.len(), 2);
}

#[test]
fn unknown_choices_are_refused() {
    let refused = |choices: &Choices| match resolve(&good(), choices) {
        Err(ChoiceError::Unknown { help, .. }) => help,
        other => panic!("expected an unknown choice, found {other:?}"),
    };
    let skip = vec!["stop-lnks".parse().unwrap()];
    assert!(
        refused(&Choices { skip, ..Choices::default() }).starts_with("did you mean `stop-links`?")
    );
    let faults = FaultChoice::Only(vec!["nothing-alike".parse().unwrap()]);
    assert_eq!(
        refused(&Choices { faults, ..Choices::default() }),
        "known faults: `exim-holds-port-25`, `link-lost`, `late`"
    );
    let stop: crate::base::StepId = "stop-db".parse().unwrap();
    let choices =
        Choices { until: Some(stop.clone()), skip: vec![stop.clone()], ..Choices::default() };
    assert_eq!(resolve(&good(), &choices), Err(ChoiceError::UntilSkipped { step: stop }));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

    /// The same choices make the same plan, and what plays has all that it needs, or the operator
    /// forgot it.
    #[test]
    fn plans_are_whole(seed: u64, until in proptest::option::of(0_usize..16), skip in proptest::collection::vec(0_usize..16, 0..4)) {
        let scenario = good();
        let ids = crate::scenario::step_ids(&scenario);
        let until = until.map(|index| ids[index].clone());
        let skip: Vec<_> = skip.into_iter().map(|index| ids[index].clone()).filter(|id| until.as_ref() != Some(id)).collect();
        let choices = Choices { seed, until, skip, ..Choices::default() };
        let plan = resolve(&scenario, &choices).unwrap();
        prop_assert_eq!(&plan, &resolve(&scenario, &choices).unwrap());
        for step in plan.steps.iter().filter(|step| step.fate != Fate::Beyond) {
            for need in &step.needs {
                prop_assert_ne!(plan.step(need).map(|step| step.fate), Some(Fate::Beyond));
            }
        }
    }
}
