//! Owns questions over UDP: from which socket they are asked, again and again where packets are lost, and
//! which of what comes is the answer.
//! Must not know: what is asked, and what becomes of the answer.

use std::{
    io,
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hickory_proto::op::Message;
use tokio::net::UdpSocket;

use super::dns::answer_to;

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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hickory_proto::rr::RecordType;

    use super::*;
    use crate::docker::probes::{dns, testing};

    #[tokio::test]
    async fn a_socket_is_kept_when_it_was_answered_and_dropped_when_it_was_not() {
        let sockets = Sockets::to(testing::dns_server().await);
        let ask = async |name: &str, patience| {
            let question = dns::question(name, RecordType::A).unwrap();
            let asked = sockets.exchange(&question, Duration::from_secs(1));
            tokio::time::timeout(patience, asked).await.is_ok()
        };
        let kept = || sockets.kept().len();
        for _ in 0..2 {
            assert!(ask("up.test", Duration::from_secs(60)).await);
            assert_eq!(kept(), 1);
        }
        assert!(!ask("silent.test", Duration::from_millis(10)).await);
        assert_eq!(kept(), 0, "an answer that comes late would be heard by somebody else");
    }
}
