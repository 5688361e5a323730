//! Values that are not in the vendor's list: Apple's `rangelist`, the enumerations of the DDF.

use super::{SettingRule, Subject, Verdict};
use crate::catalogue::entry::Kind;
use crate::check::node::{self, takes};
use crate::check::place::{Place, at_each_place};
use crate::check::typing::fits;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::gather::Arrange;
use crate::setting::Value;

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::NotInList], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let mut verdicts = at_each_place(subject, |place| verdict(subject, place));
    verdicts.extend(node::verdicts(subject, Code::NotInList));
    verdicts
}

fn verdict(subject: &Subject<'_>, place: &Place<'_>) -> Option<Verdict> {
    let list = &place.found.key.rangelist;
    let text = if list.is_empty() { None } else { printed(place.value) }?;
    // Of a value of another type that is said, and there too what the list has.
    if list.contains(&text) || !fits(place.found.key.kind, place.value) {
        return None;
    }
    let message = format!("`{}` of `{}` does not take `{text}`", place.path(), subject.setting.address.owner);
    let finding = Diagnostic::new(Code::NotInList, place.span, message);
    let list = of_all_alternatives(place);
    let finding = match nearest::did_you_mean(&text, list.iter().map(String::as_str)) {
        Some(help) => finding.help(help),
        None => finding,
    };
    Some(Verdict::Wrong(finding.help(takes(&list))))
}

/// The values of the key in any item that its list may hold: of several alternatives none was meant for certain.
pub(super) fn of_all_alternatives(place: &Place<'_>) -> Vec<String> {
    let (found, key) = (&place.found, place.found.key);
    let list = match found.chain.as_slice() {
        [.., list, _, _] if list.kind == Kind::Array => *list,
        _ => return key.rangelist.clone(),
    };
    let alternatives = found.schema.below(list).iter().flat_map(|item| found.schema.below(item));
    let mut values: Vec<String> =
        alternatives.filter(|other| other.name == key.name).flat_map(|other| other.rangelist.clone()).collect();
    values.arrange();
    values.dedup();
    values
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

#[cfg(test)]
mod tests {
    use crate::check::Rules;
    use crate::check::sample::run;

    fn check(item: &str, expected: &[&str]) {
        let entry = format!("{{ command: Settings, keys: {{ Settings: [{{ Item: {item}, Enabled: false }}] }} }}");
        let run = run(
            Rules::all(),
            &format!("group: {{ platform: iOS, os: '18.0', supervised: true }}\nsettings: [{entry}]"),
        );
        let lines = run.lines();
        assert_eq!(lines.len(), expected.len(), "{lines:#?}");
        assert!(lines.iter().zip(expected).all(|(line, part)| line.contains(part)), "{lines:#?}");
    }

    #[test]
    fn a_listed_value_tells_which_alternative_is_meant() {
        check("PersonalHotspot", &[]);
        check("DataRoaming", &[]);
        check("PersonalHotspots", &["did you mean `PersonalHotspot`?"]);
    }
}
