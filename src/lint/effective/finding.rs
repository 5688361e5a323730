//! What is said of a place where several files meet: once for all audiences that it holds for, with both places.

use super::outcome::{COMBINED, MOST_SECURE, Outcome, contradicts};
use super::reach::Sure;
use super::unit::{Holder, Unit};
use super::way::Way;
use super::{Meeting, Run};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Label, Place, Severity};
use crate::reader::{Kind, Reading};
use crate::setting::Family;
use crate::source::Span;
use std::collections::BTreeMap;

/// Audiences that a finding names.
const SHOWN: usize = 3;

/// What makes two findings one: their places.
type Same = (Place, Vec<Label>, Code);

/// What was found, each with its audiences.
#[derive(Default)]
pub(super) struct Findings {
    found: BTreeMap<Same, (Diagnostic, Vec<String>)>,
}

impl Findings {
    /// Adds what holds for an audience; of one thing found twice the heavier stays.
    pub(super) fn add(&mut self, meeting: &Meeting<'_>, finding: Diagnostic) {
        let severity = match meeting.cell.sure {
            Sure::Stated | Sure::Filtered => finding.severity,
            Sure::Likely => finding.severity.max(Severity::Warning),
            Sure::Perhaps => Severity::Note,
        };
        self.of(&meeting.cell.name, finding.severity(severity));
    }

    pub(super) fn of(&mut self, audience: &str, finding: Diagnostic) {
        let places: Vec<Label> =
            finding.also.iter().map(|label| Label { place: label.place.clone(), text: String::new() }).collect();
        let key = (finding.place.clone(), places, finding.code);
        let (kept, audiences) = self.found.entry(key).or_insert_with(|| (finding.clone(), Vec::new()));
        if finding.severity < kept.severity {
            *kept = finding;
        }
        if !audiences.iter().any(|name| name == audience) {
            audiences.push(audience.to_owned());
        }
    }

    /// All of them, each with who it is about.
    pub(super) fn told(self) -> Diagnostics {
        let mut found = Diagnostics::default();
        for (mut finding, audiences) in self.found.into_values() {
            let mut names: Vec<String> = audiences.iter().take(SHOWN).cloned().collect();
            if audiences.len() > SHOWN {
                names.push(format!("{} more", audiences.len() - SHOWN));
            }
            finding.message = format!("{} ({})", finding.message, names.join("; "));
            found.push(finding);
        }
        found
    }

    /// What there is to say of a unit: of each file that says something after another.
    pub(super) fn unit(&mut self, meeting: &Meeting<'_>, unit: &Unit<'_>, outcome: &Outcome) {
        let is_whole = matches!(unit.way, Way::Merged(_)) && !matches!(outcome, Outcome::Open(_));
        if unit.holders.len() < 2 || is_whole || matches!(unit.way, Way::Each | Way::Once) {
            return;
        }
        // What is put together disagrees where one entry has two values.
        let is_merged = matches!(unit.way, Way::Merged(_));
        for (n, later) in unit.holders.iter().enumerate().skip(1) {
            let disagrees = |earlier: &&Holder<'_>| match is_merged {
                true => contradicts([*earlier, later]),
                false => !earlier.agrees(later),
            };
            let earlier = unit.holders[..n].iter().find(disagrees);
            let said = match earlier {
                Some(earlier) => differing(meeting, unit, outcome, [earlier, later]),
                None if is_merged => None,
                None => redundant(meeting, unit, [&unit.holders[0], later]),
            };
            said.into_iter().for_each(|finding| self.add(meeting, finding));
        }
    }
}

/// Two files that say two things.
fn differing(
    meeting: &Meeting<'_>,
    unit: &Unit<'_>,
    outcome: &Outcome,
    [earlier, later]: [&Holder<'_>; 2],
) -> Option<Diagnostic> {
    let run = meeting.run;
    let (a, b) = (earlier.shown(run), later.shown(run));
    let by_intune = [earlier, later].iter().all(|one| is_intunes(&run.readings.readings[one.reading]));
    let names = [earlier, later].map(|one| run.readings.readings[one.reading].name.as_str());
    let said = format!("`{}` is {b} in `{}` and {a} in `{}`", unit.address, names[1], names[0]);
    let intune = if by_intune { ", and Intune reports a conflict" } else { "" };
    let (code, severity, why) = match outcome {
        Outcome::Alone | Outcome::Same => return None,
        // The values are put together: nothing is lost.
        Outcome::Merged => return None,
        Outcome::Wins(n, MOST_SECURE) => {
            let Way::MostSecure(rule, _) = &unit.way else { return None };
            let winner = unit.holders[*n].shown(run);
            let why = format!("by the DDF (`{rule}`) {winner} holds{intune}");
            (Code::ConflictingValues, Severity::Error, why)
        }
        Outcome::Wins(n, COMBINED) => {
            let Way::Combined(how) = &unit.way else { return None };
            let why = format!("the device combines them by `{how}`, and {} holds", unit.holders[*n].shown(run));
            (Code::OverriddenValue, Severity::Note, why)
        }
        Outcome::Wins(n, _) => {
            let Way::Strictest(from) = &unit.way else { return None };
            (Code::OverriddenValue, Severity::Warning, format!("{} holds ({from})", unit.holders[*n].shown(run)))
        }
        Outcome::Weaker(n) => {
            let Way::Combined(how) = &unit.way else { return None };
            let why =
                format!("a device combines both by `{how}`, and the weaker {} holds", unit.holders[*n].shown(run));
            (Code::WeakerValueWins, Severity::Error, why)
        }
        Outcome::Last => {
            let why = format!("what a device receives last holds, and which that is is not defined{intune}");
            (Code::ConflictingValues, Severity::Error, why)
        }
        Outcome::Open(why) => {
            let why = format!("which of them holds is not defined ({why}){intune}");
            (Code::ConflictingValues, Severity::Error, why)
        }
    };
    // What judges devices sets nothing; and exports have values of what nobody configured.
    let severity = if unit.address.family == Family::Compliance { Severity::Note } else { severity };
    let finding = at(run, later, code, format!("{said}: {why}")).severity(severity);
    let finding = also(run, finding, earlier, format!("{a} here"));
    Some(finding.help("let one file say it to these devices: take it out of the other, or keep the audiences apart"))
}

/// Two files that say the same.
fn redundant(meeting: &Meeting<'_>, unit: &Unit<'_>, [earlier, later]: [&Holder<'_>; 2]) -> Option<Diagnostic> {
    let run = meeting.run;
    let readings = [earlier, later].map(|one| &run.readings.readings[one.reading]);
    let by_intune = readings.iter().all(|reading| is_intunes(reading));
    let (severity, why) = match unit.address.family {
        Family::Compliance | Family::Declaration => return None,
        _ if by_intune => {
            (Severity::Warning, "one of them is redundant, and Intune may call it a conflict all the same")
        }
        Family::Csp => (Severity::Warning, "one of them is redundant"),
        _ => (Severity::Note, "one of them is redundant"),
    };
    let message = format!(
        "`{}` is {} in `{}` and in `{}`: {why}",
        unit.address,
        later.shown(run),
        readings[1].name,
        readings[0].name
    );
    let finding = at(run, later, Code::DuplicateAddress, message).severity(severity);
    let finding = also(run, finding, earlier, "the same here".to_owned());
    Some(finding.help("let one file say it to these devices: who changes one of them later makes a conflict"))
}

/// Whether Intune delivers it setting by setting.
fn is_intunes(reading: &Reading) -> bool {
    matches!(reading.kind, Kind::Catalogued | Kind::Custom | Kind::Ring | Kind::Compliance)
}

fn at(run: Run<'_>, holder: &Holder<'_>, code: Code, message: String) -> Diagnostic {
    let reading = &run.readings.readings[holder.reading];
    let inside = holder.items.first().map_or("", |item| item.place.as_str());
    placed(reading, holder.span(), inside, code, message)
}

/// A finding in a text, or in an artefact that has none.
pub(in crate::lint) fn placed(reading: &Reading, span: Span, inside: &str, code: Code, message: String) -> Diagnostic {
    match span.is_somewhere() {
        true => Diagnostic::new(code, span, message),
        false => Diagnostic::in_artefact(code, reading.name.clone(), inside, message),
    }
}

fn also(run: Run<'_>, finding: Diagnostic, holder: &Holder<'_>, text: String) -> Diagnostic {
    let inside = holder.items.first().map_or("", |item| item.place.as_str());
    also_at(finding, &run.readings.readings[holder.reading], holder.span(), inside, text)
}

/// The other place, wherever it is.
pub(in crate::lint) fn also_at(
    mut finding: Diagnostic,
    reading: &Reading,
    span: Span,
    inside: &str,
    text: String,
) -> Diagnostic {
    let place = match span.is_somewhere() {
        true => Place::Source(span),
        false => Place::Artefact { path: reading.name.clone(), inside: inside.to_owned() },
    };
    finding.also.push(Label { place, text });
    finding
}
