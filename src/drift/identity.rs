//! Identities of profiles, payloads, declarations and of Intune's policies, before and after: what makes a device or a console replace
//! one or install another beside it.
//!
//! Apple, "TopLevel" and "CommonPayloadKeys": `PayloadIdentifier` and `PayloadUUID`; "declarationbase": `Identifier`.

use crate::backend::{self, Identities};
use crate::gather::Gather;
use std::collections::BTreeSet;

const DECLARATION: &str = "Identifier";
const NAME: &str = "PayloadDisplayName";
/// A key and its value.
type Known = (&'static str, String);

/// Key, before and after, for each that differs: the payloads' that both files have, then the file's own. A payload that comes or goes
/// makes no other thing of the file.
pub(crate) fn between(before: &[u8], after: &[u8]) -> Vec<(String, Option<String>, Option<String>)> {
    let mut differing = Vec::new();
    if let (Some(before), Some(after)) = (backend::identities(before), backend::identities(after)) {
        for (was, is) in payloads(&before, &after) {
            compare(was, is, &mut differing);
        }
    }
    compare(&own(before), &own(after), &mut differing);
    differing
}

fn compare(before: &[Known], after: &[Known], differing: &mut Vec<(String, Option<String>, Option<String>)>) {
    let keys: BTreeSet<&str> = before.iter().chain(after).map(|(key, _)| *key).gather();
    let value = |side: &[Known], key: &str| side.iter().find(|(own, _)| *own == key).map(|(_, text)| text.clone());
    let sides = keys.into_iter().map(|key| (key.to_owned(), value(before, key), value(after, key)));
    differing.extend(sides.filter(|(_, then, now)| then != now));
}

/// Payloads of one type that are the same to a device, and those that stand in the place of one another.
fn payloads<'a>(before: &'a Identities, after: &'a Identities) -> Vec<(&'a [Known], &'a [Known])> {
    let mut left: Vec<&(String, Vec<Known>)> = after.payloads.iter().collect();
    let mut pairs = Vec::new();
    let mut alone = Vec::new();
    let mut take = |was: &'a (String, Vec<Known>), same: &dyn Fn(&[Known]) -> bool| {
        let n = left.iter().position(|(owner, known)| *owner == was.0 && same(known))?;
        pairs.push((was.1.as_slice(), left.remove(n).1.as_slice()));
        Some(())
    };
    for was in &before.payloads {
        if take(was, &|is| is == was.1.as_slice()).is_none() {
            alone.push(was);
        }
    }
    alone.retain(|was| take(was, &|is| was.1.iter().any(|known| is.contains(known))).is_none());
    alone.retain(|was| take(was, &|_| true).is_none());
    pairs
}

/// The name by which servers match a profile when they import it, where it differs. To devices it is no identity.
pub(super) fn renamed(before: &[u8], after: &[u8]) -> Option<(String, Option<String>, Option<String>)> {
    let (was, is) = (backend::identities(before)?, backend::identities(after)?);
    (was.name != is.name).then(|| (NAME.to_owned(), was.name, is.name))
}

/// Whether a key only names a file, to people and to whatever matches by names.
pub(super) fn is_name(key: &str) -> bool {
    matches!(key, NAME | "displayName" | "name")
}

/// The identities of a file, those of its payloads not among them.
pub(crate) fn own(bytes: &[u8]) -> Vec<(&'static str, String)> {
    if bytes.trim_ascii_start().first() == Some(&b'{') {
        let root: Option<serde_json::Value> = serde_json::from_slice(bytes).ok();
        // Importers of Intune's files match by the name that the console shows; its index and other notes have no identity.
        let of_console = root.as_ref().is_some_and(|root| root.get("@odata.type").is_some());
        let keys: &[&'static str] = if of_console { &["displayName", "name"] } else { &[DECLARATION] };
        let own = keys.iter().filter_map(|key| Some((*key, root.as_ref()?.get(*key)?.as_str()?.to_owned())));
        return own.collect();
    }
    backend::identities(bytes).map(|known| known.profile).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::between;

    fn profile(identifier: &str, payloads: &[(&str, &str)]) -> Vec<u8> {
        let one = |(name, uuid): &(&str, &str)| {
            format!(
                "<dict><key>PayloadType</key><string>t</string><key>PayloadIdentifier</key><string>{name}</string>\
                 <key>PayloadUUID</key><string>{uuid}</string></dict>"
            )
        };
        let content: String = payloads.iter().map(one).collect();
        format!(
            "<plist><dict><key>PayloadIdentifier</key><string>{identifier}</string><key>PayloadContent</key>\
             <array>{content}</array></dict></plist>"
        )
        .into_bytes()
    }

    fn check(before: &[u8], after: &[u8], expected: &[(&str, Option<&str>, Option<&str>)]) {
        let found = between(before, after);
        let found: Vec<_> = found.iter().map(|(key, b, a)| (key.as_str(), b.as_deref(), a.as_deref())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn only_identities_that_differ_are_named() {
        let two = profile("p", &[("a", "1"), ("b", "2")]);
        check(&two, &profile("p", &[("b", "2"), ("a", "1")]), &[]);
        check(&two, &profile("p", &[("b", "3"), ("a", "1")]), &[("PayloadUUID", Some("2"), Some("3"))]);
        check(&two, &profile("q", &[("a", "1"), ("b", "2")]), &[("PayloadIdentifier", Some("p"), Some("q"))]);
        // One more before it does not make another one of each that follows.
        check(&two, &profile("p", &[("c", "0"), ("a", "1"), ("b", "2")]), &[]);
        check(&two, b"", &[("PayloadIdentifier", Some("p"), None)]);
    }

    #[test]
    fn a_declaration_has_one_identity() {
        let declaration = |name: &str, inner: u32| {
            format!("{{\"Identifier\": \"{name}\", \"Payload\": {{\"Identifier\": {inner}}}}}")
        };
        check(declaration("1", 1).as_bytes(), declaration("1", 2).as_bytes(), &[]);
        let expected = [("Identifier", Some("1"), Some("2"))];
        check(declaration("1", 1).as_bytes(), declaration("2", 1).as_bytes(), &expected);
    }
}
