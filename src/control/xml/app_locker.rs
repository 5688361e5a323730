//! One `RuleCollection` of AppLocker (AppLocker CSP; rule kinds as in its schema `AppLockerPolicy`).
//!
//! A collection that is enforced stops whatever no rule allows, so each begins with the rules that keep Windows running: its own
//! folder, Program Files, administrators. As soon as programs have rules, packaged apps need some as well, or none would open: those of
//! others stay allowed until a rule speaks of packaged apps, and Windows' own always.

use super::text::Element;
use super::{Parts, word};
use crate::control::transform::text_of;
use crate::digest;
use crate::setting::Value;

/// Everyone, and the local administrators (well-known SIDs).
const EVERYONE: &str = "S-1-1-0";
const ADMINISTRATORS: &str = "S-1-5-32-544";

/// A collection: our word, and AppLocker's `Type`.
const COLLECTIONS: [(&str, &str); 4] = [("exe", "Exe"), ("msi", "Msi"), ("script", "Script"), ("store-apps", "Appx")];

/// What a rule looks at.
enum Condition<'a> {
    Publisher { publisher: &'a str, product: &'a str, binary: &'a str, from: &'a str },
    Path(&'a str),
    Hash { data: &'a str, file: &'a str, length: &'a str },
}

struct Rule<'a> {
    name: &'a str,
    who: &'a str,
    action: &'a str,
    condition: Condition<'a>,
}

/// `{ $xml: app-locker, name: …, collection: exe, mode: enforce, allow: $rules, deny: $rules }`.
pub(super) fn write(parts: &Parts, identifier: &str) -> Result<Option<String>, String> {
    let (Some(name), Some(collection)) = (word(parts, "name"), word(parts, "collection")) else { return Ok(None) };
    let kind = COLLECTIONS.iter().find(|(ours, _)| *ours == collection);
    let (_, kind) = kind.ok_or_else(|| format!("AppLocker has no collection `{collection}`"))?;
    let mode = match word(parts, "mode").unwrap_or("enforce") {
        "enforce" => "Enabled",
        "audit" => "AuditOnly",
        other => return Err(format!("`{other}` is no mode of AppLocker")),
    };
    let (allow, deny) = (given(parts, "allow")?, given(parts, "deny")?);
    let concerns = |wanted: &str| allow.iter().chain(&deny).any(|given| given.collection == wanted);
    let wanted = concerns(collection) || (collection == "store-apps" && concerns("exe"));
    if !wanted {
        return Ok(None);
    }
    let mut rules = standing(collection, concerns(collection));
    for (given, action) in allow.iter().map(|given| (given, "Allow")).chain(deny.iter().map(|given| (given, "Deny"))) {
        if given.collection == collection {
            let condition = condition(given)?;
            rules.push(Rule { name: given.name, who: EVERYONE, action, condition });
        }
    }
    let seed = format!("{identifier}.app-locker.{name}.{collection}");
    let elements =
        rules.iter().map(|rule| element(rule, &digest::uuid(&format!("{seed}.{}.{}", rule.action, rule.name))));
    let root = Element::new("RuleCollection", &[("Type", kind), ("EnforcementMode", mode)]).holding(elements);
    Ok(Some(root.document()))
}

/// A rule as a policy writes it: `{ collection: exe, name: …, by: path, value: … }`.
struct Given<'a> {
    collection: &'a str,
    name: &'a str,
    by: &'a str,
    value: &'a str,
}

fn given<'a>(parts: &'a Parts, list: &str) -> Result<Vec<Given<'a>>, String> {
    let Some(value) = parts.get(list) else { return Ok(Vec::new()) };
    let Value::Array(items) = value else { return Err(format!("`{list}` is no list of rules")) };
    let mut rules: Vec<Given<'a>> = Vec::new();
    for item in items {
        let Value::Dictionary(fields) = &item.value else { return Err(format!("an item of `{list}` is no rule")) };
        let field = |name: &str| {
            let text = fields.get(name).and_then(|field| text_of(field));
            text.ok_or_else(|| format!("a rule of `{list}` has no `{name}`"))
        };
        let rule =
            Given { collection: field("collection")?, name: field("name")?, by: field("by")?, value: field("value")? };
        if rules.iter().any(|other| other.collection == rule.collection && other.name == rule.name) {
            return Err(format!("two rules of `{list}` are called `{}`", rule.name));
        }
        rules.push(rule);
    }
    Ok(rules)
}

/// The rules that every collection has. Packaged apps of others go as soon as a rule speaks of packaged apps.
fn standing(collection: &str, closed: bool) -> Vec<Rule<'static>> {
    let path = |name, who, path| Rule { name, who, action: "Allow", condition: Condition::Path(path) };
    let signed = |name, publisher| {
        let condition = Condition::Publisher { publisher, product: "*", binary: "*", from: "0.0.0.0" };
        Rule { name, who: EVERYONE, action: "Allow", condition }
    };
    match (collection, closed) {
        ("store-apps", false) => vec![signed("Signed packaged apps", "*")],
        ("store-apps", true) => vec![
            signed("Windows", "CN=Microsoft Windows, O=Microsoft Corporation, L=Redmond, S=Washington, C=US"),
            signed("Microsoft", "CN=Microsoft Corporation, O=Microsoft Corporation, L=Redmond, S=Washington, C=US"),
        ],
        ("msi", _) => vec![
            path("Windows Installer folder", EVERYONE, "%WINDIR%\\Installer\\*"),
            path("Administrators", ADMINISTRATORS, "*.*"),
        ],
        _ => vec![
            path("Windows folder", EVERYONE, "%WINDIR%\\*"),
            path("Program Files", EVERYONE, "%PROGRAMFILES%\\*"),
            path("Administrators", ADMINISTRATORS, "*"),
        ],
    }
}

/// Values as Windows' own `Get-AppLockerFileInformation` prints them.
fn condition<'a>(given: &Given<'a>) -> Result<Condition<'a>, String> {
    let value = given.value;
    match given.by {
        "path" if given.collection != "store-apps" => Ok(Condition::Path(value)),
        "hash" if given.collection != "store-apps" => hash(value),
        "publisher" => publisher(value),
        other => Err(format!("AppLocker knows no `{other}` rule for `{}`", given.collection)),
    }
}

/// `O=ACME, L=LONDON, C=GB\PRODUCT\FILE.EXE,1.0.0.0`; what is left out is any.
fn publisher(value: &str) -> Result<Condition<'_>, String> {
    let parts: Vec<&str> = value.split('\\').collect();
    let (publisher, product, last) = match parts.as_slice() {
        [publisher] => (*publisher, "*", "*"),
        [publisher, product] => (*publisher, *product, "*"),
        [publisher, product, binary] => (*publisher, *product, *binary),
        _ => return Err(format!("`{value}` is no publisher: it is written `O=PUBLISHER\\PRODUCT\\FILE.EXE,1.0.0.0`")),
    };
    if publisher.is_empty() || product.is_empty() || last.is_empty() {
        return Err(format!("a part of the publisher `{value}` is empty: any is `*`"));
    }
    let is_version =
        |text: &str| text.split('.').count() == 4 && text.split('.').all(|part| part.parse::<u16>().is_ok());
    let (binary, from) = match last.rsplit_once(',') {
        Some((binary, version)) if is_version(version) => (binary, version),
        _ => (last, "*"),
    };
    Ok(Condition::Publisher { publisher, product, binary, from })
}

/// `SHA256 0x… file.exe 12345`.
fn hash(value: &str) -> Result<Condition<'_>, String> {
    let wrong = || {
        format!("`{value}` is no hash: it is written `SHA256 0x… file.exe 12345`, with the file's length at the end")
    };
    let rest = value.strip_prefix("SHA256 ").ok_or_else(wrong)?;
    let (data, rest) = rest.split_once(' ').ok_or_else(wrong)?;
    let (file, length) = rest.rsplit_once(' ').ok_or_else(wrong)?;
    let digits = data.strip_prefix("0x").ok_or_else(wrong)?;
    let good = digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit()) && length.parse::<u64>().is_ok();
    if !good || file.is_empty() {
        return Err(wrong());
    }
    Ok(Condition::Hash { data, file, length })
}

fn element(rule: &Rule<'_>, id: &str) -> Element {
    let (name, condition) = match &rule.condition {
        Condition::Path(path) => ("FilePathRule", Element::new("FilePathCondition", &[("Path", path)])),
        Condition::Publisher { publisher, product, binary, from } => {
            let range = Element::new("BinaryVersionRange", &[("LowSection", from), ("HighSection", "*")]);
            let names = [("PublisherName", *publisher), ("ProductName", *product), ("BinaryName", *binary)];
            ("FilePublisherRule", Element::new("FilePublisherCondition", &names).holding([range]))
        }
        Condition::Hash { data, file, length } => {
            let facts = [("Type", "SHA256"), ("Data", *data), ("SourceFileName", *file), ("SourceFileLength", *length)];
            ("FileHashRule", Element::new("FileHashCondition", &[]).holding([Element::new("FileHash", &facts)]))
        }
    };
    let attributes =
        [("Id", id), ("Name", rule.name), ("Description", ""), ("UserOrGroupSid", rule.who), ("Action", rule.action)];
    Element::new(name, &attributes).holding([Element::new("Conditions", &[]).holding([condition])])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Spanned;
    use std::collections::BTreeMap;

    fn rule(collection: &str, name: &str, by: &str, value: &str) -> Value {
        let field = |name: &str, text: &str| (name.to_owned(), Spanned::nowhere(Value::text(text)));
        let fields = [field("collection", collection), field("name", name), field("by", by), field("value", value)];
        Value::Dictionary(BTreeMap::from(fields))
    }

    fn document(collection: &str, list: &str, rules: Vec<Value>) -> Result<Option<String>, String> {
        let parts = Parts::from([
            ("name".to_owned(), Value::text("apps")),
            ("collection".to_owned(), Value::text(collection)),
            (list.to_owned(), Value::array(rules)),
        ]);
        write(&parts, "org.example")
    }

    /// Whether the document has all of these, or is not there.
    fn check(collection: &str, list: &str, rules: Vec<Value>, expected: Option<&[&str]>) {
        let document = document(collection, list, rules).unwrap();
        match (document, expected) {
            (Some(document), Some(expected)) => {
                for text in expected {
                    assert!(document.contains(text), "{document}");
                }
            }
            (document, expected) => assert_eq!(document.is_some(), expected.is_some(), "{document:?}"),
        }
    }

    #[test]
    fn a_collection_keeps_windows_running() {
        let acme = || vec![rule("exe", "Acme", "path", "C:\\Acme\\*")];
        let standing = ["Type=\"Exe\" EnforcementMode=\"Enabled\"", "%WINDIR%\\*", "%PROGRAMFILES%\\*", ADMINISTRATORS];
        check("exe", "allow", acme(), Some(&standing));
        check("exe", "allow", acme(), Some(&["Path=\"C:\\Acme\\*\"", "Action=\"Allow\""]));
        check("exe", "deny", acme(), Some(&["Action=\"Deny\""]));
        check("msi", "allow", acme(), None);
        check("exe", "allow", Vec::new(), None);
    }

    #[test]
    fn packaged_apps_have_rules_as_soon_as_programs_do() {
        check("store-apps", "allow", vec![rule("exe", "Acme", "path", "C:\\Acme\\*")], Some(&["PublisherName=\"*\""]));
        let app = vec![rule("store-apps", "Acme", "publisher", "CN=Acme\\Acme.App")];
        check("store-apps", "allow", app, Some(&["CN=Microsoft Windows", "ProductName=\"Acme.App\" BinaryName=\"*\""]));
    }

    #[test]
    fn publishers_and_hashes_are_read_as_windows_prints_them() {
        let of = |by: &str, value: &str| vec![rule("exe", "Acme", by, value)];
        let publisher = "O=ACME & CO, C=GB\\SUITE\\ACME.EXE,1.2.3.4";
        let expected = [
            "PublisherName=\"O=ACME &amp; CO, C=GB\" ProductName=\"SUITE\" BinaryName=\"ACME.EXE\"",
            "LowSection=\"1.2.3.4\"",
        ];
        check("exe", "allow", of("publisher", publisher), Some(&expected));
        let hash = format!("SHA256 0x{} my app.exe 12345", "AB".repeat(32));
        check("exe", "allow", of("hash", &hash), Some(&["SourceFileName=\"my app.exe\" SourceFileLength=\"12345\""]));
        for (by, value) in
            [("hash", "SHA256 0xAB a.exe 1"), ("publisher", "A\\B\\C\\D"), ("publisher", "A\\\\C"), ("name", "a")]
        {
            assert!(document("exe", "allow", of(by, value)).is_err(), "{by} {value}");
        }
        let path = vec![rule("store-apps", "Acme", "path", "C:\\*")];
        assert!(document("store-apps", "allow", path).is_err());
    }

    #[test]
    fn identifiers_come_from_names_and_differ() {
        let two = || vec![rule("exe", "A", "path", "C:\\A\\*"), rule("exe", "B", "path", "C:\\B\\*")];
        let (first, again) =
            (document("exe", "allow", two()).unwrap().unwrap(), document("exe", "allow", two()).unwrap());
        assert_eq!(Some(&first), again.as_ref());
        let ids: std::collections::BTreeSet<&str> =
            first.split("Id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(ids.len(), 5);
        let twice = vec![rule("exe", "A", "path", "C:\\A\\*"), rule("exe", "A", "path", "C:\\B\\*")];
        assert!(document("exe", "allow", twice).is_err());
    }
}
