//! HTTP/1.1 on a connection of its own, with or without TLS.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, StatusCode,
    body::Incoming,
    client::conn::http1,
    header::{ACCEPT, CONNECTION, CONTENT_TYPE, HOST, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::visit::{Miss, Visit, miss};
use crate::probe::Http;

/// Up if status and content are as expected.
pub(super) async fn ask(
    visit: &Visit<'_>,
    name: &str,
    port: u16,
    scheme: Scheme,
    probe: &Http,
) -> Result<(), Miss> {
    let call = Call { scheme, host: name, port, path: &probe.path, body: None };
    let (reply, address) = call.make(visit).await?;
    let status = reply.status.as_u16();
    if status != probe.expect.status {
        let expected = probe.expect.status;
        return Err(Miss::Wrong(format!("status {status} from {address}, expected {expected}")));
    }
    match &probe.expect.contains {
        Some(text) if !reply.contains(text) => Err(Miss::Wrong(format!(
            "status {status} from {address}, but without the text `{text}`"
        ))),
        _ => Ok(()),
    }
}

/// Whether there is TLS below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// There is not.
    Http,
    /// There is.
    Https,
}

impl Scheme {
    /// The port where a server is sought first.
    pub(crate) fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// A request.
pub(crate) struct Call<'a> {
    pub(crate) scheme: Scheme,
    pub(crate) host: &'a str,
    pub(crate) port: u16,
    /// The path, with its query.
    pub(crate) path: &'a str,
    /// Content to be posted, and its type.
    pub(crate) body: Option<(&'static str, Vec<u8>)>,
}

/// An answer.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) content_type: String,
    /// At most [`Reply::MAX_BODY`] bytes of it.
    pub(crate) body: Vec<u8>,
}

impl Reply {
    const MAX_BODY: usize = 1024 * 1024;

    pub(crate) fn contains(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.body).contains(text)
    }
}

impl Call<'_> {
    /// Connects, asks and reads the answer.
    pub(crate) async fn make(self, visit: &Visit<'_>) -> Result<(Reply, SocketAddr), Miss> {
        let (host, scheme) = (self.host, self.scheme);
        let port = self.port;
        let request = self.request()?;
        let (stream, address) = visit.connect(host, port).await?;
        let reply = match scheme {
            Scheme::Http => exchange(visit, stream, request, address).await?,
            Scheme::Https => {
                let stream = visit.secure(stream, host, address).await?;
                exchange(visit, stream, request, address).await?
            }
        };
        Ok((reply, address))
    }

    fn request(self) -> Result<Request<Full<Bytes>>, Miss> {
        let host = if self.port == self.scheme.port() {
            self.host.to_owned()
        } else {
            format!("{}:{}", self.host, self.port)
        };
        let mut builder = Request::builder()
            .uri(self.path)
            .header(HOST, host)
            .header(USER_AGENT, "filage")
            .header(CONNECTION, "close");
        let mut content = Bytes::new();
        if let Some((kind, body)) = self.body {
            builder = builder.method("POST").header(CONTENT_TYPE, kind).header(ACCEPT, kind);
            content = body.into();
        }
        builder.body(Full::new(content)).map_err(|error| {
            Miss::Unable(format!("`{}` cannot be asked for over HTTP: {error}", self.path))
        })
    }
}

async fn exchange(
    visit: &Visit<'_>,
    stream: impl AsyncRead + AsyncWrite + Unpin,
    request: Request<Full<Bytes>>,
    address: SocketAddr,
) -> Result<Reply, Miss> {
    visit.at(format!("waiting for an HTTP answer from {address}"));
    let begun = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = begun.map_err(|error| no_answer(&error, address))?;
    let talk = async {
        let response =
            sender.send_request(request).await.map_err(|error| no_answer(&error, address))?;
        visit.at(format!("reading the HTTP answer of {address}"));
        read(response, address).await
    };
    // The connection is driven here and not by a task of its own: it must end with the visit.
    tokio::pin!(talk, connection);
    tokio::select! {
        biased;
        reply = &mut talk => reply,
        // It is over, and whatever came of it lies ready.
        _ = &mut connection => talk.await,
    }
}

async fn read(response: hyper::Response<Incoming>, address: SocketAddr) -> Result<Reply, Miss> {
    let content_type = response.headers().get(CONTENT_TYPE);
    let content_type =
        content_type.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let status = response.status();
    let mut incoming = response.into_body();
    let mut body = vec![];
    while body.len() < Reply::MAX_BODY
        && let Some(frame) = incoming.frame().await
    {
        let frame = frame.map_err(|error| {
            Miss::Wrong(format!("the answer of {address} with status {status} breaks off: {error}"))
        })?;
        if let Some(data) = frame.data_ref() {
            body.extend_from_slice(&data[..data.len().min(Reply::MAX_BODY - body.len())]);
        }
    }
    Ok(Reply { status, content_type, body })
}

/// Why there is no head of an answer.
fn no_answer(error: &hyper::Error, address: SocketAddr) -> Miss {
    use std::error::Error;
    if error.is_parse() {
        return Miss::Wrong(format!("{address} does not answer in HTTP: {error}"));
    }
    let source = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
    source.map_or_else(
        || miss(&std::io::ErrorKind::UnexpectedEof.into(), address),
        |error| miss(error, address),
    )
}
