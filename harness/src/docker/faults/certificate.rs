//! `certificate-expired`, `certificate-not-issued`: what lies in the folder of a service's certificate
//! on its host. What the world itself has laid there is kept aside, and each fault keeps what it would
//! have there, so that several may lie on one folder. A program that runs has read its certificate
//! already: the fault bites who starts after it began.

use super::console;
use crate::{
    base::{FaultId, HostId, ServiceId},
    docker::{
        Error,
        container_args::{id_of, tls_folder},
        operator::quote,
        stage::Stage,
    },
    plan::Service,
    world::FaultAct,
};

/// What is wrong with the certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It has run out.
    Expired,
    /// It is not there.
    Missing,
}

/// What each fault would have in the folders of services, and when these had been started when it began.
const MARKS: &str = "/var/lib/filage/tls.d";
/// What the world has laid there.
const KEPT: &str = "/var/lib/filage/tls";

pub(super) async fn act(
    stage: &Stage,
    id: &FaultId,
    (service, on): (&ServiceId, &HostId),
    flaw: Flaw,
    act: FaultAct,
) -> Result<String, Error> {
    let run = |command: String| async move { console(stage, on.as_str(), &command).await };
    let its = &stage.plan.services[service];
    match act {
        FaultAct::Inject => {
            let pair = match flaw {
                Flaw::Expired => Some(stage.members.certificates.issue_expired(&its.name)?),
                Flaw::Missing => None,
            };
            run(inject(id, service, pair.as_ref())).await
        }
        FaultAct::VerifyBite => {
            run(started(id, service)).await.map_err(|_| {
                Error::Said(format!("nobody has started `{service}` on `{on}` since"))
            })?;
            match flaw {
                Flaw::Expired => run(refused(service, its))
                    .await
                    .map(|said| format!("clients refuse what `{service}` shows on `{on}`: {said}")),
                Flaw::Missing => run(dead(service)).await.map(|_| {
                    format!("`{service}` has not come up on `{on}`, where it has no certificate")
                }),
            }
        }
        FaultAct::Heal => run(heal(id, service)).await,
        FaultAct::VerifyGone => run(gone(service, its)).await.map(|others| match others.as_str() {
            "" => format!("the certificate of `{service}` on `{on}` is good"),
            others => {
                format!("healed; the certificate of `{service}` is wrong because of {others}")
            }
        }),
    }
}

/// Lays into a folder what the first of the faults would have there for whom nothing is to be there, or
/// else the first of all, or else the world.
fn lay(service: &ServiceId) -> String {
    let (marks, folder) = (format!("{MARKS}/{service}"), tls_folder(service));
    format!(
        "{{ lies={KEPT}/{service}; for of in {marks}/*/; do [ -d \"$of\" ] || continue; lies=$of; \
         [ -e \"$of/cert.pem\" ] || break; done; \
         for file in cert.pem key.pem; do if [ -e \"$lies/$file\" ]; then \
         cp -p \"$lies/$file\" {folder}/.$file && mv {folder}/.$file {folder}/$file || exit 1; \
         else rm -f {folder}/$file || exit 1; fi; done; }}"
    )
}

/// Prints when the container was last started, if ever.
fn last_start(service: &ServiceId) -> String {
    format!(
        "{{ id={}; [ -z \"$id\" ] || docker inspect -f '{{{{.State.StartedAt}}}}' $id | \
         grep -v ^0001- || true; }}",
        id_of(service)
    )
}

fn inject(id: &FaultId, service: &ServiceId, pair: Option<&(String, String)>) -> String {
    let (marks, kept) = (format!("{MARKS}/{service}"), format!("{KEPT}/{service}"));
    let files = match pair {
        Some((certificate, key)) => format!(
            "printf '%s' {} > {marks}/{id}/cert.pem && printf '%s' {} > {marks}/{id}/key.pem",
            quote(certificate),
            quote(key)
        ),
        None => "true".to_owned(),
    };
    format!(
        "mkdir -p {marks}/{id} {KEPT} && {{ [ -d {kept} ] || {{ cp -a {} {kept}.new && \
         mv {kept}.new {kept}; }}; }} && {files} && {} > {marks}/{id}.started && {}",
        tls_folder(service),
        last_start(service),
        lay(service)
    )
}

/// Passes where the service was started since the fault began.
fn started(id: &FaultId, service: &ServiceId) -> String {
    let before = format!("{MARKS}/{service}/{id}.started");
    format!(
        "last=$({}) && [ -n \"$last\" ] && [ \"$last\" != \"$(cat {before})\" ]",
        last_start(service)
    )
}

/// Passes as soon as a client refuses to go on, because what the service shows has run out.
fn refused(service: &ServiceId, its: &Service) -> String {
    let why = "certificate has expired";
    format!(
        "n=0; until {{ {}; }} | grep -q '{why}'; do n=$((n+1)); \
         [ $n -lt 20 ] || {{ echo 'no client was told that the certificate of `{service}` has \
         expired'; exit 1; }}; sleep 0.1; done; echo {why}",
        handshakes(its)
    )
}

/// Shakes hands with a service on each of its ports, from its own host, where no fault of the network is in the
/// way, and prints what a client says of that.
fn handshakes(its: &Service) -> String {
    let shake = |port: u16| {
        let before_tls = match port {
            25 | 587 => " -starttls smtp",
            143 => " -starttls imap",
            _ => "",
        };
        format!(
            "timeout 3 openssl s_client -connect 127.0.0.1:{port} -servername {name} \
             -verify_hostname {name} -CAfile /etc/filage/ca.pem -brief{before_tls} </dev/null 2>&1",
            name = its.name
        )
    };
    its.kind.ports().into_iter().map(shake).collect::<Vec<_>>().join("; ")
}

/// Passes as soon as the service's program is seen not to run, because it has failed.
fn dead(service: &ServiceId) -> String {
    format!(
        "n=0; until docker inspect -f '{{{{.State.Status}}}} {{{{.State.ExitCode}}}}' {} | \
         grep -Eq '^(restarting|exited [1-9])'; do n=$((n+1)); [ $n -lt 40 ] || \
         {{ echo '`{service}` runs without a certificate'; exit 1; }}; sleep 0.1; done",
        id_of(service)
    )
}

/// Takes back what the fault has laid, and restarts whoever was started with that.
fn heal(id: &FaultId, service: &ServiceId) -> String {
    let marks = format!("{MARKS}/{service}");
    format!(
        "{{ {}; }} && stale=yes; id={} && rm -rf {marks}/{id} {marks}/{id}.started && {} && \
         {{ [ -z \"${{stale-}}\" ] || \
         [ \"$(docker inspect -f '{{{{.State.Running}}}}' $id)\" != true ] || \
         docker restart $id >/dev/null; }}",
        started(id, service),
        id_of(service),
        lay(service)
    )
}

/// Prints the faults that still lie on the folder; where there is none, passes when the certificate there is good,
/// and no client is told otherwise.
fn gone(service: &ServiceId, its: &Service) -> String {
    let marks = format!("{MARKS}/{service}");
    let folder = tls_folder(service);
    format!(
        "others=$(cd {marks} && ls -d */ 2>/dev/null | tr -d /); [ -z \"$others\" ] || \
         {{ echo $others; exit 0; }}; \
         openssl verify -CAfile /etc/filage/ca.pem {folder}/cert.pem >/dev/null || exit 1; \
         n=0; while {{ {}; }} | grep -q 'certificate has expired'; do n=$((n+1)); \
         [ $n -lt 20 ] || {{ echo 'the old one is still shown'; exit 1; }}; sleep 0.1; done",
        handshakes(its)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::ServiceKind;

    #[test]
    fn whatever_is_run_on_a_host_is_a_command() {
        let (id, service): (FaultId, ServiceId) = ("f".parse().unwrap(), "www".parse().unwrap());
        let pair = ("a\n'b'".to_owned(), "c".to_owned());
        let kind = serde_json::json!({ "container": {
            "image": "images/www", "publish": [443, 25], "tls": "/tls"
        } });
        let kind: ServiceKind = serde_json::from_value(kind).unwrap();
        let its = serde_json::json!({
            "on": "new", "kind": kind, "needs": [], "name": "www.a.example", "clients": [], "budgets": {}
        });
        let its: Service = serde_json::from_value(its).unwrap();
        for command in [
            inject(&id, &service, Some(&pair)),
            inject(&id, &service, None),
            started(&id, &service),
            refused(&service, &its),
            dead(&service),
            heal(&id, &service),
            gone(&service, &its),
        ] {
            let status = std::process::Command::new("sh").args(["-nc", &command]).status();
            assert!(status.unwrap().success(), "{command}");
        }
    }
}
