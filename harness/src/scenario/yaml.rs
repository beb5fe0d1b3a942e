//! Owns the way from bytes to a tree: UTF-8, YAML 1.2, and the bounds of what is read at all.
//! Must not know: the scenario's types.

use std::collections::BTreeMap;

use indexmap::{IndexMap, map};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};

use super::{
    mistake::{Mistake, Span},
    tree::{Content, Entry, Kind, NodeId, Scalar, Tree},
};

/// The most bytes that a scenario may have.
pub(super) const MAX_BYTES: usize = 8 * 1024 * 1024;
/// The most lists and maps within each other.
pub(super) const MAX_DEPTH: usize = 32;
/// The most values, those that aliases repeat counted each time.
pub(super) const MAX_NODES: usize = 2_000_000;
/// A long text counts as a further node for so many bytes.
const BYTES_PER_NODE: usize = 100;

/// Reads bytes as text. A mark at its beginning that says no more than "this is UTF-8" is dropped.
pub(super) fn text(bytes: &[u8]) -> Result<&str, (String, Mistake)> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.len() > MAX_BYTES {
        let message = format!("the file has {} bytes, at most {MAX_BYTES} are read", bytes.len());
        return Err((String::new(), Mistake::new(Span::default(), message)));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let message = format!("the file is not UTF-8: byte {at} is {:#04x}", bytes[at]);
        let shown = String::from_utf8_lossy(bytes).into_owned();
        let mistake = Mistake::new(Span { start: at, end: at }, message)
            .help("save the file as UTF-8 in your editor");
        (shown, mistake)
    })
}

/// Reads a text as one YAML document. Doubled keys are told and left out; after any other mistake
/// nothing can be made of the rest.
pub(super) fn read(text: &str, mistakes: &mut Vec<Mistake>) -> Option<(Tree, NodeId)> {
    if let Some((at, found)) = text.char_indices().find(|(_, c)| !is_printable(*c)) {
        let message = format!("the character U+{:04X} cannot be part of YAML", u32::from(found));
        mistakes.push(Mistake::new(Span { start: at, end: at + found.len_utf8() }, message));
        return None;
    }
    let mut reader = Reader::new(text);
    let root = reader.read();
    mistakes.append(&mut reader.doubled);
    match root {
        Ok(root) => Some((reader.tree, root)),
        Err(mistake) => {
            mistakes.push(*mistake);
            None
        }
    }
}

/// What YAML 1.2 allows in a text (section 5.1).
fn is_printable(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
        && c != '\u{feff}'
}

struct Reader<'t> {
    text: &'t str,
    /// The first byte of each character; nothing where characters are bytes.
    starts: Vec<usize>,
    tree: Tree,
    nodes: usize,
    /// What anchors stand for, and how deep it is.
    anchors: BTreeMap<usize, Anchored>,
    /// The lists and maps that are not complete yet, outermost first.
    open: Vec<Open>,
    doubled: Vec<Mistake>,
}

#[derive(Clone, Copy)]
struct Anchored {
    node: NodeId,
    depth: usize,
    size: usize,
}

/// A list or map whose end has not been read.
struct Open {
    span: Span,
    anchor: usize,
    /// How deep it is so far.
    depth: usize,
    /// How many nodes there were when it began.
    nodes_before: usize,
    items: Items,
}

enum Items {
    List(Vec<NodeId>),
    Map { entries: IndexMap<String, Entry>, key: Option<(String, Span)> },
}

/// A mistake after which nothing can be made of the rest.
type Read<T> = Result<T, Box<Mistake>>;

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        let starts = match text.is_ascii() {
            true => vec![],
            false => text.char_indices().map(|(byte, _)| byte).collect(),
        };
        Self {
            text,
            starts,
            tree: Tree::for_text(text.len()),
            nodes: 0,
            anchors: BTreeMap::new(),
            open: vec![],
            doubled: vec![],
        }
    }

    fn read(&mut self) -> Read<NodeId> {
        let mut parser = Parser::new_from_str(self.text);
        let (mut root, mut documents) = (None, 0);
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(|error| self.not_yaml(&error))?;
            let span = self.span(span);
            let complete = match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        return wrong(span, "a second document begins here, a scenario is one");
                    }
                    None
                }
                Event::Scalar(text, style, anchor, tag) => {
                    Some(self.scalar(text.into_owned(), style, tag.as_deref(), anchor, span)?)
                }
                Event::SequenceStart(anchor, tag) => {
                    self.begin(span, anchor, tag.as_deref(), Items::List(vec![]))?;
                    None
                }
                Event::MappingStart(anchor, tag) => {
                    let items = Items::Map { entries: IndexMap::new(), key: None };
                    self.begin(span, anchor, tag.as_deref(), items)?;
                    None
                }
                Event::SequenceEnd | Event::MappingEnd => Some(self.end(span)),
                Event::Alias(anchor) => Some(self.alias(anchor, span)?),
                Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => None,
            };
            if let Some(complete) = complete {
                root = self.place(complete, span)?.or(root);
            }
        }
        root.ok_or_else(|| Box::new(Mistake::new(Span::default(), "the file is empty")))
    }

    /// A single value.
    fn scalar(
        &mut self,
        text: String,
        style: ScalarStyle,
        tag: Option<&Tag>,
        anchor: usize,
        span: Span,
    ) -> Read<Anchored> {
        let plain = style == ScalarStyle::Plain;
        let kind = match tag {
            None if plain => kind(&text),
            None => Kind::Text,
            Some(tag) if tag.is_yaml_core_schema() && tag.suffix == "str" => Kind::Text,
            Some(tag) => return unknown_tag(tag, span),
        };
        let size = 1 + text.len() / BYTES_PER_NODE;
        self.count(size, span)?;
        let node = self.tree.add(span, Content::Scalar(Scalar { text, kind, plain }));
        let scalar = Anchored { node, depth: 0, size };
        self.remember(anchor, scalar);
        Ok(scalar)
    }

    fn begin(&mut self, span: Span, anchor: usize, tag: Option<&Tag>, items: Items) -> Read<()> {
        if let Some(tag) = tag {
            return unknown_tag(tag, span);
        }
        if let Some(Items::Map { key: None, .. }) = self.open.last().map(|open| &open.items) {
            return wrong(span, "a key must be a word, not a list or a map");
        }
        if self.open.len() >= MAX_DEPTH {
            return wrong(span, too_deep());
        }
        self.count(1, span)?;
        self.open.push(Open { span, anchor, depth: 1, nodes_before: self.nodes - 1, items });
        Ok(())
    }

    fn end(&mut self, end: Span) -> Anchored {
        let open = self.open.pop().expect("the parser closes what it opened");
        let (content, last) = match open.items {
            Items::List(items) => {
                let last = items.last().map(|item| self.tree.get(*item).span);
                (Content::List(items), last)
            }
            Items::Map { entries, .. } => {
                let last = entries.values().last().map(|entry| self.tree.get(entry.value).span);
                (Content::Map(entries), last)
            }
        };
        // A bracket closes what it opened; without brackets the end is that of the last item.
        let closed = end.end > end.start;
        let end = match last {
            Some(last) if !closed => last.end,
            _ => end.end,
        };
        let span = Span { start: open.span.start, end: end.max(open.span.start) };
        let node = self.tree.add(span, content);
        let size = self.nodes - open.nodes_before;
        let complete = Anchored { node, depth: open.depth, size };
        self.remember(open.anchor, complete);
        complete
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Read<Anchored> {
        let Some(anchored) = self.anchors.get(&anchor).copied() else {
            return wrong(span, "this alias stands for something that contains it");
        };
        self.count(anchored.size, span)?;
        if self.open.len() + anchored.depth > MAX_DEPTH {
            return wrong(span, too_deep());
        }
        Ok(Anchored { node: self.tree.repeat(anchored.node), ..anchored })
    }

    /// Puts a complete node where it belongs; returns it if it is the document itself.
    fn place(&mut self, complete: Anchored, span: Span) -> Read<Option<NodeId>> {
        let Some(open) = self.open.last_mut() else { return Ok(Some(complete.node)) };
        open.depth = open.depth.max(complete.depth + 1);
        match &mut open.items {
            Items::List(items) => items.push(complete.node),
            Items::Map { entries, key } => match key.take() {
                None => match &self.tree.get(complete.node).content {
                    Content::Scalar(scalar) => *key = Some((scalar.text.clone(), span)),
                    _ => return wrong(span, "a key must be a word, not a list or a map"),
                },
                Some((text, key)) => match entries.entry(text) {
                    map::Entry::Vacant(vacant) => {
                        // Nothing is nowhere; point at the key that it was left out after.
                        self.tree.place_empty(complete.node, key);
                        vacant.insert(Entry { key, value: complete.node });
                    }
                    map::Entry::Occupied(first) => {
                        let message = format!("the key `{}` is there twice", first.key());
                        let mistake = Mistake::new(key, message).seen("here again");
                        self.doubled.push(mistake.and(first.get().key, "first here"));
                    }
                },
            },
        }
        Ok(None)
    }

    fn not_yaml(&self, error: &ScanError) -> Box<Mistake> {
        let at = self.byte(*error.marker());
        let message = match error.info() {
            // The parser has a bound of its own, for brackets, and reads ahead of us.
            "recursion limit exceeded" => too_deep(),
            info => format!("this is not YAML: {info}"),
        };
        Box::new(Mistake::new(Span { start: at, end: at }, message))
    }

    fn remember(&mut self, anchor: usize, anchored: Anchored) {
        // The parser counts anchors from 1.
        if anchor > 0 {
            self.anchors.insert(anchor, anchored);
        }
    }

    fn count(&mut self, nodes: usize, span: Span) -> Read<()> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            return wrong(
                span,
                format!(
                    "too much: more than {MAX_NODES} values, those that aliases repeat included"
                ),
            );
        }
        Ok(())
    }

    fn span(&self, span: saphyr_parser::Span) -> Span {
        let (start, end) = (self.byte(span.start), self.byte(span.end));
        let end = end.max(start);
        // Texts over several lines reach up to whatever follows them.
        Span { start, end: start + self.text[start..end].trim_end().len() }
    }

    /// The parser counts in characters.
    fn byte(&self, marker: Marker) -> usize {
        match self.starts.is_empty() {
            true => marker.index().min(self.text.len()),
            false => self.starts.get(marker.index()).copied().unwrap_or(self.text.len()),
        }
    }
}

fn wrong<T>(span: Span, message: impl Into<String>) -> Read<T> {
    Err(Box::new(Mistake::new(span, message)))
}

fn too_deep() -> String {
    format!("too deep: more than {MAX_DEPTH} lists and maps within each other")
}

fn unknown_tag<T>(tag: &Tag, span: Span) -> Read<T> {
    wrong(span, format!("the tag `{tag}` has no meaning in a scenario"))
}

/// What a word without quotes is (YAML 1.2, section 10.3.2).
fn kind(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Kind::Null,
        "true" | "True" | "TRUE" => return Kind::Bool(true),
        "false" | "False" | "FALSE" => return Kind::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Kind::Float(f64::NAN),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
        return Kind::Float(sign * f64::INFINITY);
    }
    let digits = |digits: &str, radix| {
        (!digits.is_empty() && digits.chars().all(|c| c.is_digit(radix))).then_some(radix)
    };
    let (number, radix) = match (text.strip_prefix("0o"), text.strip_prefix("0x")) {
        (Some(octal), _) => (octal, digits(octal, 8)),
        (_, Some(hex)) => (hex, digits(hex, 16)),
        _ => (unsigned, digits(unsigned, 10)),
    };
    if let Some(radix) = radix {
        let value = i128::from_str_radix(number, radix).unwrap_or(i128::MAX);
        return Kind::Int(if text.starts_with('-') { -value } else { value });
    }
    let numeric = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.contains(|c: char| c.is_ascii_digit())
        && unsigned.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '-' | '+'));
    match text.parse() {
        Ok(value) if numeric => Kind::Float(value),
        _ => Kind::Text,
    }
}
