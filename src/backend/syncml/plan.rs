//! Which node stands in which file, and in what order: one file for each area and channel, so that what belongs together arrives
//! together (BitLocker takes its nodes in one message only), and a user's fault does not taint the device.
//!
//! DDF v2: `AtomicRequired`, `RebootBehavior`, `DependencyBehavior`, `AccessType`, `Scope`.

use crate::backend::node::{area, channel, is_meant};
use crate::catalogue::entry::Node;
use crate::catalogue::{Catalogue, NodeMatch};
use crate::check::Checked;
use crate::setting::{Channel, Family, Setting};
use crate::template::{app_of, installs};
use std::collections::{BTreeMap, BTreeSet};

/// Its description in the DDF asks for an Atomic, though `AtomicRequired` is not set.
const ATOMIC_BY_DESCRIPTION: &str = "/Policy/Config/DeviceLock/MaxDevicePasswordFailedAttempts";

/// What begins something, so that all that it depends on must have arrived: encryption, and the set-up of a shared computer (SharedPC
/// CSP: the other nodes are set before `EnableSharedPCMode`).
const TRIGGERS: [&str; 2] = ["/BitLocker/RequireDeviceEncryption", "/SharedPC/EnableSharedPCMode"];

/// One node with its settings: a value, or the state and elements of an ADMX body.
pub(crate) struct Target<'a> {
    pub(crate) uri: &'a str,
    pub(super) settings: Vec<&'a Setting>,
    pub(crate) found: Option<NodeMatch<'a>>,
}

impl<'a> Target<'a> {
    /// A node for its place among others alone.
    pub(crate) fn of(uri: &'a str, catalogue: &'a Catalogue) -> Target<'a> {
        Target { uri, settings: Vec::new(), found: catalogue.known_node(uri) }
    }

    /// The DDF's record.
    pub(crate) fn node(&self) -> Option<&'a Node> {
        self.found.as_ref().map(|found| found.node)
    }

    /// The start of the LocURI that leads to a node above, or to the node itself.
    pub(crate) fn prefix(&self, above: &Node) -> &'a str {
        let levels = |uri: &str| uri.split('/').count();
        let below = self.node().map_or(0, |node| levels(&node.uri).saturating_sub(levels(&above.uri)));
        let mut prefix = self.uri;
        for _ in 0..below {
            prefix = prefix.rsplit_once('/').map_or(prefix, |(start, _)| start);
        }
        prefix
    }

    /// The LocURI of the outermost node that stands in one Atomic with all below it.
    pub(crate) fn atomic(&self) -> Option<&'a str> {
        if self.uri.ends_with(ATOMIC_BY_DESCRIPTION) {
            return Some(self.uri);
        }
        let found = self.found.as_ref()?;
        let outermost = found.ancestors.iter().copied().chain([found.node]).find(|node| node.atomic)?;
        Some(self.prefix(outermost))
    }

    /// Whether it begins something, so that all else must have arrived.
    pub(crate) fn is_trigger(&self) -> bool {
        TRIGGERS.iter().any(|trigger| self.uri.ends_with(trigger))
            || self.node().is_some_and(|node| node.reboot.as_deref() == Some("Automatic"))
    }

    /// Whether it must not come before the node of another LocURI.
    pub(crate) fn depends_on(&self, other: &str) -> bool {
        // The template of an app comes before its policies.
        if installs(other).is_some_and(|app| app_of(self.uri).is_some_and(|own| own.eq_ignore_ascii_case(app))) {
            return true;
        }
        let mut dependencies = self.node().into_iter().flat_map(|node| &node.dependencies).flat_map(|group| &group.on);
        dependencies.any(|dependency| is_meant(&dependency.uri, other))
    }
}

/// One file.
pub(super) struct File<'a> {
    /// Its name without the extension.
    pub(super) name: String,
    /// Whether one Atomic holds all of it.
    pub(super) atomic: bool,
    /// LocURIs of interior nodes that must be there first, parents before children.
    pub(super) interior: Vec<&'a str>,
    /// Its nodes in the order of the commands.
    pub(super) targets: Vec<Target<'a>>,
}

/// The nodes of one area by the root of the Atomic that they need.
type Parts<'a> = BTreeMap<Option<&'a str>, Vec<Target<'a>>>;

/// Every file of the group, without an order.
pub(super) fn plan<'a>(checked: &'a Checked, catalogue: &'a Catalogue) -> Vec<File<'a>> {
    let mut nodes: BTreeMap<&str, Vec<&Setting>> = BTreeMap::new();
    for setting in checked.settings().iter().filter(|setting| setting.address.family == Family::Csp) {
        nodes.entry(&setting.address.owner).or_default().push(setting);
    }
    let mut areas: BTreeMap<(String, Channel), Parts<'a>> = BTreeMap::new();
    for (uri, settings) in nodes {
        let target = Target { uri, settings, found: catalogue.known_node(uri) };
        // An app's policies for users stand behind its template too, which is the device's.
        let channel = if app_of(uri).is_some() { Channel::Device } else { channel(uri) };
        let parts = areas.entry((area(uri), channel)).or_default();
        parts.entry(target.atomic()).or_default().push(target);
    }
    let mut files = Vec::new();
    for ((area, channel), parts) in areas {
        let mut atomic = 0;
        for (root, targets) in parts {
            atomic += usize::from(root.is_some());
            files.push(File {
                name: name(&area, channel, root.map(|_| atomic)),
                atomic: root.is_some(),
                interior: interior(&targets),
                targets: ordered(targets),
            });
        }
    }
    files
}

/// `BitLocker`, `Policy.Update`, `Firewall.atomic.2`, `PassportForWork.user`.
fn name(area: &str, channel: Channel, atomic: Option<usize>) -> String {
    let mut name = area.to_owned();
    match atomic {
        None => {}
        Some(1) => name.push_str(".atomic"),
        Some(n) => name.push_str(&format!(".atomic.{n}")),
    }
    if channel == Channel::User {
        name.push_str(".user");
    }
    name
}

/// Dynamic interior nodes that take an Add: their children can only follow.
fn interior<'a>(targets: &[Target<'a>]) -> Vec<&'a str> {
    let is_added = |node: &Node| {
        let is_dynamic = node.scope.as_deref() == Some("Dynamic") || node.uri.ends_with('}');
        is_dynamic && node.access.iter().any(|verb| verb == "Add")
    };
    let mut uris = BTreeSet::new();
    // What leads to a template and to its policies a device makes by itself, as in the vendor's own example.
    for target in targets.iter().filter(|target| installs(target.uri).or(app_of(target.uri)).is_none()) {
        let above = target.found.iter().flat_map(|found| &found.ancestors).filter(|node| is_added(node));
        uris.extend(above.map(|node| target.prefix(node)));
    }
    uris.into_iter().collect()
}

/// Sorted by LocURI, but each node after those that it depends on, and triggers last. Where nodes depend on one another in a
/// circle, the LocURI decides.
fn ordered(targets: Vec<Target<'_>>) -> Vec<Target<'_>> {
    let (mut triggers, mut waiting): (Vec<_>, Vec<_>) = targets.into_iter().partition(Target::is_trigger);
    let mut ready: Vec<Target<'_>> = Vec::with_capacity(triggers.len() + waiting.len());
    for waiting in [&mut waiting, &mut triggers] {
        while !waiting.is_empty() {
            let is_free = |n: usize| {
                let others = waiting.iter().enumerate().filter(|(other, _)| *other != n);
                others.map(|(_, other)| other.uri).all(|other| !waiting[n].depends_on(other))
            };
            let next = (0..waiting.len()).find(|n| is_free(*n)).unwrap_or(0);
            ready.push(waiting.remove(next));
        }
    }
    ready
}
