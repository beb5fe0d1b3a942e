//! Whether a service answers DNS over HTTPS (RFC 8484).

use std::net::SocketAddr;

use hickory_proto::op::{Message, ResponseCode};

use super::{
    dns,
    http::{After, Call, Line, Reply, Scheme},
    visit::{Miss, Visit},
};
use crate::probe::Doh;

const CONTENT_TYPE: &str = "application/dns-message";

/// Up if the answer has such a record, and those that are expected.
pub(super) async fn open(
    visit: &Visit<'_>,
    name: &str,
    probe: &Doh,
    after: After,
) -> Result<Line, Miss> {
    let question = question(probe)?;
    let call = call(name, probe, &question);
    let mut line = call.open(visit).await?;
    let reply = call.over(visit, &mut line, after).await?;
    judge(&reply, probe, &question, line.address).map(|()| line)
}

/// The same on a connection that stands.
pub(super) async fn again(
    visit: &Visit<'_>,
    mut line: Line,
    name: &str,
    probe: &Doh,
) -> Result<Line, Miss> {
    let question = question(probe)?;
    let reply = call(name, probe, &question).over(visit, &mut line, After::Keep).await?;
    judge(&reply, probe, &question, line.address).map(|()| line)
}

fn question(probe: &Doh) -> Result<Message, Miss> {
    let mut question = dns::question_of(&probe.query, probe.kind)?;
    // RFC 8484, 4.1: so that equal questions are equal for HTTP caches.
    question.metadata.id = 0;
    Ok(question)
}

fn call<'a>(name: &'a str, probe: &'a Doh, question: &Message) -> Call<'a> {
    let bytes = question.to_vec().expect("a question of one name can be written");
    Call {
        scheme: Scheme::Https,
        host: name,
        port: probe.port,
        path: &probe.path,
        body: Some((CONTENT_TYPE, bytes)),
    }
}

fn judge(reply: &Reply, probe: &Doh, question: &Message, address: SocketAddr) -> Result<(), Miss> {
    let wrong = |what: String| Err(Miss::Wrong(format!("{what} from {address}")));
    if reply.status.as_u16() != 200 {
        return wrong(format!("status {}, expected 200", reply.status.as_u16()));
    }
    if !reply.content_type.starts_with(CONTENT_TYPE) {
        return wrong(format!("content type `{}`, expected `{CONTENT_TYPE}`", reply.content_type));
    }
    let answer = match dns::answer_to(question, &reply.body) {
        Ok(Some(answer)) => answer,
        Ok(None) => return wrong("an answer to another question".to_owned()),
        Err(why) => return wrong(format!("no DNS message ({why})")),
    };
    match answer.metadata.response_code {
        ResponseCode::NoError => {}
        code => return wrong(format!("`{code}` for `{}`", probe.query)),
    }
    if dns::records(&answer, probe.kind).next().is_none() {
        return wrong(format!("no {} record for `{}`", probe.kind, probe.query));
    }
    let judged = dns::judge(&answer, probe.kind, probe.expect.as_ref());
    judged.or_else(|why| wrong(format!("{why} for `{}`", probe.query)))
}
