//! Whether a TCP port answers, and with the right first bytes if some are expected.

use tokio::io::AsyncReadExt;

use super::visit::{Miss, Visit, miss};
use crate::probe::Tcp;

/// The first bytes are sought in this many.
const MAX_BANNER: usize = 1024;

/// Up if the server accepts and, where a banner is expected, sends it.
pub(super) async fn ask(visit: &Visit<'_>, name: &str, probe: &Tcp) -> Result<(), Miss> {
    let (mut stream, address) = visit.connect(name, probe.port).await?;
    let Some(banner) = &probe.banner else { return Ok(()) };
    visit.at(format!("waiting for the banner of {address}"));
    let mut seen = Vec::with_capacity(MAX_BANNER);
    while !String::from_utf8_lossy(&seen).contains(banner.as_str()) {
        let room = MAX_BANNER - seen.len();
        let read = (&mut stream).take(room as u64).read_buf(&mut seen).await;
        let read = read.map_err(|error| miss(&error, address))?;
        if read == 0 && seen.is_empty() {
            return Err(miss(&std::io::ErrorKind::UnexpectedEof.into(), address));
        }
        if read == 0 {
            let seen = String::from_utf8_lossy(&seen);
            return Err(Miss::Wrong(format!(
                "{address} begins with `{}`, expected `{banner}`",
                seen.trim_end()
            )));
        }
    }
    Ok(())
}
