//! identities.yaml: what devices and consoles know already, group by group (language.md §8). `policyc import` writes it; a group, profile
//! or payload that does not stand in it has the identity that its names give.

use super::{Text, sentence};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::policy::document::IdentitiesText;
use crate::setting::{Channel, Kept, KeptDeclaration, KeptPayload, KeptProfile};
use crate::source::Spanned;
use crate::source::fields::{self, Fields};
use crate::source::yaml::{Entry, Node};
use std::collections::BTreeMap;

/// Characters of the longest identifier that is kept.
const LONGEST: usize = 1024;

pub(super) fn parse(root: &Node, found: &mut Diagnostics) -> Option<Text> {
    let mut fields = Fields::of(root, "identities.yaml", found)?;
    let groups = fields.take("identities").and_then(|node| fields::entries(node, "`identities`", found));
    fields.finish(found);
    let group = |entry: &Entry, found: &mut Diagnostics| (entry.key.clone(), kept(&entry.value, found));
    let groups = groups?.iter().map(|entry| group(entry, found)).collect();
    Some(Text::Identities(IdentitiesText { groups }))
}

fn kept(node: &Node, found: &mut Diagnostics) -> Kept {
    let mut kept = Kept::default();
    let Some(mut fields) = Fields::of(node, "the identities of a group", found) else { return kept };
    let profiles = fields.take("profiles").and_then(|node| fields::entries(node, "`profiles`", found));
    kept.profiles = profiles.unwrap_or_default().iter().filter_map(|entry| profile(entry, found)).collect();
    let declarations = fields.take("declarations").and_then(|node| fields::items(node, "`declarations`", found));
    kept.declarations = declarations.unwrap_or_default().iter().filter_map(|node| declaration(node, found)).collect();
    let policies = fields.take("policies").and_then(|node| fields::entries(node, "`policies`", found));
    for entry in policies.unwrap_or_default() {
        if let Some(name) = identifier(&entry.value, "the name of a policy", found) {
            kept.policies.insert(entry.key.value.clone(), name.value);
        }
    }
    fields.finish(found);
    unique(&kept, node, found);
    kept
}

fn profile(entry: &Entry, found: &mut Diagnostics) -> Option<KeptProfile> {
    let mut fields = Fields::of(&entry.value, "a profile that devices have", found)?;
    let own = fields.need("identifier", entry.key.span, found);
    let own = own.and_then(|node| identifier(node, "the identifier", found));
    let uuid = fields.take("uuid").and_then(|node| identifier(node, "the UUID", found));
    let channel = channel(&mut fields, found);
    let payloads = fields.take("payloads").and_then(|node| fields::items(node, "`payloads`", found));
    let payloads = payloads.unwrap_or_default().iter().filter_map(|node| payload(node, found)).collect();
    fields.finish(found);
    if !fields::check_name(&entry.key, "a profile", found) {
        return None;
    }
    let uuid = uuid.map(|uuid| uuid.value);
    Some(KeptProfile { name: entry.key.value.clone(), channel, identifier: own?.value, uuid, payloads })
}

fn payload(node: &Node, found: &mut Diagnostics) -> Option<KeptPayload> {
    let mut fields = Fields::of(node, "a payload that devices have", found)?;
    let (owner, instance) = occurrence(&mut fields, node, found);
    let own = fields.take("identifier").and_then(|node| identifier(node, "the identifier", found));
    let uuid = fields.take("uuid").and_then(|node| identifier(node, "the UUID", found));
    fields.finish(found);
    let text = |text: Option<Spanned<String>>| text.map(|text| text.value);
    Some(KeptPayload { owner: owner?, instance, identifier: text(own), uuid: text(uuid) })
}

fn declaration(node: &Node, found: &mut Diagnostics) -> Option<KeptDeclaration> {
    let mut fields = Fields::of(node, "a declaration that devices have", found)?;
    let (owner, instance) = occurrence(&mut fields, node, found);
    let own = fields.need("identifier", node.span, found);
    let own = own.and_then(|node| identifier(node, "the identifier", found));
    let activation = fields.take("activation").and_then(|node| identifier(node, "the identifier", found));
    let channel = channel(&mut fields, found);
    fields.finish(found);
    let activation = activation.map(|text| text.value);
    Some(KeptDeclaration { owner: owner?, instance, channel, identifier: own?.value, activation })
}

/// `type` and `instance`.
fn occurrence(fields: &mut Fields<'_>, node: &Node, found: &mut Diagnostics) -> (Option<String>, Option<String>) {
    let owner = fields.need("type", node.span, found).and_then(|node| sentence(node, "the type", found));
    let instance = fields.take("instance").and_then(|node| fields::text(node, "the instance", found));
    (owner.map(|text| text.value), instance.map(|text| text.value))
}

fn channel(fields: &mut Fields<'_>, found: &mut Diagnostics) -> Channel {
    let words = [("device", Channel::Device), ("user", Channel::User)];
    let word = fields.take("channel").and_then(|node| fields::word(node, "a channel", &words, found));
    word.map_or(Channel::Device, |word| word.value)
}

fn identifier(node: &Node, what: &str, found: &mut Diagnostics) -> Option<Spanned<String>> {
    let text = sentence(node, what, found)?;
    if text.chars().count() > LONGEST || text.contains('\n') {
        let cause = format!("{what} is longer than {LONGEST} characters, or than a line");
        found.push(Diagnostic::new(Code::InvalidValue, text.span, cause).help("write it as devices have it"));
        return None;
    }
    Some(text)
}

/// A payload stands in one profile, and no identifier twice.
fn unique(kept: &Kept, node: &Node, found: &mut Diagnostics) {
    let mut payloads: BTreeMap<(Channel, &str, Option<&str>), &str> = BTreeMap::new();
    for profile in &kept.profiles {
        for payload in &profile.payloads {
            let which = (profile.channel, payload.owner.as_str(), payload.instance.as_deref());
            if let Some(other) = payloads.insert(which, &profile.name) {
                let cause = format!(
                    "`{}` stands in `{other}` and in `{}`: a payload has one place",
                    payload.owner, profile.name
                );
                found.push(
                    Diagnostic::new(Code::DuplicateName, node.span, cause)
                        .help("take it out of one of the two, or give one of them an `instance`"),
                );
            }
        }
    }
}
