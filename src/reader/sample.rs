//! What tests of the readers share: a file, read and told in lines.

use super::{Given, How, Readings, read};
use crate::catalogue::Catalogue;
use crate::diagnostic::Place;
use crate::source::Span;

/// Reads a file, and holds what it says against these lines: of each reading its kind and name, then `=` a setting, `-` a node that is
/// taken back, `?` what has no value, `~` residue, `!` a fault, each with its place in the text.
pub(super) fn check(name: &str, bytes: &[u8], expected: &[&str]) {
    let all = read(&[Given { name, bytes }], &Catalogue::embedded());
    assert_eq!(told(&all), expected, "{}", String::from_utf8_lossy(bytes));
}

fn told(all: &Readings) -> Vec<String> {
    let at = |span: Span| match span.is_somewhere() {
        true => {
            let (line, column) = all.sources.line_column(span);
            format!(" @{line}:{column}")
        }
        false => String::new(),
    };
    let mut lines = Vec::new();
    for reading in &all.readings {
        let corrections: String = reading.corrections.iter().map(|one| format!(" +{}", one.word())).collect();
        lines.push(format!("{} {}{corrections}", reading.kind.word(), reading.name));
        for item in &reading.items {
            let how = match &item.how {
                How::Set => String::new(),
                How::Once => " once".to_owned(),
                How::Added => " added".to_owned(),
                How::Replaced => " replaced".to_owned(),
                How::Executed => " executed".to_owned(),
                How::Observed { by, in_force } => {
                    format!(" observed {}{}", by.as_deref().unwrap_or("-"), if *in_force { "" } else { " (set)" })
                }
            };
            let (setting, doubt) = (&item.setting, if item.doubt.is_some() { " (doubted)" } else { "" });
            lines.push(format!("= {} := {}{how}{doubt}{}", setting.address, setting.value, at(setting.span)));
        }
        lines.extend(reading.unset.iter().map(|(uri, span)| format!("- {uri}{}", at(*span))));
        lines.extend(reading.unknown.iter().map(|one| format!("? {} {:?}{}", one.name, one.why, at(one.span))));
        lines.extend(reading.residue.iter().map(|one| format!("~ {}: {}{}", one.place, one.what, at(one.span))));
        for fault in reading.faults.iter() {
            let place = match &fault.place {
                Place::Source(span) => at(*span),
                Place::Artefact { .. } => String::new(),
            };
            lines.push(format!("! {}{place}: {}", fault.code, fault.message));
        }
    }
    lines
}
