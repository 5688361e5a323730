//! Differences from what is approved, for people and as data: the settings first, each with who asked for it, then the lines.

use super::origin::Reason;
use super::terminal::{Style, styled};
use policyc::diagnostic::render::Lines;
use policyc::drift::{self, Change, Difference, Kind, Side};
use serde::Serialize;

/// One file that is not as approved, as data.
#[derive(Debug, Serialize)]
pub(crate) struct Data {
    path: String,
    code: &'static str,
    /// `missing`, `unexpected`, `settings`, `identity`, `cosmetic`, `unreadable`.
    kind: &'static str,
    message: String,
    settings: Vec<SettingData>,
    identities: Vec<IdentityData>,
    /// What the approved file holds beside settings.
    residue: Vec<String>,
}

#[derive(Debug, Serialize)]
struct SettingData {
    address: String,
    before: Option<String>,
    after: Option<String>,
    because: Vec<Reason>,
    /// The code of the finding that keeps it out.
    dropped: Option<&'static str>,
    /// Exceptions in force for the group of a setting that nothing asks for any more.
    exceptions: Vec<String>,
}

#[derive(Debug, Serialize)]
struct IdentityData {
    key: String,
    before: Option<String>,
    after: Option<String>,
}

/// The difference as data.
pub(crate) fn data(difference: &Difference, lines: &Lines<'_>) -> Data {
    let setting = |change: &Change| SettingData {
        address: change.address.to_string(),
        before: change.before.clone(),
        after: change.after.clone(),
        because: change.origins.iter().map(|origin| Reason::of(origin, lines)).collect(),
        dropped: change.dropped.map(|code| code.name()),
        exceptions: change.exceptions.iter().map(|(id, _)| id.clone()).collect(),
    };
    let identity = |(key, before, after): &(String, Option<String>, Option<String>)| IdentityData {
        key: key.clone(),
        before: before.clone(),
        after: after.clone(),
    };
    Data {
        path: difference.path.clone(),
        code: difference.kind.code().name(),
        kind: difference.kind.word(),
        message: difference.message(),
        settings: difference.changes.iter().map(setting).collect(),
        identities: difference.identities.iter().map(identity).collect(),
        residue: difference.residue.iter().map(|(place, what)| format!("{place}: {what}")).collect(),
    }
}

/// The difference for people.
pub(crate) fn text(difference: &Difference, lines: &Lines<'_>) -> String {
    let head = format!("error[{}]:", difference.kind.code());
    let mut text = format!("{} {}\n", styled(Style::Error, &head), styled(Style::Strong, &difference.message()));
    for change in &difference.changes {
        push_change(&mut text, change, lines);
    }
    for (key, before, after) in &difference.identities {
        let arrow = format!("{} → {}", side(before), side(after));
        text.push_str(&format!("  identity, {}: {}\n", styled(Style::Plain, key), styled(Style::Plain, &arrow)));
    }
    for (place, what) in &difference.residue {
        text.push_str(&format!("  approved, and no setting: {}\n", styled(Style::Plain, &format!("{place}: {what}"))));
    }
    if !matches!(difference.kind, Kind::Missing | Kind::Unexpected(_)) {
        push_lines(&mut text, &difference.lines);
    }
    text.push('\n');
    text
}

fn push_change(text: &mut String, change: &Change, lines: &Lines<'_>) {
    let value = format!("{} → {}", side(&change.before), side(&change.after));
    let address = change.address.to_string();
    text.push_str(&format!("  {}: {}\n", styled(Style::Strong, &address), styled(Style::Plain, &value)));
    let mut because: Vec<String> = change.origins.iter().flat_map(|origin| Reason::of(origin, lines).lines()).collect();
    match change.dropped {
        Some(code) => because.push(format!("left out: {code} (`policyc explain {code}`)")),
        None if change.after.is_none() => because.push("nothing asks for it".to_owned()),
        None => {}
    }
    because.extend(change.exceptions.iter().map(|(id, clauses)| {
        let clauses: Vec<String> = clauses.iter().map(ToString::to_string).collect();
        format!("exception {id} is in force here, on {}", clauses.join(", "))
    }));
    for line in because {
        text.push_str(&format!("      {}\n", styled(Style::Dim, &line)));
    }
}

fn push_lines(text: &mut String, lines: &drift::Lines) {
    let (lines, more) = match lines {
        drift::Lines::None => return,
        drift::Lines::Withheld => {
            text.push_str("  the lines are withheld: they hold a secret\n");
            return;
        }
        drift::Lines::TooMany => {
            text.push_str("  too many lines differ to show them\n");
            return;
        }
        drift::Lines::Shown(lines, more) => (lines, *more),
    };
    text.push_str("  approved (-) and produced (+):\n");
    for line in lines {
        let (mark, style) = match line.side {
            Side::Header => ("", Style::Dim),
            Side::Both => (" ", Style::Plain),
            Side::Before => ("-", Style::Removed),
            Side::After => ("+", Style::Added),
        };
        text.push_str(&format!("    {}\n", styled(style, &format!("{mark}{}", line.text))));
    }
    if more > 0 {
        text.push_str(&format!("    … and {more} more lines\n"));
    }
}

fn side(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("not set")
}
