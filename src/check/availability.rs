//! Which devices take a key: the levels of Apple's `supportedOS` (apple.md §1) at every place of a setting, and of its owner where
//! the address has no key.

use super::lookup;
use super::place::{Place, places, unless_one_accepts};
use super::rule::{Facts, Subject, Verdict};
use crate::catalogue::entry::{Schema, Support};
use crate::setting::{OsVersion, Platform};
use crate::source::Span;

/// What the vendor says of one place, for the group's platform.
pub(crate) struct Stated<'a> {
    /// The place in words: `` `minLength` of `com.apple.mobiledevice.passwordpolicy` ``, or the owner alone where the owner as a
    /// whole fails.
    pub(crate) name: String,
    /// Where to point.
    pub(crate) span: Span,
    /// Availability after inheritance; `None` where the platform has none of it.
    pub(crate) support: Option<Support>,
    /// Platforms that have it.
    pub(crate) platforms: Vec<Platform>,
    /// The vendor's file.
    pub(crate) schema: &'a Schema,
}

/// What a rule finds in what is stated. What holds for a whole owner is said of the owner, what holds for a dictionary is not said
/// again of its keys.
pub(crate) fn judge<'a>(subject: &Subject<'a>, rule: impl Fn(&Stated<'a>) -> Option<Verdict>) -> Vec<Verdict> {
    match &subject.facts {
        Facts::Key(matches) if matches.is_empty() => {
            let Some(form) = lookup::form(&subject.setting.address) else { return Vec::new() };
            let schemas = subject.catalogue.schemas(form, &subject.setting.address.owner);
            let verdicts: Vec<Option<Verdict>> = schemas.iter().map(|schema| rule(&whole(subject, schema))).collect();
            if verdicts.iter().any(Option::is_none) {
                Vec::new()
            } else {
                verdicts.into_iter().flatten().take(1).collect()
            }
        }
        Facts::Key(_) => unless_one_accepts(subject, |found| {
            let mut failed: Vec<String> = Vec::new();
            let mut verdicts = Vec::new();
            for place in places(subject.setting, found) {
                if failed.iter().any(|outer| is_below(&place.path, outer)) {
                    continue;
                }
                if let Some(verdict) = rule(&part(subject, &place)) {
                    verdicts.push(rule(&whole(subject, found.schema)).unwrap_or(verdict));
                    failed.push(place.path.clone());
                }
            }
            verdicts
        }),
        Facts::Node(_) | Facts::Nothing => Vec::new(),
    }
}

/// [`judge`], for rules that look at what the platform has: what it has not is `not_on_platform`'s to say.
pub(crate) fn judge_present<'a>(
    subject: &Subject<'a>,
    rule: impl Fn(&Stated<'a>, &Support) -> Option<Verdict>,
) -> Vec<Verdict> {
    judge(subject, |stated| rule(stated, stated.support.as_ref().filter(|support| is_there(support))?))
}

/// Whether a level says that the OS has it at all.
pub(crate) fn is_there(support: &Support) -> bool {
    support.introduced.as_deref() != Some("n/a")
}

/// A version that the vendor states; `None` for `n/a` and for what is not stated.
pub(crate) fn version(text: &Option<String>) -> Option<OsVersion> {
    OsVersion::parse(text.as_deref()?)
}

fn whole<'a>(subject: &Subject<'a>, schema: &'a Schema) -> Stated<'a> {
    let on = |platform: Platform| schema.support(platform);
    Stated {
        name: format!("`{}`", subject.setting.address.owner),
        span: subject.setting.names.owner_or(subject.setting.span),
        support: on(subject.target.platform.value),
        platforms: there(on),
        schema,
    }
}

fn part<'a>(subject: &Subject<'a>, place: &Place<'a>) -> Stated<'a> {
    Stated {
        name: format!("`{}` of `{}`", place.path, subject.setting.address.owner),
        span: place.span,
        support: place.found.support(subject.target.platform.value),
        platforms: there(|platform| place.found.support(platform)),
        schema: place.found.schema,
    }
}

fn there(on: impl Fn(Platform) -> Option<Support>) -> Vec<Platform> {
    let has = |platform: &Platform| on(*platform).is_some_and(|support| is_there(&support));
    Platform::ALL.iter().copied().filter(has).collect()
}

fn is_below(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.starts_with(['.', '[']))
}
