//! Windows: which command takes a node back. `Delete` where the node allows it, or the dynamic node that was made for it; else `Replace`
//! by the vendor's `DefaultValue`, where one is stated and the node takes it; else nothing, and the reason.
//!
//! DDF v2: `AccessType`, `DefaultValue`, `Scope`, `DynamicNodeNaming`. "Not configured" of an ADMX policy is the `Delete` of its node.

use super::order::ordered;
use super::{Command, Group, Remainder, Replaced, effects, names, word};
use crate::backend::node::channel;
use crate::backend::syncml::plan::Target;
use crate::backend::syncml::text;
use crate::catalogue::entry::Node;
use crate::catalogue::{Catalogue, same};
use crate::check::node::{admits, is_admx, is_settable, typed};
use crate::gather::Gather;
use crate::review::Held;
use crate::setting::{Family, Setting, Value};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// A node that is never deleted as a whole, though the DDF allows it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keep {
    uri: String,
    reason: String,
    source: String,
}

static KEEP: LazyLock<Vec<Keep>> = LazyLock::new(|| match serde_json::from_str(include_str!("keep.json")) {
    Ok(rows) => rows,
    Err(error) => panic!("internal: the table of nodes to keep: {error}"),
});

/// Where templates are brought along, and where their policies stand, as look-ups compare LocURIs.
const INSTALLS: &str = "./device/vendor/msft/policy/configoperations/admxinstall/";
const POLICIES: [&str; 2] = ["./device/vendor/msft/policy/config/", "./user/vendor/msft/policy/config/"];

/// The nodes of one side, by what makes two spellings one.
type Nodes<'a> = BTreeMap<String, (&'a str, Vec<&'a Setting>)>;

/// A node that goes.
pub(super) struct Gone<'a> {
    pub(super) target: Target<'a>,
    settings: Vec<&'a Setting>,
}

/// One command, and the nodes that it takes back.
pub(super) struct Step<'a> {
    pub(super) verb: &'static str,
    pub(super) uri: &'a str,
    value: Option<(&'a str, String)>,
    pub(super) nodes: Vec<Gone<'a>>,
}

/// What can be done about a node.
enum Way<'a> {
    Delete(&'a str),
    Reset(&'a str, String),
    None(String),
}

/// Adds the commands, and what stays.
pub(super) fn undo(held: &Held<'_>, catalogue: &Catalogue, group: &mut Group) {
    let before = nodes(held.before.settings.iter().map(|(setting, _)| setting));
    let after = nodes(held.after.iter().flat_map(|after| &after.settings).map(|(setting, _)| setting));
    let mut steps: BTreeMap<(&str, &str), Step<'_>> = BTreeMap::new();
    for (key, (uri, settings)) in &before {
        match after.get(key) {
            Some((_, still)) => group.replaced.extend(within(held, (uri, settings), still, catalogue)),
            None => {
                let gone = Gone { target: Target::of(uri, catalogue), settings: settings.clone() };
                let (verb, at, value) = match way(&gone, key, &after, catalogue) {
                    Way::Delete(at) => ("Delete", at, None),
                    Way::Reset(format, data) => ("Replace", *uri, Some((format, data))),
                    Way::None(reason) => {
                        let stays = |name| Remainder { setting: name, reason: reason.clone() };
                        group.remainder.extend(names(settings.iter().copied()).into_iter().map(stays));
                        continue;
                    }
                };
                let new = || Step { verb, uri: at, value, nodes: Vec::new() };
                steps.entry((verb, at)).or_insert_with(new).nodes.push(gone);
            }
        }
    }
    for (atomic, step) in ordered(steps.into_values().collect()) {
        group.commands.push(command(held, step, atomic, catalogue));
    }
}

fn nodes<'a>(settings: impl Iterator<Item = &'a Setting>) -> Nodes<'a> {
    let mut nodes = Nodes::new();
    for setting in settings.filter(|setting| setting.address.family == Family::Csp) {
        let owner = setting.address.owner.as_str();
        nodes.entry(same(owner)).or_insert_with(|| (owner, Vec::new())).1.push(setting);
    }
    nodes
}

/// Parts of a node that stays: its value, or the whole body, is written anew.
fn within<'a>(
    held: &Held<'_>,
    (uri, settings): (&str, &[&'a Setting]),
    still: &[&Setting],
    catalogue: &Catalogue,
) -> Option<Replaced> {
    let is_gone = |setting: &&&'a Setting| !still.iter().any(|other| other.address.leaf == setting.address.leaf);
    let gone: Vec<&Setting> = settings.iter().filter(is_gone).copied().collect();
    (!gone.is_empty()).then(|| Replaced {
        holder: uri.to_owned(),
        settings: names(gone.iter().copied()),
        effects: effects(held, gone, catalogue, true),
    })
}

fn way<'a>(gone: &Gone<'a>, key: &str, after: &Nodes<'_>, catalogue: &'a Catalogue) -> Way<'a> {
    let target = &gone.target;
    if stands(key, after) {
        return Way::None("the later side sets nodes below it".to_owned());
    }
    if let Some(policy) = of_template(key, after) {
        return Way::None(format!("the later side still sets `{policy}`, which this template brings along"));
    }
    if let Some(at) = made(target, after) {
        return Way::Delete(at);
    }
    let Some(node) = target.node().or_else(|| generic(key, catalogue)) else {
        return Way::None("no catalogue knows the node, so that nobody says whether it can be deleted".to_owned());
    };
    if has(node, "Delete") {
        return Way::Delete(target.uri);
    }
    match (default(node), &node.default) {
        (Some(data), _) => Way::Reset(&node.format, data),
        (None, _) if !has(node, "Replace") => {
            let verb = if is_settable(node) { "neither `Delete` nor `Replace`" } else { "no value from a server" };
            Way::None(format!("the node takes {verb}"))
        }
        (None, Some(default)) => Way::None(format!(
            "the node takes no `Delete`, and the vendor's default, `{default}`, is none of the values that it takes"
        )),
        (None, None) => Way::None("the node takes no `Delete`, and the vendor states no default".to_owned()),
    }
}

fn has(node: &Node, verb: &str) -> bool {
    node.access.iter().any(|access| access == verb)
}

/// Whether a node of the later side stands at or below a place.
fn stands(key: &str, after: &Nodes<'_>) -> bool {
    let below = format!("{key}/");
    let next = after.range(below.clone()..).next();
    after.contains_key(key) || next.is_some_and(|(other, _)| other.starts_with(&below))
}

/// A policy of the later side that an ADMX template of the earlier one brought along.
fn of_template<'n>(key: &str, after: &'n Nodes<'_>) -> Option<&'n str> {
    let app = key.strip_prefix(INSTALLS)?.split('/').next()?;
    POLICIES.iter().find_map(|root| {
        let start = format!("{root}{app}~");
        let (other, (uri, _)) = after.range(start.clone()..).next()?;
        other.starts_with(&start).then_some(*uri)
    })
}

/// The outermost node that was made for this one, of which the later side has nothing: a firewall rule, a grouping of AppLocker.
fn made<'a>(target: &Target<'a>, after: &Nodes<'_>) -> Option<&'a str> {
    let found = target.found.as_ref()?;
    let above = found.ancestors.iter().copied().filter(|node| is_made(node)).map(|node| target.prefix(node));
    above.into_iter().find(|at| {
        let key = same(at);
        !stands(&key, after) && of_template(&key, after).is_none()
    })
}

/// Whether a server makes such nodes, by a name of its own, and can delete them. What devices list by themselves is not ours.
fn is_made(node: &Node) -> bool {
    let named = node.uri.contains('{') && (node.scope.as_deref() == Some("Dynamic") || node.uri.ends_with('}'));
    let is_device_own = node.naming.as_deref() == Some("ClientInventory");
    let is_kept = KEEP.iter().any(|row| row.uri == node.uri);
    named && has(node, "Add") && has(node, "Delete") && !is_device_own && !is_kept
}

/// The node that stands for every policy of a template that somebody brought along.
fn generic<'a>(key: &str, catalogue: &'a Catalogue) -> Option<&'a Node> {
    let root = POLICIES.iter().find(|root| key.starts_with(**root))?;
    let below = key.strip_prefix(root)?;
    let (area, policy) = below.split_once('/')?;
    let uri = format!("{root}{{AreaName}}/{{PolicyName}}");
    let found = (area.contains('~') && !policy.contains('/')).then(|| catalogue.known_node(&uri)).flatten();
    found.map(|found| found.node)
}

/// The vendor's default as the data of a `Replace`, where the node takes it.
fn default(node: &Node) -> Option<String> {
    let value = Value::Plain(node.default.clone().filter(|_| has(node, "Replace") && !is_admx(node))?);
    let is_taken = node.allowed.as_ref().is_none_or(|allowed| admits(node, allowed, &value));
    let data = text(Some(node), &typed(node, value)).filter(|_| is_taken)?;
    // A node of numbers or truths takes no empty text.
    (!data.is_empty() || matches!(node.format.as_str(), "chr" | "xml")).then_some(data)
}

fn command(held: &Held<'_>, step: Step<'_>, atomic: Option<&str>, catalogue: &Catalogue) -> Command {
    let settings: BTreeSet<_> =
        step.nodes.iter().flat_map(|gone| &gone.settings).map(|setting| &setting.address).gather();
    let own = || step.nodes.iter().flat_map(|gone| &gone.settings).copied();
    let mut effects = effects(held, own(), catalogue, step.verb == "Replace");
    let kept = step.nodes.iter().filter_map(|gone| gone.target.found.as_ref());
    let kept = kept.flat_map(|found| &found.ancestors).filter_map(|node| KEEP.iter().find(|row| row.uri == node.uri));
    let kept: BTreeSet<String> =
        kept.map(|row| format!("`{}` stays: {} ({})", row.uri, row.reason, row.source)).gather();
    effects.extend(kept);
    let restarts = step.nodes.iter().filter_map(|gone| gone.target.node()).any(|node| node.reboot.is_some());
    if restarts {
        effects.push("the device may restart by itself (DDF, RebootBehavior)".to_owned());
    }
    let (format, data) = step.value.map(|(format, data)| (format.to_owned(), data)).unzip();
    Command {
        verb: step.verb,
        node: step.uri.to_owned(),
        channel: word(channel(step.uri)),
        format,
        data,
        atomic: atomic.map(str::to_owned),
        settings: settings.into_iter().map(ToString::to_string).collect(),
        effects,
    }
}

#[cfg(test)]
mod tests {
    use super::{KEEP, is_made};
    use crate::catalogue::{Catalogue, NodeLookup};

    #[test]
    fn every_node_that_is_kept_exists_and_could_be_deleted() {
        let catalogue = Catalogue::embedded();
        for row in KEEP.iter() {
            let NodeLookup::Found(found) = catalogue.node(&row.uri) else { panic!("{}", row.uri) };
            let could = ["Add", "Delete"].iter().all(|verb| found.node.access.iter().any(|access| access == verb));
            assert!(could && found.node.uri == row.uri, "{}", row.uri);
            assert!(row.reason.len() > 20 && row.source.len() > 5 && !is_made(found.node), "{}", row.uri);
        }
    }

    #[test]
    fn what_is_made_has_a_name_that_somebody_gave() {
        let catalogue = Catalogue::embedded();
        for (uri, expected) in [
            ("./Vendor/MSFT/Firewall/MdmStore/FirewallRules/one", true),
            ("./Vendor/MSFT/AppLocker/ApplicationLaunchRestrictions/office/DLL", true),
            ("./Vendor/MSFT/Firewall/MdmStore/DomainProfile", false),
            ("./Device/Vendor/MSFT/Policy/Config/Wifi", false),
            ("./Device/Vendor/MSFT/EnterpriseModernAppManagement/AppManagement/AppStore/app", false),
        ] {
            let NodeLookup::Found(found) = catalogue.node(uri) else { panic!("{uri}") };
            assert_eq!(is_made(found.node), expected, "{uri}");
        }
    }
}
