//! Which devices take a key: the levels of Apple's `supportedOS` (apple.md §1) at every place of a setting, and of its owner where
//! the address has no key.

use super::lookup;
use super::place::{Place, unless_one_accepts};
use super::rule::{Facts, Subject, Verdict};
use crate::catalogue::entry::{Schema, Support};
use crate::setting::{OsVersion, Platform};
use crate::source::Span;

/// What the vendor says of one place, for the group's platform; of its owner as a whole where there is no place.
pub(crate) struct Stated<'s, 'a> {
    subject: &'s Subject<'a>,
    place: Option<&'s Place<'a>>,
    /// Availability after inheritance; `None` where the platform has none of it.
    pub(crate) support: Option<&'s Support>,
    /// The vendor's file.
    pub(crate) schema: &'a Schema,
}

impl Stated<'_, '_> {
    /// The place in words: `` `minLength` of `com.apple.mobiledevice.passwordpolicy` ``, or the owner alone where the owner as a
    /// whole fails.
    pub(crate) fn name(&self) -> String {
        let owner = &self.subject.setting.address.owner;
        match self.place {
            Some(place) => format!("`{}` of `{owner}`", place.path()),
            None => format!("`{owner}`"),
        }
    }

    /// Where to point.
    pub(crate) fn span(&self) -> Span {
        let setting = self.subject.setting;
        self.place.map_or_else(|| setting.names.owner_or(setting.span), |place| place.span)
    }

    /// Platforms that have it.
    pub(crate) fn platforms(&self) -> Vec<Platform> {
        let has = |platform: &Platform| match self.place {
            Some(place) => place.found.support(*platform).is_some_and(|support| is_there(&support)),
            None => self.schema.support(*platform).is_some_and(is_there),
        };
        Platform::ALL.iter().copied().filter(has).collect()
    }
}

/// What a rule finds in what is stated. What holds for a whole owner is said of the owner, what holds for a dictionary is not said
/// again of its keys.
pub(crate) fn judge<'a>(subject: &Subject<'a>, rule: impl Fn(&Stated<'_, 'a>) -> Option<Verdict>) -> Vec<Verdict> {
    let platform = subject.target.platform.value;
    let of_whole = |schema: &'a Schema| {
        let support = schema.support(platform);
        rule(&Stated { subject, place: None, support, schema })
    };
    match subject.facts {
        Facts::Key(matches) if matches.is_empty() => {
            let Some(form) = lookup::form(&subject.setting.address) else { return Vec::new() };
            let schemas = subject.catalogue.schemas(form, &subject.setting.address.owner);
            let verdicts: Option<Vec<Verdict>> = schemas.iter().map(of_whole).collect();
            verdicts.into_iter().flatten().take(1).collect()
        }
        Facts::Key(_) => unless_one_accepts(subject, |places| {
            let mut failed: Vec<&Place<'_>> = Vec::new();
            let mut verdicts = Vec::new();
            for place in places {
                if failed.iter().any(|outer| place.is_below(outer)) {
                    continue;
                }
                let schema = place.found.schema;
                if let Some(verdict) =
                    rule(&Stated { subject, place: Some(place), support: place.support(platform), schema })
                {
                    verdicts.push(of_whole(schema).unwrap_or(verdict));
                    failed.push(place);
                }
            }
            verdicts
        }),
        Facts::Node(_) | Facts::Nothing(_) => Vec::new(),
    }
}

/// [`judge`], for rules that look at what the platform has: what it has not is `not_on_platform`'s to say.
pub(crate) fn judge_present<'a>(
    subject: &Subject<'a>,
    rule: impl Fn(&Stated<'_, 'a>, &Support) -> Option<Verdict>,
) -> Vec<Verdict> {
    judge(subject, |stated| rule(stated, stated.support.filter(|support| is_there(support))?))
}

/// Whether a level says that the OS has it at all.
pub(crate) fn is_there(support: &Support) -> bool {
    support.introduced.as_deref() != Some("n/a")
}

/// A version that the vendor states; `None` for `n/a` and for what is not stated.
pub(crate) fn version(text: &Option<String>) -> Option<OsVersion> {
    OsVersion::parse(text.as_deref()?)
}
