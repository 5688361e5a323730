//! What is wrong with a reference whatever else the group has: text in its place, or a type that its key does not name.

use super::{Reference, references};
use crate::check::place::at_each_place;
use crate::check::rule::{SettingRule, Subject, Verdict};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Family, Value};

/// A second rule of this page, over single settings.
pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::UnresolvedReference], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let references = references(subject.setting);
    let wrong = references.iter().filter_map(|reference| wrong_owner(subject, reference));
    literals(subject).into_iter().chain(wrong).map(Verdict::Wrong).collect()
}

/// Text where a declaration names an asset: the compiler writes the asset's identifier, and nobody else knows it.
fn literals(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let setting = subject.setting;
    if setting.address.family != Family::Declaration {
        return Vec::new();
    }
    at_each_place(subject, |place| {
        let wanted = place.refers().next().filter(|_| matches!(place.value, Value::Text(_)))?;
        let message =
            format!("`{}` of `{}` names an asset of the group, and text is none", place.path(), setting.address.owner);
        let help = format!("write `{{ $ref: {wanted}, instance: NAME }}`, and declare the asset");
        Some(Diagnostic::new(Code::UnresolvedReference, place.span, message).help(help))
    })
}

/// A key names the types that it may refer to; one that refers to nothing has a value of the wrong type.
pub(super) fn wrong_owner(subject: &Subject<'_>, reference: &Reference<'_>) -> Option<Diagnostic> {
    let mut wanted: Vec<&str> = Vec::new();
    for place in subject.places().iter().flatten() {
        if matches!(place.value, Value::Reference { owner, .. } if owner == reference.owner) {
            if place.refers().any(|name| name == reference.owner) {
                return None;
            }
            wanted.extend(place.refers());
        }
    }
    let (first, _) = wanted.split_first()?;
    let message = format!("`{}` does not refer to a `{}`", subject.setting.address, reference.owner);
    let help = format!("refer to one of these: `{first}`{}", rest(&wanted));
    Some(Diagnostic::new(Code::UnresolvedReference, reference.span, message).help(help))
}

fn rest(names: &[&str]) -> String {
    names.iter().skip(1).map(|name| format!(", `{name}`")).collect()
}
