//! Owns the networks of a run: one without a way out for all, and one with a way out for the
//! package mirror's door.
//! Must not know: who is on them.

use std::net::{Ipv4Addr, Ipv6Addr};

use bollard::models::{Ipam, IpamConfig, NetworkCreateRequest};

use super::{
    client::{Addresses, Client, ClientError, refused},
    labels::RunLabels,
    routes,
};

/// The networks come from 198.18.0.0/15: it is set apart for benchmarks (RFC 2544), so no private
/// network that a user's machine is on has addresses there.
const RANGE: u32 = u32::from_be_bytes([198, 18, 0, 0]);
/// How many networks of 256 addresses are in it.
const SUBNETS: u32 = 512;

/// A network could not be had.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The engine does not obey.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// There is none left.
    #[error(
        "all networks in 198.18.0.0/15 are taken; `filage clean --all` removes those of old runs"
    )]
    Exhausted,
    /// It has IPv4 alone.
    #[error("this machine has no IPv6 address on network `{0}`, though it was to have one")]
    NoIpv6(String),
}

/// A network of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Net {
    /// The engine's name for it.
    pub name: String,
    /// Its first address; 256 in all.
    pub subnet: Ipv4Addr,
    /// Whether it has IPv6 addresses beside them.
    pub has_ipv6: bool,
}

impl Net {
    /// The address of the machine on it.
    pub fn gateway(&self) -> Ipv4Addr {
        self.host(1)
    }

    /// The `n`th address; 0 and 255 are nobody's, 1 is the machine's.
    pub fn host(&self, n: u8) -> Ipv4Addr {
        let [a, b, c, _] = self.subnet.octets();
        Ipv4Addr::new(a, b, c, n)
    }

    /// The network as `ADDRESS/24`.
    pub fn cidr(&self) -> String {
        format!("{}/24", self.subnet)
    }

    /// The `n`th IPv6 address, if there are any: from 2001:2::/48, which is set apart for benchmarks, too
    /// (RFC 5180), in a network that only this subnet has. From unique-local addresses clients turn
    /// to IPv4 first (RFC 6724, 2.1).
    pub fn ipv6_host(&self, n: u8) -> Option<Ipv6Addr> {
        let [_, b, c, _] = self.subnet.octets();
        let network = u16::from_be_bytes([b, c]);
        self.has_ipv6.then(|| Ipv6Addr::new(0x2001, 2, 0, network, 0, 0, 0, n.into()))
    }

    /// The IPv6 address of the machine on it.
    pub fn ipv6_gateway(&self) -> Option<Ipv6Addr> {
        self.ipv6_host(1)
    }

    /// The IPv6 network as `ADDRESS/64`.
    pub fn ipv6_cidr(&self) -> Option<String> {
        self.ipv6_host(0).map(|first| format!("{first}/64"))
    }

    /// All addresses of who has this one.
    pub fn addresses(&self, ipv4: Ipv4Addr) -> Addresses {
        Addresses { ipv4, ipv6: self.ipv6_host(ipv4.octets()[3]) }
    }

    fn pools(&self) -> Vec<IpamConfig> {
        let pool = |subnet: String, gateway: String| IpamConfig {
            subnet: Some(subnet),
            gateway: Some(gateway),
            ..<_>::default()
        };
        let ipv6 = self.ipv6_cidr().zip(self.ipv6_gateway());
        let ipv6 = ipv6.map(|(cidr, gateway)| pool(cidr, gateway.to_string()));
        [pool(self.cidr(), self.gateway().to_string())].into_iter().chain(ipv6).collect()
    }
}

/// Creates the network of a run that has no way out.
pub async fn create_network(
    client: &Client,
    run: &RunLabels,
    has_ipv6: bool,
) -> Result<Net, NetworkError> {
    let name = format!("filage-{}", run.run);
    let net = create(client, run, name, within(), Reach { internal: true, has_ipv6 }).await?;
    match net.ipv6_gateway() {
        Some(gateway) if !routes::has_ipv6(gateway) => Err(NetworkError::NoIpv6(net.name)),
        _ => Ok(net),
    }
}

/// Creates the network of a run that has a way out, for the one container that needs it.
pub async fn create_outside_network(client: &Client, run: &RunLabels) -> Result<Net, NetworkError> {
    let name = format!("filage-{}-outside", run.run);
    let options = as_by_default(client).await;
    create(client, run, name, options, Reach { internal: false, has_ipv6: false }).await
}

/// Where packets get to.
#[derive(Debug, Clone, Copy)]
struct Reach {
    internal: bool,
    has_ipv6: bool,
}

async fn create(
    client: &Client,
    run: &RunLabels,
    name: String,
    options: Vec<(String, String)>,
    Reach { internal, has_ipv6 }: Reach,
) -> Result<Net, NetworkError> {
    let docker = client.docker();
    let routes = routes::table();

    for subnet in candidates(&name).filter(|subnet| is_free(*subnet, &routes)) {
        let net = Net { name: name.clone(), subnet, has_ipv6 };
        let request = NetworkCreateRequest {
            name: name.clone(),
            driver: Some("bridge".to_owned()),
            internal: Some(internal),
            enable_ipv6: has_ipv6.then_some(true),
            ipam: Some(Ipam { config: Some(net.pools()), ..<_>::default() }),
            options: Some(options.iter().cloned().collect()),
            labels: Some(run.map().into_iter().collect()),
            ..<_>::default()
        };
        let engine = docker.clone();
        match client.unbroken(async move { engine.create_network(request).await }).await {
            Ok(_) => return Ok(net),
            // Somebody was quicker. The engine gives no address out twice.
            Err(error) if is_overlap(&error) => {}
            Err(error) => {
                return Err(refused(format!("create network `{name}`"), error).into());
            }
        }
    }
    Err(NetworkError::Exhausted)
}

const MTU: &str = "com.docker.network.driver.mtu";

/// Packets that stay within this machine are as large as the world's everywhere, whatever the way out
/// of this machine can take: faults speak of such sizes.
fn within() -> Vec<(String, String)> {
    vec![(MTU.to_owned(), "1500".to_owned())]
}

/// Packets that go out are no larger than those of the engine's own network.
async fn as_by_default(client: &Client) -> Vec<(String, String)> {
    let bridge = client.docker().inspect_network("bridge", None).await.ok();
    let options = bridge.and_then(|bridge| bridge.options).unwrap_or_default();
    options.into_iter().filter(|(name, _)| name == MTU).collect()
}

/// All subnets, in an order of the name's own, so that runs at the same time seldom meet.
fn candidates(name: &str) -> impl Iterator<Item = Ipv4Addr> {
    let first = name
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let subnet = move |n: u32| RANGE + ((first.wrapping_add(n) % SUBNETS) << 8);
    (0..SUBNETS).map(move |n| Ipv4Addr::from(subnet(n)))
}

/// Whether no route of the machine but the default one meets it.
fn is_free(subnet: Ipv4Addr, table: &str) -> bool {
    routes::routes(table).all(|route| route.is_default() || !route.meets(subnet, 0xffff_ff00))
}

fn is_overlap(error: &bollard::errors::Error) -> bool {
    match error {
        bollard::errors::Error::DockerResponseServerError { message, .. } => {
            let message = message.to_lowercase();
            message.contains("overlap") || message.contains("conflicts with network")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_subnet_is_tried_once_and_two_runs_begin_apart() {
        let all: BTreeSet<_> = candidates("filage-a").collect();
        assert_eq!(all.len(), 512);
        assert_eq!(all.first(), Some(&Ipv4Addr::new(198, 18, 0, 0)));
        assert_eq!(all.last(), Some(&Ipv4Addr::new(198, 19, 255, 0)));
        assert_ne!(candidates("filage-a").next(), candidates("filage-b").next());
    }

    #[test]
    fn routes_of_the_machine_are_kept_clear_of() {
        let routes = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\n\
            eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\n\
            br-1\t00C812C6\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\n\
            tun0\t000013C6\t00000000\t0001\t0\t0\t0\t0080FFFF\t0\n\
            host\t050112C6\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\n";
        let free = |a, b| is_free(Ipv4Addr::new(198, a, b, 0), routes);
        assert!(free(18, 0) && free(18, 199) && free(19, 128));
        assert!(!free(18, 200), "a network of the machine");
        assert!(!free(19, 0) && !free(19, 127), "inside a wider network");
        assert!(!free(18, 1), "one host inside it");
    }

    #[test]
    fn addresses_are_counted_from_the_subnet() {
        let subnet = Ipv4Addr::new(198, 18, 7, 0);
        let net = Net { name: "n".to_owned(), subnet, has_ipv6: false };
        assert_eq!(net.cidr(), "198.18.7.0/24");
        assert_eq!(
            (net.gateway(), net.host(12)),
            ([198, 18, 7, 1].into(), [198, 18, 7, 12].into())
        );
        assert_eq!((net.ipv6_host(12), net.ipv6_cidr(), net.pools().len()), (None, None, 1));
    }

    #[test]
    fn ipv6_addresses_follow_from_the_others() {
        let subnet = Ipv4Addr::new(198, 19, 7, 0);
        let net = Net { name: "n".to_owned(), subnet, has_ipv6: true };
        assert_eq!(net.ipv6_cidr().as_deref(), Some("2001:2:0:1307::/64"));
        assert_eq!(net.addresses(net.host(12)).ipv6, "2001:2:0:1307::c".parse().ok());
        assert_eq!((net.ipv6_gateway(), net.pools().len()), (net.ipv6_host(1), 2));
    }
}
