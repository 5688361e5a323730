//! Names that differ from the vendor's in letter case alone: Apple's are exact (failure-modes A13), Windows nodes are written in the
//! DDF's spelling (B34).

use super::{Facts, SettingRule, Subject, Verdict};
use crate::catalogue::NodeLookup;
use crate::check::lookup::{Missing, form};
use crate::check::place::{dictionaries, entry_key, unless_one_accepts};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::Setting;
use crate::source::Span;

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::WrongCase], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let setting = subject.setting;
    match subject.facts {
        Facts::Nothing(_) if setting.unlisted.is_some() => Vec::new(),
        Facts::Nothing(_) => match subject.missing() {
            Some(Missing::Owner { case: Some(right), .. }) => {
                vec![verdict(setting.names.owner_or(setting.span), &setting.address.owner, right)]
            }
            Some(Missing::Key { depth, case: Some(right), .. }) => {
                let wrong = setting.address.keys().get(*depth).map_or("", String::as_str);
                vec![verdict(setting.names.key_or(*depth, setting.span), wrong, right)]
            }
            _ => Vec::new(),
        },
        Facts::Key(_) => inside(subject),
        Facts::Node(found) if found.canonical == setting.address.owner => Vec::new(),
        Facts::Node(_) => match subject.catalogue.node(&setting.address.owner) {
            NodeLookup::WrongCase(found) if form(&setting.address).is_none() => {
                vec![verdict(other_spelling(setting, &found.canonical), &setting.address.owner, &found.canonical)]
            }
            _ => Vec::new(),
        },
    }
}

/// The name with the part that the DDF spells otherwise. Counted from the end: a root may have two spellings of unequal length.
fn other_spelling(setting: &Setting, canonical: &str) -> Span {
    let written: Vec<&str> = setting.address.owner.split('/').collect();
    let differs = written.iter().rev().zip(canonical.rsplit('/')).position(|(a, b)| *a != b);
    let part = written.len().saturating_sub(differs.map_or(1, |n| n + 1));
    setting.names.part_or(part, setting.span)
}

fn inside(subject: &Subject<'_>) -> Vec<Verdict> {
    unless_one_accepts(subject, |places| {
        let mut verdicts = Vec::new();
        for dictionary in dictionaries(places) {
            for (name, entry) in dictionary.entries {
                if entry_key(dictionary.keys, name).is_some() {
                    continue;
                }
                let right = dictionary.keys.iter().find(|key| key.name.eq_ignore_ascii_case(name));
                let span = if entry.span.is_somewhere() { entry.span } else { dictionary.place.span };
                verdicts.extend(right.map(|right| verdict(span, name, &right.name)));
            }
        }
        verdicts
    })
}

fn verdict(span: Span, wrong: &str, right: &str) -> Verdict {
    let message = format!("the vendor writes `{wrong}` with other capitals");
    Verdict::Wrong(Diagnostic::new(Code::WrongCase, span, message).help(format!("write `{right}`")))
}
