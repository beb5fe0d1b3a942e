//! Owns reading on after a mistake: each is told once, and what only follows from it never.
//! Must not know: the scenario's types.

use serde::de::DeserializeOwned;

use super::{
    de::{Failure, NodeDeserializer, Place, What},
    mistake::{Mistake, Mistakes},
    suggest,
    tree::{Content, Kind, NodeId, State, Tree},
};

/// The most attempts to read on: each mistake takes one, and a few more where it is hard to find
/// something to read in its place.
const MAX_ATTEMPTS: usize = Mistakes::MAX * 5;

/// Reads a value. After a failure the tree is mended and read again: an unknown key is taken out,
/// a wrong or missing value gets a stand-in. Returns nothing where that cannot be done.
pub(super) fn read<T: DeserializeOwned>(
    tree: &mut Tree,
    root: NodeId,
    mistakes: &mut Vec<Mistake>,
) -> Option<T> {
    for _ in 0..MAX_ATTEMPTS {
        let Failure { what, place } = match T::deserialize(NodeDeserializer::new(tree, root)) {
            Ok(value) => return Some(value),
            Err(failure) => failure,
        };
        let place = place.expect("a failure knows its place when it leaves the root");
        mistakes.extend(mistake(tree, &what, &place));
        if mistakes.len() >= Mistakes::MAX || !mend(tree, &what, place) {
            return None;
        }
    }
    None
}

/// Changes the tree so that the same failure cannot come again.
fn mend(tree: &mut Tree, what: &What, place: Place) -> bool {
    match (what, &place.key) {
        (What::Missing { key }, _) => tree.fill_in(place.node, key),
        (What::Unknown { found, known }, Some(key)) => {
            tree.trim(place.node, key, suggest::nearest(found, known.iter().copied()));
        }
        (_, Some(key)) => tree.trim(place.node, key, None),
        (_, None) => return tree.make_up(place.node),
    }
    true
}

/// What to tell of a failure, unless it only follows from one that has been told.
fn mistake(tree: &Tree, what: &What, place: &Place) -> Option<Mistake> {
    let node = tree.get(place.node);
    match (what, &node.state) {
        (_, State::StandIn { .. }) => return None,
        (What::Missing { key }, State::Trimmed(meant)) if meant.iter().any(|word| word == key) => {
            return None;
        }
        _ => {}
    }
    Some(match what {
        What::Missing { key } => missing(tree, place, key),
        What::Unknown { found, known } => {
            let (noun, nouns) = match (&place.key, &node.content) {
                (None, Content::Scalar(_)) => ("word", "words"),
                _ => ("key", "keys"),
            };
            Mistake::new(place.span, format!("unknown {noun} `{found}`"))
                .help(suggest::hint(found, nouns, known))
        }
        What::Wrong { expected } => {
            let message = format!("found {}, expected {expected}", found(&node.content));
            let mistake = Mistake::new(place.span, message);
            match rewrite(&node.content, expected) {
                Some(help) => mistake.help(help),
                None => mistake,
            }
        }
        What::Other { message } => Mistake::new(place.span, message.clone()),
    })
}

fn missing(tree: &Tree, place: &Place, key: &str) -> Mistake {
    if let Some((owner, span)) = tree.key_of(place.node) {
        return Mistake::new(span, format!("`{owner}` lacks the key `{key}`"));
    }
    let first = match &tree.get(place.node).content {
        Content::Map(entries) => entries.values().next().map(|entry| entry.key),
        _ => None,
    };
    Mistake::new(first.unwrap_or(place.span), format!("the key `{key}` is missing"))
}

/// What a node is, in words.
fn found(content: &Content) -> String {
    match content {
        Content::Scalar(scalar) => match scalar.kind {
            Kind::Null => "nothing".to_owned(),
            Kind::Text if !scalar.plain => format!("the text `{}`", shorten(&scalar.text)),
            _ => format!("`{}`", shorten(&scalar.text)),
        },
        Content::List(items) if items.is_empty() => "an empty list".to_owned(),
        Content::List(items) if items.len() == 1 => "a list of 1 item".to_owned(),
        Content::List(items) => format!("a list of {} items", items.len()),
        Content::Map(entries) if entries.is_empty() => "no key".to_owned(),
        Content::Map(entries) => {
            let keys: Vec<&String> = entries.keys().collect();
            format!(
                "the {} {}",
                if keys.len() == 1 { "key" } else { "keys" },
                suggest::words(&keys)
            )
        }
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// How the same could be written so that it is right.
fn rewrite(content: &Content, expected: &str) -> Option<String> {
    let Content::Scalar(scalar) = content else { return None };
    let text = scalar.text.as_str();
    match (expected, text) {
        (_, "") => None,
        ("`true` or `false`", "yes" | "Yes" | "on" | "On" | "y") => Some("write `true`".to_owned()),
        ("`true` or `false`", "no" | "No" | "off" | "Off" | "n") => {
            Some("write `false`".to_owned())
        }
        (expected, _) if expected.starts_with("a whole number") && text.parse::<i64>().is_ok() => {
            (!scalar.plain).then(|| format!("write `{text}` without quotes"))
        }
        ("a list", _) => Some(format!("write `[{}]`", shorten(text))),
        _ => None,
    }
}
