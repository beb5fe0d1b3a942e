//! `transfer`: tar over SSH into a staging folder, both sides compared by the SHA-256 of all that
//! tar carries, and only then put in place. What was interrupted is never in place.

use super::harm;
use crate::{
    base::{HostId, ServiceId},
    docker::{
        Error,
        manifest::{self, CARRY, Summary, Totals},
        operator::{Hands, quote},
    },
    plan::ServiceKind,
    step::Transfer,
};

pub(super) async fn play(hands: &Hands<'_>, args: &Transfer) -> Result<String, Error> {
    let Transfer { service, from, to } = args;
    must_be_idle(hands, service, to).await?;
    let mut totals = Totals::default();
    match &hands.stage.plan.services[service].kind {
        ServiceKind::Container(container) => {
            for volume in container.volumes.keys() {
                let source = mount_point(hands, from, volume).await?;
                let target = mount_point(hands, to, volume).await?;
                totals += copy(hands, service, (from, &source), (to, &target)).await?;
            }
        }
        ServiceKind::Unit(unit) => {
            for folder in &unit.data {
                totals += copy(hands, service, (from, folder), (to, folder)).await?;
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

/// Nobody may work on data that is about to be replaced.
async fn must_be_idle(hands: &Hands<'_>, service: &ServiceId, host: &HostId) -> Result<(), Error> {
    let command = match &hands.stage.plan.services[service].kind {
        ServiceKind::Container(container) if container.volumes.is_empty() => return Ok(()),
        ServiceKind::Container(container) => {
            let of: String =
                container.volumes.keys().map(|name| format!(" --filter volume={name}")).collect();
            format!("test -n \"$(docker ps --quiet{of})\"")
        }
        ServiceKind::Unit(unit) => format!("systemctl is-active --quiet {}", unit.name),
    };
    if hands.ask_root_on(host, &command).await?.code == 0 {
        return Err(Error::Said(format!(
            "the data of `{service}` on `{host}` would be replaced while a program there works \
             on it; stop `{service}` on `{host}` first"
        )));
    }
    Ok(())
}

/// How often data is copied that has changed meanwhile: what was stopped a moment ago may still be
/// settling. Where somebody goes on to work on it, the last copy differs as well.
const COPIES: usize = 2;

async fn copy(
    hands: &Hands<'_>,
    service: &ServiceId,
    (from, source): (&HostId, &str),
    target: (&HostId, &str),
) -> Result<Totals, Error> {
    let sent = harm::sent(hands, service, (from, source)).await?;
    let mut difference = String::new();
    for _ in 0..COPIES {
        match copy_once(hands, service, (from, &sent), target).await? {
            Ok(totals) => {
                harm::corrupt(hands, service, target).await?;
                return Ok(totals);
            }
            Err(differs) => difference = differs,
        }
    }
    Err(Error::Said(difference))
}

/// Copies, compares and puts in place; or tells what differs.
async fn copy_once(
    hands: &Hands<'_>,
    service: &ServiceId,
    (from, source): (&HostId, &str),
    (to, target): (&HostId, &str),
) -> Result<Result<Totals, String>, Error> {
    let staging = format!("{target}.filage-partial");
    let (source_word, staging_word) = (quote(source), quote(&staging));
    // 1 is that something changed while it was read: whether that matters is seen below.
    let pack =
        hands.ssh_line(from, &format!("tar -C {source_word} {CARRY} -cf - . || test $? = 1"));
    let unpack = hands.ssh_line(
        to,
        &format!(
            "rm -rf {staging_word} && mkdir -p {staging_word} && \
             tar -C {staging_word} {CARRY} -xpf -"
        ),
    );
    let line = harm::line(hands, service);
    let copied = hands
        .here(&format!("set -o pipefail; {pack} </dev/null | {line} {unpack}"), None)
        .await?
        .expect(&format!("copying `{source}` from `{from}` to `{to}`"));
    if let Err(why) = copied {
        harm::cut(hands, service, &why);
        return Err(why);
    }
    let sent = summary(hands, from, source).await?;
    let arrived = summary(hands, to, &staging).await?;
    if sent != arrived {
        let sent = listing(hands, from, source).await?;
        let arrived = listing(hands, to, &staging).await?;
        return Ok(Err(format!(
            "the copy of `{source}` on `{to}` is not what is on `{from}`: {}; is the service \
             still running there?",
            manifest::difference(&sent, &arrived)
        )));
    }
    hands
        .root_on(to, &swap(target, &staging))
        .await?
        .expect(&format!("putting `{target}` of `{to}` in place"))?;
    Ok(Ok(sent.totals))
}

/// What was there is put aside until what has arrived is in its place: at no moment is there
/// neither.
fn swap(target: &str, staging: &str) -> String {
    let aside = quote(&format!("{target}.filage-before"));
    let (target, staging) = (quote(target), quote(staging));
    format!(
        "rm -rf {aside} && if [ -e {target} ]; then mv -T {target} {aside}; fi && \
         if ! mv -T {staging} {target}; then mv -T {aside} {target}; exit 1; fi && rm -rf {aside}"
    )
}

pub(super) async fn summary(
    hands: &Hands<'_>,
    host: &HostId,
    folder: &str,
) -> Result<Summary, Error> {
    let what = format!("reading `{folder}` of `{host}`");
    let said = hands.ask_root_on(host, &manifest::summary_command(&quote(folder))).await?;
    let printed = said.expect(&what)?;
    Summary::parse(&printed).ok_or_else(|| Error::Said(format!("{what}: no checksum came of it")))
}

async fn listing(hands: &Hands<'_>, host: &HostId, folder: &str) -> Result<String, Error> {
    let said = hands.ask_root_on(host, &manifest::copy_command(&quote(folder))).await?;
    said.expect(&format!("reading `{folder}` of `{host}`"))
}

#[cfg(test)]
mod tests {
    use super::swap;

    fn run(command: &str) -> bool {
        let output = std::process::Command::new("sh").args(["-c", command]).output();
        output.unwrap().status.success()
    }

    #[test]
    fn what_has_arrived_takes_the_place_of_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let word = |name: &str| path(name).to_str().unwrap().to_owned();
        let swap = || run(&swap(&word("my data"), &word("my data.filage-partial")));
        for (before, new) in [(None, "one"), (Some("one"), "two")] {
            std::fs::create_dir(path("my data.filage-partial")).unwrap();
            std::fs::write(path("my data.filage-partial").join(new), "").unwrap();
            assert!(swap(), "{before:?}");
            assert!(path("my data").join(new).exists());
            assert!(before.is_none_or(|before| !path("my data").join(before).exists()));
            assert!(!path("my data.filage-partial").exists());
            assert!(!path("my data.filage-before").exists());
        }
        assert!(!swap(), "nothing has arrived");
        assert!(path("my data").join("two").exists(), "what was there is there again");
    }
}
