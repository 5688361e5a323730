//! No catalogue knows the name: devices throw such keys away without a word (failure-modes A13).

use super::{Facts, SettingRule, Subject, Verdict};
use crate::check::lookup::{Missing, unknown_part};
use crate::check::place::{dictionaries, entry_key, unless_one_accepts};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::source::Span;

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::UnknownKey, Code::WrongType], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    match subject.facts {
        Facts::Nothing(_) if subject.setting.unlisted.is_some() => Vec::new(),
        Facts::Nothing(_) => address(subject).into_iter().map(Verdict::Wrong).collect(),
        Facts::Key(_) if subject.setting.unlisted.is_some() => Vec::new(),
        Facts::Key(_) => inside(subject).into_iter().map(Verdict::Wrong).collect(),
        Facts::Node(_) => Vec::new(),
    }
}

fn address(subject: &Subject<'_>) -> Option<Diagnostic> {
    let (setting, owner) = (subject.setting, &subject.setting.address.owner);
    let kind = match crate::check::lookup::form(&setting.address) {
        Some(crate::catalogue::entry::Form::Profile) => "payload type",
        Some(crate::catalogue::entry::Form::Declaration) => "declaration",
        Some(crate::catalogue::entry::Form::Command) => "command",
        Some(crate::catalogue::entry::Form::Compliance) => "compliance policy",
        Some(crate::catalogue::entry::Form::Status) => "status item",
        None => "node",
    };
    match subject.missing()? {
        Missing::Owner { case: None, nearest, other: None } => {
            let place = setting.names.owner_or(setting.span);
            Some(finding(place, format!("no catalogue knows the {kind} `{owner}`"), nearest))
        }
        Missing::Inside { depth, words } => {
            let place = setting.names.key_or(*depth, setting.span);
            let name = setting.address.keys().get(..=*depth).unwrap_or_default().join(".");
            let message = format!("`{name}` of `{owner}` takes {words}, and this is a mapping");
            Some(Diagnostic::new(Code::WrongType, place, message).help(format!("write {words} there")))
        }
        Missing::Key { depth, case: None, nearest, elsewhere } if elsewhere.is_empty() => {
            let path = setting.address.keys();
            let message = format!("`{owner}` has no key `{}`", path.get(..=*depth).unwrap_or(path).join("."));
            Some(finding(setting.names.key_or(*depth, setting.span), message, nearest))
        }
        Missing::Node { nearest, elsewhere } if elsewhere.is_empty() => {
            Some(finding(unknown_part(subject), format!("no catalogue knows the {kind} `{owner}`"), nearest))
        }
        Missing::Malformed(why) => {
            Some(finding(setting.names.owner_or(setting.span), format!("`{owner}` is not a LocURI: {why}"), &[]))
        }
        _ => None,
    }
}

/// Names inside dictionaries of a list; those of the address itself were looked up.
pub(super) fn inside(subject: &Subject<'_>) -> Vec<Diagnostic> {
    unless_one_accepts(subject, |places| {
        let mut unknown = Vec::new();
        for dictionary in dictionaries(places) {
            for (name, entry) in dictionary.entries {
                let known = || dictionary.keys.iter().map(|key| key.name.as_str());
                if entry_key(dictionary.keys, name).is_some() || known().any(|key| key.eq_ignore_ascii_case(name)) {
                    continue;
                }
                let span = dictionary.name(subject.setting, name, entry);
                let near: Vec<String> = nearest::nearest(name, known()).into_iter().map(str::to_owned).collect();
                let message = format!("`{}` has no key `{name}`", dictionary.place.path());
                unknown.push(finding(span, message, &near));
            }
        }
        unknown
    })
}

fn finding(span: Span, message: String, near: &[String]) -> Diagnostic {
    let finding = Diagnostic::new(Code::UnknownKey, span, message);
    let quoted: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    let finding = match quoted.split_last() {
        Some((last, [])) => finding.help(format!("did you mean {last}?")),
        Some((last, first)) => finding.help(format!("did you mean {} or {last}?", first.join(", "))),
        None => finding.help("`policyc catalogue search` finds names"),
    };
    finding.help("if it is right and newer than the catalogue, write `unlisted: reason` beside the entry")
}
