//! CSP nodes, in the element names of the DDF.

use super::super::entry::{AdmxBacked, Allowed, Dependency, DependencyGroup, Node};
use super::super::facts::folded;
use super::super::{Catalogue, NodeMatch};
use super::apple::{direction, put};
use crate::setting::Leaf;
use serde_json::{Map, Value, json};

impl Catalogue {
    pub(super) fn node_entry(&self, found: &NodeMatch<'_>) -> Value {
        let node = found.node;
        let mut entry = fields(node);
        entry.insert("LocURI".to_owned(), json!(node.uri));
        entry.insert("effective".to_owned(), effective(found));
        entry.insert("direction".to_owned(), self.directions(node));
        if let Some(row) = self.row(&folded(&node.uri)) {
            let source = self.node_source(row);
            entry.insert("source".to_owned(), json!({ "file": source.file, "release": source.release }));
            put(&mut entry, "errata", self.errata_of_node(row));
        }
        Value::Object(entry)
    }

    /// Of the value; for the policy of a template, of its state and of each element that is known.
    fn directions(&self, node: &Node) -> Value {
        let Some(admx) = node.allowed.as_ref().and_then(|allowed| allowed.admx.as_ref()) else {
            return direction(self.node_side(node, &Leaf::Node));
        };
        let mut sides = Map::new();
        sides.insert("state".to_owned(), direction(self.node_side(node, &Leaf::AdmxState)));
        for element in admx.elements.iter().flatten() {
            let side = self.node_side(node, &Leaf::AdmxElement(element.id.clone()));
            sides.insert(element.id.clone(), direction(side));
        }
        Value::Object(sides)
    }
}

fn fields(node: &Node) -> Map<String, Value> {
    let text = |text: &Option<String>| text.as_ref().map(|text| json!(text));
    let mut entry = Map::new();
    entry.insert("AccessType".to_owned(), json!(node.access));
    entry.insert("DFFormat".to_owned(), json!(node.format));
    put(&mut entry, "DefaultValue", text(&node.default));
    put(&mut entry, "Occurrence", text(&node.occurrence));
    put(&mut entry, "Scope", text(&node.scope));
    put(&mut entry, "MIME", text(&node.mime));
    put(&mut entry, "CaseSense", text(&node.case_sense));
    put(&mut entry, "OsBuildVersion", node.builds.as_ref().map(|builds| json!(builds)));
    put(&mut entry, "CspVersion", text(&node.csp_version));
    put(&mut entry, "EditionAllowList", node.editions.as_ref().map(|editions| json!(editions)));
    put(&mut entry, "DynamicNodeNaming", text(&node.naming));
    put(&mut entry, "AllowedValues", node.allowed.as_ref().map(allowed));
    let groups = (!node.dependencies.is_empty()).then(|| node.dependencies.iter().map(group).collect());
    put(&mut entry, "DependencyBehavior", groups);
    put(&mut entry, "ConflictResolution", text(&node.conflict));
    put(&mut entry, "Deprecated", node.deprecated.as_ref().map(|build| json!({ "OsBuildDeprecated": build })));
    put(&mut entry, "AtomicRequired", node.atomic.then_some(Value::Bool(true)));
    put(&mut entry, "RebootBehavior", text(&node.reboot));
    put(&mut entry, "curated", node.secret.then(|| json!({ "secret": true })));
    entry
}

/// What holds after inheritance, and the editions as families.
fn effective(found: &NodeMatch<'_>) -> Value {
    let mut entry = Map::new();
    let list = |list: &Vec<String>| json!(list);
    put(&mut entry, "OsBuildVersion", found.inherited(|node| node.builds.as_ref()).map(list));
    put(&mut entry, "CspVersion", found.inherited(|node| node.csp_version.as_ref()).map(|version| json!(version)));
    put(&mut entry, "EditionAllowList", found.inherited(|node| node.editions.as_ref()).map(list));
    let words = found.editions().map(|editions| editions.into_iter().map(|edition| json!(edition.word())).collect());
    put(&mut entry, "editions", words);
    Value::Object(entry)
}

fn allowed(allowed: &Allowed) -> Value {
    let mut entry = Map::new();
    entry.insert("ValueType".to_owned(), json!(allowed.kind));
    let listed = allowed.kind == "ENUM" || allowed.kind == "Flag";
    if listed {
        entry.insert("Enum".to_owned(), allowed.values.iter().map(|value| json!({ "Value": value })).collect());
    } else if let [value] = allowed.values.as_slice() {
        entry.insert("Value".to_owned(), json!(value));
    } else if !allowed.values.is_empty() {
        entry.insert("Value".to_owned(), json!(allowed.values));
    }
    put(&mut entry, "List", allowed.delimiter.as_ref().map(|delimiter| json!({ "Delimiter": delimiter })));
    put(&mut entry, "AdmxBacked", allowed.admx.as_ref().map(admx));
    Value::Object(entry)
}

fn admx(admx: &AdmxBacked) -> Value {
    let mut entry = Map::new();
    entry.insert("File".to_owned(), json!(admx.file));
    entry.insert("Area".to_owned(), json!(admx.area));
    entry.insert("Name".to_owned(), json!(admx.name));
    put(&mut entry, "elements", admx.elements.as_ref().and_then(|elements| serde_json::to_value(elements).ok()));
    Value::Object(entry)
}

fn group(group: &DependencyGroup) -> Value {
    let mut entry = Map::new();
    entry.insert("FriendlyId".to_owned(), json!(group.id));
    put(&mut entry, "DependencyChangedAllowedValues", group.changed.as_ref().map(allowed));
    entry.insert("Dependency".to_owned(), group.on.iter().map(dependency).collect());
    Value::Object(entry)
}

fn dependency(dependency: &Dependency) -> Value {
    let mut entry = Map::new();
    entry.insert("Type".to_owned(), json!(dependency.kind));
    entry.insert("DependencyUri".to_owned(), json!(dependency.uri));
    put(&mut entry, "DependencyAllowedValue", dependency.allowed.as_ref().map(allowed));
    Value::Object(entry)
}
