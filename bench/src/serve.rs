//! The servers that are asked: a resolver, a TCP port that accepts, and an HTTPS site. They tell
//! where they are in one line of JSON, and end when their standard input does.

use std::{error::Error, io::Read, net::Ipv4Addr, sync::Arc};

use hickory_proto::{
    op::Message,
    rr::{RData, Record, rdata::A},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
};
use tokio_rustls::TlsAcceptor;

/// The name that is known.
pub(crate) const NAME: &str = "site.bench.example";
/// What the site says.
const PAGE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";

pub(crate) fn until_nobody_listens() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut vec![]);
        std::process::exit(0);
    });
    runtime.block_on(serve())
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let local = (Ipv4Addr::LOCALHOST, 0);
    let resolver = UdpSocket::bind(local).await?;
    let (tcp, https) = (TcpListener::bind(local).await?, TcpListener::bind(local).await?);
    let (acceptor, ca) = acceptor()?;
    let told = json!({
        "resolver": resolver.local_addr()?.to_string(),
        "tcp": tcp.local_addr()?.port(),
        "https": https.local_addr()?.port(),
        "ca": ca,
    });
    println!("{told}");
    tokio::spawn(async move {
        while let Ok((stream, _)) = tcp.accept().await {
            tokio::spawn(hold(stream));
        }
    });
    tokio::spawn(async move {
        while let Ok((stream, _)) = https.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // A client that goes away is its own business.
                let _ = answer(acceptor, stream).await;
            });
        }
    });
    resolve(&resolver).await
}

/// Every name is this machine.
async fn resolve(socket: &UdpSocket) -> Result<(), Box<dyn Error>> {
    let mut buffer = [0; 512];
    loop {
        let (length, client) = socket.recv_from(&mut buffer).await?;
        let question = Message::from_vec(&buffer[..length])?;
        let query = question.queries.first().ok_or("a question without a query")?;
        let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
        answer.add_query(query.clone());
        let here = RData::A(A(Ipv4Addr::LOCALHOST));
        answer.add_answers([Record::from_rdata(query.name().clone(), 0, here)]);
        socket.send_to(&answer.to_vec()?, client).await?;
    }
}

async fn hold(mut stream: TcpStream) {
    let _ = stream.read(&mut [0]).await;
}

async fn answer(acceptor: TlsAcceptor, stream: TcpStream) -> std::io::Result<()> {
    let mut stream = acceptor.accept(stream).await?;
    let mut request = [0; 1024];
    let mut length = 0;
    while !request[..length].ends_with(b"\r\n\r\n") {
        match stream.read(&mut request[length..]).await? {
            0 => return Ok(()),
            read => length += read,
        }
    }
    stream.write_all(PAGE).await?;
    stream.shutdown().await
}

/// A certificate on P-256 from a CA of its own, as a world gives its services.
fn acceptor() -> Result<(TlsAcceptor, String), Box<dyn Error>> {
    let mut params = CertificateParams::new(vec![])?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(vec![NAME.to_owned()])?.signed_by(&key, &ca)?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    Ok((TlsAcceptor::from(Arc::new(config)), ca.pem()))
}
