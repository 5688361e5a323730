//! Exports of Intune's that go back into a console: each importer has a dialect of its own (windows.md §4.4; failure-modes B30), and a
//! policy of a template refers to one by an id that the service gives up with the template's version (B31).

use super::{File, FileRule, quoted_at};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::reader::{Kind, Reading};
use crate::source::Span;

pub(crate) const RULE: FileRule =
    FileRule { codes: &[Code::ServerRefuses, Code::DoubtfulDelivery], explain: None, run };

/// The consumer that is the portal's import, and where to bring what it does not take.
const PORTAL: &str = "intune-portal";
const ELSEWHERE: &str = "IntuneManagement, IntuneCD and Graph take it as it is";

fn run(file: &File<'_>) -> Vec<Diagnostic> {
    let reading = file.reading;
    let is_intunes =
        matches!(reading.kind, Kind::Catalogued | Kind::Custom | Kind::Ring | Kind::Compliance | Kind::Carrier);
    if !is_intunes {
        return Vec::new();
    }
    let mut found = Vec::new();
    if file.options.server.is_some_and(|server| server.name == PORTAL) {
        found.extend(refused(reading).map(|(cause, cure)| {
            Diagnostic::new(Code::ServerRefuses, Span::NOWHERE, format!("the portal's import {cause}")).help(cure)
        }));
    }
    if let Some(family) = &reading.envelope.template {
        let message = format!(
            "the policy follows a template (`{family}`): an import names its version, and is answered with 400 once the service has \
             given that up"
        );
        let severity = if file.options.server.is_some() { Severity::Warning } else { Severity::Note };
        let finding = Diagnostic::new(Code::DoubtfulDelivery, quoted_at(file.readings, reading, family), message);
        let cure =
            "export it anew before it is imported, or write it without `templateReference` (`templateFamily`: `none`)";
        found.push(finding.severity(severity).help(cure));
    }
    found
}

/// Why the portal does not take a file, and what to do.
fn refused(reading: &Reading) -> Option<(String, String)> {
    if reading.kind != Kind::Catalogued {
        let cause = format!("takes policies of the settings catalogue alone, and this is a {}", reading.kind.word());
        return Some((cause, ELSEWHERE.to_owned()));
    }
    if reading.name.ends_with(']') {
        let cause = "takes one policy a file, and this one has a list".to_owned();
        return Some((cause, "write each policy to a file of its own".to_owned()));
    }
    let cause = "takes no policies of endpoint security, which follow a template".to_owned();
    reading.envelope.template.as_ref().map(|_| (cause, ELSEWHERE.to_owned()))
}
