//! Settings → a policy of the settings catalogue, as the portal exports and imports it.

use super::instance::{self, Content};
use super::nest::{Item, Items, Stands, place, takes_children};
use super::{Title, audience, exception, id};
use crate::catalogue::Catalogue;
use crate::encoding::json;
use crate::gather::{Arrange, Gather};
use crate::setting::{Address, Family, Setting};
use crate::template::{app_of, installs};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// One policy, before it is written.
pub(super) struct Policy {
    /// Whose devices it is for.
    pub(super) system: System,
    instances: Vec<Json>,
    /// What it holds, sorted.
    pub(super) holds: Vec<Address>,
    /// Names that it leaves to Intune.
    names: BTreeMap<String, String>,
}

impl Policy {
    pub(super) fn empty(system: System) -> Policy {
        Policy { system, instances: Vec::new(), holds: Vec::new(), names: BTreeMap::new() }
    }

    /// Adds one instance with all that it holds.
    pub(super) fn add(&mut self, instance: Json, settings: &[&Setting]) {
        self.instances.push(instance);
        self.holds.extend(settings.iter().map(|setting| setting.address.clone()));
        self.holds.arrange();
    }
}

/// What the settings of one policy are of, by the words of Graph: `platforms` and `technologies`.
#[derive(Clone, Copy)]
pub(super) struct System(pub(super) &'static str, pub(super) &'static str);

impl System {
    const WINDOWS: System = System("windows10", "mdm");
    pub(super) const MAC_OS: System = System("macOS", "mdm,appleRemoteManagement");
    pub(super) const IOS: System = System("iOS", "mdm,appleRemoteManagement");
}

/// What the catalogue can hold of some settings, by policy.
pub(super) struct Policies<'a> {
    pub(super) policies: BTreeMap<String, Policy>,
    /// What it cannot hold, and why.
    pub(super) left: Vec<(&'a Setting, String)>,
}

/// What of `settings` the catalogue can hold, and what it cannot. `part` names the policy of a setting; what stands below another's
/// option is where that is.
pub(super) fn policies<'a>(
    settings: impl IntoIterator<Item = &'a Setting>,
    catalogue: &'a Catalogue,
    part: &dyn Fn(&Setting) -> String,
) -> Policies<'a> {
    let mut plan =
        Plan { catalogue, items: Items::new(), content: BTreeMap::new(), names: BTreeMap::new(), left: Vec::new() };
    plan.sort_in(settings);
    plan.settle();
    let policies = plan.policies(part);
    plan.left.arrange_by(|(a, _), (b, _)| a.address.cmp(&b.address));
    Policies { policies, left: plan.left }
}

/// A policy as the portal exports it. The names that Intune fills in stand in the description: the file alone says which nodes are meant.
pub(super) fn document(title: &Title<'_>, policy: &Policy) -> Vec<u8> {
    let mut description = title.description.to_owned();
    for (uri, name) in &policy.names {
        description.push_str(&exception::note(uri, name));
    }
    let settings: Vec<Json> = policy.instances.iter().enumerate().map(numbered).collect();
    let mut document = json!({
        "@odata.type": "#microsoft.graph.deviceManagementConfigurationPolicy",
        "name": title.name,
        "description": description,
        "platforms": policy.system.0,
        "technologies": policy.system.1,
        // The default tag, which every tenant has under this number.
        "roleScopeTagIds": ["0"],
        "templateReference": { "templateId": "", "templateFamily": "none" },
        "settings": settings,
    });
    audience::add(&mut document, title, "deviceManagementConfigurationPolicyAssignment");
    json::write(&document)
}

fn numbered((n, instance): (usize, &Json)) -> Json {
    json!({ "id": n.to_string(), "settingInstance": instance })
}

struct Plan<'a> {
    catalogue: &'a Catalogue,
    items: Items<'a>,
    content: BTreeMap<&'a str, Content>,
    names: BTreeMap<String, String>,
    left: Vec<(&'a Setting, String)>,
}

impl<'a> Plan<'a> {
    /// Nodes that the catalogue knows, and what it does not know at all.
    fn sort_in(&mut self, settings: impl IntoIterator<Item = &'a Setting>) {
        let mut nodes: BTreeMap<&'a str, Vec<&'a Setting>> = BTreeMap::new();
        for setting in settings.into_iter().filter(|setting| setting.address.family == Family::Csp) {
            nodes.entry(&setting.address.owner).or_default().push(setting);
        }
        for (uri, settings) in nodes {
            match self.item(uri, settings.clone()) {
                Ok((item, content)) => {
                    self.items.insert(uri, item);
                    self.content.insert(uri, content);
                }
                Err(why) => self.leave(settings, &why),
            }
        }
    }

    fn leave(&mut self, settings: Vec<&'a Setting>, why: &str) {
        self.left.extend(settings.into_iter().map(|setting| (setting, why.to_owned())));
    }

    fn item(&mut self, uri: &str, settings: Vec<&'a Setting>) -> Result<(Item<'a>, Content), String> {
        if installs(uri).or(app_of(uri)).is_some() {
            // Intune's own templates have apps of their own, another for each version: no id follows from ours.
            return Err("a template of the organisation's own stands behind it".to_owned());
        }
        let found = self.catalogue.known_node(uri).ok_or("the DDF does not have the node")?;
        if found.canonical != uri {
            return Err(format!("the DDF spells the node `{}`", found.canonical));
        }
        if let Some(why) = exception::absent(&found.node.uri) {
            return Err(why);
        }
        let content = instance::content(found.node, &id::of(found.node, None), &settings)?;
        match found.dynamic.as_slice() {
            [] => {}
            [(above, name)] if exception::is_filled(&above.uri) => {
                let filled = self.names.entry(above.uri.clone()).or_insert_with(|| name.clone());
                if filled != name {
                    return Err(format!(
                        "Intune fills in one name for `{}`, and another node has `{filled}`",
                        above.uri
                    ));
                }
            }
            [(above, _), ..] => {
                return Err(format!("no export shows how the catalogue holds nodes below `{}`", above.uri));
            }
        }
        Ok((Item { found, settings }, content))
    }

    /// Takes out what has no place, and what depended on it, until nothing changes.
    fn settle(&mut self) {
        while let Some(uri) = self.items.keys().copied().find(|uri| !self.has_place(uri)) {
            self.content.remove(uri);
            if let Some(item) = self.items.remove(uri) {
                self.leave(item.settings, "it stands below another node's option, and that option is not set here");
            }
        }
    }

    fn has_place(&self, uri: &str) -> bool {
        match place(&self.items, uri, self.catalogue) {
            Stands::Top => true,
            Stands::Below(parent) => self.content.get(parent).is_some_and(takes_children),
            Stands::Nowhere => false,
        }
    }

    /// The policies, each with its instances by id. Those below a dynamic node stand together, where the first of them does.
    fn policies(&mut self, part: &dyn Fn(&Setting) -> String) -> BTreeMap<String, Policy> {
        let mut below: BTreeMap<&'a str, Vec<&'a str>> = BTreeMap::new();
        let mut top: Vec<&'a str> = Vec::new();
        for uri in self.items.keys() {
            match place(&self.items, uri, self.catalogue) {
                Stands::Below(parent) => below.entry(parent).or_default().push(uri),
                Stands::Top | Stands::Nowhere => top.push(uri),
            }
        }
        let mut roots: BTreeMap<String, BTreeMap<String, Json>> = BTreeMap::new();
        let mut groups: BTreeMap<String, Group> = BTreeMap::new();
        let mut holds: BTreeMap<String, Vec<&'a str>> = BTreeMap::new();
        for uri in top {
            let Some(item) = self.items.get(uri) else { continue };
            let mut own = item.settings.first().map(|setting| part(setting)).unwrap_or_default();
            let dynamic = item.found.dynamic.first().map(|(node, _)| id::of(node, None));
            let (id, instance) = self.instance(uri, None, &below);
            match dynamic {
                Some(name) => {
                    let group = groups.entry(name).or_insert(Group { part: own, children: BTreeMap::new() });
                    own = group.part.clone();
                    group.children.insert(id, instance);
                }
                None => drop(roots.entry(own.clone()).or_default().insert(id, instance)),
            }
            holds.entry(own).or_default().push(uri);
        }
        for (id, Group { part, children }) in groups {
            let children: Vec<Json> = children.into_values().collect();
            let group = instance::group(&id, &children);
            roots.entry(part).or_default().insert(id, group);
        }
        let policy = |(part, instances): (String, BTreeMap<String, Json>)| {
            let nodes = holds.get(&part).into_iter().flatten().flat_map(|uri| family(uri, &below));
            let items: Vec<&Item<'a>> = nodes.filter_map(|uri| self.items.get(uri)).collect();
            let mut held: Vec<Address> =
                items.iter().flat_map(|item| &item.settings).map(|setting| setting.address.clone()).collect();
            held.arrange();
            let dynamic = items.iter().flat_map(|item| &item.found.dynamic);
            let names = dynamic.map(|(above, name)| (above.uri.clone(), name.clone())).gather();
            let instances = instances.into_values().collect();
            (part, Policy { system: System::WINDOWS, instances, holds: held, names })
        };
        roots.into_iter().map(policy).gather()
    }

    /// One instance with all below it. Bounded by the depth of the DDF's dependencies, which have no circle.
    fn instance(
        &mut self,
        uri: &'a str,
        parent: Option<(&str, &str)>,
        below: &BTreeMap<&'a str, Vec<&'a str>>,
    ) -> (String, Json) {
        let (Some(item), Some(content)) = (self.items.get(uri), self.content.remove(uri)) else {
            panic!("internal: `{uri}` stands in the policy twice");
        };
        let id = id::of(item.found.node, parent);
        let own = item.found.node.uri.clone();
        let value = item.value().map(|value| value.to_string()).unwrap_or_default();
        let mut children: BTreeMap<String, Json> = BTreeMap::new();
        for child in below.get(uri).into_iter().flatten() {
            let (id, instance) = self.instance(child, Some((&own, &value)), below);
            children.insert(id, instance);
        }
        let instance = content.instance(&id, children.into_values().collect());
        (id, instance)
    }
}

/// The settings below one dynamic node.
struct Group {
    part: String,
    children: BTreeMap<String, Json>,
}

/// A node and all below it.
fn family<'a>(uri: &'a str, below: &BTreeMap<&'a str, Vec<&'a str>>) -> Vec<&'a str> {
    let children = below.get(uri).into_iter().flatten();
    std::iter::once(uri).chain(children.flat_map(|child| family(child, below))).collect()
}
