//! A request that writes, over HTTP/1.1.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, header::CONTENT_TYPE};

use super::attempt::{Answer, Done, Errand, Kept, Said};
use crate::{
    docker::probes::{
        http::{Line, Reply, Scheme, begun},
        visit::Miss,
    },
    writer::{Expect, HttpWrite},
};

/// Sends the request, on the connection that was kept if it still stands.
pub(super) async fn write(
    errand: &Errand<'_>,
    scheme: Scheme,
    http: &HttpWrite,
    kept: Option<Kept>,
) -> Result<Done, Miss> {
    let request = request(errand, scheme, http)?;
    let mut line = match standing(kept) {
        Some(line) => {
            errand.visit.meet(line.address.ip());
            line
        }
        None => Line::open(errand.visit, scheme, errand.name, http.port).await?,
    };
    errand.sent.now();
    let reply = line.exchange(errand.visit, request, Reply::MAX_BODY).await?;
    let said = judge(&reply, &http.expect, line.address);
    Ok((said, (!reply.is_cut).then_some(Kept::Http(line))))
}

/// What is known to be over is not used: a request that is sent into it would be in doubt.
fn standing(kept: Option<Kept>) -> Option<Line> {
    let Some(Kept::Http(mut line)) = kept else { return None };
    line.stands().then_some(line)
}

fn request(
    errand: &Errand<'_>,
    scheme: Scheme,
    http: &HttpWrite,
) -> Result<Request<Full<Bytes>>, Miss> {
    let path = errand.id.fill(&http.path);
    let mut builder = begun(scheme, errand.name, http.port, &path, errand.after)
        .method(http.method.to_string().as_str());
    let content = http.content.fill(errand.id);
    let own_kind = http.headers.keys().any(|name| CONTENT_TYPE.as_str().eq_ignore_ascii_case(name));
    if let Some((kind, _)) = content.as_ref().filter(|_| !own_kind) {
        builder = builder.header(CONTENT_TYPE, *kind);
    }
    for (name, value) in &http.headers {
        builder = builder.header(name, errand.id.fill(value));
    }
    let text = content.map(|(_, text)| text).unwrap_or_default();
    builder
        .body(Full::new(text.into()))
        .map_err(|error| Miss::Unable(format!("`{path}` cannot be asked for over HTTP: {error}")))
}

/// A server that says that the client is wrong has done nothing (RFC 9110, 15.5). Any other answer
/// than the one that was agreed on leaves it open: who fails half way, a proxy whose server fell
/// silent, and an answer without the right text may all have taken the write.
fn judge(reply: &Reply, expect: &Expect, address: SocketAddr) -> Said {
    let status = reply.status.as_u16();
    let fits = expect.status.map_or(reply.status.is_success(), |expected| expected == status);
    match &expect.contains {
        _ if !fits => {
            let answer =
                if reply.status.is_client_error() { Answer::Refused } else { Answer::Open };
            (answer, format!("status {status} from {address}"))
        }
        Some(text) if !reply.contains(text) => {
            (Answer::Open, format!("status {status} from {address}, but without the text `{text}`"))
        }
        _ => (Answer::Taken, String::new()),
    }
}
