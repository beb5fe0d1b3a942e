//! A small mail of the harness's own.

/// A mail that can be recognised.
pub(crate) struct Letter {
    /// Its `Message-ID`.
    pub(crate) id: String,
    /// Header and body.
    pub(crate) text: String,
}

impl Letter {
    /// None if there can be no mail to that address. `unique`, of letters, digits, dots and hyphens,
    /// makes the mail its own.
    pub(crate) fn new(to: &str, unique: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        assert!(!unique.is_empty() && unique.chars().all(plain), "`{unique}` is no part of an id");
        let (user, domain) = to.rsplit_once('@')?;
        let fits = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '\\' | ',');
        if user.is_empty() || domain.is_empty() || !to.chars().all(fits) {
            return None;
        }
        let id = format!("<{unique}@filage.invalid>");
        // Mail servers may refuse a mail from another time than theirs, which is the wall clock's.
        let date = jiff::fmt::rfc2822::to_string(
            &jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC),
        )
        .ok()?;
        let text = format!(
            "Date: {date}\nFrom: Filage <postmaster@{domain}>\nTo: <{to}>\nMessage-ID: {id}\n\
             Subject: Filage looks whether mail arrives\n\nThis mail is part of a rehearsal.\n"
        );
        Some(Self { id, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_would_break_a_command_are_refused() {
        for bad in ["anna", "@asso.test", "anna@", "a b@c.d", "a>b@c.d", "a\r\nQUIT@c.d", "é@c.d"]
        {
            assert!(Letter::new(bad, "x").is_none(), "{bad:?}");
        }
        assert!(Letter::new("anna+filage@asso.test", "x").is_some());
    }
}
