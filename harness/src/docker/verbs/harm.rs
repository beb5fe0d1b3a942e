//! What faults do to a `transfer`, where it happens: the line that it goes over, what is sent, and what
//! becomes of it when it has arrived.
//! Must not know: when a fault is due.

use super::transfer::summary;
use crate::{
    base::{HostId, ServiceId},
    docker::{
        Error,
        copies::{Harm, older},
        operator::{Hands, quote},
    },
};

/// How many bytes get through before the connection is cut: less than any archive has.
const CUT_AFTER: u32 = 4096;

/// What lies between sender and receiver: nothing, or a cut.
pub(super) fn line(hands: &Hands<'_>, service: &ServiceId) -> String {
    match hands.stage.copies.struck_by(service, Harm::Cut).is_empty() {
        true => String::new(),
        false => format!("head -c {CUT_AFTER} |"),
    }
}

/// A copy broke off; if a fault did that, it was seen.
pub(super) fn cut(hands: &Hands<'_>, service: &ServiceId, why: &Error) {
    let faults = hands.stage.copies.struck_by(service, Harm::Cut);
    hands.stage.copies.saw(&faults, &why.in_words());
}

/// The folder that is sent in the place of a folder: the same, or an older copy of it.
pub(super) async fn sent(
    hands: &Hands<'_>,
    service: &ServiceId,
    (from, folder): (&HostId, &str),
) -> Result<String, Error> {
    let faults = hands.stage.copies.struck_by(service, Harm::Older);
    let Some(fault) = faults.first() else { return Ok(folder.to_owned()) };
    let copy = older(folder, fault);
    let there = hands.ask_root_on(from, &format!("test -d {}", quote(&copy))).await?;
    if there.code != 0 {
        return Ok(folder.to_owned());
    }
    let [now, then] = [summary(hands, from, folder).await?, summary(hands, from, &copy).await?];
    if now.checksum != then.checksum {
        let seen = format!("what was sent of `{folder}` of `{from}` is older than what there was");
        hands.stage.copies.saw(&faults[..1], &seen);
    }
    Ok(copy)
}

/// Changes a byte in the midst of the largest file of what has arrived, if a fault is to do that.
pub(super) async fn corrupt(
    hands: &Hands<'_>,
    service: &ServiceId,
    (to, folder): (&HostId, &str),
) -> Result<(), Error> {
    let faults = hands.stage.copies.struck_by(service, Harm::Corrupt);
    if faults.is_empty() {
        return Ok(());
    }
    let before = summary(hands, to, folder).await?;
    let largest = format!(
        "find {} -type f -size +0 -printf '%s %p\\n' | sort -n | tail -n 1 | cut -d' ' -f2-",
        quote(folder)
    );
    let change =
        format!("file=$({largest}) && [ -n \"$file\" ] && python3 -c {} \"$file\"", quote(FLIP));
    let changed = hands.ask_root_on(to, &change).await?;
    if changed.code == 0 && summary(hands, to, folder).await? != before {
        let seen = format!("a byte of `{folder}` on `{to}` is not what it was when it arrived");
        hands.stage.copies.saw(&faults, &seen);
    }
    Ok(())
}

/// Flips a bit in the middle of a file, and leaves its times as they were.
const FLIP: &str = "import os, sys
path = sys.argv[1]
stat = os.stat(path)
with open(path, \"r+b\") as file:
    file.seek(stat.st_size // 2)
    byte = file.read(1)[0]
    file.seek(stat.st_size // 2)
    file.write(bytes([byte ^ 1]))
os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
";
