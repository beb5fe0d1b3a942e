//! Why a ledger is no pass, in sentences.

use super::{
    super::{Reason, ReasonKind, Ruling, Seconds, completeness},
    Book, LedgerClass,
    pieces::Piece,
    place,
};
use crate::{
    base::StoryTime,
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
    let pieces = some(book.wrong(LedgerClass::Lost))?;
    let service = book.service;
    let writes = writes(&pieces, "acknowledged write");
    let mut text = format!("`{service}` lost {writes}{}", when(book, &pieces));
    if let Some(Held::Nothing(why)) = book.here() {
        text += &format!("; {why}");
    }
    for (host, why) in book.unread_elsewhere() {
        text += &format!("; what `{host}` still has could not be read: {why}");
    }
    text += &in_the_mail(book, &pieces);
    Some(reason(book, Ruling::Fail, text))
}

fn stranded(book: &Book<'_>) -> Option<Reason> {
    let pieces = some(book.wrong(LedgerClass::Stranded))?;
    let mut hosts: Vec<String> = vec![];
    for (host, _) in pieces.iter().flat_map(|piece| &piece.sight.elsewhere) {
        let host = format!("`{host}`");
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    let (service, end) = (book.service, book.host);
    let (writes, hosts) = (writes(&pieces, "acknowledged write"), hosts.join(" and "));
    let not = if count(&pieces) == 1 { "it is" } else { "they are" };
    let when = when(book, &pieces);
    let text = format!("`{service}` left {writes} behind on {hosts}, {not} not on `{end}`{when}");
    Some(reason(book, Ruling::Fail, text))
}

fn duplicates(book: &Book<'_>) -> Option<Reason> {
    let pieces = some(book.wrong(LedgerClass::Duplicate))?;
    let (service, end) = (book.service, book.host);
    let when = when(book, &pieces);
    let writes = writes(&pieces, "write");
    let text = format!("`{service}` has {writes} more than once on `{end}`{when}");
    Some(reason(book, Ruling::Fail, text))
}

fn silence(book: &Book<'_>) -> Option<Reason> {
    let service = book.service;
    if let Some(last) = book.last_acknowledged() {
        let settle = book.fell_silent()?;
        let (at, why) = (Seconds::from(last).clock(), last_complaint(book));
        if book.writes.iter().any(|write| write.last_launched() >= settle) {
            let text = format!(
                "`{service}` took no write any more after the migration, the last at {at}{why}"
            );
            return Some(reason(book, Ruling::Fail, text));
        }
        let text = format!(
            "nobody wrote to `{service}` any more after the migration, the last at {at}, so it is not \
             proved that it takes writes{why}"
        );
        return Some(reason(book, Ruling::Unknown, text));
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
    let pieces = some(book.wrong(LedgerClass::Unexpected))?;
    let service = book.service;
    let ids: Vec<String> = pieces
        .iter()
        .flat_map(|piece| piece.numbers.clone())
        .take(NAMED)
        .map(|number| format!("`{}`", WriteId::new(service, number)))
        .collect();
    let more = if count(&pieces) > NAMED as u64 { ", ..." } else { "" };
    let writes = writes(&pieces, "write");
    let text = format!(
        "`{service}` has {writes} that it refused or that nobody made ({}{more}): its answers \
         cannot be relied on, so they prove nothing",
        ids.join(", ")
    );
    Some(reason(book, Ruling::Unknown, text))
}

/// Between which steps the writes were made.
fn when(book: &Book<'_>, pieces: &[&Piece<'_>]) -> String {
    let services = [book.service, &book.writer.read.of];
    let between =
        time(pieces).and_then(|(from, to)| place::between(book.scene, &services, from, to));
    let was = if count(pieces) == 1 { "it was" } else { "they were" };
    between.map_or_else(String::new, |between| format!(": {was} made {between}"))
}

/// The faults of that time which show in mail alone.
fn in_the_mail(book: &Book<'_>, pieces: &[&Piece<'_>]) -> String {
    let Some((from, to)) = time(pieces) else { return String::new() };
    let faults = book.scene.faults.iter();
    let faults = faults.filter(|span| {
        span.fault.kind.shows_in_mail() && span.bite_verified && span.overlaps(from, to)
    });
    faults.map(|span| format!("; meanwhile {} (fault `{}`)", span.fault.kind, span.id)).collect()
}

/// From the beginning of the first of some writes to the end of the last.
fn time(pieces: &[&Piece<'_>]) -> Option<(StoryTime, StoryTime)> {
    let made = || pieces.iter().filter_map(|piece| Some((piece.write?, &piece.numbers)));
    let from = made().map(|(write, numbers)| write.one(*numbers.start()).launched).min()?;
    let to = made().map(|(write, numbers)| write.one(*numbers.end()).ended).max()?;
    Some((from, to))
}

fn last_complaint(book: &Book<'_>) -> String {
    let not = book.writes.iter().filter(|write| write.told != Told::Acknowledged);
    match not.max_by_key(|write| write.last_ended()).filter(|write| !write.detail.is_empty()) {
        Some(write) => format!(" (last heard: {})", write.detail),
        None => String::new(),
    }
}

fn writes(pieces: &[&Piece<'_>], word: &str) -> String {
    let count = count(pieces);
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

fn count(pieces: &[&Piece<'_>]) -> u64 {
    pieces.iter().map(|piece| piece.len()).sum()
}

fn some<'a>(pieces: Vec<&'a Piece<'a>>) -> Option<Vec<&'a Piece<'a>>> {
    Some(pieces).filter(|pieces| !pieces.is_empty())
}

fn reason(book: &Book<'_>, ruling: Ruling, text: String) -> Reason {
    Reason {
        service: Some(book.service.clone()),
        host: Some(book.host.clone()),
        ..Reason::new(ReasonKind::Ledger, ruling, text)
    }
}
