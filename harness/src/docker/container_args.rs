//! Owns how a service becomes a container of its host's own Docker: the one command for it, on
//! the old host when it is prepared and on the new one when a step starts the service there.
//! And how that very container is found again.
//! Must not know: hosts, steps.

use crate::{base::ServiceId, scenario::Container};

/// Where on a host the certificates of a service lie: `cert.pem` and `key.pem`.
pub fn tls_folder(service: &ServiceId) -> String {
    format!("/etc/filage/tls/{service}")
}

/// The whole command, from `docker` on, that creates a service's container on its host. Volumes
/// have on the host the names that the scenario gives them; name servers are the host's.
pub fn create_args(service: &ServiceId, container: &Container, image: &str) -> Vec<String> {
    let mut args: Vec<String> =
        ["docker", "create", "--restart", "unless-stopped"].map(str::to_owned).to_vec();
    let mut option = |name: &str, value: String| args.extend([name.to_owned(), value]);
    option("--name", service.to_string());
    for port in &container.publish {
        option("--publish", port.to_string());
    }
    for (volume, path) in &container.volumes {
        option("--volume", format!("{volume}:{path}"));
    }
    if let Some(path) = &container.tls {
        option("--volume", format!("{}:{path}:ro", tls_folder(service)));
    }
    for (name, value) in &container.environment {
        option("--env", format!("{name}={value}"));
    }
    args.push(image.to_owned());
    args
}

/// For a shell on the host: the id of the service's container; nothing where there is none. Docker takes
/// a name that nobody has for the beginning of an id: with `docker stop db` and no container of
/// that name, another one is stopped whose id begins with `db`.
pub fn id_of(service: &ServiceId) -> String {
    format!("$(docker ps --all --quiet --no-trunc --filter 'name=^/{service}$')")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Publish;

    #[test]
    fn every_part_of_a_container_is_in_its_command() {
        let container = Container {
            image: "images/mail".to_owned(),
            publish: vec![
                Publish { host: 25, container: 25 },
                Publish { host: 8143, container: 143 },
            ],
            volumes: [("boxes".to_owned(), "/srv/mail".to_owned())].into_iter().collect(),
            environment: [("A".to_owned(), "b c".to_owned())].into_iter().collect(),
            tls: Some("/tls".to_owned()),
            fill: Some("files/fill.sh".to_owned()),
        };
        let args = create_args(&"mail".parse().unwrap(), &container, "filage-mail:1");
        insta::assert_snapshot!(args.join("\n"), @r"
        docker
        create
        --restart
        unless-stopped
        --name
        mail
        --publish
        25:25
        --publish
        8143:143
        --volume
        boxes:/srv/mail
        --volume
        /etc/filage/tls/mail:/tls:ro
        --env
        A=b c
        filage-mail:1
        ");
    }
}
