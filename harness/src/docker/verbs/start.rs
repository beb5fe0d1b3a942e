//! `start`: now, and at every boot. When a port is taken, the one who holds it is named.

use crate::{
    base::{HostId, ServiceId},
    docker::{
        Error, container_args, observe,
        operator::{Hands, quote},
    },
    plan::ServiceKind,
    scenario::Container,
    step::Start,
};

pub(super) async fn play(hands: &Hands<'_>, args: &Start) -> Result<String, Error> {
    let Start { service, on } = args;
    match &hands.stage.plan.services[service].kind {
        ServiceKind::Container(container) => start_container(hands, service, container, on).await?,
        ServiceKind::Unit(unit) => {
            let name = &unit.name;
            hands
                .root_on(
                    on,
                    &format!(
                        "systemctl enable --now {name} && sleep {SETTLING} && \
                         systemctl is-active --quiet {name} || \
                         {{ journalctl --unit {name} -n 3 -q --no-pager -o cat >&2; exit 1; }}"
                    ),
                )
                .await?
                .expect(&format!("unit `{name}` did not start on `{on}`"))?;
        }
    }
    Ok(format!("`{service}` runs on `{on}`"))
}

async fn start_container(
    hands: &Hands<'_>,
    service: &ServiceId,
    container: &Container,
    on: &HostId,
) -> Result<(), Error> {
    let image = &hands.stage.setting.images.services[service];
    let create = container_args::create_args(service, container, image)
        .iter()
        .map(|word| quote(word))
        .collect::<Vec<_>>()
        .join(" ");
    let said = hands.root_on(on, &create_or_start(service, &create)).await?;
    if said.code != 0 {
        let taken = TAKEN.iter().find_map(|words| said.complaint(words));
        let holders = match taken {
            Some(_) => holders(hands, container, on).await?,
            None => String::new(),
        };
        return Err(Error::Said(format!(
            "`{service}` did not start on `{on}`: {holders}Docker said: {}",
            essence(taken.unwrap_or(&said.why()))
        )));
    }
    // The same start before and after: one that crashed and was started again is another one.
    let look =
        format!("docker inspect -f '{{{{.State.Status}}}} {{{{.State.StartedAt}}}}' {service}");
    let stays = format!(
        "first=$({look}); sleep {SETTLING}; second=$({look}); \
         case $second in \"running \"*) test \"$first\" = \"$second\" ;; *) false ;; esac || \
         {{ docker logs --tail 3 {service} >&2; exit 1; }}"
    );
    hands
        .root_on(on, &stays)
        .await?
        .expect(&format!("`{service}` died right after its start on `{on}`"))?;
    Ok(())
}

fn create_or_start(service: &ServiceId, create: &str) -> String {
    let id = container_args::id_of(service);
    format!(
        "id={id} || exit 1; test -n \"$id\" || id=$({create}) && \
         docker update --restart=unless-stopped $id >/dev/null && docker start $id"
    )
}

/// For so many seconds a service has to stay up to count as started.
const SETTLING: &str = "0.5";

/// What Docker says when a port cannot be published because somebody has it: a program of the
/// host, or another container.
const TAKEN: [&str; 2] = ["address already in use", "port is already allocated"];

/// The part of Docker's words that says what is wrong: before it stand the engine's own layers, and
/// the hash of a container.
fn essence(words: &str) -> &str {
    let begin = ["listen tcp", "listen udp", "Bind for"].iter().find_map(|begin| words.find(begin));
    match begin {
        Some(at) => words[at..].trim_end_matches('.'),
        None => words.trim_start_matches("Error response from daemon: "),
    }
}

/// Who holds the ports that the service wants, in words.
async fn holders(hands: &Hands<'_>, container: &Container, on: &HostId) -> Result<String, Error> {
    let mut words = String::new();
    for port in container.publish.iter().map(|publish| publish.host) {
        let said = hands.ask_root_on(on, &format!("ss -Hltnp 'sport = :{port}'")).await?;
        for listener in observe::listeners(&said.stdout) {
            words += &format!("port {port} of `{on}` is held by `{}`; ", listener.program);
        }
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::{create_or_start, essence};

    /// Docker takes a name that nobody has for the beginning of an id: once in 256, `db` was the
    /// container of another service, which was started in its place.
    #[test]
    fn a_service_named_like_the_beginning_of_an_id_is_created() {
        let folder = tempfile::tempdir().unwrap();
        let docker = folder.path().join("docker");
        let fake = "#!/bin/sh\necho \"$*\" >> \"$0.log\"\n\
                    case \"$*\" in\n\
                    'ps '*'name=^/db$') ;;\n\
                    'ps '*'name=^/doh$') echo db12 ;;\n\
                    create*) echo 9f34 ;;\n\
                    esac\n";
        std::fs::write(&docker, fake).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&docker, mode).unwrap();
        for (service, last) in [("db", "start 9f34"), ("doh", "start db12")] {
            let command = create_or_start(&service.parse().unwrap(), "docker create");
            let command = command.replace("docker", docker.to_str().unwrap());
            let status = std::process::Command::new("sh").args(["-c", &command]).status();
            assert!(status.unwrap().success(), "{command}");
            let log = std::fs::read_to_string(folder.path().join("docker.log")).unwrap();
            assert_eq!(log.lines().last(), Some(last), "{log}");
        }
    }

    #[test]
    fn docker_is_cited_where_it_speaks_of_the_port() {
        for (said, essential) in [
            (
                "Error response from daemon: driver failed programming external connectivity on \
                 endpoint mail (0a1b2c): Error starting userland proxy: listen tcp4 0.0.0.0:25: \
                 bind: address already in use",
                "listen tcp4 0.0.0.0:25: bind: address already in use",
            ),
            (
                "Error response from daemon: driver failed programming external connectivity on \
                 endpoint mail (0a1b2c): Bind for 0.0.0.0:25 failed: port is already allocated",
                "Bind for 0.0.0.0:25 failed: port is already allocated",
            ),
            ("Error response from daemon: no such image", "no such image"),
            ("something else", "something else"),
        ] {
            assert_eq!(essence(said), essential);
        }
    }
}
