//! `reverse-dns-missing`, `address-blacklisted`: what the authoritative server says of the address of a host. What
//! the resolver holds of it is forgotten, as it would be in some minutes or hours.

use super::{besides, console, silences_authority};
use crate::{
    base::{DnsName, FaultId, HostId, REVERSE, reversed},
    docker::{
        Error,
        members::{AUTHORITY, RESOLVER},
        stage::Stage,
    },
    fault::{AddressBlacklisted, Kind, LISTED, ReverseDnsMissing},
    world::FaultAct,
};

pub(super) async fn act(
    stage: &Stage,
    id: &FaultId,
    kind: &Kind,
    act: FaultAct,
) -> Result<String, Error> {
    let record = Record::of(kind);
    match act {
        FaultAct::Inject => record.change(stage, "begin", id).await,
        FaultAct::VerifyBite => match record.look(stage).await? {
            Seen { is_wrong: Some(true), says } => Ok(says),
            Seen { says, .. } => Err(Error::Said(says)),
        },
        FaultAct::Heal => record.change(stage, "end", id).await,
        FaultAct::VerifyGone => {
            let seen = record.look(stage).await?;
            let others = besides(stage, &seen.says, |other| match seen.is_wrong {
                Some(_) => other == kind,
                None => silences_authority(other) || fails_for_all(other),
            });
            match (others, seen) {
                (_, Seen { is_wrong: Some(false), says }) => Ok(says),
                (Some(others), _) => Ok(others),
                (None, Seen { says, .. }) => Err(Error::Said(says)),
            }
        }
    }
}

/// Whether the resolver has no answer for any name because of it.
fn fails_for_all(kind: &Kind) -> bool {
    matches!(kind, Kind::DnsServfail(args) if args.names.is_empty())
}

/// What is looked up of the address of a host.
enum Record<'a> {
    /// Its reverse name.
    Name(&'a HostId),
    /// Whether it is on a list.
    Listing(&'a HostId, &'a DnsName),
}

/// What the resolver says.
struct Seen {
    /// Whether it is as the fault would have it; none where there is no answer.
    is_wrong: Option<bool>,
    says: String,
}

impl<'a> Record<'a> {
    fn of(kind: &'a Kind) -> Self {
        match kind {
            Kind::ReverseDnsMissing(ReverseDnsMissing { on }) => Self::Name(on),
            Kind::AddressBlacklisted(AddressBlacklisted { on, list }) => Self::Listing(on, list),
            _ => unreachable!("it does not show in mail: {kind}"),
        }
    }

    /// The name by which it is looked up, and the type of the record.
    fn question(&self, stage: &Stage) -> (String, &'static str) {
        match self {
            Self::Name(on) => (reversed(stage.members.addresses[*on], REVERSE), "PTR"),
            Self::Listing(on, list) => (reversed(stage.members.addresses[*on], list.as_str()), "A"),
        }
    }

    /// Begins or ends it, and has the resolver ask anew.
    async fn change(&self, stage: &Stage, act: &str, id: &FaultId) -> Result<String, Error> {
        let (name, _) = self.question(stage);
        let word = match self {
            Self::Name(_) => "nameless",
            Self::Listing(..) => "listed",
        };
        console(stage, AUTHORITY, &format!("filage-fault {act} {word} {id} {name}")).await?;
        console(stage, RESOLVER, &format!("unbound-control -q flush_zone {name}.")).await
    }

    /// What the resolver says of it. It is asked from inside, where nobody can keep a question from it.
    async fn look(&self, stage: &Stage) -> Result<Seen, Error> {
        let (name, kind) = self.question(stage);
        let command = format!(
            "kdig @127.0.0.1 +retry=0 +timeout=2 +noall +header +answer {name} {kind} 2>&1 || true"
        );
        let said = Answer::of(&console(stage, RESOLVER, &command).await?);
        if !["NOERROR", "NXDOMAIN"].contains(&said.status.as_str()) {
            let says = format!("the resolver answers {} for `{name}`", said.status);
            return Ok(Seen { is_wrong: None, says });
        }
        Ok(self.judge(stage, &said.records))
    }

    fn judge(&self, stage: &Stage, records: &[String]) -> Seen {
        match self {
            Self::Name(on) => {
                let host = format!("`{on}` ({})", stage.members.addresses[*on]);
                let says = match records {
                    [] => format!("{host} has no reverse name"),
                    names => format!("{host} has the reverse name `{}`", names.join("`, `")),
                };
                Seen { is_wrong: Some(records.is_empty()), says }
            }
            Self::Listing(on, list) => {
                let is_listed = records.iter().any(|record| record == LISTED);
                let (address, not) =
                    (stage.members.addresses[*on], if is_listed { "" } else { "not " });
                let says = format!("`{on}` ({address}) is {not}on the blocklist `{list}`");
                Seen { is_wrong: Some(is_listed), says }
            }
        }
    }
}

/// An answer as kdig prints it: its status in the word of DNS, `nothing` where there is none, and its records.
#[derive(Debug, PartialEq)]
struct Answer {
    status: String,
    records: Vec<String>,
}

impl Answer {
    fn of(printed: &str) -> Self {
        let status = printed.split_once("status: ").and_then(|(_, rest)| rest.split(';').next());
        let answers = printed.lines().filter(|line| !line.starts_with(';'));
        let record =
            |line: &str| Some(line.split_whitespace().nth(4)?.trim_end_matches('.').to_owned());
        Self {
            status: status.unwrap_or("nothing").trim().to_owned(),
            records: answers.filter_map(record).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_as_kdig_prints_them() {
        let header = |status: &str| {
            format!(
                ";; ->>HEADER<<- opcode: QUERY; status: {status}; id: 7\n\
                 ;; Flags: qr rd ra; QUERY: 1; ANSWER: 1; AUTHORITY: 0; ADDITIONAL: 0\n"
            )
        };
        let answer = "10.0.18.198.in-addr.arpa.\t3600\tIN\tPTR\tnew.asso.example.\n";
        for (printed, status, records) in [
            (header("NOERROR") + "\n" + answer, "NOERROR", &["new.asso.example"][..]),
            (header("NXDOMAIN"), "NXDOMAIN", &[]),
            (";; WARNING: response timeout for 127.0.0.1@53(UDP)\n".to_owned(), "nothing", &[]),
        ] {
            let records = records.iter().map(|&name| name.to_owned()).collect();
            let expected = Answer { status: status.to_owned(), records };
            assert_eq!(Answer::of(&printed), expected);
        }
    }
}
