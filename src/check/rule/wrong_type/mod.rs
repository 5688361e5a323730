//! A value that has another type than its place. Nothing is coerced: macOS would take an integer for a boolean, other systems and
//! servers refuse it (failure-modes A11, B18).

use super::not_in_list::of_all_alternatives;
use super::{Facts, SettingRule, Subject, Verdict};
use crate::catalogue::entry::Kind;
use crate::check::node::{self, takes};
use crate::check::place::{Place, at_each_place};
use crate::check::typing::{fits, plain_as, words};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Leaf, Value};
use crate::source::Span;

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::WrongType], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    match subject.facts {
        Facts::Key(_) => at_each_place(subject, |place| key(subject, place)),
        Facts::Node(_) if subject.setting.address.leaf == Leaf::AdmxState => state(subject).into_iter().collect(),
        Facts::Node(_) => node::verdicts(subject, Code::WrongType),
        Facts::Nothing(_) => Vec::new(),
    }
}

fn key(subject: &Subject<'_>, place: &Place<'_>) -> Option<Verdict> {
    let (kind, value) = (place.found.key.kind, place.value);
    if fits(kind, value) && !refers_wrongly(place) {
        return None;
    }
    let wanted = Wanted { kind: Some(kind), words: words(kind), secret: place.found.key.secret };
    let name = format!("`{}` of `{}`", place.path(), subject.setting.address.owner);
    let finding = finding(subject, &name, wanted, (value, place.span));
    let listed = of_all_alternatives(place);
    Some(Verdict::Wrong(if listed.is_empty() { finding } else { finding.help(takes(&listed)) }))
}

/// A reference stands where the vendor expects the name of another payload or asset, and nowhere else.
fn refers_wrongly(place: &Place<'_>) -> bool {
    matches!(place.value, Value::Reference { .. }) && place.refers().next().is_none()
}

fn state(subject: &Subject<'_>) -> Option<Verdict> {
    let (setting, value) = (subject.setting, &subject.setting.value);
    if matches!(value, Value::Boolean(_)) {
        return None;
    }
    let wanted = Wanted { kind: Some(Kind::Boolean), words: "`enabled` or `disabled`", secret: false };
    Some(Verdict::Wrong(finding(subject, &format!("`{}`", setting.address), wanted, (value, setting.span))))
}

struct Wanted {
    kind: Option<Kind>,
    words: &'static str,
    secret: bool,
}

fn finding(subject: &Subject<'_>, name: &str, wanted: Wanted, (value, span): (&Value, Span)) -> Diagnostic {
    let shown = if wanted.secret { value.kind().to_owned() } else { shown(value) };
    let message = format!("{name} takes {}, and this is {shown}", wanted.words);
    let finding = Diagnostic::new(Code::WrongType, span, message);
    // Text of the control library is not the author's to mend, and the place of its settings is the clause's.
    let raw = subject.setting.origins.iter().all(|origin| origin.control.is_none());
    match (cure(wanted.kind, value), wanted.kind) {
        (Some((help, text)), _) if raw => finding.help(help).fix(span, text),
        (Some((help, _)), _) => finding.help(help),
        (None, Some(Kind::Data)) => finding.help("write `{ base64: \"…\" }` or `{ file: PATH }`"),
        (None, _) => finding.help(format!("write {}", wanted.words)),
    }
}

/// The cure of a slip: quotes too many, or another language's word for a boolean.
fn cure(kind: Option<Kind>, value: &Value) -> Option<(String, String)> {
    let kind = kind?;
    match value {
        Value::Text(text) if plain_as(kind, text).is_some() => {
            Some((format!("write `{text}` without quotes: what is quoted is text"), text.clone()))
        }
        Value::Plain(text) | Value::Text(text) if kind == Kind::Boolean => {
            let word = match text.to_ascii_lowercase().as_str() {
                "no" | "off" | "0" | "false" | "disabled" => "false",
                "yes" | "on" | "1" | "true" | "enabled" => "true",
                _ => return None,
            };
            Some((format!("write `{word}`: booleans are `true` and `false` only"), word.to_owned()))
        }
        Value::Integer(number @ (0 | 1)) if kind == Kind::Boolean => {
            let word = if *number == 1 { "true" } else { "false" };
            Some((format!("write `{word}`"), word.to_owned()))
        }
        _ => None,
    }
}

/// What stands there; what is too long to show, or may be secret, by its kind.
fn shown(value: &Value) -> String {
    match value {
        Value::Plain(text) if text.chars().count() <= 40 => format!("`{text}`"),
        Value::Text(text) if text.chars().count() <= 20 => format!("the text \"{text}\""),
        value => value.kind().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Rules;
    use crate::check::sample::run;

    const PHONES: &str = "{ platform: iOS, os: '18.0', supervised: true }";
    const LAPTOPS: &str = "{ platform: Windows, os: '10.0.22631', editions: [enterprise] }";

    fn check(group: &str, setting: &str, cure: &str) {
        let run = run(Rules::all(), &format!("group: {group}\nsettings: [{setting}]"));
        let errors: Vec<_> = run.lines().into_iter().filter(|line| line.starts_with("error")).collect();
        assert!(
            errors.len() == 1 && errors[0].starts_with("error wrong-type") && errors[0].ends_with(cure),
            "{errors:#?}"
        );
    }

    #[test]
    fn what_lists_its_values_names_them_and_is_told_once() {
        let key = |value: &str| {
            format!("{{ payload: com.apple.applicationaccess, keys: {{ safariAcceptCookies: {value} }} }}")
        };
        check(PHONES, &key("some"), "| it takes `0`, `1`, `1.5` or `2`");
        check(PHONES, &key("'2'"), "| it takes `0`, `1`, `1.5` or `2`");
        let node = |area: &str, name: &str| {
            format!("{{ csp: ./Device/Vendor/MSFT/Policy/Config/{area}, nodes: {{ {name}: some }} }}")
        };
        check(LAPTOPS, &node("DeviceLock", "DevicePasswordEnabled"), "| it takes `0` or `1`");
        let service = "ConfigureHomeGroupListenerServiceStartupMode";
        check(LAPTOPS, &node("SystemServices", service), "| it takes 2 to 4");
    }
}
