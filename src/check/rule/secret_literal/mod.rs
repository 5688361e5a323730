//! A secret written out where reviewers read (language.md §9, failure-modes C6).

mod windows;

pub(crate) use windows::writes_out;

use super::{Facts, SettingRule, Subject, Verdict};
use crate::check::place::at_each_place;
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::Value;

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::SecretLiteral], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    if let Facts::Node(found) = subject.facts {
        return windows::check(subject, found).map(Verdict::Wrong).into_iter().collect();
    }
    at_each_place(subject, |place| {
        let written = match place.value {
            Value::Text(text) => !text.is_empty(),
            Value::Data(bytes) => !bytes.is_empty(),
            _ => false,
        };
        if !place.found.key.secret || !written {
            return None;
        }
        let message =
            format!("`{}` of `{}` is a secret, written for all to read", place.path(), subject.setting.address.owner);
        let finding = Diagnostic::new(Code::SecretLiteral, place.span, message)
            .help("write `{ secret: NAME }`, and where it comes from in secrets.yaml")
            .help("whatever stood here is known to everybody with the sources: change it");
        Some(Verdict::Wrong(finding))
    })
}
