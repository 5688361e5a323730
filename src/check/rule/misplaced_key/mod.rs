//! A name that the catalogue knows in another place: another level, another payload, another kind of entry.

use super::{Facts, SettingRule, Subject, Verdict};
use crate::catalogue::entry::Form;
use crate::check::envelope::{is_derived, is_sealed};
use crate::check::lookup::{Missing, unknown_part};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::MisplacedKey], explain: include_str!("explain.md"), run };

/// How many places a finding names.
const SHOWN: usize = 3;

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let finding = match subject.facts {
        Facts::Nothing(_) if subject.setting.unlisted.is_none() => finding(subject),
        Facts::Key(matches) if !matches.is_empty() && matches.iter().all(is_derived) => Some(derived(subject)),
        Facts::Key(matches) if !matches.is_empty() && matches.iter().all(is_sealed) => Some(sealed(subject)),
        _ => None,
    };
    finding.into_iter().map(Verdict::Wrong).collect()
}

/// Identity comes from names: a value of the author's would break updates in place (failure-modes A1, A2).
fn derived(subject: &Subject<'_>) -> Diagnostic {
    let key = subject.setting.address.keys().join(".");
    at(name(subject), format!("the compiler itself writes `{key}`, from the names of things"))
        .help("leave it out; identities.yaml keeps those that devices already know")
}

fn name(subject: &Subject<'_>) -> Span {
    subject.setting.names.last_or(subject.setting.span)
}

/// Nobody but the device could read the profile, so that no one could approve it either.
fn sealed(subject: &Subject<'_>) -> Diagnostic {
    let key = subject.setting.address.keys().join(".");
    at(name(subject), format!("`{key}` stands in place of the payloads of a profile, and these are written here"))
        .help("leave it out: encryption for a device is the server's, when it sends the profile")
}

fn finding(subject: &Subject<'_>) -> Option<Diagnostic> {
    let (setting, owner) = (subject.setting, &subject.setting.address.owner);
    let (span, message, places, nearest) = match subject.missing()? {
        Missing::Owner { case: None, other: Some(form), .. } => {
            let (what, word) = match form {
                Form::Profile => ("payload", "payload"),
                Form::Declaration => ("declaration", "declaration"),
                Form::Command => ("command", "command"),
                Form::Compliance => ("compliance policy", "compliance"),
                Form::Status => ("status item", "status"),
            };
            let message = format!("`{owner}` is a {what}, and not what this entry writes");
            let place = setting.names.owner_or(setting.span);
            return Some(at(place, message).help(format!("write `{word}: {owner}`")));
        }
        Missing::Key { depth, case: None, nearest, elsewhere } if !elsewhere.is_empty() => {
            let path = setting.address.keys();
            let name = path.get(..=*depth).unwrap_or(path).join(".");
            let places: Vec<String> = elsewhere.iter().map(|(other, path)| place(owner, other, path)).collect();
            let span = setting.names.key_or(*depth, setting.span);
            (span, format!("`{owner}` has no key `{name}` there"), places, nearest)
        }
        Missing::Node { nearest, elsewhere } if !elsewhere.is_empty() => {
            let places = elsewhere.iter().map(|uri| format!("`{uri}`")).collect();
            (unknown_part(subject), format!("no node is at `{owner}`"), places, nearest)
        }
        _ => return None,
    };
    let more = places.len().saturating_sub(SHOWN);
    let mut shown: Vec<String> = places.into_iter().take(SHOWN).collect();
    if more > 0 {
        shown.push(format!("{more} other places"));
    }
    let finding = at(span, message).help(format!("a key of that name belongs to {}", shown.join(", ")));
    let near: Vec<String> = nearest.iter().map(|name| format!("`{name}`")).collect();
    Some(if near.is_empty() { finding } else { finding.help(format!("or did you mean {}?", near.join(", "))) })
}

fn at(place: Span, message: String) -> Diagnostic {
    Diagnostic::new(Code::MisplacedKey, place, message)
}

fn place(owner: &str, other: &str, path: &[String]) -> String {
    match other == owner {
        true => format!("`{}` in the same payload", path.join(".")),
        false => format!("`{other}` as `{}`", path.join(".")),
    }
}
