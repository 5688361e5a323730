//! Verdicts → findings and settings that are not emitted. One mistake gives one finding: what a payload's keys have in common is
//! said once, with the keys listed.

use super::rule::Verdict;
use super::{Dropped, Judged, allowance};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::gather::Arrange;
use crate::setting::{Address, Leaf, Role, Setting};
use crate::source::Span;

/// Reports every verdict, and keeps the settings that the group's devices take.
pub(super) fn keep_what_can_be_taken<'c>(
    judged: Vec<Judged<'c>>,
    dropped: &mut Vec<Dropped>,
    found: &mut Diagnostics,
) -> Vec<Judged<'c>> {
    let mut report = Report::default();
    let mut kept = Vec::new();
    for mut one in judged {
        allowance::apply(&mut one);
        let code = one.cannot_take();
        // A device that does not know a setting has nothing to relax.
        if code.is_some() && one.setting.role() == Role::Relaxing {
            continue;
        }
        for verdict in &one.verdicts {
            match verdict {
                Verdict::CannotTake(finding) => {
                    report.add(&one.setting, finding.clone().severity(weight(&one.setting)))
                }
                Verdict::Wrong(finding) | Verdict::Remark(finding) => report.add(&one.setting, finding.clone()),
            }
        }
        match code {
            Some(code) => dropped.push(Dropped { setting: one.setting, code }),
            None => {
                one.verdicts.retain(|verdict| matches!(verdict, Verdict::Wrong(_)));
                kept.push(one);
            }
        }
    }
    report.into(found);
    kept
}

/// What a setting that is not emitted means: its control is in force without a helping one, and nothing else is (language.md §6.5).
fn weight(setting: &Setting) -> Severity {
    match setting.role() {
        Role::Raw | Role::Carrying => Severity::Error,
        Role::Helping | Role::Relaxing => Severity::Warning,
    }
}

/// Findings on their way to the sink, those that say the same together.
#[derive(Default)]
pub(super) struct Report {
    groups: Vec<Group>,
}

struct Group {
    finding: Diagnostic,
    /// The message with a hole where the key's name stands.
    pattern: String,
    owner: Address,
    entry: Span,
    keys: Vec<String>,
}

const HOLE: &str = "`\u{0}`";

impl Report {
    /// Adds a finding on a setting, with who asked for it.
    pub(super) fn add(&mut self, setting: &Setting, finding: Diagnostic) {
        let key = key_name(&setting.address);
        let entry = setting.origins.first().map_or(setting.span, |origin| origin.entry);
        let pattern = match &key {
            Some(key) => finding.message.replacen(&format!("`{key}`"), HOLE, 1),
            None => finding.message.clone(),
        };
        let finding = with_history(setting, finding);
        let owner = Address { leaf: Leaf::Node, ..setting.address.clone() };
        let same = self.groups.iter_mut().find(|group| {
            let one_place = group.finding.place == finding.place || (!pattern.contains(HOLE) && group.entry == entry);
            one_place
                && group.pattern == pattern
                && group.owner == owner
                && finding.fix.is_none()
                && alike(&group.finding, &finding)
        });
        match same {
            Some(group) => {
                group.keys.extend(key);
                let new = finding.also.into_iter().filter(|label| !group.finding.also.contains(label));
                let new: Vec<_> = new.collect();
                group.finding.also.extend(new);
            }
            None => self.groups.push(Group { finding, pattern, owner, entry, keys: key.into_iter().collect() }),
        }
    }

    /// Hands everything over.
    pub(super) fn into(self, found: &mut Diagnostics) {
        for mut group in self.groups {
            group.keys.arrange();
            group.keys.dedup();
            if group.keys.len() > 1 && group.pattern.contains(HOLE) {
                group.finding.message = group.pattern.replacen(HOLE, &list(&group.keys), 1);
            }
            found.push(group.finding);
        }
    }
}

fn alike(a: &Diagnostic, b: &Diagnostic) -> bool {
    a.fix.is_none() && (a.code, a.severity, &a.help) == (b.code, b.severity, &b.help)
}

/// The last part of an address, as it prints.
fn key_name(address: &Address) -> Option<String> {
    match &address.leaf {
        Leaf::Keys(keys) if keys.is_empty() => None,
        Leaf::Keys(keys) => Some(keys.join(".")),
        Leaf::AdmxElement(id) => Some(id.clone()),
        Leaf::Node | Leaf::AdmxState => None,
    }
}

fn list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => quoted.join(""),
    }
}

/// The finding with the entry and the clauses that are behind the setting.
fn with_history(setting: &Setting, finding: Diagnostic) -> Diagnostic {
    let Some(origin) = setting.origins.first() else { return finding };
    let place = match &finding.place {
        crate::diagnostic::Place::Source(span) => *span,
        crate::diagnostic::Place::Artefact { .. } => return finding,
    };
    let mut finding = finding;
    if !covers(origin.entry, place) {
        let text = match &origin.control {
            Some(control) => format!("`{control}` sets it here"),
            None => "written here".to_owned(),
        };
        finding = finding.also(origin.entry, text);
    }
    for (clause, span) in &origin.clauses {
        if covers(*span, place) {
            if finding.label.is_empty() {
                finding = finding.label(format!("for clause {clause}"));
            }
        } else {
            finding = finding.also(*span, format!("clause {clause} asks for it"));
        }
    }
    finding
}

fn covers(outer: Span, inner: Span) -> bool {
    outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end
}

#[cfg(test)]
mod tests {
    use super::super::Rules;
    use super::super::sample::run;
    use super::*;
    use crate::diagnostic::Code;

    fn check(entry: &str, expected: &[(Severity, Code, &str)], dropped: usize) {
        let run = run(Rules::all(), &format!("group: {{ platform: iOS, os: '18.0' }}\nsettings:\n  - {entry}\n"));
        let found: Vec<(Severity, Code, &str)> =
            run.found.iter().map(|finding| (finding.severity, finding.code, finding.message.as_str())).collect();
        assert_eq!(found, expected);
        assert_eq!(run.checked.dropped().len(), dropped);
    }

    const TWO: &str = "payload: com.apple.applicationaccess, keys: { allowAppInstallation: false, allowiTunes: false }";
    const MESSAGE: &str = "only supervised devices take `allowAppInstallation` of `com.apple.applicationaccess`";

    #[test]
    fn what_a_group_cannot_take_is_dropped_and_weighs_what_it_is_to_its_control() {
        let one = "payload: com.apple.applicationaccess, keys: { allowAppInstallation: false }";
        let supervision = |severity| [(severity, Code::NeedsSupervision, MESSAGE)];
        check(&format!("{{ {one} }}"), &supervision(Severity::Error), 1);
        check(&format!("{{ control: apps, {one} }}"), &supervision(Severity::Error), 1);
        check(&format!("{{ control: apps, helping: true, {one} }}"), &supervision(Severity::Warning), 1);
    }

    #[test]
    fn keys_at_places_of_their_own_have_findings_of_their_own() {
        let other = MESSAGE.replace("allowAppInstallation", "allowiTunes");
        let both = [
            (Severity::Error, Code::NeedsSupervision, MESSAGE),
            (Severity::Error, Code::NeedsSupervision, other.as_str()),
        ];
        check(&format!("{{ {TWO} }}"), &both, 2);
    }

    #[test]
    fn what_holds_for_a_whole_payload_is_said_once() {
        let entry = "{ payload: com.apple.MCX, keys: { DisableGuestAccount: true, EnableGuestAccount: false } }";
        check(entry, &[(Severity::Error, Code::NotOnPlatform, "iOS has no `com.apple.MCX`")], 2);
    }

    #[test]
    fn what_a_control_writes_at_one_place_is_one_finding_that_lists_its_keys() {
        let setting = |key: &str| {
            let address = Address {
                family: crate::setting::Family::Profile,
                channel: crate::setting::Channel::Device,
                owner: "com.example".into(),
                instance: None,
                leaf: Leaf::Keys(vec![key.into()]),
            };
            Setting::found(address, crate::setting::Value::Boolean(true))
        };
        let mut report = Report::default();
        for key in ["b", "a", "c"] {
            let finding = Diagnostic::new(Code::TooNew, Span::NOWHERE, format!("iOS 26 is the first with `{key}`"));
            report.add(&setting(key), finding);
        }
        let mut found = Diagnostics::default();
        report.into(&mut found);
        let messages: Vec<&str> = found.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(messages, ["iOS 26 is the first with `a`, `b` and `c`"]);
    }
}
