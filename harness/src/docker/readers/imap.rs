//! From a mailbox.

use crate::{
    docker::probes::{
        imap::Conversation,
        visit::{Miss, Visit},
    },
    writer::ImapRead,
};

/// How many mails are asked for at once.
const AT_ONCE: u32 = 200;

/// The id and the subject of each mail.
pub(super) async fn titles(
    visit: &Visit<'_>,
    name: &str,
    imap: &ImapRead,
) -> Result<Vec<String>, Miss> {
    let mut conversation = Conversation::open(visit, name, imap.port).await?;
    conversation.login(&imap.user, &imap.password).await?;
    let mails = conversation.select(&imap.mailbox).await?;
    let mut titles = vec![];
    for first in (1..=mails).step_by(AT_ONCE as usize) {
        let last = mails.min(first + AT_ONCE - 1);
        titles.extend(conversation.titles(first..=last).await?);
    }
    conversation.logout().await;
    Ok(titles)
}
