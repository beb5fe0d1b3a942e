//! Who is in a world, under which name and address, and the keys that they trust each other by.
//! Pure but for the making of keys.

use std::net::{Ipv4Addr, Ipv6Addr};

use base64::{Engine, prelude::BASE64_STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use ssh_key::{Algorithm, LineEnding, PrivateKey, rand_core::OsRng};

use super::{Error, network::Net};
use crate::{
    base::{DnsName, HostId, IndexMap},
    plan::Plan,
};

/// The world's own containers; a host cannot have one of these names.
pub(super) const AUTHORITY: &str = "authority";
pub(super) const RESOLVER: &str = "resolver";
pub(super) const LATE_RESOLVER: &str = "late-resolver";
pub(super) const PACKAGES: &str = "packages";
pub(super) const OPERATOR: &str = "operator";
pub(super) const KEEPER: &str = "keeper";

/// The addresses of the world's members, and what they know of each other.
pub(super) struct Members {
    run: String,
    pub(super) addresses: IndexMap<HostId, Ipv4Addr>,
    /// The machine itself, from which services are asked.
    pub(super) machine: Ipv4Addr,
    /// Of the hosts, where the world has IPv6.
    pub(super) ipv6_addresses: IndexMap<HostId, Ipv6Addr>,
    pub(super) authority: Ipv4Addr,
    pub(super) resolver: Ipv4Addr,
    pub(super) late_resolver: Ipv4Addr,
    pub(super) packages: Ipv4Addr,
    pub(super) operator: Ipv4Addr,
    pub(super) certificates: CertificateAuthority,
    pub(super) operator_key: KeyFiles,
    pub(super) host_keys: IndexMap<HostId, KeyFiles>,
    /// The key for DNS updates, in base64.
    pub(super) tsig_secret: String,
}

/// An SSH key pair, as files.
pub(super) struct KeyFiles {
    pub(super) private: String,
    pub(super) public: String,
}

impl Members {
    /// Gives everybody an address of the network and a key.
    pub(super) fn new(run: &str, plan: &Plan, net: &Net) -> Result<Self, Error> {
        const FIRST_HOST: u8 = 10;
        let hosts = || plan.hosts.keys().cloned().zip(FIRST_HOST..);
        let ipv6_addresses = hosts().filter_map(|(id, n)| Some((id, net.ipv6_host(n)?))).collect();
        let host_keys = plan
            .hosts
            .keys()
            .map(|id| Ok((id.clone(), KeyFiles::new(&format!("root@{id}"))?)))
            .collect::<Result<_, Error>>()?;
        Ok(Self {
            run: run.to_owned(),
            addresses: hosts().map(|(id, n)| (id, net.host(n))).collect(),
            ipv6_addresses,
            machine: net.gateway(),
            authority: net.host(2),
            resolver: net.host(3),
            late_resolver: net.host(6),
            packages: net.host(4),
            operator: net.host(5),
            certificates: CertificateAuthority::new()?,
            operator_key: KeyFiles::new("operator")?,
            host_keys,
            tsig_secret: tsig_secret()?,
        })
    }

    /// The container of a member.
    pub(super) fn container(&self, member: &str) -> String {
        format!("filage-{}-{member}", self.run)
    }

    /// Who has this address.
    pub(super) fn who(&self, address: Ipv4Addr) -> Option<&str> {
        let own = [
            (self.authority, AUTHORITY),
            (self.resolver, RESOLVER),
            (self.late_resolver, LATE_RESOLVER),
            (self.packages, PACKAGES),
            (self.operator, OPERATOR),
        ];
        let host = self.addresses.iter().find(|(_, is)| **is == address).map(|(id, _)| id.as_str());
        host.or_else(|| own.iter().find(|(is, _)| *is == address).map(|(_, name)| *name))
    }
}

impl KeyFiles {
    fn new(comment: &str) -> Result<Self, Error> {
        let mut key = PrivateKey::random(&mut OsRng, Algorithm::Ed25519)?;
        key.set_comment(comment);
        Ok(Self {
            private: key.to_openssh(LineEnding::LF)?.to_string(),
            public: key.public_key().to_openssh()?,
        })
    }
}

/// 32 random bytes, from the same source as the keys.
fn tsig_secret() -> Result<String, Error> {
    use ssh_key::rand_core::RngCore;
    let mut bytes = [0_u8; 32];
    OsRng.try_fill_bytes(&mut bytes).map_err(|error| Error::Said(error.to_string()))?;
    Ok(BASE64_STANDARD.encode(bytes))
}

/// For how long a certificate is good.
const DAYS: i32 = 90;

/// Year, month and day of a day that is counted from today.
fn day(days: i32) -> (i32, u8, u8) {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let day = today.saturating_add(jiff::Span::new().days(days));
    (day.year().into(), day.month().unsigned_abs(), day.day().unsigned_abs())
}

/// The world's own certificate authority.
pub(super) struct CertificateAuthority(CertifiedIssuer<'static, KeyPair>);

impl CertificateAuthority {
    fn new() -> Result<Self, Error> {
        let mut params = CertificateParams::new(vec![])?;
        params.distinguished_name.push(DnType::CommonName, "Filage world");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Ok(Self(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?))
    }

    /// Its certificate.
    pub(super) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for a name, and its key. It is good from yesterday on, for as long as those that
    /// people get for nothing.
    pub(super) fn issue(&self, name: &DnsName) -> Result<(String, String), Error> {
        self.sign(name, -1)
    }

    /// The same, of a certificate that ran out half a year ago.
    pub(super) fn issue_expired(&self, name: &DnsName) -> Result<(String, String), Error> {
        self.sign(name, -DAYS - 180)
    }

    fn sign(&self, name: &DnsName, first_day: i32) -> Result<(String, String), Error> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(vec![name.to_string()])?;
        params.distinguished_name.push(DnType::CommonName, name.as_str());
        let (from, until) = (day(first_day), day(first_day + DAYS));
        params.not_before = rcgen::date_time_ymd(from.0, from.1, from.2);
        params.not_after = rcgen::date_time_ymd(until.0, until.1, until.2);
        Ok((params.signed_by(&key, &self.0)?.pem(), key.serialize_pem()))
    }
}
