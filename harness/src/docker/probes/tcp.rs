//! Whether a TCP port answers, and with the right first bytes if some are expected.

use std::{io::ErrorKind, net::SocketAddr};

use tokio::{io::AsyncReadExt, net::TcpStream};

use super::visit::{Miss, Visit, miss};
use crate::probe::Tcp;

/// The first bytes are sought in this many.
const MAX_BANNER: usize = 1024;

/// A connection that was accepted.
pub(super) struct Line {
    stream: TcpStream,
    pub(super) address: SocketAddr,
}

/// Up if the server accepts and, where a banner is expected, sends it.
pub(super) async fn open(visit: &Visit<'_>, name: &str, probe: &Tcp) -> Result<Line, Miss> {
    let (mut stream, address) = visit.connect(name, probe.port).await?;
    let Some(banner) = &probe.banner else { return Ok(Line { stream, address }) };
    visit.at(format!("waiting for the banner of {address}"));
    let mut seen = Vec::with_capacity(MAX_BANNER);
    while !String::from_utf8_lossy(&seen).contains(banner.as_str()) {
        let room = MAX_BANNER - seen.len();
        let read = (&mut stream).take(room as u64).read_buf(&mut seen).await;
        let read = read.map_err(|error| miss(&error, address))?;
        if read == 0 && seen.is_empty() {
            return Err(miss(&ErrorKind::UnexpectedEof.into(), address));
        }
        if read == 0 {
            let seen = String::from_utf8_lossy(&seen);
            return Err(Miss::Wrong(format!(
                "{address} begins with `{}`, expected `{banner}`",
                seen.trim_end()
            )));
        }
    }
    Ok(Line { stream, address })
}

/// Whether the connection stands still, as far as this end was told. Nothing is sent, since nobody
/// knows what the server would make of it.
pub(super) fn again(line: Line) -> Result<Line, Miss> {
    /// More than this is not read at once, from a server that talks all the time.
    const MOST_READS: usize = 64;
    let mut buffer = [0; 4096];
    for _ in 0..MOST_READS {
        match line.stream.try_read(&mut buffer) {
            Ok(0) => return Err(miss(&ErrorKind::UnexpectedEof.into(), line.address)),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => return Err(miss(&error, line.address)),
        }
    }
    Ok(line)
}
