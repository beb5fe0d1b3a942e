//! Whether a service answers as a DNS server: a question of its own, not through the resolver.

use std::net::{Ipv4Addr, SocketAddr};

use hickory_proto::{
    op::{Message, MessageType, Query, ResponseCode},
    rr::{Name, RecordType},
};
use tokio::net::UdpSocket;

use super::visit::{Miss, Visit, miss};
use crate::{base::DnsName, probe::Dns};

/// Up if the server answers the question without an error.
pub(super) async fn ask(visit: &Visit<'_>, name: &str, probe: &Dns) -> Result<(), Miss> {
    let server = SocketAddr::new(visit.address(name).await?, probe.port);
    let question = question(&probe.query)?;
    visit.at(format!("waiting for a DNS answer from {server}"));
    let answer = exchange(server, &question).await?;
    match answer.metadata.response_code {
        ResponseCode::NoError => Ok(()),
        code => Err(Miss::Wrong(format!("{server} answers `{code}` for `{}`", probe.query))),
    }
}

/// The question for a name's IPv4 address.
pub(super) fn question(name: &DnsName) -> Result<Message, Miss> {
    let unable = |error| Miss::Unable(format!("`{name}` cannot be asked for: {error}"));
    let mut absolute = Name::from_ascii(name.as_str()).map_err(unable)?;
    absolute.set_fqdn(true);
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(absolute, RecordType::A));
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

async fn exchange(server: SocketAddr, question: &Message) -> Result<Message, Miss> {
    let bytes = question.to_vec().expect("a question of one name can be written");
    let io = |error: std::io::Error| miss(&error, server);
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await.map_err(io)?;
    // A connected socket hears only this server, and hears when its port is closed.
    socket.connect(server).await.map_err(io)?;
    socket.send(&bytes).await.map_err(io)?;
    let mut buffer = [0; 4096];
    loop {
        let length = socket.recv(&mut buffer).await.map_err(io)?;
        match answer_to(question, &buffer[..length]) {
            Ok(Some(answer)) => return Ok(answer),
            // It does not answer this question; the deadline bounds the wait for what does.
            Ok(None) => {}
            Err(why) => {
                return Err(Miss::Wrong(format!("{server} does not answer in DNS: {why}")));
            }
        }
    }
}
