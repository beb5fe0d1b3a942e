//! What is in a folder, in words that two hosts can be compared by. Pure.

use std::{collections::BTreeSet, fmt, ops::AddAssign};

use super::operator::quote;

/// A shell command that lists a folder, a word of a shell: kind, mode, owner, group and path of
/// everything, then the SHA-256 of each file, in an order that does not depend on the disk. It
/// fails where anything cannot be read. Two hosts whose programs work on the same data agree in it.
pub(super) fn command(folder: &str) -> String {
    listing(folder, "%y %m %U %G %l %p")
}

/// The same for a copy that nobody has worked on yet: how many names everything has, and when it
/// was changed, are in it too.
pub(super) fn copy_command(folder: &str) -> String {
    listing(folder, "%y %m %U %G %n %T@ %l %p")
}

fn listing(folder: &str, each: &str) -> String {
    format!(
        "set -e; cd -- {folder}; export LC_ALL=C; found=$(mktemp); trap 'rm -f \"$found\"' EXIT; \
         find . ! -type s -printf '{each}\\n' > \"$found\"; sort \"$found\"; echo; \
         find . -type f -print0 > \"$found\"; sort -z \"$found\" | xargs -0 -r sha256sum"
    )
}

/// What `tar` has to be told to carry all that it can. Where it unpacks, it would leave out all
/// extended attributes but those of users.
pub(super) const CARRY: &str = "--numeric-owner --acls --xattrs --xattrs-include='*'";

/// A shell command that says in two lines what a folder holds, however much it is: the checksum of
/// all that `tar` carries of it, and how many files and bytes there are.
pub(super) fn summary_command(folder: &str) -> String {
    // What reading changes, and what is different in each call, must not be in the archive.
    let same = "--format=posix --sort=name \
                --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime";
    let sum = format!("tar -C {folder} {CARRY} {same} -cf - . | sha256sum");
    format!(
        "set -e; bash -o pipefail -c {}; \
         find {folder} -type f -printf '%s\\n' | awk '{{ n += 1; s += $1 }} \
         END {{ printf \"%d %.0f\\n\", n, s }}'",
        quote(&sum)
    )
}

/// What a folder holds, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Summary {
    /// Over names, kinds, owners, modes, times, links, extended attributes and content.
    pub(super) checksum: String,
    /// How much it is.
    pub(super) totals: Totals,
}

impl Summary {
    /// What [`summary_command`] printed.
    pub(super) fn parse(printed: &str) -> Option<Self> {
        let mut lines = printed.lines();
        let checksum = lines.next()?.split_whitespace().next().filter(|sum| sum.len() == 64)?;
        let (files, bytes) = lines.next()?.split_once(' ')?;
        let totals = Totals { files: files.parse().ok()?, bytes: bytes.parse().ok()? };
        Some(Self { checksum: checksum.to_owned(), totals })
    }
}

/// By what two copies differ, in words. Whoever asks knows that they do; a listing does not have
/// all, and may have been cut short.
pub(super) fn difference(one: &str, other: &str) -> String {
    let (ones, others): (BTreeSet<_>, BTreeSet<_>) =
        (one.lines().collect(), other.lines().collect());
    let missing = one.lines().filter(|line| !others.contains(line)).count();
    let extra = other.lines().filter(|line| !ones.contains(line)).count();
    let example = one
        .lines()
        .find(|line| !others.contains(line))
        .or_else(|| other.lines().find(|line| !ones.contains(line)));
    match example.map(path) {
        None => "extended attributes, or something that no listing shows".to_owned(),
        Some(example) => {
            format!("{missing} entries differ or are missing, {extra} are new, such as `{example}`")
        }
    }
}

/// The path at the end of a line, which may have spaces in it.
fn path(line: &str) -> &str {
    line.find(" ./").map_or(".", |at| &line[at + 1..])
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

    const LISTING: &str = "d 755 0 0  .\nf 644 0 0  ./a b\n\n11aa  ./a b\n";

    #[test]
    fn a_changed_file_is_named() {
        let changed = LISTING.replace("11aa", "22bb");
        let difference = difference(LISTING, &changed);
        assert_eq!(difference, "1 entries differ or are missing, 1 are new, such as `./a b`");
    }

    #[test]
    fn listings_that_do_not_show_the_difference_are_not_called_equal() {
        let told = difference(LISTING, LISTING);
        assert_eq!(told, "extended attributes, or something that no listing shows");
    }

    #[test]
    fn a_hundred_thousand_files_are_compared_in_one_pass_each() {
        let listing: String = (0..100_000).map(|n| format!("f 644 0 0  ./{n}\n")).collect();
        let changed = listing.replace("./99999\n", "./new\n");
        let difference = difference(&listing, &changed);
        assert_eq!(difference, "1 entries differ or are missing, 1 are new, such as `./99999`");
    }

    /// Runs a command as a host would.
    fn shell(command: &str) -> (bool, String) {
        let output = std::process::Command::new("sh").args(["-c", command]).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn summary(folder: &std::path::Path) -> Summary {
        let (fine, printed) = shell(&summary_command(&quote(folder.to_str().unwrap())));
        assert!(fine, "{printed}");
        Summary::parse(&printed).unwrap_or_else(|| panic!("{printed:?}"))
    }

    #[test]
    fn every_change_of_data_changes_the_summary_and_odd_names_do_not_break_it() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("it's $(odd) data");
        std::fs::create_dir_all(at.join("empty")).unwrap();
        for name in ["-rf", "two\nlines", "sp ace", "étoile"] {
            std::fs::write(at.join(name), name).unwrap();
        }
        symlink("nowhere", at.join("link")).unwrap();
        let first = summary(&at);
        assert_eq!(first.totals, Totals { files: 4, bytes: 3 + 9 + 6 + 7 });
        assert_eq!(first, summary(&at));

        let mut seen = vec![first.checksum];
        let mut changes = |summary: Summary| {
            assert!(!seen.contains(&summary.checksum));
            seen.push(summary.checksum);
        };
        std::fs::write(at.join("-rf"), "xxx").unwrap();
        changes(summary(&at));
        std::fs::remove_file(at.join("link")).unwrap();
        symlink("elsewhere", at.join("link")).unwrap();
        changes(summary(&at));
        std::fs::set_permissions(at.join("-rf"), PermissionsExt::from_mode(0o600)).unwrap();
        changes(summary(&at));
        std::fs::remove_dir(at.join("empty")).unwrap();
        changes(summary(&at));
        std::fs::copy(at.join("-rf"), at.join("name")).unwrap();
        changes(summary(&at));
        std::fs::remove_file(at.join("name")).unwrap();
        std::fs::hard_link(at.join("-rf"), at.join("name")).unwrap();
        changes(summary(&at));
        let file = std::fs::File::open(at.join("sp ace")).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
        changes(summary(&at));
        std::fs::read(at.join("sp ace")).unwrap();
        assert_eq!(summary(&at).checksum, *seen.last().unwrap(), "who reads changes nothing");
    }

    #[test]
    fn what_tar_carries_arrives_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let word = |name: &str| quote(folder.path().join(name).to_str().unwrap());
        let (one, other) = (word("one"), word("other"));
        let (made, _) = shell(&format!(
            "set -e; mkdir -p {one}/sub {other}; cd {one}; echo text > file; ln file again; \
             ln -s file link; touch -d '2001-02-03 04:05:06.789' file sub; chmod 4711 again; \
             tar -C . {CARRY} -cf - . | tar -C {other} {CARRY} -xpf -"
        ));
        assert!(made);
        let both = [&one, &other].map(|word| shell(&summary_command(word)));
        assert!(both[0].0 && both[0] == both[1], "{both:#?}");
        let both = [&one, &other].map(|word| shell(&copy_command(word)));
        assert!(both[0].0 && both[0] == both[1], "{both:#?}");
    }

    #[test]
    fn a_folder_that_is_not_there_has_no_summary() {
        let (fine, printed) = shell(&summary_command("'/nowhere/at all'"));
        assert!(!fine, "{printed}");
        assert_eq!(Summary::parse(&printed), None);
    }
}
