//! Owns the expectations: what can be looked up in a world, what was found, and whether that is
//! as expected. End states and `check` steps are made of them.
//! Must not know: how any world looks.
//!
//! A new expectation is a variant of [`Expectation`] and of [`Found`], an arm in
//! [`Expectation::holds`], and a file in the `observe` folder of each world.

mod judge;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{DnsName, HostId, OneOrMany, ServiceId};

/// What is expected of the world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Expectation {
    /// Something listens on TCP ports of a host.
    Listens(Ports),
    /// Nothing listens on TCP ports of a host.
    Silent(Ports),
    /// Services run on a host (their container, or their unit).
    Running(Services),
    /// Services are there no more, or do not run, and will not at the next boot.
    Stopped(Services),
    /// The state of a systemd unit.
    Unit(Unit),
    /// A file.
    File(File),
    /// A service's data is the same, by checksum, on two hosts.
    SameData(SameData),
    /// What the world's resolver answers.
    Dns(Dns),
    /// What an HTTP server answers.
    Http(Http),
    /// A mail is accepted by SMTP and can be read by IMAP.
    Mail(Mail),
}

/// See [`Expectation::Listens`] and [`Expectation::Silent`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ports {
    /// Which host.
    pub on: HostId,
    /// Which ports.
    pub ports: Vec<u16>,
}

/// See [`Expectation::Running`] and [`Expectation::Stopped`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Services {
    /// Which host.
    pub on: HostId,
    /// Which services.
    pub services: OneOrMany<ServiceId>,
}

/// See [`Expectation::Unit`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Which host.
    pub on: HostId,
    /// The unit's name, such as `ssh.service`.
    pub name: String,
    /// What `systemctl is-active` must say.
    #[serde(default)]
    pub active: Option<bool>,
    /// What `systemctl is-enabled` must say.
    #[serde(default)]
    pub enabled: Option<bool>,
}

/// See [`Expectation::File`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Which host.
    pub on: HostId,
    /// The absolute path.
    pub path: String,
    /// Whether it must be there.
    #[serde(default = "yes")]
    pub exists: bool,
    /// The SHA-256 of its content, in hexadecimal.
    #[serde(default)]
    pub sha256: Option<String>,
    /// A text that it must contain.
    #[serde(default)]
    pub contains: Option<String>,
}

/// See [`Expectation::SameData`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SameData {
    /// Whose data.
    pub service: ServiceId,
    /// The two hosts.
    pub on: [HostId; 2],
}

/// See [`Expectation::Dns`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dns {
    /// The name that is asked for. Where the type is `PTR` it may be any name: then the names of its addresses
    /// are asked for.
    pub name: DnsName,
    /// The record type.
    #[serde(default, rename = "type")]
    pub kind: RecordType,
    /// The one answer, for address records: a host.
    #[serde(default)]
    pub is: Option<HostId>,
    /// The one answer as text, for any record.
    #[serde(default)]
    pub value: Option<String>,
}

/// The record types that can be asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordType {
    /// An IPv4 address.
    #[default]
    A,
    /// A mail exchanger.
    Mx,
    /// A name for an address.
    Ptr,
    /// A text.
    Txt,
}

/// See [`Expectation::Http`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// `http://` or `https://`, a name of the world, maybe a port, and a path.
    pub url: String,
    /// The status code.
    #[serde(default = "ok")]
    pub status: u16,
    /// A text that the body must contain.
    #[serde(default)]
    pub contains: Option<String>,
}

/// See [`Expectation::Mail`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// The service that takes the mail on port 25 and shows it on port 143.
    pub service: ServiceId,
    /// The address that the mail goes to; also the name for the login.
    pub to: String,
    /// The password for the login.
    pub password: String,
}

const fn yes() -> bool {
    true
}
const fn ok() -> u16 {
    200
}

/// What was found when a world was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// The ports that somebody listens on, with the name of the program.
    Listeners(Vec<Listener>),
    /// For each service asked for.
    Services(Vec<ServiceState>),
    /// A unit.
    Unit {
        /// Whether it is active.
        active: bool,
        /// Whether it is enabled.
        enabled: bool,
    },
    /// A file.
    File {
        /// Whether it is there.
        exists: bool,
        /// Its checksum.
        sha256: Option<String>,
        /// Whether it contains the text that was asked for.
        contains: Option<bool>,
    },
    /// One checksum over all of a service's data, per host.
    Data(Vec<(HostId, String)>),
    /// The records, as text.
    Records(Vec<String>),
    /// An HTTP answer.
    Http {
        /// The status code.
        status: u16,
        /// Whether the body contains the text that was asked for.
        contains: Option<bool>,
    },
    /// What became of a mail.
    Mail {
        /// Whether the server took it.
        accepted: bool,
        /// Whether it could be read.
        readable: bool,
        /// What the server said, where not.
        detail: String,
    },
    /// There is an answer, and it is no: nobody answers, no such thing.
    Absent(String),
    /// It could not be looked at, so nothing is known.
    Unseen(String),
}

/// A TCP listener.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Listener {
    /// The port.
    pub port: u16,
    /// The program that holds it.
    pub program: String,
}

/// Whether a service runs on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceState {
    /// Which service.
    pub service: ServiceId,
    /// It runs now.
    pub running: bool,
    /// It will be started at the next boot.
    pub at_boot: bool,
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listens(Ports { on, ports }) => {
                write!(f, "`{on}` listens on {}", judge::numbers(ports))
            }
            Self::Silent(Ports { on, ports }) => {
                write!(f, "nothing listens on {} of `{on}`", judge::numbers(ports))
            }
            Self::Running(Services { on, services }) => {
                let run = if services.len() == 1 { "runs" } else { "run" };
                write!(f, "{} {run} on `{on}`, also after a boot", judge::names(services))
            }
            Self::Stopped(Services { on, services }) => {
                let do_not = if services.len() == 1 { "does not" } else { "do not" };
                write!(f, "{} {do_not} run on `{on}`, nor after a boot", judge::names(services))
            }
            Self::Unit(unit) => {
                write!(f, "unit `{}` of `{}` is {}", unit.name, unit.on, unit.words())
            }
            Self::File(file) => write!(f, "file `{}` of `{}` {}", file.path, file.on, file.words()),
            Self::SameData(SameData { service, on: [one, other] }) => {
                write!(f, "the data of `{service}` is the same on `{one}` and `{other}`")
            }
            Self::Dns(dns) => write!(f, "`{}` {} is {}", dns.name, dns.kind, dns.words()),
            Self::Http(http) => write!(f, "`{}` answers {}", http.url, http.words()),
            Self::Mail(Mail { service, to, .. }) => {
                write!(f, "`{service}` accepts a mail to `{to}` and shows it")
            }
        }
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::A => "A",
            Self::Mx => "MX",
            Self::Ptr => "PTR",
            Self::Txt => "TXT",
        })
    }
}

impl Unit {
    fn words(&self) -> String {
        let word = |wanted: Option<bool>, word: &str| {
            wanted.map(|yes| if yes { word.to_owned() } else { format!("not {word}") })
        };
        let words: Vec<_> = [word(self.active, "active"), word(self.enabled, "enabled")]
            .into_iter()
            .flatten()
            .collect();
        words.join(" and ")
    }
}

impl File {
    fn words(&self) -> String {
        match (self.exists, &self.sha256, &self.contains) {
            (false, ..) => "does not exist".to_owned(),
            (true, None, None) => "exists".to_owned(),
            (true, Some(sum), None) => format!("has SHA-256 `{sum}`"),
            (true, None, Some(text)) => format!("contains `{text}`"),
            (true, Some(sum), Some(text)) => format!("has SHA-256 `{sum}` and contains `{text}`"),
        }
    }
}

impl Dns {
    /// Whether the names are asked for that the addresses of a name have, and not records of its own.
    pub fn is_of_addresses(&self) -> bool {
        self.kind == RecordType::Ptr && !self.name.is_reverse()
    }

    fn words(&self) -> String {
        match (&self.is, &self.value) {
            (Some(host), _) => format!("the address of `{host}`"),
            (None, Some(value)) => format!("`{value}`"),
            (None, None) => "there".to_owned(),
        }
    }
}

impl Http {
    fn words(&self) -> String {
        match &self.contains {
            None => self.status.to_string(),
            Some(text) => format!("{} with `{text}`", self.status),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::IndexMap;

    use super::*;

    #[test]
    fn the_final_dot_of_a_name_is_the_same_name() {
        for (kind, value, holds) in [
            ("MX", "10 mail.asso.example.", true),
            ("MX", "10 Mail.asso.example", true),
            ("MX", "20 mail.asso.example", false),
            ("TXT", "10 mail.asso.example.", false),
        ] {
            let dns =
                format!(r#"{{ "name": "asso.example", "type": "{kind}", "value": "{value}" }}"#);
            let expectation = Expectation::Dns(serde_json::from_str(&dns).unwrap());
            let found = Found::Records(vec!["10 mail.asso.example".to_owned()]);
            assert_eq!(expectation.holds(&found, &IndexMap::default()), Some(holds), "{dns}");
        }
    }

    #[test]
    fn expectations_read_like_sentences() {
        let services = |ids: &str| -> Services {
            serde_json::from_str(&format!(r#"{{ "on": "new", "services": {ids} }}"#)).unwrap()
        };
        let dns: Dns =
            serde_json::from_str(r#"{ "name": "asso.example", "type": "MX", "value": "x" }"#)
                .unwrap();
        for (expectation, words) in [
            (
                Expectation::Running(services(r#""links""#)),
                "`links` runs on `new`, also after a boot",
            ),
            (
                Expectation::Stopped(services(r#""links""#)),
                "`links` does not run on `new`, nor after a boot",
            ),
            (
                Expectation::Stopped(services(r#"["links", "db"]"#)),
                "`links`, `db` do not run on `new`, nor after a boot",
            ),
            (Expectation::Dns(dns), "`asso.example` MX is `x`"),
        ] {
            assert_eq!(expectation.to_string(), words);
        }
    }
}
