//! Findings: what is wrong with the author's policy, where, and the cure. Collected in one pass, sorted by place, never thrown.
//!
//! Reading order: this file, [`code`] (every code there is), [`nearest`] (did you mean), [`render`].

pub mod code;
mod explain;
pub mod nearest;
pub mod render;

use crate::gather::Arrange;
use crate::source::{Sources, Span};
pub use code::Code;
pub use explain::explain;
use serde::Serialize;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Stops all output.
    Error,
    /// Stops nothing, unless denied.
    Warning,
    /// Stands in reports.
    Note,
}

impl Severity {
    /// The word for it: `error`, `warning`, `note`.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// Where a finding points.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A range of a source file.
    Source(Span),
    /// A path inside an artefact: the artefact, and the setting or element in it.
    Artefact {
        /// Path of the artefact, relative.
        path: String,
        /// What in it: a key path, a LocURI, or empty for the whole.
        inside: String,
    },
}

/// A further place that explains the finding: "set here", "overridden here".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// Where.
    pub place: Place,
    /// What is there, in a few words.
    pub text: String,
}

/// Text that would mend the fault: put `text` in place of `span`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fix {
    /// What to replace; empty for an insertion.
    pub span: Span,
    /// The new text.
    pub text: String,
}

/// One coded finding with places and help.
///
/// The message says the cause (lower case, no full stop, the author's words in backticks), `help` the cure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// Where it is.
    pub place: Place,
    /// How much it weighs.
    pub severity: Severity,
    /// What kind of fault it is.
    pub code: Code,
    /// The cause.
    pub message: String,
    /// A few words under the marked place; may be empty.
    pub label: String,
    /// Further places.
    pub also: Vec<Label>,
    /// The cure, a sentence each.
    pub help: Vec<String>,
    /// Text that would mend it.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// A finding at `span`, with the severity that its code has.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            place: Place::Source(span),
            severity: code.severity(),
            code,
            message: message.into(),
            label: String::new(),
            also: Vec::new(),
            help: Vec::new(),
            fix: None,
        }
    }

    /// A finding inside an artefact.
    pub fn in_artefact(
        code: Code,
        path: impl Into<String>,
        inside: impl Into<String>,
        message: impl Into<String>,
    ) -> Diagnostic {
        let place = Place::Artefact { path: path.into(), inside: inside.into() };
        Diagnostic { place, ..Diagnostic::new(code, Span::NOWHERE, message) }
    }

    /// Another weight than the code's own.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// A few words under the marked place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = text.into();
        self
    }

    /// A further place; left out where nobody wrote it.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        if span.is_somewhere() {
            self.also.push(Label { place: Place::Source(span), text: text.into() });
        }
        self
    }

    /// One sentence of cure.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// Text that would mend it.
    #[must_use]
    pub fn fix(mut self, span: Span, text: impl Into<String>) -> Self {
        self.fix = Some(Fix { span, text: text.into() });
        self
    }
}

/// The sink that every stage reports into.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// Adds the findings of another sink.
    pub fn absorb(&mut self, other: Diagnostics) {
        self.found.extend(other.found);
    }

    /// Adds those findings of another sink that are not here yet.
    pub fn absorb_new(&mut self, other: Diagnostics) {
        for diagnostic in other.found {
            if !self.found.contains(&diagnostic) {
                self.found.push(diagnostic);
            }
        }
    }

    /// Whether any finding is an error.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// How many findings weigh so much.
    pub fn count(&self, severity: Severity) -> usize {
        self.found.iter().filter(|d| d.severity == severity).count()
    }

    /// All findings.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.found.iter()
    }

    /// Changes every finding.
    pub(crate) fn each(&mut self, change: impl FnMut(&mut Diagnostic)) {
        self.found.iter_mut().for_each(change);
    }

    /// Leaves out the findings that do not pass.
    pub(crate) fn retain(&mut self, passes: impl FnMut(&Diagnostic) -> bool) {
        self.found.retain(passes);
    }

    /// Turns the warnings that `denied` names into errors; `None` denies all of them.
    pub fn deny(&mut self, denied: impl Fn(&Diagnostic) -> bool) {
        for diagnostic in &mut self.found {
            if diagnostic.severity == Severity::Warning && denied(diagnostic) {
                diagnostic.severity = Severity::Error;
            }
        }
    }

    /// Sorted by path, place, weight and code, each finding once: the order of every report.
    pub fn sort(&mut self, sources: &Sources) {
        let key = |d: &Diagnostic| match &d.place {
            Place::Source(span) => (sources.path(span.file).to_owned(), span.start, span.end, String::new()),
            Place::Artefact { path, inside } => (path.clone(), 0, 0, inside.clone()),
        };
        self.found.arrange_by_key(|d| (key(d), d.severity, d.code, d.message.clone()));
        self.found.dedup();
    }
}
