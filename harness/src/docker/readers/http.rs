//! From a page, or a document.

use bytes::Bytes;
use http_body_util::Full;

use crate::{
    docker::probes::{
        http::{After, Line, Scheme, begun},
        visit::{Miss, Visit},
    },
    writer::HttpRead,
};

/// The most that is read. More is not cut: what is behind would be taken for lost.
const MOST: usize = 64 << 20;

/// The whole of it.
pub(super) async fn get(
    visit: &Visit<'_>,
    name: &str,
    scheme: Scheme,
    http: &HttpRead,
) -> Result<String, Miss> {
    let HttpRead { port, path } = http;
    let request = begun(scheme, name, *port, path, After::Close).body(Full::new(Bytes::new()));
    let request = request.map_err(|error| {
        Miss::Unable(format!("`{path}` cannot be asked for over HTTP: {error}"))
    })?;
    let mut line = Line::open(visit, scheme, name, *port).await?;
    let reply = line.exchange(visit, request, MOST).await?;
    let (status, address) = (reply.status.as_u16(), line.address);
    if status != 200 {
        return Err(Miss::Wrong(format!("status {status} from {address} for `{path}`")));
    }
    if reply.is_cut {
        return Err(Miss::Wrong(format!("`{path}` of {address} is longer than {MOST} bytes")));
    }
    Ok(String::from_utf8_lossy(&reply.body).into_owned())
}
