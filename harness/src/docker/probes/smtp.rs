//! The client's side of SMTP (RFC 5321), as far as a probe and a test mail need it.

use std::net::IpAddr;

use super::{
    lines::Lines,
    visit::{Miss, Visit},
};
use crate::probe::Smtp;

/// Up if the server greets with 220 and answers EHLO with 250.
pub(super) async fn ask(visit: &Visit<'_>, name: &str, probe: &Smtp) -> Result<(), Miss> {
    Conversation::open(visit, name, probe.port).await?.quit().await;
    Ok(())
}

/// A conversation with an SMTP server.
pub(crate) struct Conversation<'a> {
    visit: &'a Visit<'a>,
    lines: Lines,
}

impl<'a> Conversation<'a> {
    /// Connects, reads the greeting and says EHLO.
    pub(crate) async fn open(visit: &'a Visit<'a>, name: &str, port: u16) -> Result<Self, Miss> {
        Self::begin(visit, Self::connect(visit, name, port).await?).await
    }

    /// Connects, and no more.
    pub(crate) async fn connect(visit: &Visit<'_>, name: &str, port: u16) -> Result<Lines, Miss> {
        let (stream, address) = visit.connect(name, port).await?;
        Ok(Lines::new(stream, address))
    }

    /// Reads the greeting and says EHLO.
    pub(crate) async fn begin(visit: &'a Visit<'a>, lines: Lines) -> Result<Self, Miss> {
        let mut conversation = Self { visit, lines };
        conversation.expect("the greeting", 220).await?;
        let ehlo = format!("EHLO {}", literal(conversation.lines.local()?.ip()));
        conversation.say(&ehlo, 250).await?;
        Ok(conversation)
    }

    /// Hands over a mail; the text of the server's last word.
    pub(crate) async fn deliver(
        &mut self,
        from: &str,
        to: &str,
        mail: &str,
    ) -> Result<String, Miss> {
        self.say(&format!("MAIL FROM:<{from}>"), 250).await?;
        self.say(&format!("RCPT TO:<{to}>"), 250).await?;
        self.say("DATA", 354).await?;
        self.lines.send(&transparent(mail)).await?;
        self.expect("the answer to the mail", 250).await
    }

    /// Says goodbye. The answer changes nothing and is not waited for.
    pub(crate) async fn quit(mut self) {
        let _ = self.lines.send("QUIT\r\n").await;
    }

    async fn say(&mut self, command: &str, code: u16) -> Result<String, Miss> {
        self.lines.send(&format!("{command}\r\n")).await?;
        self.expect(&format!("the answer to `{command}`"), code).await
    }

    async fn expect(&mut self, what: &str, code: u16) -> Result<String, Miss> {
        let address = self.lines.address();
        self.visit.at(format!("waiting for {what} from {address}"));
        let reply = Reply::read(&mut self.lines).await?;
        if reply.code == code {
            Ok(reply.text)
        } else {
            let Reply { code: found, text } = reply;
            Err(Miss::Wrong(format!("{address} says `{found} {text}`, expected {code} as {what}")))
        }
    }
}

/// A reply of one or more lines (RFC 5321, 4.2).
#[derive(Debug, PartialEq, Eq)]
struct Reply {
    code: u16,
    text: String,
}

impl Reply {
    const MAX_LINES: usize = 100;

    async fn read(lines: &mut Lines) -> Result<Self, Miss> {
        let mut texts = vec![];
        while texts.len() < Self::MAX_LINES {
            let line = lines.line().await?;
            let Some((code, last, text)) = reply_line(&line) else {
                let address = lines.address();
                return Err(Miss::Wrong(format!("{address} says `{line}`, which is no SMTP")));
            };
            texts.push(text.to_owned());
            if last {
                return Ok(Self { code, text: texts.join(" ") });
            }
        }
        Err(Miss::Wrong(format!("{} sends a reply without an end", lines.address())))
    }
}

/// Code, whether it is the last line, text.
fn reply_line(line: &str) -> Option<(u16, bool, &str)> {
    let (code, rest) = line.split_at_checked(3)?;
    if !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (last, text) = match rest.as_bytes().first() {
        None => (true, rest),
        Some(b' ') => (true, &rest[1..]),
        Some(b'-') => (false, &rest[1..]),
        Some(_) => return None,
    };
    Some((code.parse().ok()?, last, text))
}

/// A client without a name says its address (RFC 5321, 4.1.3).
fn literal(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => format!("[{address}]"),
        IpAddr::V6(address) => format!("[IPv6:{address}]"),
    }
}

/// A mail as DATA wants it: lines end with CRLF, a leading dot is doubled, a lone dot ends it
/// (RFC 5321, 4.5.2).
fn transparent(mail: &str) -> String {
    let mut data = String::with_capacity(mail.len() + 64);
    for line in mail.lines() {
        if line.starts_with('.') {
            data.push('.');
        }
        data.push_str(line);
        data.push_str("\r\n");
    }
    data.push_str(".\r\n");
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reply_lines() {
        for (line, read) in [
            ("220 mail.asso.example ESMTP", Some((220, true, "mail.asso.example ESMTP"))),
            ("250-PIPELINING", Some((250, false, "PIPELINING"))),
            ("250", Some((250, true, ""))),
            ("25", None),
            ("2x0 hello", None),
            ("+20 hello", None),
            ("220_hello", None),
            ("hé", None),
            ("", None),
        ] {
            assert_eq!(reply_line(line), read, "{line}");
        }
    }

    #[test]
    fn no_line_of_a_mail_ends_it() {
        assert_eq!(
            transparent("Subject: dots\n\n.\r\n..x\nend"),
            "Subject: dots\r\n\r\n..\r\n...x\r\nend\r\n.\r\n"
        );
        assert_eq!(transparent(""), ".\r\n");
    }

    #[test]
    fn address_literals() {
        assert_eq!(literal("198.18.3.1".parse().unwrap()), "[198.18.3.1]");
        assert_eq!(literal("::1".parse().unwrap()), "[IPv6:::1]");
    }
}
