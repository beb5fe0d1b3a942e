//! Whatever a text is, it is read or it is told what is wrong with it.

use proptest::prelude::*;

use super::{super::parse, Fixture, GOOD, Mistakes};

/// Reads; mistakes must be tellable, and lie in the text.
fn survive(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Err(mistakes) = parse("scenario.yaml", bytes, &Fixture) {
        prop_assert!((1..=Mistakes::MAX).contains(&mistakes.list().len()));
        prop_assert!(mistakes.plain().lines().count() >= mistakes.list().len());
        for label in mistakes.list().iter().flat_map(|mistake| &mistake.labels) {
            prop_assert!(label.span.start <= label.span.end);
        }
    }
    Ok(())
}

/// A cut of the good scenario: from, length, and what comes in its place.
fn mutation() -> impl Strategy<Value = (usize, usize, String)> {
    let places = 0..GOOD.chars().count();
    let texts = prop_oneof![
        "[ -~é\n]{0,4}",
        Just("{".to_owned()),
        Just("[a, b]".to_owned()),
        Just("*a".to_owned()),
        Just("&a".to_owned()),
        Just("null".to_owned()),
        Just("65536".to_owned()),
        Just("\n".to_owned()),
        Just("  ".to_owned()),
        Just(": ".to_owned()),
    ];
    (places, 0_usize..12, texts)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_are_too_much(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        survive(&bytes)?;
    }

    #[test]
    fn no_signs_are_too_much(text in "[-:,?!&*#|>'\"%@`{}\\[\\] \n\tab1é~]{0,60}") {
        survive(text.as_bytes())?;
    }

    #[test]
    fn no_change_is_too_much(mutations in proptest::collection::vec(mutation(), 1..4)) {
        let mut text: Vec<char> = GOOD.chars().collect();
        for (place, length, new) in mutations {
            let start = place.min(text.len());
            let end = (start + length).min(text.len());
            text.splice(start..end, new.chars());
        }
        survive(text.into_iter().collect::<String>().as_bytes())?;
    }

    #[test]
    fn no_missing_line_is_too_much(missing in 0..GOOD.lines().count()) {
        let lines = GOOD.lines().enumerate().filter(|(line, _)| *line != missing);
        let text: Vec<&str> = lines.map(|(_, line)| line).collect();
        survive(text.join("\n").as_bytes())?;
    }
}
