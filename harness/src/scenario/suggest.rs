//! Owns "did you mean": the known word that is nearest to a wrong one.

use std::fmt::Display;

/// The most words that a hint lists.
const MAX_LISTED: usize = 30;

/// The known word that somebody who wrote `found` most likely had in mind.
pub(crate) fn nearest<'a>(
    found: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let distance = |word: &str| strsim::damerau_levenshtein(found, word);
    // A third of the letters may be wrong; a longer word may also just lack its second half.
    let near = |word: &str, distance: usize| {
        distance <= found.chars().count().max(word.chars().count()).div_ceil(3)
    };
    known
        .into_iter()
        .map(|word| (distance(word), word))
        .filter(|(distance, word)| near(word, *distance))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// A hint for the unknown word `found` where `known` words of the kind `kinds` (in the plural)
/// could have been.
pub(crate) fn hint(found: &str, kinds: &str, known: &[&str]) -> String {
    let listed = match known {
        [] => format!("there are no {kinds}"),
        _ => format!("known {kinds}: {}", words(known)),
    };
    match nearest(found, known.iter().copied()) {
        Some(word) => format!("did you mean `{word}`? {listed}"),
        None => listed,
    }
}

/// `a`, `b`, `c`: each in backticks, the many cut short.
pub(crate) fn words<T: Display>(words: &[T]) -> String {
    let mut listed: Vec<String> =
        words.iter().take(MAX_LISTED).map(|word| format!("`{word}`")).collect();
    if words.len() > MAX_LISTED {
        listed.push(format!("and {} more", words.len() - MAX_LISTED));
    }
    listed.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_are_recognised_and_strangers_are_not() {
        let known = ["budget", "container", "name", "needs", "on", "probe", "unit"];
        for (found, expected) in [
            ("nmae", Some("name")),
            ("Budget", Some("budget")),
            ("contaner", Some("container")),
            ("onn", Some("on")),
            ("volumes", None),
            ("", None),
        ] {
            assert_eq!(nearest(found, known), expected, "{found}");
        }
    }

    #[test]
    fn hints_list_what_is_known() {
        assert_eq!(
            hint("nwe", "hosts", &["old", "new"]),
            "did you mean `new`? known hosts: `old`, `new`"
        );
        assert_eq!(hint("x", "faults", &[]), "there are no faults");
        let many: Vec<String> = (0..40).map(|n| format!("step-{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(hint("zzz", "steps", &many).ends_with("`step-29`, and 10 more"));
    }
}
