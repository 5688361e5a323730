//! A file of Intune's as tools look at it: an object with a type and a name.

use serde_json::{Map, Value as Json};

const TYPE: &str = "#microsoft.graph.";

/// Which of Intune's lists the object belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Catalogue,
    Configuration,
    Ring,
    Compliance,
}

/// One object.
pub(super) struct Object<'a> {
    pub(super) path: &'a str,
    pub(super) members: Map<String, Json>,
    pub(super) list: List,
    /// Its type, without what all of them begin with.
    pub(super) kind: String,
    /// What importers know it by.
    pub(super) name: String,
}

impl<'a> Object<'a> {
    /// Reads a file; the error says why no tool could take it.
    pub(super) fn read(path: &'a str, bytes: &[u8]) -> Result<Object<'a>, String> {
        let read: Result<Map<String, Json>, _> = serde_json::from_slice(bytes);
        let members = read.map_err(|error| format!("it is no object of Intune's: {error}"))?;
        let text = |name: &str| members.get(name).and_then(Json::as_str).map(str::to_owned);
        let said = text("@odata.type").unwrap_or_default();
        let kind = said.strip_prefix(TYPE).unwrap_or_default().to_owned();
        let list = match kind.as_str() {
            "deviceManagementConfigurationPolicy" => List::Catalogue,
            "windowsUpdateForBusinessConfiguration" => List::Ring,
            kind if kind.ends_with("CustomConfiguration") => List::Configuration,
            kind if kind.ends_with("CompliancePolicy") => List::Compliance,
            _ => return Err(format!("`{said}` is in none of the lists that this layout has")),
        };
        let name = text(if list == List::Catalogue { "name" } else { "displayName" });
        let name = name.ok_or("it has no name")?;
        Ok(Object { path, members, list, kind, name })
    }

    pub(super) fn organisation(&self) -> &'a str {
        self.path.split('/').next().unwrap_or_default()
    }

    pub(super) fn group(&self) -> &'a str {
        self.path.split('/').nth(1).unwrap_or_default()
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.members.get(name).and_then(Json::as_str).unwrap_or_default()
    }

    pub(super) fn list_of(&self, name: &str) -> &[Json] {
        self.members.get(name).and_then(Json::as_array).map_or(&[], Vec::as_slice)
    }
}

/// JSON in ASCII alone: readers that take a file without a mark for another encoding read it all the same.
pub(super) fn ascii(value: &Json) -> Vec<u8> {
    let mut text = String::new();
    for c in format!("{value:#}\n").chars() {
        if c.is_ascii() {
            text.push(c);
        } else {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().for_each(|unit| text.push_str(&format!("\\u{unit:04x}")));
        }
    }
    text.into_bytes()
}
