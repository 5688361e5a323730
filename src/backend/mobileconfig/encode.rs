//! Checked settings → profiles. Identity comes from names alone, and what users see from the organisation's and Apple's names.

use super::layout::{Profile, lay_out};
use super::{CONFIGURATION, EXTENSION, Listed, TOP_LEVEL};
use crate::backend::identity::Identity;
use crate::backend::items::{self, Payloads};
use crate::backend::leaves;
use crate::backend::{Artefact, Format, identity};
use crate::catalogue::Catalogue;
use crate::catalogue::entry::Form;
use crate::check::Checked;
use crate::check::envelope::{OF_PAYLOAD, OF_PROFILE};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::encoding::plist::{self, Dictionary, Item};
use crate::encoding::xml;
use crate::gather::Arrange;
use crate::setting::{Address, Channel, Leaf, Setting, Target};
use crate::source::{Span, Spanned};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Every profile of the group.
pub(super) fn encode(checked: &Checked, catalogue: &Catalogue, found: &mut Diagnostics) -> Vec<Artefact> {
    let (profiles, top) = lay_out(checked, catalogue, found);
    report_top(&profiles, &top, found);
    report_equal_identifiers(checked.target(), &profiles, found);
    let mut encoder = Encoder { target: checked.target(), catalogue, found };
    profiles.iter().map(|profile| encoder.profile(profile, &top)).collect()
}

/// Keys of the profile itself need a profile to stand in, and have no channel.
fn report_top(profiles: &[Profile<'_>], top: &[&Setting], found: &mut Diagnostics) {
    for setting in top {
        if profiles.is_empty() {
            let message = format!("`{}` has no profile to stand in", setting.address);
            found.push(
                Diagnostic::new(Code::CannotDeliver, setting.span, message)
                    .help("a key of the profile itself stands beside payloads: ask for one, or leave the key out"),
            );
        } else if setting.address.channel == Channel::User {
            let message = format!("`{}` stands in profiles of both channels", setting.address);
            found.push(Diagnostic::new(Code::WrongChannel, setting.span, message).help("leave `channel` out"));
        }
    }
}

/// Names are joined with dots, so names with dots in them can meet: then one payload would replace the other.
fn report_equal_identifiers(target: &Target, profiles: &[Profile<'_>], found: &mut Diagnostics) {
    let mut taken: BTreeMap<String, (String, Span)> = BTreeMap::new();
    for profile in profiles {
        let known = identity::of_profile(target, (profile.name, profile.identity), profile.channel);
        let identifier = known.identifier.clone();
        let span = profile.payloads.values().flatten().next().map_or(target.group.span, |setting| setting.span);
        let mut all = vec![(identifier.clone(), format!("the profile `{}`", profile.name), span)];
        for (&(owner, instance), settings) in &profile.payloads {
            let span = settings.first().map_or(span, |setting| setting.span);
            let what = format!("the payload `{owner}` of the profile `{}`", profile.name);
            let payload = identity::of_payload(target, (profile.name, profile.channel, &known), (owner, instance));
            // Devices have profiles of which a payload is called like the whole: they find payloads inside the profile.
            if !(target.kept.holding(owner, instance, profile.channel).is_some() && payload.identifier == identifier) {
                all.push((payload.identifier, what, span));
            }
        }
        for (identifier, what, span) in all {
            if let Some((other, earlier)) = taken.insert(identifier.clone(), (what.clone(), span)) {
                let message = format!("{other} and {what} would have one identifier, `{identifier}`");
                found.push(
                    Diagnostic::new(Code::DuplicateArtefact, span, message)
                        .also(earlier, "the other one")
                        .help("give one of them another profile or instance name"),
                );
            }
        }
    }
}

struct Encoder<'a> {
    target: &'a Target,
    catalogue: &'a Catalogue,
    found: &'a mut Diagnostics,
}

impl Encoder<'_> {
    fn profile(&mut self, profile: &Profile<'_>, top: &[&Setting]) -> Artefact {
        let known = identity::of_profile(self.target, (profile.name, profile.identity), profile.channel);
        let within = (profile.name, profile.channel, &known);
        let of_payload = |occurrence| identity::of_payload(self.target, within, occurrence);
        let known_payloads: BTreeMap<_, Identity> =
            profile.payloads.keys().map(|one| (*one, of_payload(*one))).collect();
        let mut payloads = Payloads::default();
        known_payloads.iter().for_each(|(occurrence, known)| payloads.add(*occurrence, &known.uuid));
        let mut root = Dictionary::new();
        self.keys(&mut root, top, &payloads);
        let mut content = Vec::new();
        for (occurrence, settings) in &profile.payloads {
            let owner = occurrence.0;
            let mut payload = Dictionary::new();
            self.keys(&mut payload, settings, &payloads);
            self.identify(&mut payload, owner, &known_payloads[occurrence]);
            self.say(&mut payload, "PayloadDisplayName", &self.title(owner));
            content.push(Spanned::nowhere(Item::Dictionary(payload)));
        }
        self.identify(&mut root, CONFIGURATION, &known);
        // Servers match by it when they import, so that no two profiles of an organisation have one name; the group's title may change.
        let user = if profile.channel == Channel::User { " (user)" } else { "" };
        let Target { organisation_name, identity, .. } = self.target;
        let name = format!("{organisation_name} {identity}: {}{user}", self.profile_title(profile));
        self.say(&mut root, "PayloadDisplayName", &name);
        self.say(&mut root, "PayloadOrganization", &self.target.organisation_name);
        self.say(&mut root, "PayloadDescription", &self.description(profile.channel));
        self.say(&mut root, "PayloadScope", scope(profile.channel));
        root.insert("PayloadContent", Item::Array(content));
        self.artefact(profile, top, &root)
    }

    fn artefact(&mut self, profile: &Profile<'_>, top: &[&Setting], root: &Dictionary) -> Artefact {
        let settings = top.iter().chain(profile.payloads.values().flatten());
        let mut holds: Vec<Address> = settings.map(|setting| setting.address.clone()).collect();
        holds.arrange();
        let Target { organisation, group, .. } = self.target;
        let user = if profile.channel == Channel::User { ".user" } else { "" };
        let path = format!("{organisation}/{}/{}{user}{EXTENSION}", **group, profile.name);
        let bytes = plist::write(root);
        if bytes.len() > xml::MAX_BYTES {
            let message = format!("the profile `{path}` has {} bytes; {} are the limit", bytes.len(), xml::MAX_BYTES);
            let cure = "put its payloads into several profiles";
            self.found.push(Diagnostic::new(Code::TooLarge, group.span, message).help(cure));
        }
        let lists = Listed::of(root).map(Arc::new);
        Artefact { lists, ..Artefact::new(path, bytes, Format::Mobileconfig, holds) }
    }

    /// The settings of one payload, or those of the profile itself.
    fn keys(&mut self, dictionary: &mut Dictionary, settings: &[&Setting], payloads: &Payloads<'_>) {
        for setting in settings {
            let outcome = match &setting.address.leaf {
                // A payload that is asked for without keys is there all the same.
                Leaf::Keys(keys) if keys.is_empty() => Ok(()),
                Leaf::Keys(keys) => place(dictionary, setting, keys, payloads),
                _ => continue,
            };
            if let Err(items::Refusal { code, cause, cure }) = outcome {
                let message = format!("`{}`: {cause}", setting.address);
                self.found.push(Diagnostic::new(code, setting.span, message).help(cure));
            }
        }
    }

    fn identify(&mut self, dictionary: &mut Dictionary, kind: &str, known: &Identity) {
        self.say(dictionary, "PayloadType", kind);
        self.say(dictionary, "PayloadIdentifier", &known.identifier);
        self.say(dictionary, "PayloadUUID", &known.uuid);
        dictionary.insert("PayloadVersion", Item::Integer(1));
    }

    /// A text of the envelope, which names of the group, the organisation and the payload enter.
    fn say(&mut self, dictionary: &mut Dictionary, key: &str, text: &str) {
        match Item::text(text) {
            Ok(item) => dictionary.insert(key, item),
            Err(cause) => {
                let message = format!("a name cannot enter `{key}`: {cause}");
                self.found.push(
                    Diagnostic::new(Code::WrongFormat, self.target.group.span, message)
                        .help("take the character out of the organisation's, the group's or the payload's name"),
                );
            }
        }
    }

    fn profile_title(&self, profile: &Profile<'_>) -> String {
        let mut owners: Vec<&str> = profile.payloads.keys().map(|(owner, _)| *owner).collect();
        owners.dedup();
        match owners.as_slice() {
            [owner] if *owner == profile.name => self.title(owner),
            _ => profile.name.to_owned(),
        }
    }

    /// Apple's name for a payload, where one file alone describes it; else its type.
    fn title(&self, owner: &str) -> String {
        match self.catalogue.schemas(Form::Profile, owner) {
            [schema] if !schema.title.is_empty() => schema.title.clone(),
            _ => owner.to_owned(),
        }
    }

    fn description(&self, channel: Channel) -> String {
        let kind = if channel == Channel::User { "User" } else { "Device" };
        format!("{kind} settings for {}, managed by {}.", self.target.title, self.target.organisation_name)
    }
}

fn scope(channel: Channel) -> &'static str {
    match channel {
        Channel::Device => "System",
        Channel::User => "User",
    }
}

/// Puts a value at the end of its key path, making the dictionaries on the way.
fn place(
    dictionary: &mut Dictionary,
    setting: &Setting,
    keys: &[String],
    payloads: &Payloads<'_>,
) -> Result<(), items::Refusal> {
    let [first, ..] = keys else { return Ok(()) };
    let top = setting.address.owner == TOP_LEVEL;
    if (if top { OF_PROFILE } else { OF_PAYLOAD }).contains(&first.as_str()) {
        return Err(items::Refusal {
            code: Code::CannotDeliver,
            cause: "the compiler writes this key itself, from names".to_owned(),
            cure: "leave the key out; `profile`, `instance` and `title` decide what it says",
        });
    }
    for key in keys {
        Item::text(key).map_err(items::Refusal::format)?;
    }
    // The profile and its content are two levels above a payload.
    let level = keys.len() + if top { 0 } else { 2 };
    let item = items::item(&setting.value, level, payloads)?;
    leaves::insert(dictionary, keys, item).map_err(|cause| items::Refusal {
        code: Code::DuplicateAddress,
        cause,
        cure: "write either the key or the keys below it",
    })
}

#[cfg(test)]
mod tests {
    use crate::backend::sample::{encoded, group, key};
    use crate::diagnostic::Code;
    use crate::setting::{Bundle, Platform, Setting, Target, Value};

    const PASSCODE: &str = "com.apple.mobiledevice.passwordpolicy";

    #[test]
    fn a_profile_has_one_form() {
        let settings =
            vec![key(PASSCODE, "minLength", Value::Integer(6)), key(PASSCODE, "forcePIN", Value::Boolean(true))];
        let (artefacts, found) = encoded(&group(Platform::Ios), settings);
        assert_eq!(found, []);
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>PayloadContent</key>
	<array>
		<dict>
			<key>PayloadDisplayName</key>
			<string>Passcode</string>
			<key>PayloadIdentifier</key>
			<string>org.example.old-phones.com.apple.mobiledevice.passwordpolicy.com.apple.mobiledevice.passwordpolicy</string>
			<key>PayloadType</key>
			<string>com.apple.mobiledevice.passwordpolicy</string>
			<key>PayloadUUID</key>
			<string>C909CECC-FC3B-5115-B242-CC5B4C5C0C1F</string>
			<key>PayloadVersion</key>
			<integer>1</integer>
			<key>forcePIN</key>
			<true/>
			<key>minLength</key>
			<integer>6</integer>
		</dict>
	</array>
	<key>PayloadDescription</key>
	<string>Device settings for Phones, managed by Example.</string>
	<key>PayloadDisplayName</key>
	<string>Example old-phones: Passcode</string>
	<key>PayloadIdentifier</key>
	<string>org.example.old-phones.com.apple.mobiledevice.passwordpolicy</string>
	<key>PayloadOrganization</key>
	<string>Example</string>
	<key>PayloadScope</key>
	<string>System</string>
	<key>PayloadType</key>
	<string>Configuration</string>
	<key>PayloadUUID</key>
	<string>64D5184E-A458-509C-9D14-8E16DC451EB8</string>
	<key>PayloadVersion</key>
	<integer>1</integer>
</dict>
</plist>
"#;
        assert_eq!(artefacts.len(), 1);
        assert_eq!(artefacts[0].path, "example/phones/com.apple.mobiledevice.passwordpolicy.mobileconfig");
        assert_eq!(String::from_utf8_lossy(&artefacts[0].bytes), expected);
    }

    fn paths(target: &Target, settings: Vec<Setting>) -> Vec<String> {
        let (artefacts, found) = encoded(target, settings);
        assert_eq!(found, []);
        let name = |path: &str| path.trim_start_matches("example/phones/").trim_end_matches(".mobileconfig").to_owned();
        artefacts.iter().map(|artefact| name(&artefact.path)).collect()
    }

    #[test]
    fn profiles_are_cut_as_the_group_and_the_entries_say() {
        let settings = || {
            vec![
                key("com.example.a", "x", Value::Boolean(true)).by("one"),
                key("com.example.a", "y", Value::Boolean(true)).by("two"),
                key("com.example.b", "x", Value::Boolean(true)).in_profile("shared"),
                key("com.example.b", "y", Value::Boolean(true)).by("two"),
                key("com.example.a", "x", Value::Boolean(true)).user(),
                // A device takes this one once, so controls share it.
                key("com.apple.SoftwareUpdate", "x", Value::Boolean(true)).by("one"),
            ]
        };
        let mut target = group(Platform::MacOs);
        let software = "com.apple.SoftwareUpdate";
        assert_eq!(paths(&target, settings()), [software, "com.example.a", "com.example.a.user", "shared"]);
        target.bundle = Bundle::PerControl;
        assert_eq!(paths(&target, settings()), [software, "com.example.a.user", "one", "shared", "two"]);
        target.bundle = Bundle::Single;
        assert_eq!(paths(&target, settings()), ["settings", "settings.user", "shared"]);
    }

    #[test]
    fn content_changes_no_identity() {
        let identity = |value: Value| {
            let (artefacts, _) = encoded(&group(Platform::Ios), vec![key("com.example.a", "x", value).instance("one")]);
            let text = String::from_utf8(artefacts[0].bytes.clone()).unwrap();
            let lines: Vec<&str> = text.lines().collect();
            let after = |key: &str| {
                let at = |line: &&str| line.contains(key);
                let places =
                    lines.iter().enumerate().filter(|(_, line)| at(line)).map(|(n, _)| lines[n + 1].to_owned());
                places.collect::<Vec<_>>()
            };
            (after("PayloadIdentifier"), after("PayloadUUID"))
        };
        let (names, uuids) = identity(Value::Integer(1));
        assert_eq!((names.clone(), uuids.clone()), identity(Value::text("other")));
        assert!(names[0].contains("org.example.old-phones.com.example.a.com.example.a.one<"), "{names:?}");
        assert!(names[1].contains("org.example.old-phones.com.example.a<"), "{names:?}");
        assert_ne!(uuids[0], uuids[1]);
    }

    fn refused(settings: Vec<Setting>, code: Code) {
        let (_, found) = encoded(&group(Platform::MacOs), settings.clone());
        let codes: Vec<Code> = found.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [code], "{settings:?}: {found:?}");
        assert!(found.iter().all(|finding| !finding.help.is_empty()));
    }

    #[test]
    fn what_a_profile_cannot_hold_is_named() {
        let wrong = |value: Value| vec![key("com.example.a", "x", value)];
        refused(wrong(Value::text("a\rb")), Code::WrongFormat);
        refused(wrong(Value::text("\u{0}")), Code::WrongFormat);
        refused(wrong(Value::Integer(i128::MAX)), Code::WrongFormat);
        refused(wrong(Value::Date("today".to_owned())), Code::WrongFormat);
        refused(wrong(Value::text("policyc:secret:x")), Code::WrongFormat);
        refused(wrong((0..70).fold(Value::Boolean(true), |inner, _| Value::array([inner]))), Code::TooDeep);
        refused(vec![key("com.example.a", "\u{1}.x", Value::Boolean(true))], Code::WrongFormat);
        let reference = Value::Reference { owner: "com.example.b".to_owned(), instance: None };
        refused(wrong(reference), Code::UnresolvedReference);
        refused(vec![key("com.example.a", "PayloadUUID", Value::text("mine"))], Code::CannotDeliver);
        refused(vec![key("TopLevel", "PayloadRemovalDisallowed", Value::Boolean(true))], Code::CannotDeliver);
    }

    #[test]
    fn what_cannot_stand_together_is_named() {
        let on = || Value::Boolean(true);
        let a = |path: &str| key("com.example.a", path, on());
        refused(vec![a("x"), a("x.y")], Code::DuplicateAddress);
        refused(vec![a("x").in_profile("one"), a("y").in_profile("two")], Code::ConflictingValues);
        refused(
            vec![a("x").instance("b"), key("com.example.a.b", "x", on()).in_profile("com.example.a")],
            Code::DuplicateArtefact,
        );
        refused(
            vec![a("x").in_profile("One"), key("com.example.b", "x", on()).in_profile("one")],
            Code::DuplicateArtefact,
        );
        refused(vec![a("x").in_profile("con")], Code::UnportableName);
        refused(vec![a("x"), key("TopLevel", "PayloadRemovalDisallowed", on()).user()], Code::WrongChannel);
    }
}
