//! Owns the text as a tree of nodes, each with its place, and the way from a value back to where
//! it was written.
//! Must not know: YAML, the scenario's types.

use indexmap::IndexMap;

use super::mistake::Span;

/// A text that was read.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// Whether anything in it was made up or taken out.
    mended: bool,
}

/// The name of a node in its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NodeId(usize);

/// A scalar, a list or a map.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Where it is.
    pub(super) span: Span,
    /// What it is.
    pub(super) content: Content,
    /// Whether it is as the user wrote it.
    pub(super) state: State,
    parent: Option<NodeId>,
}

/// What a node is.
#[derive(Debug, Clone)]
pub(super) enum Content {
    Scalar(Scalar),
    List(Vec<NodeId>),
    Map(IndexMap<String, Entry>),
}

/// A value under a key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) key: Span,
    pub(super) value: NodeId,
}

/// A single value, and what it is by the core schema of YAML 1.2.
#[derive(Debug, Clone)]
pub(super) struct Scalar {
    pub(super) text: String,
    pub(super) kind: Kind,
    /// Written without quotes.
    pub(super) plain: bool,
}

/// The types of the core schema.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    /// Numbers that do not fit stay at the end of the range; no type takes them.
    Int(i128),
    Float(f64),
    Text,
}

/// Whether a node is as the user wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    Written,
    /// These keys, which nobody knows, were taken out (as what they were likely meant to be).
    Trimmed(Vec<String>),
    /// Its value was wrong or missing. So that reading can go on, it stands for a value of
    /// whatever type is asked for; with each attempt for another one. Nothing that rests on it
    /// may be called a mistake.
    StandIn {
        attempt: u8,
    },
}

impl Tree {
    /// How many values a stand-in can stand for in turn.
    pub(super) const ATTEMPTS: u8 = 3;

    /// Nothing yet, with room for a text of so many bytes: to grow with a long one would be to copy it
    /// again and again.
    pub(super) fn for_text(bytes: usize) -> Self {
        /// So many there are for each value, at least in most texts.
        const BYTES_A_NODE: usize = 8;
        Self { nodes: Vec::with_capacity(bytes / BYTES_A_NODE), mended: false }
    }

    pub(super) fn add(&mut self, span: Span, content: Content) -> NodeId {
        let id = NodeId(self.nodes.len());
        let mut adopt = |NodeId(child): NodeId| self.nodes[child].parent = Some(id);
        match &content {
            Content::Scalar(_) => {}
            Content::List(items) => items.iter().copied().for_each(adopt),
            Content::Map(entries) => entries.values().for_each(|entry| adopt(entry.value)),
        }
        self.nodes.push(Node { span, content, state: State::Written, parent: None });
        id
    }

    /// Repeats a node and all below it, as an alias does.
    pub(super) fn repeat(&mut self, id: NodeId) -> NodeId {
        let Node { span, content, .. } = self.get(id).clone();
        let content = match content {
            Content::Scalar(scalar) => Content::Scalar(scalar),
            Content::List(items) => {
                Content::List(items.into_iter().map(|item| self.repeat(item)).collect())
            }
            Content::Map(entries) => {
                let repeat =
                    |(text, Entry { key, value })| (text, Entry { key, value: self.repeat(value) });
                Content::Map(entries.into_iter().map(repeat).collect())
            }
        };
        self.add(span, content)
    }

    pub(super) fn get(&self, NodeId(id): NodeId) -> &Node {
        &self.nodes[id]
    }

    /// The key under which a node stands, if its parent is a map.
    pub(super) fn key_of(&self, id: NodeId) -> Option<(&str, Span)> {
        let Content::Map(entries) = &self.get(self.get(id).parent?).content else { return None };
        let (text, entry) = entries.iter().find(|(_, entry)| entry.value == id)?;
        Some((text, entry.key))
    }

    /// Gives a node that takes no place in the text one.
    pub(super) fn place_empty(&mut self, NodeId(id): NodeId, span: Span) {
        let node = &mut self.nodes[id];
        if node.span.start == node.span.end {
            node.span = span;
        }
    }

    /// Takes a key out of a map.
    pub(super) fn trim(&mut self, NodeId(map): NodeId, key: &str, meant: Option<&str>) {
        self.mended = true;
        let node = &mut self.nodes[map];
        if let Content::Map(entries) = &mut node.content {
            entries.shift_remove(key);
        }
        let meant = meant.unwrap_or(key).to_owned();
        match &mut node.state {
            State::Trimmed(keys) => keys.push(meant),
            State::Written => node.state = State::Trimmed(vec![meant]),
            State::StandIn { .. } => {}
        }
    }

    /// Puts a stand-in under a missing key of a map.
    pub(super) fn fill_in(&mut self, map: NodeId, key: &str) {
        let span = self.get(map).span;
        let value = self.add(span, Content::Map(IndexMap::new()));
        self.nodes[value.0].parent = Some(map);
        if let Content::Map(entries) = &mut self.nodes[map.0].content {
            entries.insert(key.to_owned(), Entry { key: span, value });
        }
        self.make_up(value);
    }

    /// Turns a node into a stand-in; where it is one already, into the next; when it has been
    /// everything, its parent. Returns false when there is nothing left to try.
    pub(super) fn make_up(&mut self, id: NodeId) -> bool {
        self.mended = true;
        let node = &mut self.nodes[id.0];
        let attempt = match node.state {
            State::StandIn { attempt } => attempt + 1,
            State::Written | State::Trimmed(_) => 0,
        };
        if attempt < Self::ATTEMPTS {
            node.content = Content::Map(IndexMap::new());
            node.state = State::StandIn { attempt };
            return true;
        }
        node.parent.is_some_and(|parent| self.make_up(parent))
    }

    /// Puts what another tree has under a key of a map in the place of what is there; takes that out
    /// where the other tree has nothing.
    pub(super) fn graft(&mut self, map: NodeId, key: &str, other: &Self, other_map: NodeId) {
        let offset = self.nodes.len();
        let moved = |NodeId(id): NodeId| NodeId(id + offset);
        self.nodes.extend(other.nodes.iter().map(|node| {
            let mut node = node.clone();
            node.parent = node.parent.map(moved);
            match &mut node.content {
                Content::Scalar(_) => {}
                Content::List(items) => items.iter_mut().for_each(|item| *item = moved(*item)),
                Content::Map(entries) => {
                    entries.values_mut().for_each(|entry| entry.value = moved(entry.value));
                }
            }
            node
        }));
        self.mended |= other.mended;
        let found = match &self.get(moved(other_map)).content {
            Content::Map(entries) => entries.get(key).copied(),
            _ => None,
        };
        if let Some(entry) = found {
            self.nodes[entry.value.0].parent = Some(map);
        }
        if let Content::Map(entries) = &mut self.nodes[map.0].content {
            match found {
                Some(entry) => drop(entries.insert(key.to_owned(), entry)),
                None => drop(entries.shift_remove(key)),
            }
        }
    }

    /// Where to begin to look for things.
    pub(super) fn at(&self, root: NodeId) -> At<'_> {
        At { tree: self, node: root, key: self.get(root).span, exact: true }
    }

    fn has_mends(&self, id: NodeId) -> bool {
        let node = self.get(id);
        node.state != State::Written
            || match &node.content {
                Content::Scalar(_) => false,
                Content::List(items) => items.iter().any(|item| self.has_mends(*item)),
                Content::Map(entries) => entries.values().any(|entry| self.has_mends(entry.value)),
            }
    }
}

/// A place in the tree: where something is written, or would be.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'t> {
    tree: &'t Tree,
    node: NodeId,
    key: Span,
    /// False where the thing itself is not written: a default.
    exact: bool,
}

impl<'t> At<'t> {
    /// The value under a key; where there is none, the map itself.
    pub(super) fn key(self, key: &str) -> Self {
        match &self.tree.get(self.node).content {
            Content::Map(entries) if self.exact => match entries.get(key) {
                Some(entry) => Self { node: entry.value, key: entry.key, ..self },
                None => Self { exact: false, ..self },
            },
            _ => Self { exact: false, ..self },
        }
    }

    /// An item of a list; a single item may stand for itself, without a list.
    pub(super) fn item(self, index: usize) -> Self {
        match &self.tree.get(self.node).content {
            Content::List(items) if self.exact => match items.get(index) {
                Some(item) => Self { node: *item, key: self.tree.get(*item).span, ..self },
                None => Self { exact: false, ..self },
            },
            _ => self,
        }
    }

    /// The place of the value; of its nearest key for what is not written.
    pub(super) fn span(self) -> Span {
        if self.exact { self.tree.get(self.node).span } else { self.key_span() }
    }

    /// The place of the key, or of the first word of an item in a list.
    pub(super) fn key_span(self) -> Span {
        match &self.tree.get(self.node).content {
            Content::Map(entries) if self.key == self.tree.get(self.node).span => {
                entries.values().next().map_or(self.key, |entry| entry.key)
            }
            _ => self.key,
        }
    }

    /// Whether the user wrote it.
    pub(super) fn is_written(self) -> bool {
        self.exact
    }

    /// Whether the user wrote nothing that could be used here.
    pub(super) fn is_made_up(self) -> bool {
        matches!(self.tree.get(self.node).state, State::StandIn { .. })
    }

    /// Whether anything here or below was made up or taken out: what is missing may be missing
    /// for that reason.
    pub(super) fn is_in_doubt(self) -> bool {
        self.tree.mended && self.tree.has_mends(self.node)
    }

    /// A single value as the user wrote it.
    pub(super) fn text(self) -> Option<&'t str> {
        match &self.tree.get(self.node).content {
            Content::Scalar(scalar) if self.exact => Some(&scalar.text),
            _ => None,
        }
    }

    /// What the unknown keys that were taken out of a map were likely meant to be.
    pub(super) fn trimmed(self) -> &'t [String] {
        match &self.tree.get(self.node).state {
            State::Trimmed(keys) => keys,
            State::Written | State::StandIn { .. } => &[],
        }
    }

    /// Whether it is a map with this key.
    pub(super) fn has_key(self, key: &str) -> bool {
        matches!(&self.tree.get(self.node).content, Content::Map(entries) if entries.contains_key(key))
    }

    /// The keys of a map, those with unusable values too.
    pub(super) fn keys(self) -> Vec<&'t str> {
        match &self.tree.get(self.node).content {
            Content::Map(entries) if self.exact => entries.keys().map(String::as_str).collect(),
            _ => vec![],
        }
    }
}
