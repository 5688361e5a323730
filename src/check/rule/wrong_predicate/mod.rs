//! A predicate that a device cannot evaluate: it is none, or it asks for an item that the group's devices do not report (apple.md §3).

use super::{SettingRule, Subject, Verdict};
use crate::catalogue::entry::{Form, Support};
use crate::check::availability::version;
use crate::check::predicate;
use crate::diagnostic::nearest::did_you_mean;
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Enrolment, Target};

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::WrongPredicate], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let Some(text) = predicate::text(subject.setting) else { return Vec::new() };
    let wrong = |(message, help): (String, String)| {
        Verdict::Wrong(Diagnostic::new(Code::WrongPredicate, subject.setting.span, message).help(help))
    };
    match predicate::read(text) {
        Err(why) => vec![wrong((why, "write it as `@status(passcode.is-compliant) == TRUE`".to_owned()))],
        Ok(asked) => asked.status.iter().filter_map(|item| unreported(subject, item)).map(wrong).collect(),
    }
}

/// Why the group's devices do not report an item.
fn unreported(subject: &Subject<'_>, item: &str) -> Option<(String, String)> {
    let (catalogue, target) = (subject.catalogue, subject.target);
    let Some(schema) = catalogue.schemas(Form::Status, item).first() else {
        let near = did_you_mean(item, catalogue.names(Form::Status));
        let other = || "`policyc catalogue search` finds what devices report".to_owned();
        return Some((format!("no catalogue knows the status item `{item}`"), near.unwrap_or_else(other)));
    };
    let platform = target.platform.value;
    let cure = "ask for another item, or for none in this group".to_owned();
    let Some(support) = schema.support(platform) else {
        return Some((format!("{platform} does not report `{item}`"), cure));
    };
    let introduced = version(&support.introduced).filter(|version| *version > target.os.value);
    if let Some(version) = introduced {
        let message =
            format!("{platform} reports `{item}` from {version} on, and the group's oldest is {}", target.os.value);
        return Some((message, cure));
    }
    (!enrolled(support, target)).then(|| (format!("devices under this enrolment do not report `{item}`"), cure))
}

fn enrolled(support: &Support, target: &Target) -> bool {
    let Some(allowed) = &support.allowed_enrollments else { return true };
    let words: &[&str] = match target.enrolment.value {
        Enrolment::Device if target.supervised.value => &["supervised", "device"],
        Enrolment::Device => &["device"],
        Enrolment::User => &["user"],
        Enrolment::Manual => &["local"],
    };
    allowed.iter().any(|word| words.contains(&word.as_str()))
}
