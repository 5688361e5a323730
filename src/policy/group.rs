//! Groups: facts, what is inherited through `part-of`, and what fits together. Follows language.md §3, "Groups" and "Delivery".

use super::document::GroupText;
use super::former;
use crate::consumer;
use crate::diagnostic::nearest::did_you_mean;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::gather::Gather;
use crate::setting::{
    Bundle, Compliance, Delivery, DeviceFact, Dialect, Enrolment, Kept, OsVersion, Platform, Route, Server, Target,
};
use crate::source::{Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Groups inside one another.
const MAX_LINEAGE: usize = 16;

/// The groups of one organisation as written, and who is part of whom.
pub(super) struct Groups<'a> {
    texts: BTreeMap<&'a str, &'a GroupText>,
}

impl<'a> Groups<'a> {
    /// Looks up every `part-of`; unknown names and circles are findings, and such a group is part of none.
    pub(super) fn new(texts: &'a [GroupText], found: &mut Diagnostics) -> Groups<'a> {
        let groups = Groups { texts: texts.iter().map(|text| (text.id.as_str(), text)).gather() };
        for text in texts {
            let Some(parent) = &text.part_of else { continue };
            if !groups.has(parent) {
                found.push(groups.unknown(parent));
            } else {
                found.absorb(groups.check_line(text, parent));
            }
        }
        groups
    }

    /// A line of groups ends, and is not too long.
    fn check_line(&self, text: &'a GroupText, parent: &Spanned<String>) -> Diagnostics {
        let mut found = Diagnostics::default();
        let line: Vec<&GroupText> = self.lineage(text).collect();
        let above: BTreeSet<&str> = line[1..].iter().map(|text| text.id.as_str()).gather();
        let (cause, cure) = if above.contains(text.id.as_str()) {
            let cause = format!("`{}` is part of itself, by way of `{}`", text.id.value, parent.value);
            (cause, "let one group of the circle stand alone")
        } else if line.len() > MAX_LINEAGE && above.len() == line.len() - 1 {
            let cause = format!("more than {MAX_LINEAGE} groups are part of one another, from `{}` on", text.id.value);
            (cause, "let groups be part of one that is nearer to the first")
        } else {
            return found;
        };
        found.push(Diagnostic::new(Code::InvalidValue, parent.span, cause).help(cure));
        found
    }

    /// The finding for a name that no group has.
    pub(super) fn unknown(&self, name: &Spanned<String>) -> Diagnostic {
        let was = |text: &&&GroupText| text.formerly.as_ref().is_some_and(|former| former.value == name.value);
        if let Some(text) = self.texts.values().find(was) {
            return former::renamed("group", name, &text.id);
        }
        let cure = did_you_mean(name, self.texts.keys().copied());
        Diagnostic::new(Code::UnknownName, name.span, format!("no group is called `{}`", name.value))
            .help(cure.unwrap_or_else(|| "groups.yaml lists the groups".to_owned()))
    }

    /// Whether a group has this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.texts.contains_key(name)
    }

    /// Every group as written, by id.
    pub(super) fn iter(&self) -> impl Iterator<Item = &'a GroupText> {
        self.texts.values().copied()
    }

    /// The group and those that it is part of, from the inside out. Too long where they go in a circle.
    fn lineage(&self, text: &'a GroupText) -> impl Iterator<Item = &'a GroupText> {
        let above = |text: &&'a GroupText| self.texts.get(text.part_of.as_ref()?.as_str()).copied();
        std::iter::successors(Some(text), above).take(MAX_LINEAGE + 1)
    }

    /// Every group that these names bind: those named, and all that are part of one.
    pub(super) fn bound<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Vec<String> {
        let names: BTreeSet<&str> = names.into_iter().gather();
        if names.is_empty() {
            return Vec::new();
        }
        let binds = |text: &&&'a GroupText| self.lineage(text).any(|text| names.contains(text.id.as_str()));
        self.texts.values().filter(binds).map(|text| text.id.value.clone()).collect()
    }

    /// The first value in a group's line.
    fn fact<T: 'a>(&self, text: &'a GroupText, fact: impl Fn(&'a GroupText) -> Option<&'a T>) -> Option<&'a T> {
        self.lineage(text).find_map(fact)
    }

    /// Why no server reaches a group, where none does.
    pub(super) fn unmanaged(&self, text: &'a GroupText) -> Option<&'a Spanned<String>> {
        self.fact(text, |text| text.unmanaged.as_ref())
    }

    /// Facts that no text gives: its own, and those of what it inherits.
    pub(super) fn assumed(&self, text: &'a GroupText) -> Vec<(String, String)> {
        let mut facts: BTreeMap<&str, &str> = BTreeMap::new();
        let mut stated: BTreeSet<&str> = BTreeSet::new();
        for text in self.lineage(text) {
            for (fact, why) in text.assumed.iter().filter(|(fact, _)| !stated.contains(fact.as_str())) {
                facts.entry(fact).or_insert(why);
            }
            stated.extend(text.stated());
        }
        facts.into_iter().map(|(fact, why)| (fact.to_owned(), why.to_owned())).collect()
    }

    /// The group as the rest of the compiler sees it; `None` where some fact of it, or of a group that it is part of, is wrong.
    pub(super) fn target(&self, text: &'a GroupText, owner: &Owner<'_>, all: &mut Diagnostics) -> Option<Target> {
        let found = &mut Diagnostics::default();
        let target = self.facts(text, owner, found).filter(|_| !found.has_errors());
        all.absorb(std::mem::take(found));
        target
    }

    fn facts(&self, text: &'a GroupText, owner: &Owner<'_>, found: &mut Diagnostics) -> Option<Target> {
        let line: Vec<&GroupText> = self.lineage(text).collect();
        let leads_nowhere =
            |text: &&GroupText| text.part_of.as_ref().is_some_and(|parent| !self.texts.contains_key(parent.as_str()));
        if line.len() > MAX_LINEAGE || line.iter().any(|text| text.broken || leads_nowhere(text)) {
            return None;
        }
        check_assumed(text, found);
        self.check_platform(text, found);
        let here = text.id.span;
        let managed = self.unmanaged(text).is_none();
        let platform = self.fact(text, |text| text.platform.as_ref()).copied();
        let os = self.fact(text, |text| text.os.as_ref()).cloned();
        for (name, missing, cure) in [
            ("platform", platform.is_none(), "add `platform: …`: iOS, macOS, tvOS, visionOS, watchOS or Windows"),
            (
                "os",
                os.is_none(),
                "add the oldest version in the group, such as `os: \"18.0\"`, and `assumed` where no text gives it",
            ),
        ] {
            if managed && missing {
                found.push(
                    Diagnostic::new(Code::MissingField, here, format!("the group `{}` has no `{name}`", text.id.value))
                        .help(cure),
                );
            }
        }
        // What an unmanaged group does not state, nobody reads: it gets nothing.
        let platform = platform.unwrap_or(Spanned::nowhere(Platform::Ios));
        let none = || Spanned::nowhere(OsVersion::parse("0").expect("internal: 0 is a version"));
        let target = Target {
            organisation: owner.id.to_owned(),
            organisation_name: owner.name.to_owned(),
            identifier: owner.identifier.to_owned(),
            group: text.id.clone(),
            identity: text.formerly.as_ref().unwrap_or(&text.id).value.clone(),
            title: text.title.as_ref().map_or_else(|| text.id.value.clone(), |title| title.value.clone()),
            platform,
            os: os.unwrap_or_else(none),
            enrolment: self
                .fact(text, |text| text.enrolment.as_ref())
                .copied()
                .unwrap_or(Spanned::new(Enrolment::Device, here)),
            supervised: self.fact(text, |text| text.supervised.as_ref()).copied().unwrap_or(Spanned::new(false, here)),
            deliver: self.deliver(text, platform.value),
            intune: self
                .fact(text, |text| text.intune.as_ref())
                .copied()
                .unwrap_or(Spanned::new(Dialect::Catalogue, here)),
            compliance: self.fact(text, |text| text.compliance.as_ref()).map_or(Compliance::Derived, |word| word.value),
            editions: self.fact(text, |text| text.editions.as_ref()).map_or(Vec::new(), |list| list.value.clone()),
            join: self.fact(text, |text| text.join.as_ref()).copied(),
            has: self.fact(text, |text| text.has.as_ref()).into_iter().flatten().map(|fact| fact.value).gather(),
            profile_url: self.fact(text, |text| text.profile_url.as_ref()).cloned(),
            bundle: self.fact(text, |text| text.bundle.as_ref()).map_or(Bundle::PerType, |bundle| bundle.value),
            assign: text.assign.clone(),
            server: self.fact(text, |text| text.server.as_ref()).and_then(|name| server(*name)),
            kept: owner.kept.get(text.id.as_str()).cloned().unwrap_or_default(),
        };
        if managed && !found.has_errors() {
            check_facts(text, &target, found);
        }
        Some(target)
    }

    fn deliver(&self, text: &'a GroupText, platform: Platform) -> Vec<Spanned<Delivery>> {
        let default = if platform.is_apple() { Delivery::Mobileconfig } else { Delivery::Syncml };
        self.fact(text, |text| text.deliver.as_ref())
            .map_or_else(|| vec![Spanned::new(default, text.id.span)], |list| list.value.clone())
    }

    /// A part of a group has its platform.
    fn check_platform(&self, text: &'a GroupText, found: &mut Diagnostics) {
        let Some(own) = text.platform else { return };
        for other in self.lineage(text).skip(1) {
            if let Some(platform) = other.platform.filter(|platform| platform.value != own.value) {
                found.push(
                    Diagnostic::new(
                        Code::InvalidValue,
                        own.span,
                        format!(
                            "`{}` is part of `{}`, whose platform is {}",
                            text.id.value, other.id.value, platform.value
                        ),
                    )
                    .also(platform.span, "stated here")
                    .help("leave `platform` out, or let the group stand alone"),
                );
                return;
            }
        }
    }
}

/// The server of this name, with what it fills in.
fn server(name: Spanned<&'static str>) -> Option<Server> {
    consumer::named(&name).map(|consumer| Server { name, stated: Some(name.value), variables: &consumer.variables })
}

/// Whose groups they are.
pub(super) struct Owner<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) identifier: &'a str,
    /// What devices of its groups know already, by group.
    pub(super) kept: &'a BTreeMap<String, Arc<Kept>>,
}

impl GroupText {
    /// The names of the facts that it states itself.
    fn stated(&self) -> Vec<&'static str> {
        [
            ("platform", self.platform.is_some()),
            ("os", self.os.is_some()),
            ("enrolment", self.enrolment.is_some()),
            ("supervised", self.supervised.is_some()),
            ("deliver", self.deliver.is_some()),
            ("intune", self.intune.is_some()),
            ("compliance", self.compliance.is_some()),
            ("editions", self.editions.is_some()),
            ("join", self.join.is_some()),
            ("has", self.has.is_some()),
            ("profile-url", self.profile_url.is_some()),
            ("bundle", self.bundle.is_some()),
            ("server", self.server.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, stated)| stated.then_some(name))
        .collect()
    }
}

/// An assumption is about a fact that the group states.
fn check_assumed(text: &GroupText, found: &mut Diagnostics) {
    let stated = text.stated();
    for (fact, _) in text.assumed.iter().filter(|(fact, _)| !stated.contains(&fact.as_str())) {
        let cure = did_you_mean(fact, stated.iter().copied());
        found.push(
            Diagnostic::new(
                Code::UnusedAssumption,
                fact.span,
                format!("`{}` assumes `{}`, and does not state it", text.id.value, fact.value),
            )
            .help(cure.unwrap_or_else(|| "state the fact, or take the assumption out".to_owned())),
        );
    }
}

/// Facts that contradict one another.
fn check_facts(text: &GroupText, target: &Target, found: &mut Diagnostics) {
    let platform = target.platform.value;
    let apple = platform.is_apple();
    let mut refuse = |place: Span, cause: String, cure: &str| {
        found.push(
            Diagnostic::new(Code::InvalidValue, place, cause).also(target.platform.span, "the platform").help(cure),
        );
    };
    if let Some(cure) = wrong_version(platform, &target.os.value) {
        refuse(target.os.span, format!("`{}` is no version of {platform}", target.os.value), cure);
    }
    for delivery in &target.deliver {
        if matches!(delivery.value, Delivery::Mobileconfig | Delivery::Declarations) && !apple {
            refuse(delivery.span, format!("{platform} takes no `{}`", delivery.value), "write `deliver: [syncml]`");
        }
        if delivery.value == Delivery::Syncml && apple {
            refuse(delivery.span, format!("{platform} takes no `syncml`"), "write `deliver: [mobileconfig]`");
        }
    }
    if let Some(list) = text.editions.as_ref().filter(|_| apple) {
        refuse(list.span, format!("{platform} has no editions"), "take `editions` out");
    }
    if let Some(join) = text.join.filter(|_| apple) {
        refuse(join.span, format!("{platform} joins no directory"), "take `join` out");
    }
    if let Some(supervised) = text.supervised.filter(|supervised| !apple && supervised.value) {
        refuse(supervised.span, format!("{platform} knows no supervision"), "take `supervised` out");
    }
    if let Some(enrolment) = text.enrolment.filter(|enrolment| !apple && enrolment.value == Enrolment::User) {
        refuse(enrolment.span, format!("{platform} has no User Enrollment"), "write `enrolment: device`");
    }
    for fact in text.has.iter().flatten().filter(|fact| apple && fact.value != DeviceFact::Cellular) {
        refuse(fact.span, format!("`{}` says nothing about {platform}", fact.value), "take it out of `has`");
    }
    if apple && target.enrolment.value == Enrolment::User && target.supervised.value {
        refuse(
            target.supervised.span,
            "a device under User Enrollment is never supervised".to_owned(),
            "write `enrolment: device`, or take `supervised` out",
        );
    }
    check_delivery(text, found);
    check_intune(text, target, found);
    check_profile_url(text, target, found);
}

/// `deliver` names something.
fn check_delivery(text: &GroupText, found: &mut Diagnostics) {
    if let Some(list) = text.deliver.as_ref().filter(|list| list.value.is_empty()) {
        found.push(
            Diagnostic::new(Code::MissingField, list.span, "`deliver` names no form")
                .help("name what the server takes, or leave the key out for the platform's default"),
        );
    }
}

/// What is said of Intune is of a group that Intune delivers to.
fn check_intune(text: &GroupText, target: &Target, found: &mut Diagnostics) {
    if target.routes().contains(&Route::Intune) {
        return;
    }
    let dialect = text.intune.map(|word| {
        let cause = format!("`intune: {}` says how Intune is given what `deliver` never gives it", word.value);
        (word.span, cause, "intune")
    });
    let compliance = text.compliance.map(|word| {
        let cause = format!("`compliance: {}` is about policies of Intune, and `deliver` gives it none", word.value);
        (word.span, cause, "compliance")
    });
    let place = target.deliver.first().map_or(target.group.span, |delivery| delivery.span);
    for (span, cause, key) in [dialect, compliance].into_iter().flatten() {
        found.push(
            Diagnostic::new(Code::InvalidValue, span, cause)
                .also(place, "what the server takes")
                .help(format!("add `intune` to `deliver`, or take `{key}: …` out")),
        );
    }
}

/// Declarations lead to the profiles of a group whose server hands on declarations before all else.
fn check_profile_url(text: &GroupText, target: &Target, found: &mut Diagnostics) {
    let Some(url) = text.profile_url.as_ref().filter(|_| !target.prefers_declarations()) else { return };
    let place = target.deliver.first().map_or(target.group.span, |delivery| delivery.span);
    let message = "`profile-url` is for declarations that lead to profiles, and `deliver` does not prefer declarations";
    found.push(
        Diagnostic::new(Code::InvalidValue, url.span, message)
            .also(place, "what the server takes")
            .help("write `deliver: [declarations, mobileconfig]`, or take `profile-url` out"),
    );
}

/// What to write instead of a version that a platform cannot have.
pub(crate) fn wrong_version(platform: Platform, version: &OsVersion) -> Option<&'static str> {
    let parts = version.parts();
    let good = match platform {
        // Every Windows 10 and 11 is 10.0; 10240 was the first build, and the DDF counts from it.
        Platform::Windows => matches!(parts, [10, 0, build] | [10, 0, build, _] if *build >= 10240),
        _ => parts.len() <= 3 && parts.iter().all(|part| *part < 100) && parts.first().is_some_and(|part| *part > 0),
    };
    match (good, platform) {
        (true, _) => None,
        (false, Platform::Windows) => Some("write the oldest build in full, such as \"10.0.22631\""),
        (false, _) => Some("write the oldest version, such as \"18.0\""),
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::sample::{ORGANISATION, Run, run_files};

    fn groups(lines: &str) -> Run {
        run_files(&[("organisation.yaml", ORGANISATION), ("groups.yaml", &format!("groups:\n{lines}"))], "2026-01-01")
    }

    fn check(line: &str, expected: &[&str]) {
        let run = groups(&format!("  g: {{ title: G, {line} }}\n"));
        assert_eq!(run.findings, expected);
        assert!(run.all.iter().all(|finding| !finding.help.is_empty()), "each finding has a cure");
    }

    #[test]
    fn facts_have_defaults_and_places() {
        let run = groups(
            "  a: { title: A, platform: iOS, os: \"18\" }\n  w: { title: W, platform: Windows, os: \"10.0.19045\" }\n",
        );
        assert_eq!(run.findings, Vec::<String>::new());
        let facts = |id: &str| {
            let target = &run.group(id).target;
            (
                target.enrolment.to_string(),
                target.supervised.value,
                target.deliver[0].to_string(),
                target.bundle.to_string(),
            )
        };
        assert_eq!(facts("a"), ("device".to_owned(), false, "mobileconfig".to_owned(), "per-type".to_owned()));
        assert_eq!(facts("w").2, "syncml");
        let target = &run.group("a").target;
        assert_eq!(target.supervised.span, target.group.span, "a default points at the group");
    }

    #[test]
    fn facts_that_no_device_can_have_are_refused() {
        check("platform: iOS", &["missing-field 2:3 the group `g` has no `os`"]);
        check("os: \"18\"", &["missing-field 2:3 the group `g` has no `platform`"]);
        check("platform: ios, os: \"18\"", &["invalid-value 2:28 `ios` is not a platform"]);
        check("platform: iOS, os: \"10.0.22631\"", &["invalid-value 2:37 `10.0.22631` is no version of iOS"]);
        check("platform: Windows, os: \"11\"", &["invalid-value 2:41 `11` is no version of Windows"]);
        check("platform: Windows, os: \"22631\"", &["invalid-value 2:41 `22631` is no version of Windows"]);
        check("platform: Windows, os: \"10.0.22631.3374\"", &[]);
        check("platform: iOS, os: 18.x", &["invalid-value 2:37 `18.x` is not a version"]);
        check("platform: iOS, os: \"18\", editions: [pro]", &["invalid-value 2:53 iOS has no editions"]);
        check("platform: iOS, os: \"18\", join: entra", &["invalid-value 2:49 iOS joins no directory"]);
        check("platform: iOS, os: \"18\", has: [tpm]", &["invalid-value 2:49 `tpm` says nothing about iOS"]);
        check("platform: iOS, os: \"18\", deliver: [syncml]", &["invalid-value 2:53 iOS takes no `syncml`"]);
        check("platform: iOS, os: \"18\", deliver: [declarations, mobileconfig]", &[]);
        check("platform: iOS, os: \"18\", deliver: []", &["missing-field 2:52 `deliver` names no form"]);
        check(
            "platform: iOS, os: \"18\", deliver: [mobileconfig, mobileconfig]",
            &["duplicate-name 2:67 `mobileconfig` stands twice"],
        );
        check(
            "platform: iOS, os: \"18\", enrolment: user, supervised: true",
            &["invalid-value 2:72 a device under User Enrollment is never supervised"],
        );
        check(
            "platform: Windows, os: \"10.0.22631\", supervised: true",
            &["invalid-value 2:67 Windows knows no supervision"],
        );
        check("platform: Windows, os: \"10.0.22631\", deliver: [syncml, intune]", &[]);
        check(
            "platform: Windows, os: \"10.0.22631\", deliver: [declarations]",
            &["invalid-value 2:65 Windows takes no `declarations`"],
        );
        check(
            "platform: iOS, os: \"18\", assumed: { join: why }",
            &["unused-assumption 2:54 `g` assumes `join`, and does not state it"],
        );
    }

    #[test]
    fn names_are_portable_and_identities_are_nobody_elses() {
        let run = groups("  con: { title: C, platform: iOS, os: \"18\" }\n");
        assert_eq!(run.findings, ["unportable-name 2:3 Windows keeps the name `con` for itself"]);
        let run = groups("  intune: { title: I, platform: iOS, os: \"18\" }\n");
        assert_eq!(run.findings, ["unportable-name 2:3 each group has a folder `intune` of its own"]);
        let run = groups("  a: { title: A, platform: iOS, os: \"18\" }\n  b: { title: B, part-of: a, formerly: a }\n");
        assert_eq!(run.findings, ["identity-taken 3:40 `b` was formerly `a`, and the group `a` is still there"]);
        let run = groups("  a: { title: A, platform: iOS, os: \"18\", formerly: z }\n");
        assert_eq!(run.group("a").target.identity, "z");
    }

    #[test]
    fn a_part_inherits_facts_and_may_give_any_but_the_platform_anew() {
        let run = groups(
            "  a: { title: A, platform: iOS, os: \"18\", supervised: true, assumed: { os: x, supervised: y } }\n  \
             b: { title: B, part-of: a, os: \"26\" }\n  c: { title: C, part-of: b }\n",
        );
        assert_eq!(run.findings, Vec::<String>::new());
        let facts = |id: &str| (run.group(id).target.os.to_string(), run.group(id).target.supervised.value);
        assert_eq!(
            (facts("a"), facts("b"), facts("c")),
            (("18".into(), true), ("26".into(), true), ("26".into(), true))
        );
        assert_eq!(run.group("a").assumed.len(), 2);
        assert_eq!(run.group("c").assumed, [("supervised".to_owned(), "y".to_owned())]);
        assert_eq!(run.group("c").target.title, "C");
        let run =
            groups("  a: { title: A, platform: iOS, os: \"18\" }\n  b: { title: B, part-of: a, platform: macOS }\n");
        assert_eq!(run.findings, ["invalid-value 3:40 `b` is part of `a`, whose platform is iOS"]);
    }

    #[test]
    fn part_of_leads_to_a_group_and_not_in_a_circle() {
        let run = groups("  a: { title: A, platform: iOS, os: \"18\" }\n  b: { title: B, part-of: aa }\n");
        assert_eq!(run.findings[0], "unknown-name 3:27 no group is called `aa`");
        let run =
            groups("  a: { title: A, part-of: b }\n  b: { title: B, part-of: a }\n  c: { title: C, part-of: a }\n");
        let circles = run.findings.iter().filter(|finding| finding.contains("is part of itself")).count();
        assert_eq!((circles, run.findings.len()), (2, 2), "{:?}", run.findings);
        let run = groups("  a: { title: A, part-of: a }\n");
        assert_eq!(run.findings, ["invalid-value 2:27 `a` is part of itself, by way of `a`"]);
    }
}
