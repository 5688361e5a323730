//! Profiles → settings: ours exactly, and anybody's with what it says beside settings as residue.

use super::{CONFIGURATION, TOP_LEVEL};
use crate::backend::found::{Found, How, Wrong};
use crate::backend::items::{self, Payloads, value};
use crate::backend::leaves::Leaves;
use crate::backend::{Decoded, Unreadable, identity};
use crate::catalogue::Catalogue;
use crate::check::envelope::{OF_PAYLOAD, OF_PROFILE};
use crate::encoding::plist::{self, Dictionary, Item};
use crate::setting::{Address, Channel, Family, Leaf};
use crate::source::{Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};

/// Reads a profile.
pub(super) fn decode(bytes: &[u8], _: &Catalogue) -> Result<Decoded, Unreadable> {
    let root = plist::read(bytes).map_err(|fault| (fault.place(), fault.cause))?;
    let residue = match &root {
        Item::Dictionary(root) => residue(root),
        _ => Vec::new(),
    };
    let found = read(Spanned::nowhere(root));
    if let Some(fault) = found.refused() {
        return Err(fault);
    }
    Ok(Decoded { settings: found.items.into_iter().map(|item| item.setting).collect(), residue })
}

/// As much of a profile as can be read.
pub(in crate::backend) fn read(root: Spanned<Item>) -> Found {
    let mut found = Found::default();
    let span = root.span;
    let mut fault = |place: &str, cause: &str| found.faults.push(Wrong::at(span, place, cause));
    let Item::Dictionary(mut root) = root.value else {
        fault("the root", "a profile is a dictionary");
        return found;
    };
    if root.text("PayloadType") != Some(CONFIGURATION) {
        fault("PayloadType", &format!("a profile's type is `{CONFIGURATION}`"));
    }
    if root.contains_key(SEALED) {
        fault(SEALED, ENCRYPTED);
    }
    let channel = channel(&root, &mut found.faults);
    let content = root.remove("PayloadContent");
    let is_sealed = root.contains_key(SEALED);
    let profile = root.text("PayloadIdentifier").unwrap_or_default();
    let (payloads, contents) = payloads(profile, content, is_sealed, &mut found.faults);
    let mut references = Payloads::default();
    for (payload, keys) in payloads.iter().zip(&contents) {
        if let Some(uuid) = keys.text("PayloadUUID") {
            references.found(payload.occurrence(), uuid);
        }
    }
    let mut reading = Reading { found, leaves: Leaves::new(), references };
    if root.iter().any(|(key, _)| !OF_PROFILE.contains(&key.as_str())) {
        reading.level("", &top(), (root, OF_PROFILE), span);
    }
    for (payload, keys) in payloads.iter().zip(contents) {
        reading.payload(payload, keys, channel);
    }
    reading.found
}

/// What stands in place of all payloads where a server has encrypted them.
pub(in crate::backend) const SEALED: &str = "EncryptedPayloadContent";

/// The channel of a profile. Without `PayloadScope` it is the channel that the profile comes by which decides; most come by the device's.
fn channel(root: &Dictionary, faults: &mut Vec<Wrong>) -> Channel {
    let Some(Spanned { value: scope, span }) = root.at("PayloadScope") else { return Channel::Device };
    let written = if let Item::Text(text) = scope { text } else { "" };
    let known = [("System", Channel::Device), ("User", Channel::User)];
    match known.into_iter().find(|(right, _)| right.eq_ignore_ascii_case(written)) {
        Some((right, channel)) => {
            if written != right {
                let cause = format!("the vendor writes `{written}` with other capitals");
                faults.push(Wrong { right: Some(right), ..Wrong::at(*span, "PayloadScope", cause) });
            }
            channel
        }
        None => {
            faults.push(Wrong::at(*span, "PayloadScope", "neither `System` nor `User`"));
            Channel::Device
        }
    }
}

/// Why nobody but one device reads a profile.
pub(in crate::backend) const ENCRYPTED: &str = "the profile is encrypted for one device: nobody else can read it";

/// What a profile says beside its settings that this compiler would not say in its place.
fn residue(root: &Dictionary) -> Vec<(String, String)> {
    let mut residue = Vec::new();
    let payloads = root.list("PayloadContent");
    if payloads.is_empty() {
        residue.push(("PayloadContent".to_owned(), "no payload at all".to_owned()));
    }
    if !root.contains_key("PayloadScope") {
        let what = "not given; read as `System`".to_owned();
        residue.push(("PayloadScope".to_owned(), what));
    }
    beside(root, "", OF_PROFILE, is_ours(root), &mut residue);
    for (n, payload) in payloads.iter().enumerate() {
        // What is no dictionary is a fault.
        let Item::Dictionary(keys) = &payload.value else { continue };
        let ours = is_ours(root) && is_ours(keys);
        beside(keys, &format!("PayloadContent[{n}]."), OF_PAYLOAD, ours, &mut residue);
    }
    residue
}

/// What an envelope says that this compiler would not say in its place.
fn beside(dictionary: &Dictionary, place: &str, envelope: &[&str], ours: bool, residue: &mut Vec<(String, String)>) {
    for key in envelope.iter().filter(|key| !matches!(**key, "PayloadContent" | "PayloadScope")) {
        let what = match (*key, dictionary.get(key)) {
            ("PayloadType", Some(Item::Text(_))) | ("PayloadVersion", Some(Item::Integer(1))) => continue,
            ("PayloadVersion", None) => "not given".to_owned(),
            (_, Some(Item::Text(_))) if ours => continue,
            (_, Some(item)) => value(item, &Payloads::default()).to_string(),
            (_, None) => continue,
        };
        residue.push((format!("{place}{key}"), what));
    }
}

/// Whether this compiler derived the UUID from the identifier. Then display names are its own words, and no news.
fn is_ours(dictionary: &Dictionary) -> bool {
    match (dictionary.text("PayloadIdentifier"), dictionary.text("PayloadUUID")) {
        (Some(identifier), Some(uuid)) => identity::uuid(identifier) == uuid,
        _ => false,
    }
}

/// The profile itself. It has no channel of its own.
fn top() -> Address {
    Address {
        family: Family::Profile,
        channel: Channel::Device,
        owner: TOP_LEVEL.to_owned(),
        instance: None,
        leaf: Leaf::Keys(Vec::new()),
    }
}

/// One payload as the file holds it, without its keys.
struct Payload {
    owner: String,
    instance: Option<String>,
    place: String,
    span: Span,
    /// Where its type stands.
    named: Span,
}

impl Payload {
    fn occurrence(&self) -> (&str, Option<&str>) {
        (&self.owner, self.instance.as_deref())
    }
}

/// Those that are dictionaries with a type, and their keys; the others are faults.
fn payloads(
    profile: &str,
    content: Option<Spanned<Item>>,
    is_sealed: bool,
    faults: &mut Vec<Wrong>,
) -> (Vec<Payload>, Vec<Dictionary>) {
    let content = match content {
        Some(Spanned { value: Item::Array(content), .. }) => content,
        // What is sealed for one device stands in place of the list.
        None if is_sealed => Vec::new(),
        other => {
            let span = other.map_or(Span::NOWHERE, |other| other.span);
            faults.push(Wrong::at(span, "PayloadContent", "a profile has a list of payloads"));
            Vec::new()
        }
    };
    let is_alone = content.len() == 1;
    let mut seen: BTreeMap<String, Occurrences> = BTreeMap::new();
    let (mut read, mut contents) = (Vec::with_capacity(content.len()), Vec::with_capacity(content.len()));
    for (n, Spanned { value, span }) in content.into_iter().enumerate() {
        let place = format!("PayloadContent[{n}]");
        let Item::Dictionary(keys) = value else {
            faults.push(Wrong::at(span, place, "a payload is a dictionary"));
            continue;
        };
        let Some(Spanned { value: Item::Text(owner), span: named }) = keys.at("PayloadType") else {
            faults.push(Wrong::at(span, place, "the payload has no `PayloadType`"));
            continue;
        };
        let called = instance(profile, owner, keys.text("PayloadIdentifier").unwrap_or_default());
        // One alone has no other to be told from.
        let instance = if is_alone { called } else { seen.entry(owner.clone()).or_default().one_more(called) };
        read.push(Payload { owner: owner.clone(), instance, place, span, named: *named });
        contents.push(keys);
    }
    (read, contents)
}

/// The payloads of one type in a file, by instance.
#[derive(Default)]
struct Occurrences {
    names: BTreeSet<Option<String>>,
    last: usize,
}

impl Occurrences {
    /// The name of one more: what it is called or, where that is taken, that it is the second, the third … of its type.
    fn one_more(&mut self, named: Option<String>) -> Option<String> {
        let mut name = named;
        self.last += 1;
        while !self.names.insert(name.clone()) {
            name = Some(format!("#{}", self.last));
            self.last += usize::from(self.names.contains(&name));
        }
        name
    }
}

/// The instance in an identifier of the form that this compiler gives.
fn instance(profile: &str, owner: &str, identifier: &str) -> Option<String> {
    let tail = identifier.strip_prefix(profile)?.strip_prefix('.')?.strip_prefix(owner)?.strip_prefix('.')?;
    (!tail.is_empty()).then(|| tail.to_owned())
}

struct Reading<'a> {
    found: Found,
    leaves: Leaves,
    references: Payloads<'a>,
}

impl Reading<'_> {
    fn payload(&mut self, payload: &Payload, keys: Dictionary, channel: Channel) {
        let address = Address {
            family: Family::Profile,
            channel,
            owner: payload.owner.clone(),
            instance: payload.instance.clone(),
            leaf: Leaf::Keys(Vec::new()),
        };
        let before = self.found.items.len();
        self.level(&payload.place, &address, (keys, OF_PAYLOAD), payload.span);
        self.found.items[before..].iter_mut().for_each(|item| item.setting.names.owner = payload.named);
    }

    /// The keys of a dictionary beside its envelope.
    fn level(&mut self, place: &str, address: &Address, (keys, envelope): (Dictionary, &[&str]), span: Span) {
        let own = keys.into_iter().filter(|(key, _)| !envelope.contains(&key.as_str()));
        if let Err((inside, cause)) = items::settings(address, own, &self.references, &mut self.leaves) {
            self.found.faults.push(Wrong::at(span, inside, cause));
        }
        let mut settings = std::mem::take(&mut self.leaves.settings);
        // A payload without a key is the whole of it.
        settings.iter_mut().filter(|setting| setting.address.keys().is_empty()).for_each(|setting| setting.span = span);
        self.found.add(place, &How::Set, settings);
    }
}

#[cfg(test)]
mod tests {
    use crate::backend::sample::{encoded, group, key};
    use crate::backend::{Decoded, Format, Unreadable, decode};
    use crate::catalogue::Catalogue;
    use crate::setting::{Platform, Setting, Value};

    fn read(bytes: &[u8]) -> Result<Decoded, Unreadable> {
        decode(Format::Mobileconfig, bytes, &Catalogue::embedded())
    }

    #[test]
    fn secrets_references_and_top_keys_come_back() {
        let reference = |instance: Option<&str>| Value::Reference {
            owner: "com.apple.security.root".to_owned(),
            instance: instance.map(str::to_owned),
        };
        let root = |name: &str| {
            key("com.apple.security.root", "PayloadContent", Value::Data(vec![1, 2])).instance(name).in_profile("wifi")
        };
        let wifi = |path: &str, value: Value| key("com.apple.wifi.managed", path, value).in_profile("wifi");
        let trusted = Value::array([reference(Some("one")), reference(Some("two"))]);
        let mut settings = vec![
            root("one"),
            root("two"),
            wifi("Password", Value::secret("office")),
            wifi("EAPClientConfiguration.PayloadCertificateAnchorUUID", trusted),
            wifi("EAPClientConfiguration.TLSTrustedServerNames", Value::array([])),
            key("TopLevel", "PayloadRemovalDisallowed", Value::Boolean(true)),
            key("com.apple.screensaver", "", Value::Dictionary(Default::default())).in_profile("wifi"),
        ];
        let (artefacts, found) = encoded(&group(Platform::MacOs), settings.clone());
        assert_eq!((artefacts.len(), found), (1, Vec::new()));
        let decoded = read(&artefacts[0].bytes).unwrap();
        assert_eq!(decoded.residue, []);
        settings.sort_by(|a, b| a.address.cmp(&b.address));
        settings.iter_mut().for_each(|setting| setting.profile = None);
        assert_eq!(decoded.settings, settings);
    }

    /// A profile of somebody else's: its payloads, and what else it says.
    fn foreign(payloads: &str, more: &str) -> Vec<u8> {
        let head = "<?xml version='1.0' encoding='UTF-8'?>\r\n<!-- made by hand -->\r\n<plist version='1.0'><dict>";
        let own = "<key>PayloadType</key><string>Configuration</string><key>PayloadVersion</key><integer>1</integer>";
        let content = format!("<key>PayloadContent</key><array>{payloads}</array>");
        format!("{head}{own}{content}{more}</dict></plist>").into_bytes()
    }

    #[test]
    fn payloads_of_one_type_are_counted_and_words_are_residue() {
        let payload = |more: &str| format!("<dict><key>PayloadType</key><string>com.example.a</string>{more}</dict>");
        let payloads = [
            payload("<key>x</key><integer>1</integer><key>PayloadVersion</key><integer>1</integer>"),
            payload(
                "<key>x</key><integer>2</integer><key>PayloadUUID</key><string>0f0f0f0f-0000-4000-8000-000000000000</string>",
            ),
            payload("<key>y</key><string>0F0F0F0F-0000-4000-8000-000000000000</string>"),
        ];
        let more = "<key>PayloadScope</key><string>User</string><key>PayloadDisplayName</key><string>Mine</string>";
        let decoded = read(&foreign(&payloads.concat(), more)).unwrap();
        let second = || key("com.example.a", "x", Value::Integer(2)).instance("#2").user();
        let reference = Value::Reference { owner: "com.example.a".to_owned(), instance: Some("#2".to_owned()) };
        let expected: Vec<Setting> = vec![
            key("com.example.a", "x", Value::Integer(1)).user(),
            second(),
            key("com.example.a", "y", reference).instance("#3").user(),
        ];
        assert_eq!(decoded.settings, expected);
        let residue: Vec<&str> = decoded.residue.iter().map(|(place, _)| place.as_str()).collect();
        let versions =
            ["PayloadContent[1].PayloadUUID", "PayloadContent[1].PayloadVersion", "PayloadContent[2].PayloadVersion"];
        assert_eq!(residue, [&["PayloadDisplayName"][..], &versions].concat());
    }

    #[test]
    fn what_is_no_profile_is_refused_with_its_place() {
        let check =
            |bytes: &[u8], place: &str| assert_eq!(read(bytes).map_err(|(place, _)| place), Err(place.to_owned()));
        check(b"<plist><dict/></plist>", "PayloadType");
        check(b"<plist><array/></plist>", "the root");
        check(b"<plist>\n<dict>", "line 2, byte 8");
        check(&foreign("<string>x</string>", ""), "PayloadContent[0]");
        check(&foreign("<dict/>", ""), "PayloadContent[0]");
        check(&foreign("", "<key>PayloadScope</key><string>system</string>"), "PayloadScope");
        check(&foreign("", "<key>EncryptedPayloadContent</key><data></data>"), "EncryptedPayloadContent");
        check(b"<plist><dict><key>PayloadType</key><string>Configuration</string></dict></plist>", "PayloadContent");
    }
}
