//! Owns how a mistake in a scenario is told: what is wrong, where, and what to do about it.
//! Must not know: how mistakes are found.

use std::{cmp::Reverse, fmt, sync::Arc};

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

/// A piece of the text, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Its first byte.
    pub start: usize,
    /// The byte after its last one.
    pub end: usize,
}

/// A place that a mistake points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What to see there; nothing where the message says it all.
    pub text: Option<String>,
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Mistake {
    /// What is wrong.
    pub message: String,
    /// Where; the first place is the one that is named in short forms.
    pub labels: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Mistake {
    pub(super) fn new(span: Span, message: impl Into<String>) -> Self {
        Self { message: message.into(), labels: vec![Label { span, text: None }], help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what to see at the first place.
    pub(super) fn seen(mut self, text: impl Into<String>) -> Self {
        self.labels[0].text = Some(text.into());
        self
    }

    /// Adds a further place.
    pub(super) fn and(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: Some(text.into()) });
        self
    }

    /// The first place.
    pub fn span(&self) -> Span {
        self.labels[0].span
    }
}

impl Diagnostic for Mistake {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().enumerate().map(|(place, label)| {
            let Label { span, text } = label;
            let range = (span.start, span.end - span.start);
            if place == 0 {
                LabeledSpan::new_primary_with_span(text.clone(), range)
            } else {
                LabeledSpan::new_with_span(text.clone(), range)
            }
        })))
    }
}

/// All the mistakes of a scenario, in the order of the text.
#[derive(Debug, Clone)]
pub struct Mistakes {
    source: NamedSource<Arc<str>>,
    list: Vec<Mistake>,
}

impl Mistakes {
    /// At most this many are told.
    pub const MAX: usize = 100;

    pub(super) fn new(file: &str, text: &str, mut list: Vec<Mistake>) -> Self {
        assert!(!list.is_empty(), "no mistakes is no reason to complain");
        // In the order of the text; at one place, the longer story first.
        let key = |mistake: &Mistake| (mistake.span().start, Reverse(mistake.labels.len()));
        list.sort_by(|one, other| {
            key(one).cmp(&key(other)).then_with(|| one.message.cmp(&other.message))
        });
        // What an alias repeats is repeated in what is wrong with it, too.
        list.dedup_by(|one, other| one.message == other.message && one.span() == other.span());
        list.truncate(Self::MAX);
        Self { source: NamedSource::new(file, Arc::from(text)).with_language("YAML"), list }
    }

    /// The mistakes.
    pub fn list(&self) -> &[Mistake] {
        &self.list
    }

    /// The file's name.
    pub fn file(&self) -> &str {
        self.source.name()
    }

    /// One line for each mistake, `file:line:column: message`, and one for its help: for logs and
    /// for programs.
    pub fn plain(&self) -> String {
        let mut lines = String::new();
        for mistake in &self.list {
            let (line, column) = self.position(mistake.span().start);
            lines += &format!("{}:{line}:{column}: {mistake}\n", self.file());
            for label in mistake.labels.iter().skip(1) {
                let (line, column) = self.position(label.span.start);
                let text = label.text.as_deref().unwrap_or("here");
                lines += &format!("  {line}:{column}: {text}\n");
            }
            if let Some(help) = &mistake.help {
                lines += &format!("  help: {help}\n");
            }
        }
        lines
    }

    /// Line and column of a byte, both from 1, the column in characters.
    fn position(&self, byte: usize) -> (usize, usize) {
        let before = &self.source.inner()[..byte];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        (line, before[line_start..].chars().count() + 1)
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.list.len() {
            1 => write!(f, "1 mistake in `{}`", self.file()),
            count => write!(f, "{count} mistakes in `{}`", self.file()),
        }
    }
}

impl std::error::Error for Mistakes {}

impl Diagnostic for Mistakes {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.list.iter().map(|mistake| mistake as &dyn Diagnostic)))
    }
}
