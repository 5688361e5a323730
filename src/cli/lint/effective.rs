//! `--effective`: who gets which files, and what holds for each audience.

use super::super::failure::Failure;
use super::super::gathering::{self, Listed};
use super::super::session::many;

use policyc::diagnostic::Diagnostics;
use policyc::lint::effective::{Audience, Effective, Held, Scope, is_map};
use policyc::source::Content;
use serde_json::{Value, json};
use std::path::PathBuf;

/// What `--group` names: maps, and files of one group. Those that are among the files already are not listed twice.
pub(super) fn scope(paths: &[PathBuf], files: &mut Vec<Listed>, found: &mut Diagnostics) -> Result<Scope, Failure> {
    let mut scope = Scope::default();
    for (name, file) in gathering::list(paths, found)? {
        let is_map =
            matches!(gathering::content(&file), Content::Bytes(bytes) if std::str::from_utf8(&bytes).is_ok_and(is_map));
        if is_map { &mut scope.maps } else { &mut scope.together }.push(name.clone());
        if !files.iter().any(|(other, _)| *other == name) {
            files.push((name, file));
        }
    }
    Ok(scope)
}

/// What holds for each audience, for people.
pub(super) fn table(effective: &Effective) -> String {
    let mut text = String::new();
    for audience in &effective.audiences {
        let doubt = if audience.is_known { "" } else { ", if one device gets all of them" };
        let files = many(audience.files.len(), "file");
        let settings = many(audience.settings.len(), "setting");
        text.push_str(&format!("{} · {}: {files}{doubt}, {settings}\n", audience.name, audience.platform));
        audience.settings.iter().for_each(|held| text.push_str(&line(held)));
        text.push('\n');
    }
    text
}

/// `  address = value   file (stricter)`, and below it those that lose.
fn line(held: &Held) -> String {
    let value = held.value.as_deref().unwrap_or("?");
    let by = match held.by.as_slice() {
        [] => String::new(),
        [one] => format!("  {one}"),
        [first, others @ ..] => format!("  {first} and {} more", others.len()),
    };
    let why = if held.why == "alone" { String::new() } else { format!(" ({})", held.why) };
    let mut text = format!("  {} = {value}{by}{why}\n", held.address);
    for (file, value) in &held.losers {
        text.push_str(&format!("      {} {value}  {file}\n", if held.value.is_some() { "not" } else { "or" }));
    }
    text
}

/// What the ending says of it.
pub(super) fn summary(effective: &Effective) -> Vec<String> {
    let open: usize = effective
        .audiences
        .iter()
        .filter(|audience| audience.is_known)
        .map(|audience| audience.settings.iter().filter(|held| held.value.is_none()).count())
        .sum();
    let mut lines = vec![format!(
        "{}, {} of which nobody can say what holds",
        many(effective.audiences.len(), "audience"),
        many(open, "setting")
    )];
    if effective.unstated > 0 {
        let files = many(effective.unstated, "file");
        lines.push(format!(
            "{files} that do not say who gets them: what they would disagree on is a note (--notes); --group says who does"
        ));
    }
    if effective.nobody > 0 {
        lines.push(format!("{} that nobody gets", many(effective.nobody, "file")));
    }
    lines
}

/// The same for other programs.
pub(super) fn json(effective: &Effective) -> Vec<Value> {
    effective.audiences.iter().map(audience).collect()
}

fn audience(audience: &Audience) -> Value {
    json!({
        "name": audience.name,
        "platform": audience.platform.word(),
        "known": audience.is_known,
        "files": audience.files,
        "settings": audience.settings.iter().map(held).collect::<Vec<Value>>(),
    })
}

fn held(held: &Held) -> Value {
    let losers: Vec<Value> = held.losers.iter().map(|(file, value)| json!({ "file": file, "value": value })).collect();
    json!({ "address": held.address, "value": held.value, "why": held.why, "by": held.by, "losers": losers })
}
