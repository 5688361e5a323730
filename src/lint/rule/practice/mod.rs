//! What devices do and no vendor's schema says: rows of data, each with the failure-mode that it is about and its source (A17, B12, B13,
//! B16, B33). A row for some devices only is a note where nobody says which devices there are.

use super::{File, FileRule};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::Devices;
use crate::reader::{How, Item};
use crate::setting::{Enrolment, OsVersion, Platform, Setting, Value};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::sync::OnceLock;

pub(crate) const RULE: FileRule = FileRule {
    codes: &[Code::SideEffect, Code::Removed, Code::DependencyUnmet, Code::ForbiddenUnderEnrolment],
    explain: None,
    run,
};

const ROWS: &str = include_str!("../../data/practice.json");

/// One fact.
struct Row {
    /// The payload type or LocURI, in small letters; what begins so, where a `*` ends it.
    owner: String,
    /// What its value holds, where not any value counts.
    value: Option<String>,
    platform: Platform,
    from: Option<OsVersion>,
    enrolment: Option<Enrolment>,
    code: Code,
    severity: Severity,
    message: String,
    help: String,
}

fn rows() -> &'static [Row] {
    static READ: OnceLock<Vec<Row>> = OnceLock::new();
    READ.get_or_init(|| {
        let list: Json = serde_json::from_str(ROWS).unwrap_or_default();
        list.as_array().into_iter().flatten().filter_map(row).collect()
    })
}

fn row(json: &Json) -> Option<Row> {
    let text = |name: &str| json.get(name).and_then(Json::as_str);
    Some(Row {
        owner: text("owner")?.to_lowercase(),
        value: text("value").map(str::to_owned),
        platform: Platform::named(text("platform")?)?,
        from: text("from").and_then(OsVersion::parse),
        enrolment: text("enrolment").and_then(Enrolment::named),
        code: Code::named(text("code")?)?,
        severity: match text("severity")? {
            "error" => Severity::Error,
            "warning" => Severity::Warning,
            _ => Severity::Note,
        },
        message: text("message")?.to_owned(),
        help: text("help")?.to_owned(),
    })
}

fn run(file: &File<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut said: BTreeSet<usize> = BTreeSet::new();
    let is_set = |item: &&Item| !matches!(item.how, How::Observed { .. });
    let owners = file.reading.items.chunk_by(|one, next| one.setting.address.owner == next.setting.address.owner);
    for of_one in owners {
        let owner = folded(&of_one[0].setting.address.owner);
        let own: Vec<(usize, &Row)> = rows().iter().enumerate().filter(|(_, row)| is_its(row, &owner)).collect();
        for item in of_one.iter().filter(is_set) {
            for (n, row) in own.iter().filter(|(_, row)| is_about(row, &item.setting)) {
                let Some(severity) = weight(row, &file.options.devices).filter(|_| said.insert(*n)) else { continue };
                let finding = Diagnostic::new(row.code, item.setting.span, row.message.as_str()).severity(severity);
                found.push(finding.help(row.help.as_str()));
            }
        }
    }
    found
}

/// `./Vendor` is `./Device/Vendor`, and letter case does not count.
fn folded(owner: &str) -> String {
    let folded = owner.to_lowercase();
    match folded.strip_prefix("./vendor/") {
        Some(rest) => format!("./device/vendor/{rest}"),
        None => folded,
    }
}

fn is_its(row: &Row, owner: &str) -> bool {
    match row.owner.strip_suffix('*') {
        Some(start) => owner.starts_with(start),
        None => owner == row.owner,
    }
}

fn is_about(row: &Row, setting: &Setting) -> bool {
    row.value.as_ref().is_none_or(|value| holds(&setting.value, value))
}

fn holds(value: &Value, wanted: &str) -> bool {
    let is_it =
        |text: &str| text.split(['\u{F000}', ',', ';']).any(|part| part.trim().trim_start_matches('*') == wanted);
    match value {
        Value::Text(text) => is_it(&text.replace("&#xF000;", ",")),
        Value::Array(items) => items.iter().any(|item| holds(&item.value, wanted)),
        _ => false,
    }
}

/// What a row weighs for these devices; none where it is not about any of them.
fn weight(row: &Row, devices: &[Devices]) -> Option<Severity> {
    let is_bound = row.from.is_some() || row.enrolment.is_some();
    let own: Vec<&Devices> = devices.iter().filter(|devices| devices.platform == row.platform).collect();
    if own.is_empty() {
        return Some(if is_bound { row.severity.max(Severity::Note) } else { row.severity });
    }
    let one = |devices: &&Devices| {
        let os = row.from.as_ref().map(|from| devices.os.as_ref().map(|os| os >= from));
        let enrolment = row.enrolment.map(|wanted| devices.enrolment.map(|enrolment| enrolment == wanted));
        let facts = [os, enrolment].into_iter().flatten();
        match facts.clone().any(|fact| fact == Some(false)) {
            true => None,
            false if facts.clone().any(|fact| fact.is_none()) => Some(row.severity.max(Severity::Note)),
            false => Some(row.severity),
        }
    };
    own.iter().filter_map(one).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_says_where_it_is_from() {
        let list: Vec<Json> = serde_json::from_str(ROWS).unwrap();
        assert_eq!(rows().len(), list.len());
        for row in &list {
            assert!(row["source"].as_str().is_some_and(|source| !source.is_empty()), "{row}");
            assert!(RULE.codes.contains(&Code::named(row["code"].as_str().unwrap()).unwrap()), "{row}");
        }
    }

    #[test]
    fn a_row_weighs_what_is_known_of_the_devices() {
        let check = |row: usize, devices: &[&str], expected: Option<Severity>| {
            let devices: Vec<Devices> = devices.iter().map(|text| Devices::parse(text).unwrap()).collect();
            assert_eq!(weight(&rows()[row], &devices), expected, "{devices:?}");
        };
        check(0, &[], Some(Severity::Note));
        check(0, &["macOS 15.7 manual"], Some(Severity::Error));
        check(0, &["macOS 15.6 manual"], None);
        check(0, &["macOS 26 device"], None);
        check(0, &["macOS 26"], Some(Severity::Note));
        check(0, &["macOS 15.7 device", "macOS 15.7 manual"], Some(Severity::Error));
        check(1, &[], Some(Severity::Warning));
    }
}
