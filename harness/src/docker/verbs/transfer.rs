//! `transfer`: tar over SSH into a staging folder, both sides compared by the SHA-256 of every
//! file, and only then put in place. What was interrupted is never in place.

use crate::{
    base::HostId,
    docker::{Error, manifest, operator::Hands},
    plan::ServiceKind,
    step::Transfer,
};

pub(super) async fn play(hands: &Hands<'_>, args: &Transfer) -> Result<String, Error> {
    let Transfer { service, from, to } = args;
    let mut totals = manifest::Totals::default();
    match &hands.stage.plan.services[service].kind {
        ServiceKind::Container(container) => {
            for volume in container.volumes.keys() {
                let source = mount_point(hands, from, volume).await?;
                let target = mount_point(hands, to, volume).await?;
                totals += copy(hands, (from, &source), (to, &target)).await?;
            }
        }
        ServiceKind::Unit(unit) => {
            for folder in &unit.data {
                totals += copy(hands, (from, folder), (to, folder)).await?;
            }
        }
    }
    Ok(totals.to_string())
}

/// Where a volume lies on its host; it is created where there is none.
async fn mount_point(hands: &Hands<'_>, host: &HostId, volume: &str) -> Result<String, Error> {
    let command = format!(
        "docker volume create {volume} >/dev/null && \
         docker volume inspect --format '{{{{.Mountpoint}}}}' {volume}"
    );
    let said = hands.ask_root_on(host, &command).await?;
    Ok(said.expect(&format!("volume `{volume}` of `{host}`"))?.trim().to_owned())
}

async fn copy(
    hands: &Hands<'_>,
    (from, source): (&HostId, &str),
    (to, target): (&HostId, &str),
) -> Result<manifest::Totals, Error> {
    let staging = format!("{target}.filage-partial");
    let pack = hands.ssh_line(from, &format!("tar -C {source} --numeric-owner --xattrs -cf - ."));
    let unpack = hands.ssh_line(
        to,
        &format!(
            "rm -rf {staging} && mkdir -p {staging} && \
             tar -C {staging} --numeric-owner --xattrs -xpf -"
        ),
    );
    hands
        .here(&format!("set -o pipefail; {pack} </dev/null | {unpack}"), None)
        .await?
        .expect(&format!("copying `{source}` from `{from}` to `{to}`"))?;
    let sent = manifest_of(hands, from, source).await?;
    let arrived = manifest_of(hands, to, &staging).await?;
    if let Some(difference) = manifest::difference(&sent, &arrived) {
        return Err(Error::Said(format!(
            "the copy of `{source}` on `{to}` is not what is on `{from}`: {difference}; \
             is the service still running there?"
        )));
    }
    let swap = format!("rm -rf {target} && mv {staging} {target}");
    hands.root_on(to, &swap).await?.expect(&format!("putting `{target}` of `{to}` in place"))?;
    Ok(manifest::totals(&sent))
}

async fn manifest_of(hands: &Hands<'_>, host: &HostId, folder: &str) -> Result<String, Error> {
    let said = hands.ask_root_on(host, &manifest::command(folder)).await?;
    said.expect(&format!("reading `{folder}` of `{host}`"))
}
