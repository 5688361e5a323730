//! What a run has to say, as plain data: the findings, and the entries that a reviewer goes through. Every format is made from it, and
//! from nothing else, so that all of them say the same.

use crate::diagnostic::render::{Counts, Finding, LabelText, Lines, Marked, PlaceText, findings};
use crate::diagnostic::{Code, Diagnostics, Severity};
use crate::drift;
use crate::gather::Arrange;
use crate::report::reason::Reason;
use serde::Serialize;
use serde_json::{Map, Value};

/// What one run has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The command, as people write it: `check`.
    pub command: &'static str,
    /// What came of it, a line each, the most important first.
    pub summary: Vec<String>,
    /// How it ended.
    pub ending: Ending,
    /// What is wrong with the sources.
    pub findings: Vec<Finding>,
    /// How many findings there are, those too that are not listed.
    pub counts: Counts,
    /// The lightest finding that people want to see. Data for other programs hold all.
    pub least: Severity,
    /// What a reviewer goes through: differences from what is approved, changes.
    pub entries: Vec<Entry>,
    /// What was looked at, whether anything was wrong with it or not: paths of files, or `organisation/group`. An entry is about the
    /// one that is its subject.
    pub subjects: Vec<String>,
    /// What the command has to say of its own, for other programs.
    pub own: Map<String, Value>,
    /// The project's folder in its repository, empty or with a `/` at its end: before the paths of places, for formats that
    /// repositories read.
    pub folder: String,
}

/// How a run ended, as the exit code says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// 0.
    Clean,
    /// 1: errors, drift, or what was asked to fail on.
    Faulty,
    /// 2: the run could not do its work.
    Failed {
        /// What went wrong.
        message: String,
        /// What can be done about it.
        help: Option<String>,
    },
}

/// One matter for a reviewer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// A digest of the matter itself: the same on every machine, and another one as soon as anything in it changes.
    pub id: String,
    /// The kind of matter, as rules of SARIF name it: for drift the code that `policyc explain` takes.
    pub code: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// In what way: of the catalogue `removed`, `deprecated`, `changed`, `added`; of drift `missing`, `unexpected`, `settings`, `identity`, `cosmetic`, `unreadable`.
    pub kind: &'static str,
    /// `stronger`, `weaker`, `neutral`, `unknown`; absent where nobody asked for it.
    pub direction: Option<&'static str>,
    /// What is the matter, in one line.
    pub message: String,
    /// What it is about: the path of an artefact, a setting, a clause.
    pub subject: String,
    /// Whom it concerns: `organisation/group`, each once.
    pub groups: Vec<String>,
    /// Where to look, the best place first: the clauses that ask, then the file.
    pub places: Vec<LabelText>,
    /// What was before and is after, part by part.
    pub changes: Vec<Change>,
    /// What else is to be said, a paragraph each.
    pub body: Vec<String>,
    /// The clauses behind it.
    pub clauses: Vec<String>,
    /// What it will do to devices.
    pub impacts: Vec<String>,
    /// The lines that differ.
    #[serde(serialize_with = "unified")]
    pub lines: drift::Lines,
    /// What to do about it, a sentence each.
    pub help: Vec<String>,
}

/// One part of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What kind of thing: `setting`, `identity`, `field` of the vendor's schema.
    pub kind: &'static str,
    /// Which: an address, a key.
    pub subject: String,
    /// Before; absent where it was not set.
    pub before: Option<String>,
    /// After; absent where it is not set any more.
    pub after: Option<String>,
    /// As of [`Entry::direction`].
    pub direction: Option<&'static str>,
    /// Who asks for it now.
    pub because: Vec<Reason>,
    /// What else is known of it, in the words of [`Entry::body`].
    pub notes: Vec<String>,
}

impl Change {
    /// `6 → 8`; what is absent is `not set`.
    pub fn values(&self) -> String {
        let side = |value: &Option<String>| value.as_deref().unwrap_or("not set").to_owned();
        format!("{} → {}", side(&self.before), side(&self.after))
    }

    /// Why it is so, a line each.
    pub fn why(&self) -> Vec<String> {
        let reasons = self.because.iter().flat_map(Reason::lines);
        reasons.chain(self.notes.iter().cloned()).collect()
    }
}

impl Entry {
    /// The entry as a finding, where its code is one of theirs.
    pub fn finding(&self) -> Option<Finding> {
        let code = Code::named(self.code)?;
        let mut labels = self.places.clone();
        let file = labels.iter().position(|label| label.place.inside.is_some());
        let LabelText { place, text } = match file {
            Some(file) => labels.remove(file),
            None => LabelText { place: PlaceText::default(), text: String::new() },
        };
        Some(Finding {
            code: code.name(),
            severity: self.severity,
            message: self.message.clone(),
            label: text,
            place,
            help: self.help.clone(),
            labels,
            fix: None,
            marked: Marked::default(),
        })
    }
}

impl Report {
    /// A report of `command` that holds the findings, and as yet nothing else.
    pub fn new(command: &'static str, found: &Diagnostics, lines: &Lines<'_>) -> Report {
        Report { findings: findings(found, lines), ..Report::counted(command, found) }
    }

    /// The same for [`Format::Text`](crate::report::format::Format::Text), which has another renderer for findings: their number alone.
    pub fn counted(command: &'static str, found: &Diagnostics) -> Report {
        Report {
            command,
            summary: Vec::new(),
            ending: if found.has_errors() { Ending::Faulty } else { Ending::Clean },
            findings: Vec::new(),
            counts: Counts::of(found),
            least: Severity::Warning,
            entries: Vec::new(),
            subjects: Vec::new(),
            own: Map::new(),
            folder: String::new(),
        }
    }

    /// A report of a run that could not do its work.
    pub fn failed(command: &'static str, message: String, help: Option<String>) -> Report {
        let nothing = Report::new(command, &Diagnostics::default(), &Lines::new(&crate::source::Sources::default()));
        Report { ending: Ending::Failed { message, help }, ..nothing }
    }

    /// The findings that people want to see, errors first.
    pub fn shown(&self) -> Vec<&Finding> {
        let mut shown: Vec<&Finding> = self.findings.iter().filter(|finding| finding.severity <= self.least).collect();
        shown.arrange_by_key(|finding| finding.severity);
        shown
    }

    /// `1 error, 24 warnings`: all that people want to see, those too that are not listed.
    pub fn tally(&self) -> String {
        let said = self.weights().filter(|(n, _)| *n > 0);
        let said = said.map(|(n, weight)| format!("{n} {}{}", weight.word(), if n == 1 { "" } else { "s" }));
        said.collect::<Vec<_>>().join(", ")
    }

    /// How many findings people want to see are not listed, because there are too many.
    pub fn unlisted(&self) -> usize {
        let wanted: usize = self.weights().map(|(n, _)| n).sum();
        wanted.saturating_sub(self.shown().len())
    }

    fn weights(&self) -> impl Iterator<Item = (usize, Severity)> {
        let Counts { errors, warnings, notes } = self.counts;
        let all = [(errors, Severity::Error), (warnings, Severity::Warning), (notes, Severity::Note)];
        all.into_iter().filter(|(_, weight)| *weight <= self.least)
    }
}

/// Lines as `diff -u` marks them.
fn unified<S: serde::Serializer>(lines: &drift::Lines, to: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Unified {
        state: &'static str,
        lines: Vec<String>,
        more: usize,
    }
    let none = |state| Unified { state, lines: Vec::new(), more: 0 };
    let unified = match lines {
        drift::Lines::None => none("none"),
        drift::Lines::Withheld => none("withheld"),
        drift::Lines::TooMany => none("too-many"),
        drift::Lines::Shown(lines, more) => Unified {
            state: "shown",
            lines: lines.iter().map(|line| format!("{}{}", line.side.mark(), line.text)).collect(),
            more: *more,
        },
    };
    unified.serialize(to)
}
