//! Where a name leads: to an IPv6 address first, where it has one (RFC 6724), and to an IPv4 address where
//! nobody lets the client in there (RFC 8305).
//!
//! Only names that a fault of this rehearsal leaves with an AAAA record are asked for one: the world
//! publishes no other, so the answer would be empty, and cost a packet each time.
//!
//! Two things are simpler than in RFC 8305. Addresses are tried one after the other: what takes longer than
//! the delay is given up, where a race would go on with it. And when one answer of the resolver is there,
//! the other is waited for as briefly, whichever it is.

use std::{net::IpAddr, pin::pin, time::Duration};

use futures_util::future::{Either, select};
use tokio::time::timeout;

use super::net::{NetView, NoAnswer};

/// For how long the first address is tried where there is another one (5: Connection Attempt Delay).
pub(super) const ATTEMPT: Duration = Duration::from_millis(250);
/// How long is waited for the one answer of the resolver when the other is there (3: Resolution Delay).
const RESOLUTION: Duration = Duration::from_millis(50);

/// The addresses of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Route {
    /// The one that is tried first.
    pub(super) first: IpAddr,
    /// The one that is tried where that is in vain.
    pub(super) then: Option<IpAddr>,
}

impl Route {
    /// To one address, and no other.
    pub(crate) fn to(address: IpAddr) -> Self {
        Self { first: address, then: None }
    }

    /// The address for who knows no IPv6.
    pub(super) fn last(self) -> IpAddr {
        self.then.unwrap_or(self.first)
    }
}

/// Asks for addresses of both families, at the same time.
pub(super) async fn ask(net: &NetView, name: &str) -> Result<Route, NoAnswer> {
    let (four, six) = (pin!(net.address(name)), pin!(net.ipv6_address(name)));
    match select(four, six).await {
        Either::Left((Ok(four), six)) => Ok(match timeout(RESOLUTION, six).await {
            Ok(Ok(six)) => Route { first: six, then: Some(four) },
            Ok(Err(_)) | Err(_) => Route::to(four),
        }),
        Either::Left((Err(why), six)) => six.await.map(Route::to).map_err(|_| why),
        Either::Right((Ok(six), four)) => {
            let four = timeout(RESOLUTION, four).await;
            Ok(Route { first: six, then: four.ok().and_then(Result::ok) })
        }
        Either::Right((Err(_), four)) => four.await.map(Route::to),
    }
}
