//! One file against one consumer: whatever would make it refuse the file, or take something else than is meant.

use super::{Consumer, Kind, Reserved, declaration, profile, syncml};
use crate::diagnostic::Code;
use std::ops::Range;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// An Apple configuration profile.
    Mobileconfig,
    /// An Apple declaration.
    Declaration,
    /// A Windows SyncML fragment.
    Syncml,
    /// Intune's JSON.
    Intune,
}

impl Form {
    /// As the data calls it.
    pub fn word(self) -> &'static str {
        match self {
            Form::Mobileconfig => "mobileconfig",
            Form::Declaration => "declaration",
            Form::Syncml => "syncml",
            Form::Intune => "intune",
        }
    }
}

/// One file.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Its path.
    pub path: &'a str,
    /// Its form.
    pub form: Form,
    /// Its bytes, not signed.
    pub bytes: &'a [u8],
}

impl File<'_> {
    /// Its name without what its form adds: what consoles show where the file says no name itself.
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(self.path);
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }
}

/// One thing that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What kind of fault.
    pub code: Code,
    /// Payload type, declaration type or LocURI that it is about; empty for the file as a whole.
    pub owner: String,
    /// The key in it, where only some of its keys are concerned.
    pub keys: Vec<String>,
    /// The cause.
    pub cause: String,
    /// The cure.
    pub cure: String,
    /// Where in the file it stands, in bytes, where that is known.
    pub at: Option<Range<usize>>,
    /// The row that says so, for what is kept.
    pub reserved: Option<&'static Reserved>,
}

impl Refusal {
    /// Something about the file that the consumer does not take.
    pub(super) fn whole(cause: impl Into<String>, cure: impl Into<String>) -> Refusal {
        Refusal::at("", cause, cure)
    }

    /// Something in it that the consumer does not take.
    pub(super) fn at(owner: &str, cause: impl Into<String>, cure: impl Into<String>) -> Refusal {
        Refusal {
            code: Code::ServerRefuses,
            owner: owner.to_owned(),
            keys: Vec::new(),
            cause: cause.into(),
            cure: cure.into(),
            at: None,
            reserved: None,
        }
    }
}

impl Consumer {
    /// What this consumer has against a file; empty where it takes the file as it is.
    pub fn refusals(&'static self, file: &File<'_>) -> Vec<Refusal> {
        let word = file.form.word();
        if !self.takes.iter().any(|taken| taken == word) {
            let forms: Vec<String> = self.takes.iter().map(|form| format!("`{form}`")).collect();
            let cause = format!("{} takes no `{word}` files", self.title);
            return vec![Refusal::whole(
                cause,
                format!("deliver the group in a form that it takes: {}", forms.join(", ")),
            )];
        }
        let mut found = Vec::new();
        if let Some(most) = self.bytes.filter(|most| file.bytes.len() > *most) {
            let cause = format!("the file has {} bytes, and {} takes {most}", file.bytes.len(), self.title);
            found.push(Refusal::whole(cause, "part it: `bundle` and `profile` decide how many files there are"));
        }
        if file.bytes.trim_ascii().is_empty() {
            found.push(Refusal::whole(
                format!("the file is empty, and {} takes none such", self.title),
                "leave the file out",
            ));
            return found;
        }
        found.extend(match file.form {
            Form::Mobileconfig => profile::refusals(self, file),
            Form::Declaration => declaration::refusals(self, file),
            Form::Syncml => syncml::refusals(self, file),
            Form::Intune => Vec::new(),
        });
        found
    }

    /// The row that keeps something for the consumer; `keys` are the keys of a payload.
    pub fn reserved<'k>(
        &'static self,
        kind: Kind,
        name: &str,
        mut keys: impl Iterator<Item = &'k str>,
    ) -> Option<&'static Reserved> {
        let same = |row: &&Reserved| match row.kind {
            Kind::Uri => kind == Kind::Uri && holds(name, &row.matches),
            _ => row.kind == kind && row.matches == name,
        };
        let row = self.reserves.iter().find(same)?;
        (row.keys.is_empty() || keys.any(|key| row.keys.iter().any(|kept| kept == key))).then_some(row)
    }

    /// The refusal of what the consumer keeps.
    pub(super) fn keeps(&self, row: &'static Reserved, owner: &str) -> Refusal {
        let cause = format!("{} keeps `{}` for itself: {}", self.title, row.matches, row.what);
        let cure = match (&row.option, row.kind) {
            (Some(option), _) => {
                format!("set `{option}` in the console instead; `release --layout` leaves the file out and says so")
            }
            (None, Kind::Identifier | Kind::Name) => "give the profile another name".to_owned(),
            (None, _) => "ask for it in another way, or leave it to another server".to_owned(),
        };
        let code =
            if matches!(row.kind, Kind::Identifier | Kind::Name) { Code::ServerRefuses } else { Code::ServerReserves };
        Refusal { code, keys: row.keys.clone(), reserved: Some(row), ..Refusal::at(owner, cause, cure) }
    }

    /// A name that the console would show, against those that it keeps.
    pub(super) fn name_refused(&'static self, name: &str) -> Option<Refusal> {
        self.reserved(Kind::Name, name, std::iter::empty()).map(|row| self.keeps(row, ""))
    }
}

/// Whether a LocURI holds this, as a substring: that is how the server looks. Windows does not tell cases apart.
fn holds(uri: &str, part: &str) -> bool {
    uri.to_ascii_lowercase().contains(&part.to_ascii_lowercase())
}

/// The beginning of a text, for messages.
pub(super) fn shown(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}
