//! One visit to the network: a deadline over the whole of it, and a memory of what it is at and
//! whom it met, so that who gives it up can say where it hung.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::Instant,
};

use hickory_resolver::proto::rr::{Record, RecordType};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{
    instant_now,
    net::{NetView, NoAnswer},
    route::{ATTEMPT, Route},
};
use crate::base::Duration;

/// When a connection is given up that is not made. The kernel repeats an unanswered first packet
/// after a second; an answer to that one tells of then, and nothing of the moment when it was asked.
const FIRST_PACKET: Duration = Duration::from_millis(900);

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

impl Miss {
    /// Why, whatever it means.
    pub(crate) fn into_words(self) -> String {
        match self {
            Self::Down(why) | Self::Wrong(why) | Self::Unresolved(why) | Self::Unable(why) => why,
        }
    }
}

/// A visit to the network.
pub(crate) struct Visit<'a> {
    net: &'a NetView,
    within: Duration,
    pinned: Option<&'a OnceLock<Route>>,
    memory: Mutex<Memory>,
}

/// Whom a visit went to, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Met {
    /// The address.
    pub(crate) address: IpAddr,
    /// When it was known, and the question left for it.
    pub(crate) at: Instant,
}

#[derive(Debug)]
struct Memory {
    stage: Stage,
    met: Option<Met>,
    begun: Option<Instant>,
    overdue: Option<Duration>,
}

#[derive(Debug, Clone)]
enum Stage {
    Preparing(String),
    Resolving(String),
    Talking(String),
}

impl<'a> Visit<'a> {
    /// A visit that is given up after `within`.
    pub(crate) fn new(net: &'a NetView, within: Duration) -> Self {
        let stage = Stage::Talking("at the very beginning".to_owned());
        let memory = Mutex::new(Memory { stage, met: None, begun: None, overdue: None });
        Self { net, within, pinned: None, memory }
    }

    /// Goes where the name led once; finds that out, if nobody has yet.
    pub(crate) fn pinned(self, pinned: Option<&'a OnceLock<Route>>) -> Self {
        Self { pinned, ..self }
    }

    /// Waits for `work`, but not beyond the deadline.
    pub(crate) async fn limit<T>(
        &self,
        work: impl Future<Output = Result<T, Miss>>,
    ) -> Result<T, Miss> {
        let begun = instant_now();
        tokio::time::timeout(self.within.to_std(), work).await.unwrap_or_else(|_| {
            self.give_up(begun, self.within);
            Err(match self.memory().stage.clone() {
                Stage::Preparing(what) => {
                    Miss::Unable(format!("timed out after {} while {what}", self.within))
                }
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

    /// Remembers that something is done which says nothing of the world: `starting a program`.
    pub(crate) fn prepare(&self, what: impl Into<String>) {
        self.enter(Stage::Preparing(what.into()));
    }

    /// Remembers that it is only now that this address is asked.
    pub(crate) fn begin(&self, address: IpAddr) {
        self.meet(address);
        self.memory().begun = Some(instant_now());
    }

    /// When it was asked, if what came before was no business of the service.
    pub(crate) fn begun(&self) -> Option<Instant> {
        self.memory().begun
    }

    /// After how long it is given up.
    pub(crate) fn within(&self) -> Duration {
        self.within
    }

    /// Remembers whose address this visit goes to, from now on.
    pub(crate) fn meet(&self, address: IpAddr) {
        self.memory().met = Some(Met { address, at: instant_now() });
    }

    /// Whom it went to last.
    pub(crate) fn met(&self) -> Option<Met> {
        self.memory().met
    }

    /// How much later than it should it gave up, if it did.
    pub(crate) fn overdue(&self) -> Option<Duration> {
        self.memory().overdue
    }

    /// Remembers that something was given up that began then and had so much time.
    fn give_up(&self, begun: Instant, within: Duration) {
        let took = instant_now().saturating_duration_since(begun);
        self.memory().overdue = Some(took.saturating_sub(within.to_std()).into());
    }

    fn enter(&self, stage: Stage) {
        self.memory().stage = stage;
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the world's resolver.
    pub(crate) async fn lookup(
        &self,
        name: &str,
        kind: RecordType,
    ) -> Result<Vec<Record>, NoAnswer> {
        self.ask_resolver(name);
        self.net.lookup(name, kind, self.within).await
    }

    /// The IPv4 address of a name, for who goes there by himself; an address is its own.
    pub(crate) async fn address(&self, name: &str) -> Result<IpAddr, Miss> {
        let address = self.route(name).await?.last();
        self.meet(address);
        Ok(address)
    }

    /// Goes where a name leads: to its first address for a moment, where there is another one, and to that
    /// one where nobody lets it in.
    pub(crate) async fn reach<T, F>(
        &self,
        name: &str,
        port: u16,
        go: impl Fn(SocketAddr) -> F,
    ) -> Result<(T, SocketAddr), Miss>
    where
        F: Future<Output = Result<T, Miss>>,
    {
        let Route { first, then } = self.route(name).await?;
        if let Some(then) = then {
            self.meet(first);
            let address = SocketAddr::new(first, port);
            match tokio::time::timeout(ATTEMPT, go(address)).await {
                Ok(Err(Miss::Down(_))) | Err(_) => {}
                Ok(met) => return Ok((met?, address)),
            }
            return self.go_to(SocketAddr::new(then, port), go).await;
        }
        self.go_to(SocketAddr::new(first, port), go).await
    }

    async fn go_to<T, F>(
        &self,
        address: SocketAddr,
        go: impl Fn(SocketAddr) -> F,
    ) -> Result<(T, SocketAddr), Miss>
    where
        F: Future<Output = Result<T, Miss>>,
    {
        self.meet(address.ip());
        Ok((go(address).await?, address))
    }

    async fn route(&self, name: &str) -> Result<Route, Miss> {
        let known = name.parse().ok().map(Route::to).or_else(|| self.pinned?.get().copied());
        let route = match known {
            Some(route) => route,
            None => self.resolve(name).await?,
        };
        Ok(self.pinned.map_or(route, |pinned| *pinned.get_or_init(|| route)))
    }

    async fn resolve(&self, name: &str) -> Result<Route, Miss> {
        self.ask_resolver(name);
        self.net.route(name).await.map_err(|why| match why {
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
        })
    }

    fn ask_resolver(&self, name: &str) {
        let resolver = self.net.resolver();
        self.enter(Stage::Resolving(format!("asking the resolver {resolver} for `{name}`")));
    }

    /// Resolves and connects.
    pub(crate) async fn connect(
        &self,
        name: &str,
        port: u16,
    ) -> Result<(TcpStream, SocketAddr), Miss> {
        self.reach(name, port, |address| self.knock(address)).await
    }

    async fn knock(&self, address: SocketAddr) -> Result<TcpStream, Miss> {
        let what = format!("connecting to {address}");
        self.at(&what);
        let begun = instant_now();
        let made = tokio::time::timeout(FIRST_PACKET.to_std(), TcpStream::connect(address)).await;
        let Ok(made) = made else {
            self.give_up(begun, FIRST_PACKET);
            return Err(Miss::Down(format!("timed out after {FIRST_PACKET} while {what}")));
        };
        let stream = made.map_err(|error| miss(&error, address))?;
        answers_the_first_packet(begun, address)?;
        // What is written is written whole; to hold it back would only be measured as slowness.
        stream.set_nodelay(true).map_err(|error| miss(&error, address))?;
        Ok(stream)
    }

    /// Connects to an address in a way that does not say how long the connection alone took.
    pub(crate) async fn connect_by<T>(
        &self,
        address: SocketAddr,
        connect: impl Future<Output = Result<T, Miss>>,
    ) -> Result<T, Miss> {
        self.at(format!("connecting to {address} and logging in"));
        let begun = instant_now();
        let made = connect.await?;
        answers_the_first_packet(begun, address)?;
        Ok(made)
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

/// What comes so late may be an answer to a packet that was repeated.
fn answers_the_first_packet(begun: Instant, address: SocketAddr) -> Result<(), Miss> {
    if instant_now().saturating_duration_since(begun) <= FIRST_PACKET.to_std() {
        return Ok(());
    }
    Err(Miss::Unable(format!(
        "nobody can tell whether the first packet to {address} was answered: to be let in there \
         took longer than {FIRST_PACKET}"
    )))
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
