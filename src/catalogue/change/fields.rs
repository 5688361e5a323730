//! Two records of one entry, field by field, in the vendor's own names. Whatever a record has is compared: a field that is added to
//! the records needs nothing here.

use super::Limit;
use super::bearing::{Bearing, bearing, bearing_of_members, bearing_of_os};
use crate::gather::Gather;
use serde_json::{Map, Value};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// What is compared as entries of their own, or says where a fact comes from.
const ELSEWHERE: [&str; 5] = ["subkeys", "payloadkeys", "responsekeys", "source", "key"];
/// What a list lost, and what it got.
const GONE: &str = ", gone";
const NEW: &str = ", new";
/// Characters of a value that are told.
const WIDTH: usize = 400;

/// One field that is stated otherwise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field {
    /// Its path in the record, such as `supportedOS.iOS.introduced`; of a list `access, gone` and `access, new`.
    pub field: String,
    /// The OS that it speaks of, where it speaks of one.
    pub os: Option<String>,
    /// Before; absent where nothing was stated.
    pub before: Option<String>,
    /// After; absent where nothing is stated any more.
    pub after: Option<String>,
    /// What that asks of a setting.
    pub bearing: Bearing,
    /// What a setting must keep to now, where that is certain.
    pub limit: Option<Limit>,
}

/// Whether the record is a type, which lists the OSs that have it, or something below one, which inherits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Type,
    Below,
}

/// What differs between two records.
pub(super) fn fields(before: &Value, after: &Value, level: Level) -> Vec<Field> {
    let mut walk = Walk { record: after, level, path: Vec::new(), found: Vec::new() };
    walk.value(Some(before), Some(after));
    walk.found
}

struct Walk<'r> {
    /// The later record, whole.
    record: &'r Value,
    level: Level,
    path: Vec<String>,
    found: Vec<Field>,
}

impl Walk<'_> {
    fn value(&mut self, before: Option<&Value>, after: Option<&Value>) {
        if before == after {
            return;
        }
        let is_os = matches!(self.path.as_slice(), [field, _] if field == "supportedOS");
        match (before, after) {
            (None, Some(_)) | (Some(_), None) if is_os && self.level == Level::Type => {
                self.push("", (before, after), bearing_of_os(before, after));
            }
            (Some(Value::Object(before)), Some(Value::Object(after))) => self.map(before, after),
            (Some(Value::Object(before)), None) => self.map(before, &Map::new()),
            (None, Some(Value::Object(after))) => self.map(&Map::new(), after),
            (Some(Value::Array(old)), Some(Value::Array(new))) => self.list(old, new),
            _ => self.push("", (before, after), bearing(&self.path, before, after)),
        }
    }

    fn map(&mut self, before: &Map<String, Value>, after: &Map<String, Value>) {
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).gather();
        for name in names.into_iter().filter(|name| !ELSEWHERE.contains(&name.as_str())) {
            self.path.push(name.clone());
            self.value(before.get(name), after.get(name));
            self.path.pop();
        }
    }

    fn list(&mut self, before: &[Value], after: &[Value]) {
        if let (Some(before), Some(after)) = (by_id(before), by_id(after)) {
            return self.named(&before, &after);
        }
        let whole = (Value::from(before), Value::from(after));
        let (old, new) = (words(before), words(after));
        let gone: Vec<Value> = old.difference(&new).map(|word| Value::from(word.as_str())).collect();
        let come: Vec<Value> = new.difference(&old).map(|word| Value::from(word.as_str())).collect();
        // One for one is a value that changed; the same in another order is said whole.
        if (before.len() == 1 && after.len() == 1) || (gone.is_empty() && come.is_empty()) {
            let is_order = gone.is_empty() && come.is_empty();
            let bearing = if is_order { Bearing::Neutral } else { bearing(&self.path, Some(&whole.0), Some(&whole.1)) };
            return self.push("", (Some(&whole.0), Some(&whole.1)), bearing);
        }
        if !gone.is_empty() {
            self.push(GONE, (Some(&gone.into()), None), bearing_of_members(&self.path, Ordering::Less));
        }
        if !come.is_empty() {
            self.push(NEW, (None, Some(&come.into())), bearing_of_members(&self.path, Ordering::Greater));
        }
    }

    /// Items that have a name each: elements of an ADMX policy, groups of dependencies.
    fn named(&mut self, before: &BTreeMap<&str, &Value>, after: &BTreeMap<&str, &Value>) {
        let ids: BTreeSet<&str> = before.keys().chain(after.keys()).copied().gather();
        for id in ids {
            self.path.push(id.to_owned());
            match (before.get(id), after.get(id)) {
                (Some(before), Some(after)) => self.value(Some(before), Some(after)),
                (Some(before), None) => self.push("", (Some(before), None), self.of_item(Ordering::Less)),
                (None, after) => self.push("", (None, after.copied()), self.of_item(Ordering::Greater)),
            }
            self.path.pop();
        }
    }

    /// A policy takes an element more; a node that depends on more takes less.
    fn of_item(&self, order: Ordering) -> Bearing {
        let is_limit = self.path.first().is_some_and(|field| field == "dependencies");
        let order = if is_limit { order.reverse() } else { order };
        bearing_of_members(&[], order)
    }

    fn push(&mut self, suffix: &str, (before, after): (Option<&Value>, Option<&Value>), bearing: Bearing) {
        let os = match self.path.as_slice() {
            [field, os, ..] if field == "supportedOS" || field == "range_on" => Some(os.clone()),
            _ => None,
        };
        let gone = if suffix == GONE { before } else { None };
        let limit = Limit::of(self.record, &self.path, after, gone).filter(|_| suffix != NEW);
        let field = format!("{}{suffix}", self.path.join("."));
        self.found.push(Field { field, os, before: before.map(text), after: after.map(text), bearing, limit });
    }
}

/// Items by their `id`, where each has one and no two share it.
fn by_id(items: &[Value]) -> Option<BTreeMap<&str, &Value>> {
    let named = |item: &'_ Value| item.get("id").and_then(Value::as_str).is_some();
    if items.is_empty() || !items.iter().all(named) {
        return None;
    }
    let by_id: BTreeMap<&str, &Value> =
        items.iter().filter_map(|item| Some((item.get("id")?.as_str()?, item))).gather();
    (by_id.len() == items.len()).then_some(by_id)
}

fn words(items: &[Value]) -> BTreeSet<String> {
    items.iter().map(whole).gather()
}

/// A value on one line: words as they are, lists with commas, maps as `name value`.
fn text(value: &Value) -> String {
    let text = whole(value);
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn whole(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(whole).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            let said = fields.iter().filter(|(name, _)| *name != "source");
            said.map(|(name, value)| format!("{name} {}", whole(value))).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(before: Value, after: Value, expected: &[&str]) {
        let said = |before: &Value, after: &Value| -> Vec<String> {
            let side = |value: &Option<String>| value.clone().unwrap_or("-".to_owned());
            let line = |field: Field| {
                format!("{}: {} → {} {}", field.field, side(&field.before), side(&field.after), field.bearing.word())
            };
            fields(before, after, Level::Type).into_iter().map(line).collect()
        };
        assert_eq!(said(&before, &after), expected);
        assert_eq!(said(&after, &before).len(), expected.len(), "the way back says as much");
        assert_eq!(said(&after, &after), [""; 0]);
    }

    #[test]
    fn each_field_is_told_in_its_own_terms() {
        check(
            json!({ "type": "integer", "range": { "min": "0", "max": "16" }, "subkeys": [1], "source": { "file": "a" } }),
            json!({ "type": "integer", "range": { "min": "0", "max": "9" }, "default": "4", "source": { "file": "b" } }),
            &["default: - → 4 neutral", "range.max: 16 → 9 narrower"],
        );
        check(
            json!({ "supportedOS": { "iOS": { "introduced": "9.0" }, "tvOS": { "introduced": "9.0" } } }),
            json!({ "supportedOS": { "iOS": { "introduced": "9.0", "deprecated": "27.0" } } }),
            &["supportedOS.iOS.deprecated: - → 27.0 deprecated", "supportedOS.tvOS: introduced 9.0 → - narrower"],
        );
    }

    #[test]
    fn of_lists_only_what_differs_is_told() {
        check(
            json!({ "access": ["Add", "Get", "Replace"], "values": ["0", "1"], "builds": ["10.0.1"] }),
            json!({ "access": ["Exec", "Get", "Replace"], "values": ["1", "0"], "builds": ["10.0.2"] }),
            &[
                "access, gone: Add → - narrower",
                "access, new: - → Exec wider",
                "builds: 10.0.1 → 10.0.2 narrower",
                "values: 0, 1 → 1, 0 neutral",
            ],
        );
    }

    #[test]
    fn items_with_a_name_are_compared_by_it() {
        check(
            json!({ "elements": [{ "id": "A", "kind": "text", "source": "x" }, { "id": "B", "kind": "decimal" }] }),
            json!({ "elements": [{ "id": "C", "kind": "list", "source": "x" }, { "id": "B", "kind": "enum" }] }),
            &[
                "elements.A: id A, kind text → - narrower",
                "elements.B.kind: decimal → enum different",
                "elements.C: - → id C, kind list wider",
            ],
        );
        check(
            json!({ "dependencies": [{ "id": "A", "on": [{ "uri": "./x" }] }] }),
            json!({ "dependencies": [{ "id": "A", "on": [{ "uri": "./y" }] }] }),
            &["dependencies.A.on: uri ./x → uri ./y different"],
        );
    }
}
