//! Two releases of the catalogue for the terminal: what touches the project's settings first and whole, then the rest by what became of
//! it, a line each and one for each field.

use policyc::catalogue::change::{Bearing, Change, Field, Touched, What};
use policyc::diagnostic::render::{Style, styled};
use policyc::report::release::{Compared, Side, asks, message, settings};

/// Characters of a value that are shown.
const WIDTH: usize = 160;
/// Changes of one kind that touch nothing here; `--json` has all.
const MOST: usize = 200;

/// The whole comparison.
pub(super) fn text(compared: &Compared<'_>) -> String {
    let mut text = String::new();
    let touching: Vec<_> = compared.changes.iter().filter(|(_, touched)| !touched.is_empty()).collect();
    if !touching.is_empty() {
        text.push_str(&format!("{}\n", styled(Style::Strong, "what settings of this project stand on")));
    }
    for (change, touched) in touching {
        push(change, hardest(touched), &mut text);
        for line in settings(compared, change, touched) {
            text.push_str(&format!("      {}\n", styled(Style::Plain, &line)));
        }
    }
    for (what, word) in What::WORDS {
        let of = |(change, touched): &&(Change, Vec<Touched<'_>>)| change.what == what && touched.is_empty();
        let own: Vec<_> = compared.changes.iter().filter(of).collect();
        if own.is_empty() {
            continue;
        }
        let title = if compared.touching() > 0 { format!("{word}, and set nowhere here") } else { word.to_owned() };
        text.push_str(&format!("{}\n", styled(Style::Strong, &title)));
        own.iter().take(MOST).for_each(|(change, _)| push(change, None, &mut text));
        if own.len() > MOST {
            let more = format!("  … and {} more; `--json` has all\n", own.len() - MOST);
            text.push_str(&more);
        }
    }
    head(compared).iter().for_each(|line| text.push_str(&format!("{}\n", styled(Style::Plain, line))));
    text.push_str(&stops(compared));
    text
}

/// What came of the comparison: how much differs, and between what.
pub(super) fn head(compared: &Compared<'_>) -> Vec<String> {
    let side = |side: &Side| match side.releases.as_slice() {
        [] => side.name.clone(),
        releases => format!("{} ({})", side.name, releases.join("; ")),
    };
    let sides = format!("from {} to {}", side(&compared.before), side(&compared.after));
    [compared.summary(), sides]
        .into_iter()
        .chain(compared.remarks.iter().map(|remark| format!("note: {remark}")))
        .collect()
}

fn hardest(touched: &[Touched<'_>]) -> Option<Bearing> {
    touched.iter().map(|one| one.bearing).min()
}

fn push(change: &Change, hardest: Option<Bearing>, text: &mut String) {
    let style = match hardest {
        Some(Bearing::Narrower | Bearing::Different) => Style::Error,
        _ => Style::Plain,
    };
    text.push_str(&format!("  {}\n", styled(style, &cut(&message(change)))));
    change.fields.iter().for_each(|one| field(one, text));
}

fn field(field: &Field, text: &mut String) {
    let side = |value: &Option<String>| match value.as_deref() {
        None => "nothing".to_owned(),
        // Microsoft deprecates some nodes without a build.
        Some("") => "(empty)".to_owned(),
        Some(value) => cut(value),
    };
    let values = match (field.field.rsplit_once(", "), &field.before, &field.after) {
        (Some((_, "gone")), Some(one), None) | (Some((_, "new")), None, Some(one)) => cut(one),
        _ => format!("{} → {}", side(&field.before), side(&field.after)),
    };
    let asks = asks(field).map_or_else(String::new, |asks| format!(" ({asks})"));
    text.push_str(&format!("      {}\n", styled(Style::Plain, &format!("{}: {values}{asks}", field.field))));
}

fn stops(compared: &Compared<'_>) -> String {
    let mut text = String::new();
    for (change, touched) in &compared.changes {
        let reasons: Vec<&str> = compared.reasons(touched).into_iter().map(|reason| reason.word()).collect();
        if !reasons.is_empty() {
            let line = format!("{} ({})", change.name, reasons.join(", "));
            text.push_str(&format!("  {}\n", styled(Style::Plain, &line)));
        }
    }
    if text.is_empty() { text } else { format!("{}\n{text}", styled(Style::Error, "stopped by --fail-on:")) }
}

/// A value on one line, of a length that a terminal shows.
fn cut(value: &str) -> String {
    let line: String = value.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= WIDTH {
        return line;
    }
    format!("{}…", line.chars().take(WIDTH).collect::<String>())
}
