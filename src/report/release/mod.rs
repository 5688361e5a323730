//! Two releases of the catalogue as entries, which every format prints. What touches the project's settings comes first.
//!
//! Reading order: this file, `data.rs` (what `policyc catalogue diff --json` says of its own).

mod data;

use crate::gather::{Arrange, Gather};
pub use data::{Data, data};

use crate::catalogue::Catalogue;
use crate::catalogue::change::{Bearing, Change, Field, Stop, Touched, What};
use crate::diagnostic::Severity;
use crate::diagnostic::render::{LabelText, Lines, cut};
use crate::digest::sha256;
use crate::drift;
use crate::report::model::{self, Entry};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Places that an entry names at most.
const MOST: usize = 20;
/// Hexadecimal digits of an id.
const ID: usize = 16;
/// Settings and clauses of a group that are told on its line, and characters of a value.
const FEW: usize = 8;
const WIDTH: usize = 60;

/// One side.
#[derive(Clone, Debug, Serialize)]
pub struct Side {
    /// What it is called.
    pub name: String,
    /// The vendors' releases that its files name.
    pub releases: Vec<String>,
}

/// What differs between two releases, and what that touches.
#[derive(Debug)]
pub struct Compared<'a> {
    /// The earlier side.
    pub before: Side,
    /// The later side.
    pub after: Side,
    /// Whether there was a project whose settings could be touched.
    pub has_project: bool,
    /// What differs, with the settings that each touches.
    pub changes: Vec<(Change, Vec<Touched<'a>>)>,
    /// What could not be compared, and why.
    pub remarks: Vec<String>,
    /// What a pipeline stops at.
    pub fail_on: Vec<Stop>,
    /// Which values may be shown.
    pub catalogue: &'a Catalogue,
}

impl<'a> Compared<'a> {
    /// Puts what touches settings first, then what a reviewer needs to know most.
    pub fn sort(&mut self) {
        let hardest = |touched: &[Touched<'_>]| touched.iter().map(|one| one.bearing).min();
        self.changes.arrange_by(|(a, on_a), (b, on_b)| {
            let key = |change: &Change, on: &[Touched<'_>]| (on.is_empty(), hardest(on), change.what);
            key(a, on_a).cmp(&key(b, on_b)).then_with(|| a.name.cmp(&b.name))
        });
    }

    /// Why a pipeline stops at a change.
    pub fn reasons(&self, touched: &[Touched<'_>]) -> Vec<Stop> {
        let asked: BTreeSet<Stop> = self.fail_on.iter().copied().gather();
        asked.into_iter().filter(|stop| stop.holds(touched)).collect()
    }

    /// Whether a pipeline stops.
    pub fn stops(&self) -> bool {
        self.changes.iter().any(|(_, touched)| !self.reasons(touched).is_empty())
    }

    /// How many changes touch a setting of the project.
    pub fn touching(&self) -> usize {
        self.changes.iter().filter(|(_, touched)| !touched.is_empty()).count()
    }

    /// How much differs, on one line.
    pub fn summary(&self) -> String {
        if self.changes.is_empty() {
            return "nothing differs".to_owned();
        }
        let of = |what: What| self.changes.iter().filter(|(change, _)| change.what == what).count();
        let counts = What::WORDS.iter().map(|(what, word)| (of(*what), word)).filter(|(n, _)| *n > 0);
        let counts: Vec<String> = counts.map(|(n, word)| format!("{n} {word}")).collect();
        let touched = match (self.has_project, self.touching()) {
            (false, _) => "no project is here whose settings could be touched".to_owned(),
            (true, 0) => "none touches a setting of this project".to_owned(),
            (true, n) => format!("{n} of them {} settings of this project", if n == 1 { "touches" } else { "touch" }),
        };
        format!("{}; {touched}", counts.join(", "))
    }
}

/// The change on one line.
pub fn message(change: &Change) -> String {
    let below = match (change.below, change.name.topic().word()) {
        (0, _) => String::new(),
        (n, "node") => format!(", with {n} below it"),
        (n, _) => format!(", with {n} key{}", if n == 1 { "" } else { "s" }),
    };
    let said = match change.what {
        What::Removed | What::Added if !change.brief.is_empty() => format!(" ({})", change.brief),
        What::Deprecated => deprecated(&change.fields),
        _ => String::new(),
    };
    format!("{} {}: {}{below}{said}", change.name.topic().word(), change.name, change.what.word())
}

/// ` from iOS 27.0, macOS 27.0`.
fn deprecated(fields: &[Field]) -> String {
    let version = |field: &Field| {
        let version = field.after.as_deref().filter(|version| !version.is_empty())?;
        Some(field.os.as_ref().map_or_else(|| version.to_owned(), |os| format!("{os} {version}")))
    };
    let said: Vec<String> =
        fields.iter().filter(|field| field.bearing == Bearing::Deprecated).filter_map(version).collect();
    if said.is_empty() { String::new() } else { format!(" from {}", said.join(", ")) }
}

/// The settings that a change touches, a line for each group: what they are set to, and by which clauses.
pub fn settings(compared: &Compared<'_>, change: &Change, touched: &[Touched<'_>]) -> Vec<String> {
    let mut by_group: BTreeMap<(&str, &str), Vec<&Touched<'_>>> = BTreeMap::new();
    for one in touched {
        by_group.entry((one.organisation, one.group)).or_default().push(one);
    }
    let line = |((organisation, group), settings): ((&str, &str), Vec<&Touched<'_>>)| {
        let own = change.name.to_string();
        let said = settings.iter().map(|one| said(&own, one, compared.catalogue));
        let asked = clauses(settings.iter().copied());
        let asked = if asked.is_empty() { String::new() } else { format!("; asked by {}", few(asked.into_iter())) };
        let fits =
            change.bearing() <= Bearing::Different && settings.iter().all(|one| one.bearing > Bearing::Different);
        let fits = if fits { ", which still fits" } else { "" };
        format!("{organisation}/{group} sets {}{fits}{asked}", few(said))
    };
    by_group.into_iter().map(line).collect()
}

/// What is set and to what; the name is left out where the change has just said it.
fn said(own: &str, one: &Touched<'_>, catalogue: &Catalogue) -> String {
    let address = one.setting.address.to_string();
    let keys = || address.strip_prefix(&one.setting.address.owner).map(|keys| keys.trim_start_matches(" · "));
    let name = match keys() {
        _ if address == own => "it",
        Some(keys) if !keys.is_empty() && own.starts_with(&one.setting.address.owner) => keys,
        _ => &address,
    };
    let value = value(one, catalogue).split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{name} to {}", cut(&value, WIDTH))
}

fn value(one: &Touched<'_>, catalogue: &Catalogue) -> String {
    drift::value(&one.setting.value, &one.setting.address, catalogue)
}

/// The first of them, and how many more there are.
fn few(all: impl ExactSizeIterator<Item = String>) -> String {
    let more = all.len().saturating_sub(FEW);
    let told: Vec<String> = all.take(FEW).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", told.join(", "))
}

fn clauses<'t, 'a: 't>(touched: impl Iterator<Item = &'t Touched<'a>>) -> Vec<String> {
    let origins = touched.flat_map(|one| &one.setting.origins);
    let all: BTreeSet<String> =
        origins.flat_map(|origin| &origin.clauses).map(|(clause, _)| clause.to_string()).gather();
    all.into_iter().collect()
}

/// Each change as an entry, for the formats that all commands share.
pub fn entries(compared: &Compared<'_>, lines: &Lines<'_>) -> Vec<Entry> {
    compared.changes.iter().map(|(change, touched)| entry(compared, (change, touched), lines)).collect()
}

fn entry(compared: &Compared<'_>, (change, touched): (&Change, &[Touched<'_>]), lines: &Lines<'_>) -> Entry {
    let hardest = touched.iter().map(|one| one.bearing).min();
    let severity = match hardest {
        _ if !compared.reasons(touched).is_empty() => Severity::Error,
        Some(Bearing::Narrower | Bearing::Different | Bearing::Deprecated) => Severity::Warning,
        _ => Severity::Note,
    };
    let groups: BTreeSet<String> = touched.iter().map(|one| format!("{}/{}", one.organisation, one.group)).gather();
    let is_hard = matches!(hardest, Some(Bearing::Narrower | Bearing::Different));
    Entry {
        id: id(change),
        code: code(change.what),
        severity,
        kind: change.what.word(),
        direction: None,
        message: message(change),
        subject: change.name.to_string(),
        groups: groups.into_iter().collect(),
        places: places(touched, lines),
        changes: change.fields.iter().map(field).collect(),
        body: settings(compared, change, touched),
        clauses: clauses(touched.iter()),
        impacts: Vec::new(),
        lines: drift::Lines::None,
        help: is_hard
            .then(|| "look at the clauses before the release is taken over: what they set may not be taken".to_owned())
            .into_iter()
            .collect(),
    }
}

/// The code of a change.
pub(super) fn code(what: What) -> &'static str {
    match what {
        What::Removed => "catalogue-removed",
        What::Deprecated => "catalogue-deprecated",
        What::Changed => "catalogue-changed",
        What::Added => "catalogue-added",
    }
}

/// What a field's difference asks of a setting, where it asks anything.
pub fn asks(field: &Field) -> Option<&'static str> {
    match field.bearing {
        // It says all by itself.
        _ if field.field.ends_with("deprecated") => None,
        Bearing::Narrower => Some("takes less than before"),
        Bearing::Different => Some("takes something else than before"),
        Bearing::Wider => Some("takes more than before"),
        Bearing::Deprecated | Bearing::Neutral => None,
    }
}

fn field(field: &Field) -> model::Change {
    model::Change {
        kind: "field",
        subject: field.field.clone(),
        before: field.before.clone(),
        after: field.after.clone(),
        direction: None,
        because: Vec::new(),
        notes: asks(field).map(str::to_owned).into_iter().collect(),
    }
}

fn places(touched: &[Touched<'_>], lines: &Lines<'_>) -> Vec<LabelText> {
    let mut places: Vec<LabelText> = Vec::new();
    for (clause, span) in touched.iter().flat_map(|one| &one.setting.origins).flat_map(|origin| &origin.clauses) {
        if places.len() == MOST {
            break;
        }
        let place = lines.place(*span);
        let same = |known: &LabelText| (&known.place.path, known.place.line) == (&place.path, place.line);
        if place.path.is_some() && !places.iter().any(same) {
            places.push(LabelText { place, text: clause.to_string() });
        }
    }
    places
}

/// What makes it this change and no other.
fn id(change: &Change) -> String {
    let mut parts = vec![
        change.name.topic().word().to_owned(),
        change.name.to_string(),
        change.what.word().to_owned(),
        change.brief.clone(),
    ];
    for field in &change.fields {
        let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "\u{1}".to_owned());
        parts.extend([field.field.clone(), side(&field.before), side(&field.after)]);
    }
    let mut id = sha256(parts.join("\u{0}").as_bytes());
    id.truncate(ID);
    id
}
