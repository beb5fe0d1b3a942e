//! What is in a folder, in words that two hosts can be compared by. Pure.

use std::{fmt, ops::AddAssign};

/// A shell command that lists a folder: kind, mode, owner, group and path of everything, then the
/// SHA-256 of each file, in an order that does not depend on the disk.
pub(super) fn command(folder: &str) -> String {
    format!(
        "set -e; cd {folder}; export LC_ALL=C; \
         find . ! -type s -printf '%y %m %U %G %l %p\\n' | sort; echo; \
         find . -type f -print0 | sort -z | xargs -0 -r sha256sum; echo; \
         find . -type f -printf '%s\\n'"
    )
}

/// The first thing by which two listings differ, in words.
pub(super) fn difference(one: &str, other: &str) -> Option<String> {
    let (one, other) = (compared(one), compared(other));
    if one == other {
        return None;
    }
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (one, other) = (lines(one), lines(other));
    let missing = one.iter().filter(|line| !other.contains(line)).count();
    let extra = other.iter().filter(|line| !one.contains(line)).count();
    let example = one
        .iter()
        .find(|line| !other.contains(line))
        .or_else(|| other.iter().find(|line| !one.contains(line)));
    let example = example.map_or("", |line| line.rsplit(' ').next().unwrap_or_default());
    Some(format!("{missing} entries differ or are missing, {extra} are new, such as `{example}`"))
}

/// How much it is.
pub(super) fn totals(listing: &str) -> Totals {
    let sizes = listing.rsplit("\n\n").next().unwrap_or_default();
    let sizes: Vec<u64> = sizes.lines().filter_map(|line| line.parse().ok()).collect();
    Totals { files: sizes.len(), bytes: sizes.iter().sum() }
}

/// The listing without the sizes, which the checksums imply.
fn compared(listing: &str) -> &str {
    listing.rsplit_once("\n\n").map_or(listing, |(compared, _)| compared)
}

/// Files and their size.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) files: usize,
    pub(super) bytes: u64,
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.files += other.files;
        self.bytes += other.bytes;
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let megabytes = self.bytes as f64 / 1e6;
        write!(f, "{} files, {megabytes:.1} MB, equal by SHA-256", self.files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = "d 755 0 0  .\nf 644 0 0  ./a\n\n11aa  ./a\n\n5\n";

    #[test]
    fn equal_listings_do_not_differ() {
        assert_eq!(difference(LISTING, LISTING), None);
        assert_eq!(totals(LISTING), Totals { files: 1, bytes: 5 });
    }

    #[test]
    fn a_changed_file_is_named() {
        let changed = LISTING.replace("11aa", "22bb");
        let difference = difference(LISTING, &changed).unwrap();
        assert_eq!(difference, "1 entries differ or are missing, 1 are new, such as `./a`");
    }
}
