//! Why a ledger is no pass, in sentences.

use super::{
    super::{Reason, ReasonKind, Ruling, Seconds, completeness},
    Book, LedgerClass, place,
};
use crate::{
    history::Held,
    writer::{Told, WriteId},
};

/// How many ids a sentence names.
const NAMED: usize = 3;

pub(super) fn of(book: &Book<'_>) -> Vec<Reason> {
    let told = [
        lost(book),
        stranded(book),
        duplicates(book),
        silence(book),
        unseen(book),
        unexpected(book),
    ];
    told.into_iter().flatten().collect()
}

fn lost(book: &Book<'_>) -> Option<Reason> {
    let numbers = some(book.wrong(LedgerClass::Lost))?;
    let service = book.service;
    let writes = writes(&numbers, "acknowledged write");
    let mut text = format!("`{service}` lost {writes}{}", when(book, &numbers));
    if let Some(Held::Nothing(why)) = book.here() {
        text += &format!("; {why}");
    }
    for (host, why) in book.unread_elsewhere() {
        text += &format!("; what `{host}` still has could not be read: {why}");
    }
    Some(reason(book, Ruling::Fail, text))
}

fn stranded(book: &Book<'_>) -> Option<Reason> {
    let numbers = some(book.wrong(LedgerClass::Stranded))?;
    let mut hosts: Vec<String> = vec![];
    for (host, _) in numbers.iter().flat_map(|number| &book.classes[number].1.elsewhere) {
        let host = format!("`{host}`");
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    let (service, end) = (book.service, book.host);
    let (writes, hosts) = (writes(&numbers, "acknowledged write"), hosts.join(" and "));
    let not = if numbers.len() == 1 { "it is" } else { "they are" };
    let when = when(book, &numbers);
    let text = format!("`{service}` left {writes} behind on {hosts}, {not} not on `{end}`{when}");
    Some(reason(book, Ruling::Fail, text))
}

fn duplicates(book: &Book<'_>) -> Option<Reason> {
    let numbers = some(book.wrong(LedgerClass::Duplicate))?;
    let (service, end) = (book.service, book.host);
    let when = when(book, &numbers);
    let writes = writes(&numbers, "write");
    let text = format!("`{service}` has {writes} more than once on `{end}`{when}");
    Some(reason(book, Ruling::Fail, text))
}

fn silence(book: &Book<'_>) -> Option<Reason> {
    let service = book.service;
    if let Some(last) = book.last_acknowledged() {
        let at = Seconds::from(last).clock();
        let text = || {
            let why = last_complaint(book);
            format!("`{service}` took no write any more after the migration, the last at {at}{why}")
        };
        return book.fell_silent().then(|| reason(book, Ruling::Fail, text()));
    }
    // Where the rehearsal ended early, that is reason enough.
    if !completeness::whole(book.scene.history) {
        return None;
    }
    let why = last_complaint(book);
    let text =
        format!("no write to `{service}` was acknowledged, so nothing is proved of its data{why}");
    Some(reason(book, Ruling::Unknown, text))
}

fn unseen(book: &Book<'_>) -> Option<Reason> {
    let (service, end) = (book.service, book.host);
    let text = match book.here() {
        Some(Held::Unread(why)) => {
            format!(
                "what was written to `{service}` could not be read on `{end}`, so nothing is proved of it: {why}"
            )
        }
        None if completeness::whole(book.scene.history) => {
            format!(
                "what was written to `{service}` was not looked for on `{end}`, so nothing is proved of it"
            )
        }
        _ => return None,
    };
    Some(reason(book, Ruling::Unknown, text))
}

/// A service that has what it refused, or what nobody wrote, gives answers that prove nothing.
fn unexpected(book: &Book<'_>) -> Option<Reason> {
    let numbers = some(book.wrong(LedgerClass::Unexpected))?;
    let service = book.service;
    let ids: Vec<String> = numbers
        .iter()
        .take(NAMED)
        .map(|number| format!("`{}`", WriteId::new(service, *number)))
        .collect();
    let more = if numbers.len() > NAMED { ", ..." } else { "" };
    let writes = writes(&numbers, "write");
    let text = format!(
        "`{service}` has {writes} that it refused or that nobody made ({}{more}): its answers \
         cannot be relied on, so they prove nothing",
        ids.join(", ")
    );
    Some(reason(book, Ruling::Unknown, text))
}

/// Between which steps the writes were made.
fn when(book: &Book<'_>, numbers: &[u64]) -> String {
    let made = || numbers.iter().filter_map(|number| book.writes.get(number));
    let from = made().map(|write| write.launched).min();
    let to = made().map(|write| write.ended).max();
    let services = [book.service, &book.writer.read.of];
    let between =
        from.zip(to).and_then(|(from, to)| place::between(book.scene, &services, from, to));
    let was = if numbers.len() == 1 { "it was" } else { "they were" };
    between.map_or_else(String::new, |between| format!(": {was} made {between}"))
}

fn last_complaint(book: &Book<'_>) -> String {
    let not = book.writes.values().filter(|write| write.told != Told::Acknowledged);
    match not.max_by_key(|write| write.ended).filter(|write| !write.detail.is_empty()) {
        Some(write) => format!(" (last heard: {})", write.detail),
        None => String::new(),
    }
}

fn writes(numbers: &[u64], word: &str) -> String {
    let count = numbers.len();
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

fn some(numbers: Vec<u64>) -> Option<Vec<u64>> {
    Some(numbers).filter(|numbers| !numbers.is_empty())
}

fn reason(book: &Book<'_>, ruling: Ruling, text: String) -> Reason {
    Reason {
        service: Some(book.service.clone()),
        host: Some(book.host.clone()),
        ..Reason::new(ReasonKind::Ledger, ruling, text)
    }
}
