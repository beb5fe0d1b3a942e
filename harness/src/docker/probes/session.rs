//! One conversation with a service, in whichever protocol: begun, gone on with, ended.
//!
//! A new kind of probe is a file in this folder, an arm in [`Session::open`] and, if it has a
//! connection to keep, in the others.

use super::{
    ask::Asker,
    command, dns, doh,
    http::{self, After, Scheme},
    imap,
    lines::Lines,
    smtp, sql, ssh, tcp,
    visit::{Miss, Visit},
};
use crate::{docker::database::Database, probe::Probe};

/// A connection on which the service has answered.
pub(super) enum Session {
    Tcp(tcp::Line),
    Http(http::Line),
    Smtp(Lines),
    Imap(imap::Line),
    Sql(Database),
    /// There is none to be kept.
    None,
}

impl Session {
    /// Connects and asks.
    pub(super) async fn open(visit: &Visit<'_>, asker: &Asker, after: After) -> Result<Self, Miss> {
        let target = asker.target();
        let name = target.name.as_str();
        Ok(match &target.probe {
            Probe::Tcp(probe) => Self::Tcp(tcp::open(visit, name, probe).await?),
            Probe::Http(probe) => {
                Self::Http(http::open(visit, name, Scheme::Http, probe, after).await?)
            }
            Probe::Https(probe) => {
                Self::Http(http::open(visit, name, Scheme::Https, probe, after).await?)
            }
            Probe::Doh(probe) => Self::Http(doh::open(visit, name, probe, after).await?),
            Probe::Smtp(probe) => {
                Self::Smtp(smtp::open(visit, name, probe, &asker.unique()).await?)
            }
            Probe::Imap(probe) => Self::Imap(imap::open(visit, name, probe).await?),
            Probe::Sql(probe) => Self::Sql(sql::open(visit, name, probe).await?),
            Probe::Dns(probe) => {
                dns::ask(visit, name, probe).await?;
                Self::None
            }
            Probe::Ssh(probe) => {
                let host_key = |address| asker.sight().host_keys.get(&address).cloned();
                ssh::ask(visit, name, probe, |address| host_key(address.ip())).await?;
                Self::None
            }
            Probe::Command(probe) => {
                let runner = &asker.sight().runner;
                command::ask(visit, runner, &target.service, &target.name, probe).await?;
                Self::None
            }
        })
    }

    /// Asks again. [`Miss::Down`] says that the connection has ended.
    pub(super) async fn again(self, visit: &Visit<'_>, asker: &Asker) -> Result<Self, Miss> {
        self.meet(visit);
        let target = asker.target();
        let name = target.name.as_str();
        Ok(match (self, &target.probe) {
            (Self::Tcp(line), Probe::Tcp(_)) => Self::Tcp(tcp::again(line)?),
            (Self::Http(line), Probe::Http(probe)) => {
                Self::Http(http::again(visit, line, name, Scheme::Http, probe).await?)
            }
            (Self::Http(line), Probe::Https(probe)) => {
                Self::Http(http::again(visit, line, name, Scheme::Https, probe).await?)
            }
            (Self::Http(line), Probe::Doh(probe)) => {
                Self::Http(doh::again(visit, line, name, probe).await?)
            }
            (Self::Smtp(lines), Probe::Smtp(probe)) => {
                Self::Smtp(smtp::again(visit, lines, probe, &asker.unique()).await?)
            }
            (Self::Imap(line), Probe::Imap(_)) => Self::Imap(imap::again(visit, line).await?),
            (Self::Sql(line), Probe::Sql(probe)) => {
                Self::Sql(sql::again(visit, line, probe).await?)
            }
            (_, probe) => panic!("a connection was kept that `{}` cannot use", probe.word()),
        })
    }

    /// Ends it as is polite.
    pub(super) async fn close(self, visit: &Visit<'_>) {
        match self {
            Self::Smtp(lines) => smtp::close(visit, lines).await,
            Self::Imap(line) => imap::close(visit, line).await,
            Self::Sql(database) => database.close().await,
            Self::Tcp(_) | Self::Http(_) | Self::None => {}
        }
    }

    fn meet(&self, visit: &Visit<'_>) {
        let address = match self {
            Self::Tcp(line) => line.address,
            Self::Http(line) => line.address,
            Self::Smtp(lines) => lines.address(),
            Self::Imap(line) => line.lines.address(),
            Self::Sql(database) => database.address(),
            Self::None => return,
        };
        visit.meet(address.ip());
    }
}
