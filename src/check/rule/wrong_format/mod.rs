//! Apple's `format`, a regular expression for the whole text, `subtype` (`url`, `hostname`, `email`), and characters that no
//! property list can hold.

mod names;

use super::{SettingRule, Subject, Verdict};
use crate::check::node;
use crate::check::place::{Place, at_each_place};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::Value;
use regex_lite::Regex;

pub(crate) use names::RULE as NAMES;

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::WrongFormat], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let mut verdicts = at_each_place(subject, |place| verdict(subject, place));
    verdicts.extend(node::verdicts(subject, Code::WrongFormat));
    verdicts
}

fn verdict(subject: &Subject<'_>, place: &Place<'_>) -> Option<Verdict> {
    let Value::Text(text) = place.value else { return None };
    let key = place.found.key;
    // A property list is XML, and readers of XML turn carriage returns into line ends.
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let is_odd = |character: &char| *character == '\r' || !node::is_xml(*character);
    if let Some(character) = if is_plain { None } else { text.chars().find(is_odd) } {
        let what = format!("U+{:04X}, which a property list cannot hold", u32::from(character));
        let message = format!("`{}` of `{}` holds {what}", place.path(), subject.setting.address.owner);
        let finding = Diagnostic::new(Code::WrongFormat, place.span, message);
        return Some(Verdict::Wrong(finding.help("take the control character out")));
    }
    let help = match (&key.format, &key.subtype) {
        (Some(format), _) if !matches(format, text) => format!("write text of the form `{format}`"),
        (_, Some(subtype)) if !is_a(subtype, text) => format!("write {}", example(subtype)),
        _ => return None,
    };
    let message = format!("`{}` of `{}` takes text of another form", place.path(), subject.setting.address.owner);
    Some(Verdict::Wrong(Diagnostic::new(Code::WrongFormat, place.span, message).help(help)))
}

/// Whether the whole text matches. Some of Apple's expressions are alternatives of which `^` and `$` bind only the outer halves,
/// hence the brackets; one that this crate cannot read accepts everything.
fn matches(format: &str, text: &str) -> bool {
    Regex::new(&format!("^(?:{format})$")).map_or(true, |regex| regex.is_match(text))
}

fn is_a(subtype: &str, text: &str) -> bool {
    let host = |text: &str| {
        !text.is_empty()
            && text.len() <= 253
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']'))
    };
    match subtype {
        "url" => {
            let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
            !scheme.is_empty()
                && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-'))
                && !text.bytes().any(|byte| byte.is_ascii_whitespace())
        }
        "hostname" => host(text),
        "email" => text.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && host(domain)),
        _ => true,
    }
}

fn example(subtype: &str) -> &'static str {
    match subtype {
        "url" => "a URL with its scheme, such as `https://example.org`",
        "hostname" => "a host name, such as `proxy.example.org`",
        _ => "an address, such as `someone@example.org`",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alternative_binds_at_both_ends() {
        let format = "^([0-9A-Za-z]{6})|([0-9A-Za-z]{9})$";
        assert!(matches(format, "001122") && matches(format, "001122334"));
        assert!(!matches(format, "001122 and more") && !matches(format, "junk 001122334"));
    }

    #[test]
    fn subtypes_refuse_what_is_plainly_something_else() {
        let check = |subtype: &str, good: &str, bad: &str| {
            assert!(is_a(subtype, good) && !is_a(subtype, bad), "{subtype}");
        };
        check("url", "https://example.org/a", "example.org/a b");
        check("hostname", "proxy.example.org", "https://proxy");
        check("email", "a@example.org", "example.org");
    }
}
