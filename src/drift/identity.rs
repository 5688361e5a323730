//! Identities of profiles, payloads and declarations, before and after: what makes a device replace one or install another beside it.
//!
//! Apple, "TopLevel" and "CommonPayloadKeys": `PayloadIdentifier` and `PayloadUUID`; "declarationbase": `Identifier`. Both files are
//! known to be readable; of a profile the text is enough, since only these two keys, each a string, are compared in their order.

const KEYS: [&str; 2] = ["PayloadIdentifier", "PayloadUUID"];
const DECLARATION: &str = "Identifier";

/// Key, before and after, for each that differs, in the order of the file.
pub(crate) fn between(before: &[u8], after: &[u8]) -> Vec<(String, Option<String>, Option<String>)> {
    let (before, after) = (identities(before), identities(after));
    let longest = before.len().max(after.len());
    let mut differing = Vec::new();
    for n in 0..longest {
        let (then, now) = (before.get(n), after.get(n));
        if then != now {
            let key = then.or(now).map_or("", |(key, _)| *key);
            let text = |side: Option<&(&str, String)>| side.map(|(_, text)| text.clone());
            differing.push((key.to_owned(), text(then), text(now)));
        }
    }
    differing
}

/// The identities of one file, in its order.
pub(crate) fn identities(bytes: &[u8]) -> Vec<(&'static str, String)> {
    let text = String::from_utf8_lossy(bytes);
    let mut found = Vec::new();
    if text.trim_start().starts_with('{') {
        let root: Option<serde_json::Value> = serde_json::from_str(&text).ok();
        let identifier = root.as_ref().and_then(|root| root.get(DECLARATION)?.as_str());
        found.extend(identifier.map(|identifier| (DECLARATION, identifier.to_owned())));
    }
    for (at, _) in text.match_indices("<key>Payload") {
        let rest = &text[at + "<key>".len()..];
        let Some((key, rest)) = rest.split_once("</key>") else { continue };
        let value = rest.trim_start().strip_prefix("<string>").and_then(|rest| rest.split_once("</string>"));
        if let (Some(key), Some((value, _))) = (KEYS.iter().find(|known| **known == key), value) {
            found.push((*key, value.to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn only_identities_that_differ_are_named() {
        let profile = |uuid: &str, version: u32| {
            format!(
                "<key>PayloadIdentifier</key>\n\t<string>a.b</string>\n<key>PayloadUUID</key><string>{uuid}</string>\n\
                 <key>PayloadVersion</key><integer>{version}</integer>"
            )
        };
        assert_eq!(between(profile("1", 1).as_bytes(), profile("1", 2).as_bytes()), []);
        let expected = [("PayloadUUID".to_owned(), Some("1".to_owned()), Some("2".to_owned()))];
        assert_eq!(between(profile("1", 1).as_bytes(), profile("2", 1).as_bytes()), expected);
        assert_eq!(between(profile("1", 1).as_bytes(), b"").len(), 2);
    }

    #[test]
    fn a_declaration_has_one_identity() {
        let declaration = |name: &str, inner: u32| {
            format!("{{\"Identifier\": \"{name}\", \"Payload\": {{\"Identifier\": {inner}}}}}")
        };
        assert_eq!(between(declaration("1", 1).as_bytes(), declaration("1", 2).as_bytes()), []);
        let expected = [("Identifier".to_owned(), Some("1".to_owned()), Some("2".to_owned()))];
        assert_eq!(between(declaration("1", 1).as_bytes(), declaration("2", 1).as_bytes()), expected);
    }
}
