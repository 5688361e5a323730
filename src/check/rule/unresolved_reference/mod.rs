//! A reference to a payload or asset that is not in the same profile or set (failure-modes A3; language.md §9), or to one of a type
//! that its key does not name.

mod itself;
mod properties;

use super::{GroupRule, Subject, Verdict};
use crate::diagnostic::{Code, Diagnostic};
use crate::gather::Arrange;
use crate::setting::{Bundle, Family, Setting, Target, Value};
use crate::source::Span;

pub(crate) use itself::RULE as ITSELF;
pub(crate) use properties::RULE as PROPERTIES;

pub(crate) const RULE: GroupRule =
    GroupRule { codes: &[Code::UnresolvedReference], explain: include_str!("explain.md"), run };

/// A reference inside a setting.
struct Reference<'a> {
    owner: &'a str,
    instance: Option<&'a str>,
    span: Span,
}

fn run(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    let mut verdicts = Vec::new();
    for (n, subject) in subjects.iter().enumerate() {
        // One to a type that its key does not name has its finding, whether the group has such a thing or not.
        let found = references(subject.setting).into_iter().filter(|one| itself::wrong_owner(subject, one).is_none());
        let missing = found.filter_map(|reference| unresolved(subjects, subject, &reference));
        verdicts.extend(missing.map(|finding| (n, Verdict::Wrong(finding))));
    }
    verdicts
}

/// Every reference in a setting's value.
fn references(setting: &Setting) -> Vec<Reference<'_>> {
    let mut found = Vec::new();
    collect(&setting.value, setting.span, &mut found);
    found
}

fn collect<'a>(value: &'a Value, span: Span, found: &mut Vec<Reference<'a>>) {
    let at = |inner: Span| if inner.is_somewhere() { inner } else { span };
    match value {
        Value::Reference { owner, instance } => found.push(Reference { owner, instance: instance.as_deref(), span }),
        Value::Array(items) => items.iter().for_each(|item| collect(&item.value, at(item.span), found)),
        Value::Dictionary(entries) => entries.values().for_each(|item| collect(&item.value, at(item.span), found)),
        _ => {}
    }
}

fn unresolved(subjects: &[Subject<'_>], from: &Subject<'_>, reference: &Reference<'_>) -> Option<Diagnostic> {
    let name = match reference.instance {
        Some(instance) => format!("`{}` named `{instance}`", reference.owner),
        None => format!("`{}` without an instance", reference.owner),
    };
    let same = |setting: &Setting| {
        let address = &setting.address;
        address.owner == reference.owner
            && address.instance.as_deref() == reference.instance
            && address.family == from.setting.address.family
            && address.channel == from.setting.address.channel
    };
    let mut there = subjects.iter().map(|subject| subject.setting).filter(|setting| same(setting)).peekable();
    let Some(one) = there.peek().copied() else {
        let message = format!("the group has no {name}, to which `{}` refers", from.setting.address);
        let finding = Diagnostic::new(Code::UnresolvedReference, reference.span, message);
        let others = instances(subjects, reference.owner);
        return Some(finding.help(match others.is_empty() {
            true => format!("add the payload `{}`", reference.owner),
            false => format!("the group has {others}"),
        }));
    };
    let profile = profile(from.target, from.setting);
    if from.setting.address.family != Family::Profile
        || profile.is_none()
        || std::iter::once(one).chain(there).any(|setting| self::profile(from.target, setting) == profile)
    {
        return None;
    }
    let message = format!("{name} is in another profile, and a reference stays inside one");
    let finding = Diagnostic::new(Code::UnresolvedReference, reference.span, message)
        .also(one.span, "it is written here")
        .help("give both entries the same `profile: NAME`");
    Some(finding)
}

fn instances(subjects: &[Subject<'_>], owner: &str) -> String {
    let of_owner = subjects.iter().filter(|subject| subject.setting.address.owner == owner);
    let mut names: Vec<&str> = of_owner.filter_map(|subject| subject.setting.address.instance.as_deref()).collect();
    names.arrange();
    names.dedup();
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The profile that holds a setting (language.md §8); `None` where it cannot be told.
fn profile<'a>(target: &'a Target, setting: &'a Setting) -> Option<&'a str> {
    if setting.profile.is_some() {
        return setting.profile.as_deref();
    }
    let (_, channel, owner, instance) = setting.address.carrier();
    if let Some(kept) = target.kept.holding(owner, instance, channel) {
        return Some(&kept.name);
    }
    match target.bundle {
        Bundle::Single => Some(""),
        Bundle::PerType => Some(&setting.address.owner),
        Bundle::PerControl => setting.origins.first()?.control.as_deref(),
    }
}
