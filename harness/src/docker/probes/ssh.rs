//! The client's side of SSH (RFC 4253) up to the point where the server has proved which host key
//! is its own; nobody logs in. Signatures and key agreement are rustls's; packets are ours, since a
//! whole client brings a hundred crates along.

use std::net::SocketAddr;

use rustls::{
    crypto::{ActiveKeyExchange, ring},
    pki_types::alg_id,
};
use sha2::{Digest, Sha256};
use ssh_key::{
    PublicKey,
    rand_core::{OsRng, RngCore},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::visit::{Miss, Visit, miss};
use crate::probe::Ssh;

const OURS: &[u8] = b"SSH-2.0-filage";
const HOST_KEY: &str = "ssh-ed25519";

/// Numbers of messages.
const DISCONNECT: u8 = 1;
const IGNORE: u8 = 2;
const DEBUG: u8 = 4;
const KEXINIT: u8 = 20;
const ECDH_INIT: u8 = 30;
const ECDH_REPLY: u8 = 31;

/// Up if the server proves that `expected` is its host key.
pub(super) async fn ask(
    visit: &Visit<'_>,
    name: &str,
    probe: &Ssh,
    expected: impl Fn(SocketAddr) -> Option<PublicKey>,
) -> Result<(), Miss> {
    let (stream, address) = visit.connect(name, probe.port).await?;
    let mut server = Server { stream: BufReader::new(stream), address };
    visit.at(format!("waiting for the banner of {address}"));
    let theirs = server.banner().await?;
    visit.at(format!("agreeing on keys with {address}"));
    let proved = server.prove(&theirs).await?;
    let expected = expected(address).map(|key| key.to_bytes());
    match expected {
        Some(Ok(expected)) if expected == proved => Ok(()),
        Some(Ok(_)) => {
            let told = PublicKey::from_bytes(&proved)
                .map(|key| key.fingerprint(ssh_key::HashAlg::Sha256).to_string());
            let told = told.unwrap_or_else(|_| "no key at all".to_owned());
            Err(Miss::Wrong(format!("{address} has another host key: {told}")))
        }
        None => Err(Miss::Wrong(format!("{address} has no key of the world's"))),
        Some(Err(error)) => Err(Miss::Unable(format!("a host key of ours is none: {error}"))),
    }
}

struct Server {
    stream: BufReader<TcpStream>,
    address: SocketAddr,
}

impl Server {
    /// Longer than any line before the banner, and than the banner (RFC 4253, 4.2).
    const MAX_LINE: u64 = 1024;
    const MAX_LINES: usize = 50;
    /// Longer than any packet that is waited for here.
    const MAX_PACKET: usize = 35_000;
    const MAX_IGNORED: usize = 16;

    /// The server's banner, without its end.
    async fn banner(&mut self) -> Result<Vec<u8>, Miss> {
        for _ in 0..Self::MAX_LINES {
            let mut line = vec![];
            let mut bounded = (&mut self.stream).take(Self::MAX_LINE);
            bounded.read_until(b'\n', &mut line).await.map_err(|error| self.miss(&error))?;
            if line.pop() != Some(b'\n') {
                return Err(match line.is_empty() {
                    true => self.miss(&std::io::ErrorKind::UnexpectedEof.into()),
                    false => self.no_ssh(&String::from_utf8_lossy(&line)),
                });
            }
            line.pop_if(|last| *last == b'\r');
            if line.starts_with(b"SSH-2.0-") || line.starts_with(b"SSH-1.99-") {
                return Ok(line);
            }
        }
        Err(self.no_ssh("many lines without a banner"))
    }

    /// The host key (as RFC 4253, 6.6 has it) for which the server has shown to have the secret.
    async fn prove(&mut self, theirs: &[u8]) -> Result<Vec<u8>, Miss> {
        let init = kexinit();
        let mut hello = [OURS, b"\r\n"].concat();
        hello.extend(packet(&init));
        self.send(&hello).await?;
        let their_init = self.receive(KEXINIT).await?;
        let exchange = ring::kx_group::X25519
            .start()
            .map_err(|error| Miss::Unable(format!("no key can be made here: {error}")))?;
        let point = exchange.pub_key().to_vec();
        let mut message = vec![ECDH_INIT];
        put(&mut message, &point);
        self.send(&packet(&message)).await?;
        let reply = self.receive(ECDH_REPLY).await?;
        let parts = (|| {
            let mut rest = &reply[1..];
            Some((take(&mut rest)?, take(&mut rest)?, take(&mut rest)?))
        })();
        let (key, their_point, signature) = parts.ok_or_else(|| self.no_ssh("a short message"))?;
        let hash = hash(&[OURS, theirs, &init, &their_init, key, &point, their_point], exchange)
            .ok_or_else(|| self.no_ssh("a bad point"))?;
        if !is_signed(key, &hash, signature) {
            let address = self.address;
            let what = "does not prove to have the secret of its host key";
            return Err(Miss::Wrong(format!("{address} {what}")));
        }
        Ok(key.to_vec())
    }

    /// The next message that matters, which must be of this kind.
    async fn receive(&mut self, kind: u8) -> Result<Vec<u8>, Miss> {
        for _ in 0..Self::MAX_IGNORED {
            let length = self.stream.read_u32().await.map_err(|error| self.miss(&error))? as usize;
            if !(2..=Self::MAX_PACKET).contains(&length) {
                return Err(self.no_ssh("a packet of an impossible length"));
            }
            let mut packet = vec![0; length];
            self.stream.read_exact(&mut packet).await.map_err(|error| self.miss(&error))?;
            let padding = usize::from(packet.remove(0));
            packet.truncate(packet.len().saturating_sub(padding));
            match packet.first() {
                Some(&it) if it == kind => return Ok(packet),
                Some(&(IGNORE..=DEBUG)) => {}
                Some(&DISCONNECT) => {
                    let mut rest = packet.get(5..).unwrap_or_default();
                    let why = String::from_utf8_lossy(take(&mut rest).unwrap_or_default());
                    let address = self.address;
                    return Err(Miss::Wrong(format!("{address} ends the conversation: `{why}`")));
                }
                _ => break,
            }
        }
        Err(self.no_ssh("another message than was due"))
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), Miss> {
        self.stream.get_mut().write_all(bytes).await.map_err(|error| self.miss(&error))
    }

    fn miss(&self, error: &std::io::Error) -> Miss {
        miss(error, self.address)
    }

    fn no_ssh(&self, what: &str) -> Miss {
        Miss::Wrong(format!("{} says `{}`, which is no SSH", self.address, what.trim_end()))
    }
}

/// What is offered (RFC 4253, 7.1): one way to agree on a key, one kind of host key, and ciphers
/// that will never be used.
fn kexinit() -> Vec<u8> {
    const LISTS: [&str; 10] = [
        "curve25519-sha256,curve25519-sha256@libssh.org",
        HOST_KEY,
        "aes128-ctr,aes256-ctr,aes128-gcm@openssh.com,chacha20-poly1305@openssh.com",
        "aes128-ctr,aes256-ctr,aes128-gcm@openssh.com,chacha20-poly1305@openssh.com",
        "hmac-sha2-256,hmac-sha2-256-etm@openssh.com",
        "hmac-sha2-256,hmac-sha2-256-etm@openssh.com",
        "none",
        "none",
        "",
        "",
    ];
    let mut message = vec![KEXINIT];
    let mut cookie = [0; 16];
    OsRng.fill_bytes(&mut cookie);
    message.extend(cookie);
    for list in LISTS {
        put(&mut message, list.as_bytes());
    }
    // No guess follows; and what is reserved.
    message.extend([0; 5]);
    message
}

/// A message in clear, padded (RFC 4253, 6).
fn packet(message: &[u8]) -> Vec<u8> {
    let mut padding = 8 - (5 + message.len()) % 8;
    if padding < 4 {
        padding += 8;
    }
    let mut packet = length(1 + message.len() + padding).to_vec();
    packet.push(padding as u8);
    packet.extend(message);
    packet.resize(packet.len() + padding, 0);
    packet
}

/// What the server has to sign (RFC 8731, 3); none if its point is not on the curve.
fn hash(strings: &[&[u8]; 7], exchange: Box<dyn ActiveKeyExchange>) -> Option<Vec<u8>> {
    let secret = exchange.complete(strings[6]).ok()?;
    let mut whole = vec![];
    for string in strings {
        put(&mut whole, string);
    }
    put(&mut whole, &mpint(secret.secret_bytes()));
    Some(Sha256::digest(&whole).to_vec())
}

/// A number that is not negative (RFC 4251, 5).
fn mpint(bytes: &[u8]) -> Vec<u8> {
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let number = &bytes[first..];
    let sign = number.first().filter(|byte| **byte >= 0x80).map(|_| 0);
    sign.into_iter().chain(number.iter().copied()).collect()
}

/// Whether the key, one of Ed25519, has signed the hash.
fn is_signed(key: &[u8], hash: &[u8], signature: &[u8]) -> bool {
    let of_ed25519 = |mut blob: &[u8]| {
        let name = take(&mut blob)?.to_vec();
        (name == HOST_KEY.as_bytes()).then(|| take(&mut blob).map(<[u8]>::to_vec))?
    };
    let (Some(key), Some(signature)) = (of_ed25519(key), of_ed25519(signature)) else {
        return false;
    };
    let algorithms = ring::default_provider().signature_verification_algorithms.all;
    let ed25519 = algorithms.iter().find(|it| it.public_key_alg_id() == alg_id::ED25519);
    let ed25519 = ed25519.expect("ring knows Ed25519");
    ed25519.verify_signature(&key, hash, &signature).is_ok()
}

fn put(message: &mut Vec<u8>, string: &[u8]) {
    message.extend(length(string.len()));
    message.extend(string);
}

fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let (string, after) = after.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    *rest = after;
    Some(string)
}

fn length(of: usize) -> [u8; 4] {
    u32::try_from(of).expect("what is sent here is short").to_be_bytes()
}

#[cfg(test)]
pub(super) use self::tests::{serve, strings};

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    /// These, one after the other.
    pub(in super::super) fn strings(all: &[&[u8]]) -> Vec<u8> {
        let mut whole = vec![];
        all.iter().for_each(|string| put(&mut whole, string));
        whole
    }

    /// The server's side.
    pub(in super::super) async fn serve(
        stream: TcpStream,
        key: &[u8],
        sign: impl Fn(&[u8]) -> Vec<u8>,
    ) {
        let address = stream.peer_addr().unwrap();
        let mut client = Server { stream: BufReader::new(stream), address };
        let banner = b"SSH-2.0-test";
        client.send(b"a word before\r\nSSH-2.0-test\r\n").await.unwrap();
        let Ok(theirs) = client.banner().await else { return };
        let init = kexinit();
        client.send(&packet(&[IGNORE, 0, 0, 0, 0])).await.unwrap();
        client.send(&packet(&init)).await.unwrap();
        let their_init = client.receive(KEXINIT).await.unwrap();
        let message = client.receive(ECDH_INIT).await.unwrap();
        let their_point = take(&mut &message[1..]).unwrap().to_vec();
        let exchange = ring::kx_group::X25519.start().unwrap();
        let point = exchange.pub_key().to_vec();
        // As `hash`, seen from the other side.
        let mut whole = strings(&[&theirs, banner, &their_init, &init, key, &their_point, &point]);
        put(&mut whole, &mpint(exchange.complete(&their_point).unwrap().secret_bytes()));
        let signature = sign(&Sha256::digest(&whole));
        let mut reply = vec![ECDH_REPLY];
        reply.extend(strings(&[key, &point, &signature]));
        client.send(&packet(&reply)).await.unwrap();
        let _ = client.stream.read(&mut [0]).await;
    }

    #[test]
    fn packets_are_padded_to_blocks() {
        for message in 1..40 {
            let packet = packet(&vec![7; message]);
            assert_eq!(packet.len() % 8, 0, "{message}");
            let padding = usize::from(packet[4]);
            assert!((4..12).contains(&padding), "{message}");
            assert_eq!(packet.len(), 5 + message + padding);
        }
    }

    #[test]
    fn numbers_are_as_short_as_can_be_and_not_negative() {
        for (bytes, number) in [
            (&[0, 0, 1][..], &[1][..]),
            (&[0x80], &[0, 0x80]),
            (&[0x7f, 0], &[0x7f, 0]),
            (&[0, 0xff], &[0, 0xff]),
            (&[0], &[]),
        ] {
            assert_eq!(mpint(bytes), number, "{bytes:?}");
        }
    }

    #[test]
    fn strings_that_are_cut_off_are_none() {
        let mut message = vec![];
        put(&mut message, b"abc");
        let mut rest = &message[..];
        assert_eq!((take(&mut rest), rest), (Some(&b"abc"[..]), &[][..]));
        for cut in 0..message.len() {
            assert_eq!(take(&mut &message[..cut]), None, "{cut}");
        }
    }
}
