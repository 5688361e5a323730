//! Names that differ from the vendor's in letter case alone: Apple's are exact (failure-modes A13), Windows nodes are written in the
//! DDF's spelling (B34).

use super::{Facts, SettingRule, Subject, Verdict};
use crate::catalogue::NodeLookup;
use crate::check::lookup::{Missing, form};
use crate::check::place::{dictionaries, entry_key, unless_one_accepts};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::WrongCase], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let setting = subject.setting;
    match &subject.facts {
        Facts::Nothing if setting.unlisted.is_some() => Vec::new(),
        Facts::Nothing => match &subject.missing {
            Some(Missing::Owner { case: Some(right), .. }) => {
                vec![verdict(setting.owner_span(), &setting.address.owner, right)]
            }
            Some(Missing::Key { depth, case: Some(right), .. }) => {
                let wrong = setting.address.keys().get(*depth).map_or("", String::as_str);
                vec![verdict(setting.key_span(*depth), wrong, right)]
            }
            _ => Vec::new(),
        },
        Facts::Key(_) => inside(subject),
        Facts::Node(_) => match subject.catalogue.node(&setting.address.owner) {
            NodeLookup::WrongCase(found) if form(&setting.address).is_none() => {
                let last = |uri: &str| uri.rsplit('/').next().map(str::to_owned);
                let same_end = last(&setting.address.owner) == last(&found.canonical);
                let place = if same_end { setting.owner_span() } else { setting.key_span(0) };
                vec![verdict(place, &setting.address.owner, &found.canonical)]
            }
            _ => Vec::new(),
        },
    }
}

fn inside(subject: &Subject<'_>) -> Vec<Verdict> {
    unless_one_accepts(subject, |found| {
        let mut verdicts = Vec::new();
        for dictionary in dictionaries(subject.setting, found) {
            for (name, entry) in dictionary.entries {
                if entry_key(dictionary.keys, name).is_some() {
                    continue;
                }
                let right = dictionary.keys.iter().find(|key| key.name.eq_ignore_ascii_case(name));
                let span = if entry.span.is_somewhere() { entry.span } else { dictionary.span };
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
