//! Finding Windows settings among those of a group: what rules over several nodes look for.

use crate::check::rule::{Facts, Subject};
use crate::setting::{Family, Leaf, Setting, Value};

/// A setting and its place among the subjects.
#[derive(Clone, Copy)]
pub(crate) struct Found<'s> {
    pub(crate) place: usize,
    pub(crate) setting: &'s Setting,
}

impl Found<'_> {
    /// The value as text: enums of templates are numbers or words, as they come.
    pub(crate) fn says(&self) -> String {
        match &self.setting.value {
            Value::Text(text) | Value::Plain(text) => text.clone(),
            other => other.to_string(),
        }
    }
}

/// Whether there are any: most rules over several nodes have nothing to look for in the files of Apple's devices.
pub(crate) fn any_node(subjects: &[Subject<'_>]) -> bool {
    subjects.iter().any(|subject| subject.setting.address.family == Family::Csp)
}

/// Every CSP setting of a leaf that `wanted` accepts by LocURI.
pub(crate) fn all<'s>(subjects: &'s [Subject<'_>], leaf: &Leaf, wanted: impl Fn(&str) -> bool) -> Vec<Found<'s>> {
    subjects
        .iter()
        .enumerate()
        .map(|(place, subject)| Found { place, setting: subject.setting })
        .filter(|found| {
            let address = &found.setting.address;
            address.family == Family::Csp && address.leaf == *leaf && wanted(&address.owner)
        })
        .collect()
}

/// The plain setting of a node.
pub(crate) fn plain<'s>(subjects: &'s [Subject<'_>], uri: &str) -> Option<Found<'s>> {
    all(subjects, &Leaf::Node, |owner| same(owner, uri)).into_iter().next()
}

/// The state of an ADMX-backed node, where it is enabled.
pub(crate) fn enabled<'s>(subjects: &'s [Subject<'_>], uri: &str) -> Option<Found<'s>> {
    let states = all(subjects, &Leaf::AdmxState, |owner| same(owner, uri));
    states.into_iter().find(|found| found.setting.value == Value::Boolean(true))
}

/// One element of the body of an ADMX-backed node.
pub(crate) fn element<'s>(subjects: &'s [Subject<'_>], uri: &str, id: &str) -> Option<Found<'s>> {
    all(subjects, &Leaf::AdmxElement(id.to_owned()), |owner| same(owner, uri)).into_iter().next()
}

/// Whether two LocURIs name one node: `./Vendor` is `./Device/Vendor`, and letter case does not count.
pub(crate) fn same(a: &str, b: &str) -> bool {
    rooted(a).eq_ignore_ascii_case(rooted(b))
}

fn rooted(uri: &str) -> &str {
    let device = uri.get(..9).filter(|start| start.eq_ignore_ascii_case("./Device/"));
    device.map_or_else(|| uri.strip_prefix("./").unwrap_or(uri), |start| &uri[start.len()..])
}

/// Settings of interior levels and leaves that the catalogue knows, with their nodes.
pub(crate) fn node<'a, 's>(subject: &'s Subject<'a>) -> Option<&'s crate::catalogue::NodeMatch<'a>> {
    match subject.facts {
        Facts::Node(found) => Some(found),
        Facts::Key(_) | Facts::Nothing(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn the_device_root_may_be_left_out() {
        assert!(same("./Vendor/MSFT/X", "./device/vendor/msft/x"));
        assert!(!same("./User/Vendor/MSFT/X", "./Device/Vendor/MSFT/X"));
        assert!(!same("./User/Vendor/MSFT/X", "./Vendor/MSFT/X"));
    }
}
