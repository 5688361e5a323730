//! Profiles of automated enrolment (Apple, "Device Assignment", Profile): one that people cannot take away from devices that are not
//! supervised, which then never sync (failure-modes A33).

use super::{File, FileRule};
use crate::diagnostic::{Code, Diagnostic};
use crate::reader::{Kind, Reading};
use crate::source::Span;
use serde_json::Value as Json;

pub(crate) const RULE: FileRule = FileRule { codes: &[Code::NeedsSupervision], explain: None, run };

const REMOVABLE: &str = "is_mdm_removable";
const SUPERVISED: &str = "is_supervised";

fn run(file: &File<'_>) -> Vec<Diagnostic> {
    if file.reading.kind != Kind::Unknown {
        return Vec::new();
    }
    let text = file.readings.sources.text(file.reading.file);
    let Some(at) = at(file.reading, text) else { return Vec::new() };
    let Ok(profile) = serde_json::from_str::<Json>(text.trim_start_matches('\u{FEFF}')) else { return Vec::new() };
    let is = |name: &str| profile.get(name).and_then(Json::as_bool);
    if is(REMOVABLE) != Some(false) || is(SUPERVISED) == Some(true) {
        return Vec::new();
    }
    let span = Span::new(file.reading.file, at + 1, at + 1 + REMOVABLE.len());
    let message =
        format!("`{REMOVABLE}` is false and `{SUPERVISED}` is not true: devices enrol with this and never sync");
    vec![
        Diagnostic::new(Code::NeedsSupervision, span, message)
            .help(format!("write `\"{SUPERVISED}\": true`, or let people remove it")),
    ]
}

/// Where a file says what such profiles alone say. There is one in a file.
pub(super) fn at(reading: &Reading, text: &str) -> Option<usize> {
    if reading.name.ends_with(']') {
        return None;
    }
    text.find(&format!("\"{REMOVABLE}\""))
}
