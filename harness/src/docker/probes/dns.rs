//! Whether a service answers as a DNS server: a question of its own, not through the resolver.

use std::{
    io,
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hickory_proto::{
    ProtoError,
    op::{Message, MessageType, Query, ResponseCode},
    rr::{Name, RData, RecordType},
};
use tokio::net::UdpSocket;

use super::visit::{Miss, Visit, miss};
use crate::{
    base::DnsName,
    probe::{Dns, DnsExpect, RecordKind},
};

/// Up if the server answers the question without an error, and as expected.
pub(super) async fn ask(visit: &Visit<'_>, name: &str, probe: &Dns) -> Result<(), Miss> {
    let question = &question_of(&probe.query, probe.kind)?;
    let ask = move |server| async move {
        visit.at(format!("waiting for a DNS answer from {server}"));
        exchange(server, question).await.map_err(|mute| match mute {
            Mute::Io(error) => miss(&error, server),
            Mute::Garbled(why) => Miss::Wrong(format!("{server} does not answer in DNS: {why}")),
        })
    };
    let (answer, server) = visit.reach(name, probe.port, ask).await?;
    match answer.metadata.response_code {
        ResponseCode::NoError => {}
        code => {
            return Err(Miss::Wrong(format!("{server} answers `{code}` for `{}`", probe.query)));
        }
    }
    judge(&answer, probe.kind, probe.expect.as_ref())
        .map_err(|why| Miss::Wrong(format!("{why} for `{}` from {server}", probe.query)))
}

/// Whether an answer has all that is expected, or says what it has instead.
pub(super) fn judge(
    answer: &Message,
    kind: RecordKind,
    expect: Option<&DnsExpect>,
) -> Result<(), String> {
    let Some(expect) = expect else { return Ok(()) };
    let found: Vec<String> = records(answer, kind).map(text).collect();
    let same = |one: &str, other: &str| match kind {
        RecordKind::Txt => one == other,
        _ => one.eq_ignore_ascii_case(other),
    };
    match expect.value.iter().find(|value| !found.iter().any(|record| same(record, value))) {
        None => Ok(()),
        Some(missing) if found.is_empty() => Err(format!("no {kind} record, expected `{missing}`")),
        Some(missing) => Err(format!("`{}`, expected `{missing}`", found.join("`, `"))),
    }
}

/// The records of a kind.
pub(super) fn records(answer: &Message, kind: RecordKind) -> impl Iterator<Item = &RData> {
    let data = answer.answers.iter().map(|record| &record.data);
    data.filter(move |data| data.record_type() == record_type(kind))
}

/// A record as a scenario writes it: names without the final dot, texts without quotes.
pub(crate) fn text(data: &RData) -> String {
    let name = |name: &Name| name.to_ascii().trim_end_matches('.').to_lowercase();
    match data {
        RData::MX(mx) => format!("{} {}", mx.preference, name(&mx.exchange)),
        RData::PTR(ptr) => name(&ptr.0),
        RData::TXT(txt) => String::from_utf8_lossy(&txt.txt_data.concat()).into_owned(),
        other => other.to_string(),
    }
}

/// The question that a probe asks.
pub(super) fn question_of(name: &DnsName, kind: RecordKind) -> Result<Message, Miss> {
    question(name.as_str(), record_type(kind))
        .map_err(|error| Miss::Unable(format!("`{name}` cannot be asked for: {error}")))
}

fn record_type(kind: RecordKind) -> RecordType {
    match kind {
        RecordKind::A => RecordType::A,
        RecordKind::Aaaa => RecordType::AAAA,
        RecordKind::Ptr => RecordType::PTR,
        RecordKind::Mx => RecordType::MX,
        RecordKind::Txt => RecordType::TXT,
        RecordKind::Sshfp => RecordType::SSHFP,
    }
}

/// The question for the records of a name.
pub(super) fn question(name: &str, kind: RecordType) -> Result<Message, ProtoError> {
    let mut absolute = Name::from_ascii(name)?;
    absolute.set_fqdn(true);
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(absolute, kind));
    Ok(message)
}

/// Reads an answer to `question`; none if it is an answer to something else.
pub(super) fn answer_to(question: &Message, bytes: &[u8]) -> Result<Option<Message>, String> {
    let answer = Message::from_vec(bytes).map_err(|error| error.to_string())?;
    let same = answer.metadata.message_type == MessageType::Response
        && answer.metadata.id == question.metadata.id
        // Some servers leave the question out of an error.
        && (answer.queries == question.queries
            || answer.queries.is_empty()
                && answer.metadata.response_code != ResponseCode::NoError);
    Ok(same.then_some(answer))
}

/// Why no answer came.
#[derive(Debug)]
pub(super) enum Mute {
    /// The network says so.
    Io(io::Error),
    /// What came is no DNS.
    Garbled(String),
}

/// Asks over UDP, from a socket of its own. The caller bounds the wait.
pub(super) async fn exchange(server: SocketAddr, question: &Message) -> Result<Message, Mute> {
    converse(&connected_to(server).await?, question, None).await
}

/// How many sockets are kept for later questions.
const MOST_KEPT: usize = 64;

/// Ways to one server. A socket that was answered is kept for the next question: to make one and to
/// close it again costs as much as to ask.
#[derive(Debug)]
pub(super) struct Sockets {
    server: SocketAddr,
    kept: Mutex<Vec<UdpSocket>>,
}

impl Sockets {
    pub(super) fn to(server: SocketAddr) -> Self {
        Self { server, kept: Mutex::default() }
    }

    pub(super) fn server(&self) -> SocketAddr {
        self.server
    }

    /// Asks over UDP, and again whenever so much time has passed. The caller bounds the wait; a socket on
    /// which no answer came by then is not used again.
    pub(super) async fn exchange(
        &self,
        question: &Message,
        again_after: Duration,
    ) -> Result<Message, Mute> {
        let kept = self.kept().pop();
        let socket = match kept {
            Some(socket) => socket,
            None => connected_to(self.server).await?,
        };
        let answer = converse(&socket, question, Some(again_after)).await?;
        let mut kept = self.kept();
        if kept.len() < MOST_KEPT {
            kept.push(socket);
        }
        Ok(answer)
    }

    fn kept(&self) -> MutexGuard<'_, Vec<UdpSocket>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connected socket hears only this server, and hears when its port is closed.
async fn connected_to(server: SocketAddr) -> Result<UdpSocket, Mute> {
    let local: SocketAddr = match server {
        SocketAddr::V4(_) => ([0; 4], 0).into(),
        SocketAddr::V6(_) => ([0_u16; 8], 0).into(),
    };
    let socket = UdpSocket::bind(local).await.map_err(Mute::Io)?;
    socket.connect(server).await.map_err(Mute::Io)?;
    Ok(socket)
}

/// Asks, and again whenever so much time has passed.
async fn converse(
    socket: &UdpSocket,
    question: &Message,
    again_after: Option<Duration>,
) -> Result<Message, Mute> {
    let bytes = question.to_vec().expect("a question of one name can be written");
    loop {
        socket.send(&bytes).await.map_err(Mute::Io)?;
        let heard = hear(socket, question);
        let Some(patience) = again_after else { return heard.await };
        if let Ok(heard) = tokio::time::timeout(patience, heard).await {
            return heard;
        }
    }
}

/// The next answer to the question; others may come before, for it or not.
async fn hear(socket: &UdpSocket, question: &Message) -> Result<Message, Mute> {
    let mut buffer = [0; 4096];
    loop {
        let length = socket.recv(&mut buffer).await.map_err(Mute::Io)?;
        if let Some(answer) = answer_to(question, &buffer[..length]).map_err(Mute::Garbled)? {
            return Ok(answer);
        }
    }
}
