//! The client's side of SMTP (RFC 5321), as far as probes, test mails and writers need it.

use std::net::IpAddr;

use super::{
    letter::Letter,
    lines::Lines,
    visit::{Miss, Visit},
};
use crate::probe::Smtp;

/// Up if the server greets with 220, answers EHLO with 250 and takes mail as far as is wished.
/// `unique` makes a mail its own.
pub(super) async fn open(
    visit: &Visit<'_>,
    name: &str,
    probe: &Smtp,
    unique: &str,
) -> Result<Lines, Miss> {
    let conversation = Conversation::open(visit, name, probe.port).await?;
    conversation.ask(probe, unique).await
}

/// The same in a conversation that goes on: EHLO may be said at any time (RFC 5321, 4.1.4).
pub(super) async fn again(
    visit: &Visit<'_>,
    lines: Lines,
    probe: &Smtp,
    unique: &str,
) -> Result<Lines, Miss> {
    let mut conversation = Conversation { visit, lines };
    conversation.greet().await?;
    conversation.ask(probe, unique).await
}

/// Says goodbye. The answer changes nothing and is not waited for.
pub(super) async fn close(visit: &Visit<'_>, lines: Lines) {
    Conversation { visit, lines }.quit().await;
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
        conversation.greet().await?;
        Ok(conversation)
    }

    async fn ask(mut self, probe: &Smtp, unique: &str) -> Result<Lines, Miss> {
        let Some(to) = &probe.to else { return Ok(self.lines) };
        // From nobody, so that nobody gets a bounce (RFC 5321, 4.5.5).
        if probe.deliver {
            let letter = Letter::new(to, unique)
                .ok_or_else(|| Miss::Unable(format!("no mail can be sent to `{to}`")))?;
            self.deliver("", to, &letter.text).await?;
        } else {
            self.address("", to).await?;
            self.say("RSET", 250).await?;
        }
        Ok(self.lines)
    }

    /// Says from whom a mail would be, and to whom.
    async fn address(&mut self, from: &str, to: &str) -> Result<(), Miss> {
        self.say(&format!("MAIL FROM:<{from}>"), 250).await?;
        self.say(&format!("RCPT TO:<{to}>"), 250).await.map(drop)
    }

    async fn greet(&mut self) -> Result<(), Miss> {
        let ehlo = format!("EHLO {}", literal(self.lines.local()?.ip()));
        self.say(&ehlo, 250).await.map(drop)
    }

    /// Hands over a mail; the text of the server's last word.
    pub(crate) async fn deliver(
        &mut self,
        from: &str,
        to: &str,
        mail: &str,
    ) -> Result<String, Miss> {
        self.address(from, to).await?;
        self.say("DATA", 354).await?;
        self.lines.send(&transparent(mail)).await?;
        self.expect("the answer to the mail", 250).await
    }

    /// Says goodbye. The answer changes nothing and is not waited for.
    pub(crate) async fn quit(mut self) {
        let _ = self.lines.send("QUIT\r\n").await;
    }

    /// Goes on with a conversation that was kept.
    pub(crate) fn resume(visit: &'a Visit<'a>, lines: Lines) -> Self {
        Self { visit, lines }
    }

    /// Leaves it for later.
    pub(crate) fn pause(self) -> Lines {
        self.lines
    }

    /// Gives a command, and reads the reply, whatever it is.
    pub(crate) async fn command(&mut self, command: &str) -> Result<Reply, Miss> {
        self.lines.send(&format!("{command}\r\n")).await?;
        self.reply(&format!("the answer to `{command}`")).await
    }

    /// Sends a mail, once `DATA` has been answered with 354, and reads the reply.
    pub(crate) async fn content(&mut self, mail: &str) -> Result<Reply, Miss> {
        self.lines.send(&transparent(mail)).await?;
        self.reply("the answer to the mail").await
    }

    async fn say(&mut self, command: &str, code: u16) -> Result<String, Miss> {
        self.lines.send(&format!("{command}\r\n")).await?;
        self.expect(&format!("the answer to `{command}`"), code).await
    }

    async fn reply(&mut self, what: &str) -> Result<Reply, Miss> {
        let address = self.lines.address();
        self.visit.at(format!("waiting for {what} from {address}"));
        Reply::read(&mut self.lines).await
    }

    async fn expect(&mut self, what: &str, code: u16) -> Result<String, Miss> {
        let address = self.lines.address();
        let Reply { code: found, text } = self.reply(what).await?;
        match found {
            _ if found == code => Ok(text),
            // The server takes its leave, whatever was said (RFC 5321, 3.8).
            421 => Err(Miss::Down(format!("{address} closes the connection: `{found} {text}`"))),
            _ => Err(Miss::Wrong(format!(
                "{address} says `{found} {text}`, expected {code} as {what}"
            ))),
        }
    }
}

/// A reply of one or more lines (RFC 5321, 4.2).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    pub(crate) text: String,
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
