//! `transfer`: tar over SSH into a staging folder, both sides compared by the SHA-256 of all that
//! tar carries, and only then put in place. What was interrupted is never in place. What is copied ahead
//! lies beside it, with tar's own notes at the source: by them, the next copy has only what differs, and
//! is compared as a whole like any other.

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
    let Transfer { service, from, to, ahead } = args;
    if *ahead {
        for (source, target) in folders(hands, args).await? {
            copy_ahead(hands, (from, &source), (to, &target)).await?;
        }
        return Ok("what is there now; the next transfer brings what differs".to_owned());
    }
    must_be_idle(hands, service, to).await?;
    let mut totals = Totals::default();
    for (source, target) in folders(hands, args).await? {
        totals += copy(hands, service, (from, &source), (to, &target)).await?;
    }
    Ok(totals.to_string())
}

/// Where the data lies on the one host, and where on the other.
async fn folders(hands: &Hands<'_>, args: &Transfer) -> Result<Vec<(String, String)>, Error> {
    let mut folders = vec![];
    match &hands.stage.plan.services[&args.service].kind {
        ServiceKind::Container(container) => {
            for volume in container.volumes.keys() {
                let source = mount_point(hands, &args.from, volume).await?;
                folders.push((source, mount_point(hands, &args.to, volume).await?));
            }
        }
        ServiceKind::Unit(unit) => {
            folders.extend(unit.data.iter().map(|folder| (folder.clone(), folder.clone())));
        }
    }
    Ok(folders)
}

/// What is copied ahead, beside what is there.
fn ahead_of(target: &str) -> String {
    quote(&format!("{target}.filage-ahead"))
}

/// What tar noted at the source when it copied ahead.
fn notes_of(source: &str) -> String {
    quote(&format!("{source}.filage-ahead-notes"))
}

/// Copies what is there while somebody works on it; nobody compares that.
async fn copy_ahead(
    hands: &Hands<'_>,
    (from, source): (&HostId, &str),
    (to, target): (&HostId, &str),
) -> Result<(), Error> {
    let (folder, notes, ahead) = (quote(source), notes_of(source), ahead_of(target));
    let pack = hands.ssh_line(
        from,
        &format!(
            "rm -f {notes}; tar -C {folder} {CARRY} --listed-incremental={notes} -cf - . || \
             test $? = 1"
        ),
    );
    let unpack = hands.ssh_line(
        to,
        &format!(
            "rm -rf {ahead} && mkdir -p {ahead} && tar -C {ahead} {CARRY} {DIFFERENCE} -xpf -"
        ),
    );
    let what = format!("copying `{source}` ahead from `{from}` to `{to}`");
    let said = hands.here(&format!("set -o pipefail; {pack} </dev/null | {unpack}"), None).await?;
    said.expect(&what).map(drop)
}

/// How tar unpacks an archive of what differs: what is gone at the source goes here too.
const DIFFERENCE: &str = "--listed-incremental=/dev/null";

/// Makes of what was copied ahead the beginning of the copy, if there is both that and tar's notes.
async fn begun_ahead(
    hands: &Hands<'_>,
    (from, source): (&HostId, &str),
    (to, target): (&HostId, &str),
) -> Result<bool, Error> {
    let (notes, ahead) = (notes_of(source), ahead_of(target));
    if hands.ask_root_on(from, &format!("test -e {notes}")).await?.code != 0 {
        return Ok(false);
    }
    let staging = quote(&format!("{target}.filage-partial"));
    let moved = format!("test -d {ahead} && rm -rf {staging} && mv -T {ahead} {staging}");
    Ok(hands.ask_root_on(to, &moved).await?.code == 0)
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
    let notes = notes_of(source);
    let (fresh, differs, unpacks) = match begun_ahead(hands, (from, source), (to, target)).await? {
        true => (String::new(), format!("--listed-incremental={notes}"), DIFFERENCE),
        false => (format!("rm -rf {staging_word} && "), String::new(), ""),
    };
    // 1 is that something changed while it was read: whether that matters is seen below.
    let pack =
        hands.ssh_line(
        from,
        &format!(
            "tar -C {source_word} {CARRY} {differs} -cf - . || test $? = 1; code=$?; rm -f {notes}; \
             exit $code"
        ),
    );
    let unpack = hands.ssh_line(
        to,
        &format!(
            "{fresh}mkdir -p {staging_word} && \
             tar -C {staging_word} {CARRY} {unpacks} -xpf -"
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
