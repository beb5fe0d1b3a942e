//! What is made of what is read; the services themselves are read in whole rehearsals.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::docker::probes::testing::{World, http_server, scripted};

fn links() -> ServiceId {
    "links".parse().unwrap()
}

#[test]
fn a_row_counts_a_write_once_and_a_page_as_often_as_it_names_it() {
    let entries = ["filage-links-00000001 filage-links-00000001", "filage-links-00000001", "none"];
    let times = |each| tally(&links(), entries, each).iter().collect::<Vec<_>>();
    assert_eq!(times(Each::Once), [(1, 2)]);
    assert_eq!(times(Each::AsOften), [(1, 3)]);
}

#[tokio::test]
async fn is_looked_at_until_nothing_more_arrives() {
    let looks = AtomicUsize::new(0);
    let found = settled(|| {
        let look = looks.fetch_add(1, Ordering::SeqCst) as u64;
        async move {
            match look {
                0 | 2 => Err("connection refused".to_owned()),
                look => Ok((0..look.min(5)).collect()),
            }
        }
    })
    .await;
    assert_eq!(found.unwrap().there.len(), 5);
    assert_eq!(looks.load(Ordering::SeqCst), 7, "at the fifth and the sixth look it was the same");
}

#[tokio::test]
async fn a_page_is_read_whole_or_not_at_all() {
    let world = World::new().await;
    for (answer, found) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage", Ok("page")),
        ("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", Err("status 404")),
        ("HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\npage", Err("breaks off")),
    ] {
        let http =
            crate::writer::HttpRead { port: http_server(answer).await, path: "/all".to_owned() };
        let visit = Visit::new(&world.net, DEADLINE);
        let got = visit.limit(http::get(&visit, "up.test", Scheme::Http, &http)).await;
        match found {
            Ok(text) => assert_eq!(got.unwrap(), text),
            Err(words) => assert!(format!("{:?}", got.unwrap_err()).contains(words)),
        }
    }
}

#[tokio::test]
async fn a_mailbox_is_read_by_its_titles() {
    let world = World::new().await;
    let (port, _) = scripted(&[
        ("", "* OK ready\r\n"),
        ("a1 LOGIN \"me\" \"pw\"", "a1 OK in\r\n"),
        ("a2 SELECT \"INBOX\"", "* 2 EXISTS\r\n* 0 RECENT\r\na2 OK open\r\n"),
        (
            "a3 FETCH 1:2",
            "* 1 FETCH (BODY[HEADER.FIELDS (MESSAGE-ID SUBJECT)] {15}\r\nSubject: one\r\n\r\n)\r\n\
             * 2 FETCH (BODY[HEADER.FIELDS (MESSAGE-ID SUBJECT)] {15}\r\nSubject: two\r\n\r\n)\r\n\
             a3 OK done\r\n",
        ),
    ])
    .await;
    let imap = crate::writer::ImapRead {
        port,
        user: "me".to_owned(),
        password: "pw".to_owned(),
        mailbox: "INBOX".to_owned(),
    };
    let visit = Visit::new(&world.net, DEADLINE);
    let titles = visit.limit(imap::titles(&visit, "up.test", &imap)).await.unwrap();
    assert_eq!(titles.len(), 2);
    assert!(titles[0].contains("one") && titles[1].contains("two"), "{titles:?}");
}
