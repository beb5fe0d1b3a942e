//! Names with addresses of both families, and who ends up where.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{
    route::Route,
    visit::{Miss, Visit},
    *,
};

const FOUR: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const SIX: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// How somebody at an IPv6 address fares.
#[derive(Clone, Copy)]
enum Six {
    Welcome,
    Refused,
    Silent,
    Stranger,
}

/// A network in which names of tests may have IPv6 addresses.
fn net(world: &World) -> NetView {
    let names = ["both.test", "slow.test", "late.test", "up.test", "servfail.test"];
    world.net.clone().with_ipv6(names.map(|name| name.parse().unwrap()))
}

/// Where a visit ends, and where it met somebody last.
type End = (Result<IpAddr, Miss>, Option<IpAddr>);

/// Visits a name until it ends like that: a busy machine may take an answer of the resolver for too late.
async fn expect_end(net: &NetView, name: &str, six: Six, expected: End) {
    let mut end = (Err(Miss::Unable("nobody went there".to_owned())), None);
    for _ in 0..20 {
        end = visit(&Visit::new(net, PATIENT), name, six).await;
        if end == expected {
            return;
        }
    }
    assert_eq!(end, expected, "{name}");
}

async fn visit(visit: &Visit<'_>, name: &str, six: Six) -> End {
    let go = |address: SocketAddr| async move {
        match (address.ip(), six) {
            (IpAddr::V4(_), _) | (_, Six::Welcome) => Ok(()),
            (_, Six::Refused) => Err(Miss::Down("refused".to_owned())),
            (_, Six::Stranger) => Err(Miss::Wrong("somebody else".to_owned())),
            (_, Six::Silent) => std::future::pending().await,
        }
    };
    let reached = visit.limit(visit.reach(name, 80, go)).await;
    (reached.map(|((), address)| address.ip()), visit.met().map(|met| met.address))
}

#[tokio::test]
async fn the_ipv6_address_is_gone_to_first_and_the_other_where_nobody_lets_in() {
    let world = World::new().await;
    let net = net(&world);
    let stranger = Miss::Wrong("somebody else".to_owned());
    for (six, ends, met) in [
        (Six::Welcome, Ok(SIX), SIX),
        (Six::Refused, Ok(FOUR), FOUR),
        (Six::Silent, Ok(FOUR), FOUR),
        (Six::Stranger, Err(stranger), SIX),
    ] {
        expect_end(&net, "both.test", six, (ends, Some(met))).await;
    }
}

#[tokio::test]
async fn one_answer_of_the_resolver_is_enough() {
    let world = World::new().await;
    let net = net(&world);
    for (name, end) in [("slow.test", FOUR), ("late.test", SIX), ("up.test", FOUR)] {
        expect_end(&net, name, Six::Welcome, (Ok(end), Some(end))).await;
    }
    let failed = visit(&Visit::new(&net, PATIENT), "servfail.test", Six::Welcome).await;
    assert!(matches!(&failed, (Err(Miss::Down(_)), None)), "{failed:?}");
}

#[tokio::test]
async fn a_name_is_asked_for_no_address_that_nobody_left_there() {
    let world = World::new().await;
    let visited = visit(&Visit::new(&world.net, PATIENT), "both.test", Six::Welcome).await;
    assert_eq!(visited, (Ok(FOUR), Some(FOUR)));
}

#[tokio::test]
async fn who_asked_once_remembers_both_addresses() {
    let world = World::new().await;
    let (net, pinned) = (net(&world), std::sync::OnceLock::new());
    pinned.set(Route { first: SIX, then: Some(FOUR) }).unwrap();
    for (six, end) in [(Six::Welcome, SIX), (Six::Refused, FOUR), (Six::Welcome, SIX)] {
        let again = Visit::new(&net, PATIENT).pinned(Some(&pinned));
        assert_eq!(visit(&again, "both.test", six).await, (Ok(end), Some(end)));
    }
    let visit = Visit::new(&net, PATIENT).pinned(Some(&pinned));
    assert_eq!(visit.address("both.test").await, Ok(FOUR), "for who goes there by himself");
}
