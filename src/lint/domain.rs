//! Payload types that Apple's schema does not have. Whatever is no type of Apple's may be the preference domain of an app, which macOS takes
//! as a payload too; what is all but a type of Apple's is a slip.

use crate::check::foreign::UnknownOwner;
use crate::diagnostic::nearest::{did_you_mean, distance};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::Setting;

/// Domains of macOS that are no payload types, one in a line.
const DOMAINS: &str = include_str!("data/domains.txt");
/// Letters that a slip of the hand changes.
const SLIP: usize = 2;

/// A payload of a type that nobody describes, where that is all but a type of Apple's.
pub(super) fn misspelt(setting: &Setting, unknown: &UnknownOwner<'_>) -> Option<Diagnostic> {
    let owner = setting.address.owner.as_str();
    let near = unknown.nearest.first().filter(|near| distance(owner, near) <= SLIP && !is_domain(owner))?;
    let message = format!("Apple's schema has no payload type `{owner}`");
    let near = did_you_mean(owner, [near.as_str()]).unwrap_or_default();
    let finding = Diagnostic::new(Code::UnknownKey, setting.span, message).help(near);
    Some(
        finding.help(
            "devices refuse a payload of an unknown type, or take it for the preferences of an app that nobody has",
        ),
    )
}

/// Any other one.
pub(super) fn of_an_app(setting: &Setting) -> Diagnostic {
    let owner = setting.address.owner.as_str();
    let message = match owner.starts_with("com.apple.") {
        true => format!("Apple's schema has no payload type `{owner}`: it is taken for a preference domain of macOS"),
        false => {
            format!("`{owner}` is taken for the preferences of an app: no vendor's schema says which keys there are")
        }
    };
    Diagnostic::new(Code::UnknownDomain, setting.span, message)
        .help("names, types and values of its keys were not checked")
}

fn is_domain(owner: &str) -> bool {
    let is_its = |line: &str| match line.strip_suffix('*') {
        Some(start) => owner.starts_with(start),
        None => owner == line,
    };
    DOMAINS.lines().filter(|line| !line.starts_with('#')).any(is_its)
}
