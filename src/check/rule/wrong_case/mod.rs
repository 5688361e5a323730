//! Names that differ from the vendor's in letter case alone: Apple's are exact (failure-modes A13), Windows nodes are written in the
//! DDF's spelling (B34).

use super::{Facts, SettingRule, Subject, Verdict};
use crate::catalogue::{NodeLookup, NodeMatch};
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
                vec![verdict((setting.names.owner, setting.span), &setting.address.owner, right)]
            }
            Some(Missing::Key { depth, case: Some(right), .. }) => {
                let wrong = setting.address.keys().get(*depth).map_or("", String::as_str);
                vec![verdict((setting.names.key_or(*depth, Span::NOWHERE), setting.span), wrong, right)]
            }
            _ => Vec::new(),
        },
        Facts::Key(_) => inside(subject),
        Facts::Node(found) if found.canonical == setting.address.owner => Vec::new(),
        Facts::Node(_) => match subject.catalogue.node(&setting.address.owner) {
            NodeLookup::WrongCase(found) if form(&setting.address).is_none() => vec![node(setting, &found)],
            _ => Vec::new(),
        },
    }
}

/// The name with the part that the DDF spells otherwise. Counted from the end: a root may have two spellings of unequal length.
fn node(setting: &Setting, found: &NodeMatch<'_>) -> Verdict {
    let (written, right): (Vec<&str>, Vec<&str>) =
        (setting.address.owner.split('/').collect(), found.canonical.split('/').collect());
    let differs = written.iter().rev().zip(right.iter().rev()).position(|(a, b)| a != b);
    let part = written.len().saturating_sub(differs.map_or(1, |n| n + 1));
    let message = format!("the vendor writes `{}` with other capitals", setting.address.owner);
    let finding = Diagnostic::new(Code::WrongCase, setting.names.part_or(part, setting.span), message)
        .help(format!("write `{}`", found.canonical));
    let name = setting.names.part_or(part, Span::NOWHERE);
    let below = written.len().saturating_sub(setting.names.owner_parts).min(right.len());
    let (path, rest) = right.split_at(right.len() - below);
    // What stands in braces there is filled in here.
    match name.is_somewhere() && found.dynamic.is_empty() {
        true => Verdict::Wrong(finding.fix(name, if part < setting.names.owner_parts { path } else { rest }.join("/"))),
        false => Verdict::Wrong(finding),
    }
}

fn inside(subject: &Subject<'_>) -> Vec<Verdict> {
    let setting = subject.setting;
    unless_one_accepts(subject, |places| {
        let mut verdicts = Vec::new();
        for dictionary in dictionaries(places) {
            for (name, entry) in dictionary.entries {
                if entry_key(dictionary.keys, name).is_some() {
                    continue;
                }
                let right = dictionary.keys.iter().find(|key| key.name.eq_ignore_ascii_case(name));
                let place = setting.names.inner_or(&format!("{}.{name}", dictionary.place.path()), Span::NOWHERE);
                let beside = dictionary.name(setting, name, entry);
                verdicts.extend(right.map(|right| verdict((place, beside), name, &right.name)));
            }
        }
        verdicts
    })
}

/// The name where it stands, and what to write instead; without a place of its own, beside the value.
fn verdict((name, beside): (Span, Span), wrong: &str, right: &str) -> Verdict {
    let message = format!("the vendor writes `{wrong}` with other capitals");
    let place = if name.is_somewhere() { name } else { beside };
    let finding = Diagnostic::new(Code::WrongCase, place, message).help(format!("write `{right}`"));
    Verdict::Wrong(if name.is_somewhere() { finding.fix(name, right) } else { finding })
}
