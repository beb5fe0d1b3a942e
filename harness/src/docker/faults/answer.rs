//! What the resolver answers, asked from inside, where nobody can keep a question from it.
//! Must not know: any one fault but those that leave it without an answer.

use super::{besides, console};
use crate::{
    base::DnsName,
    docker::{Error, members::RESOLVER, stage::Stage},
    fault::{DnsSilent, Kind, NameServer},
};

/// An answer as kdig prints it: its status in the word of DNS, `nothing` where there is none, and its records.
#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) status: String,
    pub(super) records: Vec<String>,
}

impl Answer {
    /// To a question for the records of a name, if there is one to the third asking, a second each.
    pub(super) async fn to(stage: &Stage, name: &DnsName, kind: &str) -> Result<Self, Error> {
        let command = format!(
            "kdig @127.0.0.1 +retry=2 +timeout=1 +noall +header +answer {name} {kind} 2>&1 || true"
        );
        Ok(Self::of(&console(stage, RESOLVER, &command).await?))
    }

    /// Whether it says what there is of the name, be it nothing.
    pub(super) fn is_one(&self) -> bool {
        ["NOERROR", "NXDOMAIN"].contains(&self.status.as_str())
    }

    /// How it answers for that name.
    pub(super) fn says(&self, name: &DnsName) -> String {
        format!("the resolver answers {} for `{name}`", self.status)
    }

    /// Which other faults that stand keep it from saying what there is of the name, in words; `says` is
    /// how it answers.
    pub(super) fn withheld(&self, stage: &Stage, name: &DnsName, says: &str) -> Option<String> {
        match self.is_one() {
            true => None,
            false => besides(stage, says, |kind| is_withheld_by(kind, name)),
        }
    }

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

/// Whether the resolver has no answer for a name because of it.
pub(super) fn is_withheld_by(kind: &Kind, name: &DnsName) -> bool {
    let fails = |names: &[DnsName]| names.is_empty() || names.iter().any(|it| name.is_in(it));
    match kind {
        Kind::DnsServfail(args) => fails(&args.names),
        Kind::DnsSilent(DnsSilent { server }) => *server == NameServer::Authority,
        _ => false,
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
            let answer = Answer::of(&printed);
            assert_eq!(answer, expected);
            assert_eq!(answer.is_one(), status != "nothing", "silence tells nothing of a record");
        }
    }
}
