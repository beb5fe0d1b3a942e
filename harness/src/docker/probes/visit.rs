//! One visit to the network: a deadline over the whole of it, and a memory of what it is at, so
//! that who gives it up can say where it hung.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{Mutex, PoisonError},
};

use hickory_resolver::proto::rr::{Record, RecordType};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::net::{NetView, NoAnswer};
use crate::base::Duration;

/// Why a visit did not find what it came for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Miss {
    /// Nobody answers.
    Down(String),
    /// Somebody answers, but not as wished.
    Wrong(String),
    /// The world's resolver does not answer.
    Unresolved(String),
    /// This machine could not ask.
    Unable(String),
}

/// A visit to the network.
pub(crate) struct Visit<'a> {
    net: &'a NetView,
    within: Duration,
    stage: Mutex<Stage>,
}

#[derive(Debug, Clone)]
enum Stage {
    Resolving(String),
    Talking(String),
}

impl<'a> Visit<'a> {
    /// A visit that is given up after `within`.
    pub(crate) fn new(net: &'a NetView, within: Duration) -> Self {
        Self { net, within, stage: Mutex::new(Stage::Talking("at the very beginning".to_owned())) }
    }

    /// Waits for `work`, but not beyond the deadline.
    pub(crate) async fn limit<T>(
        &self,
        work: impl Future<Output = Result<T, Miss>>,
    ) -> Result<T, Miss> {
        tokio::time::timeout(self.within.to_std(), work).await.unwrap_or_else(|_| {
            let stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner).clone();
            Err(match stage {
                Stage::Resolving(what) => {
                    Miss::Unresolved(format!("timed out after {} while {what}", self.within))
                }
                Stage::Talking(what) => {
                    Miss::Down(format!("timed out after {} while {what}", self.within))
                }
            })
        })
    }

    /// Remembers what is done now: `reading the greeting of 198.18.3.10:25`.
    pub(crate) fn at(&self, what: impl Into<String>) {
        self.enter(Stage::Talking(what.into()));
    }

    fn enter(&self, stage: Stage) {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = stage;
    }

    /// Asks the world's resolver.
    pub(crate) async fn lookup(
        &self,
        name: &str,
        kind: RecordType,
    ) -> Result<Vec<Record>, NoAnswer> {
        let resolver = self.net.resolver();
        self.enter(Stage::Resolving(format!("asking the resolver {resolver} for `{name}`")));
        self.net.lookup(name, kind, self.within).await
    }

    /// The first IPv4 address of a name; an address is its own.
    pub(crate) async fn address(&self, name: &str) -> Result<IpAddr, Miss> {
        if let Ok(address) = name.parse() {
            return Ok(address);
        }
        let records = self.lookup(name, RecordType::A).await.map_err(|why| match why {
            NoAnswer::NoRecords(code) => Miss::Down(format!("no address for `{name}` ({code})")),
            NoAnswer::Code(code) => Miss::Down(format!(
                "no address for `{name}`: the resolver {} answers `{code}`",
                self.net.resolver()
            )),
            NoAnswer::Silent(why) => Miss::Unresolved(format!(
                "no answer from the resolver {} for `{name}`: {why}",
                self.net.resolver()
            )),
            NoAnswer::Unable(error) => Miss::Unable(format!("cannot ask the resolver: {error}")),
        })?;
        let first = records.iter().find_map(|record| record.data.ip_addr());
        first.ok_or_else(|| Miss::Down(format!("no address for `{name}`")))
    }

    /// Resolves and connects.
    pub(crate) async fn connect(
        &self,
        name: &str,
        port: u16,
    ) -> Result<(TcpStream, SocketAddr), Miss> {
        let address = SocketAddr::new(self.address(name).await?, port);
        self.at(format!("connecting to {address}"));
        let stream = TcpStream::connect(address).await.map_err(|error| miss(&error, address))?;
        // What is written is written whole; to hold it back would only be measured as slowness.
        stream.set_nodelay(true).map_err(|error| miss(&error, address))?;
        Ok((stream, address))
    }

    /// Speaks TLS on a connection, to a server that must prove to be `name`.
    pub(crate) async fn secure(
        &self,
        stream: TcpStream,
        name: &str,
        address: SocketAddr,
    ) -> Result<TlsStream<TcpStream>, Miss> {
        let server = ServerName::try_from(name.to_owned())
            .map_err(|_| Miss::Unable(format!("`{name}` cannot be the name of a TLS server")))?;
        self.at(format!("agreeing on TLS with {address}"));
        let connector = TlsConnector::from(self.net.tls());
        connector.connect(server, stream).await.map_err(|error| {
            match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                Some(rustls::Error::InvalidCertificate(why)) => {
                    Miss::Wrong(format!("certificate of {address} not accepted: {why}"))
                }
                Some(other) => Miss::Wrong(format!("no TLS with {address}: {other}")),
                None => miss(&error, address),
            }
        })
    }
}

/// What an error on a connection to `address` means.
pub(crate) fn miss(error: &io::Error, address: SocketAddr) -> Miss {
    use io::ErrorKind as Kind;
    if is_own_limit(error) {
        return Miss::Unable(format!("cannot connect to {address} from here: {error}"));
    }
    Miss::Down(match error.kind() {
        Kind::ConnectionRefused => format!("connection refused by {address}"),
        Kind::ConnectionReset | Kind::BrokenPipe | Kind::ConnectionAborted => {
            format!("connection reset by {address}")
        }
        Kind::UnexpectedEof => format!("{address} closed the connection without an answer"),
        Kind::HostUnreachable => format!("no route to {address}: host unreachable"),
        Kind::NetworkUnreachable => format!("no route to {address}: network unreachable"),
        _ => format!("no connection to {address}: {error}"),
    })
}

/// Whether an error is about this machine (out of descriptors, ports or memory), so that it tells
/// nothing about the world.
pub(super) fn is_own_limit(error: &io::Error) -> bool {
    // ENFILE, EMFILE, ENOMEM and ENOBUFS of Linux have no stable `ErrorKind` of their own.
    matches!(error.raw_os_error(), Some(23 | 24 | 12 | 105))
        || matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::OutOfMemory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_limits_of_this_machine_tell_nothing_about_the_world() {
        let address = "198.18.3.10:25".parse().unwrap();
        // Numbers of Linux: EMFILE, ENOBUFS, EADDRNOTAVAIL; ECONNREFUSED, EHOSTUNREACH, ETIMEDOUT.
        for (number, own) in
            [(24, true), (105, true), (99, true), (111, false), (113, false), (110, false)]
        {
            let miss = miss(&io::Error::from_raw_os_error(number), address);
            match &miss {
                Miss::Unable(why) => assert!(own && why.contains("198.18.3.10:25"), "{miss:?}"),
                Miss::Down(why) => assert!(!own && why.contains("198.18.3.10:25"), "{miss:?}"),
                other => panic!("{other:?}"),
            }
        }
    }
}
