//! The client's side of IMAP (RFC 3501), as far as a probe and finding one mail, or all, need it.

use std::ops::RangeInclusive;

use super::{
    lines::Lines,
    visit::{Miss, Visit},
};
use crate::probe::Imap;

/// Up if the server lets the user in, and opens the mailbox where one is named.
pub(super) async fn open(visit: &Visit<'_>, name: &str, probe: &Imap) -> Result<Line, Miss> {
    let mut conversation = Conversation::open(visit, name, probe.port).await?;
    conversation.login(&probe.user, &probe.password).await?;
    if let Some(mailbox) = &probe.select {
        conversation.select(mailbox).await?;
    }
    Ok(conversation.line)
}

/// Up if it answers where somebody is logged in.
pub(super) async fn again(visit: &Visit<'_>, line: Line) -> Result<Line, Miss> {
    let mut conversation = Conversation { visit, line };
    conversation.command("NOOP", &[]).await?;
    Ok(conversation.line)
}

/// Says goodbye. The answer changes nothing and is not waited for.
pub(super) async fn close(visit: &Visit<'_>, line: Line) {
    Conversation { visit, line }.logout().await;
}

/// A connection on which IMAP is spoken.
pub(super) struct Line {
    pub(super) lines: Lines,
    commands: u32,
}

/// A conversation with an IMAP server.
pub(crate) struct Conversation<'a> {
    visit: &'a Visit<'a>,
    line: Line,
}

impl<'a> Conversation<'a> {
    const MAX_LINES: usize = 1000;

    /// Connects and reads the greeting.
    pub(crate) async fn open(visit: &'a Visit<'a>, name: &str, port: u16) -> Result<Self, Miss> {
        let (stream, address) = visit.connect(name, port).await?;
        let mut lines = Lines::new(stream, address);
        visit.at(format!("waiting for the greeting of {address}"));
        let greeting = lines.line().await?;
        if !greeting.to_ascii_uppercase().starts_with("* OK") {
            return Err(Miss::Wrong(format!(
                "{address} greets with `{greeting}`, expected `* OK`"
            )));
        }
        Ok(Self { visit, line: Line { lines, commands: 0 } })
    }

    /// Logs in.
    pub(crate) async fn login(&mut self, user: &str, password: &str) -> Result<(), Miss> {
        self.command("LOGIN", &[user, password]).await.map(drop)
    }

    /// Opens a mailbox; how many mails are in it.
    pub(crate) async fn select(&mut self, mailbox: &str) -> Result<u32, Miss> {
        let told = self.command("SELECT", &[mailbox]).await?;
        let mut counts = told.iter().filter_map(|line| {
            line.strip_prefix("* ")?.to_ascii_uppercase().strip_suffix(" EXISTS")?.parse().ok()
        });
        let address = self.line.lines.address();
        let none =
            || Miss::Wrong(format!("{address} does not say how many mails are in `{mailbox}`"));
        counts.next().ok_or_else(none)
    }

    /// The id and the subject of each of these mails, counted from 1, a text each.
    pub(crate) async fn titles(&mut self, mails: RangeInclusive<u32>) -> Result<Vec<String>, Miss> {
        let (first, last) = mails.clone().into_inner();
        let fetch = format!("FETCH {first}:{last} (BODY.PEEK[HEADER.FIELDS (MESSAGE-ID SUBJECT)])");
        let told = self.command(&fetch, &[]).await?;
        let titles: Vec<String> = told.into_iter().filter(|line| is_fetch(line)).collect();
        let (found, asked) = (titles.len(), mails.count());
        if found == asked {
            return Ok(titles);
        }
        let address = self.line.lines.address();
        Err(Miss::Wrong(format!("{address} tells of {found} mails, asked for {asked}")))
    }

    /// Whether a mail with this header is in the mailbox now.
    pub(crate) async fn has(&mut self, header: &str, value: &str) -> Result<bool, Miss> {
        // New mails are announced as answers to commands, and only then searched.
        self.command("NOOP", &[]).await?;
        let told = self.command("SEARCH HEADER", &[header, value]).await?;
        Ok(told.iter().any(|line| {
            let mut words = line.split_ascii_whitespace();
            words.next() == Some("*")
                && words.next().is_some_and(|word| word.eq_ignore_ascii_case("SEARCH"))
                && words.next().is_some()
        }))
    }

    /// Says goodbye. The answer changes nothing and is not waited for.
    pub(crate) async fn logout(mut self) {
        let _ = self.line.lines.send("z LOGOUT\r\n").await;
    }

    /// Sends a command and reads what is told until its end, which must be `OK`.
    async fn command(&mut self, verb: &str, arguments: &[&str]) -> Result<Vec<String>, Miss> {
        self.line.commands += 1;
        let tag = format!("a{}", self.line.commands);
        let address = self.line.lines.address();
        self.visit.at(format!("waiting for the answer to `{verb}` from {address}"));
        self.line.lines.send(&format!("{tag} {verb}")).await?;
        for argument in arguments {
            self.argument(verb, argument).await?;
        }
        self.line.lines.send("\r\n").await?;
        let mut told = vec![];
        while told.len() < Self::MAX_LINES {
            let line = self.response().await?;
            match line.strip_prefix(&tag).and_then(|rest| rest.strip_prefix(' ')) {
                None => told.push(line),
                Some(end) if end.to_ascii_uppercase().starts_with("OK") => return Ok(told),
                Some(end) => {
                    return Err(Miss::Wrong(format!("{address} says `{end}` to `{verb}`")));
                }
            }
        }
        Err(Miss::Wrong(format!("{address} answers `{verb}` without an end")))
    }

    /// Sends a string: quoted where that can be, otherwise as a literal.
    async fn argument(&mut self, verb: &str, text: &str) -> Result<(), Miss> {
        if let Some(quoted) = quoted(text) {
            return self.line.lines.send(&format!(" {quoted}")).await;
        }
        self.line.lines.send(&format!(" {{{}}}\r\n", text.len())).await?;
        let go_on = self.line.lines.line().await?;
        if !go_on.starts_with('+') {
            let address = self.line.lines.address();
            return Err(Miss::Wrong(format!("{address} says `{go_on}` within `{verb}`")));
        }
        self.line.lines.send(text).await
    }

    /// One response: a line, and what follows each literal at its end.
    async fn response(&mut self) -> Result<String, Miss> {
        let mut response = self.line.lines.line().await?;
        for _ in 0..Self::MAX_LINES {
            let Some(length) = literal_at_end(&response) else { return Ok(response) };
            response.push_str(&self.line.lines.bytes(length).await?);
            response.push_str(&self.line.lines.line().await?);
        }
        Err(Miss::Wrong(format!("{} sends a response without an end", self.line.lines.address())))
    }
}

/// A quoted string (RFC 3501, 4.3).
fn quoted(text: &str) -> Option<String> {
    let plain = text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
    plain.then(|| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// `* 12 FETCH (...`
fn is_fetch(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    words.next() == Some("*")
        && words.next().is_some_and(|number| number.parse::<u32>().is_ok())
        && words.next().is_some_and(|word| word.eq_ignore_ascii_case("FETCH"))
}

fn literal_at_end(line: &str) -> Option<usize> {
    line.strip_suffix('}')?.rsplit_once('{')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_quoted_where_they_can_be() {
        assert_eq!(quoted("anna@asso.example").as_deref(), Some("\"anna@asso.example\""));
        assert_eq!(quoted(r#"a "b" \c"#).as_deref(), Some(r#""a \"b\" \\c""#));
        assert_eq!(quoted("").as_deref(), Some("\"\""));
        for no in ["é", "a\r\nb", "a\0"] {
            assert_eq!(quoted(no), None, "{no:?}");
        }
    }

    #[test]
    fn literals_are_seen_at_the_end_of_a_line_only() {
        assert_eq!(literal_at_end("* 1 FETCH (BODY[] {12}"), Some(12));
        for no in ["* 1 FETCH {12} x", "* OK {x}", "* OK }", "{-1}", ""] {
            assert_eq!(literal_at_end(no), None, "{no}");
        }
    }
}
