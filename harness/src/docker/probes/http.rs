//! HTTP/1.1 on a connection of its own, with or without TLS.

use std::{net::SocketAddr, pin::Pin};

use bytes::Bytes;
use futures_util::FutureExt;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, StatusCode,
    body::Incoming,
    client::conn::http1::{self, SendRequest},
    header::{ACCEPT, CONNECTION, CONTENT_TYPE, HOST, USER_AGENT},
    http::request,
};
use hyper_util::rt::TokioIo;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncWrite};

use super::visit::{Miss, Visit, miss};
use crate::probe::Http;

/// Up if status and content are as expected.
pub(super) async fn open(
    visit: &Visit<'_>,
    name: &str,
    scheme: Scheme,
    probe: &Http,
    after: After,
) -> Result<Line, Miss> {
    let call = call(name, scheme, probe);
    let mut line = call.open(visit).await?;
    let reply = call.over(visit, &mut line, after).await?;
    judge(&reply, probe, line.address).map(|()| line)
}

/// The same on a connection that stands.
pub(super) async fn again(
    visit: &Visit<'_>,
    mut line: Line,
    name: &str,
    scheme: Scheme,
    probe: &Http,
) -> Result<Line, Miss> {
    let reply = call(name, scheme, probe).over(visit, &mut line, After::Keep).await?;
    judge(&reply, probe, line.address).map(|()| line)
}

fn call<'a>(host: &'a str, scheme: Scheme, probe: &'a Http) -> Call<'a> {
    let port = probe.port.unwrap_or(scheme.port());
    Call { scheme, host, port, path: &probe.path, body: None }
}

fn judge(reply: &Reply, probe: &Http, address: SocketAddr) -> Result<(), Miss> {
    let (status, expect) = (reply.status.as_u16(), &probe.expect);
    let wrong = |what: String| Err(Miss::Wrong(format!("status {status} from {address}{what}")));
    if status != expect.status {
        return wrong(format!(", expected {}", expect.status));
    }
    if let Some(text) = expect.contains.as_ref().filter(|text| !reply.contains(text)) {
        return wrong(format!(", but without the text `{text}`"));
    }
    let whole = expect.ends_with.is_some() || expect.sha256.is_some();
    if whole && reply.is_cut {
        return wrong(format!(", but the body is longer than {} bytes", Reply::MAX_BODY));
    }
    if let Some(text) = expect.ends_with.as_ref().filter(|text| !reply.ends_with(text)) {
        return wrong(format!(", but the body ends with `{}`, not with `{text}`", reply.end()));
    }
    if let Some(expected) = &expect.sha256 {
        let found = reply.sha256();
        if !found.eq_ignore_ascii_case(expected) {
            let length = reply.body.len();
            return wrong(format!(", but {length} bytes with the SHA-256 {found}"));
        }
    }
    Ok(())
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

/// What becomes of the connection when the answer has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// It is closed.
    Close,
    /// It is used again.
    Keep,
}

/// An answer.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) content_type: String,
    /// As much of it as was wanted.
    pub(crate) body: Vec<u8>,
    /// Whether it has more.
    pub(crate) is_cut: bool,
}

impl Reply {
    pub(crate) const MAX_BODY: usize = 1024 * 1024;

    pub(crate) fn contains(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.body).contains(text)
    }

    /// Line ends at the very end are of no account.
    fn ends_with(&self, text: &str) -> bool {
        self.body.trim_ascii_end().ends_with(text.trim_ascii_end().as_bytes())
    }

    /// The last few characters.
    fn end(&self) -> String {
        const SHOWN: usize = 40;
        let body = self.body.trim_ascii_end();
        String::from_utf8_lossy(&body[body.len().saturating_sub(SHOWN)..]).into_owned()
    }

    fn sha256(&self) -> String {
        Sha256::digest(&self.body).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A connection that HTTP/1.1 is spoken on, one request at a time.
pub(crate) struct Line {
    sender: SendRequest<Full<Bytes>>,
    /// While it stands, it is driven by whoever waits for an answer, not by a task of its own: it
    /// must end with the visit.
    driver: Option<Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>>,
    pub(crate) address: SocketAddr,
}

impl Call<'_> {
    /// Connects, asks and reads the answer.
    pub(crate) async fn make(self, visit: &Visit<'_>) -> Result<(Reply, SocketAddr), Miss> {
        let mut line = self.open(visit).await?;
        let reply = self.over(visit, &mut line, After::Close).await?;
        Ok((reply, line.address))
    }

    /// Connects.
    pub(crate) async fn open(&self, visit: &Visit<'_>) -> Result<Line, Miss> {
        // What cannot be asked for is not connected for.
        self.request(After::Keep)?;
        Line::open(visit, self.scheme, self.host, self.port).await
    }

    /// Asks on a connection, and reads the answer.
    pub(crate) async fn over(
        &self,
        visit: &Visit<'_>,
        line: &mut Line,
        after: After,
    ) -> Result<Reply, Miss> {
        line.exchange(visit, self.request(after)?, Reply::MAX_BODY).await
    }

    fn request(&self, after: After) -> Result<Request<Full<Bytes>>, Miss> {
        let mut builder = begun(self.scheme, self.host, self.port, self.path, after);
        let mut content = Bytes::new();
        if let Some((kind, body)) = &self.body {
            builder = builder.method("POST").header(CONTENT_TYPE, *kind).header(ACCEPT, *kind);
            content = body.clone().into();
        }
        builder.body(Full::new(content)).map_err(|error| {
            Miss::Unable(format!("`{}` cannot be asked for over HTTP: {error}", self.path))
        })
    }
}

/// The beginning of a request: what it asks for, and the headers that each has.
pub(crate) fn begun(
    scheme: Scheme,
    host: &str,
    port: u16,
    path: &str,
    after: After,
) -> request::Builder {
    let host = if port == scheme.port() { host.to_owned() } else { format!("{host}:{port}") };
    let builder = Request::builder().uri(path).header(HOST, host).header(USER_AGENT, "filage");
    match after {
        After::Close => builder.header(CONNECTION, "close"),
        After::Keep => builder,
    }
}

impl Line {
    /// Connects.
    pub(crate) async fn open(
        visit: &Visit<'_>,
        scheme: Scheme,
        host: &str,
        port: u16,
    ) -> Result<Self, Miss> {
        let (stream, address) = visit.connect(host, port).await?;
        match scheme {
            Scheme::Http => Self::begin(stream, address).await,
            Scheme::Https => {
                let stream = visit.secure(stream, host, address).await?;
                Self::begin(stream, address).await
            }
        }
    }

    /// Whether it still stands, as far as can be known without waiting.
    pub(crate) fn stands(&mut self) -> bool {
        let over = self.driver.as_mut().is_none_or(|driver| driver.now_or_never().is_some());
        if over {
            self.driver = None;
        }
        !over && !self.sender.is_closed()
    }

    /// Sends a request and reads the answer, at most so many bytes of its body.
    pub(crate) async fn exchange(
        &mut self,
        visit: &Visit<'_>,
        request: Request<Full<Bytes>>,
        most: usize,
    ) -> Result<Reply, Miss> {
        let Self { sender, driver, address } = self;
        let address = *address;
        visit.at(format!("waiting for an HTTP answer from {address}"));
        let talk = async {
            sender.ready().await.map_err(|error| no_answer(&error, address))?;
            let response =
                sender.send_request(request).await.map_err(|error| no_answer(&error, address))?;
            visit.at(format!("reading the HTTP answer of {address}"));
            read(response, address, most).await
        };
        tokio::pin!(talk);
        let until_over = async {
            if let Some(driver) = driver.as_mut() {
                let _ = driver.await;
            }
        };
        tokio::select! {
            biased;
            reply = &mut talk => return reply,
            () = until_over => {}
        }
        // It is over, and whatever came of it lies ready.
        *driver = None;
        talk.await
    }

    async fn begin(
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        address: SocketAddr,
    ) -> Result<Self, Miss> {
        let begun = http1::handshake(TokioIo::new(stream)).await;
        let (sender, connection) = begun.map_err(|error| no_answer(&error, address))?;
        Ok(Self { sender, driver: Some(Box::pin(connection)), address })
    }
}

async fn read(
    response: hyper::Response<Incoming>,
    address: SocketAddr,
    most: usize,
) -> Result<Reply, Miss> {
    let content_type = response.headers().get(CONTENT_TYPE);
    let content_type =
        content_type.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let status = response.status();
    let mut incoming = response.into_body();
    let mut body = vec![];
    let mut is_cut = false;
    while !is_cut && let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| {
            Miss::Wrong(format!("the answer of {address} with status {status} breaks off: {error}"))
        })?;
        if let Some(data) = frame.data_ref() {
            let room = most - body.len();
            body.extend_from_slice(&data[..data.len().min(room)]);
            is_cut = data.len() > room;
        }
    }
    Ok(Reply { status, content_type, body, is_cut })
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
