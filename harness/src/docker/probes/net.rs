//! The world's network as a client in it sees it: names through the world's resolver, TLS that
//! trusts the world's CA alone.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use hickory_resolver::{
    Resolver,
    config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts},
    net::{DnsError, NetError, runtime::TokioRuntimeProvider},
    proto::{
        ProtoError,
        op::ResponseCode,
        rr::{Name, Record, RecordType},
    },
};
use rustls::{
    ClientConfig, RootCertStore,
    client::Resumption,
    crypto::ring,
    pki_types::{CertificateDer, pem, pem::PemObject},
};

use super::{
    dns,
    route::{self, Route},
    udp,
    visit::is_own_limit,
};
use crate::base::{DnsName, Duration};

/// After so long, a question to the resolver is sent again: packets get lost.
const SEND_AGAIN: std::time::Duration = std::time::Duration::from_millis(500);

/// A client's view of the world: which resolver it asks, which CA it trusts.
#[derive(Debug, Clone)]
pub struct NetView {
    resolver: Arc<udp::Sockets>,
    tls: Arc<ClientConfig>,
    /// The names that may have an IPv6 address.
    with_ipv6: Arc<BTreeSet<DnsName>>,
}

/// The world's CA cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadCa {
    /// It is no PEM.
    #[error("the world's CA certificate cannot be read as PEM")]
    NoPem(#[source] pem::Error),
    /// There is no certificate in it.
    #[error("the world's CA file contains no certificate")]
    Empty,
    /// A certificate in it is not usable.
    #[error("the world's CA certificate is not accepted")]
    NotAccepted(#[source] rustls::Error),
}

/// Why a name has no answer.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// There is no such name, or it has no such record.
    NoRecords(ResponseCode),
    /// The resolver answers with an error.
    Code(ResponseCode),
    /// No usable answer came from the resolver.
    Silent(String),
    /// The question could not be sent.
    Unable(std::io::Error),
}

impl NetView {
    /// `ca_pem` holds the world's CA certificates.
    pub fn new(resolver: SocketAddr, ca_pem: &str) -> Result<Self, BadCa> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(ca_pem.as_bytes()) {
            roots.add(certificate.map_err(BadCa::NoPem)?).map_err(BadCa::NotAccepted)?;
        }
        if roots.is_empty() {
            return Err(BadCa::Empty);
        }
        // The provider is named because another crate may have brought in a second one.
        let mut tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the ring provider speaks the default versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        // Each probe is a stranger: what an earlier one negotiated must not help it.
        tls.resumption = Resumption::disabled();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let resolver = Arc::new(udp::Sockets::to(resolver));
        Ok(Self { resolver, tls: Arc::new(tls), with_ipv6: Arc::default() })
    }

    /// The resolver that is asked.
    pub fn resolver(&self) -> SocketAddr {
        self.resolver.server()
    }

    pub(super) fn tls(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.tls)
    }

    /// The same network through another resolver.
    pub fn through(&self, resolver: SocketAddr) -> Self {
        Self { resolver: Arc::new(udp::Sockets::to(resolver)), ..self.clone() }
    }

    /// The same network, in which these names may have IPv6 addresses.
    pub fn with_ipv6(self, names: impl IntoIterator<Item = DnsName>) -> Self {
        Self { with_ipv6: Arc::new(names.into_iter().collect()), ..self }
    }

    /// Where a name leads.
    pub(super) async fn route(&self, name: &str) -> Result<Route, NoAnswer> {
        match self.with_ipv6.iter().any(|it| it.as_str() == name) {
            true => route::ask(self, name).await,
            false => self.address(name).await.map(Route::to),
        }
    }

    /// The first IPv4 address of a name.
    pub(super) async fn address(&self, name: &str) -> Result<IpAddr, NoAnswer> {
        self.first(name, RecordType::A).await
    }

    /// The first IPv6 address of a name.
    pub(super) async fn ipv6_address(&self, name: &str) -> Result<IpAddr, NoAnswer> {
        self.first(name, RecordType::AAAA).await
    }

    /// The first address of a kind. This is what probes ask thousands of times, so it is one question over
    /// UDP; making a resolver of hickory's costs many times as much.
    async fn first(&self, name: &str, kind: RecordType) -> Result<IpAddr, NoAnswer> {
        let unspeakable = |error: ProtoError| NoAnswer::Silent(error.to_string());
        let question = dns::question(name, kind).map_err(unspeakable)?;
        let answer =
            self.resolver.exchange(&question, SEND_AGAIN).await.map_err(|error| match error {
                udp::Mute::Io(io) if is_own_limit(&io) => NoAnswer::Unable(io),
                udp::Mute::Io(io) => NoAnswer::Silent(io.to_string()),
                udp::Mute::Garbled(why) => NoAnswer::Silent(why),
            })?;
        match answer.metadata.response_code {
            ResponseCode::NoError => {
                let mut addresses =
                    answer.answers.iter().filter_map(|record| record.data.ip_addr());
                addresses.next().ok_or(NoAnswer::NoRecords(ResponseCode::NoError))
            }
            ResponseCode::NXDomain => Err(NoAnswer::NoRecords(ResponseCode::NXDomain)),
            code => Err(NoAnswer::Code(code)),
        }
    }

    /// Asks the world's resolver, and nobody else, at once. A resolver of hickory's is made for
    /// each question, because equal questions in flight to the same one become one.
    pub(crate) async fn lookup(
        &self,
        name: &str,
        kind: RecordType,
        within: Duration,
    ) -> Result<Vec<Record>, NoAnswer> {
        let mut absolute =
            Name::from_ascii(name).map_err(|error| NoAnswer::Silent(error.to_string()))?;
        absolute.set_fqdn(true);
        let resolver = self.fresh_resolver(within).map_err(NoAnswer::of)?;
        let lookup = resolver.lookup(absolute, kind).await.map_err(NoAnswer::of)?;
        Ok(lookup.answers().iter().filter(|record| record.record_type() == kind).cloned().collect())
    }

    fn fresh_resolver(&self, within: Duration) -> Result<Resolver<TokioRuntimeProvider>, NetError> {
        let on_port = |mut connection: ConnectionConfig| {
            connection.port = self.resolver().port();
            connection
        };
        let transports = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(on_port);
        let server = NameServerConfig::new(self.resolver().ip(), true, transports.to_vec());
        let config = ResolverConfig::from_parts(None, vec![], vec![server]);
        let mut builder = Resolver::builder_with_config(config, TokioRuntimeProvider::default());
        *builder.options_mut() = Self::options(within);
        builder.build()
    }

    fn options(within: Duration) -> ResolverOpts {
        let mut options = ResolverOpts::default();
        options.cache_size = 0;
        options.use_hosts_file = ResolveHosts::Never;
        // A lost packet is sent again, but an answer, whatever it is, is not asked for twice.
        options.attempts = 0;
        // The visit's deadline is to strike first: it can say what was waited for.
        options.timeout = within.to_std() * 2;
        // No stranger is on the world's network whom a random port would have to deceive.
        options.os_port_selection = true;
        options
    }
}

impl NoAnswer {
    fn of(error: NetError) -> Self {
        match error {
            NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
                code @ (ResponseCode::NoError | ResponseCode::NXDomain) => Self::NoRecords(code),
                code => Self::Code(code),
            },
            NetError::Dns(DnsError::ResponseCode(code)) => Self::Code(code),
            NetError::Io(io) if is_own_limit(&io) => {
                Self::Unable(std::io::Error::new(io.kind(), io.to_string()))
            }
            other => Self::Silent(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docker::probes::testing::Ca;

    #[test]
    fn only_certificates_make_a_ca() {
        let resolver = "127.0.0.1:53".parse().unwrap();
        let view = |pem: &str| NetView::new(resolver, pem);
        assert!(view(&Ca::new().pem).is_ok());
        assert!(matches!(view(""), Err(BadCa::Empty)));
        let no_base64 = "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n";
        assert!(matches!(view(no_base64), Err(BadCa::NoPem(_))));
        let no_certificate = "-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n";
        assert!(matches!(view(no_certificate), Err(BadCa::NotAccepted(_))));
    }
}
