//! Apple's `supportedOS` lists the platform for neither the key nor its payload, or says `n/a` (failure-modes A7).

use super::{Facts, SettingRule, Subject, Verdict};
use crate::check::availability::{Stated, is_there, judge};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::Family;
use crate::source::Span;

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::NotOnPlatform], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let windows = !subject.target.platform.is_apple();
    match subject.setting.address.family {
        // A node's platform is its family's: Apple devices have none, Windows has no payloads.
        Family::Csp if !windows => vec![foreign(subject, "a Windows node")],
        Family::Profile if windows => vec![foreign(subject, "an Apple payload")],
        Family::Declaration if windows => vec![foreign(subject, "an Apple declaration")],
        Family::Command if windows != subject.setting.address.owner.starts_with("./") => {
            vec![foreign(subject, "a command of another platform")]
        }
        _ => judge(subject, |stated| verdict(subject, stated)),
    }
}

/// Whether there is anything to find, which is told in a part of the time.
pub(in crate::check) fn is_lost(subject: &Subject<'_>) -> bool {
    let lost = |stated: &Stated<'_, '_>| {
        let finding = || Diagnostic::new(Code::NotOnPlatform, Span::NOWHERE, String::new());
        (!stated.support.is_some_and(is_there)).then(|| Verdict::CannotTake(finding()))
    };
    match subject.facts {
        Facts::Key(_) => !judge(subject, lost).is_empty(),
        Facts::Node(_) | Facts::Nothing(_) => !run(subject).is_empty(),
    }
}

fn foreign(subject: &Subject<'_>, what: &str) -> Verdict {
    let platform = subject.target.platform.value;
    let message = format!("`{}` is {what}, and the group has {platform}", subject.setting.address.owner);
    let place = subject.setting.names.owner_or(subject.setting.span);
    let finding = Diagnostic::new(Code::NotOnPlatform, place, message)
        .also(subject.target.platform.span, format!("{platform} here"))
        .help("limit the entry to its own platform with `platforms`, or ask for it in another group");
    Verdict::CannotTake(finding)
}

fn verdict(subject: &Subject<'_>, stated: &Stated<'_, '_>) -> Option<Verdict> {
    if stated.support.is_some_and(is_there) {
        return None;
    }
    let platform = subject.target.platform.value;
    let finding = Diagnostic::new(Code::NotOnPlatform, stated.span(), format!("{platform} has no {}", stated.name()))
        .also(subject.target.platform.span, format!("{platform} here"));
    let words: Vec<&str> = stated.platforms().iter().map(|platform| platform.word()).collect();
    let help = match words.as_slice() {
        [] => "leave it out: no platform of the catalogue has it".to_owned(),
        words => format!("limit it with `platforms: [{}]`, which have it, and leave it out here", words.join(", ")),
    };
    Some(Verdict::CannotTake(finding.help(help)))
}
