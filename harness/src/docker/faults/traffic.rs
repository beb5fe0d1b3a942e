//! What gets from one member of the world to another, seen by trying: datagrams, pings,
//! connections, a stream of bytes. Everything ends by itself.
//! Must not know: what should get there.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use super::console;
use crate::docker::{Error, stage::Stage};

/// How an attempt to connect ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    Open,
    Refused,
    /// Nobody answered, within two seconds.
    Silence,
}

/// How pings fared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pings {
    pub(super) sent: u32,
    pub(super) received: u32,
    /// The shortest time from ping to answer.
    pub(super) shortest: Option<Duration>,
}

/// Connects to a port.
pub(super) async fn connect(
    stage: &Stage,
    from: &str,
    to: Ipv4Addr,
    port: u16,
) -> Result<Met, Error> {
    let script = format!(
        "python3 -c 'import socket\n\
         s = socket.socket()\n\
         s.settimeout(2)\n\
         try: print(s.connect_ex((\"{to}\", {port})))\n\
         except TimeoutError: print(\"timed out\")'"
    );
    Ok(match console(stage, from, &script).await?.as_str() {
        "0" => Met::Open,
        // ECONNREFUSED
        "111" => Met::Refused,
        _ => Met::Silence,
    })
}

/// Sends pings with `options` of ping's.
pub(super) async fn ping(
    stage: &Stage,
    from: &str,
    to: IpAddr,
    options: &str,
) -> Result<Pings, Error> {
    // What was sent in vain is no failure of ping's; that it could not be sent is none of the world's.
    let command = format!("ping -q -n {options} {to} 2>&1 || true");
    let printed = console(stage, from, &command).await?;
    read_pings(&printed).ok_or_else(|| {
        Error::Said(printed.lines().next().unwrap_or("ping said nothing").to_owned())
    })
}

fn read_pings(printed: &str) -> Option<Pings> {
    let counts = printed.lines().find(|line| line.contains(" packets transmitted"))?;
    let mut counts = counts.split(", ").filter_map(|it| it.split(' ').next()?.parse().ok());
    let (sent, received) = (counts.next()?, counts.next()?);
    let times = printed.lines().find_map(|line| line.strip_prefix("rtt min/avg/max/mdev = "));
    let shortest = times.and_then(|times| times.split('/').next()?.parse().ok());
    let shortest = shortest.map(|millis: f64| Duration::from_secs_f64(millis / 1e3));
    Some(Pings { sent, received, shortest })
}

/// Whether one of several datagrams arrives.
pub(super) async fn arrives(
    stage: &Stage,
    (from, to): (&str, &str),
    address: Ipv4Addr,
    port: u16,
) -> Result<bool, Error> {
    let noted = format!("/run/filage-{port}");
    let listen = format!(
        "timeout 10 python3 -u -c 'import socket\n\
         s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n\
         s.bind((\"0.0.0.0\", {port}))\n\
         print(\"ready\")\n\
         s.recv(9)\n\
         print(\"arrived\")' </dev/null >{noted} 2>&1 & echo $! >{noted}.pid\n\
         n=0; until grep -q ready {noted}; do n=$((n+1)); [ $n -lt 100 ] || exit 1; sleep 0.05; done"
    );
    let send = format!(
        "python3 -c 'import socket, time\n\
         s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n\
         for _ in range(5):\n  \
           try: s.sendto(b\"x\", (\"{address}\", {port}))\n  \
           except PermissionError: pass\n  \
           time.sleep(0.1)'"
    );
    console(stage, to, &listen).await?;
    console(stage, from, &send).await?;
    let told =
        format!("cat {noted}; kill $(cat {noted}.pid) 2>/dev/null; rm -f {noted} {noted}.pid");
    Ok(console(stage, to, &told).await?.contains("arrived"))
}

/// How many bytes get from a member to another within two seconds.
pub(super) async fn stream(
    stage: &Stage,
    (from, to): (&str, &str),
    address: Ipv4Addr,
    port: u16,
) -> Result<u64, Error> {
    let take = format!(
        "python3 -c 'import socket, time\n\
         s = socket.create_server((\"0.0.0.0\", {port}))\n\
         s.settimeout(8)\n\
         c, n, end = s.accept()[0], 0, time.monotonic() + 2\n\
         c.settimeout(0.2)\n\
         while time.monotonic() < end:\n  \
           try: n += len(c.recv(1 << 20))\n  \
           except TimeoutError: pass\n\
         print(n)'"
    );
    let give = format!(
        "python3 -c 'import socket, time\n\
         end = time.monotonic() + 8\n\
         while True:\n  \
           try:\n    \
             c = socket.create_connection((\"{address}\", {port}), 2)\n    \
             break\n  \
           except OSError:\n    \
             if time.monotonic() > end: raise\n    \
             time.sleep(0.05)\n\
         try:\n  \
           while True: c.send(bytes(1 << 16))\n\
         except OSError: pass'"
    );
    let (taken, _) = tokio::join!(console(stage, to, &take), console(stage, from, &give));
    let taken = taken?;
    taken.parse().map_err(|_| Error::Said(format!("nobody counted bytes: {taken}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pings_are_counted() {
        let printed = "PING 198.18.0.5 (198.18.0.5) 56(84) bytes of data.\n\n\
            --- 198.18.0.5 ping statistics ---\n\
            4 packets transmitted, 3 received, 25% packet loss, time 3004ms\n\
            rtt min/avg/max/mdev = 0.052/0.060/0.071/0.008 ms\n";
        let shortest = Some(Duration::from_micros(52));
        assert_eq!(read_pings(printed), Some(Pings { sent: 4, received: 3, shortest }));
        let lost = "3 packets transmitted, 0 received, +3 errors, 100% packet loss, time 2ms\n";
        assert_eq!(read_pings(lost), Some(Pings { sent: 3, received: 0, shortest: None }));
        assert_eq!(read_pings("ping: socket: Operation not permitted\n"), None);
    }
}
