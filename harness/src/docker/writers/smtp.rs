//! A mail (RFC 5321).

use super::attempt::{Answer, Done, Errand, Kept, Said};
use crate::{
    docker::probes::{
        smtp::{Conversation, Reply},
        visit::Miss,
    },
    writer::{SmtpWrite, WriteId},
};

/// Hands over a mail, in the conversation that was kept if the server is still in it.
pub(super) async fn write(
    errand: &Errand<'_>,
    smtp: &SmtpWrite,
    kept: Option<Kept>,
) -> Result<Done, Miss> {
    let mail = letter(errand.id, smtp)?;
    let mut conversation = open(errand, smtp, kept).await?;
    let (from, to) = (&smtp.from, &smtp.to);
    for (command, expected) in [
        (format!("MAIL FROM:<{from}>"), 250..=250),
        (format!("RCPT TO:<{to}>"), 250..=251),
        ("DATA".to_owned(), 354..=354),
    ] {
        let reply = conversation.command(&command).await?;
        if !expected.contains(&reply.code) {
            conversation.quit().await;
            let said = match judge(errand, smtp, &reply, &command) {
                // Nothing was sent yet that could have been taken.
                (Answer::Taken | Answer::Open, why) => (Answer::NotNow, why),
                refused => refused,
            };
            return Ok((said, None));
        }
    }
    errand.sent.now();
    let reply = conversation.content(&mail).await?;
    let said = judge(errand, smtp, &reply, "the mail");
    Ok((said, Some(Kept::Smtp(conversation.pause()))))
}

async fn open<'a>(
    errand: &Errand<'a>,
    smtp: &SmtpWrite,
    kept: Option<Kept>,
) -> Result<Conversation<'a>, Miss> {
    if let Some(Kept::Smtp(lines)) = kept {
        let address = lines.address().ip();
        let mut conversation = Conversation::resume(errand.visit, lines);
        if conversation.command("RSET").await.is_ok_and(|reply| reply.code == 250) {
            errand.visit.meet(address);
            return Ok(conversation);
        }
    }
    Conversation::open(errand.visit, errand.name, smtp.port).await
}

/// 2 is completion, 4 a transient failure, 5 a permanent one (RFC 5321, 4.2.1).
fn judge(errand: &Errand<'_>, smtp: &SmtpWrite, reply: &Reply, to: &str) -> Said {
    let answer = match reply.code {
        200..=299 => Answer::Taken,
        400..=499 => Answer::NotNow,
        500..=599 => Answer::Refused,
        _ => Answer::Open,
    };
    let who =
        errand.visit.met().map_or_else(|| errand.name.to_owned(), |met| met.address.to_string());
    (answer, format!("{who}:{} says `{} {}` to {to}", smtp.port, reply.code, reply.text))
}

/// A mail with the id as its own and in its subject.
fn letter(id: WriteId<'_>, smtp: &SmtpWrite) -> Result<String, Miss> {
    // Mail servers may refuse a mail from another time than theirs, which is the wall clock's.
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    let date = jiff::fmt::rfc2822::to_string(&now)
        .map_err(|error| Miss::Unable(format!("no date can be written: {error}")))?;
    let SmtpWrite { to, from, .. } = smtp;
    let author = if from.is_empty() { "filage@filage.invalid" } else { from };
    Ok(format!(
        "Date: {date}\nFrom: Filage <{author}>\nTo: <{to}>\nMessage-ID: <{id}@filage.invalid>\n\
         Subject: {id}\n\nThis mail is part of a rehearsal.\n"
    ))
}
