//! Each value knows where it was written.

use super::{
    super::{
        tree::{At, Content},
        yaml,
    },
    *,
};

#[test]
fn the_good_scenario_has_no_mistake() {
    if let Err(mistakes) = read(GOOD) {
        panic!("{}", mistakes.plain());
    }
}

/// All keys and values with what their places hold.
fn places(text: &str) -> String {
    fn walk(
        tree: &super::super::tree::Tree,
        id: super::super::tree::NodeId,
        text: &str,
        depth: usize,
        out: &mut String,
    ) {
        let node = tree.get(id);
        let pad = "  ".repeat(depth);
        *out += &format!("{pad}{:?}\n", &text[node.span.start..node.span.end]);
        match &node.content {
            Content::Scalar(_) => {}
            Content::List(items) => {
                items.iter().for_each(|item| walk(tree, *item, text, depth + 1, out))
            }
            Content::Map(entries) => {
                for (key, entry) in entries {
                    *out += &format!("{pad}- {key} {:?}\n", &text[entry.key.start..entry.key.end]);
                    walk(tree, entry.value, text, depth + 1, out);
                }
            }
        }
    }
    let mut mistakes = vec![];
    let (tree, root) = yaml::read(text, &mut mistakes).expect("it is YAML");
    let mut out = String::new();
    walk(&tree, root, text, 0, &mut out);
    out
}

#[test]
fn spans() {
    println!(
        "{}",
        places(
            "é: [a, \"ü\", 'x']\nb: {c: d , e: f}\n\n# x\ng:\n  - h\n  -\n    i: |\n      abc\n      def\n    j: x y\n      z\n\nk: &a [1, 2]\nl: *a\nm:\nn: 1\n"
        )
    );
}
