//! Whether a mail is accepted by SMTP and can then be read by IMAP.

use super::{
    super::probes::{
        NetView,
        imap::Conversation as Imap,
        letter::Letter,
        short,
        smtp::Conversation as Smtp,
        visit::{Miss, Visit},
    },
    DEADLINE, found,
};
use crate::{
    base::{DnsName, Duration},
    expect::{Found, Mail},
};

/// The time that a mail may take from acceptance to the mailbox.
const DELIVERY: Duration = Duration::from_secs(10);
/// The time between two looks into the mailbox.
const POLL: Duration = Duration::from_millis(200);

/// Hands a small mail over on port 25 and looks for it on port 143. `service_name` is the name in
/// DNS of the service; `unique`, of letters, digits, dots and hyphens, makes the mail its own.
pub async fn mail(net: &NetView, service_name: &DnsName, mail: &Mail, unique: &str) -> Found {
    exchange(net, Server { name: service_name.as_str(), smtp: 25, imap: 143 }, mail, unique).await
}

/// Where the mail goes, and where it is looked for.
#[derive(Debug, Clone, Copy)]
struct Server<'a> {
    name: &'a str,
    smtp: u16,
    imap: u16,
}

async fn exchange(net: &NetView, server: Server<'_>, mail: &Mail, unique: &str) -> Found {
    let Some(letter) = Letter::new(&mail.to, unique) else {
        return Found::Unseen(format!(
            "no mail can be sent to `{}`: expected for example `anna@asso.example`",
            mail.to
        ));
    };
    let visit = Visit::new(net, DEADLINE);
    let connected = visit.limit(Smtp::connect(&visit, server.name, server.smtp)).await;
    let lines = match connected {
        Ok(lines) => lines,
        Err(nobody) => return found(nobody),
    };
    let delivered = async {
        let mut smtp = Smtp::begin(&visit, lines).await?;
        // From nobody, so that nobody gets a bounce (RFC 5321, 4.5.5).
        smtp.deliver("", &mail.to, &letter.text).await?;
        smtp.quit().await;
        Ok(())
    };
    if let Err(miss) = visit.limit(delivered).await {
        return told(false, false, miss);
    }
    let visit = Visit::new(net, DELIVERY);
    match visit.limit(read(&visit, server, mail, &letter.id)).await {
        Ok(()) => Found::Mail { accepted: true, readable: true, detail: String::new() },
        Err(miss) => told(true, false, miss),
    }
}

/// Looks into the mailbox until the mail is there; the visit's deadline ends it.
async fn read(visit: &Visit<'_>, server: Server<'_>, mail: &Mail, id: &str) -> Result<(), Miss> {
    let mut imap = Imap::open(visit, server.name, server.imap).await?;
    imap.login(&mail.to, &mail.password).await?;
    imap.select("INBOX").await?;
    while !imap.has("Message-ID", id).await? {
        visit.at(format!("waiting for the mail in the mailbox of `{}`", mail.to));
        tokio::time::sleep(POLL.to_std()).await;
    }
    imap.logout().await;
    Ok(())
}

fn told(accepted: bool, readable: bool, miss: Miss) -> Found {
    match miss {
        Miss::Unable(why) => Found::Unseen(short(&why)),
        Miss::Down(why) | Miss::Wrong(why) | Miss::Unresolved(why) => {
            Found::Mail { accepted, readable, detail: short(&why) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docker::probes::testing::{World, dead_port, saying, scripted};

    const TAKES: &[(&str, &str)] = &[
        ("", "220 mail.asso.test\r\n"),
        ("EHLO", "250-mail.asso.test\r\n250 OK\r\n"),
        ("MAIL FROM:<>", "250 OK\r\n"),
        ("RCPT TO:<anna@asso.test>", "250 OK\r\n"),
        ("DATA", "354 go on\r\n"),
        (".\r\n", "250 queued\r\n"),
    ];

    async fn look(smtp: u16, imap: u16, password: &str) -> Found {
        let world = World::new().await;
        let mail = Mail {
            service: "mail".parse().unwrap(),
            to: "anna@asso.test".to_owned(),
            password: password.to_owned(),
        };
        exchange(&world.net, Server { name: "up.test", smtp, imap }, &mail, "run-1.x").await
    }

    #[tokio::test]
    async fn a_mail_is_looked_for_until_it_is_there() {
        let (smtp, sent) = scripted(TAKES).await;
        let (imap, read) = scripted(&[
            ("", "* OK [CAPABILITY IMAP4rev1] ready\r\n"),
            ("a1 LOGIN \"anna@asso.test\" {3}", "+ go on\r\n"),
            ("é\"", "a1 OK in\r\n"),
            ("a2 SELECT \"INBOX\"", "* 0 EXISTS\r\na2 OK [READ-WRITE] open\r\n"),
            ("a3 NOOP", "a3 OK\r\n"),
            ("a4 SEARCH", "* SEARCH\r\na4 OK none\r\n"),
            ("a5 NOOP", "* 1 EXISTS\r\na5 OK\r\n"),
            ("a6 SEARCH", "* 1 FETCH {5}\r\na6 OK)\r\n* SEARCH 1\r\na6 OK one\r\n"),
        ])
        .await;
        let found = look(smtp, imap, "é\"").await;
        let detail = String::new();
        assert_eq!(found, Found::Mail { accepted: true, readable: true, detail });
        let sent = sent.await.unwrap();
        assert!(sent.contains("\r\nMessage-ID: <run-1.x@filage.invalid>\r\n"), "{sent}");
        assert!(sent.ends_with("\r\n.\r\nQUIT\r\n"), "{sent}");
        let read = read.await.unwrap();
        assert!(
            read.ends_with(
                "a6 SEARCH HEADER \"Message-ID\" \"<run-1.x@filage.invalid>\"\r\nz LOGOUT\r\n"
            ),
            "{read}"
        );
    }

    #[tokio::test]
    async fn nobody_on_port_25_is_a_finding() {
        let found = look(dead_port().await, dead_port().await, "secret").await;
        assert!(matches!(&found, Found::Absent(why) if why.contains("refused")), "{found:?}");
    }

    #[tokio::test]
    async fn what_the_server_said_is_told() {
        let (greylisting, _) = scripted(&[
            ("", "220 hi\r\n"),
            ("EHLO", "250 OK\r\n"),
            ("MAIL", "250 OK\r\n"),
            ("RCPT", "450-come\r\n450 later\r\n"),
        ])
        .await;
        let (takes, _) = scripted(TAKES).await;
        let (takes_too, _) = scripted(TAKES).await;
        let (bars, _) = scripted(&[("", "* OK\r\n"), ("a1", "a1 NO [AUTH] not you\r\n")]).await;
        for (smtp, imap, taken, word) in [
            (greylisting, 1, false, "`450 come later`"),
            (saying("").await, 1, false, "closed the connection"),
            (takes, dead_port().await, true, "connection refused"),
            (takes_too, bars, true, "`NO [AUTH] not you` to `LOGIN`"),
        ] {
            match look(smtp, imap, "secret").await {
                Found::Mail { accepted, readable: false, detail } => {
                    assert_eq!(accepted, taken, "{detail}");
                    assert!(detail.contains(word), "{detail}");
                }
                other => panic!("{word}: {other:?}"),
            }
        }
    }
}
