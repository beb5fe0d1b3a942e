//! Lines to and from a server, each bounded: what SMTP and IMAP are spoken in.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::visit::{Miss, miss};

/// A connection that is spoken in lines.
pub(crate) struct Lines {
    stream: BufReader<TcpStream>,
    address: SocketAddr,
}

impl Lines {
    /// Longer than any line that a server has reason to send (RFC 5321 allows 512 bytes).
    const MAX_LINE: u64 = 8 * 1024;
    /// Longer than any literal that is asked for here.
    const MAX_BYTES: usize = 64 * 1024;

    pub(crate) fn new(stream: TcpStream, address: SocketAddr) -> Self {
        Self { stream: BufReader::new(stream), address }
    }

    /// Whom it is spoken with.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address at this end.
    pub(crate) fn local(&self) -> Result<SocketAddr, Miss> {
        self.stream.get_ref().local_addr().map_err(|error| miss(&error, self.address))
    }

    /// The next line, without its end. What is no UTF-8 is replaced.
    pub(crate) async fn line(&mut self) -> Result<String, Miss> {
        let mut line = vec![];
        let mut bounded = (&mut self.stream).take(Self::MAX_LINE);
        let read = bounded.read_until(b'\n', &mut line).await;
        read.map_err(|error| miss(&error, self.address))?;
        if line.pop() == Some(b'\n') {
            line.pop_if(|last| *last == b'\r');
            return Ok(String::from_utf8_lossy(&line).into_owned());
        }
        // Without its end, a line is cut off: by the bound, or by the server.
        Err(if line.len() as u64 + 1 == Self::MAX_LINE {
            Miss::Wrong(format!("{} sends a line without an end", self.address))
        } else {
            miss(&io::ErrorKind::UnexpectedEof.into(), self.address)
        })
    }

    /// Exactly `count` bytes.
    pub(crate) async fn bytes(&mut self, count: usize) -> Result<String, Miss> {
        if count > Self::MAX_BYTES {
            return Err(Miss::Wrong(format!("{} sends {count} bytes at once", self.address)));
        }
        let mut bytes = vec![0; count];
        let read = self.stream.read_exact(&mut bytes).await;
        read.map_err(|error| miss(&error, self.address))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Sends text as it is, whole.
    pub(crate) async fn send(&mut self, text: &str) -> Result<(), Miss> {
        let stream = self.stream.get_mut();
        let sent = async {
            stream.write_all(text.as_bytes()).await?;
            stream.flush().await
        };
        sent.await.map_err(|error| miss(&error, self.address))
    }
}
