//! Values that are not in the vendor's list: Apple's `rangelist`, the enumerations of the DDF.

use super::{SettingRule, Subject, Verdict};
use crate::check::node;
use crate::check::place::{Place, at_each_place};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::setting::Value;

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::NotInList], explain: include_str!("explain.md"), run };

/// The longest list that a finding prints.
const SHOWN: usize = 12;

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let mut verdicts = at_each_place(subject, |place| verdict(subject, place));
    verdicts.extend(node::verdicts(subject, Code::NotInList));
    verdicts
}

fn verdict(subject: &Subject<'_>, place: &Place<'_>) -> Option<Verdict> {
    let list = &place.found.key.rangelist;
    let text = printed(place.value)?;
    if list.is_empty() || list.contains(&text) {
        return None;
    }
    let message = format!("`{}` of `{}` does not take `{text}`", place.path, subject.setting.address.owner);
    let finding = Diagnostic::new(Code::NotInList, place.span, message);
    let finding = match nearest::did_you_mean(&text, list.iter().map(String::as_str)) {
        Some(help) => finding.help(help),
        None => finding,
    };
    let values: Vec<String> = list.iter().take(SHOWN).map(|value| format!("`{value}`")).collect();
    let more = if list.len() > SHOWN { format!(" and {} more", list.len() - SHOWN) } else { String::new() };
    Some(Verdict::Wrong(finding.help(format!("it takes {}{more}", values.join(", ")))))
}

fn printed(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(value) => Some(value.to_string()),
        Value::Real(number) => Some(number.get().to_string()),
        _ => None,
    }
}
