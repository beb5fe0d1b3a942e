//! Whether a service answers DNS over HTTPS (RFC 8484).

use hickory_proto::op::ResponseCode;

use super::{
    dns,
    http::{Call, Scheme},
    visit::{Miss, Visit},
};
use crate::probe::Doh;

const CONTENT_TYPE: &str = "application/dns-message";

/// Up if the answer has an address.
pub(super) async fn ask(visit: &Visit<'_>, name: &str, probe: &Doh) -> Result<(), Miss> {
    let mut question = dns::question(&probe.query)?;
    // RFC 8484, 4.1: so that equal questions are equal for HTTP caches.
    question.metadata.id = 0;
    let bytes = question.to_vec().expect("a question of one name can be written");
    let call = Call {
        scheme: Scheme::Https,
        host: name,
        port: probe.port,
        path: &probe.path,
        body: Some((CONTENT_TYPE, bytes)),
    };
    let (reply, address) = call.make(visit).await?;
    let wrong = |what: String| Err(Miss::Wrong(format!("{what} from {address}")));
    if reply.status.as_u16() != 200 {
        return wrong(format!("status {}, expected 200", reply.status.as_u16()));
    }
    if !reply.content_type.starts_with(CONTENT_TYPE) {
        return wrong(format!("content type `{}`, expected `{CONTENT_TYPE}`", reply.content_type));
    }
    let answer = match dns::answer_to(&question, &reply.body) {
        Ok(Some(answer)) => answer,
        Ok(None) => return wrong("an answer to another question".to_owned()),
        Err(why) => return wrong(format!("no DNS message ({why})")),
    };
    match answer.metadata.response_code {
        ResponseCode::NoError
            if answer.answers.iter().any(|record| record.data.ip_addr().is_some()) =>
        {
            Ok(())
        }
        ResponseCode::NoError => wrong(format!("no address for `{}`", probe.query)),
        code => wrong(format!("`{code}` for `{}`", probe.query)),
    }
}
