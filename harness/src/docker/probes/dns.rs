//! Whether a service answers as a DNS server: a question of its own, not through the resolver.

use hickory_proto::{
    ProtoError,
    op::{Message, MessageType, Query, ResponseCode},
    rr::{Name, RData, RecordType},
};

use super::{
    udp::{self, Mute},
    visit::{Miss, Visit, miss},
};
use crate::{
    base::DnsName,
    probe::{Dns, DnsExpect, RecordKind},
};

/// Up if the server answers the question without an error, and as expected.
pub(super) async fn ask(visit: &Visit<'_>, name: &str, probe: &Dns) -> Result<(), Miss> {
    let question = &question_of(&probe.query, probe.kind)?;
    let ask = move |server| async move {
        visit.at(format!("waiting for a DNS answer from {server}"));
        udp::exchange(server, question).await.map_err(|mute| match mute {
            Mute::Io(error) => miss(&error, server),
            Mute::Garbled(why) => Miss::Wrong(format!("{server} does not answer in DNS: {why}")),
        })
    };
    let (answer, server) = visit.reach(name, probe.port, ask).await?;
    match answer.metadata.response_code {
        ResponseCode::NoError => {}
        code => {
            return Err(Miss::Wrong(format!("{server} answers `{code}` for `{}`", probe.query)));
        }
    }
    judge(&answer, probe.kind, probe.expect.as_ref())
        .map_err(|why| Miss::Wrong(format!("{why} for `{}` from {server}", probe.query)))
}

/// Whether an answer has all that is expected, or says what it has instead.
pub(super) fn judge(
    answer: &Message,
    kind: RecordKind,
    expect: Option<&DnsExpect>,
) -> Result<(), String> {
    let Some(expect) = expect else { return Ok(()) };
    let found: Vec<String> = records(answer, kind).map(text).collect();
    let same = |one: &str, other: &str| match kind {
        RecordKind::Txt => one == other,
        _ => one.eq_ignore_ascii_case(other),
    };
    match expect.value.iter().find(|value| !found.iter().any(|record| same(record, value))) {
        None => Ok(()),
        Some(missing) if found.is_empty() => Err(format!("no {kind} record, expected `{missing}`")),
        Some(missing) => Err(format!("`{}`, expected `{missing}`", found.join("`, `"))),
    }
}

/// The records of a kind.
pub(super) fn records(answer: &Message, kind: RecordKind) -> impl Iterator<Item = &RData> {
    let data = answer.answers.iter().map(|record| &record.data);
    data.filter(move |data| data.record_type() == record_type(kind))
}

/// A record as a scenario writes it: names without the final dot, texts without quotes.
pub(crate) fn text(data: &RData) -> String {
    let name = |name: &Name| name.to_ascii().trim_end_matches('.').to_lowercase();
    match data {
        RData::MX(mx) => format!("{} {}", mx.preference, name(&mx.exchange)),
        RData::PTR(ptr) => name(&ptr.0),
        RData::TXT(txt) => String::from_utf8_lossy(&txt.txt_data.concat()).into_owned(),
        other => other.to_string(),
    }
}

/// The question that a probe asks.
pub(super) fn question_of(name: &DnsName, kind: RecordKind) -> Result<Message, Miss> {
    question(name.as_str(), record_type(kind))
        .map_err(|error| Miss::Unable(format!("`{name}` cannot be asked for: {error}")))
}

fn record_type(kind: RecordKind) -> RecordType {
    match kind {
        RecordKind::A => RecordType::A,
        RecordKind::Aaaa => RecordType::AAAA,
        RecordKind::Ptr => RecordType::PTR,
        RecordKind::Mx => RecordType::MX,
        RecordKind::Txt => RecordType::TXT,
        RecordKind::Sshfp => RecordType::SSHFP,
    }
}

/// The question for the records of a name.
pub(super) fn question(name: &str, kind: RecordType) -> Result<Message, ProtoError> {
    let mut absolute = Name::from_ascii(name)?;
    absolute.set_fqdn(true);
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(absolute, kind));
    Ok(message)
}

/// Reads an answer to `question`; none if it is an answer to something else.
pub(super) fn answer_to(question: &Message, bytes: &[u8]) -> Result<Option<Message>, String> {
    let answer = Message::from_vec(bytes).map_err(|error| error.to_string())?;
    let same = answer.metadata.message_type == MessageType::Response
        && answer.metadata.id == question.metadata.id
        // Some servers leave the question out of an error.
        && (answer.queries == question.queries
            || answer.queries.is_empty()
                && answer.metadata.response_code != ResponseCode::NoError);
    Ok(same.then_some(answer))
}
