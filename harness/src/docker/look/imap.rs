//! The client's side of IMAP (RFC 3501), as far as finding one mail needs it.

use super::super::probes::{
    lines::Lines,
    visit::{Miss, Visit},
};

/// A conversation with an IMAP server.
pub(super) struct Conversation<'a> {
    visit: &'a Visit<'a>,
    lines: Lines,
    commands: u32,
}

impl<'a> Conversation<'a> {
    const MAX_LINES: usize = 1000;

    /// Connects and reads the greeting.
    pub(super) async fn open(visit: &'a Visit<'a>, name: &str, port: u16) -> Result<Self, Miss> {
        let (stream, address) = visit.connect(name, port).await?;
        let mut lines = Lines::new(stream, address);
        visit.at(format!("waiting for the greeting of {address}"));
        let greeting = lines.line().await?;
        if !greeting.to_ascii_uppercase().starts_with("* OK") {
            return Err(Miss::Wrong(format!(
                "{address} greets with `{greeting}`, expected `* OK`"
            )));
        }
        Ok(Self { visit, lines, commands: 0 })
    }

    /// Logs in.
    pub(super) async fn login(&mut self, user: &str, password: &str) -> Result<(), Miss> {
        self.command("LOGIN", &[user, password]).await.map(drop)
    }

    /// Opens a mailbox.
    pub(super) async fn select(&mut self, mailbox: &str) -> Result<(), Miss> {
        self.command("SELECT", &[mailbox]).await.map(drop)
    }

    /// Whether a mail with this header is in the mailbox now.
    pub(super) async fn has(&mut self, header: &str, value: &str) -> Result<bool, Miss> {
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
    pub(super) async fn logout(mut self) {
        let _ = self.lines.send("z LOGOUT\r\n").await;
    }

    /// Sends a command and reads what is told until its end, which must be `OK`.
    async fn command(&mut self, verb: &str, arguments: &[&str]) -> Result<Vec<String>, Miss> {
        self.commands += 1;
        let tag = format!("a{}", self.commands);
        let address = self.lines.address();
        self.visit.at(format!("waiting for the answer to `{verb}` from {address}"));
        self.lines.send(&format!("{tag} {verb}")).await?;
        for argument in arguments {
            self.argument(verb, argument).await?;
        }
        self.lines.send("\r\n").await?;
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
            return self.lines.send(&format!(" {quoted}")).await;
        }
        self.lines.send(&format!(" {{{}}}\r\n", text.len())).await?;
        let go_on = self.lines.line().await?;
        if !go_on.starts_with('+') {
            let address = self.lines.address();
            return Err(Miss::Wrong(format!("{address} says `{go_on}` within `{verb}`")));
        }
        self.lines.send(text).await
    }

    /// One response: a line, and what follows each literal at its end.
    async fn response(&mut self) -> Result<String, Miss> {
        let mut response = self.lines.line().await?;
        for _ in 0..Self::MAX_LINES {
            let Some(length) = literal_at_end(&response) else { return Ok(response) };
            response.push_str(&self.lines.bytes(length).await?);
            response.push_str(&self.lines.line().await?);
        }
        Err(Miss::Wrong(format!("{} sends a response without an end", self.lines.address())))
    }
}

/// A quoted string (RFC 3501, 4.3).
fn quoted(text: &str) -> Option<String> {
    let plain = text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
    plain.then(|| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
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
