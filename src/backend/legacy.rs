//! Profiles that declarations lead to: `com.apple.configuration.legacy`, for servers that hand on declarations and nothing else.
//!
//! Apple, "LegacyProfile": a device fetches the profile from `ProfileURL` by itself, asks again when the declaration's token has changed,
//! and takes over a profile of the same identifiers that MDM installed. What stays a profile so has a declaration beside it, which sets
//! nothing: the profile does. Only here the two forms meet.

use super::declaration::{self, Led};
use super::{Artefact, Format, fill, mobileconfig, names};
use crate::catalogue::Catalogue;
use crate::check::{self, Checked};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::setting::{Address, Channel, Family, LEGACY, Leaf, Setting, Target, Value};
use crate::source::Spanned;
use std::collections::BTreeMap;

/// Payloads that Apple takes in no such profile.
const NEVER: [&str; 2] = ["com.apple.declarations", "com.apple.mdm"];

/// The declarations that lead to the profiles among a group's files, each with its activation; none where the group names no place.
pub(super) fn leading(
    checked: &Checked,
    artefacts: &[Artefact],
    catalogue: &Catalogue,
    found: &mut Diagnostics,
) -> Vec<Artefact> {
    let target = checked.target();
    let Some(prefix) = target.profile_url.as_ref().filter(|_| target.prefers_declarations()) else { return Vec::new() };
    let mut taken: BTreeMap<Channel, bool> = BTreeMap::new();
    let mut leading = Vec::new();
    for profile in artefacts.iter().filter(|artefact| artefact.format == Format::Mobileconfig) {
        let channel = profile.holds.first().map_or(Channel::Device, |address| address.channel);
        let url = format!("{}{}", prefix.value, place(&profile.path));
        let takes = *taken.entry(channel).or_insert_with(|| takes((channel, prefix), target, catalogue, found));
        if !takes {
            continue;
        }
        if let Some(why) = kept_back(profile) {
            found.push(
                Diagnostic::new(
                    Code::CannotDeliver,
                    prefix.span,
                    format!("no declaration leads to `{}`: {why}", profile.path),
                )
                .severity(Severity::Warning)
                .help("have the server install this profile itself; all others are led to"),
            );
            continue;
        }
        let stem = names::stem(LEGACY, Some(&instance(profile, channel)), channel);
        leading.extend(declaration::leading(target, &stem, &Led { url: &url, profile: &profile.bytes }));
    }
    leading
}

/// Whether the group's devices take such declarations on a channel: what the catalogue says of the type is an error where they do not.
fn takes(
    (channel, prefix): (Channel, &Spanned<String>),
    target: &Target,
    catalogue: &Catalogue,
    found: &mut Diagnostics,
) -> bool {
    let leaf = Leaf::Keys(vec![declaration::PROFILE_URL.to_owned()]);
    let address = Address { family: Family::Declaration, channel, owner: LEGACY.to_owned(), instance: None, leaf };
    let probe = Setting { span: prefix.span, ..Setting::found(address, Value::text(prefix.value.as_str())) };
    let mut own = Diagnostics::default();
    if !check::against(catalogue, target, vec![probe], &mut own).settings().is_empty() {
        return true;
    }
    let why = own.iter().next().map_or_else(String::new, |finding| format!(": {}", finding.message));
    let message = format!("no declaration can lead devices of `{}` to their profiles{why}", *target.group);
    found.push(
        Diagnostic::new(Code::CannotDeliver, prefix.span, message)
            .also(target.group.span, "the group")
            .help("take `profile-url` out: the server then installs the profiles itself"),
    );
    false
}

/// Why no declaration may lead to a profile. Its token is told in the open and changes with the profile: of one that holds a secret it
/// would let anybody try what the secret is.
fn kept_back(profile: &Artefact) -> Option<String> {
    if let Some(name) = fill::asked(&profile.bytes).first() {
        return Some(format!("it holds the secret `{name}`, and a token that changes with it would tell of it"));
    }
    let owner = profile.holds.iter().map(|address| &address.owner).find(|owner| NEVER.contains(&owner.as_str()))?;
    Some(format!("Apple takes no `{owner}` in such a profile"))
}

/// The profile's own name, without what says its channel.
fn instance(profile: &Artefact, channel: Channel) -> String {
    let file = profile.path.rsplit('/').next().unwrap_or(&profile.path);
    let stem = mobileconfig::BACKEND.extensions.iter().find_map(|end| file.strip_suffix(end)).unwrap_or(file);
    match channel {
        Channel::User => stem.strip_suffix(names::USER).unwrap_or(stem).to_owned(),
        Channel::Device => stem.to_owned(),
    }
}

/// A path as a URL has it (RFC 3986 §3.3).
fn place(path: &str) -> String {
    path.split('/').map(names::escaped).collect::<Vec<_>>().join("/")
}

/// The profile among a group's files that a declaration leads to.
pub(super) fn led_to<'a>(declaration: &Artefact, artefacts: &'a [Artefact]) -> Option<&'a Artefact> {
    let file = declaration.path.rsplit('/').next().unwrap_or_default();
    let is_one = declaration.format == Format::Declaration && file.starts_with(LEGACY);
    let url = is_one.then(|| declaration::led_to(&declaration.bytes)).flatten()?;
    let mut profiles = artefacts.iter().filter(|artefact| artefact.format == Format::Mobileconfig);
    profiles.find(|profile| url.ends_with(&format!("/{}", place(&profile.path))))
}

#[cfg(test)]
mod tests {
    use crate::backend::sample::{encoded, group, key};
    use crate::backend::{Artefact, Format, declared, decode_at};
    use crate::catalogue::Catalogue;
    use crate::digest::sha256;
    use crate::setting::{Delivery, Platform, Setting, Target, Value};
    use crate::source::Spanned;

    const PASSCODE: &str = "com.apple.mobiledevice.passwordpolicy";

    fn led(platform: Platform, deliver: [Delivery; 2]) -> Target {
        let profile_url = Some(Spanned::nowhere("https://mdm.example.org/p/".to_owned()));
        Target { profile_url, deliver: deliver.map(Spanned::nowhere).to_vec(), ..group(platform) }
    }

    fn first(platform: Platform) -> Target {
        led(platform, [Delivery::Declarations, Delivery::Mobileconfig])
    }

    fn length(number: i128) -> Setting {
        key(PASSCODE, "minLength", Value::Integer(number))
    }

    fn declarations(artefacts: &[Artefact]) -> Vec<&Artefact> {
        artefacts.iter().filter(|artefact| artefact.format == Format::Declaration).collect()
    }

    #[test]
    fn a_profile_has_a_declaration_that_leads_to_it_and_sets_nothing() {
        let (artefacts, found) = encoded(&first(Platform::MacOs), vec![length(6), length(6).user()]);
        assert_eq!(found, []);
        let paths: Vec<&str> = artefacts.iter().map(|artefact| artefact.path.as_str()).collect();
        let legacy = format!("com.apple.configuration.legacy.{PASSCODE}");
        assert_eq!(
            paths,
            [
                format!("example/phones/com.apple.activation.simple.{legacy}.json"),
                format!("example/phones/com.apple.activation.simple.{legacy}.user.json"),
                format!("example/phones/{legacy}.json"),
                format!("example/phones/{legacy}.user.json"),
                format!("example/phones/{PASSCODE}.mobileconfig"),
                format!("example/phones/{PASSCODE}.user.mobileconfig"),
            ]
        );
        for artefact in declarations(&artefacts) {
            let decoded = decode_at(&artefact.path, &artefact.bytes, &Catalogue::embedded()).unwrap();
            assert_eq!((decoded.settings, &artefact.holds), (Vec::new(), &Vec::new()), "{}", artefact.path);
        }
        let decoded = decode_at(&artefacts[2].path, &artefacts[2].bytes, &Catalogue::embedded()).unwrap();
        let url = format!("https://mdm.example.org/p/example/phones/{PASSCODE}.mobileconfig");
        assert_eq!(decoded.residue, [("Payload.ProfileURL".to_owned(), url)]);
        assert_eq!(super::led_to(&artefacts[2], &artefacts), Some(&artefacts[4]));
        assert_eq!(super::led_to(&artefacts[3], &artefacts), Some(&artefacts[5]));
        assert_eq!(super::led_to(&artefacts[0], &artefacts), None);
    }

    #[test]
    fn the_token_follows_the_profile_and_the_place_and_the_identifier_neither() {
        let made = |target: &Target, number: i128| {
            let (artefacts, _) = encoded(target, vec![length(number)]);
            let [_, own, profile] = artefacts.as_slice() else { panic!("{artefacts:?}") };
            let known = declared(&own.bytes).unwrap();
            assert!(known.token.len() == 64 && known.token.ends_with(&sha256(&profile.bytes)[..32]));
            known
        };
        let target = first(Platform::Ios);
        let elsewhere =
            Target { profile_url: Some(Spanned::nowhere("https://b.example.org/".to_owned())), ..target.clone() };
        let (six, eight, moved) = (made(&target, 6), made(&target, 8), made(&elsewhere, 6));
        assert!(six.token != eight.token && six.token != moved.token);
        assert_eq!(six.token[..32], eight.token[..32], "it says the same, of another profile");
        assert_eq!(six.token[32..], moved.token[32..], "it says something else, of the same profile");
        assert!(six.identifier == eight.identifier && six.identifier == moved.identifier);
        assert_eq!(made(&target, 6), six);
    }

    #[test]
    fn none_leads_to_a_profile_where_nobody_asked_or_none_may() {
        let check = |target: &Target, setting: Setting, expected: usize, said: &[&str]| {
            let (artefacts, found) = encoded(target, vec![setting]);
            assert_eq!(declarations(&artefacts).len(), expected);
            assert_eq!(found.len(), said.len(), "{found:?}");
            for (finding, said) in found.iter().zip(said) {
                assert!(finding.message.contains(said) && !finding.help.is_empty(), "{finding:?}");
            }
        };
        check(&first(Platform::Ios), length(6), 2, &[]);
        check(&led(Platform::Ios, [Delivery::Mobileconfig, Delivery::Declarations]), length(6), 0, &[]);
        check(&Target { profile_url: None, ..first(Platform::Ios) }, length(6), 0, &[]);
        let secret = key("com.apple.wifi.managed", "Password", Value::secret("office"));
        check(&first(Platform::Ios), secret, 0, &["the secret `office`"]);
        check(
            &first(Platform::Ios),
            key("com.apple.mdm", "ServerURL", Value::text("https://a.b")),
            0,
            &["no `com.apple.mdm`"],
        );
        let old = crate::setting::OsVersion::parse("14.0").unwrap();
        let old = Target { os: Spanned::nowhere(old), ..first(Platform::Ios) };
        check(&old, length(6), 0, &["no declaration can lead devices of `phones`"]);
    }
}
