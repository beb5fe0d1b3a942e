//! Each value knows where it was written, whatever alphabet it is written in.

use insta::assert_snapshot;

use super::super::{
    mistake::Span,
    tree::{Content, NodeId, Tree},
    yaml,
};

/// All keys and values of a text, as their places hold them.
fn places(text: &str) -> String {
    let mut mistakes = vec![];
    let (tree, root) = yaml::read(text, &mut mistakes).expect("it is YAML");
    let mut lines = String::new();
    walk(&tree, root, text, 0, &mut lines);
    lines
}

fn walk(tree: &Tree, id: NodeId, text: &str, depth: usize, lines: &mut String) {
    let node = tree.get(id);
    let shown = |span: Span| text[span.start..span.end].replace('\r', "").replace('\n', "|");
    let indent = "  ".repeat(depth);
    *lines += &format!("{indent}{}\n", shown(node.span));
    match &node.content {
        Content::Scalar(_) => {}
        Content::List(items) => {
            items.iter().for_each(|item| walk(tree, *item, text, depth + 1, lines));
        }
        Content::Map(entries) => {
            for entry in entries.values() {
                *lines += &format!("{indent}{}:\n", shown(entry.key));
                walk(tree, entry.value, text, depth + 1, lines);
            }
        }
    }
}

#[test]
fn places_are_bytes_of_the_text() {
    let text = "\
é: [a, \"ü🌞\", 'x']
b: {c: d , e: f}

# ß
g:
  - h
  -
    i: |
      abç
      def
    j: x y
      z

k: &a [1, 2]
l: *a
m:
n: 1
";
    assert_snapshot!(places(text), @r#"
    é: [a, "ü🌞", 'x']|b: {c: d , e: f}||# ß|g:|  - h|  -|    i: ||      abç|      def|    j: x y|      z||k: &a [1, 2]|l: *a|m:|n: 1
    é:
      [a, "ü🌞", 'x']
        a
        "ü🌞"
        'x'
    b:
      {c: d , e: f}
      c:
        d
      e:
        f
    g:
      - h|  -|    i: ||      abç|      def|    j: x y|      z
        h
        i: ||      abç|      def|    j: x y|      z
        i:
          abç|      def
        j:
          x y|      z
    k:
      &a [1, 2]
        1
        2
    l:
      &a [1, 2]
        1
        2
    m:
      m
    n:
      1
    "#);
}

#[test]
fn line_ends_of_other_systems() {
    assert_snapshot!(places("é: ü\r\nb:\r\n  - c\r\n  - d\r\n"), @"
    é: ü|b:|  - c|  - d
    é:
      ü
    b:
      - c|  - d
        c
        d
    ");
}

#[test]
fn words_without_quotes_have_the_types_of_the_core_schema() {
    let words = [
        "",
        "~",
        "null",
        "true",
        "False",
        "yes",
        "12",
        "-12",
        "+12",
        "0o17",
        "0x1F",
        "1.5",
        ".5",
        "1e3",
        "-.inf",
        ".nan",
        "1.2.3",
        "0b1",
        "1_000",
        "12h",
        "2024-01-01",
        "\"12\"",
        "'true'",
        "99999999999999999999999999999999999999999999",
    ];
    let lines: Vec<String> = words
        .iter()
        .map(|word| {
            let text = format!("- {word}\n");
            let (tree, root) = yaml::read(&text, &mut vec![]).expect("it is YAML");
            let Content::List(items) = &tree.get(root).content else { panic!("it is a list") };
            let Content::Scalar(scalar) = &tree.get(items[0]).content else { panic!("a scalar") };
            format!("{word} is {:?}", scalar.kind)
        })
        .collect();
    assert_snapshot!(lines.join("\n"), @r#"
     is Null
    ~ is Null
    null is Null
    true is Bool(true)
    False is Bool(false)
    yes is Text
    12 is Int(12)
    -12 is Int(-12)
    +12 is Int(12)
    0o17 is Int(15)
    0x1F is Int(31)
    1.5 is Float(1.5)
    .5 is Float(0.5)
    1e3 is Float(1000.0)
    -.inf is Float(-inf)
    .nan is Float(NaN)
    1.2.3 is Text
    0b1 is Text
    1_000 is Text
    12h is Text
    2024-01-01 is Text
    "12" is Text
    'true' is Text
    99999999999999999999999999999999999999999999 is Int(170141183460469231731687303715884105727)
    "#);
}
