//! What devices and servers report ⇄ what people approved: missing, different, extra, unknown, superseded, setting by setting and by
//! meaning. Pure: what is approved and what is read are handed in.
//!
//! Reading order: this file (the story, and what comes of it), `approved.rs` (golden/, group by group), `owner.rs` (whose a file is),
//! `rules.rs` with `data/` (what is left out, and what a source can report), `judge.rs` (one device or server against its group),
//! `pair.rs` and `payload.rs` (Apple), `node.rs` (Windows), `same.rs` (two values of one meaning), `tally.rs` (many devices).

mod approved;
mod judge;
mod node;
mod owner;
mod pair;
mod payload;
mod rules;
mod same;
mod tally;

pub use approved::{Approved, Group};
pub use rules::{Applied, Rule, rules, sources};

use crate::catalogue::Catalogue;
use crate::compare::Judgement;
use crate::consumer::{self, Consumer};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::reader::{self, Readings};
use crate::setting::{Address, Route};
use crate::source::Span;

/// What is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    /// The group that everything is of: its place in [`Approved::groups`].
    pub group: Option<usize>,
    /// The server that they come from, where its files do not tell.
    pub server: Option<&'static Consumer>,
}

/// In what way something is not as approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It is approved, and nothing has it.
    Missing,
    /// It has another value.
    Different,
    /// Another provider decides.
    Superseded,
    /// Nobody has approved it.
    Extra,
    /// Nobody can tell.
    Unknown,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 5] = [Kind::Missing, Kind::Different, Kind::Superseded, Kind::Extra, Kind::Unknown];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Missing => "missing",
            Kind::Different => "different",
            Kind::Superseded => "superseded",
            Kind::Extra => "extra",
            Kind::Unknown => "unknown",
        }
    }

    /// The code of its findings.
    pub fn code(self) -> Code {
        match self {
            Kind::Missing => Code::ObservedMissing,
            Kind::Different => Code::ObservedDifferent,
            Kind::Superseded => Code::ObservedSuperseded,
            Kind::Extra => Code::ObservedExtra,
            Kind::Unknown => Code::ObservedUnknown,
        }
    }

    /// Whether something is known not to be as approved.
    pub fn is_drift(self) -> bool {
        self != Kind::Unknown
    }
}

/// What came of a comparison.
#[derive(Debug, Default)]
pub struct Observed {
    /// What was looked at, one by one.
    pub observations: Vec<Observation>,
    /// What is not as approved, or not known, each once however many devices have it.
    pub findings: Vec<Finding>,
    /// Names of what belongs to nobody who is approved, or to another group than the one that is asked for.
    pub passed_over: Vec<String>,
    /// How often each rule left something out.
    pub applied: Applied,
    /// What is wrong with the files themselves.
    pub found: Diagnostics,
}

/// One device, or what one server holds for one group.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The file of a device; what is looked at of a server.
    pub name: String,
    /// Its group's place in [`Approved::groups`].
    pub group: usize,
    /// Whether it is what one device reports.
    pub is_device: bool,
    /// What kind of source it is: `diagnostics-report`, `installed-profile`, `preferences`, `answers`, `server`.
    pub source: &'static str,
    /// The route whose files it is held against.
    pub route: Route,
    /// Who is taken for the server that delivers what is approved, where several are named.
    pub provider: Option<String>,
    /// The files that it is read from.
    pub files: Vec<String>,
    /// How many settings are as approved.
    pub agreed: usize,
    /// How many are not, or unknown, by [`Kind::ALL`].
    pub counts: [usize; 5],
}

/// One setting that is not as approved, or not known.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Its group's place in [`Approved::groups`].
    pub group: usize,
    /// In what way.
    pub kind: Kind,
    /// The setting; nothing for what nobody can name.
    pub address: Option<Address>,
    /// The setting as people write it, or the place of what nobody can name.
    pub subject: String,
    /// What is approved, as it may be shown.
    pub approved: Option<String>,
    /// What is there, as it may be shown.
    pub seen: Option<String>,
    /// Who decides, where another does.
    pub by: Option<String>,
    /// What else is to be said.
    pub why: Option<String>,
    /// Which way it goes from what is approved; nothing where nobody knows what is there.
    pub judgement: Option<Judgement>,
    /// The approved file, below `golden/`.
    pub file: Option<String>,
    /// Where it is seen.
    pub places: Vec<Sighting>,
    /// How many observations have the setting as approved.
    pub agreed: usize,
    /// How many observations of the group there are.
    pub of: usize,
}

/// Where something is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Its place in [`Observed::observations`].
    pub observation: usize,
    /// The file.
    pub file: String,
    /// Its place in the text, where it has one.
    pub span: Span,
    /// The place inside the artefact.
    pub inside: String,
}

/// Holds what was read against what is approved.
pub fn observe(approved: &Approved, readings: &Readings, catalogue: &Catalogue, asked: Asked) -> Observed {
    let mut observed = Observed::default();
    let all = &readings.readings;
    // A signature beside a file of its own holds no setting, whatever is wrong with it.
    for reading in all.iter().filter(|one| one.kind != reader::Kind::Unknown || one.signature.is_none()) {
        observed.found.absorb(reading.faults.clone());
    }
    let is_repository = all.iter().any(|reading| reading.kind == reader::Kind::Labels);
    let server = asked.server.or_else(|| consumer::named("fleet").filter(|_| is_repository));
    // An empty list of profiles is a list all the same.
    observed.found.retain(|finding| finding.code != Code::UnknownFormat);
    let sorted = owner::sort(all, approved, asked.group, &mut observed.found);
    observed.passed_over = sorted.passed_over.iter().map(|n| all[*n].name.clone()).collect();
    let mut verdicts = Vec::new();
    for seen in &sorted.seen {
        let (route, verdict) = judge::judge(approved, all, seen, (catalogue, server), &mut observed.applied);
        verdicts.push((seen, route, verdict));
    }
    tally::tally(approved, all, catalogue, verdicts, &mut observed);
    if observed.observations.is_empty() {
        // That it cannot be read is why nothing is known of it.
        observed.found.deny(|finding| finding.code == Code::EncryptedPayload);
    }
    if observed.observations.is_empty() && !observed.found.has_errors() {
        observed.found.push(nothing(readings, approved, asked));
    }
    observed
}

/// Nothing compared is nothing known: a pipeline whose export came out empty must not take it for an answer.
fn nothing(readings: &Readings, approved: &Approved, asked: Asked) -> Diagnostic {
    let file = readings.readings.first().map_or("what is given", |reading| approved::file_of(&reading.name));
    let (message, cure) = match (approved.groups.is_empty(), asked.group.is_some()) {
        (true, _) => (
            "nothing is approved with which it could be compared",
            "`policyc accept` approves what is produced".to_owned(),
        ),
        (false, true) => (
            "nothing in it tells of the group that is asked for",
            "give what a device or a server reports of it: an answer that is an error or `NotNow`, an empty export, or \
             what is named for another group says nothing"
                .to_owned(),
        ),
        (false, false) => {
            let groups = approved::listed(approved.groups.iter());
            (
                "nothing in it is of any group that is approved",
                format!("where it is of one all the same, say which: {groups}"),
            )
        }
    };
    Diagnostic::in_artefact(Code::UnmatchedObservation, file, "", message).help(cure)
}
