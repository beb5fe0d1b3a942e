//! Texts that are no single YAML document of a bearable size.

use insta::assert_snapshot;

use super::{
    super::{super::yaml, Fixture, Mistakes, parse, read, told},
    SMALL, added, broken,
};

#[test]
fn empty() {
    let told = told("");
    assert_snapshot!(told, @"1:1: the file is empty");
}

#[test]
fn nothing_but_a_remark() {
    let told = told("# soon\n");
    assert_snapshot!(told, @"1:1: the file is empty");
}

#[test]
fn a_list() {
    let told = told("- a\n");
    assert_snapshot!(told, @"1:1: found a list of 1 item, expected keys out of `filage`, `scenario`, `about`, `providers`, `hosts`, `zone`, `services`, `probing`, `steps`, `faults`, `budgets`, `end_state`");
}

#[test]
fn not_yaml() {
    let told = broken("{ name: asso.example }", "{ name: asso.example");
    assert_snapshot!(told, @"7:9: this is not YAML: while parsing a flow mapping, did not find expected ',' or '}'");
}

#[test]
fn not_yaml_either() {
    let told = told("filage: 1\nscenario: \"é\nhosts: {}\n");
    assert_snapshot!(told, @"2:11: this is not YAML: invalid indentation in quoted scalar");
}

#[test]
fn tabs() {
    let told = told("hosts:\n\told: {}\n");
    assert_snapshot!(told, @"2:2: this is not YAML: tabs disallowed within this context (block indentation)");
}

#[test]
fn control_character() {
    let told = broken("scenario: small", "scenario: é\u{7}");
    assert_snapshot!(told, @"2:12: the character U+0007 cannot be part of YAML");
}

#[test]
fn two_documents() {
    let told = added("---\nfilage: 1\n");
    assert_snapshot!(told, @"20:1: a second document begins here, a scenario is one");
}

#[test]
fn tag() {
    let told = broken("scenario: small", "scenario: !secret small");
    assert_snapshot!(told, @"2:11: the tag `!secret` has no meaning in a scenario");
}

#[test]
fn doubled_key() {
    let told = broken("    name: links.asso.example", "    name: links.asso.example\n    on: new");
    assert_snapshot!(told, @"
    12:5: the key `on` is there twice
      9:5: first here
    ");
}

#[test]
fn list_as_key() {
    let told = broken("filage: 1", "filage: 1\n[a, b]: c");
    assert_snapshot!(told, @"2:1: a key must be a word, not a list or a map");
}

#[test]
fn alias_within_itself() {
    let told = broken("scenario: small", "scenario: &a [*a]");
    assert_snapshot!(told, @"2:15: this alias stands for something that contains it");
}

#[test]
fn not_utf_8() {
    let mut bytes = SMALL.replace("small", "déménagement").into_bytes();
    bytes.extend(b"# \xff\n");
    let mistakes = parse("scenario.yaml", &bytes, &Fixture).expect_err("not UTF-8");
    assert_snapshot!(mistakes.plain(), @"
    scenario.yaml:20:3: the file is not UTF-8: byte 453 is 0xff
      help: save the file as UTF-8 in your editor
    ");
}

#[test]
fn too_large() {
    let text = "#".repeat(yaml::MAX_BYTES + 1);
    assert_snapshot!(told(&text), @"1:1: the file has 8388609 bytes, at most 8388608 are read");
}

#[test]
fn too_deep() {
    assert_snapshot!(told(&format!("filage: {}", "[".repeat(100_000))), @"1:264: too deep: more than 32 lists and maps within each other");
}

#[test]
fn too_deep_by_aliases() {
    let mut text = "a0: &a0 [x]\n".to_owned();
    for n in 1..1000 {
        text += &format!("a{n}: &a{n} [*a{}]\n", n - 1);
    }
    assert_snapshot!(told(&text), @"32:12: too deep: more than 32 lists and maps within each other");
}

#[test]
fn a_billion_laughs() {
    let mut text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for n in 1..10 {
        let laughs = vec![format!("*a{}", n - 1); 10].join(", ");
        text += &format!("a{n}: &a{n} [{laughs}]\n");
    }
    assert_snapshot!(told(&text), @"7:10: too much: more than 2000000 values, those that aliases repeat included");
}

#[test]
fn long_texts_repeated() {
    let laughs = vec!["*a"; 1000].join(", ");
    let text = format!("a: &a {}\nb: [{laughs}]\n", "x".repeat(500_000));
    assert_snapshot!(told(&text), @"2:1597: too much: more than 2000000 values, those that aliases repeat included");
}

#[test]
fn a_hundred_mistakes_are_enough() {
    let lines: Vec<String> = (0..200).map(|n| format!("unknown-{n}: 1\n")).collect();
    let mistakes = read(&format!("{SMALL}{}", lines.concat())).expect_err("200 mistakes");
    assert_eq!(mistakes.list().len(), Mistakes::MAX);
}
