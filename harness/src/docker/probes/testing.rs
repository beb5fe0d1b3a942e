//! Small servers on this machine for tests: a resolver with a zone of its own, a CA, and servers
//! that answer well, badly or never.

use std::{
    net::{Ipv6Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use hickory_proto::{
    op::{Message, ResponseCode},
    rr::{
        Name, RData, Record, RecordType,
        rdata::{A, AAAA, CNAME, MX, PTR, SSHFP, TXT, sshfp},
    },
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream, UdpSocket},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

use super::{NetView, ssh};

/// A resolver and a CA.
pub(crate) struct World {
    pub(crate) net: NetView,
    pub(crate) ca: Ca,
    pub(crate) resolver: SocketAddr,
}

impl World {
    pub(crate) async fn new() -> Self {
        let (ca, resolver) = (Ca::new(), dns_server().await);
        Self { net: NetView::new(resolver, &ca.pem).unwrap(), ca, resolver }
    }

    pub(crate) fn with_resolver(self, resolver: SocketAddr) -> Self {
        Self { net: NetView::new(resolver, &self.ca.pem).unwrap(), resolver, ..self }
    }
}

/// A CA.
pub(crate) struct Ca {
    issuer: CertifiedIssuer<'static, KeyPair>,
    pub(crate) pem: String,
}

impl Ca {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let pem = issuer.pem();
        Self { issuer, pem }
    }

    /// Accepts TLS as `name`, with a certificate of this CA.
    pub(crate) fn acceptor(&self, name: &str) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Answers for the names under `test`, over UDP.
pub(crate) async fn dns_server() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        loop {
            let (length, client) = socket.recv_from(&mut buffer).await.unwrap();
            let question = Message::from_vec(&buffer[..length]).unwrap();
            let query = &question.queries[0];
            let bytes = match (query.name().to_ascii().as_str(), query.query_type()) {
                ("silent.test.", _)
                | ("slow.test.", RecordType::AAAA)
                | ("late.test.", RecordType::A) => continue,
                ("garbage.test.", _) => b"no DNS".to_vec(),
                _ => dns_answer(&question).to_vec().unwrap(),
            };
            socket.send_to(&bytes, client).await.unwrap();
        }
    });
    address
}

/// Gives every name the address 127.0.0.N, for whichever N it holds.
pub(crate) async fn moving_dns(at: u8) -> (SocketAddr, Arc<AtomicU8>) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let (address, place) = (socket.local_addr().unwrap(), Arc::new(AtomicU8::new(at)));
    let held = Arc::clone(&place);
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        loop {
            let (length, client) = socket.recv_from(&mut buffer).await.unwrap();
            let question = Message::from_vec(&buffer[..length]).unwrap();
            let query = &question.queries[0];
            let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
            answer.add_query(query.clone());
            let data = RData::A(A::new(127, 0, 0, held.load(Ordering::SeqCst)));
            answer.add_answers([Record::from_rdata(query.name().clone(), 0, data)]);
            socket.send_to(&answer.to_vec().unwrap(), client).await.unwrap();
        }
    });
    (address, place)
}

/// What the zone says.
pub(crate) fn dns_answer(question: &Message) -> Message {
    let query = &question.queries[0];
    let (code, records) = zone(&query.name().to_ascii(), query.query_type());
    let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
    answer.metadata.response_code = code;
    answer.add_query(query.clone());
    answer.add_answers(records);
    answer
}

fn zone(name: &str, kind: RecordType) -> (ResponseCode, Vec<Record>) {
    let absolute = |name: &str| Name::from_ascii(name).unwrap();
    let a = |last: u8| RData::A(A::new(127, 0, 0, last));
    let known = match (name, kind) {
        ("refused.test.", _) => return (ResponseCode::Refused, vec![]),
        ("servfail.test.", _) => return (ResponseCode::ServFail, vec![]),
        ("up.test.", RecordType::A) => vec![(name, a(1))],
        ("named.test.", RecordType::A) => vec![(name, RData::A(A::new(198, 18, 3, 4)))],
        ("nameless.test.", RecordType::A) => vec![(name, RData::A(A::new(198, 18, 3, 5)))],
        ("many.test.", RecordType::A) => vec![(name, a(2)), (name, a(1))],
        ("alias.test.", RecordType::A) => {
            vec![(name, RData::CNAME(CNAME(absolute("up.test.")))), ("up.test.", a(1))]
        }
        ("asso.test.", RecordType::MX) => {
            vec![(name, RData::MX(MX::new(10, absolute("Mail.asso.test."))))]
        }
        ("asso.test.", RecordType::TXT) => {
            let halves = ["v=spf1 ", "-all"].map(str::to_owned);
            vec![(name, RData::TXT(TXT::new(halves.to_vec())))]
        }
        ("4.3.18.198.in-addr.arpa.", RecordType::PTR) => {
            vec![(name, RData::PTR(PTR(absolute("mail.asso.test."))))]
        }
        ("ssh.test.", RecordType::SSHFP) => {
            let (algorithm, hash) = (sshfp::Algorithm::Ed25519, sshfp::FingerprintType::SHA256);
            vec![(name, RData::SSHFP(SSHFP::new(algorithm, hash, vec![0xab, 0xcd])))]
        }
        ("six.test.", RecordType::AAAA) => {
            vec![(name, RData::AAAA(AAAA("2001:db8::7".parse().unwrap())))]
        }
        ("both.test." | "slow.test.", RecordType::A) => vec![(name, a(1))],
        ("both.test." | "late.test.", RecordType::AAAA) => {
            vec![(name, RData::AAAA(AAAA(Ipv6Addr::LOCALHOST)))]
        }
        ("up.test." | "asso.test.", _) => vec![],
        _ => return (ResponseCode::NXDomain, vec![]),
    };
    let record = |(name, data)| Record::from_rdata(absolute(name), 0, data);
    (ResponseCode::NoError, known.into_iter().map(record).collect())
}

/// An address where nobody listens.
pub(crate) async fn dead_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// Takes datagrams and never answers, as long as the socket lives.
pub(crate) async fn silent_udp() -> (SocketAddr, UdpSocket) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    (socket.local_addr().unwrap(), socket)
}

/// Has each connection handled by `handle`; the port.
pub(crate) async fn tcp_server<F>(handle: impl Fn(TcpStream) -> F + Send + 'static) -> u16
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(handle(stream));
        }
    });
    port
}

/// Accepts, and never says a word.
pub(crate) async fn silent_server() -> u16 {
    tcp_server(|mut stream| async move {
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    })
    .await
}

/// Says something at once, then closes.
pub(crate) async fn saying(words: &'static str) -> u16 {
    tcp_server(move |mut stream| async move {
        let _ = stream.write_all(words.as_bytes()).await;
        // Only what was sent is closed: unread words of the client would make it a reset.
        let _ = stream.shutdown().await;
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    })
    .await
}

/// Answers each HTTP request with the same bytes.
pub(crate) async fn http_server(answer: &'static str) -> u16 {
    tcp_server(move |stream| async move {
        answer_http(stream, |_| answer.as_bytes().to_vec()).await;
    })
    .await
}

/// The same with TLS, as `name`.
pub(crate) async fn https_server(ca: &Ca, name: &str, answer: &'static str) -> u16 {
    https_server_with(ca, name, move |_| answer.as_bytes().to_vec()).await
}

/// Answers the content of each HTTPS request.
pub(crate) async fn https_server_with(
    ca: &Ca,
    name: &str,
    answer: impl Fn(&[u8]) -> Vec<u8> + Clone + Send + Sync + 'static,
) -> u16 {
    let acceptor = ca.acceptor(name);
    tcp_server(move |stream| {
        let (acceptor, answer) = (acceptor.clone(), answer.clone());
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                answer_http(stream, answer).await;
            }
        }
    })
    .await
}

async fn answer_http(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: impl Fn(&[u8]) -> Vec<u8>,
) {
    let mut stream = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut content = vec![0; length];
    stream.read_exact(&mut content).await.unwrap();
    let _ = stream.write_all(&answer(&content)).await;
    let _ = stream.shutdown().await;
}

/// Plays one conversation in lines: for each pair, waits for a line that begins with the first
/// text (nothing to wait for if it is empty) and says the second. The task gives what was heard,
/// once the client has gone.
pub(crate) async fn scripted(
    script: &'static [(&'static str, &'static str)],
) -> (u16, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let mut stream = BufReader::new(listener.accept().await.unwrap().0);
        let mut heard = String::new();
        for (awaited, said) in script {
            let mut from = heard.len();
            while !awaited.is_empty() && !heard[from..].starts_with(awaited) {
                from = heard.len();
                if stream.read_line(&mut heard).await.unwrap() == 0 {
                    return heard;
                }
            }
            stream.write_all(said.as_bytes()).await.unwrap();
        }
        let _ = stream.read_to_string(&mut heard).await;
        heard
    });
    (port, heard)
}

/// An SSH host key.
#[derive(Clone)]
pub(crate) struct SshKey(Arc<KeyPair>);

impl SshKey {
    pub(crate) fn new() -> Self {
        Self(Arc::new(KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap()))
    }

    pub(crate) fn public(&self) -> ssh_key::PublicKey {
        ssh_key::PublicKey::from_bytes(&self.blob()).unwrap()
    }

    fn blob(&self) -> Vec<u8> {
        ssh::strings(&[b"ssh-ed25519", self.0.public_key_raw()])
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.0.serialize_der()));
        let key = ring::sign::any_eddsa_type(&match key {
            PrivateKeyDer::Pkcs8(key) => key,
            _ => unreachable!("it was made as PKCS #8"),
        });
        let signer = key.unwrap().choose_scheme(&[rustls::SignatureScheme::ED25519]).unwrap();
        ssh::strings(&[b"ssh-ed25519", &signer.sign(message).unwrap()])
    }
}

/// An SSH server up to its host key, which it shows, and proves with the secret of another.
pub(crate) async fn ssh_server(shows: &SshKey, signs: &SshKey) -> u16 {
    let (shows, signs) = (shows.clone(), signs.clone());
    tcp_server(move |stream| {
        let (shows, signs) = (shows.clone(), signs.clone());
        async move { ssh::serve(stream, &shows.blob(), |hash| signs.sign(hash)).await }
    })
    .await
}
