//! What was asked for outside the world, and refused: read from the resolver's log. Pure.

use std::net::Ipv4Addr;

use crate::history::Refused;

/// The most names that a report lists.
const MAX_REFUSED: usize = 200;

/// Each name that somebody asked for and that is none of the world's, once per asker.
pub(super) fn refused<'a>(log: &str, who: impl Fn(Ipv4Addr) -> Option<&'a str>) -> Vec<Refused> {
    let mut all: Vec<Refused> = log
        .lines()
        .filter_map(parse)
        .map(|(address, name)| Refused {
            who: who(address).map_or_else(|| address.to_string(), str::to_owned),
            name: name.to_owned(),
        })
        .collect();
    all.sort();
    all.dedup();
    all.truncate(MAX_REFUSED);
    all
}

/// The asker and the name of a line that ends in `info: . refuse CLIENT@PORT NAME. TYPE CLASS`.
fn parse(line: &str) -> Option<(Ipv4Addr, &str)> {
    let mut words = line.split_once("info: . refuse ")?.1.split(' ');
    let address = words.next()?.split_once('@')?.0.parse().ok()?;
    // A host that asks for its own short name does not try to get out.
    let name = words.next()?.strip_suffix('.').filter(|name| name.contains('.'))?;
    Some((address, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_foreign_name_is_told_once_with_who_asked() {
        let log = "\
[1] unbound[1:0] info: . refuse 198.18.3.10@40112 github.com. A IN\n\
[1] unbound[1:0] info: . refuse 198.18.3.10@40113 github.com. AAAA IN\n\
[1] unbound[1:0] info: start of service\n\
[1] unbound[1:0] info: . refuse 198.18.3.99@5 debian.org. A IN\n\
[1] unbound[1:0] info: . refuse 198.18.3.99@5 old. A IN\n";
        let found = refused(log, |address| (address.octets()[3] == 10).then_some("new"));
        let found: Vec<_> =
            found.iter().map(|refused| (refused.who.as_str(), refused.name.as_str())).collect();
        assert_eq!(found, [("198.18.3.99", "debian.org"), ("new", "github.com")]);
    }
}
